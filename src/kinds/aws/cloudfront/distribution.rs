//! `aws.cloudfront.distribution`: what is served from near its readers, and how.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::behavior::{Behavior, CacheBehavior};
use super::distribution_rules;
use super::origin::{Origin, OriginGroup};
use super::viewer::{
    CustomErrorResponse, LoggingConfig, Restrictions, SslSupportMethod, ViewerCertificate, ViewerMtlsConfig,
};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// What is served from near its readers: origins, what is done with which requests, and how readers
/// connect. Lists that the API wraps with their `Quantity` are plain lists here.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Whether it serves anything. One that does can't be deleted, so it is disabled first.
    pub enabled: bool,
    /// What it is for.
    #[schemars(length(max = 128), extend("default" = ""))]
    pub comment: Option<String>,
    /// The names that it answers to besides its own. No other distribution answers to them.
    #[schemars(extend("x-collection" = "set", "default" = []))]
    pub aliases: Option<Vec<String>>,
    /// What `/` means, such as `index.html`.
    #[schemars(length(max = 255), extend("default" = ""))]
    pub default_root_object: Option<String>,
    /// Where it gets what it serves.
    #[schemars(length(min = 1), extend("x-collection" = "list(id)"))]
    pub origins: Vec<Origin>,
    /// Pairs of origins.
    #[schemars(extend("x-collection" = "list(id)", "default" = []))]
    pub origin_groups: Option<Vec<OriginGroup>>,
    /// What is done with requests that nothing else is said of.
    pub default_cache_behavior: Behavior,
    /// What is done with the requests of some paths; the first that fits counts.
    #[schemars(extend("default" = []))]
    pub cache_behaviors: Option<Vec<CacheBehavior>>,
    /// What readers get instead of errors.
    #[schemars(extend("x-collection" = "list(error_code)", "default" = []))]
    pub custom_error_responses: Option<Vec<CustomErrorResponse>>,
    /// Its certificate, and how readers may connect.
    #[schemars(extend("default" = {"cloud_front_default_certificate": true}))]
    pub viewer_certificate: Option<ViewerCertificate>,
    /// Who gets anything.
    #[schemars(extend("default" = {"geo_restriction": {"restriction_type": "none"}}))]
    pub restrictions: Option<Restrictions>,
    /// What keeps attacks out: the ARN of a web ACL of scope CLOUDFRONT.
    #[schemars(extend("default" = "", "x-refers" = "aws.wafv2.web_acl", "x-holds" = true))]
    pub web_acl_id: Option<String>,
    /// Which versions of HTTP readers may use.
    #[schemars(extend("default" = "http2"))]
    pub http_version: Option<HttpVersion>,
    /// Whether it has IPv6 addresses.
    #[schemars(extend("x-default" = "provider"))]
    pub is_ipv6_enabled: Option<bool>,
    /// In which parts of the world it serves; the fewer, the cheaper.
    #[schemars(extend("default" = "PriceClass_All"))]
    pub price_class: Option<PriceClass>,
    /// The older way of logging.
    pub logging: Option<LoggingConfig>,
    /// How a staging distribution gets a part of its requests.
    #[schemars(extend("default" = ""))]
    pub continuous_deployment_policy_id: Option<String>,
    /// Whether it tries changes out for another distribution.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub staging: Option<bool>,
    /// The list of addresses that it always has.
    pub anycast_ip_list_id: Option<String>,
    /// Whether it serves by itself, or by its tenants only.
    #[schemars(extend("x-immutable" = true, "default" = "direct"))]
    pub connection_mode: Option<ConnectionMode>,
    /// What its tenants set each for themselves.
    pub tenant_config: Option<TenantConfig>,
    /// Whether readers prove who they are by certificates.
    pub viewer_mtls_config: Option<ViewerMtlsConfig>,
    /// The id of the function that sees connections.
    #[schemars(length(min = 1, max = 64))]
    pub connection_function_association: Option<String>,
    /// The header of the origin's answers that holds tags to take them out of the cache by.
    #[schemars(length(min = 1))]
    pub cache_tag_header_name: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Versions of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HttpVersion {
    #[serde(rename = "http1.1")]
    Http11,
    #[serde(rename = "http2")]
    Http2,
    #[serde(rename = "http3")]
    Http3,
    #[serde(rename = "http2and3")]
    Http2And3,
}

/// Parts of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PriceClass {
    /// North America, Europe and Israel.
    #[serde(rename = "PriceClass_100")]
    Class100,
    /// All but South America, Australia and New Zealand.
    #[serde(rename = "PriceClass_200")]
    Class200,
    /// Everywhere.
    #[serde(rename = "PriceClass_All")]
    All,
    /// Of distributions without price classes.
    None,
}

/// Whether a distribution serves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionMode {
    Direct,
    TenantOnly,
}

/// What tenants set each for themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TenantConfig {
    /// Their parameters.
    #[schemars(extend("x-collection" = "list(name)"))]
    pub parameter_definitions: Option<Vec<ParameterDefinition>>,
}

/// A parameter of tenants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParameterDefinition {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9_-]{1,128}$"))]
    pub name: String,
    /// What it is for.
    pub comment: Option<String>,
    /// What it is where a tenant doesn't set it.
    #[schemars(length(min = 1, max = 256))]
    pub default_value: Option<String>,
    /// Whether every tenant sets it.
    pub required: bool,
}

/// A distribution as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `E1A2B3C4D5E6F7`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Its own name, such as `d111111abcdef8.cloudfront.net`.
    pub domain_name: String,
    /// The Route 53 zone of that name, for alias records: one for all distributions.
    /// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html>
    pub hosted_zone_id: String,
    /// `Deployed`, or `InProgress` while a change spreads.
    pub status: String,
}

/// The kind itself.
pub struct Distribution;

/// How much is served is no setting, so plans assume it: so much that the requests beyond the free ten
/// million cost something, and the data is within the free terabyte.
const ASSUMED_REQUESTS: &str = "1 TB and 20 million HTTPS requests assumed, half of them free";

/// Ten million requests of HTTPS at $0.01 for ten thousand, in North America.
/// <https://aws.amazon.com/cloudfront/pricing/>
const USD_OF_REQUESTS: f64 = 10.0;

/// A certificate with addresses of its own. <https://aws.amazon.com/cloudfront/pricing/>
const USD_OF_OWN_ADDRESSES: f64 = 600.0;

impl Kind for Distribution {
    const TYPE: &'static str = "aws.cloudfront.distribution";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        distribution_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// A change spreads to every edge, and a deletion is two: it is disabled first.
    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(300, 240, 480)
            .visible_after(60)
            .computes("id", "E{digits:13}")
            .computes("arn", "arn:aws:cloudfront::{account}:distribution/{id}")
            .computes("domain_name", "d{hex:13}.cloudfront.net")
            .computes("hosted_zone_id", "Z2FDTNDATAQYW2")
            .computes("status", "Deployed")
            .costs_monthly(format!("CloudFront, {ASSUMED_REQUESTS}"), USD_OF_REQUESTS);
        let method = spec.viewer_certificate.as_ref().and_then(|viewer| viewer.ssl_support_method);
        if method == Some(SslSupportMethod::Vip) {
            profile.costs_monthly("CloudFront addresses of its own", USD_OF_OWN_ADDRESSES)
        } else {
            profile
        }
    }

    /// Its names are nobody else's, and its certificate lies where CloudFront looks for it.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own) = match call {
            Call::Create { spec, .. } => (spec, None),
            Call::Update { spec, id, .. } => (spec, Some(id)),
            Call::Delete { .. } => return Ok(()),
        };
        for other in cloud.all(Self::TYPE).into_iter().filter(|other| Some(other.id) != own) {
            let theirs = other.attributes["aliases"].as_array().into_iter().flatten();
            let taken = theirs
                .filter_map(Json::as_str)
                .find(|alias| spec.aliases.iter().flatten().any(|name| name == alias));
            if let Some(alias) = taken {
                return Err(Refusal::new(
                    "CNAMEAlreadyExists",
                    format!("The alias {alias} is already associated with the distribution {}.", other.id),
                ));
            }
        }
        let certificate = spec.viewer_certificate.as_ref().and_then(|viewer| {
            cloud.find("aws.acm.certificate", "arn", viewer.acm_certificate_arn.as_deref()?)
        });
        match certificate {
            Some(certificate) if certificate.region != "us-east-1" => Err(Refusal::new(
                "InvalidViewerCertificate",
                "The specified SSL certificate must be in the us-east-1 region.",
            )),
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::import_id(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "acm:ListCertificates",
            "cloudfront:AssociateDistributionWebACL",
            "cloudfront:CreateDistribution",
            "cloudfront:CreateDistributionWithTags",
            "cloudfront:DeleteDistribution",
            "cloudfront:DisassociateDistributionWebACL",
            "cloudfront:GetDistribution",
            "cloudfront:GetDistributionConfig",
            "cloudfront:ListDistributions",
            "cloudfront:ListTagsForResource",
            "cloudfront:TagResource",
            "cloudfront:UntagResource",
            "cloudfront:UpdateDistribution",
            "s3:GetBucketAcl",
            "s3:PutBucketAcl",
            "wafv2:GetWebACL",
        ]
    }
}
