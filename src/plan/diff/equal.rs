//! Whether the world holds a value: the comparison of what is compared as one.

use super::canonical::has_one_form;
use super::identity::{identified, identified_json};
use super::place::{Marks, member, present};
use super::record::{Mark, fingerprint_of, has_named_fields, has_parts, item_of, part_of};
use crate::kinds::{Collection, Field, FieldDefault, Shape};
use crate::model::{Json, Value};

/// How values are compared.
#[derive(Clone, Copy)]
pub(super) struct Comparison<'a> {
    pub(super) fingerprint: &'a dyn Fn(&Json) -> String,
    /// Whether a sensitive null stands for a value of which only the fingerprint is recorded.
    pub(super) recalled: bool,
}

impl Comparison<'_> {
    /// Whether what is observed (or was recorded, where reading can't tell) is what is desired.
    pub(super) fn holds(
        &self,
        field: &Field,
        marks: Marks,
        desired: &Value,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) -> bool {
        let field = field.described_by(Some(desired), [recorded, observed]);
        let readable = observed.filter(|_| !marks.write_only);
        let observed = if marks.write_only { recorded } else { observed };
        let as_recorded = marks.as_recorded || self.was(field, desired, recorded);
        if marks.write_only && as_recorded {
            return true;
        }
        let marks = Marks { as_recorded, ..marks };
        if let Some(kept) = readable.and_then(Mark::of).and_then(|mark| mark.fingerprint)
            && !matches!(desired, Value::Secret(_))
            && !self.recalled
        {
            return fingerprint_of(field, desired, self.fingerprint).as_deref() == Some(kept);
        }
        match desired {
            Value::Unknown(_) => false,
            Value::Secret(reference) => recorded.and_then(Mark::of).is_some_and(|mark| {
                mark.is_of(reference)
                    && mark.fingerprint.is_none_or(|was| self.has_fingerprint(field, readable, was))
            }),
            Value::Sensitive(inner) if self.recalled && **inner == Value::Null => recorded
                .and_then(Mark::of)
                .and_then(|mark| mark.fingerprint)
                .is_some_and(|was| self.has_fingerprint(field, readable, was)),
            Value::Sensitive(inner) if readable.is_some() => {
                self.holds(field, marks, inner, recorded, observed)
            }
            Value::Sensitive(inner) if has_named_fields(field, inner) => {
                self.holds(field, Marks { sensitive: true, ..marks }, inner, recorded, observed)
            }
            Value::Sensitive(inner) => self.was(field, inner, recorded),
            _ if marks.sensitive && readable.is_none() && !has_parts(field, desired) => {
                self.was(field, desired, recorded)
            }
            Value::Map(_) => self.holds_map(field, marks, desired, recorded, observed),
            Value::List(items) => match &field.shape {
                Shape::List { collection: collection @ (Collection::Set | Collection::Keyed(_)), .. } => {
                    self.holds_elements(field, marks, collection, items, recorded, observed)
                }
                _ => self.holds_list(field, marks, items, recorded, observed),
            },
            plain => {
                present(field, observed).map_or(*plain == Value::Null, |there| same_scalar(plain, there))
            }
        }
    }

    /// Whether what is there is the field's default, or nothing where there is no default.
    pub(super) fn is_default(&self, field: &Field, marks: Marks, observed: Option<&Json>) -> bool {
        match (&field.default, present(field, observed)) {
            (_, None) | (FieldDefault::Provider, _) => true,
            (FieldDefault::Absent, Some(_)) => false,
            (FieldDefault::Value(default), observed) => {
                let readable = Marks { write_only: false, ..marks };
                self.holds(field, readable, &Value::from_json(default), None, observed)
            }
        }
    }

    fn has_fingerprint(&self, field: &Field, readable: Option<&Json>, was: &str) -> bool {
        readable.is_none_or(|there| {
            // What state kept of it is its fingerprint alone.
            if let Some(kept) = Mark::of(there).and_then(|mark| mark.fingerprint) {
                return kept == was;
            }
            let there = Value::from_json(there);
            !has_one_form(field) || fingerprint_of(field, &there, self.fingerprint).as_deref() == Some(was)
        })
    }

    fn was(&self, field: &Field, desired: &Value, recorded: Option<&Json>) -> bool {
        let was = recorded.and_then(Mark::of).and_then(|mark| mark.fingerprint);
        was.is_some_and(|was| fingerprint_of(field, desired, self.fingerprint).as_deref() == Some(was))
    }

    /// Every key is there with its value, and no other: what a schema has a default for may be left
    /// out on either side.
    fn holds_map(
        &self,
        field: &Field,
        marks: Marks,
        desired: &Value,
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) -> bool {
        let there = match (observed, &field.shape) {
            (Some(there @ Json::Object(_)), _) => Some(there),
            (None, Shape::Map { .. }) => None,
            _ => return false,
        };
        let declared = |key: &str| desired.get(key).filter(|value| **value != Value::Null);
        let left_out = |field: &Field, key: &str| {
            let marks = marks.below(field);
            self.is_default(field, marks, member(there, key)) || marks.write_only
        };
        let holds = |field: &Field, key: &str, value: &Value| {
            let marks = marks.below(field);
            let default = match &field.default {
                FieldDefault::Value(default) if !marks.write_only && !marks.sensitive => Some(default),
                _ => None,
            };
            self.holds(field, marks, value, member(recorded, key), member(there, key).or(default))
        };
        if let Some(fields) = field.fields() {
            return fields.iter().all(|(name, field)| match declared(name) {
                Some(value) => holds(field, name, value),
                None => left_out(field, name),
            });
        }
        let keys = desired.as_map().into_iter().flat_map(|map| map.keys()).map(AsRef::as_ref);
        let others =
            there.and_then(Json::as_object).into_iter().flat_map(|map| map.keys()).map(String::as_str);
        keys.chain(others).all(|key| match (part_of(field, key), declared(key)) {
            (Some(field), Some(value)) => holds(field, key, value),
            // A key has no default: what is there beyond the declared ones is a difference.
            (Some(_), None) => member(there, key).is_none(),
            (None, _) => true,
        })
    }

    fn holds_list(
        &self,
        field: &Field,
        marks: Marks,
        desired: &[Value],
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) -> bool {
        let there = match (observed, &field.shape) {
            (Some(Json::Array(there)), _) => there.as_slice(),
            (None, Shape::List { .. }) => &[],
            _ => return false,
        };
        let recorded = recorded.and_then(Json::as_array).filter(|recorded| recorded.len() == desired.len());
        let item = item_of(field);
        there.len() == desired.len()
            && desired.iter().zip(there).enumerate().all(|(index, (desired, there))| {
                let recorded = recorded.map(|recorded| &recorded[index]);
                self.holds(item, marks.below(item), desired, recorded, Some(there))
            })
    }

    fn holds_elements(
        &self,
        field: &Field,
        marks: Marks,
        collection: &Collection,
        desired: &[Value],
        recorded: Option<&Json>,
        observed: Option<&Json>,
    ) -> bool {
        let item = item_of(field);
        // Nothing here is printed, so identities may be of values that must not be shown.
        let plain: Vec<Value> = desired.iter().map(exposed).collect();
        let Ok(elements) = identified(item, collection, &plain) else {
            return self.holds_list(field, marks, desired, recorded, observed);
        };
        let recorded = identified_json(item, collection, recorded);
        let there = identified_json(item, collection, observed);
        there.len() == elements.len()
            && elements.iter().all(|(identity, element)| {
                there.get(identity).is_some_and(|there| {
                    let recorded = recorded.get(identity).copied();
                    self.holds(item, marks.below(item), element, recorded, Some(there))
                })
            })
    }
}

/// The element itself, where it is sensitive as a whole.
fn exposed(element: &Value) -> Value {
    match element {
        Value::Sensitive(inner) => (**inner).clone(),
        other => other.clone(),
    }
}

fn same_scalar(desired: &Value, there: &Json) -> bool {
    match (desired, there) {
        (Value::Integer(n), Json::Number(m)) if m.is_i64() => m.as_i64() == Some(*n),
        #[allow(clippy::cast_precision_loss, reason = "the other one is a float already")]
        (Value::Integer(n), Json::Number(m)) => m.as_f64() == Some(*n as f64),
        (Value::Float(n), Json::Number(m)) => m.as_f64() == Some(*n),
        (Value::String(text), Json::String(other)) => **text == **other,
        (Value::Bool(b), Json::Bool(other)) => b == other,
        (Value::Null, Json::Null) => true,
        _ => false,
    }
}
