//! `dns`: whether a name resolves, to what, and how fast.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether a name resolves; with a type, whether its records are those that are expected; with a
/// measure, whether its figure keeps to the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsQuestion {
    /// Such as `api.auditorsec.com`.
    pub name: String,
    /// Which records are asked for; without it, only whether the name leads anywhere.
    pub r#type: Option<DnsType>,
    /// All values that the answer has to have, in whatever order; without it, any will do.
    #[schemars(length(min = 1))]
    pub expects: Option<Vec<String>>,
    /// What is measured; without it, the question is only whether the name resolves.
    pub measure: Option<DnsMeasure>,
    /// What the figure is compared with, such as `< 50ms`.
    pub bound: Option<String>,
}

/// Which records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DnsType {
    A,
    Aaaa,
    Caa,
    Cname,
    Ds,
    Mx,
    Ns,
    Txt,
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
        if self.expects.is_some() && self.r#type.is_none() {
            findings.push(
                Finding::on("expects", "`expects` doesn't say of which records")
                    .and("type")
                    .help("add their type, such as `type: NS`"),
            );
        }
        if self.r#type.is_some() && self.measure.is_some() {
            findings.push(
                Finding::on("type", "either records are asked for or a figure, not both")
                    .and("measure")
                    .help("make a check of each"),
            );
        }
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

    #[test]
    fn records_are_asked_for_by_their_type() {
        let records = |more: serde_json::Value| {
            let mut question = json!({ "name": "a.test" });
            question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            messages("dns", &question)
        };
        assert!(records(json!({ "type": "NS" })).is_empty());
        assert!(records(json!({ "type": "CAA", "expects": ["0 issue \"a.test\""] })).is_empty());
        assert_eq!(records(json!({ "expects": ["a"] })), ["`expects` doesn't say of which records"]);
        assert_eq!(
            records(json!({ "type": "NS", "expects": [] })),
            ["`expects` has 0 elements, where at least 1 are allowed"]
        );
        let both = json!({ "type": "A", "measure": "latency", "bound": "< 50ms" });
        assert_eq!(records(both), ["either records are asked for or a figure, not both"]);
        assert_eq!(records(json!({ "type": "ANY" })).len(), 1);
    }
}
