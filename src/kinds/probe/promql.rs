//! `promql`: what a query of Prometheus gives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Dimension, Unit};
use super::{Ask, Workload, measure};
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
    /// A workload that has to be there for the query to have data, such as the exporter of its series.
    pub workload: Option<Workload>,
    /// What the sandbox answers, such as `150ms`, while the cluster is up and the workload ready; other
    /// targets measure.
    pub simulated: Option<String>,
}

impl Ask for PromqlQuestion {
    fn validate(&self) -> Vec<Finding> {
        let dimension = self.unit.map_or(Dimension::Count, Unit::dimension);
        let mut findings: Vec<Finding> = measure::fits(&self.bound, Some(dimension))
            .into_iter()
            .map(|finding| finding.and("unit"))
            .collect();
        findings.extend(measure::named("query", &self.query));
        findings.extend(measure::simulated(self.simulated.as_deref(), Some(&self.bound)));
        if let Some(workload) = &self.workload {
            findings.extend(measure::named("workload.kind", &workload.kind));
            findings.extend(measure::named("workload.name", &workload.name));
        }
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

    #[test]
    fn a_healthy_world_is_one_in_which_the_check_passes() {
        let question = |simulated: &str| json!({ "query": "p99", "unit": "s", "bound": "< 200ms", "simulated": simulated });
        assert!(messages("promql", &question("150ms")).is_empty());
        assert!(messages("promql", &question("0.15s")).is_empty());
        let slow = messages("promql", &question("250ms"));
        assert_eq!(slow, ["`250ms` doesn't keep to the bound `< 200 ms`"]);
        assert!(messages("promql", &question("150"))[0].starts_with("`150` doesn't fit its bound"));
        assert_eq!(messages("promql", &question("fast")), ["`fast` is no figure: there is no figure in it"]);
        let nameless = json!({ "query": "up", "bound": "> 0", "workload": { "kind": "", "name": "a" } });
        assert_eq!(messages("promql", &nameless), ["`workload.kind` is empty"]);
    }
}
