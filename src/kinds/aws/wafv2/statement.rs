//! What a request has to be for a rule to match it.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/API_Statement.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::field_to_match::{FallbackBehavior, FieldToMatch, TextTransformation};
use super::managed::{ManagedRuleGroup, RuleActionOverride};
use super::rate::{self, RateBased};
use crate::kinds::Finding;
use crate::model::{FieldPath, Json};

/// What a request has to be: exactly one. Those within `and`, `or`, `not` and `scope_down_statement`
/// are statements again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// A part of it has a text.
    pub byte_match_statement: Option<ByteMatch>,
    /// A part of it looks like an attack by SQL.
    pub sqli_match_statement: Option<SqliMatch>,
    /// A part of it looks like an attack by scripts.
    pub xss_match_statement: Option<XssMatch>,
    /// A part of it is of some size.
    pub size_constraint_statement: Option<SizeConstraint>,
    /// It comes from some countries.
    pub geo_match_statement: Option<GeoMatch>,
    /// It comes from some networks.
    pub asn_match_statement: Option<AsnMatch>,
    /// It comes from an address of a set.
    pub ip_set_reference_statement: Option<IpSet>,
    /// A part of it matches an expression of a set.
    pub regex_pattern_set_reference_statement: Option<RegexSet>,
    /// A part of it matches an expression.
    pub regex_match_statement: Option<RegexMatch>,
    /// A rule before has put a label on it.
    pub label_match_statement: Option<LabelMatch>,
    /// A group of one's own matches it.
    pub rule_group_reference_statement: Option<RuleGroup>,
    /// A group of a vendor's matches it.
    pub managed_rule_group_statement: Option<ManagedRuleGroup>,
    /// Its sender sends too many.
    pub rate_based_statement: Option<RateBased>,
    /// All of several hold.
    pub and_statement: Option<Several>,
    /// One of several holds.
    pub or_statement: Option<Several>,
    /// Another one doesn't hold.
    pub not_statement: Option<Single>,
}

/// Where the address of a sender stands that has come through others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardedIp {
    /// The header, such as `X-Forwarded-For`.
    #[schemars(regex(pattern = "^[a-zA-Z0-9-]{1,255}$"))]
    pub header_name: String,
    /// What holds of a request without it.
    pub fallback_behavior: FallbackBehavior,
}

/// A part of a request has a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByteMatch {
    /// The text.
    #[schemars(length(min = 1, max = 200))]
    pub search_string: String,
    /// Where it stands.
    pub positional_constraint: Position,
    /// The part.
    pub field_to_match: FieldToMatch,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Position {
    Exactly,
    StartsWith,
    EndsWith,
    Contains,
    ContainsWord,
}

/// A part of a request looks like an attack by SQL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqliMatch {
    /// The part.
    pub field_to_match: FieldToMatch,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
    /// How soon it looks so: `LOW` or `HIGH`.
    #[schemars(regex(pattern = "^(LOW|HIGH)$"), extend("default" = "LOW"))]
    pub sensitivity_level: Option<String>,
}

/// A part of a request looks like an attack by scripts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct XssMatch {
    /// The part.
    pub field_to_match: FieldToMatch,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// A part of a request is of some size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizeConstraint {
    /// The part.
    pub field_to_match: FieldToMatch,
    /// How it is compared.
    pub comparison_operator: Comparison,
    /// With how many bytes.
    #[schemars(range(min = 0, max = 21_474_836_480_i64))]
    pub size: i64,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// How a size is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Comparison {
    Eq,
    Ne,
    Le,
    Lt,
    Ge,
    Gt,
}

/// A request comes from some countries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeoMatch {
    /// Their codes, such as `DE`.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub country_codes: Vec<String>,
    /// Where the sender's address stands.
    pub forwarded_ip_config: Option<ForwardedIp>,
}

/// A request comes from some networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsnMatch {
    /// Their numbers.
    #[schemars(length(min = 1, max = 100), extend("x-collection" = "set"))]
    pub asn_list: Vec<i64>,
    /// Where the sender's address stands.
    pub forwarded_ip_config: Option<ForwardedIp>,
}

/// A request comes from an address of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpSet {
    /// The set.
    #[schemars(length(min = 20, max = 2048))]
    pub arn: String,
    /// Where the sender's address stands.
    pub ip_set_forwarded_ip_config: Option<PositionedIp>,
}

/// Where the address of a sender stands among those that a header lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionedIp {
    /// The header.
    #[schemars(regex(pattern = "^[a-zA-Z0-9-]{1,255}$"))]
    pub header_name: String,
    /// What holds of a request without it.
    pub fallback_behavior: FallbackBehavior,
    /// `FIRST`, `LAST` or `ANY`.
    #[schemars(regex(pattern = "^(FIRST|LAST|ANY)$"))]
    pub position: String,
}

/// A part of a request matches an expression of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegexSet {
    /// The set.
    #[schemars(length(min = 20, max = 2048))]
    pub arn: String,
    /// The part.
    pub field_to_match: FieldToMatch,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// A part of a request matches an expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegexMatch {
    /// The regular expression.
    #[schemars(length(min = 1, max = 512))]
    pub regex_string: String,
    /// The part.
    pub field_to_match: FieldToMatch,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// A rule before has put a label on a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelMatch {
    /// Whether the key is a label's whole name or what it starts with: `LABEL` or `NAMESPACE`.
    #[schemars(regex(pattern = "^(LABEL|NAMESPACE)$"))]
    pub scope: String,
    /// The name.
    #[schemars(regex(pattern = r"^[0-9A-Za-z_\-:]+$"), length(max = 1024))]
    pub key: String,
}

/// A group of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleGroup {
    /// The group.
    #[schemars(length(min = 20, max = 2048))]
    pub arn: String,
    /// Rules of it that do something else.
    #[schemars(length(max = 100), extend("x-collection" = "list(name)"))]
    pub rule_action_overrides: Option<Vec<RuleActionOverride>>,
}

/// Several statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Several {
    /// Two at least, each a statement.
    #[schemars(with = "Vec<Json>", length(min = 2))]
    pub statements: Vec<Statement>,
}

/// Another statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// A statement.
    #[schemars(with = "Json")]
    pub statement: Box<Statement>,
}

impl Statement {
    /// How many it names.
    fn count(&self) -> usize {
        let named = [
            self.byte_match_statement.is_some(),
            self.sqli_match_statement.is_some(),
            self.xss_match_statement.is_some(),
            self.size_constraint_statement.is_some(),
            self.geo_match_statement.is_some(),
            self.asn_match_statement.is_some(),
            self.ip_set_reference_statement.is_some(),
            self.regex_pattern_set_reference_statement.is_some(),
            self.regex_match_statement.is_some(),
            self.label_match_statement.is_some(),
            self.rule_group_reference_statement.is_some(),
            self.managed_rule_group_statement.is_some(),
            self.rate_based_statement.is_some(),
            self.and_statement.is_some(),
            self.or_statement.is_some(),
            self.not_statement.is_some(),
        ];
        named.into_iter().filter(|is_there| *is_there).count()
    }

    /// Whether it is a group of rules, which has actions of its own.
    pub(super) fn is_group(&self) -> bool {
        self.managed_rule_group_statement.is_some() || self.rule_group_reference_statement.is_some()
    }

    /// The parts of requests that it looks at, by the field that names them.
    fn looks(&self) -> Vec<(&'static str, &FieldToMatch)> {
        let byte =
            self.byte_match_statement.as_ref().map(|one| ("byte_match_statement", &one.field_to_match));
        let sqli =
            self.sqli_match_statement.as_ref().map(|one| ("sqli_match_statement", &one.field_to_match));
        let xss = self.xss_match_statement.as_ref().map(|one| ("xss_match_statement", &one.field_to_match));
        let size = self
            .size_constraint_statement
            .as_ref()
            .map(|one| ("size_constraint_statement", &one.field_to_match));
        let set = self
            .regex_pattern_set_reference_statement
            .as_ref()
            .map(|one| ("regex_pattern_set_reference_statement", &one.field_to_match));
        let regex =
            self.regex_match_statement.as_ref().map(|one| ("regex_match_statement", &one.field_to_match));
        [byte, sqli, xss, size, set, regex].into_iter().flatten().collect()
    }
}

/// What is wrong with a rule's statement.
pub(super) fn findings(statement: &Statement, at: &FieldPath) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = statement.count();
    if count != 1 {
        let what = if count == 0 { "says nothing" } else { "says several things" };
        findings.push(
            Finding::at(at.clone(), format!("`{at}` {what}, where a statement says one"))
                .help("to say several, put them into `and_statement` or `or_statement`"),
        );
    }
    for (name, part) in statement.looks() {
        if part.count() != 1 {
            findings.push(Finding::at(
                at.key(name).key("field_to_match"),
                "`field_to_match` names exactly one part of a request",
            ));
        }
    }
    if let Some(rate) = &statement.rate_based_statement {
        findings.extend(rate::findings(rate, &at.key("rate_based_statement")));
    }
    if let Some(group) = &statement.managed_rule_group_statement {
        let at = at.key("managed_rule_group_statement");
        for (index, one) in group.rule_action_overrides.iter().flatten().enumerate() {
            if one.action_to_use.count() != 1 {
                let at = at.key("rule_action_overrides").index(index).key("action_to_use");
                findings.push(Finding::at(at, "an override names exactly one action"));
            }
        }
        if let Some(inner) = &group.scope_down_statement {
            findings.extend(nested_findings(inner, &at.key("scope_down_statement")));
        }
    }
    for (name, resource, arn) in [
        (
            "ip_set_reference_statement",
            "ipset",
            statement.ip_set_reference_statement.as_ref().map(|one| &one.arn),
        ),
        (
            "regex_pattern_set_reference_statement",
            "regexpatternset",
            statement.regex_pattern_set_reference_statement.as_ref().map(|one| &one.arn),
        ),
        (
            "rule_group_reference_statement",
            "rulegroup",
            statement.rule_group_reference_statement.as_ref().map(|one| &one.arn),
        ),
    ] {
        findings.extend(arn.and_then(|text| reference_finding(&at.key(name).key("arn"), text, resource)));
    }
    findings.extend(children(statement, at).into_iter().flat_map(|(child, at)| nested_findings(child, &at)));
    findings
}

/// A statement within another is none about rates or groups.
pub(super) fn nested_findings(statement: &Statement, at: &FieldPath) -> Vec<Finding> {
    let mut findings = findings(statement, at);
    if statement.rate_based_statement.is_some() || statement.is_group() {
        findings.push(
            Finding::at(at.clone(), format!("`{at}` can't be about a rate or a group"))
                .help("make a rule of its own of it"),
        );
    }
    findings
}

fn children<'a>(statement: &'a Statement, at: &FieldPath) -> Vec<(&'a Statement, FieldPath)> {
    let mut children = Vec::new();
    for (name, several) in
        [("and_statement", &statement.and_statement), ("or_statement", &statement.or_statement)]
    {
        let list = at.key(name).key("statements");
        let found = several.iter().flat_map(|several| &several.statements).enumerate();
        children.extend(found.map(|(index, one)| (one, list.index(index))));
    }
    if let Some(not) = &statement.not_statement {
        children.push((&not.statement, at.key("not_statement").key("statement")));
    }
    children
}

/// ARNs of this service have the scope before the resource: `global/ipset/name/id`.
fn reference_finding(at: &FieldPath, text: &str, resource: &str) -> Option<Finding> {
    let arn = arn::Arn::of_service(text, "wafv2");
    let fits = arn.is_some_and(|arn| arn.resource.split('/').nth(1) == Some(resource));
    (!fits && !text.is_empty())
        .then(|| Finding::at(at.clone(), format!("`{text}` is no ARN of a {resource} of AWS WAF")))
}
