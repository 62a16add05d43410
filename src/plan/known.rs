//! What others may read of a resource, given what is to be done with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::Known;
use crate::kinds::{AnyKind, FieldDefault, Profile};
use crate::model::{FieldChange, Json, Value};

/// Attributes as they were read; what is sensitive, or was when it was set, stays concealed.
#[must_use]
pub fn of_observed(kind: &dyn AnyKind, observed: &Json, recorded: Option<&Json>) -> Known {
    let attributes = match super::hide(kind.observed(), observed, recorded) {
        Value::Map(attributes) => attributes,
        _ => BTreeMap::new(),
    };
    Known { attributes, others_unknown: false }
}

/// Of a resource that is to be made: the fields that it sets, and the defaults of those it doesn't.
pub(super) fn of_creation(kind: &dyn AnyKind, desired: &Value) -> Known {
    let mut known: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    for (name, field) in kind.spec().fields().into_iter().flatten() {
        match (desired.get(name), &field.default) {
            (Some(Value::Null) | None, FieldDefault::Value(default)) => {
                known.insert(name.clone(), Value::from_json(default));
            }
            // What the provider fills in around a value isn't known: a map or a list is taken as it
            // is only where nobody else adds to it.
            (Some(value), _) if !matches!(value, Value::Null) => {
                known.insert(name.clone(), field.conceal(value.clone()));
            }
            _ => {}
        }
    }
    Known { attributes: known, others_unknown: true }
}

/// Of a resource that is to be updated: what was read, with what changes.
pub(super) fn of_update(
    kind: &dyn AnyKind,
    observed: &Json,
    recorded: Option<&Json>,
    desired: &Value,
    changes: &[FieldChange],
    profile: &Profile,
) -> Known {
    let mut known = of_observed(kind, observed, recorded);
    // What others have added around a value of ours stays there.
    let merged = kind.project(observed).map(|spec| super::merge(kind.spec(), &spec, changes)).ok();
    let changed: Vec<&str> = changes.iter().filter_map(|change| change.path.first_key()).collect();
    for name in &changed {
        match (desired.get(name), kind.spec().field(name)) {
            (Some(value), Some(field)) if !matches!(value, Value::Null) => {
                let plain = value.is_known() && !value.is_sensitive();
                let merged = merged.as_ref().and_then(|spec| spec.get(name)).filter(|_| plain);
                let value = merged.map_or_else(|| value.clone(), Value::from_json);
                known.attributes.insert((*name).into(), field.conceal(value));
            }
            _ => {
                let waits = crate::model::Unknown::new(vec![(*name).to_owned()]);
                known.attributes.insert((*name).into(), Value::Unknown(waits));
            }
        }
    }
    for computed in &profile.computed {
        if computed.changes_with.iter().any(|field| changed.contains(field)) {
            let waits = crate::model::Unknown::new(vec![computed.attribute.to_owned()]);
            known.attributes.insert(computed.attribute.into(), Value::Unknown(waits));
        }
    }
    known
}
