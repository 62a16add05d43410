//! Kinds for people.
use super::Look;
use crate::kinds::AnyKind;

/// The fields of a kind.
#[must_use]
pub fn explain(_kind: &dyn AnyKind, _look: Look) -> String {
    String::new()
}
