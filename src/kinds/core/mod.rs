//! Kinds that need nothing but Ninefold itself.

pub mod cost;
pub mod value;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<cost::Cost>();
    registry.add::<value::Value>();
}
