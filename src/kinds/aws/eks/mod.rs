//! Amazon EKS: Kubernetes control planes and their nodes.
//! <https://docs.aws.amazon.com/eks/latest/APIReference/>

pub mod access_entry;
pub mod addon;
pub mod cluster;
pub mod cluster_config;
mod cluster_rules;
mod id;
mod names;
pub mod node_group;
mod node_group_rules;
mod node_prices;
pub mod pod_identity_association;
mod version;

use crate::kinds::{Cloud, Kind, Registry};
use crate::model::Json;

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<access_entry::AccessEntry>()
        .add::<addon::Addon>()
        .add::<cluster::Cluster>()
        .add::<node_group::NodeGroup>()
        .add::<pod_identity_association::PodIdentityAssociation>();
}

/// The attributes of every thing of a kind in the region that the call goes to.
fn all_here<'a>(cloud: &'a dyn Cloud, kind: &'a str) -> impl Iterator<Item = &'a Json> {
    cloud
        .all(kind)
        .into_iter()
        .filter(|object| object.region == cloud.region())
        .map(|object| object.attributes)
}

/// The attributes of the cluster of a name, in the region that the call goes to.
fn cluster_here<'a>(cloud: &'a dyn Cloud, name: &str) -> Option<&'a Json> {
    all_here(cloud, cluster::Cluster::TYPE).find(|cluster| cluster["name"] == name)
}
