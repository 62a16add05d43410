//! Amazon CloudWatch: alarms on what AWS itself measures, and how it is shown.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/>

pub mod alarm;
mod alarm_rules;
pub mod dashboard;
mod metric;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<alarm::Alarm>();
    registry.add::<dashboard::Dashboard>();
}
