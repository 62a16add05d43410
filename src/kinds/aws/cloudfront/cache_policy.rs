//! `aws.cloudfront.cache_policy`: what makes two requests the same, and for how long an answer holds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::selection::{self, Behavior, CookiesConfig, QueryStringsConfig};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// What of a request is in the key of the cache, and for how long an answer holds.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateCachePolicy.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,128}$"))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 128), extend("default" = ""))]
    pub comment: Option<String>,
    /// For how many seconds an answer holds at least, whatever the origin says.
    #[schemars(range(min = 0))]
    pub min_ttl: i64,
    /// For how many seconds an answer holds of which the origin says nothing.
    #[schemars(range(min = 0), extend("default" = 86_400))]
    pub default_ttl: Option<i64>,
    /// For how many seconds an answer holds at most, whatever the origin says.
    #[schemars(range(min = 0), extend("default" = 31_536_000))]
    pub max_ttl: Option<i64>,
    /// What of a request is in the key, and so reaches the origin.
    pub parameters_in_cache_key_and_forwarded_to_origin: Parameters,
}

/// What of a request is in the key of the cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parameters {
    /// Whether answers are kept compressed by gzip beside the plain ones.
    pub enable_accept_encoding_gzip: bool,
    /// Whether answers are kept compressed by Brotli beside the plain ones.
    #[schemars(extend("default" = false))]
    pub enable_accept_encoding_brotli: Option<bool>,
    /// The headers.
    pub headers_config: HeadersConfig,
    /// The cookies.
    pub cookies_config: CookiesConfig,
    /// The query strings.
    pub query_strings_config: QueryStringsConfig,
}

/// The headers in the key.
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
#[serde(rename_all = "lowercase")]
pub enum HeaderBehavior {
    /// None of them.
    None,
    /// Those that are named.
    Whitelist,
}

/// A cache policy as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `658327ea-f89d-4fab-a63d-7e88639e58f6`.
    pub id: String,
}

/// The kind itself.
pub struct CachePolicy;

const KEY: &str = "parameters_in_cache_key_and_forwarded_to_origin";

impl Kind for CachePolicy {
    const TYPE: &'static str = "aws.cloudfront.cache_policy";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let key = &spec.parameters_in_cache_key_and_forwarded_to_origin;
        let mut findings = selection::findings(KEY, &key.cookies_config, &key.query_strings_config);
        let headers = &key.headers_config;
        let takes_names = headers.header_behavior == HeaderBehavior::Whitelist;
        findings.extend(selection::finding(
            &format!("{KEY}.headers_config.headers"),
            (
                &format!("{KEY}.headers_config.header_behavior"),
                if takes_names { "whitelist" } else { "none" },
                takes_names,
            ),
            headers.headers.as_deref(),
        ));
        findings.extend(times(spec));
        findings.extend(without_cache(spec));
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
                "CachePolicyAlreadyExists",
                format!("A cache policy with the name {} already exists.", spec.name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::import_policy(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:CreateCachePolicy",
            "cloudfront:DeleteCachePolicy",
            "cloudfront:GetCachePolicy",
            "cloudfront:ListCachePolicies",
            "cloudfront:UpdateCachePolicy",
        ]
    }
}

/// An answer holds for no less than the least and no more than the most.
fn times(spec: &Spec) -> Vec<Finding> {
    let default = spec.default_ttl.unwrap_or_else(|| spec.min_ttl.max(86_400));
    let max = spec.max_ttl.unwrap_or_else(|| default.max(31_536_000));
    let mut findings = Vec::new();
    if default < spec.min_ttl {
        findings.push(
            Finding::on("default_ttl", format!("`default_ttl` is less than `min_ttl`, {}", spec.min_ttl))
                .and("min_ttl"),
        );
    }
    if max < default {
        findings.push(
            Finding::on("max_ttl", format!("`max_ttl` is less than `default_ttl`, {default}"))
                .and("default_ttl"),
        );
    }
    findings
}

/// A policy that caches nothing has nothing in its key: an origin request policy says what reaches the
/// origin then.
fn without_cache(spec: &Spec) -> Option<Finding> {
    let key = &spec.parameters_in_cache_key_and_forwarded_to_origin;
    let caches = spec.max_ttl != Some(0);
    let is_empty = key.headers_config.header_behavior == HeaderBehavior::None
        && key.cookies_config.cookie_behavior == Behavior::None
        && key.query_strings_config.query_string_behavior == Behavior::None
        && !key.enable_accept_encoding_gzip
        && key.enable_accept_encoding_brotli != Some(true);
    (!caches && !is_empty).then(|| {
        Finding::on(KEY, "a policy that caches nothing has nothing in its key")
            .and("max_ttl")
            .help("leave headers, cookies, query strings and compression to an origin request policy")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn policy() -> Json {
        json!({
            "name": "sites", "min_ttl": 1, "default_ttl": 300, "max_ttl": 86400,
            KEY: {
                "enable_accept_encoding_gzip": true, "enable_accept_encoding_brotli": true,
                "headers_config": {"header_behavior": "none"},
                "cookies_config": {"cookie_behavior": "none"},
                "query_strings_config": {"query_string_behavior": "whitelist", "query_strings": ["v"]},
            },
        })
    }

    fn at(rest: &str) -> String {
        format!("/{KEY}/{rest}")
    }

    #[test]
    fn times_and_keys_make_sense() {
        let key = json!({
            "enable_accept_encoding_gzip": false, "headers_config": {"header_behavior": "none"},
            "cookies_config": {"cookie_behavior": "none"},
            "query_strings_config": {"query_string_behavior": "none"},
        });
        let off = [("/min_ttl", json!(0)), ("/default_ttl", json!(0)), ("/max_ttl", json!(0))];
        let key_path = format!("/{KEY}");
        let emptied = [off.to_vec(), vec![(key_path.as_str(), key)]].concat();
        assert_rules::<CachePolicy>(
            &policy(),
            &[
                (&[("/name", json!("my sites"))], "doesn't match"),
                (&[("/min_ttl", json!(301))], "less than `min_ttl`, 301"),
                (&[("/max_ttl", json!(299))], "less than `default_ttl`, 300"),
                (&[("/min_ttl", json!(-1))], "is -1"),
                (&off, "caches nothing"),
                (&emptied, ""),
                (&[(&at("query_strings_config/query_strings"), json!([]))], "is missing with `whitelist`"),
                (&[(&at("cookies_config/cookies"), json!(["a"]))], "`none` takes no names"),
                (&[(&at("cookies_config/cookie_behavior"), json!("all"))], ""),
                (&[(&at("headers_config/header_behavior"), json!("whitelist"))], "headers` is missing"),
                (&[(&at("headers_config/header_behavior"), json!("all"))], "none of"),
            ],
        );
        assert_whole::<CachePolicy>(&policy());
    }

    #[test]
    fn a_name_is_taken_once() {
        let id = "658327ea-f89d-4fab-a63d-7e88639e58f6";
        let sky = World::default().with(CachePolicy::TYPE, id, "us-east-1", policy());
        assert_eq!(sky.create::<CachePolicy>(&policy()).unwrap_err(), "CachePolicyAlreadyExists");
        assert!(sky.update::<CachePolicy>(id, &policy()).is_ok());
    }
}
