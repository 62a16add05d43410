//! `dns`: whether a name resolves, and how fast.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether a name resolves; with a measure, whether its figure keeps to the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsQuestion {
    /// Such as `api.auditorsec.com`.
    pub name: String,
    /// What is measured; without it, the question is only whether the name resolves.
    pub measure: Option<DnsMeasure>,
    /// What the figure is compared with, such as `< 50ms`.
    pub bound: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DnsMeasure {
    /// The time to the answer.
    Latency,
}

impl Ask for DnsQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = measure::pair(self.measure, self.bound.as_deref(), |_| Dimension::Time);
        findings.extend(measure::named("name", &self.name));
        findings
    }

    fn bound(&self) -> Option<&str> {
        self.bound.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::messages;

    #[test]
    fn a_name_resolves_within_a_time() {
        assert!(messages("dns", &json!({ "name": "a.test" })).is_empty());
        let question = |bound: &str| json!({ "name": "a.test", "measure": "latency", "bound": bound });
        assert!(messages("dns", &question("< 50ms")).is_empty());
        assert_eq!(messages("dns", &question("< 50")), ["`< 50` doesn't fit what is measured"]);
        assert_eq!(messages("dns", &json!({ "name": "" })), ["`name` is empty"]);
    }
}
