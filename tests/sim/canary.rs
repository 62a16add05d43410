//! The checkers can fail: where a part of the protocol is left out, things get lost, and they say so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use async_trait::async_trait;
use ninefold::state::{LogObject, Record};
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutOptions, PutPayload, PutResult};

use crate::bench::claim;
use crate::disk::Care;
use crate::hooked::{Hooked, PutHook};
use crate::ledger::Ledger;
use crate::run::{self, simulate};
use crate::several::{self, several};

/// How many seeds may pass before one has to show it.
const SEEDS: u64 = 300;

/// Whether one of the seeds shows a fault that begins with one of these words.
fn is_caught(words: &[&str], simulate: impl Fn(u64) -> Vec<String>) {
    let caught = (0..SEEDS).find(|&seed| {
        let simulated = catch_unwind(AssertUnwindSafe(|| simulate(seed)));
        // What panics at what it reads has noticed, too.
        simulated.map_or(true, |faults| {
            faults.iter().any(|fault| words.iter().any(|word| fault.starts_with(word)))
        })
    });
    assert!(caught.is_some(), "the checkers noticed nothing in {SEEDS} seeds");
}

fn is_caught_alone(words: &[&str], sabotage: run::Sabotage<'_>) {
    is_caught(words, |seed| simulate(seed, &Ledger::default(), sabotage));
}

fn is_caught_among_several(sabotage: several::Sabotage<'_>) {
    is_caught(&[""], |seed| several(seed, &Ledger::default(), sabotage));
}

fn hooked<H: PutHook>(inner: Arc<dyn ObjectStore>, hook: H) -> Arc<dyn ObjectStore> {
    Arc::new(Hooked { inner, hook })
}

#[test]
fn without_intents_something_is_lost() {
    let sabotage = run::Sabotage { store: &|store| hooked(store, Forgetful), ..run::Sabotage::NONE };
    is_caught_alone(&["orphan"], sabotage);
}

#[test]
fn without_recovery_something_stays_open() {
    let sabotage = run::Sabotage { recovers: false, ..run::Sabotage::NONE };
    is_caught_alone(&["orphan", "duplicate", "lost", "it doesn't get done"], sabotage);
}

#[test]
fn without_syncing_a_power_loss_loses_something() {
    let sabotage = run::Sabotage { care: Care::Unsynced, ..run::Sabotage::NONE };
    is_caught_alone(&["orphan", "it doesn't get done"], sabotage);
}

#[test]
fn without_reading_what_exists_a_commit_is_lost() {
    let sabotage = several::Sabotage { store: &|store| hooked(store, Trusting), ..several::Sabotage::NONE };
    is_caught_among_several(sabotage);
}

#[test]
fn without_the_fence_two_write_at_once() {
    let sabotage =
        several::Sabotage { store: &|store| hooked(store, Overwriting), ..several::Sabotage::NONE };
    is_caught_among_several(sabotage);
}

#[test]
fn without_epochs_nobody_knows_who_may_write() {
    let sabotage = several::Sabotage { store: &|store| hooked(store, Epochless), ..several::Sabotage::NONE };
    is_caught_among_several(sabotage);
}

#[test]
fn without_the_lease_what_is_under_way_is_taken_for_lost() {
    // Each believes that it is alone on its machine, and that calls end with their process.
    let sabotage = several::Sabotage { claim: &|holder| claim(holder, true), ..several::Sabotage::NONE };
    is_caught_among_several(sabotage);
}

/// Puts objects of the log wherever they are asked to, whether or not there is one.
#[derive(Debug)]
struct Overwriting;

#[async_trait]
impl PutHook for Overwriting {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let is_log = key.as_ref().contains("/log/");
        inner.put_opts(key, payload, if is_log { PutOptions::default() } else { options }).await
    }
}

/// Takes an object that exists for its own.
#[derive(Debug)]
struct Trusting;

#[async_trait]
impl PutHook for Trusting {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        match inner.put_opts(key, payload, options).await {
            Err(Error::AlreadyExists { .. }) => {
                Ok(PutResult { e_tag: None, version: None, extensions: object_store::Extensions::default() })
            }
            answer => answer,
        }
    }
}

/// Puts drop intents and the ids of what was made, unless their outcome is in the same object: after
/// a kill nobody knows that anything was begun.
#[derive(Debug)]
struct Forgetful;

/// Puts drop what begins an epoch.
#[derive(Debug)]
struct Epochless;

/// An object of the log without some of its records.
fn rewritten(payload: &PutPayload, keep: impl Fn(Record) -> Option<Record>) -> PutPayload {
    let text: Vec<u8> = payload.iter().flat_map(|part| part.to_vec()).collect();
    let Ok(mut object) = serde_json::from_slice::<LogObject>(&text) else { return payload.clone() };
    object.records = object.records.into_iter().filter_map(keep).collect();
    serde_json::to_vec(&object).unwrap().into()
}

#[async_trait]
impl PutHook for Forgetful {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let payload = rewritten(&payload, |record| match record {
            Record::Intent(_) | Record::Created { .. } => None,
            // With what it changed.
            Record::Outcome { entries, .. } => Some(Record::Change { reason: "outcome".into(), entries }),
            other => Some(other),
        });
        inner.put_opts(key, payload, options).await
    }
}

#[async_trait]
impl PutHook for Epochless {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let keep = |record| if matches!(record, Record::Epoch { .. }) { None } else { Some(record) };
        inner.put_opts(key, rewritten(&payload, keep), options).await
    }
}
