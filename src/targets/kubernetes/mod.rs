//! Kubernetes, by server-side apply with the field manager `ninefold`.
//!
//! Nothing here retries: the engine does. A cluster is reached by what `cluster:` says of it, with a
//! token that somebody else makes ([`Tokens`]).

pub mod clients;
pub mod object;

mod apply;
mod error;
mod fields;
mod marks;
mod readiness;
mod sweep;

use std::sync::Arc;

use super::calls::CallTable;
use crate::world::World;
use clients::Clients;
pub use clients::Tokens;

/// The calls of every kind of Kubernetes, with the tokens that `tokens` makes.
#[must_use]
pub fn target(world: World, tokens: Arc<dyn Tokens>) -> CallTable {
    let clients = Arc::new(Clients::new(world.clone(), tokens));
    CallTable::new(world.clone()).with(object::Objects::new(world, clients))
}
