//! Desired x recorded x observed -> ordered operations. Pure: no target, no store, no clock.
//!
//! Planning decides everything; applying a plan only walks it.

mod assemble;
mod bookkeeping;
mod declared;
mod diff;
mod document;
mod input;
pub mod known;
mod planner;
mod removal;
mod selection;

pub use bookkeeping::{bookkeeping, dependencies};
pub use diff::{
    Sides, diff, drift, fitting, hide, is_state_only, matching, merge, record, record_fetched, restore,
    sketch,
};
pub use document::{FORMAT_VERSION, Operation, Plan, Reason, Replacement};
pub use input::{Input, PlanError, Refreshed, Refused, Selection};
pub use planner::plan;
pub use selection::selected;
