//! `aws.route53.health_check`: what Route 53 asks from around the world, to know which answers to give.

use std::collections::BTreeMap;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::{VISIBLE_AFTER_S, name};
use crate::kinds::{Finding, Kind, Profile};
use crate::model::{FieldPath, PhysicalId};

/// What Route 53 asks from around the world, to know which of several answers to give: an endpoint,
/// other health checks, an alarm or a routing control.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What is asked.
    #[schemars(extend("x-immutable" = true))]
    pub r#type: HealthCheckType,
    /// The endpoint's address; where it is absent, its name is resolved each time.
    #[schemars(length(max = 45))]
    pub ip_address: Option<String>,
    /// The endpoint's name: what is resolved, or what is sent along as `Host`.
    #[schemars(length(max = 255))]
    pub fully_qualified_domain_name: Option<String>,
    /// The endpoint's port; 80 or 443 where it is absent, by the type.
    #[schemars(range(min = 1, max = 65535), extend("x-default" = "provider"))]
    pub port: Option<i64>,
    /// The path that is asked for.
    #[schemars(length(max = 255))]
    pub resource_path: Option<String>,
    /// What the first 5,120 bytes of the answer have to hold.
    #[schemars(length(min = 1, max = 255))]
    pub search_string: Option<String>,
    /// After how many seconds each checker asks again: 10 or 30.
    #[schemars(range(min = 10, max = 30), extend("x-immutable" = true, "default" = 30))]
    pub request_interval: Option<i64>,
    /// How many answers in a row it takes to change its mind.
    #[schemars(range(min = 1, max = 10), extend("default" = 3))]
    pub failure_threshold: Option<i64>,
    /// Whether the time to the answer is measured from several regions.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub measure_latency: Option<bool>,
    /// Whether good is bad.
    #[schemars(extend("default" = false))]
    pub inverted: Option<bool>,
    /// Whether nothing is asked, and the endpoint counts as healthy.
    #[schemars(extend("default" = false))]
    pub disabled: Option<bool>,
    /// Whether the name is sent in the TLS handshake; only with HTTPS, and there by default.
    #[schemars(extend("x-default" = "provider"))]
    pub enable_sni: Option<bool>,
    /// From where it is asked; from everywhere where it is absent.
    #[schemars(length(min = 3, max = 64), extend("x-collection" = "set", "x-exclusive" = true, "x-default" = "provider"))]
    pub regions: Option<Vec<CheckerRegion>>,
    /// Of a calculated one: how many of the others have to be healthy.
    #[schemars(range(min = 0, max = 256))]
    pub health_threshold: Option<i64>,
    /// Of a calculated one: the others.
    #[schemars(length(max = 256), extend("x-collection" = "set", "x-exclusive" = true, "x-refers" = "aws.route53.health_check", "x-holds" = true))]
    pub child_health_checks: Option<Vec<String>>,
    /// Of one that follows an alarm: the alarm.
    pub alarm_identifier: Option<AlarmIdentifier>,
    /// Of one that follows an alarm: what it says while the alarm has no data.
    pub insufficient_data_health_status: Option<InsufficientData>,
    /// Of one that follows a routing control of Application Recovery Controller: the control.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub routing_control_arn: Option<String>,
    /// Tags by key; `Name` is what the console shows.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HealthCheckType {
    /// Whether an endpoint answers with a code from 200 to 399.
    Http,
    /// The same over TLS; the certificate isn't verified.
    Https,
    /// Whether it answers so, with a text in it.
    HttpStrMatch,
    /// The same over TLS.
    HttpsStrMatch,
    /// Whether it takes a connection.
    Tcp,
    /// How other health checks are.
    Calculated,
    /// How an alarm of CloudWatch is.
    CloudwatchMetric,
    /// How a routing control is.
    RecoveryControl,
}

impl HealthCheckType {
    fn is_of_endpoint(self) -> bool {
        !matches!(
            self,
            HealthCheckType::Calculated
                | HealthCheckType::CloudwatchMetric
                | HealthCheckType::RecoveryControl
        )
    }

    fn is_tls(self) -> bool {
        matches!(self, HealthCheckType::Https | HealthCheckType::HttpsStrMatch)
    }

    fn matches_text(self) -> bool {
        matches!(self, HealthCheckType::HttpStrMatch | HealthCheckType::HttpsStrMatch)
    }
}

/// Where checkers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckerRegion {
    #[serde(rename = "us-east-1")]
    UsEast1,
    #[serde(rename = "us-west-1")]
    UsWest1,
    #[serde(rename = "us-west-2")]
    UsWest2,
    #[serde(rename = "eu-west-1")]
    EuWest1,
    #[serde(rename = "ap-southeast-1")]
    ApSoutheast1,
    #[serde(rename = "ap-southeast-2")]
    ApSoutheast2,
    #[serde(rename = "ap-northeast-1")]
    ApNortheast1,
    #[serde(rename = "sa-east-1")]
    SaEast1,
}

/// An alarm of CloudWatch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmIdentifier {
    /// The region that it lies in.
    #[schemars(length(min = 1, max = 64))]
    pub region: String,
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
}

/// What a health check says without data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InsufficientData {
    Healthy,
    Unhealthy,
    LastKnownStatus,
}

/// A health check as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `abcdef11-2222-3333-4444-555555fedcba`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct HealthCheck;

/// Of an endpoint in AWS, and of what is no endpoint; one outside of AWS is $0.75, its options $2.
/// <https://aws.amazon.com/route53/pricing/>
const USD_PER_MONTH: f64 = 0.50;

/// Each of TLS, a text to be found, a short interval and measured latency.
const USD_PER_OPTION: f64 = 1.00;

impl Kind for HealthCheck {
    const TYPE: &'static str = "aws.route53.health_check";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = misplaced(spec);
        findings.extend(if spec.r#type.is_of_endpoint() {
            endpoint_findings(spec)
        } else {
            other_findings(spec)
        });
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let options = [
            spec.r#type.is_tls(),
            spec.r#type.matches_text(),
            spec.request_interval == Some(10),
            spec.measure_latency == Some(true),
        ];
        let count = options.into_iter().filter(|chosen| *chosen).count();
        let profile = Profile::seconds(5, 3, 3)
            .visible_after(VISIBLE_AFTER_S)
            .computes("id", "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}")
            .computes("arn", "arn:aws:route53:::healthcheck/{id}")
            .costs_monthly("Health check of an endpoint in AWS", USD_PER_MONTH);
        match u32::try_from(count) {
            Ok(count @ 1..) => profile
                .costs_monthly(format!("Health check options, {count}"), f64::from(count) * USD_PER_OPTION),
            _ => profile,
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let is_hex = parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()));
        if lengths == [8, 4, 4, 4, 12] && is_hex {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!(
                "`{text}` should be the id of a health check, such as abcdef11-2222-3333-4444-555555fedcba"
            ))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "route53:ChangeTagsForResource",
            "route53:CreateHealthCheck",
            "route53:DeleteHealthCheck",
            "route53:GetHealthCheck",
            "route53:ListHealthChecks",
            "route53:ListTagsForResources",
            "route53:UpdateHealthCheck",
        ]
    }
}

/// What is wrong with fields that belong to another type.
fn misplaced(spec: &Spec) -> Vec<Finding> {
    let kind = spec.r#type;
    let endpoint = kind.is_of_endpoint();
    let calculated = kind == HealthCheckType::Calculated;
    let metric = kind == HealthCheckType::CloudwatchMetric;
    let fields = [
        ("ip_address", spec.ip_address.is_some(), endpoint),
        ("fully_qualified_domain_name", spec.fully_qualified_domain_name.is_some(), endpoint),
        ("port", spec.port.is_some(), endpoint),
        ("resource_path", spec.resource_path.is_some(), endpoint && kind != HealthCheckType::Tcp),
        ("search_string", spec.search_string.is_some(), kind.matches_text()),
        ("request_interval", spec.request_interval.is_some(), endpoint),
        ("failure_threshold", spec.failure_threshold.is_some(), endpoint),
        ("measure_latency", spec.measure_latency == Some(true), endpoint),
        ("enable_sni", spec.enable_sni.is_some(), kind.is_tls()),
        ("regions", spec.regions.is_some(), endpoint),
        ("health_threshold", spec.health_threshold.is_some(), calculated),
        ("child_health_checks", spec.child_health_checks.is_some(), calculated),
        ("alarm_identifier", spec.alarm_identifier.is_some(), metric),
        ("insufficient_data_health_status", spec.insufficient_data_health_status.is_some(), metric),
        ("routing_control_arn", spec.routing_control_arn.is_some(), kind == HealthCheckType::RecoveryControl),
    ];
    fields
        .into_iter()
        .filter(|(_, is_there, belongs)| *is_there && !belongs)
        .map(|(field, ..)| {
            Finding::on(field, format!("a health check of this type has no `{field}`")).and("type")
        })
        .collect()
}

fn endpoint_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (&spec.ip_address, &spec.fully_qualified_domain_name) {
        (None, None) => findings.push(
            Finding::at(FieldPath::root(), "an endpoint has an address or a name, and neither is set")
                .help("set `fully_qualified_domain_name`, or `ip_address`"),
        ),
        (address, host) => {
            if let Some(address) = address {
                match address.parse::<IpAddr>() {
                    Err(_) => findings.push(Finding::on(
                        "ip_address",
                        format!("`ip_address` is {address:?}, which is no address"),
                    )),
                    Ok(address) if is_private(address) => findings.push(
                        Finding::on("ip_address", format!("{address} can't be reached from outside"))
                            .help("follow an alarm instead: `type: CLOUDWATCH_METRIC`"),
                    ),
                    Ok(_) => {}
                }
            }
            if let Some(host) = host {
                findings.extend(name::findings("fully_qualified_domain_name", host, false));
            }
        }
    }
    if spec.request_interval.is_some_and(|seconds| !matches!(seconds, 10 | 30)) {
        findings.push(Finding::on("request_interval", "`request_interval` is either 10 or 30"));
    }
    if spec.r#type.matches_text() && spec.search_string.is_none() {
        findings.push(
            Finding::on("type", "there is no text to look for")
                .and("search_string")
                .help("set `search_string`"),
        );
    }
    if spec.r#type == HealthCheckType::Tcp && spec.port.is_none() {
        findings.push(Finding::on("type", "TCP has no port of its own").and("port").help("set `port`"));
    }
    if let Some(path) = spec.resource_path.as_deref().filter(|path| !path.starts_with('/')) {
        findings.push(
            Finding::on(
                "resource_path",
                format!("`resource_path` is {path:?}, which doesn't start with a slash"),
            )
            .help(format!("write it as /{path}")),
        );
    }
    findings
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unique_local()
        }
    }
}

fn other_findings(spec: &Spec) -> Vec<Finding> {
    let missing = |field: &str, what: &str| {
        Finding::on("type", format!("a health check of this type needs {what}"))
            .and(field)
            .help(format!("set `{field}`"))
    };
    match spec.r#type {
        HealthCheckType::Calculated => {
            let children = spec.child_health_checks.as_ref().map_or(0, Vec::len);
            match spec.health_threshold {
                _ if children == 0 => vec![missing("child_health_checks", "others to follow")],
                None => vec![missing("health_threshold", "the number that has to be healthy")],
                Some(least) if usize::try_from(least).is_ok_and(|least| least > children) => vec![
                    Finding::on("health_threshold", format!("{least} of {children} can't be healthy"))
                        .and("child_health_checks"),
                ],
                Some(_) => Vec::new(),
            }
        }
        HealthCheckType::CloudwatchMetric if spec.alarm_identifier.is_none() => {
            vec![missing("alarm_identifier", "an alarm to follow")]
        }
        HealthCheckType::RecoveryControl if spec.routing_control_arn.is_none() => {
            vec![missing("routing_control_arn", "a routing control to follow")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{assert_rules, assert_whole};

    fn api() -> crate::model::Json {
        json!({"type": "HTTPS", "fully_qualified_domain_name": "api.example.com", "resource_path": "/healthz",
            "request_interval": 10, "failure_threshold": 2, "enable_sni": true,
            "regions": ["us-east-1", "eu-west-1", "ap-southeast-1"]})
    }

    #[test]
    fn an_endpoint_is_asked_at_its_name() {
        assert_whole::<HealthCheck>(&api());
        assert_rules::<HealthCheck>(
            &api(),
            &[
                (&[("/fully_qualified_domain_name", json!(null))], "an address or a name"),
                (&[("/fully_qualified_domain_name", json!("api.example.com."))], "ends with a dot"),
                (&[("/ip_address", json!("10.0.0.1"))], "from outside"),
                (&[("/ip_address", json!("192.0.2"))], "no address"),
                (&[("/ip_address", json!("192.0.2.1"))], ""),
                (&[("/resource_path", json!("healthz"))], "write it as /healthz"),
                (&[("/request_interval", json!(20))], "either 10 or 30"),
                (&[("/failure_threshold", json!(11))], "1 to 10"),
                (&[("/regions", json!(["us-east-1", "eu-west-1"]))], "has 2 elements"),
                (&[("/regions/0", json!("eu-central-1"))], "none of"),
                (&[("/search_string", json!("ok"))], "no `search_string`"),
                (&[("/type", json!("HTTPS_STR_MATCH"))], "no text to look for"),
                (&[("/type", json!("TCP"))], "no `resource_path`"),
                (&[("/health_threshold", json!(1))], "no `health_threshold`"),
                (&[("/type", json!("PING"))], "none of"),
            ],
        );
    }

    #[test]
    fn others_follow_what_they_name() {
        let calculated =
            json!({"type": "CALCULATED", "health_threshold": 1, "child_health_checks": ["a", "b"]});
        assert_rules::<HealthCheck>(
            &calculated,
            &[
                (&[("/health_threshold", json!(3))], "3 of 2"),
                (&[("/health_threshold", json!(null))], "has to be healthy"),
                (&[("/child_health_checks", json!(null))], "others to follow"),
                (&[("/port", json!(443))], "no `port`"),
            ],
        );
        let metric = json!({"type": "CLOUDWATCH_METRIC", "insufficient_data_health_status": "LastKnownStatus",
            "alarm_identifier": {"region": "eu-west-1", "name": "writer"}});
        assert_rules::<HealthCheck>(
            &metric,
            &[(&[("/alarm_identifier", json!(null))], "an alarm to follow")],
        );
        let control = json!({"type": "RECOVERY_CONTROL", "routing_control_arn": "arn:aws:route53-recovery-control::1:x"});
        assert_rules::<HealthCheck>(
            &control,
            &[(&[("/routing_control_arn", json!(null))], "a routing control")],
        );
    }

    #[test]
    fn options_cost_more() {
        let price = |spec: crate::model::Json| {
            HealthCheck::profile(&serde_json::from_value(spec).unwrap()).usd_per_month()
        };
        let plain = price(json!({"type": "HTTP", "fully_qualified_domain_name": "a.test"}));
        assert!((plain - 0.50).abs() < 1e-9);
        assert!((price(api()) - 2.50).abs() < 1e-9, "TLS and a short interval");
    }

    #[test]
    fn it_is_imported_by_its_id() {
        assert!(HealthCheck::import_id("abcdef11-2222-3333-4444-555555fedcba").is_ok());
        assert!(HealthCheck::import_id("api").is_err());
    }
}
