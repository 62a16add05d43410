//! Carrying out a plan: every operation is journalled before and after its calls, what was
//! interrupted is recovered, and nothing is decided that the plan hasn't.
//!
//! Knows no provider, only [`Target`](crate::kinds::Target); no expressions, only
//! [`Evaluate`](crate::graph::Evaluate); no checks, only a [`Gate`].

mod agree;
mod change;
mod check;
mod context;
mod create;
mod event;
mod recover;
mod remove;
mod resolve;
mod resume;
mod retry;
mod run;
mod scheduler;
mod settle;

pub use context::{Gate, GateAnswer, GateQuestion, Secrets, Setting};
pub use event::{Event, Events};
pub use recover::{Recovered, recover};
pub use run::{Options, Resume, Summary, apply};

use crate::kinds::CallError;
use crate::model::{Address, FieldPath};
use crate::state::StateError;

/// Why an operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// The target refused, or couldn't be reached.
    #[error("{0}")]
    Call(#[from] CallError),
    /// It is taking longer than it may.
    #[error("it isn't {goal} after {waited_s} s: the provider says {status}")]
    Timeout { goal: &'static str, waited_s: u64, status: String },
    /// The provider says that it will never get ready.
    #[error("the provider gave up: {reason}")]
    GaveUp { reason: String },
    /// It isn't there, and should be.
    #[error("it is gone")]
    Gone,
    /// Somebody changed, since the plan was made, what the plan changes.
    #[error("`{path}` was changed since the plan was made")]
    Moved { path: FieldPath },
    /// What is asked for differs from what was approved, now that everything is known.
    #[error("`{path}` isn't what the plan says, now that everything is known")]
    Disagrees { path: FieldPath },
    /// Something of that name is there, and nobody knows that it is ours.
    #[error("there is one already, with the id {id}")]
    Taken { id: String },
    /// An earlier run was interrupted at it, and what became of that can't be told yet.
    #[error("an earlier run was interrupted at it, and what became of that can't be told yet")]
    Uncertain,
    /// More than one thing was made by one operation.
    #[error("one operation made several: {}", ids.join(", "))]
    Duplicates { ids: Vec<String> },
    /// Its expressions fail.
    #[error("{0}")]
    Expression(String),
    /// It reads something that only a fingerprint is known of.
    #[error("{0}")]
    OnlyFingerprint(Box<OnlyFingerprint>),
    /// A secret can't be had.
    #[error("{0}")]
    Secret(String),
    /// A check isn't true in time.
    #[error("{0}")]
    Check(String),
    /// The plan doesn't fit the configuration or the state.
    #[error("{0}")]
    Plan(String),
    /// State can't be written any more: nothing else may be done.
    #[error("{0}")]
    State(#[from] StateError),
}

impl Failure {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        use crate::kinds::ErrorKind;
        let text = match self {
            Failure::Call(error) => match error.kind {
                ErrorKind::Denied => "`ninefold explain KIND` lists the rights that it takes",
                ErrorKind::Quota => "ask for a higher quota, or remove something, and apply again",
                ErrorKind::Unreachable => "apply again once it can be reached",
                ErrorKind::Conflict => "remove what depends on it, or apply again when it isn't busy",
                ErrorKind::Throttled | ErrorKind::Transient => "apply again",
                _ => return None,
            },
            Failure::Timeout { .. } => "apply again to go on waiting, or raise its `timeouts`",
            Failure::GaveUp { .. } => "the next plan replaces it",
            Failure::Gone | Failure::Moved { .. } | Failure::Disagrees { .. } => "plan again",
            Failure::Taken { .. } => "give it another name, or take the existing one over with `adopt`",
            Failure::OnlyFingerprint(read) => {
                return Some(format!(
                    "give the field the secret's own reference (`secret: {{ from: … }}`), or set it anew by \
                     `ninefold apply --replace '{}'`",
                    read.owner
                ));
            }
            Failure::Uncertain => "apply again once it can be reached",
            Failure::Duplicates { .. } => "import the right one and delete the others",
            Failure::State(StateError::Fenced { .. } | StateError::LeaseLost { .. }) => {
                "somebody else applies: wait, then plan again"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// The provider's name of the error.
    fn code(&self) -> Option<String> {
        match self {
            Failure::Call(error) => Some(error.code.clone()),
            _ => None,
        }
    }
}

/// A value that is read, and that only a fingerprint is known of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is read ({place}), and only a fingerprint of it is known: {why}")]
pub struct OnlyFingerprint {
    /// What is read.
    pub path: String,
    /// Where it is read, as file and line.
    pub place: String,
    /// Whose value it is.
    pub owner: Address,
    pub why: String,
}

/// What an operation failed at.
#[derive(Debug, Clone)]
pub struct Failed {
    pub address: Address,
    pub action: crate::model::Action,
    pub failure: Failure,
}
