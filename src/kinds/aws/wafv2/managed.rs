//! Groups of rules that AWS or others keep.
//! <https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::RuleAction;
use super::statement::Statement;
use crate::model::Json;

/// A group of rules that a vendor keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagedRuleGroup {
    /// Such as `AWS`.
    #[schemars(length(min = 1, max = 128))]
    pub vendor_name: String,
    /// Such as `AWSManagedRulesCommonRuleSet`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_\-]{1,128}$"))]
    pub name: String,
    /// Its version, such as `Version_1.4`; the vendor's default where it is absent.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_#:.\-/]{1,64}$"))]
    pub version: Option<String>,
    /// Rules of it that do something else.
    #[schemars(length(max = 100), extend("x-collection" = "list(name)"))]
    pub rule_action_overrides: Option<Vec<RuleActionOverride>>,
    /// What some groups have to be told.
    pub managed_rule_group_configs: Option<Vec<ManagedRuleGroupConfig>>,
    /// Which requests it is asked about; all where it is absent.
    #[schemars(with = "Option<Json>")]
    pub scope_down_statement: Option<Box<Statement>>,
}

/// A rule of a group that does something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleActionOverride {
    /// The rule.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_\-]{1,128}$"))]
    pub name: String,
    /// What it does.
    pub action_to_use: RuleAction,
}

/// What a group has to be told: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagedRuleGroupConfig {
    /// Of the group that tells robots.
    pub aws_managed_rules_bot_control_rule_set: Option<BotControl>,
    /// Of the group that keeps accounts from being taken over.
    pub aws_managed_rules_atp_rule_set: Option<AccountTakeover>,
    /// Of the group that keeps accounts from being made by fraud.
    pub aws_managed_rules_acfp_rule_set: Option<AccountCreation>,
    /// Of the group that keeps floods of requests off.
    pub aws_managed_rules_anti_ddos_rule_set: Option<AntiDdos>,
}

/// How robots are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BotControl {
    /// How thoroughly: `COMMON` or `TARGETED`.
    #[schemars(regex(pattern = "^(COMMON|TARGETED)$"))]
    pub inspection_level: String,
    /// Whether it learns from the traffic; only where targeted.
    #[schemars(extend("default" = true))]
    pub enable_machine_learning: Option<bool>,
}

/// How sign-ins are recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountTakeover {
    /// The path of the sign-in.
    #[schemars(length(min = 1, max = 256))]
    pub login_path: String,
    /// Where a request has user and password, as the API has it.
    pub request_inspection: Option<Json>,
    /// How an answer shows whether it worked, as the API has it.
    pub response_inspection: Option<Json>,
    /// Whether the path is a regular expression.
    #[schemars(extend("default" = false))]
    pub enable_regex_in_path: Option<bool>,
}

/// How new accounts are recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCreation {
    /// The path that makes an account.
    #[schemars(length(min = 1, max = 256))]
    pub creation_path: String,
    /// The path of the form for it.
    #[schemars(length(min = 1, max = 256))]
    pub registration_page_path: String,
    /// Where a request has what, as the API has it.
    pub request_inspection: Json,
    /// How an answer shows whether it worked, as the API has it.
    pub response_inspection: Option<Json>,
    /// Whether the paths are regular expressions.
    #[schemars(extend("default" = false))]
    pub enable_regex_in_path: Option<bool>,
}

/// What is done in a flood of requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AntiDdos {
    /// What browsers have to do.
    pub client_side_action_config: ClientSideActionConfig,
    /// From when on requests are turned away.
    #[schemars(extend("default" = "LOW"))]
    pub sensitivity_to_block: Option<Sensitivity>,
}

/// What browsers have to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientSideActionConfig {
    /// Prove that they are browsers.
    pub challenge: ClientSideAction,
}

/// Whether and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientSideAction {
    /// `ENABLED` or `DISABLED`.
    #[schemars(regex(pattern = "^(ENABLED|DISABLED)$"))]
    pub usage_of_action: String,
    /// From when on.
    #[schemars(extend("default" = "HIGH"))]
    pub sensitivity: Option<Sensitivity>,
    /// Paths that nobody can prove anything for, as the API has them.
    pub exempt_uri_regular_expressions: Option<Vec<Json>>,
}

/// How soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Sensitivity {
    Low,
    Medium,
    High,
}

/// What a group of AWS takes of an ACL's capacity; a group that isn't here isn't counted.
/// <https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html>
const CAPACITIES: [(&str, i64); 15] = [
    ("AWSManagedRulesACFPRuleSet", 50),
    ("AWSManagedRulesATPRuleSet", 50),
    ("AWSManagedRulesAdminProtectionRuleSet", 100),
    ("AWSManagedRulesAmazonIpReputationList", 25),
    ("AWSManagedRulesAnonymousIpList", 50),
    ("AWSManagedRulesAntiDDoSRuleSet", 50),
    ("AWSManagedRulesBotControlRuleSet", 50),
    ("AWSManagedRulesCommonRuleSet", 700),
    ("AWSManagedRulesKnownBadInputsRuleSet", 200),
    ("AWSManagedRulesLinuxRuleSet", 200),
    ("AWSManagedRulesPHPRuleSet", 100),
    ("AWSManagedRulesSQLiRuleSet", 200),
    ("AWSManagedRulesUnixRuleSet", 100),
    ("AWSManagedRulesWindowsRuleSet", 200),
    ("AWSManagedRulesWordPressRuleSet", 100),
];

/// What a group takes of an ACL's capacity, where it is known.
pub(super) fn capacity(group: &ManagedRuleGroup) -> Option<i64> {
    let of_aws = CAPACITIES.into_iter().filter(|_| group.vendor_name == "AWS");
    of_aws.into_iter().find(|(name, _)| *name == group.name).map(|(_, capacity)| capacity)
}

/// What is charged for a group each month besides the rule. <https://aws.amazon.com/waf/pricing/>
pub(super) fn usd_per_month(group: &ManagedRuleGroup) -> f64 {
    match group.name.as_str() {
        "AWSManagedRulesBotControlRuleSet" | "AWSManagedRulesATPRuleSet" | "AWSManagedRulesACFPRuleSet" => {
            10.0
        }
        "AWSManagedRulesAntiDDoSRuleSet" => 20.0,
        _ => 0.0,
    }
}
