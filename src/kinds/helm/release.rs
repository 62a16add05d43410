//! `helm.release`: a chart, installed with values of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::kubernetes::served::{Cluster, check_custom_kind, is_namespace};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A chart, installed with values of its own in the cluster that the resource's `cluster` names.
/// <https://helm.sh/docs/helm/helm_upgrade/>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in its namespace.
    #[schemars(length(min = 1, max = 53), extend("x-immutable" = true))]
    pub name: String,
    /// The namespace that it is kept in.
    #[schemars(length(min = 1, max = 63), extend("x-immutable" = true, "default" = "default"))]
    pub namespace: Option<String>,
    /// Makes the namespace with it. A deletion leaves it there.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub create_namespace: Option<bool>,
    /// Where the chart comes from: `https://charts.jetstack.io` or `oci://ghcr.io/argoproj/argo-helm`.
    /// Absent where `chart` is a folder of the workspace.
    pub repository: Option<String>,
    /// The chart's name in its repository, or a folder of the workspace such as `./templates/agent`.
    #[schemars(length(min = 1))]
    pub chart: String,
    /// Its exact version, such as `1.19.1`.
    #[schemars(length(min = 1))]
    pub version: String,
    /// What its templates are filled in with; references to secrets may stand anywhere in it. Lists
    /// are replaced as one.
    #[schemars(extend("type" = "object", "x-secrets" = true))]
    pub values: Option<Json>,
    /// Whether the definitions of custom resources that it carries are installed and kept up to date.
    #[schemars(extend("default" = true))]
    pub include_crds: Option<bool>,
    /// Custom resources that the chart defines, as `cert-manager.io/Certificate`: what the plan can
    /// rely on before the chart is installed.
    #[schemars(extend("x-collection" = "set"))]
    pub provides: Option<Vec<String>>,
    /// Further versions that its templates may take the cluster to serve, such as
    /// `monitoring.coreos.com/v1`.
    #[schemars(extend("x-collection" = "set"))]
    pub api_versions: Option<Vec<String>>,
    /// Waits until what it makes is ready. Ours: it goes with the call.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub wait: Option<bool>,
    /// Waits for its jobs too. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub wait_for_jobs: Option<bool>,
    /// Takes an installation or an upgrade back that fails. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub atomic: Option<bool>,
    /// For how long to wait at most. Ours: it goes with the call.
    #[schemars(range(min = 1, max = 86400), extend("default" = 300, "x-write-only" = true))]
    pub timeout_seconds: Option<i64>,
}

/// A release as its cluster keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Namespace and name, such as `cert-manager/cert-manager`.
    pub id: String,
    /// Helm's own word for how it is, such as `deployed`.
    pub status: String,
    /// Counts its installations and upgrades, from 1.
    pub revision: i64,
}

/// The kind itself.
pub struct Release;

impl Kind for Release {
    const TYPE: &'static str = "helm.release";
    const IDENTITY: &'static [&'static str] = &["name", "namespace"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !is_release_name(&spec.name) {
            findings.push(Finding::on(
                "name",
                format!(
                    "`name` is {:?}, where at most 53 small letters, digits, - and dots are allowed",
                    spec.name
                ),
            ));
        }
        if let Some(namespace) = spec.namespace.as_ref().filter(|namespace| !is_namespace(namespace)) {
            findings.push(Finding::on(
                "namespace",
                format!(
                    "`namespace` is {namespace:?}, where at most 63 small letters, digits and - are allowed"
                ),
            ));
        }
        findings.extend(source_findings(spec));
        findings.extend(version_findings(&spec.version));
        if spec.values.as_ref().is_some_and(|values| !values.is_object()) {
            findings
                .push(Finding::on("values", "`values` should be a map").help("read a file with `yaml(…)`"));
        }
        for (index, kind) in spec.provides.iter().flatten().enumerate() {
            if let Err(fault) = check_custom_kind(kind) {
                findings.push(
                    Finding::at(FieldPath::root().key("provides").index(index), fault)
                        .help("write it as cert-manager.io/Certificate"),
                );
            }
        }
        if spec.atomic == Some(true) && spec.wait == Some(false) {
            findings.push(
                Finding::on("wait", "what is `atomic` has to wait: nothing else shows whether it failed")
                    .and("atomic"),
            );
        }
        if spec.wait_for_jobs == Some(true) && spec.wait == Some(false) {
            findings.push(
                Finding::on("wait_for_jobs", "`wait_for_jobs` has no meaning without `wait`").and("wait"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let (install, upgrade) = if spec.wait == Some(false) { (5, 5) } else { (60, 45) };
        Profile::seconds(install, upgrade, 20)
            .computes("id", &format!("{}/{}", namespace(spec), spec.name))
            .computes("status", "deployed")
            .computes("revision", "json:1")
    }

    /// The name is free in its namespace, which is there or is made.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, attributes } => {
                let name = attributes.get("cluster").cloned().unwrap_or_default();
                let cluster = Cluster::new(cloud, &name, &[]);
                if spec.create_namespace != Some(true) {
                    cluster.has_namespace(namespace(spec))?;
                }
                let is_taken = cluster.all(Self::TYPE).iter().any(|other| {
                    other["name"] == spec.name.as_str()
                        && other["namespace"].as_str().unwrap_or(DEFAULT_NAMESPACE) == namespace(spec)
                });
                if is_taken {
                    return Err(Refusal::new("AlreadyExists", "cannot re-use a name that is still in use"));
                }
                // Others look for it by its namespace, said or not.
                attributes.insert("namespace".to_owned(), Json::from(namespace(spec)));
                Ok(())
            }
            Call::Update { attributes, .. } => {
                let revision = attributes.get("revision").and_then(Json::as_i64).unwrap_or(1);
                attributes.insert("revision".to_owned(), Json::from(revision + 1));
                Ok(())
            }
            Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match text.split_once('/') {
            Some((namespace, name)) if is_namespace(namespace) && is_release_name(name) => {
                Ok(PhysicalId::new(text))
            }
            _ => Err(format!("`{text}` should look like namespace/name")),
        }
    }
}

const DEFAULT_NAMESPACE: &str = "default";

fn namespace(spec: &Spec) -> &str {
    spec.namespace.as_deref().unwrap_or(DEFAULT_NAMESPACE)
}

/// Helm allows 53 characters, because Kubernetes' labels have to hold the name and some more.
fn is_release_name(text: &str) -> bool {
    text.len() <= 53 && text.split('.').all(is_namespace)
}

/// What is wrong with where the chart comes from.
fn source_findings(spec: &Spec) -> Vec<Finding> {
    let chart = spec.chart.as_str();
    if chart.starts_with("oci://") || chart.contains("://") {
        return vec![
            Finding::on("chart", format!("`chart` is {chart:?}, which is an address, not a name"))
                .help("put the address into `repository`, and the last part of it into `chart`"),
        ];
    }
    if let Some(folder) = chart.strip_prefix("./") {
        let mut findings = Vec::new();
        if folder.split('/').any(|part| matches!(part, "" | "." | "..")) {
            findings.push(Finding::on(
                "chart",
                format!("`chart` is {chart:?}, which isn't a folder within the workspace"),
            ));
        }
        if spec.repository.is_some() {
            findings
                .push(Finding::on("repository", "a chart of the workspace has no `repository`").and("chart"));
        }
        return findings;
    }
    let mut findings = Vec::new();
    if chart.is_empty() || !chart.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        findings.push(
            Finding::on("chart", format!("`chart` is {chart:?}, which is no name of a chart"))
                .help("a folder of the workspace starts with ./"),
        );
    }
    match &spec.repository {
        None => findings.push(
            Finding::on("chart", format!("the chart {chart} has no `repository`"))
                .help("set `repository` to https://… or oci://…"),
        ),
        Some(repository) => {
            let host =
                ["https://", "http://", "oci://"].iter().find_map(|scheme| repository.strip_prefix(scheme));
            if host.is_none_or(|host| host.is_empty() || host.starts_with('/') || host.contains([' ', '@'])) {
                findings.push(
                    Finding::on(
                        "repository",
                        format!("`repository` is {repository:?}, which is no address of charts"),
                    )
                    .help("write it as https://charts.example.com or oci://registry.example.com/charts"),
                );
            }
        }
    }
    findings
}

/// Versions are exact, so that a plan means the same tomorrow.
fn version_findings(version: &str) -> Vec<Finding> {
    if is_exact_version(version) {
        return Vec::new();
    }
    let finding = Finding::on("version", format!("`version` is {version:?}, which isn't one exact version"));
    let is_range = version.contains(['^', '~', '*', '>', '<', '=', ' ', ',', '|']) || version.contains(".x");
    vec![finding.help(if is_range {
        "a range would install something else tomorrow: write it as 1.19.1"
    } else {
        "write it as 1.19.1"
    })]
}

/// <https://semver.org/>: a `v` may stand in front, as Helm allows.
fn is_exact_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    let numbers: Vec<&str> = core.split('.').collect();
    let is_number = |text: &&str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && (*text == "0" || !text.starts_with('0'))
    };
    let is_suffix = |text: &str| {
        text.split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    };
    numbers.len() == 3
        && numbers.iter().all(is_number)
        && pre.is_none_or(is_suffix)
        && build.is_none_or(is_suffix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::AnyKind;
    use crate::kinds::kind::Erased;
    use crate::kinds::testing::{World, faults, refusal};
    use crate::model::{SecretReference, SecretStore, Value};
    use serde_json::json;

    fn release() -> Json {
        json!({"name": "cert-manager", "namespace": "cert-manager", "create_namespace": true,
            "repository": "https://charts.jetstack.io", "chart": "cert-manager", "version": "v1.19.1",
            "provides": ["cert-manager.io/Certificate"]})
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        for fine in [
            json!({}),
            json!({"repository": "oci://ghcr.io/argoproj/argo-helm", "version": "9.0.0-rc.1+build.5"}),
            json!({"repository": null, "chart": "./templates/agent", "version": "0.1.0"}),
            json!({"values": {"a": [1, {"b": null}]}, "atomic": true, "wait_for_jobs": true, "timeout_seconds": 900}),
        ] {
            assert_eq!(faults::<Release>(release(), fine.clone()), Vec::<String>::new(), "{fine}");
        }
        for (change, fault) in [
            (json!({"name": "Cert"}), "name: "),
            (json!({"name": "a".repeat(54)}), "53"),
            (json!({"namespace": "a.b"}), "namespace: "),
            (json!({"chart": "oci://ghcr.io/a/b"}), "into `repository`"),
            (json!({"chart": "jetstack/cert-manager"}), "starts with ./"),
            (json!({"chart": "./../agent", "repository": null}), "within the workspace"),
            (json!({"chart": "./agent"}), "has no `repository`"),
            (json!({"repository": null}), "set `repository`"),
            (json!({"repository": "charts.jetstack.io"}), "no address of charts"),
            (json!({"version": "^1.19.0"}), "something else tomorrow"),
            (json!({"version": "1.19.x"}), "something else tomorrow"),
            (json!({"version": "1.19"}), "write it as 1.19.1"),
            (json!({"version": "01.1.1"}), "write it as 1.19.1"),
            (json!({"version": "latest"}), "write it as 1.19.1"),
            (json!({"values": []}), "`values` should be a map"),
            (json!({"provides": ["Certificate"]}), "has no group"),
            (json!({"provides": ["apps/Deployment"]}), "every cluster has"),
            (json!({"provides": ["cert-manager.io/certificates"]}), "isn't a group and a kind"),
            (json!({"atomic": true, "wait": false}), "has to wait"),
            (json!({"wait_for_jobs": true, "wait": false}), "without `wait`"),
        ] {
            let found = faults::<Release>(release(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_name_is_free_and_the_namespace_there() {
        let mut world = World::default();
        assert_eq!(refusal::<Release>(&world, release(), json!({})), "");
        let alone = json!({"create_namespace": null});
        assert_eq!(refusal::<Release>(&world, release(), alone), "NotFound");
        let elsewhere = json!({"create_namespace": null, "namespace": null});
        assert_eq!(refusal::<Release>(&world, release(), elsewhere.clone()), "");
        world.add(
            "helm.release",
            "x",
            json!({"cluster": "main", "name": "cert-manager", "namespace": "cert-manager"}),
        );
        assert_eq!(refusal::<Release>(&world, release(), json!({})), "AlreadyExists");
        assert_eq!(refusal::<Release>(&world, release(), elsewhere), "");
    }

    #[test]
    fn an_upgrade_is_a_revision() {
        let spec: Spec = serde_json::from_value(release()).unwrap();
        let mut attributes = json!({"revision": 2}).as_object().unwrap().clone();
        let id = PhysicalId::new("cert-manager/cert-manager");
        let call = Call::Update { spec: &spec, id: &id, attributes: &mut attributes };
        Release::simulate(call, &World::default()).unwrap();
        assert_eq!(attributes["revision"], 3);
    }

    #[test]
    fn nulls_of_its_values_are_values() {
        let mut observed = release();
        for (field, value) in [
            ("values", json!({"a": null, "b": [{"c": null}]})),
            ("status", json!("deployed")),
            ("id", json!("a/b")),
        ] {
            observed[field] = value;
        }
        observed["revision"] = json!(1);
        let projected = Erased::<Release>::new().project(&observed).unwrap();
        assert_eq!(projected["values"], observed["values"]);
        assert_eq!(projected.get("wait"), None, "a field that isn't there is no null");
    }

    #[test]
    fn secrets_may_stand_anywhere_in_its_values() {
        let reference = || {
            Value::secret(SecretReference {
                from: SecretStore::Env,
                name: "DB".into(),
                key: None,
                region: None,
            })
        };
        let faults = |field: &str, value: Value| {
            let Value::Map(mut spec) = Value::from_json(&release()) else { panic!("a spec is a map") };
            spec.insert(field.into(), value);
            let mut findings = Vec::new();
            crate::kinds::Field::of::<Spec>().check(&Value::Map(spec), &FieldPath::root(), &mut findings);
            findings.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        let within = Value::List(vec![Value::Map([("password".into(), reference())].into())]);
        assert_eq!(faults("values", Value::Map([("env".into(), within)].into())), [""; 0]);
        assert_eq!(faults("version", reference()), ["`version` is not a sensitive field"]);
    }

    #[test]
    fn its_id_is_namespace_and_name() {
        let spec: Spec = serde_json::from_value(release()).unwrap();
        assert_eq!(Release::profile(&spec).computed[0].pattern, "cert-manager/cert-manager");
        assert!(Release::import_id("a/b").is_ok() && Release::import_id("b").is_err());
    }
}
