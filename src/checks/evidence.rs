//! What is kept of the answers to checks.

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::model::{Address, Json};

/// One answer to a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub probe: String,
    /// What was asked: the answer to another question proves nothing.
    pub question: Json,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    pub seen: String,
    pub provenance: Provenance,
    pub at_unix_ms: i64,
}

/// What an answer says of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    Failed,
    /// There was no answer, or none with a figure.
    NoData,
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// From the thing itself.
    Measured,
    /// From the sandbox's world.
    Simulated,
}

/// All that is kept of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub format_version: u64,
    pub environment: String,
    pub address: Address,
    /// Something before the check changes, or has: it has to be asked again, whatever it said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
    pub latest: Evidence,
    /// What it said before, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Evidence>,
}

/// The version of the format that is written, and the last one that is read.
pub(super) const FORMAT_VERSION: u64 = 1;

/// How many earlier answers are kept.
const HISTORY: usize = 20;

impl Evidence {
    pub(super) fn of(
        probe: &str,
        question: Json,
        seen: Seen,
        provenance: Provenance,
        at_unix_ms: i64,
    ) -> Self {
        Self {
            probe: probe.to_owned(),
            question,
            verdict: seen.verdict,
            figure: seen.figure,
            unit: seen.unit,
            bound: seen.bound,
            seen: seen.text,
            provenance,
            at_unix_ms,
        }
    }

    /// Whether it proves what was asked, where figures have to come from `needed`.
    #[must_use]
    pub fn satisfies(&self, needed: Provenance) -> bool {
        self.verdict == Verdict::Passed && self.provenance.satisfies(needed)
    }
}

impl Provenance {
    /// Outside of the sandbox only what was measured counts.
    #[must_use]
    pub fn satisfies(self, needed: Provenance) -> bool {
        self == Provenance::Measured || needed == Provenance::Simulated
    }
}

impl Record {
    /// What is kept once there is a new answer.
    #[must_use]
    pub(super) fn with(
        environment: &str,
        address: &Address,
        latest: Evidence,
        before: Option<&Record>,
    ) -> Self {
        let history = before.map_or_else(Vec::new, |before| {
            let earlier = before.history.iter().take(HISTORY - 1).cloned();
            std::iter::once(before.latest.clone()).chain(earlier).collect()
        });
        Self {
            format_version: FORMAT_VERSION,
            environment: environment.to_owned(),
            address: address.clone(),
            doubted: false,
            latest,
            history,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::evidence;
    use super::*;

    #[test]
    fn history_is_bounded_and_newest_first() {
        let address: Address = "platform/cluster.ready".parse().unwrap();
        let mut record = Record::with("sandbox", &address, evidence(Verdict::Passed, 0), None);
        for at in 1..=50 {
            record = Record::with("sandbox", &address, evidence(Verdict::Failed, at), Some(&record));
        }
        assert_eq!(record.latest.at_unix_ms, 50);
        let times: Vec<i64> = record.history.iter().map(|evidence| evidence.at_unix_ms).collect();
        assert_eq!(times, (30..50).rev().collect::<Vec<_>>());
    }

    #[test]
    fn outside_of_the_sandbox_only_what_was_measured_counts() {
        let simulated = evidence(Verdict::Passed, 0);
        assert!(simulated.satisfies(Provenance::Simulated));
        assert!(!simulated.satisfies(Provenance::Measured));
        let measured = Evidence { provenance: Provenance::Measured, ..simulated };
        assert!(measured.satisfies(Provenance::Measured) && measured.satisfies(Provenance::Simulated));
        let failed = Evidence { verdict: Verdict::Failed, ..measured };
        assert!(!failed.satisfies(Provenance::Simulated));
    }

    /// What older versions have written has to stay readable: this text never changes.
    #[test]
    fn version_1_looks_like_this() {
        let address: Address = "platform/cluster.ready[primary]".parse().unwrap();
        let record = Record::with("sandbox", &address, evidence(Verdict::Passed, 7), None);
        let text = r#"{"format_version":1,"environment":"sandbox","address":"platform/cluster.ready[primary]","latest":{"probe":"kubernetes","question":{"nodes":{"ready_at_least":3}},"verdict":"passed","figure":3.0,"unit":"nodes","seen":"3 of 3 nodes ready","provenance":"simulated","at_unix_ms":7}}"#;
        assert_eq!(serde_json::to_string(&record).unwrap(), text);
        assert_eq!(serde_json::from_str::<Record>(text).unwrap(), record);
    }
}
