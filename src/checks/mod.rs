//! What proves success metrics: asks the questions of checks, judges the answers by their bounds,
//! keeps them as evidence, and prints nothing.
//!
//! The types of the questions are `kinds::probe`'s; whoever is asked is a
//! [`Reading`](crate::kinds::Reading), which can change nothing. State is never written here:
//! evidence has its own folder beside it.

mod ask;
mod due;
mod evidence;
mod gate;
mod judge;
mod log;
mod pin;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod verify;

pub use ask::{Asked, Asker};
pub use due::{doubted, proven};
pub use evidence::{Evidence, Provenance, Record, Verdict};
pub use gate::CheckGate;
pub use judge::Seen;
pub use log::{EvidenceError, EvidenceLog};
pub use pin::pinned;
pub use verify::{Checked, Verification, Verify, verify};
