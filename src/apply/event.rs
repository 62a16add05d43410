//! What happens during an apply, for those who show it.

use crate::model::{Action, Address, PhysicalId};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Started {
        address: Address,
        action: Action,
        estimate_ms: u64,
    },
    /// The provider's own word on how far it is.
    Status {
        address: Address,
        status: String,
    },
    /// A call is made again, after a fault that passes.
    Retrying {
        address: Address,
        error: String,
        in_ms: u64,
    },
    Finished {
        address: Address,
        action: Action,
        id: Option<PhysicalId>,
        took_ms: u64,
    },
    Failed {
        address: Address,
        action: Action,
        error: String,
    },
    /// It wasn't tried because of another's failure.
    Skipped {
        address: Address,
        action: Action,
        because: Address,
    },
    /// The process was asked to stop.
    Stopping,
}

/// Where events go.
pub trait Events: Sync {
    fn send(&self, event: Event);
}

impl<F: Fn(Event) + Sync> Events for F {
    fn send(&self, event: Event) {
        self(event);
    }
}
