//! Amazon CloudWatch Logs.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/>

pub mod log_group;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<log_group::LogGroup>();
}
