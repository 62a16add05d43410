//! Amazon CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/>

pub mod delivery;
pub mod delivery_destination;
pub mod delivery_source;
pub mod log_group;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<delivery::Delivery>()
        .add::<delivery_destination::DeliveryDestination>()
        .add::<delivery_source::DeliverySource>()
        .add::<log_group::LogGroup>();
}
