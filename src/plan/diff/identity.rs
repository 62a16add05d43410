//! Which element of a list is which, where order doesn't matter.

use std::collections::BTreeMap;

use super::place::Marks;
use crate::kinds::{Collection, Field, FieldDefault, Shape};
use crate::model::{Json, Value};

/// Why elements can't be told apart.
pub(super) enum Blurred {
    /// What identifies one of them isn't known yet.
    Unknown,
    /// What identifies one of them must not be shown, as a path would.
    Hidden,
}

/// The elements of a desired list by their identities.
pub(super) fn identified<'v>(
    item: &Field,
    marks: Marks,
    collection: &Collection,
    items: &'v [Value],
) -> Result<BTreeMap<String, &'v Value>, Blurred> {
    let marks = marks.below(item);
    let mut elements = BTreeMap::new();
    for element in items {
        let part = identifying(item, collection, element);
        let hidden_key = match collection {
            Collection::Keyed(keys) => keys.iter().filter_map(|key| item.field(key)).any(|key| key.sensitive),
            Collection::Atomic | Collection::Set => false,
        };
        if marks.sensitive || hidden_key || part.is_sensitive() {
            return Err(Blurred::Hidden);
        }
        if !part.is_known() {
            return Err(Blurred::Unknown);
        }
        let identity = collection.identity(&part).ok_or(Blurred::Unknown)?;
        elements.insert(identity, element);
    }
    Ok(elements)
}

/// The elements of a list that is there, or was recorded, by their identities.
pub(super) fn identified_json<'j>(
    item: &Field,
    collection: &Collection,
    json: Option<&'j Json>,
) -> BTreeMap<String, &'j Json> {
    let items = json.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|element| Some((identity_of(item, collection, element)?, element))).collect()
}

/// The identity of an element that is there.
pub(super) fn identity_of(item: &Field, collection: &Collection, element: &Json) -> Option<String> {
    collection.identity(&identifying(item, collection, &Value::from_json(element)))
}

/// The part of an element that identifies it, with defaults filled in: an element that leaves a
/// default out is the same as one that says it.
fn identifying(item: &Field, collection: &Collection, element: &Value) -> Value {
    match (collection, element) {
        (Collection::Keyed(keys), Value::Map(map)) => Value::Map(
            keys.iter()
                .filter_map(|key| {
                    let value = map.get(key.as_str()).filter(|value| **value != Value::Null);
                    let default = || default_of(item.field(key)?);
                    Some((key.as_str().into(), value.cloned().or_else(default)?))
                })
                .collect(),
        ),
        _ => filled(item, element),
    }
}

fn default_of(field: &Field) -> Option<Value> {
    match &field.default {
        FieldDefault::Value(value) => Some(Value::from_json(value)),
        FieldDefault::Absent | FieldDefault::Provider => None,
    }
}

fn filled(field: &Field, value: &Value) -> Value {
    match (&field.shape, value) {
        (Shape::Object(fields), Value::Map(map)) => Value::Map(
            fields
                .iter()
                .filter_map(|(name, field)| match map.get(name) {
                    None | Some(Value::Null) => Some((name.clone(), default_of(field)?)),
                    Some(value) => Some((name.clone(), filled(field, value))),
                })
                .collect(),
        ),
        (Shape::Map { value: field, .. }, Value::Map(map)) => Value::Map(
            map.iter()
                .filter(|(_, value)| **value != Value::Null)
                .map(|(key, value)| (key.clone(), filled(field, value)))
                .collect(),
        ),
        _ => value.clone(),
    }
}
