//! Amazon ElastiCache: caches of Valkey and Redis.
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/>

pub mod engine;
pub mod global_replication_group;
pub mod log_delivery;
mod node_prices;
mod node_type;
pub mod parameter_group;
mod parameters;
pub mod replication_group;
mod replication_group_rules;
pub mod subnet_group;
pub mod user;
pub mod user_group;

use crate::kinds::{Cloud, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<global_replication_group::GlobalReplicationGroup>()
        .add::<parameter_group::ParameterGroup>()
        .add::<replication_group::ReplicationGroup>()
        .add::<subnet_group::SubnetGroup>()
        .add::<user::User>()
        .add::<user_group::UserGroup>();
}

/// Whether something of a kind has that name already in the region that the call goes to.
fn is_taken(cloud: &dyn Cloud, kind: &str, field: &str, name: &str) -> bool {
    cloud.all(kind).into_iter().any(|other| other.region == cloud.region() && other.attributes[field] == name)
}
