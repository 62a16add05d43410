//! A plan.
use super::Look;
use crate::plan::Plan;

/// How much of a plan to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// How many fields of a creation are shown.
    pub fields: usize,
}

/// For people.
#[must_use]
pub fn human(_plan: &Plan, _detail: Detail, _look: Look) -> String {
    String::new()
}
