//! AWS Budgets.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Budgets.html>

pub mod budget;

mod budget_rules;
mod notification;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<budget::Budget>();
}
