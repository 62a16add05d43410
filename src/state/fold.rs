//! The pure function from records to state.
//!
//! It refuses what can't have happened (an outcome without its intent, an object that would be lost
//! by being overwritten), and names the object that it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Deposed, IntentRecord, Resource, RunOutcome, RunRecord};
use crate::model::{Address, OperationId, PhysicalId};

/// What the records of a log amount to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The serial of the last log object in it; 0 before the first.
    pub serial: u64,
    pub resources: BTreeMap<Address, Arc<Resource>>,
    /// Former objects that are still to be deleted, oldest first. An address can have some without
    /// standing for a resource.
    pub deposed: BTreeMap<Address, Vec<Deposed>>,
    /// Operations that may have been carried out, in part or in full.
    pub open: BTreeMap<OperationId, OpenIntent>,
    pub last_run: Option<LastRun>,
}

/// An operation without outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenIntent {
    pub intent: Arc<IntentRecord>,
    /// What a create call is known to have made.
    pub created: Option<PhysicalId>,
}

/// The run that was last begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    pub run: RunRecord,
    /// Absent while it goes on, and after it was killed.
    pub outcome: Option<RunOutcome>,
}

/// A record that can't have come after those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {problem}")]
pub struct FoldError {
    /// The address, operation or run.
    pub subject: String,
    pub problem: String,
}
