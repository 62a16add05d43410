//! A store that has to prove that it puts nothing where something is.
//!
//! Services document that they do; what only speaks as they do may take the condition for a header
//! like any other, and overwrite. All that keeps two writers apart hangs on it, so that the first put
//! of a process is made a second time, and has to be refused.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::fault::{FaultKind, StoreFault};
use super::remote::RemoteLocation;

/// What is known of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Unknown,
    Refuses,
    Overwrites,
}

/// A store that isn't its service's own.
#[derive(Debug)]
pub(super) struct Proven {
    inner: Arc<dyn ObjectStore>,
    location: RemoteLocation,
    proof: Mutex<Proof>,
}

impl Proven {
    pub(super) fn new(inner: Arc<dyn ObjectStore>, location: &RemoteLocation) -> Self {
        Self { inner, location: location.clone(), proof: Mutex::new(Proof::Unknown) }
    }

    fn proof(&self) -> Proof {
        *self.proof.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn prove(&self, proof: Proof) {
        *self.proof.lock().unwrap_or_else(PoisonError::into_inner) = proof;
    }

    fn overwrites(&self) -> Error {
        let RemoteLocation { service, bucket, .. } = &self.location;
        let kind = FaultKind::Overwrites { store: self.location.to_string() };
        let fault = StoreFault { service: *service, bucket: bucket.clone(), kind };
        Error::Generic { store: "state", source: Box::new(fault) }
    }

    /// Puts an object, and puts it once more.
    async fn put_twice(&self, key: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let put = self.inner.put_opts(key, payload.clone(), options.clone()).await;
        if put.as_ref().is_err_and(is_refusal) {
            self.prove(Proof::Refuses);
        }
        let put = put?;
        match self.inner.put_opts(key, payload, options).await {
            Ok(_) => {
                self.prove(Proof::Overwrites);
                // Nobody shall wait for the lease of a run that never was. Where it can't be deleted, they
                // wait until it has expired.
                let _ = self.inner.delete(key).await;
                Err(self.overwrites())
            }
            Err(error) => {
                // An answer that was lost proves nothing: the next put is made twice, too.
                if is_refusal(&error) {
                    self.prove(Proof::Refuses);
                }
                Ok(put)
            }
        }
    }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::AlreadyExists { .. } | Error::Precondition { .. })
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Proven {
    async fn put_opts(&self, key: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        match (&options.mode, self.proof()) {
            (PutMode::Create, Proof::Overwrites) => Err(self.overwrites()),
            (PutMode::Create, Proof::Unknown) => self.put_twice(key, payload, options).await,
            _ => self.inner.put_opts(key, payload, options).await,
        }
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
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
