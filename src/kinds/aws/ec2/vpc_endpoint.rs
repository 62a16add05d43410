//! `aws.ec2.vpc_endpoint`: a private way from a network to a service.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use crate::kinds::{Call, Cloud, CloudObject, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A private way from a network to a service, without the internet: by routes (gateway endpoints) or
/// by network interfaces (all others).
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The network.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// How it leads to the service.
    #[schemars(extend("x-immutable" = true, "default" = "Gateway"))]
    pub vpc_endpoint_type: Option<EndpointType>,
    /// The service, such as `com.amazonaws.us-east-1.s3`.
    #[schemars(extend("x-immutable" = true))]
    pub service_name: Option<String>,
    /// The service's region, where it isn't the endpoint's own.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub service_region: Option<String>,
    /// The resource configuration that a resource or tunnel endpoint leads to.
    #[schemars(extend("x-immutable" = true))]
    pub resource_configuration_arn: Option<String>,
    /// The VPC Lattice network that a service network endpoint leads to.
    #[schemars(extend("x-immutable" = true))]
    pub service_network_arn: Option<String>,
    /// The route tables that a gateway endpoint adds its routes to.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.route_table"))]
    pub route_table_ids: Option<Vec<String>>,
    /// The subnets that get a network interface, at most one in each zone.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet", "x-holds" = true))]
    pub subnet_ids: Option<Vec<String>>,
    /// The groups of its network interfaces; the network's own group where this is absent.
    #[schemars(extend(
        "x-collection" = "set", "x-default" = "provider", "x-refers" = "aws.ec2.security_group", "x-holds" = true
    ))]
    pub security_group_ids: Option<Vec<String>>,
    /// Whether the service's public names lead to the endpoint within the network.
    #[schemars(extend("x-default" = "provider"))]
    pub private_dns_enabled: Option<bool>,
    /// Who may do what through it, as an IAM policy; everyone everything where it is absent.
    #[schemars(extend("x-default" = "provider", "x-form" = "policy"))]
    pub policy_document: Option<Json>,
    /// The addresses of its network interfaces.
    #[schemars(extend("x-default" = "provider"))]
    pub ip_address_type: Option<IpAddressType>,
    /// The DNS records that lead to it.
    #[schemars(extend("x-default" = "provider"))]
    pub dns_options: Option<DnsOptions>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How an endpoint leads to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EndpointType {
    Gateway,
    Interface,
    GatewayLoadBalancer,
    Resource,
    ServiceNetwork,
    Tunnel,
}

/// Which addresses an endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpAddressType {
    Ipv4,
    Dualstack,
    Ipv6,
}

/// Which DNS records an endpoint has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsRecordIpType {
    Ipv4,
    Dualstack,
    Ipv6,
    ServiceDefined,
}

/// Which private domains of a resource or service network get a hosted zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PrivateDnsPreference {
    VerifiedDomainsOnly,
    AllDomains,
    VerifiedDomainsAndSpecifiedDomains,
    SpecifiedDomainsOnly,
}

/// The DNS records that lead to an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsOptions {
    /// Which records there are.
    #[schemars(extend("x-default" = "provider"))]
    pub dns_record_ip_type: Option<DnsRecordIpType>,
    /// Whether only what asks an inbound resolver endpoint gets private names; of services that have
    /// a gateway endpoint too.
    #[schemars(extend("x-default" = "provider"))]
    pub private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
    /// Which private domains get a hosted zone.
    #[schemars(extend("x-default" = "provider"))]
    pub private_dns_preference: Option<PrivateDnsPreference>,
    /// The domains, where the preference is for specified ones.
    #[schemars(length(min = 1, max = 10), extend("x-collection" = "set", "x-default" = "provider"))]
    pub private_dns_specified_domains: Option<Vec<String>>,
}

/// An endpoint as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `vpce-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
    /// Its network interfaces; a gateway endpoint has none.
    pub network_interface_ids: Option<Vec<String>>,
    /// The names that lead to it; a gateway endpoint has none.
    pub dns_names: Option<Vec<String>>,
    /// The list of the service's ranges, of a gateway endpoint.
    pub prefix_list_id: Option<String>,
}

impl Spec {
    fn kind(&self) -> EndpointType {
        self.vpc_endpoint_type.unwrap_or(EndpointType::Gateway)
    }
}

/// The kind itself.
pub struct VpcEndpoint;

impl Kind for VpcEndpoint {
    const TYPE: &'static str = "aws.ec2.vpc_endpoint";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        destination_findings(spec, &mut findings);
        if spec.kind() == EndpointType::Gateway {
            gateway_findings(spec, &mut findings);
        } else {
            interface_findings(spec, &mut findings);
        }
        if let Some(policy) = &spec.policy_document {
            findings.extend(policy_document::findings("policy_document", policy, Usage::Endpoint));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// <https://aws.amazon.com/privatelink/pricing/>; gateway endpoints are free.
    fn profile(spec: &Spec) -> Profile {
        let profile = if spec.kind() == EndpointType::Gateway {
            Profile::seconds(6, 6, 6).computes("prefix_list_id", "pl-{hex:8}")
        } else {
            let subnets = spec.subnet_ids.as_ref().map_or(0, Vec::len);
            let interfaces = vec!["\"eni-{hex:17}\""; subnets].join(",");
            #[allow(clippy::cast_precision_loss, reason = "a region has a handful of zones")]
            let hourly = 0.01 * subnets as f64;
            Profile::seconds(75, 45, 90)
                .computes_from("network_interface_ids", &format!("json:[{interfaces}]"), &["subnet_ids"])
                .computes("dns_names", "json:[\"{id}-{hex:8}.{region}.vpce.amazonaws.com\"]")
                .computes("private_dns_enabled", "json:false")
                .computes("ip_address_type", "ipv4")
                .costs_hourly(format!("endpoint hours, {subnets} zone(s)"), hourly)
        };
        profile
            .visible_after(30)
            .computes("id", "vpce-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}")
            .computes("owner_id", "{account}")
            .computes("service_region", "{region}")
    }

    /// Private names need the network's DNS and are given once; a zone has one interface, and a
    /// route table one route to a service.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let own = match &call {
            Call::Create { .. } => None,
            Call::Update { id, .. } => Some(*id),
            Call::Delete { .. } => return Ok(()),
        };
        let spec = call.spec();
        refuse_two_in_a_zone(spec, cloud)?;
        if spec.private_dns_enabled == Some(true) {
            refuse_private_names_without_dns(spec, cloud)?;
        }
        let same_service = |other: &CloudObject<'_>| {
            Some(other.id) != own
                && other.attributes["vpc_id"] == spec.vpc_id.as_str()
                && spec
                    .service_name
                    .as_ref()
                    .is_some_and(|name| other.attributes["service_name"] == name.as_str())
        };
        for other in cloud.all(Self::TYPE).into_iter().filter(same_service) {
            if spec.private_dns_enabled == Some(true) && other.attributes["private_dns_enabled"] == true {
                return Err(Refusal::new(
                    "InvalidParameter",
                    format!(
                        "private-dns-enabled cannot be set because there is already a conflicting DNS \
                         domain for {} in the VPC {}",
                        spec.service_name.as_deref().unwrap_or_default(),
                        spec.vpc_id
                    ),
                ));
            }
            let tables = other.attributes["route_table_ids"].as_array();
            let taken = spec
                .route_table_ids
                .iter()
                .flatten()
                .find(|id| tables.is_some_and(|tables| tables.contains(&Json::from(id.as_str()))));
            if let Some(table) = taken {
                return Err(Refusal::new(
                    "RouteAlreadyExists",
                    format!("route table {table} already has a route to the service, by {}", other.id),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "vpce-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:CreateTags",
            "ec2:CreateVpcEndpoint",
            "ec2:DeleteTags",
            "ec2:DeleteVpcEndpoints",
            "ec2:DescribePrefixLists",
            "ec2:DescribeVpcEndpoints",
            "ec2:ModifyVpcEndpoint",
            "route53:AssociateVPCWithHostedZone",
        ]
    }
}

fn refuse_two_in_a_zone(spec: &Spec, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let mut zones = BTreeSet::new();
    for id in spec.subnet_ids.iter().flatten() {
        let subnet = cloud.find("aws.ec2.subnet", "id", id);
        let zone = subnet.and_then(|subnet| subnet.attributes["availability_zone"].as_str());
        if zone.is_some_and(|zone| !zones.insert(zone)) {
            return Err(Refusal::new(
                "DuplicateSubnetsInSameZone",
                format!("Found another VPC endpoint subnet in the availability zone of {id}"),
            ));
        }
    }
    Ok(())
}

fn refuse_private_names_without_dns(spec: &Spec, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let Some(vpc) = cloud.find("aws.ec2.vpc", "id", &spec.vpc_id) else {
        return Ok(());
    };
    let answers = vpc.attributes["enable_dns_support"] != false;
    if answers && vpc.attributes["enable_dns_hostnames"] == true {
        return Ok(());
    }
    Err(Refusal::new(
        "InvalidParameter",
        format!(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set \
             to true for {}",
            spec.vpc_id
        ),
    ))
}

/// Each type leads to what is named by one field of its own.
fn destination_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    let wanted = match spec.kind() {
        EndpointType::Resource | EndpointType::Tunnel => "resource_configuration_arn",
        EndpointType::ServiceNetwork => "service_network_arn",
        EndpointType::Gateway | EndpointType::Interface | EndpointType::GatewayLoadBalancer => "service_name",
    };
    for (field, set) in [
        ("service_name", spec.service_name.is_some()),
        ("resource_configuration_arn", spec.resource_configuration_arn.is_some()),
        ("service_network_arn", spec.service_network_arn.is_some()),
    ] {
        if field == wanted && !set {
            findings.push(Finding::on(
                field,
                format!("`{field}` is missing for an endpoint of type {:?}", spec.kind()),
            ));
        } else if field != wanted && set {
            findings.push(
                Finding::on(field, format!("an endpoint of type {:?} has no `{field}`", spec.kind()))
                    .and("vpc_endpoint_type")
                    .help(format!("it leads to what `{wanted}` names")),
            );
        }
    }
}

fn gateway_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    let is_empty = |list: &Option<Vec<String>>| list.as_ref().is_none_or(Vec::is_empty);
    if is_empty(&spec.route_table_ids) {
        findings.push(
            Finding::on(
                "route_table_ids",
                "a gateway endpoint without `route_table_ids` leads nothing anywhere",
            )
            .help(
                "name the tables of the subnets that use the service, or set `vpc_endpoint_type: Interface`",
            ),
        );
    }
    if let Some(service) = &spec.service_name
        && !service.is_empty()
        && ![".s3", ".dynamodb", ".s3express"].iter().any(|end| service.ends_with(end))
    {
        findings.push(
            Finding::on("service_name", format!("{service} has no gateway endpoint"))
                .and("vpc_endpoint_type")
                .help("only S3 and DynamoDB have: set `vpc_endpoint_type: Interface`"),
        );
    }
    for (field, set) in [
        ("subnet_ids", !is_empty(&spec.subnet_ids)),
        ("security_group_ids", !is_empty(&spec.security_group_ids)),
        ("private_dns_enabled", spec.private_dns_enabled == Some(true)),
    ] {
        if set {
            findings.push(
                Finding::on(field, format!("a gateway endpoint has no `{field}`"))
                    .and("vpc_endpoint_type")
                    .help("set `vpc_endpoint_type: Interface`, or leave it out"),
            );
        }
    }
}

fn interface_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.subnet_ids.as_ref().is_none_or(Vec::is_empty) {
        findings.push(
            Finding::on(
                "subnet_ids",
                format!("an endpoint of type {:?} without `subnet_ids` has no interface", spec.kind()),
            )
            .help("name a subnet in each zone that uses the service"),
        );
    }
    if spec.route_table_ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
        findings.push(
            Finding::on("route_table_ids", "only a gateway endpoint has `route_table_ids`")
                .and("vpc_endpoint_type"),
        );
    }
    if spec.kind() == EndpointType::GatewayLoadBalancer {
        for (field, set) in [
            ("security_group_ids", spec.security_group_ids.is_some()),
            ("private_dns_enabled", spec.private_dns_enabled == Some(true)),
            ("policy_document", spec.policy_document.is_some()),
        ] {
            if set {
                findings.push(
                    Finding::on(field, format!("a Gateway Load Balancer endpoint has no `{field}`"))
                        .and("vpc_endpoint_type"),
                );
            }
        }
    }
    let Some(dns) = &spec.dns_options else {
        return;
    };
    let by_name = matches!(
        dns.private_dns_preference,
        Some(
            PrivateDnsPreference::VerifiedDomainsAndSpecifiedDomains
                | PrivateDnsPreference::SpecifiedDomainsOnly
        )
    );
    if by_name != dns.private_dns_specified_domains.is_some() {
        findings.push(
            Finding::on(
                "dns_options.private_dns_specified_domains",
                "`private_dns_specified_domains` and `private_dns_preference` don't go together",
            )
            .and("dns_options.private_dns_preference")
            .help("domains are named where the preference is for specified ones, and only there"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn gateway() -> Json {
        json!({"vpc_id": "vpc-1", "service_name": "com.amazonaws.us-east-1.s3", "route_table_ids": ["rtb-1"]})
    }

    fn interface() -> Json {
        json!({
            "vpc_id": "vpc-1", "vpc_endpoint_type": "Interface", "service_name": "com.amazonaws.us-east-1.sts",
            "subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"], "private_dns_enabled": true,
        })
    }

    #[test]
    fn a_gateway_endpoint_has_route_tables_and_no_interfaces() {
        assert_rules::<VpcEndpoint>(
            &gateway(),
            &[
                (&[("/route_table_ids", json!(null))], "leads nothing anywhere"),
                (&[("/route_table_ids", json!([]))], "leads nothing anywhere"),
                (&[("/subnet_ids", json!(["subnet-1"]))], "has no `subnet_ids`"),
                (&[("/security_group_ids", json!(["sg-1"]))], "has no `security_group_ids`"),
                (&[("/private_dns_enabled", json!(true))], "has no `private_dns_enabled`"),
                (&[("/service_name", json!("com.amazonaws.us-east-1.sts"))], "only S3 and DynamoDB"),
                (&[("/service_name", json!("com.amazonaws.eu-west-1.dynamodb"))], ""),
                (&[("/service_name", json!(null))], "`service_name` is missing"),
                (&[("/policy_document", json!("{}"))], "as YAML, not as a text"),
                (&[("/policy_document", json!({"Version": "2012-10-17"}))], "`Statement` is missing"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn an_interface_endpoint_has_subnets_and_no_routes() {
        assert_rules::<VpcEndpoint>(
            &interface(),
            &[
                (&[("/subnet_ids", json!(null))], "has no interface"),
                (&[("/route_table_ids", json!(["rtb-1"]))], "only a gateway endpoint"),
                (&[("/service_network_arn", json!("arn:x"))], "has no `service_network_arn`"),
                (&[("/vpc_endpoint_type", json!("GatewayLoadBalancer"))], "has no `security_group_ids`"),
                (&[("/vpc_endpoint_type", json!("Resource"))], "`resource_configuration_arn` is missing"),
                (&[("/vpc_endpoint_type", json!("ServiceNetwork"))], "`service_network_arn` is missing"),
                (&[("/dns_options", json!({"dns_record_ip_type": "service-defined"}))], ""),
                (
                    &[("/dns_options", json!({"private_dns_preference": "SPECIFIED_DOMAINS_ONLY"}))],
                    "go together",
                ),
                (&[("/dns_options", json!({"private_dns_specified_domains": ["a.b"]}))], "go together"),
            ],
        );
    }

    #[test]
    fn only_interfaces_cost_and_each_zone_does() {
        let price = |spec: Json| VpcEndpoint::profile(&serde_json::from_value(spec).unwrap()).usd_per_month();
        assert!(price(gateway()).abs() < 1e-9);
        assert!((price(interface()) - 14.6).abs() < 1e-9);
    }

    #[test]
    fn private_names_need_dns_and_are_given_once() {
        let vpc = |hostnames: bool| {
            let vpc = json!({"enable_dns_hostnames": hostnames});
            World::default().with("aws.ec2.vpc", "vpc-1", "us-east-1", vpc)
        };
        assert_eq!(vpc(false).create::<VpcEndpoint>(&interface()), Err("InvalidParameter".into()));
        assert!(vpc(true).create::<VpcEndpoint>(&interface()).is_ok());
        let sky = vpc(true).with(VpcEndpoint::TYPE, "vpce-1", "us-east-1", interface());
        assert_eq!(sky.create::<VpcEndpoint>(&interface()), Err("InvalidParameter".into()));
        assert!(sky.update::<VpcEndpoint>("vpce-1", &interface()).is_ok());
    }

    #[test]
    fn a_zone_has_one_interface_and_a_table_one_route() {
        let zone = json!({"availability_zone": "us-east-1a"});
        let sky = World::default()
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", zone.clone())
            .with("aws.ec2.subnet", "subnet-2", "us-east-1", zone)
            .with(VpcEndpoint::TYPE, "vpce-1", "us-east-1", gateway());
        assert_eq!(sky.create::<VpcEndpoint>(&interface()), Err("DuplicateSubnetsInSameZone".into()));
        assert_eq!(sky.create::<VpcEndpoint>(&gateway()), Err("RouteAlreadyExists".into()));
        assert!(sky.update::<VpcEndpoint>("vpce-1", &gateway()).is_ok());
    }
}
