//! Whether an object does its work, as `kubectl rollout status` and kstatus know it.
//! <https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md>

use crate::model::Json;

/// How far an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    /// Not yet, and why.
    Waiting(String),
    /// It will never be, and why.
    Failed(String),
}

use Readiness::{Failed, Ready, Waiting};

/// Whether an object does its work.
pub(super) fn of(object: &Json) -> Readiness {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Failed("somebody is deleting it".to_owned());
    }
    let group = object["apiVersion"].as_str().unwrap_or_default().split('/').next().unwrap_or_default();
    let kind = object["kind"].as_str().unwrap_or_default();
    let rolls_out =
        group == "apps" && matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet");
    if let Some(lag) = unseen_generation(object, rolls_out) {
        return lag;
    }
    match (group, kind) {
        ("apps", "Deployment") => deployment(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("apps", "ReplicaSet") => replicas(object, "availableReplicas", "available"),
        ("batch", "Job") => job(object),
        ("v1", "Pod") => pod(object),
        ("v1", "Service") => service(object),
        ("v1", "Namespace") => phase(object, "Active"),
        // One that waits for its first pod is bound only after that pod was made.
        ("v1", "PersistentVolumeClaim") if object["status"]["phase"] == "Lost" => {
            Failed("its volume is lost".to_owned())
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("apiregistration.k8s.io", "APIService") => condition(object, "Available"),
        _ => by_conditions(object),
    }
}

/// Whether a condition of an object's status is `True`.
pub(super) fn condition(object: &Json, name: &str) -> Readiness {
    match find_condition(object, name) {
        Some(condition) if condition["status"] == "True" => Ready,
        Some(condition) => Waiting(words(condition, name)),
        None => Waiting(format!("no condition {name} yet")),
    }
}

/// The status of a controller that hasn't looked at the newest generation says nothing about it.
fn unseen_generation(object: &Json, must_say: bool) -> Option<Readiness> {
    let generation = object["metadata"]["generation"].as_i64()?;
    let seen = object["status"]["observedGeneration"].as_i64();
    let lags = seen.map_or(must_say, |seen| seen < generation);
    lags.then(|| Waiting("its controller hasn't seen the change yet".to_owned()))
}

fn find_condition<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == name)
}

fn words(condition: &Json, name: &str) -> String {
    let part = |field: &str| condition[field].as_str().filter(|text| !text.is_empty());
    match (part("reason"), part("message")) {
        (Some(reason), Some(message)) => format!("{name}: {reason}: {message}"),
        (Some(text), None) | (None, Some(text)) => format!("{name}: {text}"),
        (None, None) => format!("{name} is {}", part("status").unwrap_or("not set")),
    }
}

fn count(object: &Json, field: &str) -> i64 {
    object["status"][field].as_i64().unwrap_or(0)
}

/// The replicas that are asked for: one, where nothing is said.
fn wanted(object: &Json) -> i64 {
    object["spec"]["replicas"].as_i64().unwrap_or(1)
}

fn deployment(object: &Json) -> Readiness {
    if let Some(progress) = find_condition(object, "Progressing")
        && progress["reason"] == "ProgressDeadlineExceeded"
    {
        return Failed(words(progress, "Progressing"));
    }
    let (wanted, updated) = (wanted(object), count(object, "updatedReplicas"));
    let (all, available) = (count(object, "replicas"), count(object, "availableReplicas"));
    if updated < wanted {
        Waiting(format!("{updated} of {wanted} replicas updated"))
    } else if all > updated {
        Waiting(format!("{} old replicas still to go", all - updated))
    } else if available < updated {
        Waiting(format!("{available} of {updated} replicas available"))
    } else {
        Ready
    }
}

fn stateful_set(object: &Json) -> Readiness {
    let strategy = &object["spec"]["updateStrategy"];
    let ready = replicas(object, "readyReplicas", "ready");
    if ready != Ready || strategy["type"] == "OnDelete" {
        return ready;
    }
    let (wanted, updated) = (wanted(object), count(object, "updatedReplicas"));
    let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(0);
    let revisions = (&object["status"]["currentRevision"], &object["status"]["updateRevision"]);
    if partition > 0 {
        let share = (wanted - partition).max(0);
        return if updated < share {
            Waiting(format!("{updated} of {share} replicas updated"))
        } else {
            Ready
        };
    }
    if revisions.0 == revisions.1 {
        Ready
    } else {
        Waiting(format!("{updated} of {wanted} replicas updated"))
    }
}

fn daemon_set(object: &Json) -> Readiness {
    if object["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return Ready;
    }
    let wanted = count(object, "desiredNumberScheduled");
    let (updated, available) = (count(object, "updatedNumberScheduled"), count(object, "numberAvailable"));
    if updated < wanted {
        Waiting(format!("{updated} of {wanted} pods updated"))
    } else if available < wanted {
        Waiting(format!("{available} of {wanted} pods available"))
    } else {
        Ready
    }
}

fn replicas(object: &Json, field: &str, word: &str) -> Readiness {
    let (wanted, there) = (wanted(object), count(object, field));
    if there < wanted { Waiting(format!("{there} of {wanted} replicas {word}")) } else { Ready }
}

fn job(object: &Json) -> Readiness {
    let is_true = |name: &str| find_condition(object, name).filter(|condition| condition["status"] == "True");
    if let Some(failed) = is_true("Failed") {
        Failed(words(failed, "Failed"))
    } else if is_true("Complete").is_some() || object["spec"]["suspend"] == true {
        Ready
    } else {
        let wanted = object["spec"]["completions"].as_i64().unwrap_or(1);
        Waiting(format!("{} of {wanted} pods succeeded", count(object, "succeeded")))
    }
}

fn pod(object: &Json) -> Readiness {
    match object["status"]["phase"].as_str().unwrap_or("Pending") {
        "Succeeded" => Ready,
        "Failed" => {
            Failed(format!("the pod failed: {}", object["status"]["reason"].as_str().unwrap_or("no reason")))
        }
        _ => condition(object, "Ready"),
    }
}

fn service(object: &Json) -> Readiness {
    let has_address =
        object["status"]["loadBalancer"]["ingress"].as_array().is_some_and(|addresses| !addresses.is_empty());
    if object["spec"]["type"] == "LoadBalancer" && !has_address {
        Waiting("no load balancer yet".to_owned())
    } else {
        Ready
    }
}

fn phase(object: &Json, wanted: &str) -> Readiness {
    match object["status"]["phase"].as_str() {
        Some(phase) if phase == wanted => Ready,
        other => Waiting(other.unwrap_or("no phase yet").to_owned()),
    }
}

fn definition(object: &Json) -> Readiness {
    match find_condition(object, "NamesAccepted") {
        Some(names) if names["status"] == "False" => Failed(words(names, "NamesAccepted")),
        _ => condition(object, "Established"),
    }
}

/// Of other kinds: what the common conditions say, where there are any.
fn by_conditions(object: &Json) -> Readiness {
    let is_true = |name: &str| find_condition(object, name).filter(|condition| condition["status"] == "True");
    if let Some(stalled) = is_true("Stalled") {
        Failed(words(stalled, "Stalled"))
    } else if let Some(reconciling) = is_true("Reconciling") {
        Waiting(words(reconciling, "Reconciling"))
    } else if find_condition(object, "Ready").is_some() {
        condition(object, "Ready")
    } else {
        Ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(api_version: &str, kind: &str, spec: Json, status: Json) -> Json {
        json!({ "apiVersion": api_version, "kind": kind, "metadata": { "generation": 2 }, "spec": spec, "status": status })
    }

    /// `ready`, or why not.
    fn told(object: &Json) -> String {
        match of(object) {
            Ready => "ready".to_owned(),
            Waiting(why) => format!("waits: {why}"),
            Failed(why) => format!("failed: {why}"),
        }
    }

    #[test]
    fn rollouts_are_complete_when_nothing_old_is_left() {
        let deployment =
            |status: Json| told(&object("apps/v1", "Deployment", json!({ "replicas": 3 }), status));
        for (seen, updated, all, available, answer) in [
            (1, 3, 3, 3, "waits: its controller"),
            (2, 2, 4, 3, "waits: 2 of 3 replicas updated"),
            (2, 3, 4, 3, "waits: 1 old replicas"),
            (2, 3, 3, 2, "waits: 2 of 3 replicas available"),
            (2, 3, 3, 3, "ready"),
        ] {
            let status = json!({ "observedGeneration": seen, "updatedReplicas": updated, "replicas": all, "availableReplicas": available });
            let told = deployment(status.clone());
            assert!(told.starts_with(answer), "{status}: {told}");
        }
        assert!(deployment(json!({})).starts_with("waits"));
        let stuck = json!({ "observedGeneration": 2, "conditions": [
            { "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m" }] });
        assert_eq!(deployment(stuck), "failed: Progressing: ProgressDeadlineExceeded: m");
    }

    #[test]
    fn stateful_and_daemon_sets_follow_their_update_strategy() {
        let set = |spec: Json, status: Json| told(&object("apps/v1", "StatefulSet", spec, status));
        let status = json!({ "observedGeneration": 2, "readyReplicas": 3, "updatedReplicas": 1, "currentRevision": "a", "updateRevision": "b" });
        assert_eq!(set(json!({ "replicas": 3 }), status.clone()), "waits: 1 of 3 replicas updated");
        let partition =
            |n: i64| json!({ "replicas": 3, "updateStrategy": { "rollingUpdate": { "partition": n } } });
        assert_eq!(set(partition(2), status.clone()), "ready");
        assert_eq!(set(partition(1), status.clone()), "waits: 1 of 2 replicas updated");
        assert_eq!(set(json!({ "replicas": 3, "updateStrategy": { "type": "OnDelete" } }), status), "ready");
        let daemons = |updated: i64, available: i64| {
            let status = json!({ "observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available });
            told(&object("apps/v1", "DaemonSet", json!({}), status))
        };
        assert_eq!(daemons(2, 3), "waits: 2 of 3 pods updated");
        assert_eq!(daemons(3, 2), "waits: 2 of 3 pods available");
        assert_eq!(daemons(3, 3), "ready");
    }

    #[test]
    fn jobs_pods_services_and_definitions_have_their_own_signs() {
        let is = |kind: &str, status: &str| json!({ "conditions": [{ "type": kind, "status": status }] });
        for (api_version, kind, spec, status, answer) in [
            ("batch/v1", "Job", json!({}), json!({ "active": 1 }), "waits: 0 of 1 pods succeeded"),
            ("batch/v1", "Job", json!({}), is("Complete", "True"), "ready"),
            ("batch/v1", "Job", json!({}), is("Failed", "True"), "failed: Failed is True"),
            ("batch/v1", "Job", json!({ "suspend": true }), json!({}), "ready"),
            ("v1", "Pod", json!({}), json!({}), "waits: no condition Ready yet"),
            ("v1", "Pod", json!({}), json!({ "phase": "Succeeded" }), "ready"),
            (
                "v1",
                "Pod",
                json!({}),
                json!({ "phase": "Failed", "reason": "Evicted" }),
                "failed: the pod failed: Evicted",
            ),
            ("v1", "Service", json!({}), json!({}), "ready"),
            ("v1", "Service", json!({ "type": "LoadBalancer" }), json!({}), "waits: no load balancer yet"),
            ("v1", "ConfigMap", json!({}), json!({}), "ready"),
            (
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                json!({}),
                json!({}),
                "waits: no condition Established yet",
            ),
            (
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                json!({}),
                is("NamesAccepted", "False"),
                "failed: NamesAccepted is False",
            ),
            ("cert-manager.io/v1", "Certificate", json!({}), json!({}), "ready"),
            ("cert-manager.io/v1", "Certificate", json!({}), is("Ready", "False"), "waits: Ready is False"),
            ("x.io/v1", "X", json!({}), is("Stalled", "True"), "failed: Stalled is True"),
            ("x.io/v1", "X", json!({}), is("Reconciling", "True"), "waits: Reconciling is True"),
        ] {
            assert_eq!(told(&object(api_version, kind, spec, status.clone())), answer, "{kind} {status}");
        }
    }
}
