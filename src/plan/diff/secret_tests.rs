//! No value of a secret shows, in kinds whose specs can be anything: manifests and the values of charts.

use std::sync::Arc;

use serde_json::json;

use super::{Sides, diff, hide, record, record_fetched};
use crate::kinds::{AnyKind, Registry};
use crate::model::{Digest, FieldChange, Json, SecretReference, SecretStore, Value};

const PLAIN: &str = "hunter2";

fn kind(name: &str) -> Arc<dyn AnyKind> {
    Registry::all().get(name).expect("it is registered").clone()
}

fn fingerprint(json: &Json) -> String {
    format!("hmac:{}", Digest::of(json.to_string().as_bytes()).short())
}

fn changes(
    kind: &dyn AnyKind,
    desired: &Value,
    recorded: Option<&Json>,
    observed: &Json,
) -> Vec<FieldChange> {
    let observed = kind.project(observed).unwrap();
    let schema = kind.spec();
    diff(&Sides { schema, desired, recorded, observed: &observed, ignore: &[], fingerprint: &fingerprint })
}

/// Everything that is written or shown of a resource that is made, changed and read.
#[track_caller]
fn told(kind: &dyn AnyKind, spec: &Json, changed: &Json, observed: &Json) -> String {
    let desired = kind.spec().conceal(Value::from_json(spec));
    let recorded = record(kind.spec(), &desired, &fingerprint);
    assert_eq!(recorded, record(kind.spec(), &Value::from_json(spec), &fingerprint), "whoever conceals it");
    assert_eq!(changes(kind, &desired, Some(&recorded), observed), [], "nothing differs");
    let hidden = hide(kind.observed(), observed, Some(&recorded));
    let kept = record(kind.observed(), &hidden, &fingerprint);
    assert_eq!(changes(kind, &desired, Some(&recorded), &kept), [], "nor from what state kept");
    let new = kind.spec().conceal(Value::from_json(changed));
    let differing = changes(kind, &new, Some(&recorded), observed);
    assert_ne!(differing, []);
    let first = changes(kind, &desired, None, &json!({"id": "x"}));
    let value = |value: &Value| serde_json::to_string(value).unwrap();
    [
        recorded.to_string(),
        kept.to_string(),
        value(&desired),
        value(&new),
        value(&hidden),
        format!("{hidden} {desired} {new}"),
        serde_json::to_string(&differing).unwrap(),
        serde_json::to_string(&first).unwrap(),
    ]
    .join("\n")
}

fn secret(value: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
        "stringData": {"password": value}, "data": {"token": value}})
}

fn config_map(value: &str) -> Json {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app"}, "data": {"mode": value}})
}

#[test]
fn a_secrets_manifest_shows_no_value() {
    let kind = kind("kubernetes.object");
    let manifest = |value: &str| json!({ "manifest": secret(value) });
    let mut observed = manifest(PLAIN);
    observed["id"] = json!("v1/Secret/default/db");
    // `kubectl apply` leaves a copy, which isn't ours and must not show either.
    observed["manifest"]["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": secret(PLAIN).to_string()});
    let told = told(kind.as_ref(), &manifest(PLAIN), &manifest("hunter3"), &observed);
    assert!(!told.contains("hunter"), "{told}");
    assert!(told.contains("password"), "keys are no secret: {told}");
}

#[test]
fn among_several_manifests_only_the_secret_is_hidden() {
    let kind = kind("kubernetes.object");
    let manifests = |value: &str| json!({ "manifests": [config_map("visible"), secret(value)] });
    let mut observed = json!({ "manifests": [secret(PLAIN), config_map("visible")] });
    observed["id"] = json!("x");
    let told = told(kind.as_ref(), &manifests(PLAIN), &manifests("hunter3"), &observed);
    assert!(!told.contains("hunter"), "{told}");
    assert!(told.contains("visible"), "{told}");
}

#[test]
fn a_manifest_that_does_not_say_its_kind_yet_is_hidden() {
    let kind = kind("kubernetes.object");
    let mut spec = json!({ "manifest": secret(PLAIN) });
    spec["manifest"].as_object_mut().unwrap().remove("kind");
    let desired = kind.spec().conceal(Value::from_json(&spec));
    assert!(!serde_json::to_string(&desired).unwrap().contains(PLAIN));
}

#[test]
fn a_secret_in_the_values_of_a_chart_does_not_show() {
    let kind = kind("helm.release");
    let release =
        json!({"name": "app", "chart": "app", "version": "1.0.0", "repository": "https://a.example"});
    let with = |values: Value| {
        let Value::Map(mut spec) = Value::from_json(&release) else { panic!("a spec is a map") };
        spec.insert("values".into(), values);
        Value::Map(spec)
    };
    let reference = SecretReference { from: SecretStore::Env, name: "DB".into(), key: None, region: None };
    let values = |secret: Value| {
        let list = Value::List(vec![Value::Map([("value".into(), secret.clone())].into())]);
        let db = Value::Map([("password".into(), secret), ("host".into(), Value::string("visible"))].into());
        Value::Map([("db".into(), db), ("env".into(), list)].into())
    };
    let desired = with(values(Value::secret(reference)));
    let fetched = with(values(Value::string(PLAIN).into_sensitive()));
    let recorded = record_fetched(kind.spec(), &desired, Some(&fetched), &fingerprint);
    let mut observed = fetched.reveal().unwrap();
    for (field, value) in
        [("id", json!("default/app")), ("status", json!("deployed")), ("revision", json!(1))]
    {
        observed[field] = value;
    }
    assert_eq!(changes(kind.as_ref(), &desired, Some(&recorded), &observed), []);
    let hidden = hide(kind.observed(), &observed, Some(&recorded));
    let kept = record(kind.observed(), &hidden, &fingerprint);
    let told = format!("{recorded} {kept} {hidden} {}", serde_json::to_string(&hidden).unwrap());
    assert!(!told.contains(PLAIN), "{told}");
    assert!(told.contains("visible"), "{told}");
}
