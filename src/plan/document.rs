//! The plan as a plain value: what people approve, what is saved, and what `apply` walks.

use serde::{Deserialize, Serialize};

use crate::graph::NodeIndex;
use crate::model::{Action, Address, Digest, FieldChange, PhysicalId, Value};

/// The version of a plan's stored form. A newer one is refused by name.
pub const FORMAT_VERSION: u32 = 1;

/// What is to be done in one environment, in an order that can be walked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub format_version: u32,
    pub environment: String,
    /// Of every text that the environment's graph was made of.
    pub configuration: Digest,
    /// The serial of the state that it was made from.
    pub state_serial: u64,
    /// Whether it removes everything.
    pub destroy: bool,
    /// Each after all that it waits for.
    pub operations: Vec<Operation>,
    /// How many resources stay as they are.
    pub unchanged: usize,
    /// The longest chain of operations, in milliseconds, from typical durations.
    pub estimate_ms: u64,
    /// The sum of list prices of all resources before and after, in US dollars a month.
    pub usd_per_month_before: f64,
    pub usd_per_month_after: f64,
    /// What people should know and what doesn't stop it.
    pub warnings: Vec<String>,
}

/// One node of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    pub address: Address,
    /// The kind of a resource, `check` for a check.
    pub kind: String,
    pub action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Why, most telling first.
    pub reasons: Vec<Reason>,
    /// The line that asks for it, such as `phases/1-cluster.yaml:12:5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its node in the workspace's graph; what isn't declared any more has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<NodeIndex>,
    /// What it is about, where that exists already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<PhysicalId>,
    /// What the configuration asks for, with holes where it isn't known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// Set on both halves of a replacement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Replacement>,
    /// The deletion is of an object that a replacement left behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deposed: bool,
    /// Parts of what is asked for wait for values of earlier operations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deferred: bool,
    /// The positions of the operations that come before it.
    pub waits_for: Vec<usize>,
    /// How long it takes, typically, in milliseconds.
    pub estimate_ms: u64,
    pub usd_per_month_before: f64,
    pub usd_per_month_after: f64,
}

impl Plan {
    /// Whether carrying it out changes anything.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.operations.iter().any(Operation::is_change)
    }

    /// What a run names to say that it carries out this plan.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // A plan is plain data, so that writing it can't fail.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Operation {
    /// Whether the world, or what stands for what in it, is another one afterwards. To check, to read
    /// and to take note of something are no changes.
    #[must_use]
    pub fn is_change(&self) -> bool {
        !matches!(self.action, Action::Check | Action::Read) && !self.is_bookkeeping()
    }

    /// Whether only state is to know of something that is so already.
    #[must_use]
    pub fn is_bookkeeping(&self) -> bool {
        self.action == Action::Update && self.changes.is_empty() && self.reasons == [Reason::Unrecorded]
    }
}

/// In which order the two halves of a replacement go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    DeleteFirst,
    CreateFirst,
}

/// Why an operation is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It is declared and not in state.
    New,
    /// It is in state and no longer declared.
    NoLongerDeclared,
    /// Fields differ, as `changes` say.
    Differs,
    /// It is as its lines say, and state doesn't know yet that they say so.
    Unrecorded,
    /// A field that can't be changed in place differs.
    Immutable { field: String },
    /// `--replace` asks for it.
    Requested,
    /// Everything is to go.
    Destroy,
    /// An earlier operation left it unusable.
    Tainted { why: String },
    /// It is in state and gone from the world.
    Missing,
    /// A replacement left it behind.
    Deposed,
    /// `moved` gives it another address.
    Moved { from: Address },
    /// `adopt` or `import` names an existing thing.
    Adopted,
    /// What it lives in, or depends on by its identity, is replaced.
    ContainerReplaced { container: Address },
    /// Something before the check changes.
    BeforeItChanges,
    /// The check's evidence is older than it may be, or there is none.
    EvidenceDue,
    /// The resource is declared with `lookup`.
    Lookup,
}
