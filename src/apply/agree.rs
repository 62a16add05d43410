//! Whether what is asked for, now that everything is known, is what was approved: the same fields,
//! the same known values.

use super::Failure;
use crate::model::{FieldPath, Value};

/// Compares a planned value with what it has come to.
///
/// # Errors
/// The first field that differs.
pub(super) fn check(planned: &Value, actual: &Value) -> Result<(), Failure> {
    compare(planned, actual, &FieldPath::root())
}

fn compare(planned: &Value, actual: &Value, path: &FieldPath) -> Result<(), Failure> {
    match (planned, actual) {
        (Value::Unknown(_), _) => Ok(()),
        // A saved plan doesn't hold it: only that it is sensitive can be compared.
        (Value::Sensitive(_), Value::Sensitive(_)) => Ok(()),
        (Value::Map(planned), Value::Map(actual)) => {
            for (key, value) in planned {
                match actual.get(key) {
                    Some(other) => compare(value, other, &path.key(key))?,
                    None => return Err(Failure::Disagrees { path: path.key(key) }),
                }
            }
            match actual.keys().find(|key| !planned.contains_key(*key)) {
                Some(key) => Err(Failure::Disagrees { path: path.key(key) }),
                None => Ok(()),
            }
        }
        (Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
            for (index, (value, other)) in planned.iter().zip(actual).enumerate() {
                compare(value, other, &path.index(index))?;
            }
            Ok(())
        }
        (planned, actual) if planned == actual => Ok(()),
        _ => Err(Failure::Disagrees { path: path.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Unknown;
    use serde_json::json;

    #[test]
    fn only_holes_may_be_filled_in() {
        let hole = Value::Unknown(Unknown::new(vec!["a.id".into()]));
        let planned =
            |value: Value| Value::Map([("a".into(), value), ("b".into(), Value::Integer(1))].into());
        let actual = |json| Value::from_json(&json);
        assert!(check(&planned(hole.clone()), &actual(json!({"a": "x", "b": 1}))).is_ok());
        for other in [json!({"a": "x", "b": 2}), json!({"a": "x"}), json!({"a": "x", "b": 1, "c": 1})] {
            assert!(check(&planned(hole.clone()), &actual(other)).is_err());
        }
    }
}
