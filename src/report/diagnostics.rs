//! Diagnostics.
use super::Look;
use crate::model::{Diagnostics, Json, Sources};

/// For people.
#[must_use]
pub fn human(_diagnostics: &Diagnostics, _sources: &Sources, _look: Look) -> String {
    String::new()
}

/// For programs.
#[must_use]
pub fn json(_diagnostics: &Diagnostics, _sources: &Sources) -> Json {
    Json::Null
}
