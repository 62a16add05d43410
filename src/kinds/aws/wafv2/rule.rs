//! A rule of an ACL.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{OverrideAction, RuleAction};
use super::managed;
use super::statement::{self, Statement};
use crate::kinds::Finding;
use crate::model::FieldPath;

/// What becomes of requests of some sort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The name, unique in the ACL.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_\-]{1,128}$"))]
    pub name: String,
    /// When it is asked: the lowest first, and no two alike.
    #[schemars(range(min = 0))]
    pub priority: i64,
    /// What a request has to be.
    pub statement: Statement,
    /// What becomes of it; of a statement that is no group.
    pub action: Option<RuleAction>,
    /// Whether a group's own actions hold; of a statement that is a group.
    pub override_action: Option<OverrideAction>,
    /// Labels that it puts on requests, for later rules.
    #[schemars(length(max = 100), extend("x-collection" = "set"))]
    pub rule_labels: Option<Vec<String>>,
    /// What is seen of it.
    pub visibility_config: VisibilityConfig,
    /// For how many seconds a solved puzzle counts.
    #[schemars(range(min = 60, max = 259_200))]
    pub captcha_immunity_time: Option<i64>,
    /// For how many seconds a proof of a browser counts.
    #[schemars(range(min = 300, max = 259_200))]
    pub challenge_immunity_time: Option<i64>,
}

/// What is seen of an ACL or a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VisibilityConfig {
    /// Whether some requests are kept to be looked at.
    pub sampled_requests_enabled: bool,
    /// Whether CloudWatch counts.
    pub cloud_watch_metrics_enabled: bool,
    /// The name of the count.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_#:.\-/]{1,255}$"))]
    pub metric_name: String,
}

/// What is wrong with a rule at a path.
pub(super) fn findings(rule: &Rule, at: &FieldPath) -> Vec<Finding> {
    let mut findings = statement::findings(&rule.statement, &at.key("statement"));
    let is_group = rule.statement.is_group();
    let (right, wrong) = if is_group { ("override_action", "action") } else { ("action", "override_action") };
    let is_there = |field: &str| match field {
        "action" => rule.action.is_some(),
        _ => rule.override_action.is_some(),
    };
    let what = if is_group { "a group of rules" } else { "no group of rules" };
    if !is_there(right) || is_there(wrong) {
        findings.push(
            Finding::at(
                at.clone(),
                format!("the rule `{}` is {what}: it has `{right}`, not `{wrong}`", rule.name),
            )
            .and_at(at.key("statement"))
            .help(if is_group {
                "set `override_action: { none: {} }`"
            } else {
                "set `action: { block: {} }`"
            }),
        );
    }
    if rule.action.as_ref().is_some_and(|action| action.count() != 1) {
        findings.push(
            Finding::at(at.key("action"), "an action is one of block, allow, count, captcha and challenge")
                .help("write it as `action: { block: {} }`"),
        );
    }
    if rule.override_action.as_ref().is_some_and(|action| action.count.is_some() == action.none.is_some()) {
        findings.push(
            Finding::at(at.key("override_action"), "an override is either count or none")
                .help("write it as `override_action: { none: {} }`"),
        );
    }
    for (index, label) in rule.rule_labels.iter().flatten().enumerate() {
        if label.is_empty() || !label.chars().all(|c| c.is_ascii_alphanumeric() || "_-:".contains(c)) {
            findings.push(Finding::at(
                at.key("rule_labels").index(index),
                format!("`{label}` is no label: letters, digits, _, - and : are allowed"),
            ));
        }
    }
    findings
}

/// What a rule takes of an ACL's capacity, as far as it is known: groups of AWS by their list, rates
/// two, anything else one at least.
pub(super) fn capacity(rule: &Rule) -> i64 {
    match (&rule.statement.managed_rule_group_statement, &rule.statement.rate_based_statement) {
        (Some(group), _) => managed::capacity(group).unwrap_or(0),
        (_, Some(_)) => 2,
        _ => 1,
    }
}

/// What a rule costs a month besides its own dollar.
pub(super) fn usd_per_month(rule: &Rule) -> f64 {
    rule.statement.managed_rule_group_statement.as_ref().map_or(0.0, managed::usd_per_month)
}
