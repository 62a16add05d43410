//! AWS, by its official SDK: one file of calls for each kind, at the path of its pure half.
//!
//! Nothing here retries. The engine does: it alone knows the budget, the lease, and whether a
//! repeated call could make a second thing.

pub mod clients;
pub mod ec2;
pub mod eks;
pub mod s3;

mod error;
mod marks;
mod words;

use std::sync::Arc;

use super::calls::CallTable;
use crate::world::World;
use clients::Clients;

/// The calls of every AWS kind, with the credentials and endpoint of `clients`.
#[must_use]
pub fn target(world: World, clients: Clients) -> CallTable {
    let clients = Arc::new(clients);
    CallTable::new(world)
        .with(ec2::security_group::SecurityGroups::new(clients.clone()))
        .with(eks::cluster::Clusters::new(clients.clone()))
        .with(s3::bucket::Buckets::new(clients))
}
