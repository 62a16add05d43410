//! What is there, and how it differs from what was last set.
//!
//! Has only the reading half of a target and of state in its hands: nothing here can change
//! anything. Knows no expressions, and no form that a result is shown in.

mod compare;
mod refresh;

pub use compare::{Difference, Drifted, compare, ignored, unmanaged};
pub use refresh::refresh;
