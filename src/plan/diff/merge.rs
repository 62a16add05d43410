//! Puts changes into a spec.

use serde_json::map::Entry;

use super::identity::identity_of;
use super::record::{item_of, part_of};
use crate::kinds::{Collection, Field, Shape};
use crate::model::{Changed, FieldChange, Json, Step, Value};

/// What is to be in the world after `changes`: the observed spec with the changes made. What isn't
/// known in them is left out.
#[must_use]
pub fn merge(schema: &Field, observed: &Json, changes: &[FieldChange]) -> Json {
    let mut spec = match observed {
        Json::Null => Json::Object(serde_json::Map::new()),
        other => other.clone(),
    };
    for change in changes.iter().filter(|change| change.changed != Changed::Release) {
        put(schema, &mut spec, change.path.steps(), change.to.as_ref());
    }
    spec
}

fn put(field: &Field, spec: &mut Json, steps: &[Step], to: Option<&Value>) {
    let Some((step, rest)) = steps.split_first() else {
        // The root is never taken away.
        if let Some(plain) = to.and_then(plain) {
            *spec = plain;
        }
        return;
    };
    match step {
        Step::Key(key) => {
            let Some(field) = part_of(field, key) else {
                return;
            };
            let map = as_map(spec);
            match (rest.is_empty(), to) {
                (true, None) => {
                    map.remove(&**key);
                }
                (false, None) => {
                    if let Some(part) = map.get_mut(&**key) {
                        put(field, part, rest, to);
                    }
                }
                (true, Some(value)) => {
                    if let Some(plain) = plain(value) {
                        map.insert(key.to_string(), plain);
                    }
                }
                (false, Some(_)) => {
                    let part = match map.entry(key.to_string()) {
                        Entry::Vacant(entry) => entry.insert(Json::Null),
                        Entry::Occupied(entry) => entry.into_mut(),
                    };
                    put(field, part, rest, to);
                }
            }
        }
        Step::Element(identity) => put_element(field, as_list(spec), identity, rest, to),
        Step::Index(index) => {
            if let Some(part) = as_list(spec).get_mut(*index) {
                put(item_of(field), part, rest, to);
            }
        }
    }
}

fn put_element(field: &Field, list: &mut Vec<Json>, identity: &str, rest: &[Step], to: Option<&Value>) {
    let Shape::List { item, collection, .. } = &field.shape else {
        return;
    };
    let position = position_of(item, collection, list, identity);
    match (position, rest.is_empty(), to) {
        (Some(position), false, _) => put(item, &mut list[position], rest, to),
        (Some(position), true, None) => {
            list.remove(position);
        }
        (Some(position), true, Some(value)) => {
            if let Some(plain) = plain(value) {
                list[position] = plain;
            }
        }
        (None, true, Some(value)) => list.extend(plain(value)),
        (None, _, _) => {}
    }
}

fn position_of(item: &Field, collection: &Collection, list: &[Json], identity: &str) -> Option<usize> {
    list.iter().position(|element| identity_of(item, collection, element).as_deref() == Some(identity))
}

/// The map that is there; one is made where there is none.
fn as_map(spec: &mut Json) -> &mut serde_json::Map<String, Json> {
    if !spec.is_object() {
        *spec = Json::Object(serde_json::Map::new());
    }
    match spec {
        Json::Object(map) => map,
        _ => unreachable!("it was made a map above"),
    }
}

fn as_list(spec: &mut Json) -> &mut Vec<Json> {
    if !spec.is_array() {
        *spec = Json::Array(Vec::new());
    }
    match spec {
        Json::Array(list) => list,
        _ => unreachable!("it was made a list above"),
    }
}

/// The plain JSON of a value, sensitive parts included, without nulls in maps and without what
/// isn't known.
fn plain(value: &Value) -> Option<Json> {
    match value {
        Value::Map(map) => Some(
            map.iter()
                .filter(|(_, value)| **value != Value::Null)
                .filter_map(|(key, value)| Some((key.to_string(), plain(value)?)))
                .collect(),
        ),
        Value::List(items) => Some(Json::Array(items.iter().filter_map(plain).collect())),
        Value::Sensitive(inner) => plain(inner),
        other => other.reveal(),
    }
}
