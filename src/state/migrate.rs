//! Moves an environment's state from one store to another.
//!
//! What is copied stays as it is; what is encrypted is sealed anew with the same key. The log that it leaves is closed by a last record, so
//! that nobody writes on there. Until then the copy lacks what it can't be read without, so that at no
//! moment both can be used; wherever this ends, it goes on when it is run again.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutMode, PutOptions};

use super::log::{Folder, encode};
use super::put::put_new;
use super::reader::Reader;
use super::{Claim, LeaseObject, Record, State, StateError, Waiting, Writer};
use crate::world::World;

/// How many objects are copied or compared at once.
const AT_ONCE: usize = 16;

/// A move that is asked for.
pub struct Migration<'a> {
    pub environment: &'a str,
    pub from: Arc<dyn ObjectStore>,
    /// The URLs of both stores, for the records that name them.
    pub from_url: &'a str,
    pub to: Arc<dyn ObjectStore>,
    pub to_url: &'a str,
    pub world: &'a World,
    /// What the leases of both are asked for with.
    pub from_claim: &'a Claim,
    pub to_claim: &'a Claim,
    /// What is waited for, for people.
    pub tell: &'a (dyn Fn(Waiting) + Sync),
}

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    pub objects: usize,
    pub bytes: u64,
    /// The last serial that was copied.
    pub serial: u64,
}

/// Why state can't be moved.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    State(#[from] StateError),
    #[error("there is nothing of `{environment}` in `{from}`")]
    Nothing { environment: String, from: String },
    #[error(
        "`{to}` isn't empty: it has `{key}`, which isn't what `{from}` has there. Give a folder or prefix that is \
         empty, or delete what is there if nobody needs it"
    )]
    NotEmpty { from: String, to: String, key: String },
    #[error("the state of `{environment}` was moved to `{to}` already, and is used there")]
    Already { environment: String, to: String },
    #[error("what was read back of `{key}` isn't what was written to `{to}`; nothing there can be relied on")]
    NotTheSame { to: String, key: String },
}

impl Migration<'_> {
    /// Copies everything, closes the log that it leaves, and reads the copy back.
    ///
    /// # Errors
    /// When either store refuses, when the other one holds something else, or somebody writes meanwhile.
    pub async fn run(&self) -> Result<Migrated, MigrateError> {
        let before = Reader::new(self.from.clone(), self.environment).load_wherever().await?.state;
        match &before.moved_to {
            None => self.keys_of_old_store(None).await?,
            // An earlier attempt has closed the log already.
            Some(to) if to == self.to_url => {
                let serial = before.serial.saturating_sub(1);
                if self.is_used(serial).await {
                    let (environment, to) = (self.environment.to_owned(), self.to_url.to_owned());
                    return Err(MigrateError::Already { environment, to });
                }
                return self.carry_over(&before, serial, None).await;
            }
            Some(to) => {
                return Err(MigrateError::State(StateError::Moved {
                    environment: self.environment.to_owned(),
                    key: Folder::Log.key(self.environment, before.serial).to_string(),
                    to: to.clone(),
                }));
            }
        };
        // Under its lease from here on: nobody else begins anything there.
        let (writer, writing) =
            Writer::open(self.from.clone(), self.environment, self.world.clone(), self.from_claim, self.tell)
                .await?;
        let work = async {
            let writer = writer;
            let state = writer.with_state(Clone::clone);
            self.carry_over(&state, state.serial, Some(&writer)).await
        };
        futures::join!(work, writing.run()).0
    }

    /// Copies everything until a serial, and closes the log by its writer where that isn't done yet.
    async fn carry_over(
        &self,
        state: &State,
        serial: u64,
        writer: Option<&Writer>,
    ) -> Result<Migrated, MigrateError> {
        let keys = self.keys_of_old_store(Some(serial)).await?;
        self.refuse_others(&keys).await?;
        let (needed, others) = self.needed_to_read(keys);
        let mut bytes = self.copy(&others).await?;
        if let Some(writer) = writer {
            // Nothing can come after what was copied: of two who write the next record, the store takes one.
            writer.commit(vec![Record::Moved { to: self.to_url.to_owned() }]).await?;
        }
        bytes += self.copy(&needed).await?;
        self.compare(state, serial).await?;
        self.pass_epoch_on().await?;
        self.note().await?;
        Ok(Migrated { objects: needed.len() + others.len(), bytes, serial })
    }

    /// What there is to copy, without what closes the log after a serial.
    async fn keys_of_old_store(&self, serial: Option<u64>) -> Result<Vec<Path>, MigrateError> {
        let closing = serial.map(|serial| Folder::Log.key(self.environment, serial.saturating_add(1)));
        let keys = self.keys(&self.from).await?;
        let keys: Vec<Path> = keys.into_iter().filter(|key| Some(key) != closing.as_ref()).collect();
        if keys.is_empty() {
            let (environment, from) = (self.environment.to_owned(), self.from_url.to_owned());
            return Err(MigrateError::Nothing { environment, from });
        }
        Ok(keys)
    }

    /// Whether the new log has gone on from what was copied.
    async fn is_used(&self, serial: u64) -> bool {
        let there = Reader::new(self.to.clone(), self.environment).load().await;
        there.is_ok_and(|state| state.serial > serial)
    }

    /// The keys of an environment: log, snapshots and evidence. Leases and locks stay.
    async fn keys(&self, store: &Arc<dyn ObjectStore>) -> Result<BTreeSet<Path>, StateError> {
        let mut keys = BTreeSet::new();
        for folder in ["log", "snapshot", "evidence"] {
            let path = Path::from_iter([self.environment, folder]);
            let listed: Vec<_> =
                store.list(Some(&path)).try_collect().await.map_err(|source| io("list", &path, source))?;
            keys.extend(listed.into_iter().map(|object| object.location));
        }
        Ok(keys)
    }

    /// What stands in the new store already has to be what an earlier attempt has copied.
    async fn refuse_others(&self, keys: &[Path]) -> Result<(), MigrateError> {
        let there = self.keys(&self.to).await?;
        let foreign = |key: &Path| MigrateError::NotEmpty {
            from: self.from_url.to_owned(),
            to: self.to_url.to_owned(),
            key: key.to_string(),
        };
        if let Some(other) = there.iter().find(|key| !keys.contains(key)) {
            return Err(foreign(other));
        }
        let compared = stream::iter(there.iter()).map(async |key| {
            let (ours, theirs) = (read(&self.from, key).await?, read(&self.to, key).await?);
            if ours == theirs { Ok(()) } else { Err(foreign(key)) }
        });
        compared.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What the copy can't be read without, the first object of the log foremost, and all the rest.
    fn needed_to_read(&self, keys: Vec<Path>) -> (Vec<Path>, Vec<Path>) {
        let log = Folder::Log.path(self.environment);
        let snapshots = Folder::Snapshot.path(self.environment);
        let first = keys.iter().filter(|key| key.prefix_matches(&log)).min().cloned();
        keys.into_iter().partition(|key| Some(key) == first.as_ref() || key.prefix_matches(&snapshots))
    }

    async fn copy(&self, keys: &[Path]) -> Result<u64, MigrateError> {
        let copied = stream::iter(keys).map(async |key| {
            let text = read(&self.from, key).await?;
            let length = text.len() as u64;
            let create = PutOptions::from(PutMode::Create);
            match self.to.put_opts(key, text.clone().into(), create).await {
                Ok(_) => {}
                // Of an earlier attempt, or of this one, whose answer was lost.
                Err(error) => match read(&self.to, key).await {
                    Ok(there) if there == text => {}
                    Ok(_) => {
                        return Err(MigrateError::NotEmpty {
                            from: self.from_url.to_owned(),
                            to: self.to_url.to_owned(),
                            key: key.to_string(),
                        });
                    }
                    Err(_) => return Err(io("write", key, error).into()),
                },
            }
            Ok(length)
        });
        copied.buffer_unordered(AT_ONCE).try_fold(0, async |sum, length| Ok(sum + length)).await
    }

    /// Lets epochs go on from where they were: the log that was copied knows of them.
    async fn pass_epoch_on(&self) -> Result<(), MigrateError> {
        let from = Reader::new(self.from.clone(), self.environment);
        let Some(lease) = from.lease().await? else { return Ok(()) };
        let given_back = LeaseObject { released: true, unfinished: false, ..lease };
        let key = Folder::Lease.key(self.environment, given_back.epoch);
        let text = Bytes::from(encode(&given_back));
        let to = Reader::new(self.to.clone(), self.environment);
        // What is there already is of an earlier attempt, and has gone on from there.
        put_new(&to, self.world, &key, &text).await?;
        Ok(())
    }

    /// Leaves in the new log where it comes from.
    async fn note(&self) -> Result<(), StateError> {
        let opened =
            Writer::open(self.to.clone(), self.environment, self.world.clone(), self.to_claim, self.tell);
        let (writer, writing) = opened.await?;
        let reason = format!("state migrate from {}", self.from_url);
        let commit = async move { writer.commit(vec![Record::Change { reason, entries: Vec::new() }]).await };
        futures::join!(commit, writing.run()).0.map(drop)
    }

    /// Reads the copy as everybody will from now on.
    async fn compare(&self, state: &State, serial: u64) -> Result<(), MigrateError> {
        let not_the_same =
            |key: &Path| MigrateError::NotTheSame { to: self.to_url.to_owned(), key: key.to_string() };
        let keys: Vec<Path> = self.keys(&self.to).await?.into_iter().collect();
        let compared = stream::iter(&keys).map(async |key| {
            let (ours, theirs) = (read(&self.from, key).await?, read(&self.to, key).await?);
            if ours == theirs { Ok(()) } else { Err(not_the_same(key)) }
        });
        let () = compared.buffer_unordered(AT_ONCE).try_collect().await?;
        let copy = Reader::new(self.to.clone(), self.environment).load().await?;
        let mut expected = state.clone();
        // What closes the old log stays there, with the epoch that it may have begun.
        (expected.serial, expected.moved_to, expected.epoch) = (serial, None, copy.epoch);
        if copy == expected { Ok(()) } else { Err(not_the_same(&Folder::Log.path(self.environment))) }
    }
}

async fn read(store: &Arc<dyn ObjectStore>, key: &Path) -> Result<Bytes, StateError> {
    let got = store.get_opts(key, object_store::GetOptions::default()).await;
    let got = got.map_err(|source| io("read", key, source))?;
    got.bytes().await.map_err(|source| io("read", key, source))
}

fn io(doing: &'static str, key: &Path, source: Error) -> StateError {
    StateError::Io {
        doing,
        key: key.to_string(),
        source: Arc::new(source),
        hint: "Check that both stores can be reached, and your rights to them, and run the command again: it goes \
               on where it was",
    }
}

#[cfg(test)]
mod tests;
