//! What is made on the machine that applies.

pub mod file;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<file::File>();
}
