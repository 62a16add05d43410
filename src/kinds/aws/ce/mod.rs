//! AWS Cost Explorer: anomalies, and the tags that costs are told apart by.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Operations_AWS_Cost_Explorer_Service.html>

pub mod anomaly_monitor;
pub mod anomaly_subscription;
pub mod cost_allocation_tag;

use crate::kinds::Registry;
use crate::kinds::aws::arn::Arn;
use crate::model::PhysicalId;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<anomaly_monitor::AnomalyMonitor>();
    registry.add::<anomaly_subscription::AnomalySubscription>();
    registry.add::<cost_allocation_tag::CostAllocationTag>();
}

/// Reads the Amazon resource name of something of this service.
fn id_of(text: &str, resource: &str) -> Result<PhysicalId, String> {
    let found =
        Arn::of_service(text, "ce").and_then(|arn| arn.resource.strip_prefix(resource)?.strip_prefix('/'));
    match found {
        Some(name) if !name.is_empty() => Ok(PhysicalId::new(text)),
        _ => Err(format!("`{text}` should be like arn:aws:ce::123456789012:{resource}/0a1b2c3d-…")),
    }
}
