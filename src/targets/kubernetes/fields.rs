//! Who owns which field of an object, as `metadata.managedFields` says it.
//! <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>
//!
//! What a server fills in by itself when something is applied belongs to nobody, so that restricting
//! an object to what somebody owns leaves out defaults, inside of lists too.

use serde_json::Map;

use crate::model::Json;

/// The manager that Ninefold applies as.
pub(super) const MANAGER: &str = "ninefold";

/// What only a server writes.
const OF_THE_SERVER: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// The object as far as anybody wrote it: neither the server's defaults nor its status.
pub(super) fn written(object: &Json) -> Json {
    restricted(object, |_| true)
}

/// The object as far as Ninefold applied it and nobody took it over.
pub(super) fn ours(object: &Json) -> Json {
    restricted(object, |entry| entry["manager"] == MANAGER && entry["operation"] == "Apply")
}

fn restricted(object: &Json, counts: impl Fn(&Json) -> bool) -> Json {
    let entries = object["metadata"]["managedFields"].as_array();
    let owned = entries
        .into_iter()
        .flatten()
        .filter(|entry| entry.get("subresource").is_none_or(|part| part != "status") && counts(entry))
        .filter_map(|entry| entry.get("fieldsV1"))
        .fold(Json::Object(Map::new()), merged);
    let mut kept = restrict(object, &owned);
    if !kept.is_object() {
        kept = Json::Object(Map::new());
    }
    // Nobody owns what identifies an object, and it is always a part of it.
    for field in ["apiVersion", "kind"] {
        kept[field] = object[field].clone();
    }
    for field in ["name", "namespace"] {
        if let Some(value) = object["metadata"].get(field) {
            kept["metadata"][field] = value.clone();
        }
    }
    if let Some(map) = kept.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = kept["metadata"].as_object_mut() {
        metadata.retain(|field, _| !OF_THE_SERVER.contains(&field.as_str()));
    }
    kept
}

/// Two sets of fields as one. A leaf says "all of it" of a value without parts only, so that the
/// parts of the other set say more.
fn merged(mut all: Json, more: &Json) -> Json {
    if let (Json::Object(all), Json::Object(more)) = (&mut all, more) {
        for (key, fields) in more {
            let there = all.remove(key).unwrap_or_else(|| Json::Object(Map::new()));
            all.insert(key.clone(), merged(there, fields));
        }
    }
    all
}

/// The parts of a value that are in a set of fields.
fn restrict(value: &Json, fields: &Json) -> Json {
    let Some(fields) = fields.as_object().filter(|fields| !fields.is_empty()) else {
        return value.clone();
    };
    match value {
        Json::Object(map) => fields
            .iter()
            .filter_map(|(key, inner)| {
                let name = key.strip_prefix("f:")?;
                Some((name.to_owned(), restrict(map.get(name)?, inner)))
            })
            .collect(),
        Json::Array(items) => Json::Array(
            items
                .iter()
                .enumerate()
                .filter_map(|(position, item)| {
                    let (_, inner) = fields.iter().find(|(key, _)| is_element(key, position, item))?;
                    Some(restrict(item, inner))
                })
                .collect(),
        ),
        scalar => scalar.clone(),
    }
}

/// Whether a key such as `k:{"name":"web"}`, `v:"value"` or `i:0` means an element of a list.
fn is_element(key: &str, position: usize, item: &Json) -> bool {
    let parsed = |text: &str| serde_json::from_str::<Json>(text).ok();
    match key.split_at_checked(2) {
        Some(("k:", text)) => {
            parsed(text).and_then(|json| json.as_object().cloned()).is_some_and(|identity| {
                // A part of the identity that the item doesn't have is one with its default.
                identity.iter().all(|(field, value)| item.get(field).is_none_or(|there| there == value))
            })
        }
        Some(("v:", text)) => parsed(text).is_some_and(|value| value == *item),
        Some(("i:", text)) => text.parse() == Ok(position),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment() -> Json {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "default", "uid": "1", "generation": 2,
                "labels": { "app": "web", "team": "x" },
                "managedFields": [
                    { "manager": "ninefold", "operation": "Apply", "fieldsV1": {
                        "f:metadata": { "f:labels": { "f:app": {} } },
                        "f:spec": { "f:selector": {}, "f:template": { "f:spec": { "f:containers": {
                            "k:{\"name\":\"web\"}": { ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                                "f:ports": { "k:{\"containerPort\":80,\"protocol\":\"TCP\"}":
                                    { ".": {}, "f:containerPort": {} } } },
                        } } } },
                    } },
                    { "manager": "kubectl-edit", "operation": "Update", "fieldsV1": {
                        "f:spec": { "f:replicas": {} },
                        "f:metadata": { "f:labels": { "f:team": {} }, "f:finalizers": { ".": {}, "v:\"a/b\"": {} } },
                    } },
                    { "manager": "controller", "operation": "Update", "subresource": "status",
                      "fieldsV1": { "f:status": { "f:replicas": {} } } },
                ],
                "finalizers": ["a/b", "c/d"],
            },
            "spec": {
                "replicas": 5, "progressDeadlineSeconds": 600,
                "selector": { "matchLabels": { "app": "web" } },
                "template": { "spec": { "dnsPolicy": "ClusterFirst", "containers": [
                    { "name": "sidecar", "image": "y" },
                    { "name": "web", "image": "x", "args": ["a", "b"], "imagePullPolicy": "Always",
                      "ports": [{ "containerPort": 80, "protocol": "TCP" }, { "containerPort": 81 }] },
                ] } },
            },
            "status": { "replicas": 5 },
        })
    }

    #[test]
    fn what_is_ours_has_neither_defaults_nor_what_others_wrote() {
        assert_eq!(
            ours(&deployment()),
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": { "name": "web", "namespace": "default", "labels": { "app": "web" } },
                "spec": {
                    "selector": { "matchLabels": { "app": "web" } },
                    "template": { "spec": { "containers": [
                        { "name": "web", "image": "x", "args": ["a", "b"], "ports": [{ "containerPort": 80 }] },
                    ] } },
                },
            })
        );
    }

    #[test]
    fn what_was_written_has_the_fields_that_others_took_over_and_no_status() {
        let written = written(&deployment());
        assert_eq!(written["spec"]["replicas"], 5);
        assert_eq!(written["metadata"]["labels"], json!({ "app": "web", "team": "x" }));
        assert_eq!(written["metadata"]["finalizers"], json!(["a/b"]));
        assert_eq!(written["spec"].get("progressDeadlineSeconds"), None);
        assert_eq!(written.get("status"), None);
        assert_eq!(written["metadata"].get("uid"), None);
    }
}
