//! What is wrong, where, and what to do about it.

use std::collections::BTreeSet;

use super::Location;

/// How much a diagnostic matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

/// A further place that belongs to a diagnostic, with what it has to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub at: Location,
    pub text: String,
}

/// One finding about the workspace, for a person to act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// What happened, in one line.
    pub message: String,
    /// Where; the first label is the place itself.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), labels: Vec::new(), help: None }
    }

    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Adds a place and what is to be said of it.
    #[must_use]
    pub fn at(mut self, at: Location, text: impl Into<String>) -> Self {
        self.labels.push(Label { at, text: text.into() });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a help where there is none yet.
    #[must_use]
    pub fn or_help(self, help: impl FnOnce() -> String) -> Self {
        if self.help.is_none() { self.help(help()) } else { self }
    }

    /// Adds `did you mean …` when one of `candidates` is close to `given`.
    #[must_use]
    pub fn did_you_mean<'a>(self, given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match closest(given, candidates) {
            Some(candidate) if self.help.is_none() => self.help(format!("did you mean `{candidate}`?")),
            _ => self,
        }
    }
}

/// The candidate most like `given`, if any is like it at all.
pub fn closest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(given, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.cmp(x)))
        .map(|(_, candidate)| candidate)
}

fn likeness(given: &str, candidate: &str) -> f64 {
    let likeness = strsim::jaro_winkler(given, candidate);
    // Of a short name, two letters that are swapped are half of it.
    let is_one_slip = given.chars().count() >= 3 && strsim::osa_distance(given, candidate) == 1;
    if is_one_slip { likeness.max(0.8) } else { likeness }
}

/// Diagnostics in the order they were found; all of a run are shown, not only the first.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    all: Vec<Diagnostic>,
    /// What has been reported already, by place and message.
    seen: BTreeSet<(Option<Location>, String)>,
}

impl PartialEq for Diagnostics {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Eq for Diagnostics {}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        // An expression shared by many instances fails once for each: one report is enough.
        let place = diagnostic.labels.first().map(|label| label.at);
        if self.seen.insert((place, diagnostic.message.clone())) {
            self.all.push(diagnostic);
        }
    }

    pub fn extend(&mut self, others: Diagnostics) {
        for diagnostic in others.all {
            self.push(diagnostic);
        }
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|d| d.severity == Severity::Error)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.all.iter()
    }

    /// Sorted by place, so that a report reads from the top of each file to its end.
    pub fn sort(&mut self) {
        self.all.sort_by_key(|d| d.labels.first().map(|l| (l.at.source, l.at.offset)));
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut diagnostics = Self::default();
        diagnostics.push(diagnostic);
        diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_name_is_suggested_and_a_far_one_is_not() {
        let names = ["cidr_block", "tags", "instance_tenancy"];
        assert_eq!(closest("cidr_blok", names), Some("cidr_block"));
        assert_eq!(closest("zzz", names), None);
        assert_eq!(closest("vcp", ["vpc", "subnet"]), Some("vpc"));
    }
}
