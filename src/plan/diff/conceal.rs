//! Takes out of a change what must not be shown.

use super::place::Marks;
use super::record::{Mark, has_marks, item_of, part_of};
use crate::kinds::Field;
use crate::model::{Json, Value};

/// `value` with its sensitive parts wrapped: those that the schema calls so, those that were recorded
/// as fingerprints, and those that are sensitive on the other side of the change.
pub(super) fn conceal(
    field: &Field,
    marks: Marks,
    value: &Value,
    recorded: Option<&Json>,
    other: Option<&Value>,
) -> Value {
    let field = field.described_by(Some(value), [recorded, None]);
    let marks = marks.below(field);
    let hidden_elsewhere = recorded.is_some_and(|recorded| Mark::of(recorded).is_some())
        || matches!(other, Some(Value::Sensitive(_) | Value::Secret(_)));
    if marks.sensitive || hidden_elsewhere {
        return value.clone().into_sensitive();
    }
    match value {
        Value::Map(map) => Value::Map(
            map.iter()
                .filter_map(|(key, value)| {
                    let field = part_of(field, key)?;
                    let recorded = recorded.and_then(|recorded| recorded.get(&**key));
                    let other = other.and_then(|other| other.get(key));
                    Some((key.clone(), conceal(field, marks.below(field), value, recorded, other)))
                })
                .collect(),
        ),
        // Which element was which isn't known here: one that must not be shown hides them all.
        Value::List(_) if recorded.is_some_and(has_marks) || other.is_some_and(Value::is_sensitive) => {
            value.clone().into_sensitive()
        }
        Value::List(items) => {
            let item = item_of(field);
            Value::List(
                items.iter().map(|value| conceal(item, marks.below(item), value, None, None)).collect(),
            )
        }
        _ => value.clone(),
    }
}
