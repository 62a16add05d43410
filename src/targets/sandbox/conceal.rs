//! What the world's file holds in the place of what must not be written: fingerprints, by which a
//! change is still seen.

use std::sync::Arc;

use serde_json::json;

use crate::kinds::{ANY, Field, Shape};
use crate::model::{FINGERPRINT, FieldPath, Json, Step, fingerprint_in_text, fingerprint_text, is_stand_in};

/// The keyed fingerprint of a value.
pub type Fingerprint = Arc<dyn Fn(&Json) -> String + Send + Sync>;

/// Conceals all that the schema calls sensitive.
pub(super) fn by_schema(schema: &Field, value: &mut Json, fingerprint: &Fingerprint) {
    below(schema, false, value, fingerprint);
}

fn below(field: &Field, sensitive: bool, value: &mut Json, fingerprint: &Fingerprint) {
    let field = field.described_by(None, [Some(&*value), None]);
    let sensitive = sensitive || field.sensitive;
    if is_stand_in(value) {
        return;
    }
    match value {
        Json::Object(map) => {
            for (key, part) in map {
                below(part_of(field, key), sensitive, part, fingerprint);
            }
        }
        Json::Array(items) => {
            for item in items {
                below(item_of(field), sensitive, item, fingerprint);
            }
        }
        Json::Null => {}
        leaf if sensitive => *leaf = Json::String(fingerprint_text(&fingerprint(leaf))),
        _ => {}
    }
}

/// Conceals what was sensitive when it was set, as the record of it says, although the schema doesn't
/// know.
pub(super) fn as_recorded(schema: &Field, value: &mut Json, recorded: &Json, fingerprint: &Fingerprint) {
    if let Some(kept) = mark(recorded) {
        return put(schema, value, kept, fingerprint);
    }
    match (value, recorded) {
        (Json::Object(map), Json::Object(parts)) => {
            for (key, recorded) in parts {
                if let Some(part) = map.get_mut(key) {
                    as_recorded(part_of(schema, key), part, recorded, fingerprint);
                }
            }
        }
        (Json::Array(items), Json::Array(parts)) => {
            let mut is_taken = vec![false; items.len()];
            for (index, recorded) in parts.iter().enumerate().filter(|(_, recorded)| has_marks(recorded)) {
                let free = |position: &usize| !is_taken[*position];
                let like = (0..items.len()).filter(free).find(|position| fits(recorded, &items[*position]));
                let Some(position) = like.or_else(|| Some(index).filter(|index| *index < items.len())) else {
                    continue;
                };
                is_taken[position] = true;
                as_recorded(item_of(schema), &mut items[position], recorded, fingerprint);
            }
        }
        _ => {}
    }
}

/// Conceals what somebody has put in the place of something concealed.
pub(super) fn as_before(value: &mut Json, before: &Json, fingerprint: &Fingerprint) {
    if is_stand_in(before) {
        return leaves(value, fingerprint);
    }
    match (value, before) {
        (Json::Object(map), Json::Object(before)) => {
            for (key, before) in before {
                if let Some(part) = map.get_mut(key) {
                    as_before(part, before, fingerprint);
                }
            }
        }
        (Json::Array(items), Json::Array(before)) => {
            items.iter_mut().zip(before).for_each(|(item, before)| as_before(item, before, fingerprint));
        }
        _ => {}
    }
}

/// Whether what a path leads to is concealed, or a part of it.
pub(super) fn is_at(value: &Json, path: &FieldPath) -> bool {
    let mut value = value;
    for step in path.steps() {
        let next = match (value, step) {
            (Json::Object(map), Step::Key(key)) => map.get(&**key),
            (Json::Array(items), Step::Index(index)) => items.get(*index),
            // Which element it is doesn't matter to those who only want to be careful.
            (Json::Array(_), _) => break,
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return false,
        }
    }
    has_marks(value)
}

/// The fingerprint that a mark of the record holds, where it holds one.
fn mark(recorded: &Json) -> Option<Option<&str>> {
    match recorded {
        Json::String(text) => fingerprint_in_text(text).map(Some),
        Json::Object(map) if map.keys().any(|key| key == FINGERPRINT || key == "$secret") => {
            Some(map.get(FINGERPRINT).and_then(Json::as_str))
        }
        _ => None,
    }
}

fn has_marks(value: &Json) -> bool {
    match value {
        _ if mark(value).is_some() => true,
        Json::Array(items) => items.iter().any(has_marks),
        Json::Object(map) => map.values().any(has_marks),
        _ => false,
    }
}

/// Whether a value can be the one that was recorded: all that the record shows is there.
fn fits(recorded: &Json, value: &Json) -> bool {
    if mark(recorded).is_some() {
        return true;
    }
    match (recorded, value) {
        (Json::Object(parts), Json::Object(map)) => {
            parts.iter().all(|(key, recorded)| map.get(key).is_some_and(|value| fits(recorded, value)))
        }
        (Json::Array(parts), Json::Array(items)) => {
            parts.len() == items.len() && parts.iter().zip(items).all(|(part, item)| fits(part, item))
        }
        _ => recorded == value,
    }
}

/// Puts a fingerprint in the place of a value that was set as a whole.
fn put(field: &Field, value: &mut Json, kept: Option<&str>, fingerprint: &Fingerprint) {
    match (&*value, kept) {
        _ if is_stand_in(value) => {}
        (Json::String(_), Some(kept)) => *value = Json::String(fingerprint_text(kept)),
        (Json::Object(_) | Json::Array(_), Some(kept)) if matches!(field.shape, Shape::Any) => {
            *value = json!({ FINGERPRINT: kept });
        }
        // Where a type is asked for, each text is concealed by itself.
        _ => leaves(value, fingerprint),
    }
}

fn leaves(value: &mut Json, fingerprint: &Fingerprint) {
    match value {
        _ if is_stand_in(value) => {}
        Json::Object(map) => map.values_mut().for_each(|part| leaves(part, fingerprint)),
        Json::Array(items) => items.iter_mut().for_each(|item| leaves(item, fingerprint)),
        Json::String(_) => *value = Json::String(fingerprint_text(&fingerprint(value))),
        // What isn't text fits no text, and says little.
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn part_of<'s>(field: &'s Field, key: &str) -> &'s Field {
    match &field.shape {
        Shape::Object(fields) => fields.get(key).unwrap_or(&ANY),
        Shape::Map { value, .. } => value,
        _ => field.parts.get(key).unwrap_or(&ANY),
    }
}

fn item_of(field: &Field) -> &Field {
    match &field.shape {
        Shape::List { item, .. } => item,
        _ => &ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Registry;

    const SECRET: &str = "hunter2-the-secret";

    fn fingerprint() -> Fingerprint {
        Arc::new(|value| format!("print-{}", value.to_string().len()))
    }

    /// A value of each shape, with the secret in every text.
    fn sample(field: &Field, depth: usize) -> Json {
        match &field.shape {
            Shape::Object(fields) if depth < 8 => {
                fields.iter().map(|(name, field)| (name.to_string(), sample(field, depth + 1))).collect()
            }
            Shape::Map { value, .. } => json!({ "key": sample(value, depth + 1) }),
            Shape::List { item, .. } => json!([sample(item, depth + 1)]),
            Shape::Any => json!({
                "kind": "Secret",
                "data": { "a": SECRET },
                "stringData": { "b": SECRET },
                "metadata": { "name": "x" },
            }),
            _ => json!(SECRET),
        }
    }

    /// Where the secret still is, among what the schema calls sensitive.
    fn left(field: &Field, sensitive: bool, value: &Json, path: &FieldPath, found: &mut Vec<String>) {
        let field = field.described_by(None, [Some(value), None]);
        let sensitive = sensitive || field.sensitive;
        match value {
            Json::Object(map) => {
                for (key, part) in map {
                    left(part_of(field, key), sensitive, part, &path.key(key), found);
                }
            }
            Json::Array(items) => {
                items.iter().for_each(|item| left(item_of(field), sensitive, item, path, found));
            }
            Json::String(text) if sensitive && text == SECRET => found.push(path.to_string()),
            _ => {}
        }
    }

    #[test]
    fn nothing_sensitive_of_any_kind_is_left() {
        let mut had_any = 0;
        for kind in Registry::all().iter() {
            for schema in [kind.spec(), kind.observed()] {
                let mut value = sample(schema, 0);
                let mut found = Vec::new();
                left(schema, false, &value, &FieldPath::root(), &mut found);
                had_any += found.len();
                by_schema(schema, &mut value, &fingerprint());
                let mut found = Vec::new();
                left(schema, false, &value, &FieldPath::root(), &mut found);
                assert!(found.is_empty(), "{}: {found:?}", kind.name());
                let once = value.clone();
                by_schema(schema, &mut value, &fingerprint());
                assert_eq!(value, once, "{}: what is concealed stays so", kind.name());
            }
        }
        assert!(had_any > 4, "{had_any}");
    }

    #[test]
    fn what_was_sensitive_when_it_was_set_is_concealed_wherever_it_stands_by_now() {
        let mut value = json!({
            "values": { "a": SECRET, "b": 1, "all": { "x": SECRET } },
            "list": [{ "name": "two", "value": "plain" }, { "name": "one", "value": SECRET, "more": 1 }],
        });
        let recorded = json!({
            "values": {
                "a": { "$secret": { "from": "env", "name": "A" }, "$fingerprint": "f1" },
                "b": 1,
                "all": { "$fingerprint": "f2" },
            },
            "list": [{ "name": "one", "value": { "$fingerprint": "f3" } }, { "name": "two", "value": "plain" }],
        });
        as_recorded(&ANY, &mut value, &recorded, &fingerprint());
        assert_eq!(
            value,
            json!({
                "values": { "a": "$fingerprint:f1", "b": 1, "all": { "$fingerprint": "f2" } },
                "list": [
                    { "name": "two", "value": "plain" },
                    { "name": "one", "value": "$fingerprint:f3", "more": 1 },
                ],
            })
        );
    }

    #[test]
    fn what_takes_the_place_of_something_concealed_is_concealed_too() {
        let before = json!({ "a": "$fingerprint:f1", "b": "plain" });
        let mut value = json!({ "a": SECRET, "b": "other" });
        as_before(&mut value, &before, &fingerprint());
        assert_eq!(value["b"], "other");
        assert!(is_at(&value, &"a".parse().unwrap()) && !is_at(&value, &"b".parse().unwrap()));
    }
}
