//! Where evidence is kept: one object for each check, beside an environment's state.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde::Deserialize;

use super::evidence::{Evidence, FORMAT_VERSION, Record};
use crate::model::Address;
use crate::state::SealError;

/// How many objects are read or written at once.
const AT_ONCE: usize = 16;

/// The evidence of an environment. Unlike state, it is overwritten: whoever asked last knows best.
#[derive(Debug, Clone)]
pub struct EvidenceLog {
    store: Arc<dyn ObjectStore>,
    environment: Arc<str>,
}

/// Why evidence can't be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    #[error(
        "the evidence `{key}` can't be read: {reason}. Delete this object: the check that it is of is then \
         asked anew, and only its history is lost"
    )]
    Corrupt { key: String, reason: String },
    #[error(
        "the evidence `{key}` has format version {found}, and this Ninefold reads up to {known}: a newer one has \
         written it. Update Ninefold to read it"
    )]
    Newer { key: String, found: u64, known: u64 },
    #[error(
        "can't {doing} the evidence `{key}`: {}. Check that the state's store can be reached, and your rights to it",
        crate::state::told(source).what
    )]
    Io { doing: &'static str, key: String, source: object_store::Error },
    /// It is encrypted, and can't be opened; or it should be, and can't be sealed.
    #[error("{0}")]
    Sealed(SealError),
}

impl EvidenceLog {
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, environment: &str) -> Self {
        Self { store, environment: environment.into() }
    }

    fn folder(&self) -> Path {
        Path::from_iter([&*self.environment, "evidence"])
    }

    /// The key of a check: its stack's folder, and the rest of its address.
    fn key(&self, address: &Address) -> Path {
        let text = address.to_string();
        let rest = text.strip_prefix(address.stack()).and_then(|rest| rest.strip_prefix('/'));
        // An address starts with its stack and `/`.
        let name = rest.unwrap_or(&text);
        self.folder().join(address.stack()).join(format!("{name}.json"))
    }

    /// Everything that is kept, by check.
    ///
    /// # Errors
    /// When an object can't be read, or isn't what was written.
    pub async fn load(&self) -> Result<BTreeMap<Address, Record>, EvidenceError> {
        let folder = self.folder();
        let listed = self.store.list(Some(&folder)).map_ok(|object| object.location);
        let keys: Vec<Path> = listed.try_collect().await.map_err(|source| io("list", &folder, source))?;
        let reads = stream::iter(keys).map(|key| async move {
            let got = self.store.get(&key).await.map_err(|source| io("read", &key, source))?;
            let text = got.bytes().await.map_err(|source| io("read", &key, source))?;
            self.decode(&text, &key)
        });
        reads.buffered(AT_ONCE).map_ok(|record| (record.address.clone(), record)).try_collect().await
    }

    fn decode(&self, text: &[u8], key: &Path) -> Result<Record, EvidenceError> {
        /// The one field that every format version has.
        #[derive(Deserialize)]
        struct Version {
            format_version: u64,
        }
        let corrupt = |reason: String| EvidenceError::Corrupt { key: key.to_string(), reason };
        let Version { format_version } =
            serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))?;
        if format_version > FORMAT_VERSION {
            let key = key.to_string();
            return Err(EvidenceError::Newer { key, found: format_version, known: FORMAT_VERSION });
        }
        let record: Record = serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))?;
        if *record.environment != *self.environment {
            return Err(corrupt(format!("it is of environment `{}`", record.environment)));
        }
        if self.key(&record.address) != *key {
            return Err(corrupt(format!("it is of {}", record.address)));
        }
        Ok(record)
    }

    /// Keeps an answer as the latest one.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn keep(
        &self,
        address: &Address,
        evidence: Evidence,
        before: Option<&Record>,
    ) -> Result<Record, EvidenceError> {
        let record = Record::with(&self.environment, address, evidence, before);
        self.write(&record).await?;
        Ok(record)
    }

    /// Marks evidence as proving nothing any more, before what it is about changes: so that a run
    /// that ends in the middle leaves no proof of what was.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn doubt<'a>(
        &self,
        records: &mut BTreeMap<Address, Record>,
        addresses: impl IntoIterator<Item = &'a Address>,
    ) -> Result<(), EvidenceError> {
        let mut changed = Vec::new();
        for address in addresses {
            if let Some(record) = records.get_mut(address).filter(|record| !record.doubted) {
                record.doubted = true;
                changed.push(record.clone());
            }
        }
        let writes = stream::iter(changed).map(|record| async move { self.write(&record).await });
        writes.buffered(AT_ONCE).try_collect().await
    }

    async fn write(&self, record: &Record) -> Result<(), EvidenceError> {
        let key = self.key(&record.address);
        // Records have string keys and no failing parts.
        let text = serde_json::to_vec(record).unwrap_or_default();
        self.store.put(&key, text.into()).await.map_err(|source| io("write", &key, source))?;
        Ok(())
    }
}

fn io(doing: &'static str, key: &Path, source: object_store::Error) -> EvidenceError {
    if let Some(error) = SealError::of(&source) {
        return EvidenceError::Sealed(error.clone());
    }
    EvidenceError::Io { doing, key: key.to_string(), source }
}
