//! `aws.cloudfront.response_headers_policy`: headers that a distribution adds to answers, or takes away.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::response_headers_rules;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// Headers that a distribution adds to answers, or takes away.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateResponseHeadersPolicy.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,128}$"))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 128), extend("default" = ""))]
    pub comment: Option<String>,
    /// What pages of other origins may read.
    pub cors_config: Option<CorsConfig>,
    /// The headers that protect readers.
    pub security_headers_config: Option<SecurityHeaders>,
    /// Whether answers say how CloudFront came by them.
    pub server_timing_headers_config: Option<ServerTiming>,
    /// Other headers.
    #[schemars(extend("x-collection" = "list(header)"))]
    pub custom_headers_config: Option<Vec<CustomHeader>>,
    /// Headers of the origin that readers don't get.
    #[schemars(extend("x-collection" = "set"))]
    pub remove_headers_config: Option<Vec<String>>,
}

/// What pages of other origins may read.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicyCorsConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CorsConfig {
    /// The origins whose pages may.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub access_control_allow_origins: Vec<String>,
    /// The headers that they may send.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub access_control_allow_headers: Vec<String>,
    /// The methods that they may use.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub access_control_allow_methods: Vec<CorsMethod>,
    /// Whether they may send cookies.
    pub access_control_allow_credentials: bool,
    /// The headers of answers that they may read.
    #[schemars(extend("x-collection" = "set"))]
    pub access_control_expose_headers: Option<Vec<String>>,
    /// For how many seconds browsers remember all this.
    #[schemars(range(min = 0), extend("x-default" = "provider"))]
    pub access_control_max_age_sec: Option<i64>,
    /// Whether it counts although the origin says otherwise.
    pub origin_override: bool,
}

/// A method that pages of other origins may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CorsMethod {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    All,
}

/// The headers that protect readers; each counts although the origin says otherwise where it has
/// `override`.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicySecurityHeadersConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecurityHeaders {
    /// Browsers use HTTPS from now on.
    pub strict_transport_security: Option<StrictTransportSecurity>,
    /// What a page may load, and from where.
    pub content_security_policy: Option<ContentSecurityPolicy>,
    /// Browsers don't guess what a file is.
    pub content_type_options: Option<ContentTypeOptions>,
    /// Who may show a page within another.
    pub frame_options: Option<FrameOptions>,
    /// How much of its own address a page tells others.
    pub referrer_policy: Option<ReferrerPolicy>,
    /// A filter that today's browsers no longer have.
    pub xss_protection: Option<XssProtection>,
}

/// `Strict-Transport-Security`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrictTransportSecurity {
    /// For how many seconds.
    #[schemars(range(min = 0))]
    pub access_control_max_age_sec: i64,
    /// Whether for names below it too.
    #[schemars(extend("default" = false))]
    pub include_subdomains: Option<bool>,
    /// Whether browsers may come with it.
    #[schemars(extend("default" = false))]
    pub preload: Option<bool>,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// `Content-Security-Policy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContentSecurityPolicy {
    /// The header's value.
    #[schemars(length(min = 1, max = 8192))]
    pub content_security_policy: String,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// `X-Content-Type-Options: nosniff`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContentTypeOptions {
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// `X-Frame-Options`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrameOptions {
    /// Nobody, or pages of the same origin.
    pub frame_option: FrameOption,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// Who may show a page within another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum FrameOption {
    Deny,
    SameOrigin,
}

/// `Referrer-Policy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReferrerPolicy {
    /// How much of its own address a page tells others.
    pub referrer_policy: ReferrerPolicyValue,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// How much of its own address a page tells others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferrerPolicyValue {
    NoReferrer,
    NoReferrerWhenDowngrade,
    Origin,
    OriginWhenCrossOrigin,
    SameOrigin,
    StrictOrigin,
    StrictOriginWhenCrossOrigin,
    UnsafeUrl,
}

/// `X-XSS-Protection`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct XssProtection {
    /// Whether it is on.
    pub protection: bool,
    /// Whether a page that it suspects isn't shown at all.
    #[schemars(extend("default" = false))]
    pub mode_block: Option<bool>,
    /// Where it reports to.
    pub report_uri: Option<String>,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// `Server-Timing`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerTiming {
    /// Whether answers have it.
    pub enabled: bool,
    /// What share of them, in percent.
    #[serde(serialize_with = "as_written", default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub sampling_rate: Option<f64>,
}

/// Whole numbers are written without a point, as people write them: they compare as equal then.
#[allow(clippy::ref_option, reason = "serde passes it so")]
fn as_written<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        None => serializer.serialize_none(),
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and at most a hundred")]
        Some(number) if number.fract() == 0.0 => serializer.serialize_i64(*number as i64),
        Some(number) => serializer.serialize_f64(*number),
    }
}

/// Any other header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomHeader {
    /// Its name.
    #[schemars(regex(pattern = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"))]
    pub header: String,
    /// Its value.
    pub value: String,
    /// Whether it counts although the origin says otherwise.
    pub r#override: bool,
}

/// A response headers policy as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `67f7725c-6f97-4210-82d7-5512b31e9d03`.
    pub id: String,
}

/// The kind itself.
pub struct ResponseHeadersPolicy;

impl Kind for ResponseHeadersPolicy {
    const TYPE: &'static str = "aws.cloudfront.response_headers_policy";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        response_headers_rules::findings(spec)
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
                "ResponseHeadersPolicyAlreadyExists",
                format!("A response headers policy with the name {} already exists.", spec.name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::import_policy(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:CreateResponseHeadersPolicy",
            "cloudfront:DeleteResponseHeadersPolicy",
            "cloudfront:GetResponseHeadersPolicy",
            "cloudfront:ListResponseHeadersPolicies",
            "cloudfront:UpdateResponseHeadersPolicy",
        ]
    }
}
