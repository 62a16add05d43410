//! Amazon Simple Notification Service: who hears of what.
//! <https://docs.aws.amazon.com/sns/latest/api/>

pub mod subscription;
pub mod topic;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<subscription::Subscription>();
    registry.add::<topic::Topic>();
}
