//! What state records of a spec: values as they were set, and fingerprints of those that must
//! never be written.

use serde_json::json;

use super::canonical::canonical;
use super::identity::{Blurred, identified, is_hidden};
use super::place::Marks;
use crate::kinds::{ANY, Collection, Field, Shape};
use crate::model::{
    FINGERPRINT, Json, SecretReference, Unknown, Value, fingerprint_in_text, fingerprint_text,
};

const SECRET: &str = "$secret";

/// What state records once `desired` has been set: nulls are dropped, sensitive values become their
/// fingerprints, and secrets their references. What is unknown isn't recorded.
#[must_use]
pub fn record(schema: &Field, desired: &Value, fingerprint: &dyn Fn(&Json) -> String) -> Json {
    record_fetched(schema, desired, None, fingerprint)
}

/// Like [`record`], where `fetched` is the same spec with its secrets fetched: their fingerprints
/// are recorded too, so that a change of a secret behind its reference is seen.
#[must_use]
pub fn record_fetched(
    schema: &Field,
    desired: &Value,
    fetched: Option<&Value>,
    fingerprint: &dyn Fn(&Json) -> String,
) -> Json {
    let marks = Marks::NONE.below(schema);
    value(schema, marks, desired, fetched, fingerprint).unwrap_or_else(|| json!({}))
}

fn value(
    field: &Field,
    marks: Marks,
    desired: &Value,
    fetched: Option<&Value>,
    fingerprint: &dyn Fn(&Json) -> String,
) -> Option<Json> {
    // Of what a target has kept as a fingerprint there is nothing more to know.
    if let Some(kept) = kept(desired) {
        return Some(json!({ FINGERPRINT: kept }));
    }
    let field = field.described_by(Some(desired), [None, None]);
    let part = |field: &Field, desired: &Value, fetched: Option<&Value>| {
        value(field, marks.below(field), desired, fetched, fingerprint)
    };
    match desired {
        Value::Null | Value::Unknown(_) => None,
        Value::Secret(reference) => {
            let mut mark = json!({ SECRET: secret(reference) });
            if let Some(text) = fetched.and_then(|value| fingerprint_of(field, value, fingerprint)) {
                mark[FINGERPRINT] = Json::String(text);
            }
            Some(mark)
        }
        Value::Sensitive(inner) if has_named_fields(field, inner) => {
            value(field, Marks { sensitive: true, ..marks }, inner, None, fingerprint)
        }
        Value::Sensitive(inner) if **inner == Value::Null => None,
        Value::Map(map) if has_parts(field, desired) => Some(
            map.iter()
                .filter_map(|(key, desired)| {
                    let field = part_of(field, key)?;
                    let fetched = fetched.and_then(|fetched| fetched.get(key));
                    Some((key.to_string(), part(field, desired, fetched)?))
                })
                .collect(),
        ),
        _ if marks.sensitive || matches!(desired, Value::Sensitive(_)) || blurs(field, marks, desired) => {
            let text = fingerprint_of(field, desired, fingerprint)?;
            Some(json!({ FINGERPRINT: text }))
        }
        Value::Map(map) => Some(
            map.iter()
                .filter_map(|(key, desired)| {
                    let fetched = fetched.and_then(|fetched| fetched.get(key));
                    Some((key.to_string(), part(part_of(field, key)?, desired, fetched)?))
                })
                .collect(),
        ),
        Value::List(items) => {
            let fetched = match fetched {
                Some(Value::List(fetched)) if fetched.len() == items.len() => Some(fetched),
                _ => None,
            };
            let item = item_of(field);
            let recorded = items.iter().enumerate().map(|(index, desired)| {
                part(item, desired, fetched.map(|fetched| &fetched[index])).unwrap_or(Json::Null)
            });
            Some(Json::Array(recorded.collect()))
        }
        plain => plain.reveal(),
    }
}

/// The fingerprint that a value is, in the place of what it stands for.
fn kept(value: &Value) -> Option<&str> {
    match value {
        Value::Sensitive(inner) => kept(inner),
        Value::StandIn(fingerprint) => Some(fingerprint),
        _ => None,
    }
}

/// Whether the value is a list without order whose elements can only be told apart by what must not
/// be written. Secrets that haven't been fetched are told apart by their references.
fn blurs(field: &Field, marks: Marks, value: &Value) -> bool {
    match (&field.shape, value) {
        (Shape::List { item, collection, .. }, Value::List(items)) if *collection != Collection::Atomic => {
            let hidden = is_hidden(item, marks, collection, None)
                || matches!(identified(item, collection, items), Err(Blurred::Hidden));
            hidden && value.reveal().is_some()
        }
        _ => false,
    }
}

/// Whether the value is a map that is compared, and recorded, part by part even if it is sensitive:
/// its keys are no secret.
pub(super) fn has_parts(field: &Field, value: &Value) -> bool {
    matches!(value, Value::Map(_))
        && matches!(field.shape, Shape::Object(_) | Shape::Map { atomic: false, .. } | Shape::Any)
}

/// Whether the value is a map whose keys the schema names, so that even an expression that is
/// sensitive as a whole can be compared field by field.
pub(super) fn has_named_fields(field: &Field, value: &Value) -> bool {
    matches!((&field.shape, value), (Shape::Object(_), Value::Map(_)))
}

/// The schema of a key; `None` for a key that an object doesn't have.
pub(super) fn part_of<'s>(field: &'s Field, key: &str) -> Option<&'s Field> {
    match &field.shape {
        Shape::Object(fields) => fields.get(key),
        Shape::Map { value, .. } => Some(value),
        _ => Some(field.parts.get(key).unwrap_or(&ANY)),
    }
}

/// The schema of a list's elements.
pub(super) fn item_of(field: &Field) -> &Field {
    match &field.shape {
        Shape::List { item, .. } => item,
        _ => &ANY,
    }
}

/// The stand-in for a value that isn't written.
pub(super) struct Mark<'j> {
    pub(super) fingerprint: Option<&'j str>,
    secret: Option<&'j Json>,
}

impl<'j> Mark<'j> {
    pub(super) fn of(recorded: &'j Json) -> Option<Self> {
        if let Some(fingerprint) = recorded.as_str().and_then(fingerprint_in_text) {
            return Some(Self { fingerprint: Some(fingerprint), secret: None });
        }
        let map = recorded.as_object().filter(|map| !map.is_empty())?;
        let mark = Self {
            fingerprint: map.get(FINGERPRINT).and_then(Json::as_str),
            secret: map.get(SECRET).filter(|secret| secret.is_object()),
        };
        let known = usize::from(mark.fingerprint.is_some()) + usize::from(mark.secret.is_some());
        (known == map.len()).then_some(mark)
    }

    pub(super) fn is_of(&self, reference: &SecretReference) -> bool {
        self.secret.is_some_and(|recorded| *recorded == secret(reference))
    }
}

/// Whether a part of it wasn't written.
pub(super) fn has_marks(recorded: &Json) -> bool {
    match recorded {
        Json::Array(items) => items.iter().any(has_marks),
        Json::Object(map) => Mark::of(recorded).is_some() || map.values().any(has_marks),
        _ => false,
    }
}

/// What was recorded as the value that it stands for; of a sensitive one only that it was there.
pub(super) fn recall(recorded: &Json) -> Value {
    if let Some(mark) = Mark::of(recorded) {
        let reference = mark.secret.and_then(|secret| serde_json::from_value(secret.clone()).ok());
        return reference.map_or_else(|| Value::Null.into_sensitive(), Value::secret);
    }
    match recorded {
        Json::Array(items) => Value::List(items.iter().map(recall).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.as_str().into(), recall(value))).collect())
        }
        scalar => Value::from_json(scalar),
    }
}

/// What state keeps of attributes in the types that the schema says: where it wants a text, the
/// fingerprint of one is a text too.
#[must_use]
pub fn fitting(schema: &Field, kept: &Json) -> Json {
    let fingerprint = Mark::of(kept).and_then(|mark| mark.fingerprint);
    match (kept, fingerprint, &schema.shape) {
        (_, Some(fingerprint), Shape::Scalar(_)) => Json::String(fingerprint_text(fingerprint)),
        (_, Some(fingerprint), Shape::List { .. }) => json!([fingerprint_text(fingerprint)]),
        (_, Some(_), _) => kept.clone(),
        (Json::Object(map), None, _) => map
            .iter()
            .map(|(key, value)| {
                let value = part_of(schema, key).map_or_else(|| value.clone(), |field| fitting(field, value));
                (key.clone(), value)
            })
            .collect(),
        (Json::Array(items), None, _) => {
            Json::Array(items.iter().map(|item| fitting(item_of(schema), item)).collect())
        }
        (scalar, None, _) => scalar.clone(),
    }
}

/// A spec that would be recorded in this way, with samples in the place of what wasn't written: as
/// good as the real one to ask a kind how such a resource behaves.
#[must_use]
pub fn sketch(schema: &Field, recorded: &Json) -> Json {
    fn with_holes(recorded: &Json) -> Value {
        match recorded {
            _ if Mark::of(recorded).is_some() => Value::Unknown(Unknown::new(Vec::new())),
            Json::Array(items) => Value::List(items.iter().map(with_holes).collect()),
            Json::Object(map) => {
                Value::Map(map.iter().map(|(key, value)| (key.as_str().into(), with_holes(value))).collect())
            }
            scalar => Value::from_json(scalar),
        }
    }
    schema.complete(&with_holes(recorded))
}

fn secret(reference: &SecretReference) -> Json {
    // A reference is three texts and an enumeration without data, which always serialise.
    serde_json::to_value(reference).unwrap_or_default()
}

/// The fingerprint of a value; `None` while a part of it isn't known. Values that compare as equal
/// have the same.
pub(super) fn fingerprint_of(
    field: &Field,
    value: &Value,
    fingerprint: &dyn Fn(&Json) -> String,
) -> Option<String> {
    if let Some(kept) = kept(value) {
        return Some(kept.to_owned());
    }
    let plain = Value::from_json(&value.reveal()?);
    canonical(field, &plain).reveal().map(|json| fingerprint(&json))
}
