//! The objects that hold records and snapshots: their keys, their text, and what can be wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::path::Path;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::{Deposed, LastRun, OpenIntent, Record, Resource, State, StateError};
use crate::model::Address;

/// The version of the format that is written, and the last one that is read.
pub(super) const FORMAT_VERSION: u64 = 1;

/// One object of the log: the records that were committed together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogObject {
    pub format_version: u64,
    pub environment: String,
    pub serial: u64,
    /// The process that wrote it.
    pub writer: String,
    /// What tells this object from any other that the same writer tried to put here.
    pub nonce: String,
    pub unix_ms: i64,
    pub records: Vec<Record>,
}

/// The state after the log object of the same serial.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotObject {
    format_version: u64,
    environment: String,
    serial: u64,
    writer: String,
    unix_ms: i64,
    resources: Vec<Arc<Resource>>,
    deposed: BTreeMap<Address, Vec<Deposed>>,
    open: Vec<OpenIntent>,
    last_run: Option<LastRun>,
}

impl SnapshotObject {
    pub(super) fn of(state: &State, environment: &str, writer: &str, unix_ms: i64) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            environment: environment.to_owned(),
            serial: state.serial,
            writer: writer.to_owned(),
            unix_ms,
            resources: state.resources.values().cloned().collect(),
            deposed: state.deposed.clone(),
            open: state.open.values().cloned().collect(),
            last_run: state.last_run.clone(),
        }
    }

    pub(super) fn into_state(self) -> State {
        State::restored(self.serial, self.resources, self.deposed, self.open, self.last_run)
    }
}

/// A folder of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Log,
    Snapshot,
}

impl Folder {
    pub(super) fn path(self, environment: &str) -> Path {
        let folder = match self {
            Folder::Log => "log",
            Folder::Snapshot => "snapshot",
        };
        Path::from_iter([environment, folder])
    }

    /// The key of a serial: as many digits as the largest has, so that keys sort as serials do.
    pub(super) fn key(self, environment: &str, serial: u64) -> Path {
        self.path(environment).join(format!("{serial:020}.json"))
    }

    /// The serial that a key of this folder names.
    pub(super) fn serial(self, environment: &str, key: &Path) -> Result<u64, StateError> {
        let name = key.filename().unwrap_or_default();
        let serial = name.strip_suffix(".json").and_then(|digits| digits.parse().ok());
        serial.filter(|serial| self.key(environment, *serial) == *key).ok_or_else(|| StateError::Foreign {
            key: key.to_string(),
            reason: "its name isn't a serial of 20 digits and `.json`".to_owned(),
        })
    }
}

/// What every object says of itself.
pub(super) trait Labelled {
    /// Format version, environment and serial.
    fn label(&self) -> (u64, &str, u64);
}

impl Labelled for LogObject {
    fn label(&self) -> (u64, &str, u64) {
        (self.format_version, &self.environment, self.serial)
    }
}

impl Labelled for SnapshotObject {
    fn label(&self) -> (u64, &str, u64) {
        (self.format_version, &self.environment, self.serial)
    }
}

/// The text of an object.
pub(super) fn encode<T: Serialize>(object: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec(object).expect("records have string keys and no failing parts");
    text.push(b'\n');
    text
}

/// Reads the text of an object whole, or says what is wrong with it.
pub(super) fn decode<T: DeserializeOwned + Labelled>(
    text: &[u8],
    key: &Path,
    environment: &str,
    serial: u64,
) -> Result<T, StateError> {
    let object: T = serde_json::from_slice(text).map_err(|error| unreadable(text, key, &error))?;
    let (version, of_environment, of_serial) = object.label();
    let foreign = |reason| Err(StateError::Foreign { key: key.to_string(), reason });
    if version > FORMAT_VERSION {
        return Err(newer(key, version));
    }
    if version == 0 {
        return foreign("there is no format version 0".to_owned());
    }
    if of_environment != environment {
        return foreign(format!("it is of environment `{of_environment}`"));
    }
    if of_serial != serial {
        return foreign(format!("it holds serial {of_serial}"));
    }
    Ok(object)
}

fn newer(key: &Path, found: u64) -> StateError {
    StateError::NewerFormat { key: key.to_string(), found, known: FORMAT_VERSION }
}

fn unreadable(text: &[u8], key: &Path, error: &serde_json::Error) -> StateError {
    /// The one field that every format version has.
    #[derive(Deserialize)]
    struct Version {
        format_version: u64,
    }
    let (line, column) = (error.line(), error.column());
    let key_text = key.to_string();
    match error.classify() {
        Category::Eof => StateError::Truncated { key: key_text, length: text.len(), line, column },
        Category::Syntax | Category::Io => {
            // The message repeats the place, which the error names already.
            let full = error.to_string();
            let place = format!(" at line {line} column {column}");
            let reason = full.strip_suffix(&place).unwrap_or(&full).to_owned();
            StateError::Torn { key: key_text, line, column, reason }
        }
        Category::Data => match serde_json::from_slice(text) {
            Ok(Version { format_version }) if format_version > FORMAT_VERSION => newer(key, format_version),
            _ => StateError::Foreign { key: key_text, reason: error.to_string() },
        },
    }
}
