//! Reads the state of an environment. It has no way to write.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::log::{Folder, SnapshotObject, decode};
use super::{LeaseObject, LogObject, State, StateError};

/// How many objects are read at once.
pub(super) const READS_AT_ONCE: usize = 64;

/// The reading half: all that `plan` and `drift` have of state.
#[derive(Debug, Clone)]
pub struct Reader {
    store: Arc<dyn ObjectStore>,
    environment: Arc<str>,
}

/// What was read, and how much of it a snapshot would spare.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub state: State,
    pub tail: Tail,
}

/// An object that lies in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub serial: u64,
    pub bytes: u64,
    /// When it was put, by the store's clock.
    pub put_unix_ms: i64,
}

/// The log since the last snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tail {
    pub bytes: u64,
    /// The size of that snapshot; 0 when there is none.
    pub snapshot_bytes: u64,
}

impl Reader {
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, environment: &str) -> Self {
        Self { store, environment: environment.into() }
    }

    /// The state after everything that is in the log: the latest snapshot and what came after it.
    /// An environment that nothing was ever recorded of has an empty one.
    ///
    /// # Errors
    /// When an object can't be read or isn't what was written.
    pub async fn load(&self) -> Result<State, StateError> {
        self.load_with_tail().await.map(|loaded| loaded.state)
    }

    /// Every object that is still in the log, oldest first.
    ///
    /// # Errors
    /// As [`Reader::load`].
    pub async fn history(&self) -> Result<Vec<LogObject>, StateError> {
        let serials = self.serials(Folder::Log, None).await?;
        let Some(&last) = serials.last() else { return Ok(Vec::new()) };
        // Pruning that was interrupted leaves gaps, but none after the oldest snapshot that it left.
        let pruned = self.serials(Folder::Snapshot, None).await?.first().copied().unwrap_or(0);
        let mut first = last;
        for &serial in serials.iter().rev() {
            if serial <= pruned && serial.saturating_add(1) < first {
                break;
            }
            first = serial;
        }
        self.objects(first, last).map_ok(|(object, _)| object).try_collect().await
    }

    pub(super) async fn load_with_tail(&self) -> Result<Loaded, StateError> {
        let loaded = self.load_wherever().await?;
        match &loaded.state.moved_to {
            None => Ok(loaded),
            Some(to) => Err(StateError::Moved {
                environment: self.environment.to_string(),
                key: Folder::Log.key(&self.environment, loaded.state.serial).to_string(),
                to: to.clone(),
            }),
        }
    }

    /// The same, of a store that state was moved away from too.
    pub(super) async fn load_wherever(&self) -> Result<Loaded, StateError> {
        let mut loaded = self.latest_snapshot().await?;
        let state = &mut loaded.state;
        let after = Folder::Log.key(&self.environment, state.serial);
        let Some(&last) = self.serials(Folder::Log, Some(&after)).await?.last() else {
            return Ok(loaded);
        };
        self.fold_until(state, &mut loaded.tail, last).await?;
        Ok(loaded)
    }

    /// Goes on from a state to the one after an object of the log.
    pub(super) async fn fold_until(
        &self,
        state: &mut State,
        tail: &mut Tail,
        last: u64,
    ) -> Result<(), StateError> {
        let mut objects = self.objects(state.serial.saturating_add(1), last);
        while let Some((object, bytes)) = objects.try_next().await? {
            state.take(&object).map_err(|reason| StateError::Contradiction {
                key: Folder::Log.key(&self.environment, object.serial).to_string(),
                reason,
            })?;
            tail.bytes += bytes;
        }
        Ok(())
    }

    async fn latest_snapshot(&self) -> Result<Loaded, StateError> {
        let Some(&serial) = self.serials(Folder::Snapshot, None).await?.last() else {
            return Ok(Loaded::default());
        };
        let (state, snapshot_bytes) = self.snapshot(serial).await?;
        Ok(Loaded { state, tail: Tail { snapshot_bytes, ..Tail::default() } })
    }

    /// The state that a snapshot holds, and its size in bytes.
    pub(super) async fn snapshot(&self, serial: u64) -> Result<(State, u64), StateError> {
        let key = Folder::Snapshot.key(&self.environment, serial);
        let Some(text) = self.read_or_say(&key).await? else {
            return Err(StateError::Gap { key: key.to_string(), last: serial });
        };
        let snapshot: SnapshotObject = decode(&text, &key, &self.environment, serial)?;
        Ok((snapshot.into_state(), text.len() as u64))
    }

    /// The serials of a folder in order, those after `after` where it is given.
    pub(super) async fn serials(&self, folder: Folder, after: Option<&Path>) -> Result<Vec<u64>, StateError> {
        let listed = self.listed(folder, after).await?;
        Ok(listed.into_iter().map(|object| object.serial).collect())
    }

    /// The objects of a folder in order, those after `after` where it is given.
    pub(super) async fn listed(
        &self,
        folder: Folder,
        after: Option<&Path>,
    ) -> Result<Vec<Listed>, StateError> {
        let (listed, strays) = self.sorted(folder, after).await?;
        strays.into_iter().next().map_or(Ok(listed), Err)
    }

    /// The same, apart from what doesn't belong there.
    pub(super) async fn sorted(
        &self,
        folder: Folder,
        after: Option<&Path>,
    ) -> Result<(Vec<Listed>, Vec<StateError>), StateError> {
        let path = folder.path(&self.environment);
        let objects = match after {
            Some(after) => self.store.list_with_offset(Some(&path), after),
            None => self.store.list(Some(&path)),
        };
        let objects: Vec<_> = objects.try_collect().await.map_err(|source| StateError::Io {
            doing: "list",
            key: path.to_string(),
            source: Arc::new(source),
            hint: "Check that the state store is there and that you may list it",
        })?;
        let (mut listed, mut strays) = (Vec::new(), Vec::new());
        for object in &objects {
            let put_unix_ms = object.last_modified.timestamp_millis();
            match folder.serial(&self.environment, &object.location) {
                Ok(serial) => listed.push(Listed { serial, bytes: object.size, put_unix_ms }),
                Err(stray) => strays.push(stray),
            }
        }
        listed.sort_unstable_by_key(|object| object.serial);
        Ok((listed, strays))
    }

    /// The log objects of a range, in order, with their sizes.
    ///
    /// They are asked for by key: a listing that was taken while somebody writes may lack one, and
    /// only its key tells that from a gap.
    fn objects(
        &self,
        first: u64,
        last: u64,
    ) -> stream::BoxStream<'static, Result<(LogObject, u64), StateError>> {
        let reader = self.clone();
        stream::iter(first..=last)
            .map(move |serial| reader.clone().object(serial, last))
            .buffered(READS_AT_ONCE)
            .boxed()
    }

    pub(super) async fn object(self, serial: u64, last: u64) -> Result<(LogObject, u64), StateError> {
        let key = Folder::Log.key(&self.environment, serial);
        let text = self.read_or_say(&key).await?;
        let text = text.ok_or_else(|| StateError::Gap { key: key.to_string(), last })?;
        let object = decode(&text, &key, &self.environment, serial)?;
        Ok((object, text.len() as u64))
    }

    /// The text of an object; `None` when there is no such object.
    pub(super) async fn read(&self, key: &Path) -> object_store::Result<Option<Bytes>> {
        match self.store.get(key).await {
            Ok(found) => found.bytes().await.map(Some),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn read_or_say(&self, key: &Path) -> Result<Option<Bytes>, StateError> {
        self.read(key).await.map_err(|error| unreadable(key, error))
    }

    /// The lease that was last taken, whether or not it is still held.
    ///
    /// # Errors
    /// When it can't be read or isn't what was written.
    pub async fn lease(&self) -> Result<Option<LeaseObject>, StateError> {
        super::lease::latest(self).await
    }

    pub(super) fn store(&self) -> &dyn ObjectStore {
        &*self.store
    }

    pub(super) fn environment(&self) -> &str {
        &self.environment
    }
}

fn unreadable(key: &Path, source: object_store::Error) -> StateError {
    StateError::io("read", key, source, "Check that the state store is there and that you may read it")
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::super::log::encode;
    use super::super::testing::{change, put, succeeded};
    use super::super::{Record, log::FORMAT_VERSION};
    use super::*;
    use crate::world::World;

    fn object(serial: u64, records: Vec<Record>) -> LogObject {
        LogObject {
            format_version: FORMAT_VERSION,
            environment: "staging".into(),
            serial,
            writer: "kim@laptop x".into(),
            nonce: "n".into(),
            unix_ms: 0,
            records,
        }
    }

    /// A store with the log objects of these serials.
    async fn store_of(serials: &[u64]) -> Arc<InMemory> {
        let store = Arc::new(InMemory::new());
        for &serial in serials {
            let name = format!("r{serial:05}");
            let text = encode(&object(serial, vec![change(vec![put(&name, &name)])]));
            store.put(&Folder::Log.key("staging", serial), text.into()).await.unwrap();
        }
        store
    }

    fn run<F: Future>(future: F) -> F::Output {
        World::virtual_from(1, 0).run(future)
    }

    #[test]
    fn nothing_was_recorded_yet() {
        run(async {
            let reader = Reader::new(Arc::new(InMemory::new()), "staging");
            assert_eq!(reader.load().await.unwrap(), State::default());
            assert_eq!(reader.history().await.unwrap(), []);
        });
    }

    #[test]
    fn the_log_is_read_in_order_and_environments_apart() {
        run(async {
            let serials: Vec<_> = (1..=300).collect();
            let store = store_of(&serials).await;
            let state = Reader::new(store.clone(), "staging").load().await.unwrap();
            assert_eq!((state.serial, state.resources.len()), (300, 300));
            let history = Reader::new(store.clone(), "staging").history().await.unwrap();
            assert!(history.iter().map(|object| object.serial).eq(1..=300));
            assert_eq!(Reader::new(store, "stag").load().await.unwrap(), State::default());
        });
    }

    #[test]
    fn a_gap_is_named() {
        for (serials, missing) in [(&[1, 2, 4][..], 3), (&[2, 3], 1)] {
            let error =
                run(async { Reader::new(store_of(serials).await, "staging").load().await }).unwrap_err();
            let last = serials[serials.len() - 1];
            let expected = format!(
                "`staging/log/{missing:020}.json` is missing, although the log goes on until \
                                    serial {last}"
            );
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn a_contradiction_names_the_object_and_what_it_is_about() {
        let error = run(async {
            let store = store_of(&[1]).await;
            let text = encode(&object(2, vec![succeeded(7, vec![])]));
            store.put(&Folder::Log.key("staging", 2), text.into()).await.unwrap();
            Reader::new(store, "staging").load().await
        });
        let error = error.unwrap_err().to_string();
        let expected = "`staging/log/00000000000000000002.json` contradicts the records before it: \
                        00000000000000000000000007: it has an outcome without an intent";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn a_file_that_isnt_ours_is_named() {
        let error = run(async {
            let store = store_of(&[1]).await;
            store.put(&Path::from("staging/log/notes.txt"), "hello".into()).await.unwrap();
            Reader::new(store, "staging").load().await
        });
        assert!(matches!(error, Err(StateError::Stray { key }) if key == "staging/log/notes.txt"));
    }
}
