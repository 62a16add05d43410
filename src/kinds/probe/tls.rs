//! `tls`: whether an endpoint presents a valid certificate, and how long it still lives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether an endpoint completes a TLS handshake with a valid certificate; with a measure, whether
/// its figure keeps to the bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsQuestion {
    /// A host, with `:port` where it isn't 443.
    pub endpoint: String,
    /// What is measured; without it, the question is only whether the handshake succeeds.
    pub measure: Option<TlsMeasure>,
    /// What the figure is compared with, such as `> 20%`.
    pub bound: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsMeasure {
    /// What is left of the certificate's lifetime, as a share of it: lifetimes shrink, so that a
    /// number of days would mean less every year.
    RemainingLife,
    /// The time of the handshake.
    Latency,
}

impl TlsMeasure {
    fn dimension(self) -> Dimension {
        match self {
            TlsMeasure::RemainingLife => Dimension::Share,
            TlsMeasure::Latency => Dimension::Time,
        }
    }
}

impl Ask for TlsQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = measure::pair(self.measure, self.bound.as_deref(), TlsMeasure::dimension);
        findings.extend(measure::named("endpoint", &self.endpoint));
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
    fn what_is_left_is_a_share() {
        let question =
            |bound: &str| json!({ "endpoint": "a.test:443", "measure": "remaining_life", "bound": bound });
        assert!(messages("tls", &question("> 20%")).is_empty());
        assert_eq!(messages("tls", &question("> 20d")), ["`> 20d` doesn't fit what is measured"]);
        assert_eq!(messages("tls", &json!({ "endpoint": " " })), ["`endpoint` is empty"]);
    }
}
