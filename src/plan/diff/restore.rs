//! Puts values back in the place of their fingerprints, where the configuration gives them.

use super::record::{fingerprint_of, item_of, part_of};
use crate::kinds::Field;
use crate::model::{Json, Value};

/// `value` with what `given` has at the same places instead of fingerprints, where it has these very
/// fingerprints: that proves that it is what was meant. What is put back stays sensitive.
#[must_use]
pub fn restore(
    field: &Field,
    value: Value,
    given: Option<&Value>,
    fingerprint: &dyn Fn(&Json) -> String,
) -> Value {
    // Hardly anything has any.
    let Some(given) = given.filter(|_| holds_stand_in(&value)) else { return value };
    let field = field.described_by(Some(&value), [None, None]);
    match (value, exposed(given)) {
        (Value::Sensitive(inner), given) => match &*inner {
            Value::StandIn(kept) => match same(field, given, kept, fingerprint) {
                Some(found) => found.into_sensitive(),
                None => Value::Sensitive(inner),
            },
            _ => restore(field, (*inner).clone(), Some(given), fingerprint).into_sensitive(),
        },
        (Value::Map(map), Value::Map(given)) => Value::Map(
            map.into_iter()
                .map(|(key, value)| {
                    let value = match part_of(field, &key) {
                        Some(field) => restore(field, value, given.get(&key), fingerprint),
                        None => value,
                    };
                    (key, value)
                })
                .collect(),
        ),
        // An element that has another place is found by nothing but its fingerprint.
        (Value::List(items), Value::List(given)) => Value::List(
            items
                .into_iter()
                .map(|value| {
                    given
                        .iter()
                        .fold(value, |value, given| restore(item_of(field), value, Some(given), fingerprint))
                })
                .collect(),
        ),
        (value, _) => value,
    }
}

fn holds_stand_in(value: &Value) -> bool {
    match value {
        Value::StandIn(_) => true,
        Value::Sensitive(inner) => holds_stand_in(inner),
        Value::List(items) => items.iter().any(holds_stand_in),
        Value::Map(map) => map.values().any(holds_stand_in),
        _ => false,
    }
}

fn exposed(value: &Value) -> &Value {
    match value {
        Value::Sensitive(inner) => exposed(inner),
        other => other,
    }
}

/// What is given, if it has this fingerprint: as whoever kept it has made it, of the one form of equal
/// values or of the value itself.
fn same(field: &Field, given: &Value, kept: &str, fingerprint: &dyn Fn(&Json) -> String) -> Option<Value> {
    let plain = given.reveal()?;
    let fits =
        fingerprint_of(field, given, fingerprint).as_deref() == Some(kept) || fingerprint(&plain) == kept;
    fits.then(|| Value::from_json(&plain))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::ANY;

    fn fingerprint(json: &Json) -> String {
        format!("print of {json}")
    }

    #[test]
    fn only_what_has_the_fingerprint_is_put_back_and_it_stays_sensitive() {
        let kept = |text: &str| json!({ "$fingerprint": fingerprint(&Json::from(text)) });
        let value = Value::from_kept(&json!({
            "same": kept("one"), "another": kept("two"), "absent": kept("three"), "plain": 4,
            "list": [kept("five"), kept("six")],
        }));
        let given = Value::from_json(&json!({
            "same": "one", "another": "by now", "plain": 5, "list": ["six", "five"], "more": "seven",
        }));
        let restored = restore(&ANY, value, Some(&given), &fingerprint);
        let at = |key: &str| restored.get(key).unwrap().clone();
        assert_eq!(at("same"), Value::from("one").into_sensitive());
        assert!(at("another").is_stand_in() && at("absent").is_stand_in());
        assert_eq!(at("plain"), Value::Integer(4));
        let sensitive = |text: &str| Value::from(text).into_sensitive();
        assert_eq!(at("list"), Value::List(vec![sensitive("five"), sensitive("six")]));
        assert_eq!(restored.get("more"), None);
    }

    #[test]
    fn what_is_no_value_yet_is_put_nowhere() {
        let value = Value::stand_in("print");
        for given in [Value::stand_in("print"), Value::Unknown(crate::model::Unknown::new(vec![]))] {
            assert!(restore(&ANY, value.clone(), Some(&given), &fingerprint).is_stand_in());
        }
    }
}
