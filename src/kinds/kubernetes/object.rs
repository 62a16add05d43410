//! `kubernetes.object`: an object of any kind, or several from one template.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::manifest::{self, Identity};
use super::served::Cluster;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// Where a `Secret` holds what must not be shown; `kubectl apply` leaves a copy of all of it.
const SECRET_PATHS: [&str; 3] =
    ["data", "stringData", r#"metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]"#];

/// An object of any group, version and kind, in the cluster that the resource's `cluster` names;
/// or several objects that come and go together. Only the fields that the manifest sets are ours:
/// it is applied by the server, as the field manager `ninefold`.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The object: `apiVersion`, `kind`, `metadata` and the rest as its kind has them.
    #[schemars(extend(
        "type" = "object",
        "x-immutable-paths" = ["apiVersion", "kind", "metadata.namespace", "metadata.name"],
        "x-sensitive-paths" = SECRET_PATHS,
        "x-sensitive-when" = "kind=Secret"
    ))]
    pub manifest: Option<Json>,
    /// Several objects, such as a template of several documents gives; their order doesn't matter.
    #[schemars(extend(
        "x-collection" = "list(apiVersion,kind,metadata.namespace,metadata.name)",
        "items" = { "x-sensitive-paths": SECRET_PATHS, "x-sensitive-when": "kind=Secret" }
    ))]
    pub manifests: Option<Vec<Json>>,
    /// What counts as done. Ours: it isn't part of the object.
    #[schemars(extend("x-write-only" = true))]
    pub wait: Option<Wait>,
    /// Takes fields over that another manager owns, instead of stopping. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_conflicts: Option<bool>,
}

/// What counts as done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Wait {
    /// What to wait for.
    #[schemars(extend("default" = "ready"))]
    pub until: Option<Until>,
    /// The type of the condition that has to be `True`, such as `Established`.
    #[schemars(length(min = 1, max = 316))]
    pub condition: Option<String>,
}

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// The object does its work, as far as its kind shows it: a rollout is complete, a job is done.
    Ready,
    /// A condition of its status is `True`.
    Condition,
    /// The server has taken it.
    Applied,
}

/// An object as the server shows it, as far as it is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `apps/v1/Deployment/production/web`; of several objects, joined by commas. It says what
    /// the resource was made of, and stays as it is when objects come to it or go from it.
    pub id: String,
}

/// The kind itself.
pub struct Object;

impl Kind for Object {
    const TYPE: &'static str = "kubernetes.object";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        match (&spec.manifest, &spec.manifests) {
            (Some(one), None) => findings.extend(manifest::findings(&FieldPath::root().key("manifest"), one)),
            (None, Some(several)) => findings.extend(several_findings(several)),
            (Some(_), Some(_)) => findings.push(
                Finding::on("manifests", "an object has either a `manifest` or several `manifests`")
                    .and("manifest"),
            ),
            (None, None) => findings.push(
                Finding::at(FieldPath::root(), "`manifest` is missing in spec")
                    .help("set `manifest` to one object, or `manifests` to a list of them"),
            ),
        }
        if let Some(wait) = &spec.wait {
            match (wait.until, &wait.condition) {
                (Some(Until::Condition), None) => findings.push(
                    Finding::on("wait.until", "`wait` names no condition to wait for")
                        .help("set `condition`, such as `condition: Available`"),
                ),
                (Some(Until::Ready | Until::Applied) | None, Some(_)) => findings.push(
                    Finding::on("wait.condition", "`condition` has no meaning without `until: condition`")
                        .and("wait.until"),
                ),
                _ => {}
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let waits = spec.wait.as_ref().and_then(|wait| wait.until) != Some(Until::Applied);
        let manifests = all(spec);
        let longest = manifests.iter().map(|manifest| settling_s(manifest)).max().unwrap_or(0);
        let longest = if waits { longest } else { 0 };
        Profile::seconds(1 + longest, 1 + longest, 2 + longest / 2).computes("id", &id(&manifests))
    }

    /// The kind must be served by the cluster, and the namespace be there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (Call::Create { spec, attributes } | Call::Update { spec, attributes, .. }) = call else {
            return Ok(());
        };
        let name = attributes.get("cluster").cloned().unwrap_or_default();
        let own = all(spec);
        let cluster = Cluster::new(cloud, &name, &own);
        own.iter().try_for_each(|manifest| cluster.accepts(manifest))
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match text.split(',').find(|part| Identity::parse(part).is_none()) {
            None => Ok(PhysicalId::new(text)),
            Some(part) => Err(format!(
                "`{part}` should look like apps/v1/Deployment/namespace/name, or v1/Namespace//name outside of namespaces"
            )),
        }
    }
}

/// Every manifest of a spec.
fn all(spec: &Spec) -> Vec<&Json> {
    spec.manifest.iter().chain(spec.manifests.iter().flatten()).collect()
}

fn id(manifests: &[&Json]) -> String {
    let mut identities: Vec<_> = manifests.iter().map(|manifest| Identity::of(manifest)).collect();
    identities.sort();
    identities.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// For how many seconds an object of a kind settles, typically.
fn settling_s(manifest: &Json) -> u64 {
    match manifest["kind"].as_str().unwrap_or_default() {
        "DaemonSet" | "Deployment" | "Ingress" | "Job" | "Pod" | "ReplicaSet" => 30,
        "StatefulSet" => 60,
        "Service" if manifest["spec"]["type"] == "LoadBalancer" => 120,
        "CustomResourceDefinition" => 3,
        _ => 0,
    }
}

fn several_findings(manifests: &[Json]) -> Vec<Finding> {
    let path = FieldPath::root().key("manifests");
    if manifests.is_empty() {
        return vec![Finding::at(path, "`manifests` is empty")];
    }
    let mut findings = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for (index, one) in manifests.iter().enumerate() {
        let path = path.index(index);
        let found = manifest::findings(&path, one);
        let is_fine = found.is_empty();
        findings.extend(found);
        // The schema sees elements that are the same to the letter; this also sees those that are
        // the same to the server, one with the namespace `default` and one without any.
        let identity = Identity::of(one);
        if is_fine && let Some(first) = seen.insert(identity.clone(), index) {
            findings.push(Finding::at(
                path,
                format!("`manifests` has {identity} twice, at {first} and at {index}"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use crate::model::Value;
    use serde_json::json;

    fn config_map(namespace: Option<&str>) -> Json {
        let mut manifest = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        if let Some(namespace) = namespace {
            manifest["metadata"]["namespace"] = json!(namespace);
        }
        manifest
    }

    fn certificate() -> Json {
        json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": {"name": "web", "namespace": "default"}})
    }

    fn definition(versions: Json) -> Json {
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "certificates.cert-manager.io"},
            "spec": {"group": "cert-manager.io", "scope": "Namespaced", "names": {"kind": "Certificate"}, "versions": versions}})
    }

    fn namespace(name: &str) -> Json {
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        for fine in [
            json!({}),
            json!({"wait": {"until": "condition", "condition": "Available"}, "force_conflicts": true}),
            json!({"manifest": null, "manifests": [config_map(None), config_map(Some("b"))]}),
        ] {
            let found = faults::<Object>(json!({"manifest": config_map(None)}), fine.clone());
            assert_eq!(found, Vec::<String>::new(), "{fine}");
        }
        let same = [config_map(None), config_map(Some("default"))];
        for (change, fault) in [
            (json!({"manifest": null}), "`manifest` is missing"),
            (json!({"manifest": {}}), "`apiVersion` is missing"),
            (json!({"manifests": []}), "either a `manifest`"),
            (json!({"manifest": null, "manifests": []}), "is empty"),
            (json!({"manifest": null, "manifests": [{}]}), "missing in `manifests[0]`"),
            (json!({"manifest": null, "manifests": same}), "v1/ConfigMap/default/a twice"),
            (
                json!({"manifest": null, "manifests": [config_map(None), config_map(None)]}),
                "twice, at 0 and at 1",
            ),
            (json!({"wait": {"until": "condition"}}), "names no condition"),
            (json!({"wait": {"condition": "Available"}}), "without `until: condition`"),
            (json!({"wait": {"until": "later"}}), "none of ready, condition, applied"),
        ] {
            let found = faults::<Object>(json!({"manifest": config_map(None)}), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_identity_of_a_manifest_is_immutable() {
        let field = crate::kinds::Field::of::<Spec>();
        let manifest = field.field("manifest").unwrap();
        assert!(matches!(manifest.shape, crate::kinds::Shape::Any));
        let name: FieldPath = "metadata.name".parse().unwrap();
        assert!(manifest.immutable_paths.contains(&name) && !manifest.immutable);
    }

    #[test]
    fn secrets_stand_only_where_they_do_not_show() {
        let reference = json!({"$secret": {"from": "env", "name": "DB"}});
        let faults = |manifest: Json| {
            let value: Value = serde_json::from_value(json!({ "manifest": manifest })).unwrap();
            let mut findings = Vec::new();
            crate::kinds::Field::of::<Spec>().check(&value, &FieldPath::root(), &mut findings);
            findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        let with = |kind: &str, field: &str| {
            faults(
                json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, field: {"a": reference}}),
            )
        };
        assert_eq!(with("Secret", "data"), [""; 0]);
        assert_eq!(with("Secret", "stringData"), [""; 0]);
        assert_eq!(with("Secret", "type"), ["`manifest.type.a` is not a sensitive field"]);
        assert_eq!(with("ConfigMap", "data"), ["`manifest.data.a` is not a sensitive field"]);
    }

    #[test]
    fn custom_resources_need_their_definition_in_the_same_cluster() {
        let served = json!([{"name": "v1", "served": true}]);
        let create = |world: &World| refusal::<Object>(world, json!({"manifest": certificate()}), json!({}));
        let mut world = World::default();
        assert_eq!(create(&world), "NoKindMatch");
        world.add(
            "kubernetes.object",
            "crd",
            json!({"cluster": "other", "manifest": definition(served.clone())}),
        );
        assert_eq!(create(&world), "NoKindMatch");
        let beta = json!([{"name": "v1beta1", "served": true}, {"name": "v1", "served": false}]);
        world.add("kubernetes.object", "crd", json!({"cluster": "main", "manifest": definition(beta)}));
        assert_eq!(create(&world), "NoKindMatch");
        world.add(
            "kubernetes.object",
            "crd",
            json!({"cluster": "main", "manifests": [definition(served.clone())]}),
        );
        assert_eq!(create(&world), "");
        let together = json!({"manifests": [certificate(), definition(served)]});
        assert_eq!(refusal::<Object>(&World::default(), together, json!({})), "");
    }

    #[test]
    fn a_chart_provides_its_kinds() {
        let create = |world: &World| refusal::<Object>(world, json!({"manifest": certificate()}), json!({}));
        let mut world = World::default();
        world.add("helm.release", "a", json!({"cluster": "main", "provides": ["cert-manager.io/Issuer"]}));
        assert_eq!(create(&world), "NoKindMatch");
        world.add(
            "helm.release",
            "b",
            json!({"cluster": "main", "provides": ["cert-manager.io/Certificate"]}),
        );
        assert_eq!(create(&world), "");
    }

    #[test]
    fn namespaces_must_be_there() {
        let create = |world: &World| {
            refusal::<Object>(world, json!({"manifest": config_map(Some("prod"))}), json!({}))
        };
        let mut world = World::default();
        assert_eq!(refusal::<Object>(&world, json!({"manifest": config_map(None)}), json!({})), "");
        assert_eq!(refusal::<Object>(&world, json!({"manifest": namespace("prod")}), json!({})), "");
        assert_eq!(create(&world), "NotFound");
        world.add("kubernetes.object", "a", json!({"cluster": "other", "manifest": namespace("prod")}));
        assert_eq!(create(&world), "NotFound");
        let together = json!({"manifests": [config_map(Some("prod")), namespace("prod")]});
        assert_eq!(refusal::<Object>(&world, together, json!({})), "");
        world.add("kubernetes.object", "b", json!({"cluster": "main", "manifest": namespace("prod")}));
        assert_eq!(create(&world), "");
        let mut world = World::default();
        world.add(
            "helm.release",
            "c",
            json!({"cluster": "main", "namespace": "prod", "create_namespace": true}),
        );
        assert_eq!(create(&world), "");
    }

    #[test]
    fn several_objects_have_one_id_in_a_fixed_order() {
        let id_of = |manifests: Json| {
            let spec: Spec = serde_json::from_value(json!({ "manifests": manifests })).unwrap();
            Object::profile(&spec).computed[0].pattern.clone()
        };
        let id = id_of(json!([namespace("prod"), config_map(None)]));
        assert_eq!(id, "v1/ConfigMap/default/a,v1/Namespace//prod");
        assert_eq!(id_of(json!([config_map(None), namespace("prod")])), id);
        let spec: Spec = serde_json::from_value(json!({ "manifests": [namespace("prod")] })).unwrap();
        assert!(Object::profile(&spec).computed.iter().all(|computed| computed.changes_with.is_empty()));
        assert!(Object::import_id(&id).is_ok() && Object::import_id("web").is_err());
    }
}
