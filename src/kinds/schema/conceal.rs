//! Wrapping what must not be shown.

use super::{Field, Shape};
use crate::kinds::free;
use crate::model::Value;

impl Field {
    /// The value with its sensitive parts wrapped. The keys of a map are no secret.
    #[must_use]
    pub fn conceal(&self, value: Value) -> Value {
        self.conceal_below(false, value)
    }

    fn conceal_below(&self, sensitive: bool, value: Value) -> Value {
        let field = self.described_by(Some(&value), [None, None]);
        let sensitive = sensitive || field.sensitive;
        match (&field.shape, value) {
            (Shape::Any, Value::Map(map)) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| {
                        let value = field.part(&key).conceal_below(sensitive, value);
                        (key, value)
                    })
                    .collect(),
            ),
            (Shape::Object(fields), Value::Map(map)) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| {
                        let value = fields.get(&key).unwrap_or(&free::ANY).conceal_below(sensitive, value);
                        (key, value)
                    })
                    .collect(),
            ),
            (Shape::Map { value: field, atomic: false }, Value::Map(map)) => Value::Map(
                map.into_iter().map(|(key, value)| (key, field.conceal_below(sensitive, value))).collect(),
            ),
            (_, Value::Null) => Value::Null,
            (_, value) if sensitive => value.into_sensitive(),
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                Value::Map(map.into_iter().map(|(key, value)| (key, field.conceal(value))).collect())
            }
            (Shape::List { item, .. }, Value::List(items)) => {
                Value::List(items.into_iter().map(|value| item.conceal(value)).collect())
            }
            (_, value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn only_what_is_sensitive_is_wrapped() {
        let value = json!({"name": "a", "tags": {"a": "b"}, "password": "hunter2", "nested": null});
        let concealed = Field::of::<Sample>().conceal(Value::from_json(&value));
        let is_sensitive = |name: &str| concealed.get(name).is_some_and(Value::is_sensitive);
        assert!(is_sensitive("password") && !concealed.to_string().contains("hunter2"), "{concealed}");
        assert!(!is_sensitive("name") && !is_sensitive("tags") && !is_sensitive("nested"), "{concealed}");
    }
}
