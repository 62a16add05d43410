//! Where a distribution gets what it serves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// Where a distribution gets what it serves: a bucket, any server of HTTP, or one in a private
/// network.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Its name within the distribution.
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
    /// Its host name; of a bucket, the one with its region.
    #[schemars(length(min = 1, max = 253))]
    pub domain_name: String,
    /// What is put before the path of each request, such as `/sites`.
    #[schemars(length(max = 255), extend("default" = ""))]
    pub origin_path: Option<String>,
    /// How the distribution proves who it is.
    #[schemars(extend("x-refers" = "aws.cloudfront.origin_access_control", "x-holds" = true))]
    pub origin_access_control_id: Option<String>,
    /// Headers that are added to each request.
    #[schemars(extend("x-collection" = "list(header_name)"))]
    pub custom_headers: Option<Vec<OriginCustomHeader>>,
    /// It is a bucket.
    pub s3_origin_config: Option<S3OriginConfig>,
    /// It is a server of HTTP.
    pub custom_origin_config: Option<CustomOriginConfig>,
    /// It is in a private network.
    pub vpc_origin_config: Option<VpcOriginConfig>,
    /// How often a connection is tried.
    #[schemars(range(min = 1, max = 3), extend("default" = 3))]
    pub connection_attempts: Option<i64>,
    /// For how many seconds each time.
    #[schemars(range(min = 1, max = 10), extend("default" = 10))]
    pub connection_timeout: Option<i64>,
    /// After how many seconds an answer has to be complete; no limit where it is absent.
    #[schemars(range(min = 1))]
    pub response_completion_timeout: Option<i64>,
    /// Whether all edges ask by way of one region, so that the origin is asked less.
    pub origin_shield: Option<OriginShield>,
}

/// A header that is added to each request. Its value may be what the origin knows the distribution
/// by, and is never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OriginCustomHeader {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub header_name: String,
    /// Its value.
    #[schemars(length(max = 1783), extend("x-sensitive" = true))]
    pub header_value: String,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct S3OriginConfig {
    /// The older way to prove who one is; empty with an origin access control.
    #[schemars(extend("default" = ""))]
    pub origin_access_identity: Option<String>,
    /// For how many seconds an answer is waited for.
    #[schemars(range(min = 1, max = 120), extend("default" = 30))]
    pub origin_read_timeout: Option<i64>,
}

/// A server of HTTP.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CustomOriginConfig {
    /// The port of HTTP.
    #[schemars(range(min = 80, max = 65_535))]
    pub http_port: i64,
    /// The port of HTTPS.
    #[schemars(range(min = 80, max = 65_535))]
    pub https_port: i64,
    /// Which of them is used.
    pub origin_protocol_policy: OriginProtocolPolicy,
    /// The protocols of HTTPS.
    #[schemars(length(min = 1), extend("x-collection" = "set", "default" = ["TLSv1.2"]))]
    pub origin_ssl_protocols: Option<Vec<SslProtocol>>,
    /// For how many seconds an answer is waited for.
    #[schemars(range(min = 1, max = 120), extend("default" = 30))]
    pub origin_read_timeout: Option<i64>,
    /// For how many seconds a connection is kept.
    #[schemars(range(min = 1, max = 120), extend("default" = 5))]
    pub origin_keepalive_timeout: Option<i64>,
    /// Which addresses are used.
    #[schemars(extend("default" = "ipv4"))]
    pub ip_address_type: Option<IpAddressType>,
    /// The certificate that the distribution shows the server.
    pub origin_mtls_config: Option<OriginMtlsConfig>,
}

/// Which protocol a server is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OriginProtocolPolicy {
    HttpOnly,
    /// The reader's.
    MatchViewer,
    HttpsOnly,
}

/// A protocol of encryption towards a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SslProtocol {
    #[serde(rename = "SSLv3")]
    Ssl3,
    #[serde(rename = "TLSv1")]
    Tls1,
    #[serde(rename = "TLSv1.1")]
    Tls11,
    #[serde(rename = "TLSv1.2")]
    Tls12,
}

/// Families of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpAddressType {
    Ipv4,
    Ipv6,
    Dualstack,
}

/// The certificate that a distribution shows a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OriginMtlsConfig {
    /// Its ARN, in ACM.
    pub client_certificate_arn: String,
}

/// A load balancer or an instance in a private network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VpcOriginConfig {
    /// The id of the way into the network.
    pub vpc_origin_id: String,
    /// The account that it belongs to.
    #[schemars(extend("x-default" = "provider"))]
    pub owner_account_id: Option<String>,
    /// For how many seconds an answer is waited for.
    #[schemars(range(min = 1, max = 120), extend("default" = 30))]
    pub origin_read_timeout: Option<i64>,
    /// For how many seconds a connection is kept.
    #[schemars(range(min = 1, max = 120), extend("default" = 5))]
    pub origin_keepalive_timeout: Option<i64>,
}

/// One region by way of which all edges ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OriginShield {
    /// Whether they do.
    pub enabled: bool,
    /// The region that is nearest to the origin.
    #[schemars(regex(pattern = r"^[a-z]{2}-[a-z]+-[0-9]$"))]
    pub origin_shield_region: Option<String>,
}

/// Two origins, of which the second is asked when the first fails.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OriginGroup {
    /// Its name within the distribution, apart from all origins'.
    #[schemars(length(min = 1, max = 128))]
    pub id: String,
    /// The statuses that count as failures, besides a connection that fails.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub failover_status_codes: Vec<i64>,
    /// The first and the second origin, by their ids.
    #[schemars(length(min = 2, max = 2))]
    pub members: Vec<String>,
    /// How one of them is chosen.
    #[schemars(extend("default" = "default"))]
    pub selection_criteria: Option<SelectionCriteria>,
}

/// How one of two origins is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionCriteria {
    /// The first, until it fails.
    Default,
    /// By the quality of a live stream.
    MediaQualityBased,
}

/// What is wrong with an origin at a path.
pub(super) fn findings(path: &FieldPath, origin: &Origin) -> Vec<Finding> {
    let mut findings = sort(path, origin);
    if let Some(prefix) = &origin.origin_path
        && !prefix.is_empty()
        && (!prefix.starts_with('/') || prefix.ends_with('/'))
    {
        findings.push(
            Finding::at(path.key("origin_path"), format!("`origin_path` is {prefix:?}"))
                .help("it starts with `/` and doesn't end with it"),
        );
    }
    if origin.domain_name.contains("://") || origin.domain_name.contains('/') {
        findings.push(
            Finding::at(path.key("domain_name"), format!("{:?} is no host name", origin.domain_name))
                .help("without scheme and path"),
        );
    }
    let read = [
        origin.s3_origin_config.as_ref().and_then(|config| config.origin_read_timeout),
        origin.custom_origin_config.as_ref().and_then(|config| config.origin_read_timeout),
        origin.vpc_origin_config.as_ref().and_then(|config| config.origin_read_timeout),
    ];
    let read = read.into_iter().flatten().next().unwrap_or(30);
    if origin.response_completion_timeout.is_some_and(|complete| complete < read) {
        findings.push(Finding::at(
            path.key("response_completion_timeout"),
            format!("an answer would have to be complete before it is waited for, {read} seconds"),
        ));
    }
    if let Some(shield) = &origin.origin_shield
        && shield.enabled != shield.origin_shield_region.is_some()
    {
        let fault =
            if shield.enabled { "a shield lies in a region" } else { "a shield that is off has no region" };
        findings.push(Finding::at(path.key("origin_shield").key("origin_shield_region"), fault));
    }
    findings
}

/// It is exactly one of the three sorts, and proves who it is in one way.
fn sort(path: &FieldPath, origin: &Origin) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sorts = [
        origin.s3_origin_config.is_some(),
        origin.custom_origin_config.is_some(),
        origin.vpc_origin_config.is_some(),
    ];
    if sorts.into_iter().filter(|is_set| *is_set).count() != 1 {
        findings.push(
            Finding::at(path.clone(), format!("the origin {:?} should be of one sort", origin.id))
                .help("set one of `s3_origin_config`, `custom_origin_config` and `vpc_origin_config`"),
        );
    }
    if let Some(s3) = &origin.s3_origin_config {
        let host = &origin.domain_name;
        if !host.contains(".s3.") && !host.contains(".s3-") {
            findings.push(
                Finding::at(path.key("domain_name"), format!("{host:?} is no host name of a bucket"))
                    .and_at(path.key("s3_origin_config"))
                    .help("use the bucket's `bucket_regional_domain_name`"),
            );
        }
        let identity = s3.origin_access_identity.as_deref().unwrap_or_default();
        if !identity.is_empty() && origin.origin_access_control_id.is_some() {
            findings.push(
                Finding::at(
                    path.key("s3_origin_config").key("origin_access_identity"),
                    "the distribution proves who it is in one way",
                )
                .and_at(path.key("origin_access_control_id"))
                .help("leave the identity out: the control is the newer way"),
            );
        }
    }
    findings
}
