//! `aws.ec2.nat_gateway`: the way out for instances without public addresses.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// A NAT gateway: of one zone, in a subnet, or of a whole region, in a network.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The subnet that a zonal gateway lies in.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.subnet", "x-holds" = true))]
    pub subnet_id: Option<String>,
    /// The network that a regional gateway serves; a zonal one's is its subnet's.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider", "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: Option<String>,
    /// Whether it serves one zone or grows with the network's zones.
    #[schemars(extend("x-immutable" = true, "default" = "zonal"))]
    pub availability_mode: Option<AvailabilityMode>,
    /// Whether it leads to the internet or to other networks only.
    #[schemars(extend("x-immutable" = true, "default" = "public"))]
    pub connectivity_type: Option<ConnectivityType>,
    /// The elastic IP of a public, zonal gateway.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.elastic_ip", "x-holds" = true))]
    pub allocation_id: Option<String>,
    /// Further elastic IPs, for more than 55,000 connections to one destination.
    #[schemars(length(max = 7), extend("x-collection" = "set", "x-refers" = "aws.ec2.elastic_ip", "x-holds" = true))]
    pub secondary_allocation_ids: Option<Vec<String>>,
    /// Its address within the subnet.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub private_ip_address: Option<String>,
    /// Further addresses within the subnet.
    #[schemars(length(max = 31), extend("x-collection" = "set", "x-default" = "provider"))]
    pub secondary_private_ip_addresses: Option<Vec<String>>,
    /// How many further addresses a private gateway gets, where they aren't named.
    #[schemars(range(min = 1, max = 31))]
    pub secondary_private_ip_address_count: Option<i64>,
    /// The zones of a regional gateway and their elastic IPs; it finds both itself where this is
    /// absent.
    #[schemars(extend("x-collection" = "list(availability_zone)", "x-default" = "provider"))]
    pub availability_zone_addresses: Option<Vec<ZoneAddresses>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How many zones a gateway serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AvailabilityMode {
    Zonal,
    Regional,
}

/// Where a gateway leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConnectivityType {
    Public,
    Private,
}

/// The elastic IPs of a regional gateway in one zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneAddresses {
    /// The zone, such as `us-east-1a`.
    pub availability_zone: String,
    /// The elastic IPs for traffic that leaves from it.
    #[schemars(length(min = 1), extend("x-collection" = "set", "x-refers" = "aws.ec2.elastic_ip", "x-holds" = true))]
    pub allocation_ids: Vec<String>,
}

/// A NAT gateway as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `nat-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The public address of a public, zonal gateway.
    pub public_ip: Option<String>,
    /// The network interface of a zonal gateway.
    pub network_interface_id: Option<String>,
}

/// The kind itself.
pub struct NatGateway;

impl Kind for NatGateway {
    const TYPE: &'static str = "aws.ec2.nat_gateway";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        match spec.availability_mode {
            Some(AvailabilityMode::Regional) => regional_findings(spec, &mut findings),
            None | Some(AvailabilityMode::Zonal) => zonal_findings(spec, &mut findings),
        }
        address_findings(spec, &mut findings);
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// <https://aws.amazon.com/vpc/pricing/>, NAT gateway
    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(100, 10, 60)
            .visible_after(30)
            .computes("id", "nat-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:natgateway/{id}");
        if spec.availability_mode == Some(AvailabilityMode::Regional) {
            let zones = spec.availability_zone_addresses.as_ref().map_or(1, Vec::len).max(1);
            #[allow(clippy::cast_precision_loss, reason = "a region has a handful of zones")]
            let hourly = 0.045 * zones as f64;
            return profile.costs_hourly(format!("regional NAT gateway hours, {zones} zone(s)"), hourly);
        }
        profile
            .computes("network_interface_id", "eni-{hex:17}")
            .computes("private_ip_address", "10.{digits:1}.1{digits:1}.1{digits:2}")
            .costs_hourly("NAT gateway hours", 0.045)
    }

    /// An address serves one gateway; a public gateway needs an internet gateway to lead to.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own, attributes) = match call {
            Call::Create { spec, attributes } => (spec, None, attributes),
            Call::Update { spec, id, attributes } => (spec, Some(id), attributes),
            Call::Delete { .. } => return Ok(()),
        };
        let wanted: BTreeSet<&str> = spec.allocation_ids().collect();
        for other in cloud.all(Self::TYPE).into_iter().filter(|other| Some(other.id) != own) {
            let taken = serde_json::from_value::<Spec>(other.attributes.clone());
            if let Some(address) =
                taken.iter().flat_map(Spec::allocation_ids).find(|address| wanted.contains(address))
            {
                return Err(Refusal::new(
                    "Resource.AlreadyAssociated",
                    format!("resource {address} is already associated with {}", other.id),
                ));
            }
        }
        let subnet = spec.subnet_id.as_ref().and_then(|id| cloud.find("aws.ec2.subnet", "id", id));
        let vpc = match &subnet {
            Some(subnet) => subnet.attributes["vpc_id"].as_str().map(str::to_owned),
            None => spec.vpc_id.clone(),
        };
        if let Some(vpc) = vpc {
            let leads_out = spec.connectivity_type == Some(ConnectivityType::Private)
                || cloud.find("aws.ec2.internet_gateway", "vpc_id", &vpc).is_some();
            if own.is_none() && !leads_out {
                return Err(Refusal::new(
                    "Gateway.NotAttached",
                    format!("Network {vpc} has no Internet gateway attached"),
                ));
            }
            attributes.insert("vpc_id".into(), vpc.into());
        }
        let address = spec.allocation_id.as_ref().and_then(|id| cloud.find("aws.ec2.elastic_ip", "id", id));
        if let Some(address) = address {
            attributes.insert("public_ip".into(), address.attributes["public_ip"].clone());
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "nat-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AssignPrivateNatGatewayAddress",
            "ec2:AssociateNatGatewayAddress",
            "ec2:CreateNatGateway",
            "ec2:CreateTags",
            "ec2:DeleteNatGateway",
            "ec2:DeleteTags",
            "ec2:DescribeNatGateways",
            "ec2:DisassociateNatGatewayAddress",
            "ec2:UnassignPrivateNatGatewayAddress",
        ]
    }
}

impl Spec {
    /// Every elastic IP that it uses.
    fn allocation_ids(&self) -> impl Iterator<Item = &str> {
        let zones = self.availability_zone_addresses.iter().flatten().flat_map(|zone| &zone.allocation_ids);
        self.allocation_id
            .iter()
            .chain(self.secondary_allocation_ids.iter().flatten())
            .chain(zones)
            .map(String::as_str)
    }
}

fn zonal_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.subnet_id.is_none() {
        findings.push(
            Finding::on("subnet_id", "`subnet_id` is missing for a zonal gateway")
                .help("name a public subnet, or set `availability_mode: regional` and `vpc_id`"),
        );
    }
    if spec.availability_zone_addresses.is_some() {
        findings.push(
            Finding::on(
                "availability_zone_addresses",
                "a zonal gateway has no `availability_zone_addresses`",
            )
            .help("set `allocation_id`, or `availability_mode: regional`"),
        );
    }
    let private = spec.connectivity_type == Some(ConnectivityType::Private);
    if !private && spec.allocation_id.is_none() {
        findings.push(
            Finding::on("allocation_id", "`allocation_id` is missing for a public gateway")
                .help("name an elastic IP, or set `connectivity_type: private`"),
        );
    }
    let public_only = [
        ("allocation_id", spec.allocation_id.is_some()),
        (
            "secondary_allocation_ids",
            spec.secondary_allocation_ids.as_ref().is_some_and(|ids| !ids.is_empty()),
        ),
    ];
    for (field, _) in public_only.into_iter().filter(|(_, set)| private && *set) {
        findings.push(
            Finding::on(field, format!("a private gateway has no `{field}`"))
                .and("connectivity_type")
                .help("leave it out, or set `connectivity_type: public`"),
        );
    }
}

fn regional_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.vpc_id.is_none() {
        findings.push(Finding::on("vpc_id", "`vpc_id` is missing for a regional gateway"));
    }
    if spec.connectivity_type == Some(ConnectivityType::Private) {
        findings.push(
            Finding::on("connectivity_type", "a regional gateway can't be private").and("availability_mode"),
        );
    }
    let zonal_only = [
        ("subnet_id", spec.subnet_id.is_some()),
        ("allocation_id", spec.allocation_id.is_some()),
        ("secondary_allocation_ids", spec.secondary_allocation_ids.is_some()),
        ("private_ip_address", spec.private_ip_address.is_some()),
        ("secondary_private_ip_addresses", spec.secondary_private_ip_addresses.is_some()),
        ("secondary_private_ip_address_count", spec.secondary_private_ip_address_count.is_some()),
    ];
    for (field, _) in zonal_only.into_iter().filter(|(_, set)| *set) {
        findings.push(
            Finding::on(field, format!("a regional gateway has no `{field}`"))
                .and("availability_mode")
                .help("its addresses stand in `availability_zone_addresses`"),
        );
    }
}

fn address_findings(spec: &Spec, findings: &mut Vec<Finding>) {
    if spec.secondary_private_ip_address_count.is_some() {
        if spec.secondary_private_ip_addresses.is_some() {
            findings.push(
                Finding::on(
                    "secondary_private_ip_address_count",
                    "`secondary_private_ip_addresses` and `secondary_private_ip_address_count` are both set",
                )
                .and("secondary_private_ip_addresses")
                .help("name the addresses or count them"),
            );
        }
        if spec.connectivity_type != Some(ConnectivityType::Private) {
            findings.push(
                Finding::on(
                    "secondary_private_ip_address_count",
                    "only a private gateway has `secondary_private_ip_address_count`",
                )
                .and("connectivity_type"),
            );
        }
    }
    let root = FieldPath::root();
    let secondary = spec.secondary_private_ip_addresses.iter().flatten().enumerate();
    let addresses =
        spec.private_ip_address.iter().map(|address| (root.key("private_ip_address"), address)).chain(
            secondary.map(|(n, address)| (root.key("secondary_private_ip_addresses").index(n), address)),
        );
    for (path, address) in addresses {
        if address.parse::<std::net::Ipv4Addr>().is_err() {
            findings.push(Finding::at(
                path.clone(),
                format!("`{path}` is {address:?}, which is no IPv4 address"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    #[test]
    fn a_zonal_gateway_has_a_subnet_and_an_address() {
        assert_rules::<NatGateway>(
            &json!({"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"}),
            &[
                (&[("/subnet_id", json!(null))], "`subnet_id` is missing"),
                (&[("/allocation_id", json!(null))], "`allocation_id` is missing"),
                (&[("/connectivity_type", json!("private"))], "private gateway has no `allocation_id`"),
                (&[("/connectivity_type", json!("private")), ("/allocation_id", json!(null))], ""),
                (&[("/private_ip_address", json!("10.0.0"))], "no IPv4 address"),
                (&[("/secondary_private_ip_addresses", json!(["x"]))], "no IPv4 address"),
                (&[("/secondary_private_ip_address_count", json!(2))], "only a private gateway"),
                (&[("/availability_zone_addresses", json!([]))], "zonal gateway has no"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_rules::<NatGateway>(
            &json!({"subnet_id": "subnet-1", "connectivity_type": "private", "secondary_private_ip_address_count": 2}),
            &[(&[("/secondary_private_ip_addresses", json!(["10.0.0.1"]))], "are both set")],
        );
    }

    #[test]
    fn a_regional_gateway_has_a_network() {
        let zones = json!([{"availability_zone": "us-east-1a", "allocation_ids": ["eipalloc-1"]}]);
        assert_rules::<NatGateway>(
            &json!({"vpc_id": "vpc-1", "availability_mode": "regional", "availability_zone_addresses": zones}),
            &[
                (&[("/vpc_id", json!(null))], "`vpc_id` is missing"),
                (&[("/subnet_id", json!("subnet-1"))], "has no `subnet_id`"),
                (&[("/connectivity_type", json!("private"))], "can't be private"),
                (&[("/availability_zone_addresses/0/allocation_ids", json!([]))], "at least 1"),
            ],
        );
    }

    #[test]
    fn an_address_serves_one_gateway_and_leads_somewhere() {
        let spec = json!({"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"});
        let sky = World::default()
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", json!({"vpc_id": "vpc-1"}))
            .with("aws.ec2.elastic_ip", "eipalloc-1", "us-east-1", json!({"public_ip": "192.0.2.1"}));
        assert_eq!(sky.create::<NatGateway>(&spec), Err("Gateway.NotAttached".into()));
        let sky = sky.with("aws.ec2.internet_gateway", "igw-1", "us-east-1", json!({"vpc_id": "vpc-1"}));
        let made = sky.create::<NatGateway>(&spec).unwrap();
        assert_eq!((&made["public_ip"], &made["vpc_id"]), (&json!("192.0.2.1"), &json!("vpc-1")));
        let sky = sky.with(NatGateway::TYPE, "nat-1", "us-east-1", spec.clone());
        assert_eq!(sky.create::<NatGateway>(&spec), Err("Resource.AlreadyAssociated".into()));
        assert!(sky.update::<NatGateway>("nat-1", &spec).is_ok());
    }
}
