//! `estimate`: what everything that the environment declares costs, at list prices.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Dimension;
use super::{Ask, measure};
use crate::kinds::Finding;

/// Whether everything that the environment declares costs no more than it may, at list prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EstimateQuestion {
    /// What the cost of a month is compared with, such as `<= 5810 USD`.
    pub bound: String,
    /// Over how many of something the month's cost is spread, such as transactions; then it is the cost
    /// of one that is compared.
    #[schemars(range(min = 1))]
    pub per: Option<u64>,
}

impl EstimateQuestion {
    /// The figure that is compared, of what a month costs.
    #[must_use]
    pub fn figure(&self, usd_per_month: f64) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "the digits that are lost are fractions of a cent")]
        self.per.map_or(usd_per_month, |count| usd_per_month / count as f64)
    }
}

impl Ask for EstimateQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = measure::fits(&self.bound, Some(Dimension::Money));
        if self.per == Some(0) {
            findings.push(Finding::on("per", "`per` is 0, and nothing can be spread over that"));
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
    use super::*;

    #[test]
    fn a_cost_is_compared_with_money() {
        assert!(messages("estimate", &json!({ "bound": "<= 5810 USD" })).is_empty());
        assert!(messages("estimate", &json!({ "bound": "<= $0.001", "per": 5_810_000 })).is_empty());
        let wrong = messages("estimate", &json!({ "bound": "<= 5810" }));
        assert_eq!(wrong, ["`<= 5810` doesn't fit what is measured"]);
        assert_eq!(messages("estimate", &json!({})), ["`bound` is missing in spec"]);
        assert!(!messages("estimate", &json!({ "bound": "<= $1", "per": 0 })).is_empty());
    }

    #[test]
    fn it_is_spread_over_what_it_pays_for() {
        let question = |per| EstimateQuestion { bound: "<= $1".into(), per };
        assert!((question(None).figure(5000.0) - 5000.0).abs() < 1e-9);
        assert!((question(Some(5_000_000)).figure(5000.0) - 0.001).abs() < 1e-9);
    }
}
