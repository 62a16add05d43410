//! What was changed behind our back, in the forms that people, CI jobs and scanners read.

pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;

#[cfg(test)]
mod sample;

use super::Look;
use super::value::{on_one_line, sides};
use crate::model::{Address, FieldChange, PhysicalId, Value};

/// What a search for drift found.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftReport {
    pub environment: String,
    /// In the order of their addresses.
    pub entries: Vec<Entry>,
    /// Every resource that was looked at, those that have drifted included.
    pub checked: Vec<Address>,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: i64,
    /// How long it took.
    pub took_ms: u64,
}

/// One resource that isn't as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its address; what is in no state has the one that its tags name, if any.
    pub address: Option<Address>,
    pub kind: String,
    pub region: Option<String>,
    pub id: Option<PhysicalId>,
    /// The line that declares it, such as `phases/1-cluster.yaml:12:5`.
    pub source: Option<String>,
    pub what: Drift,
    /// Who changed it last, where the provider tells.
    pub edited_by: Option<String>,
}

/// How it isn't as it was left.
#[derive(Debug, Clone, PartialEq)]
pub enum Drift {
    /// Fields differ: in each, `to` is what we set and `from` is what is there.
    Changed { fields: Vec<FieldChange> },
    /// It is in state and gone from the world.
    Missing,
    /// It carries our tags and is in no state.
    Unmanaged,
    /// It couldn't be read, so that nothing is known of it.
    Unreachable { why: String },
}

impl DriftReport {
    /// Whether anything differs. What couldn't be reached isn't known to differ.
    #[must_use]
    pub fn has_drift(&self) -> bool {
        self.entries.iter().any(|entry| !matches!(entry.what, Drift::Unreachable { .. }))
    }

    /// Whether something couldn't be read.
    #[must_use]
    pub fn has_unreachable(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.what, Drift::Unreachable { .. }))
    }
}

impl Entry {
    /// What people call it: its address. What is in no state goes by its kind and id, because
    /// the address in its tags may well be another's.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.address, &self.id) {
            (Some(address), _) if self.what != Drift::Unmanaged => address.to_string(),
            (_, Some(id)) => format!("{} {id}", self.kind),
            (Some(address), None) => address.to_string(),
            (None, None) => self.kind.clone(),
        }
    }

    /// The address that the tags of an unmanaged resource name.
    fn tagged_as(&self) -> Option<String> {
        let address = self.address.as_ref().filter(|_| self.what == Drift::Unmanaged)?;
        Some(format!("tagged as {address}"))
    }

    /// What is wrong with it, in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        match &self.what {
            Drift::Changed { fields } => format!("{} changed", super::counted(fields.len(), "field")),
            Drift::Missing => "is gone".to_owned(),
            Drift::Unmanaged => "carries our tags and is in no state".to_owned(),
            Drift::Unreachable { why } => format!("couldn't be read: {why}"),
        }
    }
}

/// The machine's word for it.
fn word(what: &Drift) -> &'static str {
    match what {
        Drift::Changed { .. } => "changed",
        Drift::Missing => "missing",
        Drift::Unmanaged => "unmanaged",
        Drift::Unreachable { .. } => "unreachable",
    }
}

/// When the search was made, as RFC 3339 writes it.
fn timestamp(report: &DriftReport) -> String {
    // A time beyond the year 9999 is a broken clock: the beginning of time says so as well.
    jiff::Timestamp::from_millisecond(report.at_unix_ms).unwrap_or_default().to_string()
}

/// A change read the other way round: a plan sets what is declared, drift went away from it.
fn expected_to_found(change: &FieldChange) -> FieldChange {
    FieldChange { from: change.to.clone(), to: change.from.clone(), ..change.clone() }
}

/// What was expected and what was found, on a line each of at most so many columns.
fn shown_sides(change: &FieldChange, columns: usize, look: Look) -> (String, String) {
    let (found, expected) = sides(change);
    let show = |value: &Option<Value>| {
        value.as_ref().map_or("(none)".to_owned(), |value| on_one_line(value, Some(columns), look))
    };
    (show(&expected), show(&found))
}

/// The details of an entry, without ornament.
fn plain_lines(entry: &Entry) -> Vec<String> {
    let mut lines = Vec::new();
    if let Drift::Changed { fields } = &entry.what {
        for field in fields {
            let (expected, found) = shown_sides(field, LONGEST, Look::PLAIN);
            lines.push(format!("{}: expected {expected}, found {found}", field.path));
        }
    }
    lines.extend(entry.id.as_ref().map(|id| format!("id: {id}")));
    lines.extend(entry.tagged_as());
    lines.extend(entry.source.as_ref().map(|source| format!("declared at {source}")));
    lines.extend(entry.edited_by.as_ref().map(|who| format!("last edited by {who}")));
    lines
}

/// How long a value may be in a machine's message, in columns.
const LONGEST: usize = 200;
