//! The checkers can fail: without its journal of intents, the protocol loses things, and they say so.

use std::sync::Arc;

use async_trait::async_trait;
use ninefold::state::{LogObject, Record};
use object_store::path::Path;
use object_store::{ObjectStore, PutOptions, PutPayload, PutResult};

use crate::hooked::{Hooked, PutHook};
use crate::run::simulate;

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
