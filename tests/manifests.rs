//! What other people's tools say of the repository's own manifests and policies, offline: the APIs'
//! schemas with unknown fields as errors, a linter of manifests and one of IAM policies.
//!
//! `tests/run manifests` installs the tools and says in the environment where they are.

#![allow(clippy::disallowed_methods, reason = "tests run other programs and read their variables")]

#[path = "workspace/known.rs"]
mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use known::{each_environment, know_everything};
use ninefold::graph::Body;
use ninefold::model::{Json, Value};
use serde_json::json;

/// The version of Kubernetes whose schemas count, as the phase `cluster` asks for it.
const KUBERNETES: &str = "1.35";

/// Documents of one environment, each with the address that it comes from.
type Documents = Vec<(String, Json)>;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} isn't set: run `bash tests/run manifests`"))
}

/// What a program answers to a text.
fn ask(command: &mut Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to_child = child.stdin.take().unwrap();
    let input = input.to_owned();
    // The program may answer before it has read everything.
    let writing = std::thread::spawn(move || to_child.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The faults that a part of tests/manifests/validate.py finds: `address: fault`.
fn faults(arguments: &[&str], documents: &Documents) -> BTreeSet<String> {
    let items: Vec<Json> =
        documents.iter().map(|(at, document)| json!({"at": at, "document": document})).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/manifests/validate.py");
    let mut command = Command::new(variable("NINEFOLD_MANIFESTS_PYTHON"));
    let answer = ask(command.arg(script).args(arguments), &json!(items).to_string());
    let found: Vec<Json> = serde_json::from_str(&answer).expect("the script writes what is wrong above");
    found.iter().map(|one| format!("{}: {}", text(&one["at"]), text(&one["fault"]))).collect()
}

fn manifest_faults(documents: &Documents) -> BTreeSet<String> {
    let folder = format!("{}/definitions", variable("NINEFOLD_MANIFESTS_SCHEMAS"));
    faults(&["manifests", KUBERNETES, &folder], documents)
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// Every manifest of every environment: by environment and cluster.
fn manifests() -> BTreeMap<(String, String), Documents> {
    let mut all: BTreeMap<(String, String), Documents> = BTreeMap::new();
    each_environment(|_, environment| {
        let version = known_version(environment);
        assert!(version.is_none_or(|version| version == KUBERNETES), "the schemas are of {KUBERNETES}");
        know_everything(environment, |node, evaluated| {
            let Body::Resource { kind, .. } = &node.body else { return };
            let (Ok(spec), "kubernetes.object", Some(cluster)) = (evaluated, &**kind, node.cluster) else {
                return;
            };
            let cluster = environment.graph.node(cluster).address.to_string();
            let documents = all.entry((environment.name.to_string(), cluster)).or_default();
            let single = spec.get("manifest").into_iter();
            let many = match spec.get("manifests") {
                Some(Value::List(many)) => many.as_slice(),
                _ => &[],
            };
            for manifest in single.chain(many) {
                // Sensitive parts are no secrets of anybody here.
                let document =
                    manifest.reveal().unwrap_or_else(|| panic!("{}: not all is known", node.address));
                documents.push((format!("{} {}", environment.name, node.address), document));
            }
        });
    });
    assert!(all.values().flatten().count() > 100, "there are more manifests than that");
    all
}

/// The version of Kubernetes that an environment's clusters are to have.
fn known_version(environment: &ninefold::workspace::Environment) -> Option<String> {
    let mut found = None;
    know_everything(environment, |node, evaluated| {
        if let (Body::Resource { kind, .. }, Ok(spec)) = (&node.body, evaluated)
            && &**kind == "aws.eks.cluster"
        {
            found = spec.get("version").and_then(Value::as_str).map(str::to_owned);
        }
    });
    found
}

/// Every policy document of every environment.
fn policies() -> Documents {
    let mut all = Vec::new();
    each_environment(|_, environment| {
        know_everything(environment, |node, evaluated| {
            let (Body::Resource { kind, .. }, Ok(spec)) = (&node.body, evaluated) else { return };
            if !kind.starts_with("aws.") {
                return;
            }
            let inline = spec.get("inline_policies").and_then(Value::as_map);
            let named = ["document", "policy", "assume_role_policy", "access_policy", "policy_text"];
            let documents = named.iter().filter_map(|name| spec.get(name));
            for document in inline.into_iter().flat_map(BTreeMap::values).chain(documents) {
                if let Some(document) = document.reveal().filter(|it| !it["Statement"].is_null()) {
                    all.push((format!("{} {}", environment.name, node.address), document));
                }
            }
        });
    });
    assert!(all.len() > 30, "there are more policies than that");
    all
}

#[test]
fn every_manifest_is_what_its_api_takes() {
    let documents = manifests().into_values().flatten().collect();
    let found = manifest_faults(&documents);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_misspelt_field_is_a_fault() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "a", "image": "b", "imagePullPolicie": "Always"}]}});
    let secret = |field: &str| {
        json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "a"},
            "spec": {field: "1h", "target": {"name": "a"}, "secretStoreRef": {"name": "a"}}})
    };
    let mut labelled = secret("refreshInterval");
    labelled["metadata"]["label"] = json!({});
    for (document, fault) in [
        (pod, "imagePullPolicie"),
        (secret("refreshIntervall"), "refreshIntervall"),
        (labelled, "'label' was unexpected"),
        (json!({"apiVersion": "v1", "kind": "Pot", "metadata": {}}), "has no Pot of v1"),
        (json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecrets"}), "has a ExternalSecrets"),
        (
            json!({"apiVersion": "nobody.example/v1", "kind": "Thing"}),
            "nothing is known of the group nobody.example",
        ),
    ] {
        let found = manifest_faults(&vec![("here".to_owned(), document)]);
        assert!(found.iter().any(|found| found.contains(fault)), "{fault}: {found:?}");
    }
    assert!(manifest_faults(&vec![("here".to_owned(), secret("refreshInterval"))]).is_empty());
}

/// What kube-score finds and isn't so here, each with its reason. What is about one object only is
/// answered at that object, by the annotation `kube-score/ignore` and a comment.
const ANSWERED: &[(&str, &str)] = &[
    ("container-image-pull-policy", "images are pinned: what a node has is what would be pulled again"),
    ("container-security-context-user-group-id", "images name their own users, which `runAsNonRoot` holds"),
];

/// What kube-score finds wrong: `check: object: comment`.
fn scored(documents: &Documents) -> BTreeSet<String> {
    let text: String = documents.iter().map(|(_, document)| format!("---\n{document}\n")).collect();
    let program = format!("{}/kube-score", variable("NINEFOLD_MANIFESTS_SCHEMAS"));
    let arguments =
        ["score", "--output-format", "json", "--kubernetes-version", &format!("v{KUBERNETES}"), "-"];
    let answer = ask(Command::new(program).args(arguments), &text);
    let objects: Vec<Json> = serde_json::from_str(&answer).expect("kube-score writes what is wrong above");
    let mut found = BTreeSet::new();
    for object in &objects {
        for check in object["checks"].as_array().into_iter().flatten() {
            let id = text_of(&check["check"]["id"]);
            // Ten is "all well", seven "almost", five "warning", one "critical".
            let fine = check["skipped"] == true || check["grade"].as_i64().is_none_or(|grade| grade > 5);
            if fine || ANSWERED.iter().any(|(answered, _)| *answered == id) {
                continue;
            }
            for comment in check["comments"].as_array().into_iter().flatten() {
                let name = text_of(&object["object_name"]);
                found.insert(format!(
                    "{id}: {name}: {} {}",
                    text_of(&comment["path"]),
                    text_of(&comment["summary"])
                ));
            }
        }
    }
    found
}

fn text_of(json: &Json) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_linter_of_manifests_has_no_open_question() {
    let mut found = BTreeSet::new();
    for ((environment, cluster), documents) in manifests() {
        found.extend(scored(&documents).into_iter().map(|one| format!("{environment} {cluster}: {one}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_linter_of_manifests_finds_what_is_wrong() {
    let careless = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "namespace": "b"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b:latest"}]}}}});
    let found = scored(&vec![("here".to_owned(), careless)]);
    for check in ["container-resources", "container-image-tag", "container-security-context-privileged"] {
        assert!(
            found.iter().any(|found| found.starts_with(check)) || check.ends_with("privileged"),
            "{check}: {found:?}"
        );
    }
}

/// What parliament finds and isn't so, each with its reason: the address's part, the finding's, why.
const POLICIES_ANSWERED: &[(&str, &str, &str)] = &[];

#[test]
fn every_policy_is_what_iam_takes() {
    let open: Vec<String> = faults(&["policies"], &policies())
        .into_iter()
        .filter(|found| {
            !POLICIES_ANSWERED.iter().any(|(at, finding, _)| found.contains(at) && found.contains(finding))
        })
        .collect();
    assert!(open.is_empty(), "{open:#?}");
}

#[test]
fn a_policy_of_an_action_that_is_not_there_is_a_fault() {
    let document = |action: &str, resource: &str| json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]});
    for (action, resource, fault) in [
        ("s3:GetObjekt", "arn:aws:s3:::a/*", "UNKNOWN_ACTION"),
        ("s3:GetObject", "arn:aws:s3:::a", "RESOURCE_MISMATCH"),
    ] {
        let found = faults(&["policies"], &vec![("here".to_owned(), document(action, resource))]);
        assert!(found.iter().any(|found| found.contains(fault)), "{action}: {found:?}");
    }
    let sound = document("s3:GetObject", "arn:aws:s3:::a/*");
    assert!(faults(&["policies"], &vec![("here".to_owned(), sound)]).is_empty());
}
