//! What is to be done with a resource.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The action of one node of a plan. A replacement is two nodes of one address: a `Delete` and a
/// `Create`, joined by an edge in the order that the resource asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Remove it.
    Delete,
    /// Take an existing thing under management without changing it.
    Adopt,
    /// Drop it from state and leave the thing itself alone.
    Forget,
    /// Give it another address.
    Move,
    /// Read a thing that others manage.
    Read,
    /// Prove a success metric.
    Check,
}

impl Action {
    /// Whether carrying it out changes the world outside of state.
    #[must_use]
    pub fn changes_world(self) -> bool {
        matches!(self, Action::Create | Action::Update | Action::Delete)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::Forget => "forget",
            Action::Move => "move",
            Action::Read => "read",
            Action::Check => "check",
        })
    }
}
