//! How a sandbox's world outlives its process: a snapshot, and a journal with one line for each
//! change, appended with one write before the change is answered.
//!
//! Processes may share a folder: each takes the lock for one call at a time and first reads what
//! the others have appended. A line without its end is the last write of a process that died in
//! it; nobody was told of it, and it is dropped.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::ground::{Effect, FORMAT, Ground, Snapshot};
use crate::world::files;

/// Where a sandbox keeps its world.
#[derive(Debug, Clone)]
pub enum Store {
    /// In a folder, which is made where it isn't there.
    Folder(PathBuf),
    /// In memory: as long as a clone of this lives.
    Memory(Memory),
}

/// The files of a sandbox that lives in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Files>>);

#[derive(Debug, Default)]
struct Files {
    snapshot: Option<Vec<u8>>,
    /// The journal of the snapshot's generation.
    journal: Vec<u8>,
    generation: u64,
}

impl Store {
    /// A new one in memory.
    #[must_use]
    pub fn memory() -> Self {
        Store::Memory(Memory::default())
    }
}

impl Memory {
    fn files(&self) -> MutexGuard<'_, Files> {
        // Every change of the files is one assignment or one append: they are whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts bytes off the journal's end, as the death of a process in the middle of a write does.
    pub fn tear(&self, bytes: usize) {
        let mut files = self.files();
        let length = files.journal.len().saturating_sub(bytes);
        files.journal.truncate(length);
    }
}

/// Why the sandbox's world can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the sandbox's world in {path} can't be read or written: {source}")]
    Io { path: String, source: io::Error },
    #[error(
        "{path} holds no world of the sandbox at byte {offset}: {reason}; move it away to begin a new world"
    )]
    Corrupt { path: String, offset: u64, reason: String },
    #[error("{path} was written by a newer Ninefold (format {format}, this one reads up to {FORMAT})")]
    Newer { path: String, format: u32 },
}

/// One line of the journal.
#[derive(Serialize, Deserialize)]
struct Line {
    /// How far the clock had come.
    at_ms: u64,
    draws: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    effects: Vec<Effect>,
}

/// A journal that is being read and written.
pub(super) struct Journal {
    medium: Medium,
    generation: u64,
    /// How much of it has been read or written by this process.
    offset: u64,
    /// The length of the snapshot that it goes on from.
    snapshot_bytes: u64,
}

enum Medium {
    Folder { folder: PathBuf, lock: files::LockFile, appender: Option<files::Appender> },
    Memory(Memory),
}

/// While this lives, no other process changes the world.
pub(super) struct Held {
    _lock: Option<files::HeldLock>,
}

/// Journals up to this length are never compacted.
const SMALL_BYTES: u64 = 256 * 1024;

impl Journal {
    /// Opens a world; `begin` makes a new one where there is none.
    pub(super) fn open(store: &Store, begin: impl FnOnce() -> Ground) -> Result<(Self, Ground), StoreError> {
        let medium = match store {
            Store::Memory(memory) => Medium::Memory(memory.clone()),
            Store::Folder(folder) => {
                let lock = files::LockFile::open(&folder.join("lock")).map_err(io_error(folder))?;
                Medium::Folder { folder: folder.clone(), lock, appender: None }
            }
        };
        let mut journal = Self { medium, generation: 0, offset: 0, snapshot_bytes: 0 };
        let held = journal.hold()?;
        let ground = match journal.load()? {
            Some(ground) => ground,
            None => {
                let ground = begin();
                journal.compact(&ground)?;
                ground
            }
        };
        if journal.offset > SMALL_BYTES.max(2 * journal.snapshot_bytes) {
            journal.compact(&ground)?;
        }
        drop(held);
        Ok((journal, ground))
    }

    /// Takes the lock.
    pub(super) fn hold(&self) -> Result<Held, StoreError> {
        Ok(match &self.medium {
            Medium::Folder { lock, folder, .. } => {
                Held { _lock: Some(lock.hold().map_err(io_error(folder))?) }
            }
            // In memory, every handle is of this process, whose calls don't overlap.
            Medium::Memory(_) => Held { _lock: None },
        })
    }

    /// Reads what other processes have written since. The lock must be held.
    pub(super) fn catch_up(&mut self, ground: &mut Ground) -> Result<(), StoreError> {
        match self.length()? {
            Some(length) if length == self.offset => Ok(()),
            Some(length) if length > self.offset => self.read_on(ground),
            // Another process has compacted the journal, or begun the world anew.
            _ => match self.load()? {
                Some(fresh) => {
                    *ground = fresh;
                    Ok(())
                }
                None => self.compact(ground),
            },
        }
    }

    /// Writes effects down and only then makes them. The lock must be held.
    pub(super) fn commit(
        &mut self,
        ground: &mut Ground,
        at_ms: u64,
        draws: u64,
        effects: Vec<Effect>,
    ) -> Result<(), StoreError> {
        let line = Line { at_ms, draws, effects };
        let mut bytes = serde_json::to_vec(&line).map_err(|error| self.corrupt(self.offset, &error))?;
        bytes.push(b'\n');
        self.append(&bytes)?;
        self.offset += bytes.len() as u64;
        replay(ground, line);
        Ok(())
    }

    /// Writes a snapshot of the world and begins an empty journal. The lock must be held.
    pub(super) fn compact(&mut self, ground: &Ground) -> Result<(), StoreError> {
        let generation = self.generation + 1;
        let bytes =
            serde_json::to_vec(&ground.snapshot(generation)).map_err(|error| self.corrupt(0, &error))?;
        match &mut self.medium {
            Medium::Memory(memory) => {
                let mut files = memory.files();
                *files = Files { snapshot: Some(bytes.clone()), journal: Vec::new(), generation };
            }
            Medium::Folder { folder, appender, .. } => {
                // The new journal is there before the snapshot that names it: a missing journal
                // therefore always means that another process has compacted.
                let next = journal_path(folder, generation);
                files::remove(&next).map_err(io_error(folder))?;
                *appender = Some(files::Appender::open(&next).map_err(io_error(folder))?);
                files::write_atomically(&snapshot_path(folder), &bytes).map_err(io_error(folder))?;
                files::remove(&journal_path(folder, self.generation)).map_err(io_error(folder))?;
            }
        }
        self.generation = generation;
        self.offset = 0;
        self.snapshot_bytes = bytes.len() as u64;
        Ok(())
    }

    /// Reads snapshot and journal anew; `None` when there is no world yet.
    fn load(&mut self) -> Result<Option<Ground>, StoreError> {
        let bytes = match &self.medium {
            Medium::Memory(memory) => memory.files().snapshot.clone(),
            Medium::Folder { folder, .. } => {
                let path = snapshot_path(folder);
                if files::exists(&path) { Some(files::read(&path).map_err(io_error(folder))?) } else { None }
            }
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let snapshot = self.parse_snapshot(&bytes)?;
        self.generation = snapshot.generation;
        self.offset = 0;
        self.snapshot_bytes = bytes.len() as u64;
        if let Medium::Folder { folder, appender, .. } = &mut self.medium {
            let path = journal_path(folder, snapshot.generation);
            *appender = Some(files::Appender::open(&path).map_err(io_error(folder))?);
        }
        let mut ground = Ground::from_snapshot(snapshot);
        self.read_on(&mut ground)?;
        Ok(Some(ground))
    }

    fn parse_snapshot(&self, bytes: &[u8]) -> Result<Snapshot, StoreError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let path = || match &self.medium {
            Medium::Folder { folder, .. } => snapshot_path(folder).display().to_string(),
            Medium::Memory(_) => "memory".to_owned(),
        };
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            path: path(),
            offset: 0,
            reason: error.to_string(),
        };
        let head: Head = serde_json::from_slice(bytes).map_err(corrupt)?;
        if head.format > FORMAT {
            return Err(StoreError::Newer { path: path(), format: head.format });
        }
        serde_json::from_slice(bytes).map_err(corrupt)
    }

    /// Replays the journal from where this process stands, and cuts off what a dead one left.
    fn read_on(&mut self, ground: &mut Ground) -> Result<(), StoreError> {
        let bytes = match &self.medium {
            Medium::Memory(memory) => {
                let files = memory.files();
                let start = usize::try_from(self.offset).unwrap_or(usize::MAX);
                files.journal.get(start..).unwrap_or_default().to_vec()
            }
            Medium::Folder { folder, .. } => {
                files::read_from(&journal_path(folder, self.generation), self.offset)
                    .map_err(io_error(folder))?
            }
        };
        for text in bytes.split_inclusive(|byte| *byte == b'\n') {
            if text.last() != Some(&b'\n') {
                return self.truncate();
            }
            let line: Line =
                serde_json::from_slice(text).map_err(|error| self.corrupt(self.offset, &error))?;
            replay(ground, line);
            self.offset += text.len() as u64;
        }
        Ok(())
    }

    fn length(&self) -> Result<Option<u64>, StoreError> {
        match &self.medium {
            Medium::Memory(memory) => {
                let files = memory.files();
                Ok((files.generation == self.generation).then_some(files.journal.len() as u64))
            }
            Medium::Folder { folder, .. } => {
                files::length(&journal_path(folder, self.generation)).map_err(io_error(folder))
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        match &mut self.medium {
            Medium::Memory(memory) => memory.files().journal.extend_from_slice(bytes),
            Medium::Folder { folder, appender, .. } => {
                let appender = match appender {
                    Some(appender) => appender,
                    None => appender.insert(
                        files::Appender::open(&journal_path(folder, self.generation))
                            .map_err(io_error(folder))?,
                    ),
                };
                appender.append(bytes).map_err(io_error(folder))?;
            }
        }
        Ok(())
    }

    fn truncate(&self) -> Result<(), StoreError> {
        match &self.medium {
            Medium::Memory(memory) => {
                let length = usize::try_from(self.offset).unwrap_or(usize::MAX);
                memory.files().journal.truncate(length);
                Ok(())
            }
            Medium::Folder { folder, .. } => {
                files::truncate(&journal_path(folder, self.generation), self.offset).map_err(io_error(folder))
            }
        }
    }

    fn corrupt(&self, offset: u64, error: &serde_json::Error) -> StoreError {
        let path = match &self.medium {
            Medium::Folder { folder, .. } => journal_path(folder, self.generation).display().to_string(),
            Medium::Memory(_) => "memory".to_owned(),
        };
        StoreError::Corrupt { path, offset, reason: error.to_string() }
    }
}

fn replay(ground: &mut Ground, line: Line) {
    ground.reached_ms = ground.reached_ms.max(line.at_ms);
    ground.draws = ground.draws.max(line.draws);
    for effect in line.effects {
        ground.apply(effect);
    }
}

fn snapshot_path(folder: &Path) -> PathBuf {
    folder.join("world.json")
}

fn journal_path(folder: &Path, generation: u64) -> PathBuf {
    folder.join(format!("journal-{generation}.jsonl"))
}

fn io_error(folder: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = folder.display().to_string();
    move |source| StoreError::Io { path, source }
}
