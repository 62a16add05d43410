//! `promql`: what a query of Prometheus gives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Dimension, Unit};
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether the one figure that a query gives keeps to the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromqlQuestion {
    /// A query that gives one figure.
    pub query: String,
    /// The unit of its figure, which Prometheus doesn't know.
    pub unit: Option<Unit>,
    /// What the figure is compared with, such as `< 200ms`.
    pub bound: String,
}

impl Ask for PromqlQuestion {
    fn validate(&self) -> Vec<Finding> {
        let dimension = self.unit.map_or(Dimension::Count, Unit::dimension);
        let mut findings: Vec<Finding> = measure::fits(&self.bound, Some(dimension))
            .into_iter()
            .map(|finding| finding.and("unit"))
            .collect();
        findings.extend(measure::named("query", &self.query));
        findings
    }

    fn bound(&self) -> Option<&str> {
        Some(&self.bound)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::messages;

    #[test]
    fn a_query_says_in_which_unit_it_answers() {
        assert!(messages("promql", &json!({ "query": "up", "bound": ">= 1" })).is_empty());
        assert!(messages("promql", &json!({ "query": "p99", "unit": "s", "bound": "< 200ms" })).is_empty());
        let without = messages("promql", &json!({ "query": "p99", "bound": "< 200ms" }));
        assert_eq!(without, ["`< 200ms` doesn't fit what is measured"]);
        assert_eq!(messages("promql", &json!({ "query": "up" })), ["`bound` is missing in spec"]);
        assert_eq!(messages("promql", &json!({ "query": "", "bound": "> 1" })), ["`query` is empty"]);
    }
}
