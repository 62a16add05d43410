//! What the tests of all probes share.

use crate::model::{Json, Value};

/// The messages of everything that is wrong with a question.
pub(super) fn messages(probe: &str, question: &Json) -> Vec<String> {
    let findings = super::findings(probe, &Value::from_json(question), None);
    findings.into_iter().map(|finding| finding.message).collect()
}
