//! A store that tells when each object was put by the clock of a test, and not by the machine's.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::DateTime;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Milliseconds since 1970.
type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// A store with a clock.
pub struct Dated {
    inner: Arc<dyn ObjectStore>,
    clock: Clock,
    put_unix_ms: Arc<Mutex<BTreeMap<Path, i64>>>,
}

impl Dated {
    pub fn new(inner: Arc<dyn ObjectStore>, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { inner, clock: Box::new(clock), put_unix_ms: Arc::default() }
    }
}

impl fmt::Debug for Dated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dated({:?})", self.inner)
    }
}

impl fmt::Display for Dated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dated({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Dated {
    async fn put_opts(&self, key: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let put = self.inner.put_opts(key, payload, options).await?;
        self.put_unix_ms.lock().unwrap().insert(key.clone(), (self.clock)());
        Ok(put)
    }

    async fn put_multipart_opts(
        &self,
        key: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(key, options).await
    }

    async fn get_opts(&self, key: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(key, options).await
    }

    fn delete_stream(&self, keys: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(keys)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let put_unix_ms = self.put_unix_ms.clone();
        let dated = move |mut object: ObjectMeta| {
            let put = put_unix_ms.lock().unwrap().get(&object.location).copied().unwrap_or_default();
            object.last_modified = DateTime::from_timestamp_millis(put).unwrap_or_default();
            object
        };
        self.inner.list(prefix).map(move |object| object.map(&dated)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
