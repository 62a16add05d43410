//! What is known of an environment: a log of records over an object store, and the state that they
//! fold to.
//!
//! A [`Reader`] only reads; a [`Writer`] appends, fenced by put-if-absent at the next serial, under a
//! lease that it shows to be alive by. The
//! log is the truth, a snapshot only shortens the reading of it. Nothing here knows kinds, plans or
//! targets, and no secret value ever reaches it: callers put fingerprints in their place.

mod document;
mod error;
mod fingerprint;
mod fold;
mod keys;
mod kms;
mod lease;
mod lock;
mod log;
mod migrate;
mod past;
mod prune;
mod put;
mod reader;
mod record;
mod sealed;
mod store;
mod writer;

#[cfg(test)]
mod testing;

pub use crate::model::{Condition, Deposed, Resource};
pub use document::{DocumentError, StateDocument};
pub use error::StateError;
pub use fingerprint::{Fingerprint, FingerprintKey};
pub use fold::{FoldError, LastRun, OpenIntent, State};
pub use keys::{ByKms, KeyKeeper, Passphrase};
pub use kms::{KmsFault, KmsFaultKind, KmsKey};
pub use lease::{Claim, LeaseObject, Terms, Waiting};
pub use lock::Lock;
pub use log::LogObject;
pub use migrate::{MigrateError, Migrated, Migration};
pub use past::Past;
pub use prune::Pruned;
pub use reader::Reader;
pub use record::{CallResult, Entry, IntentRecord, Record, RunOutcome, RunRecord, StepKind};
pub use sealed::{Keys, SealError, SealedStore};
pub use store::{FaultKind, RemoteLocation, Service, StoreError, StoreFault, StoreLocation, told};
pub use writer::{Writer, WriterLoop};
