//! The end of an apply: what was done, what failed and why, and what was not tried because of it.

use super::Look;
use crate::model::{Action, Address, Json};

/// How an apply went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApplySummary {
    pub done: Vec<Done>,
    pub failed: Vec<Failure>,
    pub not_tried: Vec<NotTried>,
    /// It was asked to stop.
    pub interrupted: bool,
    /// How long it took on the world's clock, where that isn't the wall's.
    pub virtual_ms: Option<u64>,
    pub wall_ms: u64,
    /// What was taken up from an earlier run, a sentence each.
    pub recovered: Vec<String>,
}

/// An operation that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub address: Address,
    pub action: Action,
    pub duration_ms: u64,
}

/// An operation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub address: Address,
    pub action: Action,
    /// What the provider said.
    pub error: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// An operation that was never started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTried {
    pub address: Address,
    pub action: Action,
    /// The failure that it would have had to come after; absent after an interruption.
    pub because: Option<Address>,
}

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The summary for people.
#[must_use]
pub fn human(_summary: &ApplySummary, _look: Look) -> String {
    String::new()
}

/// The summary for programs.
#[must_use]
pub fn json(_summary: &ApplySummary) -> Json {
    Json::Null
}
