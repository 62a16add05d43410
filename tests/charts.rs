//! The repository's own chart, rendered by the real Helm with the very values that each environment and
//! region gives to it.
//!
//! `tests/run charts` says in the environment where Helm is.

#![allow(clippy::disallowed_methods, reason = "tests run other programs and read their variables")]

#[path = "workspace/known.rs"]
mod known;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use known::{each_environment, know_everything};
use ninefold::model::{Json, Value};
use serde_json::json;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/failure-agent/chart");

/// The values of the application in each environment and region, as `sandbox primary`.
static VALUES: LazyLock<BTreeMap<String, Json>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    each_environment(|_, environment| {
        know_everything(environment, |node, evaluated| {
            if node.address.to_string().starts_with("failure-agent/application[") {
                let spec = evaluated.unwrap_or_else(|faults| panic!("{}: {faults:?}", node.address));
                let manifest = spec.get("manifest").and_then(Value::reveal).expect("all of it is known");
                let values = manifest["spec"]["source"]["helm"]["valuesObject"].clone();
                let region = node.address.key().unwrap_or_default();
                all.insert(format!("{} {region}", environment.name), values);
            }
        });
    });
    all
});

/// What Helm answers to a command that reads values from its input.
fn helm(arguments: &[&str], values: &Json) -> Result<String, String> {
    let helm = std::env::var("NINEFOLD_TEST_HELM").expect("it isn't set: run `bash tests/run charts`");
    let mut child = Command::new(helm)
        .args(arguments)
        .args(["--values", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(values.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr) + &text(output.stdout))
    }
}

fn rendered(values: &Json) -> Result<String, String> {
    let arguments =
        ["template", "failure-agent", CHART, "--namespace", "failure-agent", "--kube-version", "1.35.4"];
    helm(&arguments, values)
}

#[test]
fn every_region_gets_one() {
    let expected = [
        "production failover",
        "production primary",
        "production secondary",
        "sandbox failover",
        "sandbox primary",
        "sandbox secondary",
        "staging primary",
    ];
    assert_eq!(VALUES.keys().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn helm_finds_nothing_against_it() {
    for (of, values) in VALUES.iter() {
        helm(&["lint", CHART, "--strict", "--quiet", "--kube-version", "1.35.4"], values)
            .unwrap_or_else(|fault| panic!("{of}: {fault}"));
    }
}

#[test]
fn each_region_gets_its_own_images_and_only_one_changes_the_schema() {
    for (of, values) in VALUES.iter() {
        let text = rendered(values).unwrap_or_else(|fault| panic!("{of}: {fault}"));
        let registry = values["image"]["registry"].as_str().unwrap();
        assert!(text.contains(&format!("image: {registry}/failure-agent/api:")), "{of}");
        assert_eq!(text.contains("kind: Job"), of.ends_with(" primary"), "{of}");
        for kind in [
            "ExternalSecret",
            "HTTPRoute",
            "NetworkPolicy",
            "PodDisruptionBudget",
            "Rollout",
            "ServiceMonitor",
        ] {
            assert!(text.contains(&format!("\nkind: {kind}\n")), "{of} has no {kind}");
        }
    }
}

#[test]
fn what_the_chart_does_not_know_or_lacks_is_refused() {
    let (_, fine) = VALUES.first_key_value().unwrap();
    for (field, value, fault) in [
        ("replica", json!(3), "replica"),
        ("host", json!(""), "host"),
        ("image", json!({"registry": "r", "repository": "a", "tag": "latest"}), "tag"),
        ("database", json!({"writer": "w"}), "reader"),
    ] {
        let mut values = fine.clone();
        values[field] = value;
        let found = rendered(&values).expect_err("the schema refuses it");
        assert!(found.contains(fault), "{field}: {found}");
    }
}

#[test]
fn the_dashboard_is_json() {
    let text = std::fs::read_to_string(format!("{CHART}/dashboards/failure-agent.json")).unwrap();
    let board: Json = serde_json::from_str(&text).unwrap();
    assert!(board["panels"].as_array().is_some_and(|panels| panels.len() >= 6));
}
