//! A store whose objects are encrypted: what is put is sealed, what is got is opened, and who reads and
//! writes state doesn't know.
//!
//! An object stays JSON. Its format version, environment and serial can be read by everybody, and are
//! bound to what is sealed, as is its key: moved to another place, it can't be opened. Objects that
//! were written in the clear are read as they are, so that encryption can be turned on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use serde::{Deserialize, Serialize};

use super::keys::{DataKey, KeyKeeper, Sealed, WrappedKey};

/// The format version of sealed objects. It is above all of those in the clear, so that a Ninefold that
/// doesn't know it refuses them by name.
const FORMAT_VERSION: u64 = 1_000;
/// What every sealed object begins with.
const BEGINNING: &[u8] = b"{\"format_version\":1000,";
/// The folders of an environment that are sealed. A lease isn't: who holds it is for everybody to see.
const FOLDERS: [&str; 3] = ["log", "snapshot", "evidence"];

/// Why an object can't be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(
        "`{key}` is encrypted with the key {id}, and the environment names no key. Say `encryption:` in \
         stacks/environments/{environment}.yaml, with {wanted}"
    )]
    NoKey { key: String, environment: String, id: String, wanted: &'static str },
    #[error(
        "`{key}` is encrypted with the key {id}, and none of the environment's keys is that one. Give \
         {wanted}: in its place under `encryption`, or among those of `before` if it is a former one"
    )]
    WrongKey { key: String, id: String, wanted: &'static str },
    #[error(
        "`{key}` can't be opened, although its key is right: it was changed, or belongs elsewhere. Restore it \
         from a backup or an older version in the store"
    )]
    Changed { key: String },
    #[error(
        "`{key}` is encrypted, and torn or truncated: {reason}; nothing of it was read. Restore it from a backup or \
         an older version in the store"
    )]
    Torn { key: String, reason: String },
    #[error("`{key}` can't be encrypted or decrypted: {why}")]
    Unusable { key: String, why: String },
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Error::Generic { store: "encrypted", source: Box::new(error) }
    }
}

impl SealError {
    /// What a store's error is about, where it is this.
    #[must_use]
    pub fn of(error: &Error) -> Option<&SealError> {
        match error {
            Error::Generic { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }
}

/// A data key, once it was unwrapped.
type Opened = futures::lock::Mutex<Option<DataKey>>;

/// The keys of an environment: the one that seals, and those that open.
#[derive(Debug, Default)]
pub struct Keys {
    /// Without it, new objects are written in the clear.
    current: Option<Box<dyn KeyKeeper>>,
    before: Vec<Box<dyn KeyKeeper>>,
    /// Why they can't be had, if they can't.
    missing: Option<String>,
    /// The data key of this process.
    ours: futures::lock::Mutex<Option<(DataKey, WrappedKey)>>,
    /// The data keys of others, as they are kept.
    opened: Mutex<BTreeMap<WrappedKey, Arc<Opened>>>,
}

impl Keys {
    #[must_use]
    pub fn new(current: Option<Box<dyn KeyKeeper>>, before: Vec<Box<dyn KeyKeeper>>) -> Self {
        Self { current, before, ..Self::default() }
    }

    /// Keys that the environment names, and that can't be had: nothing can be sealed or opened then.
    #[must_use]
    pub fn missing(why: String) -> Self {
        Self { missing: Some(why), ..Self::default() }
    }

    fn are_named(&self) -> bool {
        self.current.is_some() || !self.before.is_empty()
    }

    async fn ours(&self, current: &dyn KeyKeeper) -> std::result::Result<(DataKey, WrappedKey), String> {
        let mut ours = self.ours.lock().await;
        if let Some(ours) = &*ours {
            return Ok(ours.clone());
        }
        let made = current.make().await?;
        *ours = Some(made.clone());
        Ok(made)
    }

    /// The data key of what somebody has written; `None` where none of the keys wraps it.
    async fn opened(&self, wrapped: &WrappedKey) -> std::result::Result<Option<DataKey>, String> {
        let opened = {
            let mut all = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(wrapped.clone()).or_default().clone()
        };
        // Held while it is unwrapped: many objects that are read at once ask for it only once.
        let mut opened = opened.lock().await;
        if opened.is_some() {
            return Ok(opened.clone());
        }
        let mut fault = None;
        for keeper in self.current.iter().chain(&self.before) {
            match keeper.unwrap(wrapped).await {
                Ok(None) => {}
                Ok(found) => {
                    opened.clone_from(&found);
                    return Ok(found);
                }
                // Another may have it all the same.
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        fault.map_or(Ok(None), Err)
    }
}

/// An object as it lies in the store.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    format_version: u64,
    environment: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    serial: Option<u64>,
    key: WrappedKey,
    sealed: Sealed,
}

/// What is bound to what is sealed.
fn beside(key: &Path, environment: &str, serial: Option<u64>, wrapped: &WrappedKey) -> Vec<u8> {
    serde_json::to_vec(&(FORMAT_VERSION, key.as_ref(), environment, serial, wrapped))
        .expect("texts and numbers always serialise")
}

/// Reads an envelope; `None` for what is none.
fn envelope(text: &[u8]) -> std::result::Result<Option<Envelope>, serde_json::Error> {
    text.starts_with(BEGINNING).then(|| serde_json::from_slice(text)).transpose()
}

fn torn(key: &Path, error: &serde_json::Error) -> SealError {
    SealError::Torn { key: key.to_string(), reason: error.to_string() }
}

/// The environment and the serial that a key names.
fn place(key: &Path) -> Option<(String, Option<u64>)> {
    let mut parts = key.parts();
    let (environment, folder) = (parts.next()?, parts.next()?);
    if !FOLDERS.contains(&folder.as_ref()) {
        return None;
    }
    let name = key.filename()?.strip_suffix(".json")?;
    Some((environment.as_ref().to_owned(), name.parse().ok()))
}

/// A store that encrypts.
#[derive(Debug, Clone)]
pub struct SealedStore {
    inner: Arc<dyn ObjectStore>,
    keys: Arc<Keys>,
}

impl SealedStore {
    #[must_use]
    pub fn new(inner: Arc<dyn ObjectStore>, keys: Keys) -> Self {
        Self { inner, keys: Arc::new(keys) }
    }

    /// How many objects of an environment are sealed with each key, by its name; `None` stands for those in
    /// the clear.
    ///
    /// # Errors
    /// When the store can't be listed or read.
    pub async fn survey(&self, environment: &str) -> Result<BTreeMap<Option<String>, u64>> {
        let folder = Path::from(environment);
        let keys: Vec<Path> =
            self.inner.list(Some(&folder)).map_ok(|object| object.location).try_collect().await?;
        let mut counts = BTreeMap::new();
        for key in keys.iter().filter(|key| place(key).is_some()) {
            let text = self.inner.get(key).await?.bytes().await?;
            let found = envelope(&text).map_err(|error| torn(key, &error))?;
            let id = found.map(|envelope| envelope.key.id().to_owned());
            *counts.entry(id).or_default() += 1;
        }
        Ok(counts)
    }

    /// Seals evidence anew, which is overwritten and in no snapshot: it would need a former key for ever.
    ///
    /// # Errors
    /// When some of it can't be read or written.
    pub async fn reseal_evidence(&self, environment: &str) -> Result<()> {
        let folder = Path::from_iter([environment, "evidence"]);
        let keys: Vec<Path> =
            self.inner.list(Some(&folder)).map_ok(|object| object.location).try_collect().await?;
        for key in keys {
            let text = self.get(&key).await?.bytes().await?;
            self.put(&key, text.into()).await?;
        }
        Ok(())
    }

    /// The name of the key that new objects are sealed with; `None` where they are in the clear.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn current_id(&self) -> std::result::Result<Option<String>, String> {
        match (&self.keys.missing, &self.keys.current) {
            (Some(why), _) => Err(why.clone()),
            (None, Some(current)) => Ok(Some(self.keys.ours(current.as_ref()).await?.1.id().to_owned())),
            (None, None) => Ok(None),
        }
    }

    async fn seal(&self, key: &Path, text: &[u8]) -> std::result::Result<Option<Vec<u8>>, SealError> {
        let unusable = |why: String| SealError::Unusable { key: key.to_string(), why };
        let Some((environment, serial)) = place(key) else { return Ok(None) };
        if let Some(why) = &self.keys.missing {
            return Err(unusable(why.clone()));
        }
        let Some(current) = &self.keys.current else { return Ok(None) };
        let (data, wrapped) = self.keys.ours(current.as_ref()).await.map_err(unusable)?;
        let sealed = data.seal(text, &beside(key, &environment, serial, &wrapped)).map_err(unusable)?;
        let envelope = Envelope { format_version: FORMAT_VERSION, environment, serial, key: wrapped, sealed };
        let mut text = serde_json::to_vec(&envelope).map_err(|error| unusable(error.to_string()))?;
        text.push(b'\n');
        Ok(Some(text))
    }

    async fn open(&self, key: &Path, text: Bytes) -> std::result::Result<Bytes, SealError> {
        let found = envelope(&text).map_err(|error| torn(key, &error))?;
        let Some(Envelope { environment, serial, key: wrapped, sealed, .. }) = found else { return Ok(text) };
        let unusable = |why: String| SealError::Unusable { key: key.to_string(), why };
        if let Some(why) = &self.keys.missing {
            return Err(unusable(why.clone()));
        }
        let (id, wanted) = (wrapped.id().to_owned(), wrapped.wanted());
        if !self.keys.are_named() {
            return Err(SealError::NoKey { key: key.to_string(), environment, id, wanted });
        }
        let data = self.keys.opened(&wrapped).await.map_err(unusable)?;
        let data = data.ok_or_else(|| SealError::WrongKey { key: key.to_string(), id, wanted })?;
        data.open(&sealed, &beside(key, &environment, serial, &wrapped))
            .map(Bytes::from)
            .ok_or_else(|| SealError::Changed { key: key.to_string() })
    }
}

impl fmt::Display for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "encrypted {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for SealedStore {
    async fn put_opts(&self, key: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let text = Bytes::from(payload);
        let payload = match self.seal(key, &text).await? {
            Some(sealed) => sealed.into(),
            None => text.into(),
        };
        self.inner.put_opts(key, payload, options).await
    }

    /// State is written by whole objects only: one in parts would go past the key.
    async fn put_multipart_opts(
        &self,
        key: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        if place(key).is_some() {
            let why = "it would be written in parts".to_owned();
            return Err(SealError::Unusable { key: key.to_string(), why }.into());
        }
        self.inner.put_multipart_opts(key, options).await
    }

    async fn get_opts(&self, key: &Path, options: GetOptions) -> Result<GetResult> {
        if options.head || options.range.is_some() || place(key).is_none() {
            return self.inner.get_opts(key, options).await;
        }
        let GetResult { payload, meta, range, attributes, extensions } =
            self.inner.get_opts(key, options).await?;
        let sealed =
            GetResult { payload, meta: meta.clone(), range, attributes: attributes.clone(), extensions };
        let text = self.open(key, sealed.bytes().await?).await?;
        let range = 0..text.len() as u64;
        Ok(GetResult {
            payload: GetResultPayload::Stream(stream::iter([Ok(text)]).boxed()),
            meta,
            range,
            attributes,
            extensions: object_store::Extensions::default(),
        })
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

#[cfg(test)]
mod tests {
    use object_store::PutMode;
    use object_store::memory::InMemory;

    use super::super::keys::Passphrase;
    use super::super::log::{FORMAT_VERSION, Folder, encode};
    use super::super::testing::{change, put};
    use super::super::{LogObject, Reader, StateError};
    use super::*;
    use crate::world::World;

    fn keeper(passphrase: &str) -> Box<dyn KeyKeeper> {
        Box::new(Passphrase::new(passphrase.into(), "staging"))
    }

    fn sealed(inner: &Arc<InMemory>, current: Option<&str>, before: &[&str]) -> Arc<SealedStore> {
        let before = before.iter().map(|passphrase| keeper(passphrase)).collect();
        Arc::new(SealedStore::new(inner.clone(), Keys::new(current.map(keeper), before)))
    }

    fn run<F: Future>(work: F) -> F::Output {
        World::virtual_from(1, 0).run(work)
    }

    /// Appends one resource to the state of `staging`, as a writer does.
    async fn append(store: Arc<SealedStore>, serial: u64, name: &str) -> Result<PutResult> {
        let object = LogObject {
            format_version: FORMAT_VERSION,
            environment: "staging".into(),
            serial,
            writer: "kim@laptop x".into(),
            nonce: "n".into(),
            unix_ms: 0,
            records: vec![change(vec![put(name, name)])],
        };
        let text = encode(&object);
        store.put_opts(&Folder::Log.key("staging", serial), text.into(), PutMode::Create.into()).await
    }

    async fn names(store: Arc<dyn ObjectStore>) -> std::result::Result<Vec<String>, StateError> {
        let state = Reader::new(store, "staging").load().await?;
        Ok(state.resources.keys().map(ToString::to_string).collect())
    }

    async fn texts(store: &InMemory) -> String {
        let mut all = String::new();
        for object in store.list(None).try_collect::<Vec<_>>().await.unwrap() {
            let text = store.get(&object.location).await.unwrap().bytes().await.unwrap();
            all += &String::from_utf8_lossy(&text);
        }
        all
    }

    fn key(serial: u64) -> Path {
        Path::from(format!("staging/log/{serial:020}.json"))
    }

    #[test]
    fn what_is_written_can_be_read_with_the_key_alone_and_says_where_it_belongs() {
        run(async {
            let inner = Arc::new(InMemory::new());
            append(sealed(&inner, Some("right"), &[]), 1, "first").await.unwrap();
            append(sealed(&inner, Some("right"), &[]), 2, "second").await.unwrap();
            let text = texts(&inner).await;
            assert!(!text.contains("first") && !text.contains("kim") && !text.contains("10.0.0.0"), "{text}");
            for visible in [r#"{"format_version":1000,"environment":"staging","serial":1,"#, r#""serial":2"#]
            {
                assert!(text.contains(visible), "{visible}: {text}");
            }
            let names = names(sealed(&inner, Some("right"), &[])).await.unwrap();
            assert_eq!(names, ["platform/cluster.first", "platform/cluster.second"]);
        });
    }

    #[test]
    fn a_missing_or_wrong_key_names_the_object_and_what_to_do() {
        run(async {
            let inner = Arc::new(InMemory::new());
            append(sealed(&inner, Some("right"), &[]), 1, "first").await.unwrap();
            let wrong = sealed(&inner, Some("wrong"), &[]);
            let none = sealed(&inner, None, &[]);
            let missing =
                Arc::new(SealedStore::new(inner.clone(), Keys::missing("THE_VARIABLE isn't set".to_owned())));
            for (store, expected) in [
                (wrong, "none of the environment's keys is that one. Give the passphrase"),
                (none, "the environment names no key. Say `encryption:` in stacks/environments/staging.yaml"),
                (missing, "THE_VARIABLE isn't set"),
            ] {
                let error = names(store.clone()).await.unwrap_err().to_string();
                assert!(error.starts_with("`staging/log/00000000000000000001.json` "), "{error}");
                assert!(error.contains(expected) && !error.contains("torn"), "{error}");
            }
            // One that doesn't know of encryption refuses it by name.
            let error = names(inner).await.unwrap_err().to_string();
            assert!(error.contains("has format version 1000"), "{error}");
        });
    }

    #[test]
    fn an_object_that_was_moved_or_changed_is_refused() {
        run(async {
            let inner = Arc::new(InMemory::new());
            append(sealed(&inner, Some("right"), &[]), 1, "first").await.unwrap();
            append(sealed(&inner, Some("right"), &[]), 2, "second").await.unwrap();
            let text = inner.get(&key(1)).await.unwrap().bytes().await.unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            let second = inner.get(&key(2)).await.unwrap().bytes().await.unwrap();
            let swapped = String::from_utf8(second.to_vec()).unwrap();
            let pass_for = |text: &str| text.replace("\"serial\":1", "\"serial\":2");
            for (place, forged) in [
                (key(2), text.clone()),
                (key(2), pass_for(&text)),
                (key(1), swapped),
                (key(1), text.replace("\"environment\":\"staging\"", "\"environment\":\"production\"")),
            ] {
                let copy = Arc::new(inner.fork());
                copy.put(&place, forged.clone().into()).await.unwrap();
                let error = names(sealed(&copy, Some("right"), &[])).await.unwrap_err().to_string();
                assert!(
                    error.starts_with(&format!("`{place}` can't be opened, although its key is right")),
                    "{error}"
                );
            }
            // A torn one is called torn, not badly encrypted.
            let copy = Arc::new(inner.fork());
            copy.put(&key(2), text[..100].to_owned().into()).await.unwrap();
            let error = names(sealed(&copy, Some("right"), &[])).await.unwrap_err().to_string();
            assert!(error.contains("torn or truncated: EOF"), "{error}");
        });
    }

    #[test]
    fn encryption_is_turned_on_rotated_and_turned_off_with_the_next_record() {
        run(async {
            let inner = Arc::new(InMemory::new());
            append(sealed(&inner, None, &[]), 1, "clear").await.unwrap();
            append(sealed(&inner, Some("old"), &[]), 2, "sealed").await.unwrap();
            append(sealed(&inner, Some("new"), &["old"]), 3, "rotated").await.unwrap();
            append(sealed(&inner, None, &["new", "old"]), 4, "open").await.unwrap();
            let all = names(sealed(&inner, Some("newest"), &["old", "new"])).await.unwrap();
            assert_eq!(all.len(), 4);
            let text = texts(&inner).await;
            assert!(text.contains("cluster.clear") && text.contains("cluster.open"), "{text}");
            assert!(!text.contains("cluster.sealed") && !text.contains("cluster.rotated"), "{text}");
            let counts = sealed(&inner, Some("new"), &[]).survey("staging").await.unwrap();
            assert_eq!(counts.get(&None), Some(&2));
            assert_eq!(counts.len(), 3, "{counts:?}");
            // Without the old key only what it sealed can't be read.
            let error = names(sealed(&inner, Some("new"), &[])).await.unwrap_err().to_string();
            assert!(error.starts_with("`staging/log/00000000000000000002.json`"), "{error}");
        });
    }

    #[test]
    fn nothing_is_put_over_what_is_there_and_nothing_in_the_clear_without_the_key_that_is_named() {
        run(async {
            let inner = Arc::new(InMemory::new());
            append(sealed(&inner, Some("right"), &[]), 1, "theirs").await.unwrap();
            let again = append(sealed(&inner, Some("right"), &[]), 1, "ours").await;
            assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
            let missing = Arc::new(SealedStore::new(inner.clone(), Keys::missing("it isn't set".to_owned())));
            let refused = append(missing, 2, "ours").await.unwrap_err();
            assert!(matches!(SealError::of(&refused), Some(SealError::Unusable { .. })), "{refused}");
            assert_eq!(inner.list(None).try_collect::<Vec<_>>().await.unwrap().len(), 1);
        });
    }

    #[test]
    fn evidence_is_sealed_anew_and_needs_no_former_key_then() {
        run(async {
            let inner = Arc::new(InMemory::new());
            let key = Path::from("staging/evidence/platform/cluster.nodes.json");
            sealed(&inner, Some("old"), &[]).put(&key, "seen".into()).await.unwrap();
            let both = sealed(&inner, Some("new"), &["old"]);
            assert_eq!(both.get(&key).await.unwrap().bytes().await.unwrap(), "seen");
            both.reseal_evidence("staging").await.unwrap();
            let got = sealed(&inner, Some("new"), &[]).get(&key).await.unwrap().bytes().await.unwrap();
            assert_eq!(got, "seen");
        });
    }

    /// A keeper that takes its time, counts how often it is asked, and may have no answer.
    #[derive(Debug)]
    struct Slow {
        passphrase: Passphrase,
        world: World,
        asked: std::sync::atomic::AtomicUsize,
        fails: bool,
    }

    #[async_trait]
    impl KeyKeeper for Arc<Slow> {
        async fn make(&self) -> std::result::Result<(DataKey, WrappedKey), String> {
            self.passphrase.make().await
        }

        async fn unwrap(&self, wrapped: &WrappedKey) -> std::result::Result<Option<DataKey>, String> {
            self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            self.world.sleep(std::time::Duration::from_secs(1)).await;
            if self.fails { Err("it is out of reach".into()) } else { self.passphrase.unwrap(wrapped).await }
        }
    }

    fn slow(world: &World, passphrase: &str, fails: bool) -> Arc<Slow> {
        let passphrase = Passphrase::new(passphrase.into(), "staging");
        Arc::new(Slow { passphrase, world: world.clone(), asked: 0.into(), fails })
    }

    #[test]
    fn objects_that_are_read_at_once_ask_once_for_the_data_key_that_they_share() {
        let world = World::virtual_from(1, 0);
        world.run(async {
            let inner = Arc::new(InMemory::new());
            let writer = sealed(&inner, Some("right"), &[]);
            for serial in 1..=5 {
                append(writer.clone(), serial, &format!("r{serial}")).await.unwrap();
            }
            let (wrong, keeper) = (slow(&world, "wrong", true), slow(&world, "right", false));
            let keys = Keys::new(Some(Box::new(wrong.clone())), vec![Box::new(keeper.clone())]);
            let reader = SealedStore::new(inner.clone(), keys);
            let paths = [1, 2, 3, 4, 5].map(key);
            let got = futures::future::join_all(paths.iter().map(|path| reader.get(path))).await;
            // That the first one can't be asked keeps the second from nothing.
            assert!(got.iter().all(Result::is_ok), "{got:?}");
            for asked in [&wrong.asked, &keeper.asked] {
                assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
            }
            // Where none has it, what kept one from answering is said.
            let keys = Keys::new(Some(Box::new(wrong)), vec![self::keeper("other")]);
            let error = names(Arc::new(SealedStore::new(inner, keys))).await.unwrap_err().to_string();
            assert!(error.contains("can't be encrypted or decrypted: it is out of reach"), "{error}");
        });
    }

    /// As it was first written: it is read so for ever.
    const OF_KMS: &str = r#"{"format_version":1000,"environment":"staging","serial":1,"key":{"wrapped_by":"kms","id":"arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab","key":"d3JhcHBlZA=="},"sealed":{"nonce":"AAAA","text":"AAAA"}}"#;

    #[test]
    fn what_a_key_of_kms_has_sealed_says_which_key_it_needs() {
        run(async {
            let inner = Arc::new(InMemory::new());
            inner.put(&key(1), OF_KMS.into()).await.unwrap();
            let arn = "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
            for (store, expected) in [
                (sealed(&inner, None, &[]), "names no key. Say `encryption:` in"),
                (sealed(&inner, Some("right"), &[]), "is that one. Give that key of AWS KMS as `kms`"),
            ] {
                let error = names(store).await.unwrap_err().to_string();
                assert!(error.contains(expected) && error.contains(arn), "{error}");
            }
            let counts = sealed(&inner, None, &[]).survey("staging").await.unwrap();
            assert_eq!(counts.get(&Some(arn.to_owned())), Some(&1));
        });
    }

    #[test]
    fn a_lease_stays_in_the_clear() {
        run(async {
            let inner = Arc::new(InMemory::new());
            let lease = Path::from("staging/lease/7.json");
            let store = sealed(&inner, Some("right"), &[]);
            store.put_opts(&lease, "kim".into(), PutMode::Create.into()).await.unwrap();
            assert_eq!(texts(&inner).await, "kim");
            assert_eq!(store.get(&lease).await.unwrap().bytes().await.unwrap(), "kim");
        });
    }
}
