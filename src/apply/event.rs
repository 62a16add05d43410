//! What happens during an apply, for those who show it.

use crate::model::{Address, PhysicalId};

/// One thing that happened. `operation` is a position in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Started {
        operation: usize,
        address: Address,
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
        operation: usize,
        id: Option<PhysicalId>,
    },
    Failed {
        operation: usize,
        error: String,
    },
    /// It wasn't tried because of another's failure.
    Skipped {
        operation: usize,
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
