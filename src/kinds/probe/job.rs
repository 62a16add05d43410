//! `job`: how a job in a cluster ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether the last run of a job succeeded; with a measure, whether its figure keeps to the bound
/// besides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobQuestion {
    /// `default` where absent.
    pub namespace: Option<String>,
    /// The name of a job, or of the cron job whose last run counts.
    pub name: String,
    /// What is measured; without it, the question is only whether it succeeded.
    pub measure: Option<JobMeasure>,
    /// What the figure is compared with, such as `< 15m`.
    pub bound: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobMeasure {
    /// From its start to its end.
    Duration,
}

impl Ask for JobQuestion {
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
    fn a_job_succeeds_within_a_time() {
        assert!(messages("job", &json!({ "namespace": "database", "name": "restore-test" })).is_empty());
        let question = |bound: &str| json!({ "name": "restore-test", "measure": "duration", "bound": bound });
        assert!(messages("job", &question("< 15m")).is_empty());
        assert_eq!(messages("job", &question("< 15%")), ["`< 15%` doesn't fit what is measured"]);
        assert_eq!(messages("job", &json!({ "namespace": "a" })), ["`name` is missing in spec"]);
    }
}
