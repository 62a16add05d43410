//! Which element of a list is which, where order doesn't matter.

use std::collections::BTreeMap;

use super::canonical::{canonical, default_of};
use super::place::Marks;
use super::record::{Mark, has_marks};
use crate::kinds::{Collection, Field, Shape};
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
    collection: &Collection,
    items: &'v [Value],
) -> Result<BTreeMap<String, &'v Value>, Blurred> {
    let mut elements = BTreeMap::new();
    for element in items {
        let part = identifying(item, collection, element);
        if part.is_sensitive() {
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

/// Whether what identifies elements must not be shown, because the schema says so or because it was
/// sensitive when it was set.
pub(super) fn is_hidden(
    item: &Field,
    marks: Marks,
    collection: &Collection,
    recorded: Option<&Json>,
) -> bool {
    let recorded = recorded.and_then(Json::as_array).into_iter().flatten();
    marks.below(item).sensitive
        || match collection {
            Collection::Atomic => false,
            Collection::Set => has_sensitive(item) || recorded.into_iter().any(has_marks),
            Collection::Keyed(keys) => {
                let paths: Vec<Vec<&str>> = keys.iter().map(|key| key.split('.').collect()).collect();
                paths.iter().filter_map(|path| field_at(item, path)).any(has_sensitive)
                    || recorded.into_iter().any(|element| {
                        let at = |path: &Vec<&str>| path.iter().try_fold(element, |part, key| part.get(key));
                        Mark::of(element).is_some() || paths.iter().filter_map(at).any(has_marks)
                    })
            }
        }
}

fn has_sensitive(field: &Field) -> bool {
    field.sensitive
        || match &field.shape {
            Shape::Object(fields) => fields.values().any(has_sensitive),
            Shape::List { item: part, .. } | Shape::Map { value: part, .. } => has_sensitive(part),
            Shape::Any | Shape::Scalar(_) => false,
        }
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
    identity_of_value(item, collection, &Value::from_json(element))
}

/// The identity of an element; `None` where it isn't known, or must not be shown.
pub(super) fn identity_of_value(item: &Field, collection: &Collection, element: &Value) -> Option<String> {
    collection.identity(&identifying(item, collection, element))
}

/// The part of an element that identifies it, with defaults filled in: an element that leaves a
/// default out is the same as one that says it.
fn identifying(item: &Field, collection: &Collection, element: &Value) -> Value {
    match (collection, element) {
        (Collection::Keyed(keys), Value::Map(_)) => {
            let mut part = Value::EMPTY_MAP;
            for key in keys {
                let path: Vec<&str> = key.split('.').collect();
                let value = value_at(element, &path).filter(|value| **value != Value::Null);
                let default = || default_of(field_at(item, &path)?);
                if let Some(value) = value.cloned().or_else(default) {
                    put(&mut part, &path, value);
                }
            }
            part
        }
        _ => canonical(item, element),
    }
}

/// The field at a path of keys, of an element whose type is known.
fn field_at<'s>(item: &'s Field, path: &[&str]) -> Option<&'s Field> {
    path.iter().try_fold(item, |field, key| field.field(key))
}

/// The value at a path of keys; what must not be shown, or isn't known, stands for all below it.
fn value_at<'v>(element: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(element, |value, key| match value {
        Value::Map(map) => map.get(*key),
        Value::Unknown(_) | Value::Sensitive(_) | Value::Secret(_) => Some(value),
        _ => None,
    })
}

/// Puts a value at a path of keys.
fn put(map: &mut Value, path: &[&str], value: Value) {
    let (Value::Map(map), Some((key, rest))) = (map, path.split_first()) else { return };
    if rest.is_empty() {
        map.insert((*key).into(), value);
    } else {
        put(map.entry((*key).into()).or_insert(Value::EMPTY_MAP), rest, value);
    }
}
