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
                keys.iter().filter_map(|key| item.field(key)).any(has_sensitive)
                    || recorded.into_iter().any(|element| {
                        Mark::of(element).is_some()
                            || keys.iter().filter_map(|key| element.get(key)).any(has_marks)
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
        _ => canonical(item, element),
    }
}
