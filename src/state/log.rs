//! The objects that hold records: their keys and their text.

use serde::{Deserialize, Serialize};

use super::Record;

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
