//! The three-way difference of one resource: what the configuration asks for, what was last set,
//! and what is there. It knows nothing of other resources, of kinds by name, or of how a change is
//! made.
//!
//! Only what the configuration sets is ours, down to the key of a map and the element of a list that
//! has no order. What it set once and no longer does goes back to the schema's default; what it never
//! set is others', unless the schema says `exclusive`.

mod canonical;
mod conceal;
mod elements;
mod equal;
mod hide;
mod identity;
mod matching;
mod merge;
mod place;
mod record;
mod restore;
mod walk;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod secret_tests;
#[cfg(test)]
mod tests;

use equal::Comparison;
pub use hide::hide;
pub use matching::matching;
pub use merge::merge;
use place::Place;
pub use record::{fitting, record, record_fetched, sketch};
pub use restore::restore;
use walk::Walk;

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
pub fn diff(sides: &Sides<'_>) -> Vec<FieldChange> {
    compare(sides, false)
}

/// How the world differs from what was last set: the rules of [`diff`] with `recorded` in the place
/// of the configuration. A change goes from what is there to what was set; of a sensitive value, which
/// was never recorded, `to` is a sensitive null.
#[must_use]
pub fn drift(
    schema: &Field,
    recorded: &Json,
    observed: &Json,
    ignore: &[FieldPath],
    fingerprint: &dyn Fn(&Json) -> String,
) -> Vec<FieldChange> {
    let desired = &record::recall(recorded);
    compare(&Sides { schema, desired, recorded: Some(recorded), observed, ignore, fingerprint }, true)
}

fn compare(sides: &Sides<'_>, recalled: bool) -> Vec<FieldChange> {
    let comparison = Comparison { fingerprint: sides.fingerprint, recalled };
    let mut walk = Walk { comparison, ignore: sides.ignore, changes: Vec::new() };
    walk.field(Place::root(sides.schema), Some(sides.desired), sides.recorded, Some(sides.observed));
    walk.changes.sort_by(|a, b| a.path.cmp(&b.path));
    walk.changes
}

/// Whether the changes are of the state alone: nothing is to be done in the world.
#[must_use]
pub fn is_state_only(changes: &[FieldChange]) -> bool {
    changes.iter().all(|change| change.changed == Changed::Release)
}
