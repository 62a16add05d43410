//! One manifest: what it is called, and what is wrong with it before a server sees it.

use super::builtin;
use crate::kinds::{ANNOTATIONS, Finding};
use crate::model::{FieldPath, Json, closest};

/// What an object is called within its cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// Such as `apps/v1`.
    pub api_version: String,
    pub kind: String,
    /// Empty for what lives in no namespace.
    pub namespace: String,
    pub name: String,
}

impl Identity {
    /// That of a manifest; parts that are missing are empty. Without a namespace, kinds that live
    /// in one get `default`; of custom kinds nobody knows, so they are left as they are.
    pub fn of(manifest: &Json) -> Self {
        let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
        let (api_version, kind) = (text(&manifest["apiVersion"]), text(&manifest["kind"]));
        let (group, _) = builtin::split(&api_version);
        let is_namespaced = builtin::find(group, &kind).map(|builtin| builtin.namespaced);
        let mut namespace = text(&manifest["metadata"]["namespace"]);
        if namespace.is_empty() && is_namespaced == Some(true) {
            namespace = "default".to_owned();
        }
        Self { api_version, kind, namespace, name: text(&manifest["metadata"]["name"]) }
    }

    /// Reads `apps/v1/Deployment/web/server`; a cluster's own is `v1/Namespace//web`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(4, '/');
        let (name, namespace, kind, api_version) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_whole = is_api_version(api_version)
            && is_kind(kind)
            && (namespace.is_empty() || is_label(namespace))
            && is_path_segment(name);
        is_whole.then(|| Self {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}/{}", self.api_version, self.kind, self.namespace, self.name)
    }
}

/// A label of DNS: <https://datatracker.ietf.org/doc/html/rfc1123>.
pub(crate) fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A name of DNS: labels joined by dots.
fn is_subdomain(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        })
}

/// What can be a part of an address: names of RBAC's objects may hold nearly anything.
fn is_path_segment(text: &str) -> bool {
    !text.is_empty() && text != "." && text != ".." && !text.contains(['/', '%', ',', ' '])
}

fn is_kind(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_api_version(text: &str) -> bool {
    let (group, version) = builtin::split(text);
    let is_group = if text.contains('/') { is_subdomain(group) } else { group.is_empty() };
    is_group && is_label(version) && version.starts_with('v')
}

/// A key of labels and annotations: a name of at most 63 characters, maybe after a domain.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_qualified_name(text: &str) -> bool {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    prefix.is_none_or(is_subdomain) && is_label_value(name) && !name.is_empty()
}

fn is_label_value(text: &str) -> bool {
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && ends(text.chars().next())
        && ends(text.chars().last())
}

/// The rule that the name of an object of a kind follows.
fn check_name(identity: &Identity) -> Result<(), &'static str> {
    let (group, _) = builtin::split(&identity.api_version);
    let name = identity.name.as_str();
    let starts_with_letter = name.starts_with(|c: char| c.is_ascii_lowercase());
    match (group, identity.kind.as_str()) {
        ("rbac.authorization.k8s.io", _) if is_path_segment(name) => Ok(()),
        ("rbac.authorization.k8s.io", _) => Err("a name without / % , and spaces"),
        ("", "Service") if is_label(name) && starts_with_letter => Ok(()),
        ("", "Service") => {
            Err("a label of DNS that starts with a letter: at most 63 small letters, digits and -")
        }
        ("", "Namespace") if is_label(name) => Ok(()),
        ("", "Namespace") => Err("a label of DNS: at most 63 small letters, digits and -"),
        ("batch", "CronJob") if is_subdomain(name) && name.len() > 52 => {
            Err("at most 52 characters long: its jobs add 11 of their own")
        }
        _ if is_subdomain(name) => Ok(()),
        _ => Err("a name of DNS: at most 253 small letters, digits, - and dots"),
    }
}

/// Fields that only a server writes.
const SERVER_FIELDS: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// What is wrong with the manifest at a path of a spec.
pub(super) fn findings(path: &FieldPath, manifest: &Json) -> Vec<Finding> {
    let Some(fields) = manifest.as_object() else {
        return vec![
            Finding::at(
                path.clone(),
                format!("`{path}` should be a manifest: a map with apiVersion, kind and metadata"),
            )
            .help("read it from a text with `yaml(…)`"),
        ];
    };
    let identity = Identity::of(manifest);
    let mut findings = type_findings(path, fields, &identity);
    if fields.contains_key("status") {
        findings.push(
            Finding::at(path.key("status"), "`status` is the controller's to write, not the configuration's")
                .help("leave it out"),
        );
    }
    let metadata_path = path.key("metadata");
    let Some(metadata) = fields.get("metadata").and_then(Json::as_object) else {
        findings
            .push(Finding::at(path.clone(), format!("`metadata` is missing in `{path}`, or isn't a map")));
        return findings;
    };
    for field in SERVER_FIELDS.iter().filter(|field| metadata.contains_key(**field)) {
        findings.push(
            Finding::at(metadata_path.key(field), format!("`metadata.{field}` is the server's to write"))
                .help("leave it out"),
        );
    }
    findings.extend(name_findings(&metadata_path, metadata, &identity));
    findings.extend(namespace_findings(&metadata_path, metadata, &identity));
    findings.extend(label_findings(&metadata_path, metadata));
    findings.extend(annotation_findings(&metadata_path, metadata));
    findings
}

type Fields = serde_json::Map<String, Json>;

fn type_findings(path: &FieldPath, fields: &Fields, identity: &Identity) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, value, fits) in [
        ("apiVersion", &identity.api_version, is_api_version as fn(&str) -> bool),
        ("kind", &identity.kind, is_kind),
    ] {
        if !fields.contains_key(field) {
            let finding = Finding::at(path.clone(), format!("`{field}` is missing in `{path}`"));
            findings.push(match (field, builtin::api_versions_of(&identity.kind).first()) {
                ("apiVersion", Some(api_version)) => {
                    finding.help(format!("write `apiVersion: {api_version}`"))
                }
                _ => finding,
            });
        } else if !fits(value) {
            let example = if field == "kind" { "Deployment" } else { "apps/v1" };
            findings.push(
                Finding::at(path.key(field), format!("`{field}` is {}, which can't be one", fields[field]))
                    .help(format!("write it as {example}")),
            );
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let (group, version) = builtin::split(&identity.api_version);
    let (kind, api_version) = (&identity.kind, &identity.api_version);
    match builtin::find(group, kind) {
        Some(builtin) if builtin.versions.contains(&version) => {}
        Some(builtin) => findings.push(
            Finding::at(path.key("apiVersion"), format!("`{kind}` isn't served as `{api_version}`"))
                .and_at(path.key("kind"))
                .help(format!("{kind} is served as {}", builtin::api_versions_of(builtin.kind).join(", "))),
        ),
        None if builtin::is_group(group) => {
            let finding = Finding::at(path.key("kind"), format!("`{api_version}` has no kind `{kind}`"))
                .and_at(path.key("apiVersion"));
            let elsewhere = builtin::api_versions_of(kind);
            findings.push(match closest(kind, builtin::kinds_of(group)) {
                _ if !elsewhere.is_empty() => finding.help(format!("{kind} is in {}", elsewhere.join(", "))),
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => {
                    let kinds: Vec<&str> = builtin::kinds_of(group).collect();
                    finding.help(format!("its kinds are {}", kinds.join(", ")))
                }
            });
        }
        // A group of custom resources, or one that no API server serves any more.
        None if !group.contains('.') => {
            let finding = Finding::at(path.key("apiVersion"), format!("there is no group `{group}`"));
            let served = builtin::api_versions_of(kind);
            findings.push(finding.help(if served.is_empty() {
                "the groups of custom resources are names of DNS, such as cert-manager.io".to_owned()
            } else {
                format!("{kind} is in {}", served.join(", "))
            }));
        }
        None => {}
    }
    findings
}

fn name_findings(path: &FieldPath, metadata: &Fields, identity: &Identity) -> Vec<Finding> {
    let name_path = path.key("name");
    match metadata.get("name") {
        None if metadata.contains_key("generateName") => vec![
            Finding::at(path.key("generateName"), "`generateName` gives another name each time")
                .help("set `name`: the object is found again by it"),
        ],
        None => vec![Finding::at(path.clone(), format!("`name` is missing in `{path}`"))],
        Some(Json::String(_)) => match check_name(identity) {
            Ok(()) => Vec::new(),
            Err(rule) => {
                let message = format!("`{name_path}` is {:?}, which should be {rule}", identity.name);
                vec![Finding::at(name_path, message)]
            }
        },
        Some(_) => vec![Finding::at(name_path, "the name should be a string").help("put it in quotes")],
    }
}

fn namespace_findings(path: &FieldPath, metadata: &Fields, identity: &Identity) -> Vec<Finding> {
    let Some(namespace) = metadata.get("namespace") else {
        return Vec::new();
    };
    let path = path.key("namespace");
    let (group, _) = builtin::split(&identity.api_version);
    if builtin::find(group, &identity.kind).is_some_and(|builtin| !builtin.namespaced) {
        return vec![
            Finding::at(path, format!("a `{}` lives in no namespace", identity.kind)).help("leave it out"),
        ];
    }
    if namespace.as_str().is_some_and(is_label) {
        return Vec::new();
    }
    let message = format!("`{path}` is {namespace}, which should be at most 63 small letters, digits and -");
    vec![Finding::at(path, message)]
}

fn label_findings(path: &FieldPath, metadata: &Fields) -> Vec<Finding> {
    let path = path.key("labels");
    let Some(labels) = metadata.get("labels") else {
        return Vec::new();
    };
    let Some(labels) = labels.as_object() else {
        return vec![Finding::at(path, "`labels` should be a map")];
    };
    let mut findings = Vec::new();
    for (key, value) in labels {
        if !is_qualified_name(key) {
            findings.push(Finding::at(path.key(key), format!("{key:?} can't be the key of a label")));
        }
        match value.as_str() {
            Some(value) if is_label_value(value) => {}
            Some(value) => findings.push(Finding::at(
                path.key(key),
                format!(
                    "{value:?} can't be the value of a label: at most 63 letters, digits and -_. are allowed"
                ),
            )),
            None => findings.push(
                Finding::at(path.key(key), format!("the label `{key}` should be a string"))
                    .help(format!("put it in quotes: \"{value}\"")),
            ),
        }
    }
    findings
}

/// The server takes 256 KiB of them.
const MAX_ANNOTATION_BYTES: usize = 256 * 1024;

fn annotation_findings(path: &FieldPath, metadata: &Fields) -> Vec<Finding> {
    let path = path.key("annotations");
    let Some(annotations) = metadata.get("annotations") else {
        return Vec::new();
    };
    let Some(annotations) = annotations.as_object() else {
        return vec![Finding::at(path, "`annotations` should be a map")];
    };
    let mut findings = Vec::new();
    let mut bytes = 0;
    for (key, value) in annotations {
        bytes += key.len();
        if ANNOTATIONS.all().contains(&key.to_ascii_lowercase().as_str()) {
            findings.push(
                Finding::at(path.key(key), format!("the annotation `{key}` is Ninefold's own"))
                    .help("Ninefold sets these itself, to know what it has made"),
            );
        }
        // The server compares the name without its case here.
        if !is_qualified_name(&key.to_ascii_lowercase()) {
            findings.push(Finding::at(path.key(key), format!("{key:?} can't be the key of an annotation")));
        }
        match value.as_str() {
            Some(value) => bytes += value.len(),
            None => findings.push(
                Finding::at(path.key(key), format!("the annotation `{key}` should be a string"))
                    .help(format!("put it in quotes: \"{value}\"")),
            ),
        }
    }
    if bytes > MAX_ANNOTATION_BYTES {
        findings.push(Finding::at(
            path,
            format!("the annotations have {bytes} bytes, where {MAX_ANNOTATION_BYTES} are allowed"),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(manifest: &Json) -> Vec<String> {
        findings(&FieldPath::root().key("manifest"), manifest)
            .into_iter()
            .map(|f| format!("{}: {} ({})", f.paths[0], f.message, f.help.unwrap_or_default()))
            .collect()
    }

    fn deployment() -> Json {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web.server-1", "namespace": "prod",
                "labels": {"app.kubernetes.io/name": "web", "empty": ""}, "annotations": {"Example.com/Note": "a: b"},
            },
            "spec": {"replicas": 3},
        })
    }

    #[test]
    fn good_manifests_are_fine() {
        assert_eq!(faults(&deployment()), Vec::<String>::new());
        for fine in [
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "prod"}}),
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:Viewer"}}),
            json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}}),
            json!({"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "web"}}),
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"name": "web"}}),
        ] {
            assert_eq!(faults(&fine), Vec::<String>::new(), "{fine}");
        }
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        let long = "a".repeat(64);
        for (pointer, value, fault) in [
            ("/apiVersion", Json::Null, "write `apiVersion: apps/v1`"),
            ("/kind", Json::Null, "`kind` is missing"),
            ("/apiVersion", json!("apps/"), "manifest.apiVersion"),
            ("/kind", json!("deployment"), "write it as Deployment"),
            ("/kind", json!("Deploymnet"), "did you mean `Deployment`"),
            ("/kind", json!("Ingress"), "Ingress is in networking.k8s.io/v1"),
            ("/apiVersion", json!("apps/v1beta1"), "Deployment is served as apps/v1"),
            ("/apiVersion", json!("extensions/v1beta1"), "Deployment is in apps/v1"),
            ("/apiVersion", json!("app/v1"), "no group `app`"),
            ("/status", json!({}), "the controller's to write"),
            ("/metadata", Json::Null, "`metadata` is missing"),
            ("/metadata/uid", json!("1"), "the server's to write"),
            ("/metadata/resourceVersion", json!("1"), "metadata.resourceVersion"),
            ("/metadata/managedFields", json!([]), "metadata.managedFields"),
            ("/metadata/name", Json::Null, "`name` is missing"),
            ("/metadata/name", json!("Web"), "a name of DNS"),
            ("/metadata/name", json!("a..b"), "a name of DNS"),
            ("/metadata/name", json!("a".repeat(254)), "at most 253"),
            ("/metadata/name", json!(1), "put it in quotes"),
            ("/metadata/namespace", json!("a.b"), "at most 63"),
            ("/metadata/namespace", json!(long), "at most 63"),
            ("/metadata/labels", json!([]), "should be a map"),
            ("/metadata/labels", json!({"a/b/c": "x"}), "key of a label"),
            ("/metadata/labels", json!({"a": "x y"}), "value of a label"),
            ("/metadata/labels", json!({"a": true}), "in quotes: \"true\""),
            ("/metadata/annotations", json!("x"), "should be a map"),
            ("/metadata/annotations", json!({"a b": "x"}), "key of an annotation"),
            ("/metadata/annotations", json!({"ninefold.dev/address": "x"}), "is Ninefold's own"),
            ("/metadata/annotations", json!({"a": 1}), "in quotes: \"1\""),
            ("/metadata/annotations", json!({"a": "x".repeat(262_144)}), "262144 are allowed"),
        ] {
            let mut manifest = deployment();
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            let parent = manifest.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            match value.is_null() {
                true => parent.remove(field),
                false => parent.insert(field.to_owned(), value.clone()),
            };
            let found = faults(&manifest);
            assert!(found.len() == 1 && found[0].contains(fault), "{pointer} {value}: {found:?}");
        }
        let found = faults(&json!("text"));
        assert!(found.len() == 1 && found[0].contains("yaml(…)"), "{found:?}");
    }

    #[test]
    fn kinds_have_rules_of_their_own() {
        let of = |api_version: &str, kind: &str, metadata: Json| {
            faults(&json!({"apiVersion": api_version, "kind": kind, "metadata": metadata})).join("\n")
        };
        assert!(of("v1", "Service", json!({"name": "1web"})).contains("starts with a letter"));
        assert!(of("v1", "Namespace", json!({"name": "a.b"})).contains("a label of DNS"));
        assert!(
            of("v1", "Namespace", json!({"name": "a", "namespace": "b"})).contains("lives in no namespace")
        );
        assert!(of("batch/v1", "CronJob", json!({"name": "a".repeat(53)})).contains("at most 52"));
        assert!(of("batch/v1", "Job", json!({"generateName": "a-"})).contains("another name each time"));
        assert!(of("rbac.authorization.k8s.io/v1", "Role", json!({"name": "a/b"})).contains("without /"));
    }

    #[test]
    fn identities_can_be_read_back() {
        for text in [
            "apps/v1/Deployment/prod/web",
            "v1/Namespace//prod",
            "rbac.authorization.k8s.io/v1/ClusterRole//system:a",
        ] {
            assert_eq!(Identity::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", "web", "v1/Pod/web", "Pod/prod/web", "v1/pod/a/b", "apps/Deployment/a/b"] {
            assert_eq!(Identity::parse(wrong), None, "{wrong}");
        }
        let defaulted =
            Identity::of(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}));
        assert_eq!(defaulted.to_string(), "v1/ConfigMap/default/a");
    }
}
