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
use std::sync::LazyLock;

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

/// What the environments make of their phases.
#[derive(Default)]
struct Everything {
    /// Manifests by environment and cluster.
    manifests: BTreeMap<(String, String), Documents>,
    policies: Documents,
}

static EVERYTHING: LazyLock<Everything> = LazyLock::new(|| {
    let mut all = Everything::default();
    each_environment(|_, environment| {
        know_everything(environment, |node, evaluated| {
            let Body::Resource { kind, .. } = &node.body else { return };
            let spec = evaluated.unwrap_or_else(|faults| panic!("{}: {faults:?}", node.address));
            let at = format!("{} {}", environment.name, node.address);
            match &**kind {
                "aws.eks.cluster" => {
                    let version = spec.get("version").and_then(Value::as_str);
                    assert_eq!(version, Some(KUBERNETES), "{at} is of another version than the schemas");
                }
                "kubernetes.object" => {
                    let cluster = node.cluster.map(|it| environment.graph.node(it).address.to_string());
                    let of = (environment.name.to_string(), cluster.unwrap_or_default());
                    let documents = manifests_of(&spec).map(|manifest| (at.clone(), whole(&at, manifest)));
                    all.manifests.entry(of).or_default().extend(documents);
                }
                kind if kind.starts_with("aws.") => {
                    let documents = policies_of(&spec).map(|policy| (at.clone(), whole(&at, policy)));
                    all.policies.extend(documents.filter(|(_, policy)| !policy["Statement"].is_null()));
                }
                _ => {}
            }
        });
    });
    assert!(all.manifests.values().flatten().count() > 100, "there are more manifests than that");
    assert!(all.policies.len() > 30, "there are more policies than that");
    all
});

fn manifests_of(spec: &Value) -> impl Iterator<Item = &Value> {
    let many = match spec.get("manifests") {
        Some(Value::List(many)) => many.as_slice(),
        _ => &[],
    };
    spec.get("manifest").into_iter().chain(many)
}

/// Policies of identities, of resources, and those that say who may take a role on.
fn policies_of(spec: &Value) -> impl Iterator<Item = &Value> {
    let inline = spec.get("inline_policies").and_then(Value::as_map);
    let named =
        ["access_policy", "assume_role_policy", "document", "policy", "policy_document", "policy_text"];
    let single = named.into_iter().filter_map(|name| spec.get(name));
    inline.into_iter().flat_map(BTreeMap::values).chain(single)
}

/// A document whose every part is known by now. Sensitive parts are nobody's secrets here.
fn whole(at: &str, document: &Value) -> Json {
    fetched(document).reveal().unwrap_or_else(|| panic!("{at}: not all of it is known"))
}

/// A document with a text for each secret that a call would fetch.
fn fetched(value: &Value) -> Value {
    match value {
        Value::Secret(_) => Value::string("fetched"),
        Value::Sensitive(inner) => fetched(inner),
        Value::List(items) => Value::List(items.iter().map(fetched).collect()),
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), fetched(value))).collect()),
        other => other.clone(),
    }
}

#[test]
fn every_manifest_is_what_its_api_takes() {
    let documents = EVERYTHING.manifests.values().flatten().cloned().collect();
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
    let cases = [
        (pod, "imagePullPolicie"),
        (secret("refreshIntervall"), "refreshIntervall"),
        (labelled, "'label' was unexpected"),
        (json!({"apiVersion": "v1", "kind": "Pot", "metadata": {}}), "has no Pot of v1"),
        (json!({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecrets"}), "has a ExternalSecrets"),
        (
            json!({"apiVersion": "nobody.example/v1", "kind": "Thing"}),
            "nothing is known of the group nobody.example",
        ),
    ];
    let documents = cases.iter().map(|(document, fault)| ((*fault).to_owned(), document.clone())).collect();
    let found = manifest_faults(&documents);
    for (_, fault) in cases {
        let of_it = |found: &String| found.strip_prefix(fault).is_some_and(|rest| rest.contains(fault));
        assert!(found.iter().any(of_it), "{fault}: {found:#?}");
    }
    assert!(manifest_faults(&vec![("here".to_owned(), secret("refreshInterval"))]).is_empty());
}

/// What kube-score finds and isn't so here, each with its reason. What is about one object only is
/// answered at that object, by the annotation `kube-score/ignore` and a comment.
const ANSWERED: &[(&str, &str)] = &[
    ("container-image-pull-policy", "images are pinned: what a node has is what would be pulled again"),
    ("container-security-context-user-group-id", "images name their own users, which `runAsNonRoot` holds"),
    (
        "container-ephemeral-storage-request-and-limit",
        "pods write into volumes that have sizes: another check of the linter holds that their root is read-only",
    ),
    ("networkpolicy-targets-pod", "most pods are those of charts, which are not rendered here"),
];

/// What kube-score finds wrong: `check: object: comment`.
fn scored(documents: &Documents) -> BTreeSet<String> {
    let text: String = documents.iter().map(|(_, document)| format!("---\n{document}\n")).collect();
    let program = format!("{}/kube-score", variable("NINEFOLD_MANIFESTS_SCHEMAS"));
    let version = format!("v{KUBERNETES}");
    let arguments = [
        "score",
        "--output-format=json",
        // A limit of processor time slows pods down on idle nodes; namespaces have shares instead.
        "--ignore-container-cpu-limit",
        "--kubernetes-version",
        &version,
        "-",
    ];
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
    for ((environment, cluster), documents) in &EVERYTHING.manifests {
        found.extend(scored(documents).into_iter().map(|one| format!("{environment} {cluster}: {one}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_linter_of_manifests_finds_what_is_wrong() {
    let careless = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "namespace": "b"},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b:latest"}]}}}});
    let found = scored(&vec![("here".to_owned(), careless)]);
    for check in
        ["container-resources", "container-image-tag", "container-security-context-readonlyrootfilesystem"]
    {
        assert!(found.iter().any(|found| found.starts_with(check)), "{check}: {found:#?}");
    }
}

/// What parliament finds and isn't so, by words of the finding, each with its reason.
const POLICIES_ANSWERED: &[(&[&str], &str)] = &[
    (
        &["UNKNOWN_CONDITION_FOR_ACTION", "lambda:SourceFunctionArn"],
        "Lambda puts it into every call that a function's code makes, whatever the service",
    ),
    (
        &["RESOURCE_MISMATCH", "elasticloadbalancing:DeleteListener"],
        "the linter's list has the listeners of application load balancers only, and these are of network ones",
    ),
    (
        &[
            "UNKNOWN_CONDITION_FOR_ACTION",
            "elasticloadbalancing:CreateAction",
            "elasticloadbalancing:AddTags",
        ],
        "AWS's list has it for this action: what is tagged as it is made, and by which call",
    ),
    (
        &["RESOURCE_MISMATCH", "kms:CreateAlias"],
        "an alias is made by what its key allows and by what the caller may: a key's policy says the first half",
    ),
    (
        &["RESOURCE_MISMATCH", "ec2:RunInstances"],
        "the linter looks at one statement at a time: the others name the other things that an instance is made of",
    ),
    (
        &["RESOURCE_MISMATCH", "ssm:SendCommand"],
        "the linter looks at one statement at a time: another one names the command, which has no tags to be known by",
    ),
    (
        &["RESOURCE_MISMATCH", "ssm:GetParameter"],
        "AWS's own public parameters have no account in their names",
    ),
    (
        &["RESOURCE_MISMATCH", "logs:DescribeLogGroups"],
        "the action has known log groups since the linter's list was made; what is named is narrower than its `*`",
    ),
    (&["MISMATCHED_TYPE", "ArnEquals"], "CloudWatch Logs' own documentation compares its context so"),
    (
        &["UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext:aws:logs:arn", "kms:DescribeKey"],
        "CloudWatch Logs' own documentation has them in one statement: the condition lets it through nowhere",
    ),
    (&["MISMATCHED_TYPE", "s3:TlsVersion"], "IAM reads a figure in a text as one"),
    (
        &["UNKNOWN_CONDITION_FOR_ACTION", "s3:TlsVersion"],
        "it is a denial of everything below TLS 1.2: those calls can't be asked, and are denied without TLS anyhow",
    ),
];

fn is_answered(found: &str) -> bool {
    POLICIES_ANSWERED.iter().any(|(words, _)| words.iter().all(|word| found.contains(word)))
}

#[test]
fn every_policy_is_what_iam_takes() {
    let found = faults(&["policies"], &EVERYTHING.policies);
    let open: Vec<&String> = found.iter().filter(|found| !is_answered(found)).collect();
    assert!(open.is_empty(), "{open:#?}");
    for (words, _) in POLICIES_ANSWERED {
        let used = found.iter().any(|found| words.iter().all(|word| found.contains(word)));
        assert!(used, "nothing asks {words:?} any more: take the answer away");
    }
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
