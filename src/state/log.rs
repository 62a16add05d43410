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
pub(super) const FORMAT_VERSION: u64 = 2;

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
    #[serde(default)]
    epoch: u64,
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
            epoch: state.epoch,
        }
    }

    pub(super) fn into_state(self) -> State {
        State {
            epoch: self.epoch,
            ..State::restored(self.serial, self.resources, self.deposed, self.open, self.last_run)
        }
    }
}

/// A folder of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folder {
    Log,
    Snapshot,
    Lease,
}

impl Folder {
    pub(super) fn path(self, environment: &str) -> Path {
        let folder = match self {
            Folder::Log => "log",
            Folder::Snapshot => "snapshot",
            Folder::Lease => "lease",
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
        let serial = serial.filter(|serial| self.key(environment, *serial) == *key);
        serial.ok_or_else(|| StateError::Stray { key: key.to_string() })
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

#[cfg(test)]
mod tests {
    use super::super::testing::{change, create, intent, put, run, succeeded};
    use super::*;

    fn object() -> LogObject {
        LogObject {
            format_version: FORMAT_VERSION,
            environment: "staging".into(),
            serial: 42,
            writer: "kim@laptop x".into(),
            nonce: "n".into(),
            unix_ms: 1_800_000_000_000,
            records: vec![
                run(1),
                intent(1, 2, "vpc", create()),
                succeeded(2, vec![put("vpc", "vpc-1")]),
                change(vec![put("ünïcode", "1")]),
            ],
        }
    }

    fn key() -> Path {
        Folder::Log.key("staging", 42)
    }

    fn read(text: &[u8]) -> Result<LogObject, StateError> {
        decode(text, &key(), "staging", 42)
    }

    fn message(text: &[u8]) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn an_object_reads_as_it_was_written() {
        assert_eq!(read(&encode(&object())).unwrap(), object());
    }

    /// What older versions have written has to stay readable: this text never changes.
    #[test]
    fn version_1_looks_like_this() {
        let records = vec![run(1), succeeded(2, vec![put("vpc", "vpc-1")])];
        let object = LogObject { format_version: 1, records, ..object() };
        let text = r#"{"format_version":1,"environment":"staging","serial":42,"writer":"kim@laptop x","nonce":"n","unix_ms":1800000000000,"records":[{"type":"run","run":"00000000000000000000000001","command":"apply","holder":"kim@laptop","started_unix_ms":1000},{"type":"outcome","operation":"00000000000000000000000002","result":"succeeded","entries":[{"put":{"address":"platform/cluster.vpc","kind":"aws.ec2.vpc","kind_version":1,"scope":{"region":"us-east-1"},"id":"vpc-1","recorded":{"cidr_block":"10.0.0.0/16"},"observed":{"cidr_block":"10.0.0.0/16","id":"vpc-1"}}}]}]}"#;
        assert_eq!(String::from_utf8(encode(&object)).unwrap().trim_end(), text);
        assert_eq!(read(text.as_bytes()).unwrap(), object);
    }

    /// Nor does this one, which has the record that version 2 brought.
    #[test]
    fn version_2_looks_like_this() {
        let epoch = Record::Epoch { epoch: 7, holder: "kim@laptop".into(), reason: "apply".into() };
        let object = LogObject { format_version: 2, records: vec![epoch], ..object() };
        let text = r#"{"format_version":2,"environment":"staging","serial":42,"writer":"kim@laptop x","nonce":"n","unix_ms":1800000000000,"records":[{"type":"epoch","epoch":7,"holder":"kim@laptop","reason":"apply"}]}"#;
        assert_eq!(String::from_utf8(encode(&object)).unwrap().trim_end(), text);
        assert_eq!(read(text.as_bytes()).unwrap(), object);
    }

    #[test]
    fn keys_sort_as_serials_do_and_other_names_are_foreign() {
        assert_eq!(key().as_ref(), "staging/log/00000000000000000042.json");
        assert_eq!(
            Folder::Snapshot.key("staging", u64::MAX).as_ref().len(),
            "staging/snapshot/.json".len() + 20
        );
        assert_eq!(Folder::Log.serial("staging", &key()).unwrap(), 42);
        for name in
            ["42.json", "00000000000000000042.jsn", ".DS_Store", "+0000000000000000042.json", "a/b.json"]
        {
            let path = Path::from(format!("staging/log/{name}"));
            let error = Folder::Log.serial("staging", &path).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`staging/log/{name}` is none of Ninefold's")), "{error}");
        }
    }

    #[test]
    fn every_cut_is_found_as_one() {
        let text = encode(&object());
        // Without its line break, it is whole.
        assert!(read(&text[..text.len() - 1]).is_ok());
        for length in 0..text.len() - 1 {
            let error = read(&text[..length]).unwrap_err();
            // A cut within a character of several bytes looks torn.
            let within = text[..length].last().is_some_and(|byte| !byte.is_ascii())
                && std::str::from_utf8(&text[..length]).is_err();
            assert!(
                matches!(error, StateError::Truncated { length: known, .. } if known == length) || within,
                "{length}: {error}"
            );
        }
    }

    #[test]
    fn a_truncated_object_says_where_it_ends_and_what_to_do() {
        let text = encode(&object());
        assert_eq!(
            message(&text[..100]),
            "`staging/log/00000000000000000042.json` is truncated: it ends after 100 bytes, at line 1, column \
             100, in the middle of a record; nothing of it was read. Restore it from a backup or an older version \
             in the store; a log object is never rewritten, so its first version is the right one. If there is \
             none, `ninefold state history` shows what can be restored without it"
        );
    }

    #[test]
    fn a_torn_object_says_where() {
        let mut text = encode(&object());
        text[60..].fill(0);
        let error = message(&text);
        assert!(
            error.starts_with("`staging/log/00000000000000000042.json` is torn: line 1, column 61 "),
            "{error}"
        );
        let mut twice = encode(&object());
        twice.extend_from_slice(b"{}");
        assert!(message(&twice).contains("is torn: line 2, column 1 isn't JSON (trailing characters)"));
    }

    #[test]
    fn a_foreign_object_says_why() {
        for (text, reason) in [
            ("{}".to_owned(), "missing field `format_version` at line 1"),
            ("[]".to_owned(), "invalid length 0"),
            (r#"{"version":4,"terraform_version":"1.9.0"}"#.to_owned(), "unknown field `version`"),
            (text_with("serial", "41"), "it holds serial 41"),
            (text_with("environment", "\"production\""), "it is of environment `production`"),
            (text_with("format_version", "0"), "no format version 0"),
            (text_with("records", r#"[{"type":"era"}]"#), "unknown variant `era`"),
        ] {
            let error = message(text.as_bytes());
            assert!(
                error.starts_with("`staging/log/00000000000000000042.json` doesn't belong there"),
                "{error}"
            );
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }

    #[test]
    fn a_newer_format_is_refused_by_name_even_where_it_reads() {
        let unreadable = r#"{"format_version":3,"sealed":"…"}"#.to_owned();
        for text in [unreadable, text_with("format_version", "3")] {
            let error = message(text.as_bytes());
            assert!(error.contains("has format version 3, and this Ninefold reads up to 2"), "{error}");
            assert!(error.contains("Update Ninefold"), "{error}");
        }
    }

    #[test]
    fn a_broken_snapshot_may_be_deleted() {
        let key = Folder::Snapshot.key("staging", 42);
        let error = decode::<SnapshotObject>(b"", &key, "staging", 42).unwrap_err().to_string();
        assert!(error.contains("Delete this snapshot"), "{error}");
    }

    fn text_with(field: &str, value: &str) -> String {
        let mut json = serde_json::to_value(object()).unwrap();
        json[field] = serde_json::from_str(value).unwrap();
        json.to_string()
    }
}
