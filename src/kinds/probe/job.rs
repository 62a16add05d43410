//! `job`: how a job in a cluster ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Dimension, Unit};
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
    /// The key of a result that the job leaves: its container ends with a JSON object of figures as its
    /// termination message.
    pub result: Option<String>,
    /// The unit of that result.
    pub unit: Option<Unit>,
    /// What the sandbox answers where the job has succeeded, such as `150ms`; other targets measure.
    pub simulated: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobMeasure {
    /// From its start to its end.
    Duration,
    /// The figure of `result`.
    Result,
}

impl JobQuestion {
    fn dimension(&self, measure: JobMeasure) -> Dimension {
        match measure {
            JobMeasure::Duration => Dimension::Time,
            JobMeasure::Result => self.unit.map_or(Dimension::Count, Unit::dimension),
        }
    }
}

impl Ask for JobQuestion {
    fn validate(&self) -> Vec<Finding> {
        let bound = self.bound.as_deref();
        let mut findings = measure::pair(self.measure, bound, |measure| self.dimension(measure));
        findings.extend(measure::named("name", &self.name));
        findings.extend(measure::simulated(self.simulated.as_deref(), bound));
        let is_of_result = self.measure == Some(JobMeasure::Result);
        if is_of_result && self.result.is_none() {
            findings.push(
                Finding::on("measure", "`measure: result` doesn't say which result")
                    .and("result")
                    .help("name its key in the job's termination message, such as `result: p99`"),
            );
        }
        for (field, is_there) in [("result", self.result.is_some()), ("unit", self.unit.is_some())] {
            if is_there && !is_of_result {
                findings.push(
                    Finding::on(field, format!("`{field}` is of a `measure: result`, and there is none"))
                        .and("measure"),
                );
            }
        }
        if self.simulated.is_some() && self.measure.is_none() {
            findings.push(
                Finding::on("simulated", "`simulated` is a figure, and nothing is measured").and("measure"),
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
    fn a_job_succeeds_within_a_time() {
        assert!(messages("job", &json!({ "namespace": "database", "name": "restore-test" })).is_empty());
        let question = |bound: &str| json!({ "name": "restore-test", "measure": "duration", "bound": bound });
        assert!(messages("job", &question("< 15m")).is_empty());
        assert_eq!(messages("job", &question("< 15%")), ["`< 15%` doesn't fit what is measured"]);
        assert_eq!(messages("job", &json!({ "namespace": "a" })), ["`name` is missing in spec"]);
    }

    #[test]
    fn a_job_leaves_results() {
        let question = |more: serde_json::Value| {
            let mut question = json!({ "name": "load-test", "bound": "< 200ms" });
            question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            messages("job", &question)
        };
        let whole = json!({ "measure": "result", "result": "p99", "unit": "ms", "simulated": "150ms" });
        assert!(question(whole).is_empty());
        let slow = json!({ "measure": "result", "result": "p99", "unit": "ms", "simulated": "250ms" });
        assert_eq!(question(slow), ["`250ms` doesn't keep to the bound `< 200 ms`"]);
        let unnamed = json!({ "measure": "result", "unit": "ms" });
        assert_eq!(question(unnamed), ["`measure: result` doesn't say which result"]);
        let other = json!({ "measure": "duration", "result": "p99" });
        assert_eq!(question(other), ["`result` is of a `measure: result`, and there is none"]);
        let none = messages("job", &json!({ "name": "a", "simulated": "1s" }));
        assert_eq!(none, ["`simulated` is a figure, and nothing is measured"]);
    }
}
