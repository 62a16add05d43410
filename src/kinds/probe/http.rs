//! `http`: whether a URL answers, how fast, and with what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether a URL answers; with headers, whether it answers with them; with a measure, whether its figure
/// keeps to the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpQuestion {
    /// Such as `https://api.auditorsec.com/healthz`.
    pub url: String,
    /// Headers that the answer has to have, each with the text that has to stand in it; an empty one
    /// stands in any.
    pub headers: Option<BTreeMap<String, String>>,
    /// What is measured; without it, the question is only whether it answers.
    pub measure: Option<HttpMeasure>,
    /// Which percentile of the latency counts, such as 99; the median where absent.
    pub percentile: Option<f64>,
    /// What the figure is compared with, such as `< 200ms`.
    pub bound: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HttpMeasure {
    /// The time to the whole answer.
    Latency,
    /// The status code.
    Status,
    /// The share of requests that fail.
    Errors,
}

impl HttpMeasure {
    fn dimension(self) -> Dimension {
        match self {
            HttpMeasure::Latency => Dimension::Time,
            HttpMeasure::Status => Dimension::Count,
            HttpMeasure::Errors => Dimension::Share,
        }
    }
}

impl Ask for HttpQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = measure::pair(self.measure, self.bound.as_deref(), HttpMeasure::dimension);
        findings.extend(measure::percentile(self.percentile, self.measure == Some(HttpMeasure::Latency)));
        if let Some(headers) = &self.headers {
            if headers.is_empty() {
                findings.push(Finding::on("headers", "`headers` names none"));
            }
            if self.measure.is_some() {
                findings.push(
                    Finding::on("headers", "either headers are asked for or a figure, not both")
                        .and("measure")
                        .help("make a check of each"),
                );
            }
        }
        let has_host = ["http://", "https://"].iter().any(|scheme| {
            self.url
                .strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':']))
        });
        if !has_host {
            findings.push(
                Finding::on("url", format!("`{}` is no URL", self.url))
                    .help("write it with its scheme, such as https://api.auditorsec.com/healthz"),
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
    fn a_url_is_asked_for_its_answer_or_for_a_figure() {
        for question in [
            json!({ "url": "https://a.test/healthz" }),
            json!({ "url": "https://a.test", "measure": "latency", "percentile": 99, "bound": "< 200ms" }),
            json!({ "url": "http://a.test", "measure": "status", "bound": "= 200" }),
            json!({ "url": "http://a.test", "measure": "errors", "bound": "< 0.1%" }),
            json!({ "url": "https://a.test", "headers": { "Referrer-Policy": "", "X-Frame-Options": "DENY" } }),
        ] {
            assert!(messages("http", &question).is_empty(), "{question}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (question, message) in [
            (json!({}), "`url` is missing in spec"),
            (json!({ "url": "a.test" }), "`a.test` is no URL"),
            (json!({ "url": "https://a.test", "headers": {} }), "`headers` names none"),
            (
                json!({ "url": "https://a.test", "headers": { "a": "" }, "measure": "status", "bound": "= 200" }),
                "either headers are asked for or a figure, not both",
            ),
            (json!({ "url": "https:///x" }), "`https:///x` is no URL"),
            (
                json!({ "url": "https://a.test", "measure": "latency" }),
                "`measure` only measures: without a `bound` nothing is asked",
            ),
            (json!({ "url": "https://a.test", "bound": "< 2s" }), "`bound` bounds nothing"),
            (
                json!({ "url": "https://a.test", "measure": "errors", "bound": "< 2s" }),
                "`< 2s` doesn't fit what is measured",
            ),
            (
                json!({ "url": "https://a.test", "measure": "status", "percentile": 95, "bound": "= 200" }),
                "only a latency has percentiles",
            ),
            (
                json!({ "url": "https://a.test", "measure": "latency", "percentile": 100, "bound": "< 2s" }),
                "`percentile` is 100, and should lie between 0 and 100",
            ),
            (
                json!({ "url": "https://a.test", "measure": "joy", "bound": "< 2s" }),
                "`measure` is \"joy\", which is none of latency, status, errors",
            ),
        ] {
            assert_eq!(messages("http", &question), [message], "{question}");
        }
    }
}
