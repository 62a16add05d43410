//! Amazon RDS: Aurora databases.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/>

pub mod cluster;
pub mod cluster_parameter_group;
mod cluster_rules;
pub mod engine;
pub mod global_cluster;
pub mod instance;
mod instance_prices;
mod monitoring;
pub mod subnet_group;

use crate::kinds::aws::window::Windows;
use crate::kinds::{Cloud, Refusal, Registry};

/// The windows of clusters and instances.
const WINDOWS: Windows = Windows {
    backup: "preferred_backup_window",
    maintenance: "preferred_maintenance_window",
    least_minutes: 30,
};

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<cluster::Cluster>()
        .add::<cluster_parameter_group::ClusterParameterGroup>()
        .add::<global_cluster::GlobalCluster>()
        .add::<instance::Instance>()
        .add::<subnet_group::SubnetGroup>();
}

/// Whether something of a kind has that name already in the region that the call goes to.
fn is_taken(cloud: &dyn Cloud, kind: &str, field: &str, name: &str) -> bool {
    cloud.all(kind).into_iter().any(|other| other.region == cloud.region() && other.attributes[field] == name)
}

/// How RDS refuses to delete what is protected.
fn protected(what: &str) -> Refusal {
    Refusal::new(
        "InvalidParameterCombination",
        format!("Cannot delete protected {what}, please disable deletion protection and try again."),
    )
}
