//! `sql`: whether a database answers, how fast, how far its replicas are behind, what a statement
//! finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether a database takes a connection and answers; with a measure, whether its figure keeps to
/// the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlQuestion {
    /// A host, with `:port` where it isn't the engine's own.
    pub endpoint: String,
    /// What is asked of it; `select 1` where absent.
    pub statement: Option<String>,
    /// What is measured; without it, the question is only whether it answers.
    pub measure: Option<SqlMeasure>,
    /// Which percentile of the latency counts, such as 95; the median where absent.
    pub percentile: Option<f64>,
    /// What the figure is compared with, such as `< 100ms`.
    pub bound: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SqlMeasure {
    /// The time of the statement.
    Latency,
    /// How far the replica at the endpoint is behind its writer.
    ReplicaLag,
    /// How many rows the statement finds.
    Rows,
}

impl SqlMeasure {
    fn dimension(self) -> Dimension {
        match self {
            SqlMeasure::Latency | SqlMeasure::ReplicaLag => Dimension::Time,
            SqlMeasure::Rows => Dimension::Count,
        }
    }
}

impl Ask for SqlQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = measure::pair(self.measure, self.bound.as_deref(), SqlMeasure::dimension);
        findings.extend(measure::percentile(self.percentile, self.measure == Some(SqlMeasure::Latency)));
        findings.extend(measure::named("endpoint", &self.endpoint));
        if self.measure == Some(SqlMeasure::Rows) && self.statement.is_none() {
            findings.push(
                Finding::on("measure", "rows are counted of a statement, and there is none")
                    .and("statement")
                    .help("add `statement`"),
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
    fn a_database_is_asked_for_times_and_rows() {
        for question in [
            json!({ "endpoint": "db.test:5432" }),
            json!({ "endpoint": "db.test", "measure": "latency", "percentile": 95, "bound": "< 100ms" }),
            json!({ "endpoint": "db.test", "measure": "replica_lag", "bound": "< 5m" }),
            json!({ "endpoint": "db.test", "measure": "rows", "statement": "select 1", "bound": ">= 1" }),
        ] {
            assert!(messages("sql", &question).is_empty(), "{question}");
        }
        for (question, message) in [
            (
                json!({ "endpoint": "db.test", "measure": "rows", "bound": ">= 1" }),
                "rows are counted of a statement, and there is none",
            ),
            (
                json!({ "endpoint": "db.test", "measure": "replica_lag", "bound": "< 5" }),
                "`< 5` doesn't fit what is measured",
            ),
            (
                json!({ "endpoint": "db.test", "measure": "replica_lag", "percentile": 95, "bound": "< 5m" }),
                "only a latency has percentiles",
            ),
        ] {
            assert_eq!(messages("sql", &question), [message], "{question}");
        }
    }
}
