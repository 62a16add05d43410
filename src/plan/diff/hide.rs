//! Takes out of what is there what must not be shown: what the schema calls sensitive, and what was
//! sensitive when it was set, although the schema doesn't know.

use super::identity::{identity_of, identity_of_value};
use super::record::{Mark, has_marks, item_of, part_of};
use crate::kinds::{Collection, Field, Shape};
use crate::model::{Json, Value};

/// What is there, with all wrapped that must not be shown.
#[must_use]
pub fn hide(schema: &Field, observed: &Json, recorded: Option<&Json>) -> Value {
    as_recorded(schema, schema.conceal(Value::from_kept(observed)), recorded)
}

fn as_recorded(field: &Field, value: Value, recorded: Option<&Json>) -> Value {
    let Some(recorded) = recorded.filter(|recorded| has_marks(recorded)) else {
        return value;
    };
    if Mark::of(recorded).is_some() {
        return value.into_sensitive();
    }
    match (value, &field.shape) {
        (Value::Map(map), _) => Value::Map(
            map.into_iter()
                .map(|(key, value)| match part_of(field, &key) {
                    Some(field) => {
                        let value = as_recorded(field, value, recorded.get(&*key));
                        (key, value)
                    }
                    None => (key, value),
                })
                .collect(),
        ),
        (Value::List(items), Shape::List { collection: collection @ Collection::Keyed(_), .. }) => {
            let item = item_of(field);
            let recorded = recorded.as_array().map_or(&[][..], Vec::as_slice);
            // An element without an identity can't be told from one that hides something.
            if items.iter().any(|element| identity_of_value(item, collection, element).is_none())
                || recorded.iter().any(|element| Mark::of(element).is_some())
            {
                return Value::List(items).into_sensitive();
            }
            Value::List(
                items
                    .into_iter()
                    .map(|element| {
                        let identity = identity_of_value(item, collection, &element);
                        let same =
                            recorded.iter().find(|other| identity_of(item, collection, other) == identity);
                        as_recorded(item, element, same)
                    })
                    .collect(),
            )
        }
        // Which element was which isn't known here: one that must not be shown hides them all.
        (value @ Value::List(_), _) => value.into_sensitive(),
        (value, _) => value,
    }
}
