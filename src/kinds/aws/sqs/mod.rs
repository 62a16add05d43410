//! Amazon Simple Queue Service.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/>

pub mod queue;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<queue::Queue>();
}
