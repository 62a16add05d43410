//! `aws.wafv2.web_acl`: which requests get through.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::action::DefaultAction;
use super::rule::{self, Rule, VisibilityConfig};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// Which requests get through to what it protects: a CloudFront distribution, or something of its
/// region such as a load balancer. One for CloudFront lies in us-east-1.
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in its scope and region.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_\-]{1,128}$"), extend("x-immutable" = true))]
    pub name: String,
    /// What it can protect.
    #[schemars(extend("x-immutable" = true))]
    pub scope: Scope,
    /// What it is for.
    #[schemars(
        regex(pattern = r"^[A-Za-z0-9_+=:#@/\-,.][A-Za-z0-9_+=:#@/\-,. ]+[A-Za-z0-9_+=:#@/\-,.]$"),
        length(max = 256)
    )]
    pub description: Option<String>,
    /// What becomes of a request that no rule decides.
    pub default_action: DefaultAction,
    /// The rules.
    #[schemars(extend("x-collection" = "list(name)", "x-exclusive" = true))]
    pub rules: Option<Vec<Rule>>,
    /// What is seen of it.
    pub visibility_config: VisibilityConfig,
    /// Bodies of answers, by key.
    pub custom_response_bodies: Option<BTreeMap<String, CustomResponseBody>>,
    /// Further domains whose proofs of browsers count.
    #[schemars(extend("x-collection" = "set"))]
    pub token_domains: Option<Vec<String>>,
    /// For how many seconds a solved puzzle counts.
    #[schemars(range(min = 60, max = 259_200), extend("default" = 300))]
    pub captcha_immunity_time: Option<i64>,
    /// For how many seconds a proof of a browser counts.
    #[schemars(range(min = 300, max = 259_200), extend("default" = 300))]
    pub challenge_immunity_time: Option<i64>,
    /// How much of a body is looked at, by what is protected, such as `CLOUDFRONT`.
    pub request_body_size_limits: Option<BTreeMap<String, BodySize>>,
    /// What isn't written into logs as it is.
    #[schemars(length(min = 1, max = 26))]
    pub data_protections: Option<Vec<DataProtection>>,
    /// Of what protects load balancers: when addresses of bad repute are turned away before rules are
    /// asked.
    #[schemars(extend("default" = "ACTIVE_UNDER_DDOS"))]
    pub alb_low_reputation_mode: Option<LowReputationMode>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What an ACL can protect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scope {
    Cloudfront,
    Regional,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomResponseBody {
    /// What it is.
    pub content_type: ContentType,
    /// The text.
    #[schemars(length(min = 1, max = 10240))]
    pub content: String,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContentType {
    TextPlain,
    TextHtml,
    ApplicationJson,
}

/// How much of a body is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BodySize {
    #[serde(rename = "KB_16")]
    Kb16,
    #[serde(rename = "KB_32")]
    Kb32,
    #[serde(rename = "KB_48")]
    Kb48,
    #[serde(rename = "KB_64")]
    Kb64,
}

/// A part of requests that isn't written into logs as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataProtection {
    /// Which sort of part.
    pub field_type: ProtectedField,
    /// Which ones of it, by name; all where it is absent.
    #[schemars(length(max = 100), extend("x-collection" = "set"))]
    pub field_keys: Option<Vec<String>>,
    /// What is written instead.
    pub action: Protection,
    /// Whether what a rule has matched is written all the same.
    #[schemars(extend("default" = false))]
    pub exclude_rule_match_details: Option<bool>,
    /// Whether what senders are told apart by is written all the same.
    #[schemars(extend("default" = false))]
    pub exclude_rate_based_details: Option<bool>,
}

/// Which sort of part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProtectedField {
    SingleHeader,
    SingleCookie,
    SingleQueryArgument,
    QueryString,
    Body,
}

/// What is written instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protection {
    Substitution,
    Hash,
}

/// When addresses of bad repute are turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LowReputationMode {
    ActiveUnderDdos,
    AlwaysOn,
}

/// An ACL as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN: what CloudFront and others name it by.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// What its rules take of the capacity that an ACL has.
    pub capacity: i64,
}

/// The kind itself.
pub struct WebAcl;

/// <https://aws.amazon.com/waf/pricing/>
const USD_PER_MONTH: f64 = 5.00;

const USD_PER_RULE: f64 = 1.00;

/// The capacity of an ACL, which can't be raised.
const MOST_CAPACITY: i64 = 5_000;

impl Kind for WebAcl {
    const TYPE: &'static str = "aws.wafv2.web_acl";
    const IDENTITY: &'static [&'static str] = &["name", "scope"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if spec.default_action.allow.is_some() == spec.default_action.block.is_some() {
            findings.push(
                Finding::on("default_action", "a default action is either allow or block")
                    .help("write it as `default_action: { allow: {} }`"),
            );
        }
        let mut priorities = BTreeMap::new();
        for (index, rule) in spec.rules.iter().flatten().enumerate() {
            let at = FieldPath::root().key("rules").index(index);
            findings.extend(rule::findings(rule, &at));
            if let Some(other) = priorities.insert(rule.priority, &rule.name) {
                findings.push(
                    Finding::at(
                        at.key("priority"),
                        format!(
                            "the rules `{other}` and `{}` have the same priority, {}",
                            rule.name, rule.priority
                        ),
                    )
                    .help("number them in the order in which they are to be asked"),
                );
            }
            findings.extend(body_finding(spec, rule, &at));
        }
        let capacity = capacity(spec);
        if capacity > MOST_CAPACITY {
            findings.push(Finding::on(
                "rules",
                format!("the rules take {capacity} of an ACL's capacity, which is {MOST_CAPACITY}"),
            ));
        }
        if spec.scope == Scope::Cloudfront && spec.alb_low_reputation_mode.is_some() {
            findings.push(
                Finding::on("alb_low_reputation_mode", "an ACL for CloudFront protects no load balancer")
                    .and("scope"),
            );
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let place = if spec.scope == Scope::Cloudfront { "global" } else { "regional" };
        let rules = spec.rules.as_ref().map_or(0, Vec::len);
        #[allow(clippy::cast_precision_loss, reason = "an ACL has fewer rules than 2^52")]
        let usd =
            USD_PER_RULE * rules as f64 + spec.rules.iter().flatten().map(rule::usd_per_month).sum::<f64>();
        let profile = Profile::seconds(5, 5, 5)
            .visible_after(30)
            .computes("id", &format!("arn:aws:wafv2:{{region}}:{{account}}:{place}/webacl/{{spec.name}}/{{hex:8}}-{{hex:4}}-{{hex:4}}-{{hex:4}}-{{hex:12}}"))
            .computes("arn", "{id}")
            .computes_from("capacity", &format!("json:{}", capacity(spec)), &["rules"])
            .costs_monthly("Web ACL", USD_PER_MONTH);
        if rules > 0 { profile.costs_monthly(format!("Rules of a web ACL, {rules}"), usd) } else { profile }
    }

    /// CloudFront's lie in us-east-1, and a name is taken once in a scope.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if spec.scope == Scope::Cloudfront && cloud.region() != "us-east-1" {
            return Err(Refusal::new(
                "WAFInvalidParameterException",
                "The scope is not valid: CLOUDFRONT is only there in us-east-1",
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let arn = super::super::arn::Arn::of_service(text, "wafv2");
        match arn.and_then(|arn| arn.resource.split('/').nth(1)) {
            Some("webacl") => Ok(PhysicalId::new(text)),
            _ => Err(format!(
                "`{text}` should be the ARN of a web ACL, such as arn:aws:wafv2:us-east-1:…:global/webacl/…/…"
            )),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "wafv2:CreateWebACL",
            "wafv2:DeleteWebACL",
            "wafv2:GetWebACL",
            "wafv2:ListTagsForResource",
            "wafv2:ListWebACLs",
            "wafv2:TagResource",
            "wafv2:UntagResource",
            "wafv2:UpdateWebACL",
        ]
    }
}

fn capacity(spec: &Spec) -> i64 {
    spec.rules.iter().flatten().map(rule::capacity).sum()
}

/// An answer's body that there isn't.
fn body_finding(spec: &Spec, rule: &Rule, at: &FieldPath) -> Option<Finding> {
    let response = rule.action.as_ref()?.block.as_ref()?.custom_response.as_ref()?;
    let key = response.custom_response_body_key.as_ref().filter(|key| !key.is_empty())?;
    let is_there = spec.custom_response_bodies.as_ref().is_some_and(|bodies| bodies.contains_key(key));
    (!is_there).then(|| {
        let at = at.key("action").key("block").key("custom_response").key("custom_response_body_key");
        Finding::at(at, format!("there is no body `{key}`"))
            .and("custom_response_bodies")
            .help("add it to `custom_response_bodies`")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;

    fn seen(name: &str) -> Json {
        json!({"sampled_requests_enabled": true, "cloud_watch_metrics_enabled": true, "metric_name": name})
    }

    fn site() -> Json {
        json!({"name": "site", "scope": "CLOUDFRONT", "default_action": {"allow": {}}, "visibility_config": seen("site"),
            "description": "The site",
            "rules": [
                {"name": "common", "priority": 10, "override_action": {"none": {}}, "visibility_config": seen("common"),
                    "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet",
                        "rule_action_overrides": [{"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}}]}}},
                {"name": "rate", "priority": 20, "visibility_config": seen("rate"),
                    "action": {"block": {"custom_response": {"response_code": 429, "custom_response_body_key": "slow"}}},
                    "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP", "evaluation_window_sec": 60,
                        "scope_down_statement": {"not_statement": {"statement": {"geo_match_statement": {"country_codes": ["DE"]}}}}}}},
                {"name": "admin", "priority": 30, "visibility_config": seen("admin"), "action": {"block": {}},
                    "rule_labels": ["site:admin"],
                    "statement": {"and_statement": {"statements": [
                        {"byte_match_statement": {"search_string": "/admin", "positional_constraint": "STARTS_WITH",
                            "field_to_match": {"uri_path": {}}, "text_transformations": [{"priority": 0, "type": "LOWERCASE"}]}},
                        {"not_statement": {"statement": {"ip_set_reference_statement":
                            {"arn": "arn:aws:wafv2:us-east-1:123456789012:global/ipset/office/a"}}}}]}}}],
            "custom_response_bodies": {"slow": {"content_type": "TEXT_PLAIN", "content": "Too many requests"}},
            "data_protections": [{"field_type": "SINGLE_HEADER", "field_keys": ["authorization"], "action": "HASH"}]})
    }

    #[test]
    fn an_acl_is_what_the_api_takes() {
        assert_whole::<WebAcl>(&site());
        let group = "/rules/0/statement/managed_rule_group_statement";
        assert_rules::<WebAcl>(
            &site(),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/scope", json!("GLOBAL"))], "none of"),
                (&[("/default_action", json!({}))], "either allow or block"),
                (&[("/default_action/block", json!({}))], "either allow or block"),
                (&[("/rules/1/name", json!("common"))], "twice"),
                (&[("/rules/1/priority", json!(10))], "the same priority, 10"),
                (
                    &[("/rules/0/override_action", json!(null)), ("/rules/0/action", json!({"block": {}}))],
                    "override_action: { none: {} }",
                ),
                (&[("/rules/0/override_action", json!({}))], "either count or none"),
                (&[("/rules/2/action", json!({"block": {}, "count": {}}))], "an action is one of"),
                (&[("/rules/2/action", json!({"deny": {}}))], "no field"),
                (&[("/rules/2/rule_labels/0", json!("a b"))], "no label"),
                (
                    &[(&format!("{group}/rule_action_overrides/0/action_to_use"), json!({}))],
                    "exactly one action",
                ),
                (&[("/custom_response_bodies", json!({}))], "no body `slow`"),
                (&[("/alb_low_reputation_mode", json!("ALWAYS_ON"))], "no load balancer"),
                (&[("/visibility_config/metric_name", json!("a b"))], "doesn't match"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn statements_say_one_thing_each() {
        let and = "/rules/2/statement/and_statement/statements";
        let rate = "/rules/1/statement/rate_based_statement";
        let at = |path: &str| format!("{and}{path}");
        let geo = json!({"geo_match_statement": {"country_codes": ["DE"]}});
        assert_rules::<WebAcl>(
            &site(),
            &[
                (&[("/rules/2/statement", json!({}))], "says nothing"),
                (
                    &[("/rules/2/statement/geo_match_statement", geo["geo_match_statement"].clone())],
                    "several things",
                ),
                (&[(and, json!([geo.clone()]))], "has 1 elements"),
                (&[(&at("/1"), json!({}))], "statements[1]` says nothing"),
                (
                    &[(
                        &at("/1"),
                        json!({"rate_based_statement": {"limit": 100, "aggregate_key_type": "IP"}}),
                    )],
                    "a rate or a group",
                ),
                (&[(&at("/0/byte_match_statement/field_to_match"), json!({}))], "exactly one part"),
                (&[(&at("/0/byte_match_statement/field_to_match/method"), json!({}))], "exactly one part"),
                (
                    &[(
                        &at("/1/not_statement/statement/ip_set_reference_statement/arn"),
                        json!("arn:aws:wafv2:us-east-1:1:global/rulegroup/a/b"),
                    )],
                    "no ARN of a ipset",
                ),
                (&[(&format!("{rate}/limit"), json!(9))], "10 to 2000000000"),
                (&[(&format!("{rate}/evaluation_window_sec"), json!(90))], "one of 60, 120, 300 and 600"),
                (
                    &[(&format!("{rate}/aggregate_key_type"), json!("FORWARDED_IP"))],
                    "`forwarded_ip_config` is missing",
                ),
                (
                    &[(&format!("{rate}/aggregate_key_type"), json!("CUSTOM_KEYS"))],
                    "`custom_keys` is missing",
                ),
                (
                    &[
                        (&format!("{rate}/aggregate_key_type"), json!("CONSTANT")),
                        (&format!("{rate}/scope_down_statement"), json!(null)),
                    ],
                    "all requests together",
                ),
                (
                    &[(&format!("{rate}/scope_down_statement"), json!({"not_statement": {"statement": {}}}))],
                    "says nothing",
                ),
            ],
        );
        let misspelt = edited(&site(), &[(&at("/1"), json!({"geo_match": {}}))]);
        let error = serde_json::from_value::<Spec>(misspelt).unwrap_err().to_string();
        assert!(error.contains("unknown field `geo_match`"), "{error}");
    }

    #[test]
    fn capacity_and_price_follow_from_the_rules() {
        let spec: Spec = serde_json::from_value(site()).unwrap();
        assert_eq!(capacity(&spec), 700 + 2 + 1);
        assert!((WebAcl::profile(&spec).usd_per_month() - 8.0).abs() < 1e-9);
        let groups: Vec<Json> = (0..8)
            .map(|n| {
                edited(&site()["rules"][0], &[("/name", json!(format!("g{n}"))), ("/priority", json!(n))])
            })
            .collect();
        assert_rules::<WebAcl>(
            &site(),
            &[(&[("/rules", Json::from(groups))], "take 5600 of an ACL's capacity")],
        );
    }

    #[test]
    fn those_for_cloudfront_lie_in_us_east_1() {
        let here = World::default();
        assert!(here.create::<WebAcl>(&site()).is_ok());
        let mut elsewhere = here;
        elsewhere.region = "eu-west-1";
        assert_eq!(elsewhere.create::<WebAcl>(&site()), Err("WAFInvalidParameterException".into()));
        let regional = edited(&site(), &[("/scope", json!("REGIONAL"))]);
        assert!(elsewhere.create::<WebAcl>(&regional).is_ok());
    }

    #[test]
    fn it_is_imported_by_its_arn() {
        assert!(WebAcl::import_id("arn:aws:wafv2:us-east-1:123456789012:global/webacl/site/a").is_ok());
        assert!(WebAcl::import_id("site").is_err());
    }
}
