//! What the log is made of: one record for each thing that a run promises or learns.
//!
//! A new variant or a new meaning takes a new format version, because an older Ninefold must refuse
//! what it doesn't understand.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Resource, StateDocument};
use crate::model::{Address, Digest, Json, OperationId, PhysicalId, Scope};

/// One record of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// Whoever wrote before may write no longer. Since format version 2.
    Epoch { epoch: u64, holder: String, reason: String },
    /// A run begins. One that never ends was killed.
    Run(RunRecord),
    /// A run is over.
    End { run: OperationId, outcome: RunOutcome },
    /// A call that changes the world is about to be made.
    Intent(Arc<IntentRecord>),
    /// A create call returned the id of what it made, ready or not.
    Created { operation: OperationId, id: PhysicalId },
    /// An operation is over: its intent is no longer open.
    Outcome {
        operation: OperationId,
        result: CallResult,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        entries: Vec<Entry>,
    },
    /// State changed without a call: an adoption, a move, a refresh, `state rm`.
    Change { reason: String, entries: Vec<Entry> },
    /// State is as a document says, whatever it was before: `state push`. Since format version 2.
    Set { reason: String, state: Arc<StateDocument> },
    /// State is kept in another store from here on, and nothing comes after this. Since format version
    /// 2.
    Moved { to: String },
}

/// The beginning of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub run: OperationId,
    /// The command as it was given, without secrets.
    pub command: String,
    /// Who runs it, for people.
    pub holder: String,
    pub started_unix_ms: i64,
    /// The plan that it carries out: the same plan may go on after a kill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Digest>,
    /// The configuration that the plan was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<Digest>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything that was planned is done.
    Succeeded,
    /// Some of it failed, and the rest is done.
    Partial,
    /// Nothing is done.
    Failed,
    /// It was asked to stop; operations may be left open.
    Interrupted,
}

/// What is about to be done, so that it can be found out after a crash whether it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntentRecord {
    /// The mark of authorship: the idempotency token, tag or name that the call carries.
    pub operation: OperationId,
    pub run: OperationId,
    pub address: Address,
    pub step: StepKind,
    pub kind: String,
    pub kind_version: u32,
    #[serde(default)]
    pub scope: Scope,
    /// What will be recorded when it succeeds, sensitive values replaced by fingerprints.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub desired: Json,
    /// What it comes after; recovery records the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Address>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retain: bool,
}

/// What kind of call it is, and of what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Create {
        /// Of kinds that are known by a name: whether the name was free before the call. What was
        /// there before is never taken for ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was_free: Option<bool>,
    },
    Update {
        id: PhysicalId,
    },
    Delete {
        id: PhysicalId,
        /// Whether it is a former object of its address.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deposed: bool,
    },
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    Succeeded,
    Failed {
        error: String,
        /// The API's own name of the error, such as `DependencyViolation`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
}

/// One change of the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// An address stands for this object. If it stood for another, that one has to be deposed or
    /// removed first, so that none is lost by being overwritten.
    Put(Arc<Resource>),
    /// An address stands for nothing any more; its deposed objects stay.
    Remove { address: Address },
    /// The object of an address has a successor and is still to be deleted.
    Depose { address: Address, operation: OperationId },
    /// A deposed object is gone.
    RemoveDeposed { address: Address, id: PhysicalId },
    /// An object has another address. Renames that follow one another happen at once, so that two
    /// addresses can change places.
    Rename { from: Address, to: Address },
}
