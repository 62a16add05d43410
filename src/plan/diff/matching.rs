//! The part of what is asked for that is there already.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{FieldChange, Step, Value};

/// What is asked for, without the fields that `changes` would change. A list that differs in an element
/// is left out as a whole.
#[must_use]
pub fn matching(desired: &Value, changes: &[FieldChange]) -> Value {
    let Value::Map(fields) = desired else { return desired.clone() };
    let mut fields = fields.clone();
    for change in changes {
        remove(&mut fields, change.path.steps());
    }
    Value::Map(fields)
}

fn remove(fields: &mut BTreeMap<Arc<str>, Value>, steps: &[Step]) {
    match steps {
        [] => fields.clear(),
        [Step::Key(key), rest @ ..] => match fields.get_mut(key) {
            Some(Value::Map(inner)) if matches!(rest, [Step::Key(_), ..]) => remove(inner, rest),
            _ => {
                fields.remove(key);
            }
        },
        // Only lists have elements, and those went with their key.
        [Step::Index(_) | Step::Element(_), ..] => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Changed;

    #[test]
    fn only_what_would_change_is_left_out() {
        let desired = json!({ "a": 1, "tags": { "x": "1", "y": "2" }, "list": [1, 2], "other": [3] });
        let change = |path: &str| FieldChange {
            path: path.parse().unwrap(),
            changed: Changed::Set,
            from: None,
            to: None,
            forces_replacement: false,
        };
        let changes = [change("tags.x"), change("list[0]")];
        let left = matching(&Value::from_json(&desired), &changes);
        assert_eq!(left, Value::from_json(&json!({ "a": 1, "tags": { "y": "2" }, "other": [3] })));
        assert_eq!(matching(&Value::from_json(&desired), &[]), Value::from_json(&desired));
    }
}
