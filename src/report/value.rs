//! Values as people read them, with nothing in them that must not be shown.

use super::Look;
use super::look::cut_in_the_middle;
use crate::model::{FieldChange, Value};

/// Both sides of a change, each with a hole wherever the other must not be shown: what is read back
/// of a password is a plain string.
pub(super) fn sides(change: &FieldChange) -> (Option<Value>, Option<Value>) {
    let mask = |value: &Option<Value>, other: &Option<Value>| match (value, other) {
        (Some(value), Some(other)) => Some(masked(value, other)),
        (value, _) => value.clone(),
    };
    (mask(&change.from, &change.to), mask(&change.to, &change.from))
}

/// A value with a hole wherever `other` has something that must not be shown.
fn masked(value: &Value, other: &Value) -> Value {
    match (value, other) {
        (_, other) if !other.is_sensitive() => value.clone(),
        (Value::Unknown(_) | Value::Null, _) => value.clone(),
        (Value::Map(map), Value::Map(others)) => Value::Map(
            map.iter()
                .map(|(key, value)| {
                    let value = others.get(key).map_or_else(|| value.clone(), |other| masked(value, other));
                    (key.clone(), value)
                })
                .collect(),
        ),
        (Value::List(items), Value::List(others)) if items.len() == others.len() => {
            Value::List(items.iter().zip(others).map(|(value, other)| masked(value, other)).collect())
        }
        // Which element answers to which can't be told: better none is shown.
        (value, _) => value.clone().into_sensitive(),
    }
}

/// A value on one line of at most `columns`, where they are given.
pub(super) fn on_one_line(value: &Value, columns: Option<usize>, look: Look) -> String {
    let text = value.to_string();
    match columns {
        Some(columns) => cut_in_the_middle(&text, columns, look),
        None => text,
    }
}

/// The text of a string of several lines.
pub(super) fn several_lines(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| text.trim_end_matches('\n').contains('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Changed, FieldPath};
    use serde_json::json;

    #[test]
    fn what_one_side_hides_the_other_hides_too() {
        let with = |password: Value| {
            let mut value = Value::from_json(&json!({"user": "ada", "list": [1]}));
            if let Value::Map(map) = &mut value {
                map.insert("password".into(), password);
            }
            value
        };
        let change = FieldChange {
            path: FieldPath::root(),
            changed: Changed::Set,
            from: Some(with("hunter2".into())),
            to: Some(with(Value::from("hunter3").into_sensitive())),
            forces_replacement: false,
        };
        let (from, to) = sides(&change);
        let shown = format!("{} {}", from.unwrap(), to.unwrap());
        assert!(!shown.contains("hunter") && shown.contains("ada"), "{shown}");
    }

    #[test]
    fn a_list_that_can_not_be_matched_is_hidden_whole() {
        let from = Value::from_json(&json!(["a", "b"]));
        let to = Value::List(vec![Value::from("c").into_sensitive()]);
        assert_eq!(masked(&from, &to).to_string(), "(sensitive)");
    }
}
