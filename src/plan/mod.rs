//! Desired x recorded x observed -> ordered operations. Pure: no target, no store, no clock.
//!
//! Planning decides everything; applying a plan only walks it.

mod document;

pub use document::{FORMAT_VERSION, Operation, Plan, Reason, Replacement};
