//! Samples in the place of what isn't known yet, so that rules can be asked of the rest.

use super::{Field, Scalar, Shape};
use crate::kinds::free;
use crate::model::{Json, Value};

impl Field {
    /// The value with a sample in the place of everything that isn't known and of every required
    /// field that is missing, so that rules beyond the schema can be asked of the rest.
    #[must_use]
    pub fn complete(&self, value: &Value) -> Json {
        match (&self.shape, value) {
            (_, Value::Unknown(_) | Value::Secret(_)) => self.sample(),
            (_, Value::Sensitive(inner)) => self.complete(inner),
            (Shape::Any, Value::Map(_) | Value::List(_)) => free::complete(value),
            (Shape::List { item, .. }, Value::List(items)) => {
                Json::Array(items.iter().map(|element| item.complete(element)).collect())
            }
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                map.iter().map(|(key, element)| (key.to_string(), field.complete(element))).collect()
            }
            (Shape::Object(fields), Value::Map(map)) => fields
                .iter()
                .filter_map(|(name, field)| match map.get(name) {
                    Some(Value::Null) | None if !field.required => None,
                    Some(Value::Null) | None => Some((name.to_string(), field.sample())),
                    Some(element) => Some((name.to_string(), field.complete(element))),
                })
                .collect(),
            (_, other) => other.reveal().unwrap_or_else(|| self.sample()),
        }
    }

    /// The smallest value that fits.
    fn sample(&self) -> Json {
        match &self.shape {
            Shape::Any | Shape::Map { .. } => Json::Object(serde_json::Map::new()),
            Shape::Scalar(scalar) => scalar.sample(),
            Shape::List { .. } => Json::Array(Vec::new()),
            Shape::Object(fields) => fields
                .iter()
                .filter(|(_, field)| field.required)
                .map(|(name, field)| (name.to_string(), field.sample()))
                .collect(),
        }
    }
}

impl Scalar {
    fn sample(&self) -> Json {
        match self {
            Scalar::Bool => Json::Bool(false),
            Scalar::Integer { minimum, .. } => Json::from(minimum.unwrap_or(0).max(0)),
            Scalar::Number { minimum, .. } => Json::from(minimum.unwrap_or(0.0).max(0.0)),
            Scalar::String { one_of, .. } => Json::from(one_of.first().map_or("", String::as_str)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn samples_stand_in_for_what_is_unknown() {
        let value = Value::Map(
            [
                ("mode".into(), Value::Unknown(crate::model::Unknown::new(vec![]))),
                ("size".into(), Value::Integer(4)),
            ]
            .into(),
        );
        let complete = Field::of::<Sample>().complete(&value);
        assert_eq!(complete, json!({"name": "", "mode": "Fast", "size": 4}));
        let hole = || Value::Unknown(crate::model::Unknown::new(vec![]));
        let free = |value: Value| Value::Map([("free".into(), value)].into());
        let inner = Value::List(vec![hole(), Value::Null, Value::Integer(1).into_sensitive()]);
        let complete = Field::of::<Sample>().complete(&free(Value::Map([("a".into(), inner)].into())));
        assert_eq!(complete["free"], json!({"a": ["unknown", null, 1]}));
        assert_eq!(Field::of::<Sample>().complete(&free(hole()))["free"], json!({}));
    }
}
