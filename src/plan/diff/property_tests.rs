//! What holds for any schema and any three sides: making the changes and recording them leaves
//! nothing to change and no drift, and nothing sensitive is ever shown or recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::identity::identity_of;
use super::record::part_of;
use super::{Sides, diff, drift, merge, record};
use crate::kinds::{Collection, Field, FieldDefault, Scalar, Shape};
use crate::model::{Digest, FieldChange, Json, Value};

/// Every sensitive text has this in it, and no other text.
const HUSH: &str = "hush";

#[derive(Debug, Clone)]
struct Case {
    schema: Field,
    desired: Value,
    recorded: Option<Json>,
    observed: Json,
}

fn fingerprint(json: &Json) -> String {
    Digest::of(json.to_string().as_bytes()).as_str().to_owned()
}

fn string() -> Shape {
    Shape::Scalar(Scalar::String { one_of: vec![], pattern: None, min_length: None, max_length: None })
}

fn integer() -> Shape {
    Shape::Scalar(Scalar::Integer { minimum: None, maximum: None })
}

fn any_field(depth: u32) -> BoxedStrategy<Field> {
    let leaf = prop_oneof![Just(string()), Just(integer()), Just(Shape::Any)];
    let shape = if depth == 0 {
        leaf.boxed()
    } else {
        let list = (any_field(depth - 1), prop_oneof![Just(Collection::Atomic), Just(Collection::Set)])
            .prop_map(|(item, collection)| list_of(item, collection));
        let keyed = any_object(depth - 1).prop_map(|shape| {
            let mut item = Field { shape, ..Field::default() };
            if let Shape::Object(fields) = &mut item.shape {
                fields.insert("id".into(), Field { shape: integer(), required: true, ..Field::default() });
            }
            list_of(item, Collection::Keyed(vec!["id".into()]))
        });
        let map = (any_field(depth - 1), any::<bool>())
            .prop_map(|(value, atomic)| Shape::Map { value: Box::new(value), atomic });
        prop_oneof![2 => leaf, 1 => list, 1 => keyed, 1 => map, 2 => any_object(depth - 1)].boxed()
    };
    (shape, rarely(), rarely(), rarely(), rarely(), 0..4u8)
        .prop_map(|(shape, immutable, sensitive, write_only, exclusive, default)| {
            let default = match (default, &shape) {
                (0, _) => FieldDefault::Provider,
                (1, Shape::Scalar(Scalar::Integer { .. })) => FieldDefault::Value(Json::from(1)),
                (1, Shape::Scalar(_)) => FieldDefault::Value(Json::from("a")),
                (1, Shape::List { .. }) => FieldDefault::Value(Json::Array(vec![])),
                _ => FieldDefault::Absent,
            };
            Field { shape, immutable, sensitive, write_only, exclusive, default, ..Field::default() }
        })
        .boxed()
}

/// An element that reading can't return at all would make its list unreadable.
fn list_of(item: Field, collection: Collection) -> Shape {
    let item = Field { write_only: false, ..item };
    Shape::List { item: Box::new(item), collection, min_items: None, max_items: None }
}

fn any_object(depth: u32) -> BoxedStrategy<Shape> {
    proptest::collection::vec(any_field(depth), 1..4)
        .prop_map(|fields| {
            let named = fields.into_iter().enumerate();
            Shape::Object(named.map(|(n, field)| (Arc::from(format!("f{n}")), field)).collect())
        })
        .boxed()
}

fn rarely() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.12)
}

/// A value that fits. `wraps`: whether an expression may have made parts of it sensitive.
fn any_value(field: &Field, sensitive: bool, wraps: bool) -> BoxedStrategy<Value> {
    let sensitive = sensitive || field.sensitive;
    let part = |field: &Field| any_value(field, sensitive, wraps);
    let plain = match &field.shape {
        Shape::Scalar(Scalar::Integer { .. }) => (0..4i64).prop_map(Value::Integer).boxed(),
        Shape::Scalar(_) => text(sensitive),
        Shape::Any => free(2, sensitive, wraps),
        Shape::List { item, .. } => proptest::collection::vec(part(item), 0..4).prop_map(Value::List).boxed(),
        Shape::Map { value, .. } => proptest::collection::btree_map("[a-c]", part(value), 0..4)
            .prop_map(|map| Value::Map(map.into_iter().map(|(key, value)| (key.into(), value)).collect()))
            .boxed(),
        Shape::Object(fields) => {
            let mut object: BoxedStrategy<BTreeMap<Arc<str>, Value>> = Just(BTreeMap::new()).boxed();
            for (name, field) in fields {
                let value = if field.required {
                    part(field).prop_map(Some).boxed()
                } else {
                    prop_oneof![3 => part(field).prop_map(Some), 2 => Just(None), 1 => Just(Some(Value::Null))]
                        .boxed()
                };
                let name = name.clone();
                object = (object, value)
                    .prop_map(move |(mut object, value)| {
                        object.extend(value.map(|value| (name.clone(), value)));
                        object
                    })
                    .boxed();
            }
            object.prop_map(Value::Map).boxed()
        }
    };
    maybe_wrapped(plain, wraps)
}

fn free(depth: u32, sensitive: bool, wraps: bool) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![(0..3i64).prop_map(Value::Integer), text(sensitive)];
    if depth == 0 {
        return maybe_wrapped(leaf.boxed(), wraps);
    }
    let part = || free(depth - 1, sensitive, wraps);
    let value = prop_oneof![
        2 => leaf,
        1 => proptest::collection::vec(part(), 0..3).prop_map(Value::List),
        2 => proptest::collection::btree_map("[a-c]", part(), 0..3)
            .prop_map(|map| Value::Map(map.into_iter().map(|(key, value)| (key.into(), value)).collect())),
    ];
    maybe_wrapped(value.boxed(), wraps)
}

fn text(sensitive: bool) -> BoxedStrategy<Value> {
    prop_oneof![Just("a"), Just("b"), Just("c")]
        .prop_map(move |text| if sensitive { Value::from(&*format!("{HUSH}-{text}")) } else { text.into() })
        .boxed()
}

fn maybe_wrapped(value: BoxedStrategy<Value>, wraps: bool) -> BoxedStrategy<Value> {
    if !wraps {
        return value;
    }
    (value, prop::bool::weighted(0.08))
        .prop_map(|(value, wrap)| if wrap { hushed(&value).into_sensitive() } else { value })
        .boxed()
}

/// The value with every text in it marked as sensitive.
fn hushed(value: &Value) -> Value {
    match value {
        Value::String(text) if !text.starts_with(HUSH) => Value::from(&*format!("{HUSH}-{text}")),
        Value::List(items) => Value::List(items.iter().map(hushed).collect()),
        Value::Map(map) => Value::Map(map.iter().map(|(key, value)| (key.clone(), hushed(value))).collect()),
        Value::Sensitive(inner) => hushed(inner).into_sensitive(),
        other => other.clone(),
    }
}

/// What a provider shows: no nulls.
fn shown(json: Json) -> Json {
    match json {
        Json::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, shown(value)))
            .collect(),
        Json::Array(items) => items.into_iter().map(shown).collect(),
        other => other,
    }
}

/// The value without the elements that stand twice in a list, which `Field::check` refuses.
fn unique(field: &Field, value: &Value) -> Value {
    match (value, &field.shape) {
        (Value::List(items), Shape::List { item, collection, .. }) => {
            let mut seen = BTreeSet::new();
            let items = items.iter().map(|element| unique(item, element));
            let is_new = |element: &Value| {
                let json = element.reveal().expect("nothing in it is unknown");
                identity_of(item, collection, &json).is_none_or(|identity| seen.insert(identity))
            };
            Value::List(items.filter(is_new).collect())
        }
        (Value::Map(map), _) => {
            let part = |key: &str, value| part_of(field, key).map(|field| unique(field, value));
            let parts = map.iter().filter_map(|(key, value)| Some((key.clone(), part(key, value)?)));
            Value::Map(parts.collect())
        }
        (Value::Sensitive(inner), _) => unique(field, inner).into_sensitive(),
        (other, _) => other.clone(),
    }
}

fn case() -> impl Strategy<Value = Case> {
    any_object(2)
        .prop_map(|shape| Field { shape, ..Field::default() })
        .prop_flat_map(|schema| {
            let spec = |wraps| any_value(&schema, false, wraps);
            (Just(schema.clone()), spec(true), spec(true), spec(false), 0..3u8)
        })
        .prop_map(|(schema, desired, old, other, world)| {
            let [desired, old, other] = [desired, old, other].map(|value| unique(&schema, &value));
            let recorded = record(&schema, &old, &fingerprint);
            let json = |value: &Value| shown(value.reveal().expect("nothing in it is unknown"));
            let (recorded, observed) = match world {
                0 => (None, json(&other)),
                1 => (Some(recorded), json(&other)),
                _ => (Some(recorded), json(&old)),
            };
            Case { schema, desired, recorded, observed }
        })
}

fn changes(case: &Case, recorded: Option<&Json>, observed: &Json) -> Vec<FieldChange> {
    let Case { schema, desired, .. } = case;
    diff(&Sides { schema, desired, recorded, observed, ignore: &[], fingerprint: &fingerprint })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_the_changes_nothing_is_left_to_change(case in case()) {
        let first = changes(&case, case.recorded.as_ref(), &case.observed);
        let merged = merge(&case.schema, &case.observed, &first);
        let recorded = record(&case.schema, &case.desired, &fingerprint);
        let second = changes(&case, Some(&recorded), &merged);
        prop_assert!(second.is_empty(), "first {first:#?}\nmerged {merged}\nrecorded {recorded}\nsecond {second:#?}");
        let drift = drift(&case.schema, &recorded, &merged, &[], &fingerprint);
        prop_assert!(drift.is_empty(), "first {first:#?}\nmerged {merged}\nrecorded {recorded}\ndrift {drift:#?}");
    }

    #[test]
    fn nothing_sensitive_is_shown_or_recorded(case in case()) {
        let mut texts = vec![record(&case.schema, &case.desired, &fingerprint).to_string()];
        let mut all = changes(&case, case.recorded.as_ref(), &case.observed);
        if let Some(recorded) = &case.recorded {
            all.extend(drift(&case.schema, recorded, &case.observed, &[], &fingerprint));
        }
        for change in all {
            texts.push(format!("{change:?}"));
            texts.push(serde_json::to_string(&change).expect("a change is plain data"));
        }
        for text in texts {
            prop_assert!(!text.contains(HUSH), "{text}");
        }
    }
}
