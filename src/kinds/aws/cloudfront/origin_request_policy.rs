//! `aws.cloudfront.origin_request_policy`: what of a request reaches the origin besides the key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::selection::{self, CookiesConfig, QueryStringsConfig};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// What of a request reaches the origin, besides what is in the key of the cache.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateOriginRequestPolicy.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,128}$"))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 128), extend("default" = ""))]
    pub comment: Option<String>,
    /// The headers.
    pub headers_config: HeadersConfig,
    /// The cookies.
    pub cookies_config: CookiesConfig,
    /// The query strings.
    pub query_strings_config: QueryStringsConfig,
}

/// The headers that reach the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeadersConfig {
    /// Which of them.
    pub header_behavior: HeaderBehavior,
    /// The names.
    #[schemars(extend("x-collection" = "set"))]
    pub headers: Option<Vec<String>>,
}

/// Which headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HeaderBehavior {
    /// None of them.
    None,
    /// Those that are named.
    Whitelist,
    /// All of the reader's.
    AllViewer,
    /// All of the reader's, and those of CloudFront's own that are named.
    AllViewerAndWhitelistCloudFront,
    /// All of the reader's but those that are named.
    AllExcept,
}

impl HeaderBehavior {
    fn word(self) -> &'static str {
        match self {
            HeaderBehavior::None => "none",
            HeaderBehavior::Whitelist => "whitelist",
            HeaderBehavior::AllViewer => "allViewer",
            HeaderBehavior::AllViewerAndWhitelistCloudFront => "allViewerAndWhitelistCloudFront",
            HeaderBehavior::AllExcept => "allExcept",
        }
    }

    fn takes_names(self) -> bool {
        !matches!(self, HeaderBehavior::None | HeaderBehavior::AllViewer)
    }
}

/// An origin request policy as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `216adef6-5c7f-47e4-b989-5492eafa07d3`.
    pub id: String,
}

/// The kind itself.
pub struct OriginRequestPolicy;

impl Kind for OriginRequestPolicy {
    const TYPE: &'static str = "aws.cloudfront.origin_request_policy";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = selection::findings("", &spec.cookies_config, &spec.query_strings_config);
        let behavior = spec.headers_config.header_behavior;
        findings.extend(selection::finding(
            "headers_config.headers",
            ("headers_config.header_behavior", behavior.word(), behavior.takes_names()),
            spec.headers_config.headers.as_deref(),
        ));
        let headers = spec.headers_config.headers.iter().flatten();
        if behavior == HeaderBehavior::AllViewerAndWhitelistCloudFront {
            for header in headers.filter(|header| !header.to_ascii_lowercase().starts_with("cloudfront-")) {
                findings.push(
                    Finding::on("headers_config.headers", format!("{header:?} is no header of CloudFront's"))
                        .and("headers_config.header_behavior"),
                );
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2).visible_after(30).computes("id", super::POLICY_ID)
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own) = match call {
            Call::Create { spec, .. } => (spec, None),
            Call::Update { spec, id, .. } => (spec, Some(id)),
            Call::Delete { .. } => return Ok(()),
        };
        if super::is_taken(cloud, Self::TYPE, &spec.name, own) {
            return Err(Refusal::new(
                "OriginRequestPolicyAlreadyExists",
                format!("An origin request policy with the name {} already exists.", spec.name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::import_policy(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:CreateOriginRequestPolicy",
            "cloudfront:DeleteOriginRequestPolicy",
            "cloudfront:GetOriginRequestPolicy",
            "cloudfront:ListOriginRequestPolicies",
            "cloudfront:UpdateOriginRequestPolicy",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn policy() -> Json {
        json!({
            "name": "api",
            "headers_config": {"header_behavior": "allExcept", "headers": ["host"]},
            "cookies_config": {"cookie_behavior": "all"},
            "query_strings_config": {"query_string_behavior": "all"},
        })
    }

    #[test]
    fn names_stand_where_they_are_asked_for() {
        let headers = |behavior: &str, names: Json| {
            [("/headers_config", json!({"header_behavior": behavior, "headers": names}))]
        };
        assert_rules::<OriginRequestPolicy>(
            &policy(),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&headers("allViewer", json!(["host"])), "`allViewer` takes no names"),
                (&headers("allViewer", json!([])), ""),
                (&headers("whitelist", json!([])), "is missing with `whitelist`"),
                (&headers("allViewerAndWhitelistCloudFront", json!(["x-a"])), "no header of CloudFront's"),
                (&headers("allViewerAndWhitelistCloudFront", json!(["CloudFront-Viewer-Country"])), ""),
                (&[("/cookies_config/cookie_behavior", json!("allExcept"))], "is missing with `allExcept`"),
            ],
        );
        assert_whole::<OriginRequestPolicy>(&policy());
    }

    #[test]
    fn a_name_is_taken_once() {
        let id = "216adef6-5c7f-47e4-b989-5492eafa07d3";
        let sky = World::default().with(OriginRequestPolicy::TYPE, id, "us-east-1", policy());
        let taken = "OriginRequestPolicyAlreadyExists";
        assert_eq!(sky.create::<OriginRequestPolicy>(&policy()).unwrap_err(), taken);
        assert!(sky.update::<OriginRequestPolicy>(id, &policy()).is_ok());
    }
}
