//! The checkers can fail: without its journal of intents, the protocol loses things, and they say so.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;
use ninefold::state::{LogObject, Record};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use crate::run::simulate;

/// How many seeds may pass before one has to show it.
const SEEDS: u64 = 40;

#[test]
fn without_intents_something_is_lost() {
    let caught = (0..SEEDS).find(|&seed| {
        let simulated = std::panic::catch_unwind(|| {
            simulate(seed, |mut bench| {
                bench.store = Arc::new(Forgetful { inner: bench.store.clone() });
                bench
            })
        });
        simulated.unwrap_or_default().iter().any(|fault| fault.starts_with("orphan"))
    });
    assert!(caught.is_some(), "the checkers noticed nothing in {SEEDS} seeds");
}

/// A store that drops intents and the ids of what was made, unless their outcome is in the same
/// object: after a kill nobody knows that anything was begun.
#[derive(Debug)]
struct Forgetful {
    inner: Arc<dyn ObjectStore>,
}

impl std::fmt::Display for Forgetful {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Forgetful")
    }
}

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
impl ObjectStore for Forgetful {
    async fn put_opts(
        &self,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.to_vec()).collect();
        self.inner.put_opts(key, Self::forget(&bytes).into(), options).await
    }

    async fn put_multipart_opts(
        &self,
        key: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(key, options).await
    }

    async fn get_opts(&self, key: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        self.inner.get_opts(key, options).await
    }

    fn delete_stream(
        &self,
        keys: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
