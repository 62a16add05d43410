//! How readers reach a distribution, from where, and what they get instead of an error.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The certificate that readers see, and how they may connect.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ViewerCertificate {
    /// Whether it is CloudFront's own, for the name `….cloudfront.net` only.
    #[schemars(extend("default" = false))]
    pub cloud_front_default_certificate: Option<bool>,
    /// The ARN of a certificate of ACM, in us-east-1.
    #[schemars(extend("x-refers" = "aws.acm.certificate", "x-holds" = true))]
    pub acm_certificate_arn: Option<String>,
    /// The id of a certificate that was uploaded to IAM.
    #[schemars(length(max = 32))]
    pub iam_certificate_id: Option<String>,
    /// Which readers it is for: those that name their host when they connect, or all, at a price.
    pub ssl_support_method: Option<SslSupportMethod>,
    /// The oldest protocol and ciphers that readers may use.
    #[schemars(extend("x-default" = "provider"))]
    pub minimum_protocol_version: Option<MinimumProtocolVersion>,
}

/// How readers find the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SslSupportMethod {
    /// They name their host when they connect.
    SniOnly,
    /// By addresses of its own, for $600 a month.
    Vip,
    /// By addresses that AWS has arranged with the account.
    StaticIp,
}

/// A set of protocols and ciphers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum MinimumProtocolVersion {
    #[serde(rename = "SSLv3")]
    Ssl3,
    #[serde(rename = "TLSv1")]
    Tls1,
    #[serde(rename = "TLSv1_2016")]
    Tls1Of2016,
    #[serde(rename = "TLSv1.1_2016")]
    Tls11Of2016,
    #[serde(rename = "TLSv1.2_2018")]
    Tls12Of2018,
    #[serde(rename = "TLSv1.2_2019")]
    Tls12Of2019,
    #[serde(rename = "TLSv1.2_2021")]
    Tls12Of2021,
    #[serde(rename = "TLSv1.2_2025")]
    Tls12Of2025,
    #[serde(rename = "TLSv1.3_2025")]
    Tls13Of2025,
}

/// Who gets anything.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Restrictions.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Restrictions {
    /// By country.
    pub geo_restriction: GeoRestriction,
}

/// Readers of which countries get anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GeoRestriction {
    /// All, those that are named, or all but those.
    pub restriction_type: RestrictionType,
    /// The countries by their two letters, as ISO 3166 has them.
    #[schemars(extend("x-collection" = "set"))]
    pub locations: Option<Vec<String>>,
}

/// Which countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RestrictionType {
    /// All but those that are named.
    Blacklist,
    /// Those that are named.
    Whitelist,
    /// All.
    None,
}

/// What readers get instead of an error of the origin.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomErrorResponse.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomErrorResponse {
    /// The status of the origin's answer.
    #[schemars(range(min = 400, max = 599))]
    pub error_code: i64,
    /// The page that readers get instead, such as `/404.html`.
    #[schemars(regex(pattern = r"^/"))]
    pub response_page_path: Option<String>,
    /// The status that it comes with, such as "404".
    #[schemars(regex(pattern = r"^[2-5][0-9]{2}$"))]
    pub response_code: Option<String>,
    /// For how many seconds the origin isn't asked again.
    #[schemars(range(min = 0), extend("x-default" = "provider"))]
    pub error_caching_min_ttl: Option<i64>,
}

/// The older way of logging, with files in a bucket that takes ACLs. The newer one is a delivery of
/// CloudWatch Logs.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_LoggingConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoggingConfig {
    /// Whether it logs.
    pub enabled: bool,
    /// Whether cookies are logged.
    #[schemars(extend("default" = false))]
    pub include_cookies: Option<bool>,
    /// The bucket, by its host name: `logs.s3.amazonaws.com`.
    pub bucket: Option<String>,
    /// What the names of the files start with.
    #[schemars(extend("default" = ""))]
    pub prefix: Option<String>,
}

/// Whether readers prove who they are by certificates.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerMtlsConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ViewerMtlsConfig {
    /// Whether they have to, may, or are passed on to the origin.
    pub mode: ViewerMtlsMode,
    /// Who may have issued them.
    pub trust_store_config: Option<TrustStoreConfig>,
}

/// Whether readers have to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ViewerMtlsMode {
    Required,
    Optional,
    Passthrough,
}

/// Who may have issued readers' certificates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrustStoreConfig {
    /// The id of the store.
    pub trust_store_id: String,
    /// Whether readers are told who they are.
    #[schemars(extend("default" = false))]
    pub advertise_trust_store_ca_names: Option<bool>,
    /// Whether certificates count after their end.
    #[schemars(extend("default" = false))]
    pub ignore_certificate_expiry: Option<bool>,
}
