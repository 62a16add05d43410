//! Amazon Elastic Container Registry.
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/>

mod lifecycle;
pub mod replication_configuration;
pub mod repository;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<replication_configuration::ReplicationConfiguration>().add::<repository::Repository>();
}
