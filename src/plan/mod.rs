//! Desired x recorded x observed -> ordered operations. Pure: no target, no store, no clock.
//!
//! Planning decides everything; applying a plan only walks it.

mod diff;
mod document;

pub use diff::{Sides, diff, drift, is_state_only, merge, record, record_fetched};
pub use document::{FORMAT_VERSION, Operation, Plan, Reason, Replacement};
