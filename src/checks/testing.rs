//! What the tests of checks share.

use serde_json::json;

use super::evidence::{Evidence, Provenance, Verdict};

/// An answer of the sandbox.
pub(super) fn evidence(verdict: Verdict, at_unix_ms: i64) -> Evidence {
    Evidence {
        probe: "kubernetes".into(),
        question: json!({ "nodes": { "ready_at_least": 3 } }),
        verdict,
        figure: Some(3.0),
        unit: Some("nodes".into()),
        bound: None,
        seen: "3 of 3 nodes ready".into(),
        provenance: Provenance::Simulated,
        at_unix_ms,
    }
}
