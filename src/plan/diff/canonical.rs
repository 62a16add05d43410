//! The one form that all equal values share.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::record::{item_of, part_of};
use crate::kinds::{Collection, Field, FieldDefault, Shape};
use crate::model::Value;

pub(super) fn default_of(field: &Field) -> Option<Value> {
    match &field.default {
        FieldDefault::Value(value) => Some(Value::from_json(value)),
        FieldDefault::Absent | FieldDefault::Provider => None,
    }
}

/// A value with defaults filled in, what is nothing left out, and lists without order sorted.
pub(super) fn canonical(field: &Field, value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let mut parts: BTreeMap<Arc<str>, Value> = match field.fields() {
                Some(fields) => fields
                    .iter()
                    .filter_map(|(name, field)| Some((name.clone(), default_of(field)?)))
                    .collect(),
                None => BTreeMap::new(),
            };
            for (key, value) in map.iter().filter(|(_, value)| **value != Value::Null) {
                if let Some(field) = part_of(field, key) {
                    parts.insert(key.clone(), canonical(field, value));
                }
            }
            parts.retain(|key, value| part_of(field, key).is_some_and(|field| !is_nothing(field, value)));
            Value::Map(parts)
        }
        Value::List(items) => {
            let item = item_of(field);
            let mut items: Vec<Value> = items.iter().map(|value| canonical(item, value)).collect();
            if matches!(&field.shape, Shape::List { collection, .. } if *collection != Collection::Atomic) {
                items.sort_by_cached_key(Value::to_string);
            }
            Value::List(items)
        }
        #[allow(clippy::cast_possible_truncation, reason = "whole, and well within i64")]
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::Integer(*float as i64),
        _ => value.clone(),
    }
}

/// Whether every value that counts as equal has the same form, so that fingerprints can be compared:
/// not where a provider may add fields of its own.
pub(super) fn has_one_form(field: &Field) -> bool {
    match &field.shape {
        Shape::Any | Shape::Scalar(_) => true,
        Shape::List { item: part, .. } | Shape::Map { value: part, .. } => has_one_form(part),
        Shape::Object(fields) => fields
            .values()
            .all(|field| field.default != FieldDefault::Provider && !field.write_only && has_one_form(field)),
    }
}

fn is_nothing(field: &Field, value: &Value) -> bool {
    match (&field.shape, value) {
        (Shape::List { .. }, Value::List(items)) => items.is_empty(),
        (Shape::Map { .. }, Value::Map(map)) => map.is_empty(),
        _ => false,
    }
}
