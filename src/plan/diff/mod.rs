//! The three-way difference of one resource: what the configuration asks for, what was last set,
//! and what is there. It knows nothing of other resources, of kinds by name, or of how a change is made.

use crate::kinds::Field;
use crate::model::{Changed, FieldChange, FieldPath, Json, Value};

/// What the configuration, the state and the world say of one resource.
pub struct Sides<'a> {
    /// Of the kind's spec.
    pub schema: &'a Field,
    /// What the configuration asks for: a map, with holes.
    pub desired: &'a Value,
    /// What was last set, as [`record`] wrote it; nothing of an adopted or imported resource.
    pub recorded: Option<&'a Json>,
    /// The spec that would give what is there; fields that nothing is known of are absent.
    pub observed: &'a Json,
    /// The fields that others own.
    pub ignore: &'a [FieldPath],
    /// The keyed fingerprint of a value that must not be written.
    pub fingerprint: &'a dyn Fn(&Json) -> String,
}

/// What has to change so that the world is as the configuration asks, in the order of paths.
#[must_use]
pub fn diff(_sides: &Sides<'_>) -> Vec<FieldChange> {
    Vec::new()
}

/// How the world differs from what was last set: the rules of [`diff`] with `recorded` in the place
/// of the configuration. A change goes from what is there to what was set.
#[must_use]
pub fn drift(
    _schema: &Field,
    _recorded: &Json,
    _observed: &Json,
    _ignore: &[FieldPath],
    _fingerprint: &dyn Fn(&Json) -> String,
) -> Vec<FieldChange> {
    Vec::new()
}

/// What is to be in the world after `changes`: the observed spec with the changes made.
#[must_use]
pub fn merge(_schema: &Field, observed: &Json, _changes: &[FieldChange]) -> Json {
    observed.clone()
}

/// What state records once `desired` has been set.
#[must_use]
pub fn record(_schema: &Field, desired: &Value, _fingerprint: &dyn Fn(&Json) -> String) -> Json {
    desired.reveal().unwrap_or_default()
}

/// Whether the changes are of the state alone: nothing is to be done in the world.
#[must_use]
pub fn is_state_only(changes: &[FieldChange]) -> bool {
    changes.iter().all(|change| change.changed == Changed::Release)
}
