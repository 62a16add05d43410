//! One test for each rule of ownership. Every case also proves that a second comparison, after the
//! changes were made and recorded, finds nothing more.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::json;

use super::{Sides, diff, drift, is_state_only, merge, record, record_fetched};
use crate::kinds::Field;
use crate::model::{Changed, Digest, FieldChange, FieldPath, Json, Value};

/// A spec with a field for each rule.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Spec {
    plain: Option<String>,
    #[schemars(extend("default" = 3))]
    size: Option<i64>,
    ratio: Option<f64>,
    #[schemars(extend("x-default" = "provider"))]
    zone: Option<String>,
    #[schemars(extend("x-immutable" = true))]
    fixed: Option<String>,
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    fixed_zone: Option<String>,
    #[schemars(extend("x-sensitive" = true))]
    password: Option<String>,
    #[schemars(extend("x-sensitive" = true, "x-write-only" = true))]
    key: Option<String>,
    #[schemars(extend("x-write-only" = true))]
    force: Option<bool>,
    tags: Option<BTreeMap<String, String>>,
    #[schemars(extend("x-collection" = "atomic"))]
    labels: Option<BTreeMap<String, String>>,
    #[schemars(extend("x-sensitive" = true))]
    data: Option<BTreeMap<String, String>>,
    order: Option<Vec<Rule>>,
    #[schemars(extend("x-collection" = "set"))]
    subnets: Option<Vec<String>>,
    #[schemars(extend("x-collection" = "list(port,protocol)"))]
    rules: Option<Vec<Rule>>,
    #[schemars(extend("x-collection" = "list(port,protocol)", "x-exclusive" = true))]
    ingress: Option<Vec<Rule>>,
    logging: Option<Logging>,
    free: Option<Json>,
    #[schemars(extend("x-form" = "policy", "x-exclusive" = true))]
    policy: Option<Json>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Rule {
    port: u16,
    #[schemars(extend("default" = "tcp"))]
    protocol: Option<String>,
    note: Option<String>,
    #[schemars(extend("x-immutable" = true))]
    family: Option<String>,
    #[schemars(extend("x-collection" = "set"))]
    from: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is used")]
struct Logging {
    bucket: Option<String>,
    #[schemars(extend("default" = 7))]
    days: Option<i64>,
    #[schemars(extend("x-exclusive" = true, "default" = false))]
    public: Option<bool>,
}

/// The three sides of a comparison.
struct Case {
    desired: Value,
    recorded: Option<Json>,
    observed: Json,
    ignore: Vec<FieldPath>,
}

fn desired(desired: Json) -> Case {
    Case { desired: with_holes(&desired), recorded: None, observed: json!({}), ignore: vec![] }
}

impl Case {
    fn recorded(mut self, recorded: Json) -> Self {
        self.recorded = Some(recorded);
        self
    }

    fn observed(mut self, observed: Json) -> Self {
        self.observed = observed;
        self
    }

    fn ignore(mut self, path: &str) -> Self {
        self.ignore.push(path.parse().unwrap());
        self
    }

    fn diff(&self, recorded: Option<&Json>, observed: &Json) -> Vec<FieldChange> {
        diff(&Sides {
            schema: &schema(),
            desired: &self.desired,
            recorded,
            observed,
            ignore: &self.ignore,
            fingerprint: &fingerprint,
        })
    }

    #[track_caller]
    fn gives<const N: usize>(self, expected: [&str; N]) {
        let changes = self.diff(self.recorded.as_ref(), &self.observed);
        assert_eq!(texts(&changes), expected);
        if self.desired.is_known() {
            let merged = merge(&schema(), &self.observed, &changes);
            let recorded = record(&schema(), &self.desired, &fingerprint);
            assert_eq!(texts(&self.diff(Some(&recorded), &merged)), [""; 0], "again, from {merged}");
        }
    }
}

fn schema() -> Field {
    Field::of::<Spec>()
}

fn fingerprint(json: &Json) -> String {
    format!("hmac:{}", Digest::of(json.to_string().as_bytes()).short())
}

fn mark(json: Json) -> Json {
    json!({ "$fingerprint": fingerprint(&json) })
}

/// Reads `{"$sensitive": …}`, `{"$unknown": …}` and `{"$secret": …}` as holes.
fn with_holes(json: &Json) -> Value {
    match json {
        Json::Object(map) if map.contains_key("$sensitive") => {
            with_holes(&map["$sensitive"]).into_sensitive()
        }
        Json::Object(map) if map.keys().any(|key| key.starts_with('$')) => {
            serde_json::from_value(json.clone()).unwrap()
        }
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.as_str().into(), with_holes(value))).collect())
        }
        Json::Array(items) => Value::List(items.iter().map(with_holes).collect()),
        scalar => Value::from_json(scalar),
    }
}

fn texts(changes: &[FieldChange]) -> Vec<String> {
    let side = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    changes
        .iter()
        .map(|change| {
            let word = match change.changed {
                Changed::Set => "set",
                Changed::Reset => "reset",
                Changed::Release => "release",
                Changed::Remove => "remove",
            };
            let replaces = if change.forces_replacement { ", replaces" } else { "" };
            format!("{word} {}: {} -> {}{replaces}", change.path, side(&change.from), side(&change.to))
        })
        .collect()
}

#[test]
fn an_absent_field_is_not_ours() {
    desired(json!({}))
        .observed(
            json!({"plain": "x", "size": 9, "tags": {"a": "1"}, "order": [{"port": 1}], "free": {"a": 1}}),
        )
        .gives([]);
}

#[test]
fn a_declared_field_is_set_where_it_differs() {
    desired(json!({"plain": "a"})).gives([r#"set plain: nothing -> "a""#]);
    desired(json!({"plain": "a"})).observed(json!({"plain": "b"})).gives([r#"set plain: "b" -> "a""#]);
    desired(json!({"plain": "a"})).observed(json!({"plain": "a"})).gives([]);
}

#[test]
fn equal_numbers_are_equal_whatever_their_type() {
    desired(json!({"ratio": 3})).observed(json!({"ratio": 3.0})).gives([]);
    desired(json!({"size": 4.0})).observed(json!({"size": 4})).gives([]);
    desired(json!({"ratio": 3})).observed(json!({"ratio": 3.5})).gives(["set ratio: 3.5 -> 3"]);
}

#[test]
fn what_is_not_there_is_at_its_default() {
    desired(json!({"size": 3})).gives([]);
    desired(json!({"size": 4})).gives(["set size: nothing -> 4"]);
}

#[test]
fn what_is_unknown_may_differ() {
    desired(json!({"plain": {"$unknown": ["a.id"]}, "fixed": {"$unknown": ["a.id"]}}))
        .observed(json!({"plain": "x", "fixed": "y"}))
        .gives([
            r#"set fixed: "y" -> (known after apply), replaces"#,
            r#"set plain: "x" -> (known after apply)"#,
        ]);
}

#[test]
fn null_goes_back_to_the_default() {
    let there = json!({"plain": "x", "size": 9, "zone": "a", "tags": {"a": "1", "b": "2"}});
    let nulls = || desired(json!({"plain": null, "size": null, "zone": null, "tags": null}));
    nulls().observed(there.clone()).gives([
        r#"reset plain: "x" -> nothing"#,
        "reset size: 9 -> 3",
        r#"reset tags: {"a": "1", "b": "2"} -> nothing"#,
    ]);
    nulls().observed(json!({"size": 3})).gives([]);
    desired(json!({"zone": null}))
        .recorded(json!({"zone": "a"}))
        .observed(there)
        .gives([r#"release zone: "a" -> nothing"#]);
}

#[test]
fn a_withdrawn_field_with_a_default_goes_back_to_it() {
    let withdrawn = || desired(json!({})).recorded(json!({"size": 9}));
    withdrawn().observed(json!({"size": 9})).gives(["reset size: 9 -> 3"]);
    withdrawn().observed(json!({"size": 3})).gives([]);
    withdrawn().observed(json!({})).gives([]);
}

#[test]
fn a_withdrawn_field_without_a_default_goes_away() {
    let withdrawn = || desired(json!({})).recorded(json!({"plain": "x"}));
    withdrawn().observed(json!({"plain": "y"})).gives([r#"reset plain: "y" -> nothing"#]);
    withdrawn().observed(json!({})).gives([]);
}

#[test]
fn a_withdrawn_field_whose_default_is_the_providers_is_released() {
    let case = desired(json!({}))
        .recorded(json!({"zone": "a", "fixed_zone": "b"}))
        .observed(json!({"zone": "a", "fixed_zone": "b"}));
    let changes = case.diff(case.recorded.as_ref(), &case.observed);
    assert!(is_state_only(&changes));
    case.gives([r#"release fixed_zone: "b" -> nothing"#, r#"release zone: "a" -> nothing"#]);
}

#[test]
fn an_object_is_compared_field_by_field() {
    desired(json!({"logging": {"bucket": "a"}}))
        .observed(json!({"logging": {"bucket": "b", "days": 9}}))
        .gives([r#"set logging.bucket: "b" -> "a""#]);
    desired(json!({"logging": {}}))
        .recorded(json!({"logging": {"days": 9}}))
        .observed(json!({"logging": {"days": 9}}))
        .gives(["reset logging.days: 9 -> 7"]);
    desired(json!({"logging": {}})).gives(["set logging: nothing -> {}"]);
    desired(json!({}))
        .recorded(json!({"logging": {"days": 9}}))
        .observed(json!({"logging": {"days": 9}}))
        .gives([r#"reset logging: {"days": 9} -> nothing"#]);
}

#[test]
fn a_map_is_compared_key_by_key() {
    desired(json!({"tags": {"a": "1", "b": "2"}}))
        .recorded(json!({"tags": {"b": "2", "gone": "3"}}))
        .observed(json!({"tags": {"b": "x", "gone": "3", "others": "4"}}))
        .gives([
            r#"set tags.a: nothing -> "1""#,
            r#"set tags.b: "x" -> "2""#,
            r#"reset tags.gone: "3" -> nothing"#,
        ]);
    desired(json!({}))
        .recorded(json!({"tags": {"a": "1"}}))
        .observed(json!({"tags": {"a": "1", "others": "4"}}))
        .gives([r#"reset tags.a: "1" -> nothing"#]);
    desired(json!({"tags": {"a": null}}))
        .observed(json!({"tags": {"a": "1", "b": "2"}}))
        .gives([r#"reset tags.a: "1" -> nothing"#]);
}

#[test]
fn an_atomic_map_is_one_value() {
    let labels = || desired(json!({"labels": {"a": "1"}}));
    labels()
        .observed(json!({"labels": {"a": "1", "b": "2"}}))
        .gives([r#"set labels: {"a": "1", "b": "2"} -> {"a": "1"}"#]);
    labels().observed(json!({"labels": {"a": "1"}})).gives([]);
}

#[test]
fn an_atomic_list_is_one_value_and_has_an_order() {
    let order = || desired(json!({"order": [{"port": 1}, {"port": 2, "protocol": "udp"}]}));
    order()
        .observed(json!({"order": [{"port": 2, "protocol": "udp"}, {"port": 1}]}))
        .gives([r#"set order: [{"port": 2, "protocol": "udp"}, {"port": 1}] -> [{"port": 1}, {"port": 2, "protocol": "udp"}]"#]);
    order()
        .observed(json!({"order": [{"port": 1, "protocol": "tcp"}, {"port": 2, "protocol": "udp"}]}))
        .gives([]);
}

#[test]
fn a_free_value_has_maps_by_key_and_lists_as_one() {
    desired(json!({"free": {"a": {"b": 1, "c": [1, 2]}, "n": {"x": 1}}}))
        .recorded(json!({"free": {"a": {"gone": 1}}}))
        .observed(json!({"free": {"a": {"b": 2, "c": [2, 1], "gone": 1, "others": 1}}}))
        .gives([
            "set free.a.b: 2 -> 1",
            "set free.a.c: [2, 1] -> [1, 2]",
            "reset free.a.gone: 1 -> nothing",
            r#"set free.n: nothing -> {"x": 1}"#,
        ]);
    let withdrawn = || desired(json!({})).recorded(json!({"free": {"a": {"b": 1}}}));
    withdrawn()
        .observed(json!({"free": {"a": {"b": 1, "others": 1}}}))
        .gives(["reset free.a.b: 1 -> nothing"]);
    withdrawn()
        .observed(json!({"free": {"a": {"b": 1}}}))
        .gives([r#"reset free: {"a": {"b": 1}} -> nothing"#]);
}

#[test]
fn a_set_is_compared_element_by_element_without_order() {
    desired(json!({"subnets": ["b", "a", "new"]}))
        .recorded(json!({"subnets": ["a", "gone"]}))
        .observed(json!({"subnets": ["gone", "a", "b", "others"]}))
        .gives([r#"reset subnets[=gone]: "gone" -> nothing"#, r#"set subnets[=new]: nothing -> "new""#]);
    desired(json!({}))
        .recorded(json!({"subnets": ["a"]}))
        .observed(json!({"subnets": ["a", "others"]}))
        .gives([r#"reset subnets[=a]: "a" -> nothing"#]);
}

#[test]
fn a_keyed_list_is_compared_by_its_keys() {
    desired(json!({"rules": [{"port": 2, "note": "two"}, {"port": 1, "note": "one"}, {"port": 4, "protocol": "udp"}]}))
        .recorded(json!({"rules": [{"port": 3}]}))
        .observed(json!({"rules": [{"port": 1, "protocol": "tcp", "note": "uno"}, {"port": 2, "note": "two"}, {"port": 3}]}))
        .gives([
            r#"set rules[=1 tcp].note: "uno" -> "one""#,
            r#"reset rules[=3 tcp]: {"port": 3} -> nothing"#,
            r#"set rules[=4 udp]: nothing -> {"port": 4, "protocol": "udp"}"#,
        ]);
}

#[test]
fn an_element_added_by_another_manager_stays() {
    desired(json!({"rules": [{"port": 1, "from": ["a"]}], "subnets": ["a"]}))
        .recorded(json!({"rules": [{"port": 1, "from": ["a"]}], "subnets": ["a"]}))
        .observed(json!({"rules": [{"port": 1, "from": ["a", "b"]}, {"port": 9}], "subnets": ["z", "a"]}))
        .gives([]);
}

#[test]
fn an_element_whose_identity_is_unknown_makes_the_whole_list_unknown() {
    desired(json!({"subnets": ["a", {"$unknown": ["s.id"]}]}))
        .observed(json!({"subnets": ["a", "b"]}))
        .gives([r#"set subnets: ["a", "b"] -> ["a", (known after apply)]"#]);
    desired(json!({"rules": [{"port": 1, "note": {"$unknown": ["s.id"]}}]}))
        .observed(json!({"rules": [{"port": 1}]}))
        .gives([r#"set rules[=1 tcp].note: nothing -> (known after apply)"#]);
    desired(json!({"rules": [{"$unknown": ["s.rule"]}]}))
        .gives(["set rules: nothing -> [(known after apply)]"]);
}

#[test]
fn an_empty_collection_is_ours_and_empty() {
    let empty = || desired(json!({"tags": {}, "subnets": [], "rules": [], "order": [], "labels": {}}));
    empty().recorded(json!({"tags": {"a": "1"}})).observed(json!({"tags": {"a": "1", "b": "2"}, "subnets": ["x"], "rules": [{"port": 1}], "order": [{"port": 1}], "labels": {"a": "1"}})).gives([
        r#"set labels: {"a": "1"} -> {}"#,
        r#"set order: [{"port": 1}] -> []"#,
        r#"remove rules[=1 tcp]: {"port": 1} -> nothing"#,
        r#"remove subnets[=x]: "x" -> nothing"#,
        r#"reset tags.a: "1" -> nothing"#,
        r#"remove tags.b: "2" -> nothing"#,
    ]);
    empty().observed(json!({})).gives([]);
    empty().observed(json!({"tags": {}, "subnets": []})).gives([]);
}

#[test]
fn an_exclusive_field_opened_from_outside_is_closed() {
    let open = json!({"ingress": [{"port": 22}, {"port": 443, "from": ["a", "world"]}]});
    desired(json!({})).observed(open.clone()).gives([
        r#"remove ingress[=22 tcp]: {"port": 22} -> nothing"#,
        r#"remove ingress[=443 tcp]: {"from": ["a", "world"], "port": 443} -> nothing"#,
    ]);
    desired(json!({"ingress": [{"port": 443, "from": ["a"]}]})).observed(open).gives([
        r#"remove ingress[=22 tcp]: {"port": 22} -> nothing"#,
        r#"remove ingress[=443 tcp].from[=world]: "world" -> nothing"#,
    ]);
}

#[test]
fn an_exclusive_field_within_one_that_is_not_ours_is_still_ours() {
    desired(json!({}))
        .observed(json!({"logging": {"bucket": "b", "public": true}}))
        .gives(["reset logging.public: true -> false"]);
    desired(json!({})).observed(json!({"logging": {"bucket": "b", "public": false}})).gives([]);
}

#[test]
fn what_others_own_is_left_alone() {
    let observed = json!({"plain": "b", "tags": {"a": "x", "b": "x"}, "rules": [{"port": 1, "note": "x"}]});
    let case = || {
        desired(json!({"plain": "a", "tags": {"a": "1", "b": "2"}, "rules": [{"port": 1, "note": "n"}]}))
            .observed(observed.clone())
    };
    case().ignore("plain").ignore("tags.a").ignore("rules[=1 tcp].note").gives([r#"set tags.b: "x" -> "2""#]);
    case().ignore("tags").ignore("rules").gives([r#"set plain: "b" -> "a""#]);
}

#[test]
fn a_whole_change_above_what_others_own_is_made_part_by_part() {
    desired(json!({"tags": null, "logging": null}))
        .observed(json!({"tags": {"a": "1", "b": "2"}, "logging": {"bucket": "b", "days": 9}}))
        .ignore("tags.a")
        .ignore("logging.days")
        .gives([r#"reset logging.bucket: "b" -> nothing"#, r#"reset tags.b: "2" -> nothing"#]);
    desired(json!({"subnets": null}))
        .observed(json!({"subnets": ["a", "b"]}))
        .ignore("subnets[=a]")
        .gives([r#"reset subnets[=b]: "b" -> nothing"#]);
}

#[test]
fn an_immutable_field_forces_a_replacement() {
    desired(json!({"fixed": "a"}))
        .observed(json!({"fixed": "b"}))
        .gives([r#"set fixed: "b" -> "a", replaces"#]);
    desired(json!({"rules": [{"port": 1, "family": "v4"}]}))
        .observed(json!({"rules": [{"port": 1, "family": "v6"}]}))
        .gives([r#"set rules[=1 tcp].family: "v6" -> "v4", replaces"#]);
    desired(json!({"rules": [{"port": 1, "family": "v4"}]}))
        .gives([r#"set rules[=1 tcp]: nothing -> {"family": "v4", "port": 1}"#]);
    desired(json!({}))
        .recorded(json!({"fixed_zone": "b"}))
        .observed(json!({"fixed_zone": "b"}))
        .gives([r#"release fixed_zone: "b" -> nothing"#]);
    desired(json!({"fixed": "a"})).observed(json!({"fixed": "b"})).ignore("fixed").gives([]);
}

#[test]
fn sensitive_values_are_compared_and_never_shown() {
    desired(json!({"password": "new"}))
        .observed(json!({"password": "old"}))
        .gives(["set password: (sensitive) -> (sensitive)"]);
    desired(json!({"password": "same"})).observed(json!({"password": "same"})).gives([]);
    desired(json!({"plain": {"$sensitive": "new"}}))
        .observed(json!({"plain": "old"}))
        .gives(["set plain: (sensitive) -> (sensitive)"]);
    desired(json!({}))
        .recorded(json!({"plain": mark(json!("old")), "free": {"a": mark(json!("old"))}}))
        .observed(json!({"plain": "old", "free": {"a": "old"}}))
        .gives([r#"reset free: {"a": (sensitive)} -> nothing"#, "reset plain: (sensitive) -> nothing"]);
    desired(json!({"data": {"a": "1", "b": "2"}}))
        .recorded(json!({"data": {"a": mark(json!("1")), "b": mark(json!("2"))}}))
        .observed(json!({"data": {"a": "x", "foreign": "3"}}))
        .gives(["set data.a: (sensitive) -> (sensitive)", "set data.b: nothing -> (sensitive)"]);
}

#[test]
fn what_reading_cannot_return_is_compared_by_fingerprint() {
    let key = || desired(json!({"key": "k", "password": "p", "force": true}));
    key().recorded(json!({"key": mark(json!("k")), "password": mark(json!("p")), "force": true})).gives([]);
    key()
        .recorded(json!({"key": mark(json!("j")), "password": mark(json!("p")), "force": false}))
        .gives(["set force: false -> true", "set key: (sensitive) -> (sensitive)"]);
    key().gives([
        "set force: nothing -> true",
        "set key: nothing -> (sensitive)",
        "set password: nothing -> (sensitive)",
    ]);
}

#[test]
fn secrets_are_compared_by_reference() {
    let reference = json!({"from": "env", "name": "A"});
    let secret = || desired(json!({"password": {"$secret": reference}}));
    secret().gives(["set password: nothing -> (sensitive)"]);
    let recorded = |name: &str, value: &str| json!({"password": {"$secret": {"from": "env", "name": name}, "$fingerprint": fingerprint(&json!(value))}});
    secret().recorded(recorded("A", "p")).gives([]);
    secret().recorded(recorded("A", "p")).observed(json!({"password": "p"})).gives([]);
    let changes = secret().diff(Some(&recorded("B", "p")), &json!({}));
    assert_eq!(texts(&changes), ["set password: (sensitive) -> (sensitive)"]);
    let changes = secret().diff(Some(&recorded("A", "p")), &json!({"password": "moved"}));
    assert_eq!(texts(&changes), ["set password: (sensitive) -> (sensitive)"]);
}

#[test]
fn state_records_no_value_that_must_not_be_written() {
    let spec = with_holes(&json!({
        "plain": {"$sensitive": "hunter2"}, "password": "hunter2", "key": {"$secret": {"from": "env", "name": "K"}},
        "data": {"a": "hunter2"}, "free": {"list": [{"$sensitive": "hunter2"}, 1]}, "size": null, "tags": {},
    }));
    let fetched = with_holes(&json!({"key": {"$sensitive": "hunter2"}}));
    let recorded = record_fetched(&schema(), &spec, Some(&fetched), &fingerprint);
    let hidden = mark(json!("hunter2"));
    assert_eq!(
        recorded,
        json!({
            "plain": hidden, "password": hidden, "data": {"a": hidden}, "free": {"list": [hidden, 1]}, "tags": {},
            "key": {"$secret": {"from": "env", "name": "K"}, "$fingerprint": fingerprint(&json!("hunter2"))},
        })
    );
}

#[test]
fn drift_is_how_the_world_differs_from_what_was_last_set() {
    let recorded = json!({
        "plain": "a", "size": 5, "tags": {"a": "1"}, "rules": [{"port": 1, "note": "n"}], "password": mark(json!("p")),
        "key": mark(json!("k")), "subnets": [],
    });
    let drifted = |observed: Json, ignore: &[FieldPath]| {
        texts(&drift(&schema(), &recorded, &observed, ignore, &fingerprint))
    };
    let as_it_was = json!({
        "plain": "a", "size": 5, "tags": {"a": "1", "others": "2"}, "rules": [{"port": 1, "note": "n"}, {"port": 2}],
        "password": "p", "zone": "z",
    });
    assert_eq!(drifted(as_it_was, &[]), [""; 0]);
    let edited = json!({
        "plain": "b", "size": 5, "tags": {}, "rules": [{"port": 1, "note": "m"}], "password": "q", "subnets": ["x"],
        "ingress": [{"port": 22}],
    });
    assert_eq!(
        drifted(edited.clone(), &["plain".parse().unwrap()]),
        [
            r#"remove ingress[=22 tcp]: {"port": 22} -> nothing"#,
            "set password: (sensitive) -> (sensitive)",
            r#"set rules[=1 tcp].note: "m" -> "n""#,
            r#"remove subnets[=x]: "x" -> nothing"#,
            r#"set tags.a: nothing -> "1""#,
        ]
    );
    assert_eq!(drifted(edited, &[]).len(), 6);
}

#[test]
fn merging_a_release_changes_nothing() {
    let observed = json!({"zone": "a"});
    let case = desired(json!({})).recorded(json!({"zone": "a"})).observed(observed.clone());
    let changes = case.diff(case.recorded.as_ref(), &observed);
    assert_eq!(changes.len(), 1);
    assert_eq!(merge(&schema(), &observed, &changes), observed);
}

#[test]
fn a_policy_is_compared_as_what_it_means() {
    let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    let allow = json!({"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["a", "b"]});
    let same = json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": ["b", "a"]});
    let of = |statements: Json| json!({ "policy": { "Version": "2012-10-17", "Statement": statements } });
    desired(of(json!([deny, allow]))).observed(of(json!([same, deny]))).gives([]);
    desired(of(deny.clone())).observed(of(json!([deny]))).gives([]);
    let changes = desired(of(json!([deny]))).observed(of(json!([same, deny])));
    let changes = changes.diff(None, &changes.observed);
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0].path.to_string(), "policy.Statement");
}
