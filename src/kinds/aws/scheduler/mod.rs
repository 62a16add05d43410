//! Amazon EventBridge Scheduler.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/>

pub mod schedule;
mod target;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<schedule::Schedule>();
}
