//! What people and programs read: plans, progress, drift, errors, as text and in the documented
//! machine forms.
//!
//! Everything here turns a plain value into a `String` or JSON. Nothing prints, asks the terminal or
//! knows a clock: that is the CLI's business, which hands in a [`Look`].

pub mod checks;
pub mod cost;
pub mod counts;
pub mod diagnostics;
pub mod drift;
pub mod graph;
pub mod kind;
pub mod plan;
pub mod plan_json;
pub mod progress;
pub mod summary;
pub mod table;

mod look;
mod symbol;
mod value;
mod wrap;

pub use look::{Look, counted, cut_at_the_end, cut_in_the_middle, dollars, time, width};
