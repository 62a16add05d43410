//! The attributes of an object that the provider gives: defaults of what the spec leaves out, and
//! what the kind's profile computes.

use serde_json::Map;

use super::object::Place;
use super::session::Session;
use crate::kinds::{Computed, Field, FieldDefault, Profile, Shape};
use crate::model::Json;

/// The region in whose name global services speak.
pub(super) const GLOBAL_REGION: &str = "us-east-1";

/// Drops nulls, and fills in the defaults of what is absent, wherever the object around it is
/// there.
pub(super) fn with_defaults(schema: &Field, value: Json) -> Json {
    match (&schema.shape, value) {
        (Shape::Object(fields), Json::Object(map)) => {
            let mut full: Map<String, Json> = map
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| match fields.get(name.as_str()) {
                    Some(field) => (name, with_defaults(field, value)),
                    None => (name, value),
                })
                .collect();
            for (name, field) in fields {
                if let FieldDefault::Value(default) = &field.default
                    && !full.contains_key(&**name)
                {
                    full.insert(name.to_string(), with_defaults(field, default.clone()));
                }
            }
            Json::Object(full)
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            Json::Array(items.into_iter().map(|element| with_defaults(item, element)).collect())
        }
        (Shape::Map { value: field, .. }, Json::Object(map)) => {
            map.into_iter().map(|(key, element)| (key, with_defaults(field, element))).collect()
        }
        (_, other) => other,
    }
}

/// Drops what reading can't return.
pub(super) fn drop_write_only(schema: &Field, value: &mut Json) {
    drop_fields(schema, value, &|field| field.write_only);
}

/// Drops the secrets that reading can't return: a provider keeps them where nobody can see them,
/// and so they have no place in the world's file.
pub(super) fn drop_secrets(schema: &Field, value: &mut Json) {
    drop_fields(schema, value, &|field| field.write_only && field.sensitive);
}

fn drop_fields(schema: &Field, value: &mut Json, goes: &dyn Fn(&Field) -> bool) {
    match (&schema.shape, value) {
        (Shape::Object(fields), Json::Object(map)) => {
            map.retain(|name, _| !fields.get(name.as_str()).is_some_and(goes));
            for (name, value) in map {
                if let Some(field) = fields.get(name.as_str()) {
                    drop_fields(field, value, goes);
                }
            }
        }
        (Shape::List { item, .. }, Json::Array(items)) => {
            items.iter_mut().for_each(|element| drop_fields(item, element, goes));
        }
        (Shape::Map { value: field, .. }, Json::Object(map)) => {
            map.values_mut().for_each(|element| drop_fields(field, element, goes));
        }
        _ => {}
    }
}

/// Adds the computed attributes of something new: the id first, because others are made of it.
pub(super) fn all(
    session: &mut Session<'_>,
    place: &Place,
    profile: &Profile,
    attributes: &mut Map<String, Json>,
) -> Result<(), String> {
    let (ids, others): (Vec<_>, Vec<_>) =
        profile.computed.iter().partition(|computed| computed.attribute == "id");
    for computed in ids.into_iter().chain(others) {
        if !attributes.contains_key(computed.attribute) {
            let value = one(session, place, computed, attributes)?;
            attributes.insert(computed.attribute.to_owned(), value);
        }
    }
    Ok(())
}

/// Works those attributes out again that change with one of `touched`. An id stays what it is.
pub(super) fn again(
    session: &mut Session<'_>,
    place: &Place,
    profile: &Profile,
    touched: impl Fn(&str) -> bool,
    attributes: &mut Map<String, Json>,
) -> Result<(), String> {
    for computed in &profile.computed {
        if computed.attribute != "id" && computed.changes_with.iter().any(|field| touched(field)) {
            let value = one(session, place, computed, attributes)?;
            attributes.insert(computed.attribute.to_owned(), value);
        }
    }
    Ok(())
}

fn one(
    session: &mut Session<'_>,
    place: &Place,
    computed: &Computed,
    attributes: &Map<String, Json>,
) -> Result<Json, String> {
    match computed.pattern.strip_prefix("json:") {
        None => Ok(Json::String(fill(session, place, &computed.pattern, attributes, false))),
        Some(pattern) => {
            let text = fill(session, place, pattern, attributes, true);
            serde_json::from_str(&text).map_err(|error| {
                format!("the pattern of `{}` gives no JSON: {error}: {text}", computed.attribute)
            })
        }
    }
}

/// Puts values in the place of a pattern's placeholders. Braces that are no placeholder stay.
fn fill(
    session: &mut Session<'_>,
    place: &Place,
    pattern: &str,
    attributes: &Map<String, Json>,
    as_json: bool,
) -> String {
    let mut text = String::new();
    let mut in_quotes = false;
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let placeholder = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let value = placeholder.and_then(|(name, _)| resolve(session, place, name, attributes));
        match (placeholder, value) {
            (Some((_, after)), Some(value)) => {
                text.push_str(&written(&value, as_json, in_quotes));
                rest = after;
            }
            _ => {
                in_quotes ^= next == '"';
                text.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    text
}

fn written(value: &Json, as_json: bool, in_quotes: bool) -> String {
    match (value, as_json, in_quotes) {
        (_, true, false) => value.to_string(),
        (Json::String(text), true, true) => {
            let quoted = Json::from(text.as_str()).to_string();
            // A JSON string has a quote at either end.
            quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
        }
        (Json::String(text), false, _) => text.clone(),
        (Json::Null, _, _) => String::new(),
        (other, _, _) => other.to_string(),
    }
}

/// The value of a placeholder; `None` for what is none.
fn resolve(
    session: &mut Session<'_>,
    place: &Place,
    name: &str,
    attributes: &Map<String, Json>,
) -> Option<Json> {
    let region = if place.is_global() { GLOBAL_REGION } else { place.region() };
    if let Some(count) = name.strip_prefix("hex:") {
        return Some(characters(session, count.parse().ok()?, b"0123456789abcdef"));
    }
    if let Some(count) = name.strip_prefix("digits:") {
        return Some(characters(session, count.parse().ok()?, b"0123456789"));
    }
    if let Some(field) = name.strip_prefix("spec.") {
        let mut parts = field.split('.');
        let top = attributes.get(parts.next()?).cloned().unwrap_or_default();
        return Some(parts.fold(top, |value, part| value.get(part).cloned().unwrap_or_default()));
    }
    match name {
        "region" => Some(Json::from(region)),
        "account" => Some(Json::from(session.ground.account.as_str())),
        "id" => Some(attributes.get("id").cloned().unwrap_or_default()),
        _ => None,
    }
}

fn characters(session: &mut Session<'_>, count: usize, alphabet: &[u8]) -> Json {
    /// Longer than any provider's id: a bound for a pattern that was mistyped.
    const MOST: usize = 256;
    let one = |session: &mut Session<'_>| {
        let index = usize::try_from(session.draw(alphabet.len() as u64)).unwrap_or(0);
        alphabet.get(index).copied().map_or('0', char::from)
    };
    Json::String((0..count.min(MOST)).map(|_| one(session)).collect())
}
