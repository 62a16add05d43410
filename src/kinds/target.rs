//! What a target does to resources, over JSON values: implemented by `targets/`, used by the engine.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::{Address, FieldChange, Json, OperationId, PhysicalId, SecretReference};
pub use crate::model::{Connection, Scope};

/// Why a call is made, and for what: journalled before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The idempotency token where the API has one, and the mark of authorship always.
    pub operation: OperationId,
    pub environment: String,
    pub address: Address,
    pub kind: String,
    pub scope: Scope,
    /// The spec as state keeps it: for a target that writes down what it is told, what of it must not
    /// be written.
    pub recorded: Json,
}

/// How a call ended that didn't succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub kind: ErrorKind,
    /// The API's own name of the error, such as `DependencyViolation`.
    pub code: String,
    pub message: String,
    /// Whether the call can have had its effect all the same.
    pub effect: Effect,
    /// How long the API asks to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// What to make of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Too many calls: wait and call again.
    Throttled,
    /// A fault that passes: a 5xx, a cut connection, a time-out.
    Transient,
    /// What the call is about isn't there.
    NotFound,
    /// Something of that name is there already.
    AlreadyExists,
    /// The thing is busy, or something still depends on it: wait and call again.
    Conflict,
    /// The rights don't suffice.
    Denied,
    /// A quota is used up.
    Quota,
    /// The region or cluster can't be reached.
    Unreachable,
    /// The request itself is wrong.
    Invalid,
    /// This target doesn't know this kind.
    Unsupported,
}

/// Whether a call that failed can have changed the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It was refused.
    None,
    /// Its answer was lost: it may have been carried out.
    Unknown,
}

impl CallError {
    /// An error that says the call was refused.
    #[must_use]
    pub fn refused(kind: ErrorKind, code: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            effect: Effect::None,
            retry_after_ms: None,
        }
    }

    /// An error after which nobody knows whether the call had its effect.
    #[must_use]
    pub fn unanswered(code: &str, message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Transient,
            code: code.to_owned(),
            message: message.into(),
            effect: Effect::Unknown,
            retry_after_ms: None,
        }
    }
}

pub type Answer<T> = Result<T, CallError>;

/// What `find` knows of an operation that may have created something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It made these; more than one is a duplicate that somebody has to look at.
    Found(Vec<PhysicalId>),
    /// It made nothing, for certain.
    Absent,
    /// Nothing is seen, and what was made may not be visible yet: ask again after so long.
    TooEarly(Duration),
}

/// What a create call returns: at once, whether the thing is ready or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub id: PhysicalId,
}

/// What an operation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// It is there and does its work.
    Ready,
    /// It is gone.
    Gone,
}

/// How far the provider is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settling {
    /// The goal is reached.
    Done,
    /// Not yet; ask again after so long. `status` is the provider's own word, such as `CREATING`.
    Waiting { status: String, ask_again: Duration },
    /// It will never get there.
    Failed { reason: String },
}

/// The changes of one update.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub fields: Vec<FieldChange>,
    /// The whole spec as it is to be: what is observed, with the changes made.
    pub spec: Json,
}

impl Changes {
    /// Whether anything at or below a top-level field changes.
    #[must_use]
    pub fn touches(&self, field: &str) -> bool {
        self.fields.iter().any(|change| change.path.first_key() == Some(field))
    }
}

/// Which resources a listing is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those that carry our tags for an environment.
    Environment(String),
}

/// A question that a check asks. Targets answer those of their own kind; the rest are the checks
/// module's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Such as `nodes`, `pod_schedules`, `attribute`.
    pub kind: String,
    pub scope: Scope,
    /// What it asks about, in the probe's own terms.
    pub question: Json,
}

/// What a probe saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// Whether what was asked for is so; absent where the probe only measures, and the check's own
    /// bound decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<f64>,
    /// The figure's unit, such as `ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The measured figure or state, in words: `3 of 3 nodes ready`.
    pub seen: String,
}

/// The reading half: all that `drift` and `plan` have of a target.
#[async_trait]
pub trait Reading: Send + Sync {
    /// What an operation has made. Asked only for creates that were interrupted.
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence>;

    /// The attributes of each id, in order; `None` for one that isn't there.
    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>>;

    /// The resources of a kind that a filter admits.
    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>>;

    /// How far the provider is with what was last asked of it. Polled, with pauses between.
    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling>;

    /// Asks the question of a check.
    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult>;

    /// The value of a secret that a store of this target keeps, whole. `scope` is that of the
    /// resource which needs it.
    async fn secret(&self, reference: &SecretReference, _scope: &Scope) -> Answer<String> {
        Err(CallError::refused(
            ErrorKind::Unsupported,
            "NoSecretStore",
            format!("this target keeps no secrets, and so not {}", reference.name),
        ))
    }
}

/// The whole of a target.
#[async_trait]
pub trait Target: Reading {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created>;

    /// `observed` are the attributes as they were just read.
    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        observed: &Json,
        changes: &Changes,
    ) -> Answer<()>;

    /// `recorded` is what was last set.
    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()>;

    /// Gives a resource the marks of its address and operation, as after a move or an adoption.
    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()>;
}
