//! Amazon EventBridge.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/>

mod pattern;
pub mod rule;
mod schedule;
mod target;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<rule::Rule>();
}
