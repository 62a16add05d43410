//! The checkers can fail: where a part of the protocol is left out, things get lost, and they say so.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use ninefold::state::{LogObject, Record};
use object_store::path::Path;
use object_store::{ObjectStore, PutOptions, PutPayload, PutResult};

use crate::bench::claim;
use crate::hooked::{Hooked, PutHook};
use crate::run::simulate;
use crate::several::several;

/// How many seeds may pass before one has to show it.
const SEEDS: u64 = 40;

#[test]
fn without_intents_something_is_lost() {
    let caught = (0..SEEDS).find(|&seed| {
        let simulated = std::panic::catch_unwind(|| {
            simulate(seed, |mut bench| {
                bench.store = Arc::new(Hooked { inner: bench.store.clone(), hook: Forgetful });
                bench
            })
        });
        simulated.unwrap_or_default().iter().any(|fault| fault.starts_with("orphan"))
    });
    assert!(caught.is_some(), "the checkers noticed nothing in {SEEDS} seeds");
}

#[test]
fn without_the_fence_two_write_at_once() {
    is_caught(|seed| {
        several(
            seed,
            |holder| claim(holder, false),
            |store| Arc::new(Hooked { inner: store, hook: Overwriting }) as Arc<dyn ObjectStore>,
        )
    });
}

#[test]
fn without_the_lease_what_is_under_way_is_taken_for_lost() {
    // Each believes that it is alone on its machine, and that calls end with their process.
    is_caught(|seed| several(seed, |holder| claim(holder, true), |store| store));
}

fn is_caught(simulate: impl Fn(u64) -> Vec<String>) {
    let caught = (0..SEEDS).find(|&seed| {
        let simulated = std::panic::catch_unwind(AssertUnwindSafe(|| simulate(seed)));
        // What panics at what it reads has noticed, too.
        simulated.map_or(true, |faults| !faults.is_empty())
    });
    assert!(caught.is_some(), "the checkers noticed nothing in {SEEDS} seeds");
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

/// Puts drop intents and the ids of what was made, unless their outcome is in the same object: after
/// a kill nobody knows that anything was begun.
#[derive(Debug)]
struct Forgetful;

impl Forgetful {
    /// The object without its intents, and with what their outcomes changed.
    fn forget(text: &[u8]) -> Vec<u8> {
        let Ok(mut object) = serde_json::from_slice::<LogObject>(text) else { return text.to_vec() };
        object.records = object
            .records
            .into_iter()
            .filter_map(|record| match record {
                Record::Intent(_) | Record::Created { .. } => None,
                Record::Outcome { entries, .. } => Some(Record::Change { reason: "outcome".into(), entries }),
                other => Some(other),
            })
            .collect();
        serde_json::to_vec(&object).unwrap()
    }
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
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.to_vec()).collect();
        inner.put_opts(key, Self::forget(&bytes).into(), options).await
    }
}
