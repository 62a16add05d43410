//! Who sends too many requests.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::Nothing;
use super::field_to_match::{RequiredFallback, TextTransformation};
use super::statement::{ForwardedIp, Statement};
use crate::kinds::Finding;
use crate::model::{FieldPath, Json};

/// Those that send more than so many requests in a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateBased {
    /// How many requests are still fine.
    #[schemars(range(min = 10, max = 2_000_000_000))]
    pub limit: i64,
    /// In how many seconds: 60, 120, 300 or 600.
    #[schemars(range(min = 60, max = 600), extend("default" = 300))]
    pub evaluation_window_sec: Option<i64>,
    /// Of whom they are counted together.
    pub aggregate_key_type: AggregateKey,
    /// Which requests count; all where it is absent. A statement like any other but one of a rate or a
    /// group.
    #[schemars(with = "Option<Json>")]
    pub scope_down_statement: Option<Box<Statement>>,
    /// Where the address of the sender stands, with `FORWARDED_IP`.
    pub forwarded_ip_config: Option<ForwardedIp>,
    /// What tells senders apart, with `CUSTOM_KEYS`.
    #[schemars(length(min = 1, max = 5))]
    pub custom_keys: Option<Vec<CustomKey>>,
}

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AggregateKey {
    /// Those of one address.
    Ip,
    /// Those of one address, as a header says it.
    ForwardedIp,
    /// Those that have parts in common.
    CustomKeys,
    /// All.
    Constant,
}

/// A part of requests that those counted together have in common: exactly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomKey {
    /// A header.
    pub header: Option<NamedKey>,
    /// A cookie.
    pub cookie: Option<NamedKey>,
    /// An argument of the query.
    pub query_argument: Option<NamedKey>,
    /// The query.
    pub query_string: Option<TextKey>,
    /// The path.
    pub uri_path: Option<TextKey>,
    /// The method.
    pub http_method: Option<Nothing>,
    /// The address that a header says.
    pub forwarded_ip: Option<Nothing>,
    /// The address.
    pub ip: Option<Nothing>,
    /// The labels of a namespace.
    pub label_namespace: Option<LabelNamespace>,
    /// What the TLS handshake looks like, the older way.
    pub ja3_fingerprint: Option<RequiredFallback>,
    /// What the TLS handshake looks like.
    pub ja4_fingerprint: Option<RequiredFallback>,
    /// The network that the sender belongs to.
    pub asn: Option<Nothing>,
}

/// A part with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedKey {
    /// Its name.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// A part that is a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextKey {
    /// What is done to it before.
    #[schemars(length(min = 1))]
    pub text_transformations: Vec<TextTransformation>,
}

/// Labels that start alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelNamespace {
    /// What they start with, colon included.
    #[schemars(regex(pattern = r"^[0-9A-Za-z_\-:]+:$"))]
    pub namespace: String,
}

/// What is wrong with it at a path.
pub(super) fn findings(rate: &RateBased, at: &FieldPath) -> Vec<Finding> {
    let mut findings = Vec::new();
    if rate.evaluation_window_sec.is_some_and(|seconds| !matches!(seconds, 60 | 120 | 300 | 600)) {
        findings.push(Finding::at(
            at.key("evaluation_window_sec"),
            "`evaluation_window_sec` is one of 60, 120, 300 and 600",
        ));
    }
    let wants = |key: AggregateKey| rate.aggregate_key_type == key;
    for (field, is_there, belongs) in [
        ("forwarded_ip_config", rate.forwarded_ip_config.is_some(), wants(AggregateKey::ForwardedIp)),
        ("custom_keys", rate.custom_keys.is_some(), wants(AggregateKey::CustomKeys)),
    ] {
        // Where keys are one's own, one of them may be the address that a header says.
        let may_be = field == "forwarded_ip_config" && wants(AggregateKey::CustomKeys);
        if is_there != belongs && !(may_be && is_there) {
            let fault = if belongs { "is missing" } else { "has no meaning here" };
            findings.push(
                Finding::at(at.key("aggregate_key_type"), format!("`{field}` {fault}")).and_at(at.key(field)),
            );
        }
    }
    if wants(AggregateKey::Constant) && rate.scope_down_statement.is_none() {
        findings.push(
            Finding::at(at.key("aggregate_key_type"), "all requests together would be limited")
                .and_at(at.key("scope_down_statement"))
                .help("say with `scope_down_statement` which ones"),
        );
    }
    if let Some(inner) = &rate.scope_down_statement {
        findings.extend(super::statement::nested_findings(inner, &at.key("scope_down_statement")));
    }
    findings
}
