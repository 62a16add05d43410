//! Why state can't be read or written: which object, where in it, and what to do.

use std::sync::Arc;

use super::{FoldError, SealError};

/// What is wrong with the state of an environment.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StateError {
    /// It isn't JSON.
    #[error(
        "`{key}` is torn: line {line}, column {column} isn't JSON ({reason}); nothing of it was read. {}",
        restore(key)
    )]
    Torn { key: String, line: usize, column: usize, reason: String },

    /// It ends in the middle.
    #[error(
        "`{key}` is truncated: it ends after {length} bytes, at line {line}, column {column}, in the middle \
         of a record; nothing of it was read. {}",
        restore(key)
    )]
    Truncated { key: String, length: usize, line: usize, column: usize },

    /// It is something else.
    #[error("`{key}` doesn't belong there: {reason}. Ninefold didn't write it like this; {}", lowered(&restore(key)))]
    Foreign { key: String, reason: String },

    /// It has a name that nothing has there.
    #[error(
        "`{key}` is none of Ninefold's objects: its name isn't a serial of 20 digits and `.json`. Take it out of \
         there; nothing of the state is in it"
    )]
    Stray { key: String },

    /// A later Ninefold wrote it.
    #[error(
        "`{key}` has format version {found}, and this Ninefold reads up to {known}: a newer one has written \
         to this state. Update Ninefold to read it"
    )]
    NewerFormat { key: String, found: u64, known: u64 },

    /// A part of the log is missing.
    #[error(
        "`{key}` is missing, although the log goes on until serial {last}: without it nothing after it can \
         be trusted. {}",
        restore(key)
    )]
    Gap { key: String, last: u64 },

    /// It ends before what its last holder has written.
    #[error(
        "`{key}` is missing: the log ends with serial {found}, and the last run had written until serial {expected}. \
         {}",
        restore(key)
    )]
    Shortened { key: String, found: u64, expected: u64 },

    /// The state after a serial isn't known.
    #[error(
        "the state after serial {serial} can't be restored: {reason}. `ninefold state history` shows which can"
    )]
    NotRestorable { serial: u64, reason: Box<StateError> },

    /// It contradicts what came before it.
    #[error("`{key}` contradicts the records before it: {reason}. {}", restore(key))]
    Contradiction { key: String, reason: FoldError },

    /// A commit was refused before it was written, because it contradicts the state.
    #[error(
        "a record contradicts the state and wasn't written: {0}. This is a fault of Ninefold: please report it"
    )]
    Impossible(FoldError),

    /// It is kept elsewhere now.
    #[error(
        "the state of `{environment}` was moved to `{to}`, as `{key}` says: nothing is read or written here any \
         more. Say `state: {to}` in the environment's file, or get its newest version"
    )]
    Moved { environment: String, key: String, to: String },

    /// Another process wrote first.
    #[error(
        "`{key}` was written by {other}: another run changes this environment, and this one has stopped \
         recording. Wait until the other has ended, then run the command again; what was begun is found then"
    )]
    Fenced { key: String, serial: u64, other: String },

    /// Another process writes it now.
    #[error(
        "`{environment}` is being changed by {holder}. Wait until that has ended: --lock-timeout does, and \
         `ninefold state lock` shows more"
    )]
    Locked { environment: String, holder: String },

    /// This process may write no longer.
    #[error(
        "this run has lost its lease of `{environment}`: {why}. It has stopped calling and recording; run the \
         command again: what was begun is found then"
    )]
    LeaseLost { environment: String, why: String },

    /// The file of the lock can't be used.
    #[error("the lock `{path}` can't be taken: {reason}; check the path and your rights to it")]
    Unlockable { path: String, reason: String },

    /// The store doesn't answer as it should.
    #[error("can't {doing} `{key}`: {}", explained(source, hint))]
    Io { doing: &'static str, key: String, source: Arc<object_store::Error>, hint: &'static str },

    /// It is encrypted, and can't be opened; or it should be, and can't be sealed.
    #[error("{0}")]
    Sealed(SealError),

    /// The [`super::WriterLoop`] ended before the commit was written.
    #[error("recording stopped before this was written; run the command again: what was begun is found then")]
    Stopped,
}

impl StateError {
    /// What a store has answered.
    pub(super) fn io(
        doing: &'static str,
        key: &object_store::path::Path,
        source: object_store::Error,
        hint: &'static str,
    ) -> Self {
        match SealError::of(&source) {
            Some(error) => StateError::Sealed(error.clone()),
            None => StateError::Io { doing, key: key.to_string(), source: Arc::new(source), hint },
        }
    }
}

/// What the store says, and what to do about it: the store's own advice, where it has one.
fn explained(source: &object_store::Error, hint: &str) -> String {
    let told = super::store::told(source);
    format!("{}. {}", told.what, told.hint.as_deref().unwrap_or(hint))
}

fn restore(key: &str) -> String {
    if key.contains("/snapshot/") {
        "Delete this snapshot if what is before it is still there: the snapshot before and the log give the same \
         state. Otherwise restore it from a backup or an older version in the store"
            .to_owned()
    } else if key.contains("/lease/") {
        "Delete it if no run goes on: it says who may write, and nothing else".to_owned()
    } else {
        "Restore it from a backup or an older version in the store; a log object is never rewritten, so its \
         first version is the right one. If there is none, `ninefold state history` shows what can be restored \
         without it"
            .to_owned()
    }
}

fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
