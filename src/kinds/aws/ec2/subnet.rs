//! `aws.ec2.subnet`: a part of a virtual network, in one availability zone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr;
use crate::kinds::{Call, Cloud, CloudObject, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A part of a virtual network's range, in one availability zone.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The virtual network.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// The IPv4 range within the network's, from /16 to /28; absent only with `ipv6_native`.
    #[schemars(extend("x-immutable" = true))]
    pub cidr_block: Option<String>,
    /// The IPv6 range within the network's, from /44 to /64 in steps of four.
    pub ipv6_cidr_block: Option<String>,
    /// Whether it has IPv6 addresses only.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub ipv6_native: Option<bool>,
    /// The zone, such as `us-east-1a`; the API chooses one where it is absent.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub availability_zone: Option<String>,
    /// The zone by the id that means the same zone in every account, such as `use1-az1`.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub availability_zone_id: Option<String>,
    /// The Outpost that it lies on.
    #[schemars(extend("x-immutable" = true))]
    pub outpost_arn: Option<String>,
    /// Whether instances get a public IPv4 address.
    #[schemars(extend("default" = false))]
    pub map_public_ip_on_launch: Option<bool>,
    /// Whether instances get an IPv6 address.
    #[schemars(extend("default" = false))]
    pub assign_ipv6_address_on_creation: Option<bool>,
    /// Whether instances get an address of the Outpost's pool.
    #[schemars(extend("default" = false))]
    pub map_customer_owned_ip_on_launch: Option<bool>,
    /// The pool of the Outpost.
    pub customer_owned_ipv4_pool: Option<String>,
    /// At which position instances get an interface in the Outpost's local network.
    #[schemars(range(min = 1, max = 15))]
    pub enable_lni_at_device_index: Option<i64>,
    /// Whether names with IPv4 addresses only are answered with IPv6 addresses for NAT64.
    #[schemars(extend("default" = false))]
    pub enable_dns64: Option<bool>,
    /// What instances' host names are made of.
    #[schemars(extend("x-default" = "provider"))]
    pub private_dns_hostname_type_on_launch: Option<HostnameType>,
    /// Whether names made of instance ids are answered with IPv4 addresses.
    #[schemars(extend("default" = false))]
    pub enable_resource_name_dns_a_record_on_launch: Option<bool>,
    /// Whether names made of instance ids are answered with IPv6 addresses.
    #[schemars(extend("default" = false))]
    pub enable_resource_name_dns_aaaa_record_on_launch: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What host names are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostnameType {
    IpName,
    ResourceName,
}

/// A subnet as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `subnet-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
}

/// The kind itself.
pub struct Subnet;

impl Kind for Subnet {
    const TYPE: &'static str = "aws.ec2.subnet";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        findings.extend(range_findings(spec));
        if spec.availability_zone.is_some() && spec.availability_zone_id.is_some() {
            findings.push(
                Finding::on("availability_zone_id", "the zone is named twice")
                    .and("availability_zone")
                    .help("set `availability_zone` or `availability_zone_id`"),
            );
        }
        findings.extend(dependent_findings(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let hostnames = if spec.ipv6_native == Some(true) { "resource-name" } else { "ip-name" };
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "subnet-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:subnet/{id}")
            .computes("owner_id", "{account}")
            .computes("availability_zone", "{region}a")
            .computes("private_dns_hostname_type_on_launch", hostnames)
    }

    /// A range must lie within one of the network's and apart from its other subnets', and a zone in
    /// the region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let region = cloud.region();
        if spec.availability_zone.as_ref().is_some_and(|zone| !zone.starts_with(region)) {
            return Err(Refusal::new(
                "InvalidParameterValue",
                format!("availabilityZone is invalid. Subnets can only be created in zones of {region}"),
            ));
        }
        let Some(text) = &spec.cidr_block else {
            return Ok(());
        };
        let Some(range) = cidr::parse(text) else {
            return Err(Refusal::new("InvalidParameterValue", "the CIDR block is malformed"));
        };
        if let Some(vpc) = cloud.find("aws.ec2.vpc", "id", &spec.vpc_id)
            && !ranges_of(&vpc).iter().any(|whole| whole.contains(&range))
        {
            return Err(Refusal::new(
                "InvalidSubnet.Range",
                format!("the CIDR '{range}' is invalid for the network"),
            ));
        }
        let conflict = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.attributes["vpc_id"] == spec.vpc_id.as_str()
                && ranges_of(&other).iter().any(|other| other.contains(&range) || range.contains(other))
        });
        if conflict {
            return Err(Refusal::new(
                "InvalidSubnet.Conflict",
                format!("the CIDR '{range}' conflicts with another subnet"),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "subnet-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AssociateSubnetCidrBlock",
            "ec2:CreateSubnet",
            "ec2:CreateTags",
            "ec2:DeleteSubnet",
            "ec2:DeleteTags",
            "ec2:DescribeSubnets",
            "ec2:DisassociateSubnetCidrBlock",
            "ec2:ModifySubnetAttribute",
        ]
    }
}

/// The IPv4 ranges of a network or a subnet.
fn ranges_of(thing: &CloudObject<'_>) -> Vec<ipnet::Ipv4Net> {
    let secondary = thing.attributes["secondary_cidr_blocks"].as_array().into_iter().flatten();
    std::iter::once(&thing.attributes["cidr_block"])
        .chain(secondary)
        .filter_map(Json::as_str)
        .filter_map(cidr::parse)
        .collect()
}

fn range_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let native = spec.ipv6_native == Some(true);
    match &spec.cidr_block {
        Some(range) => findings.extend(cidr::findings("cidr_block", range, 16..=28)),
        None if native => {}
        None => findings.push(
            Finding::on("cidr_block", "`cidr_block` is missing in spec")
                .help("only a subnet with `ipv6_native: true` has no IPv4 range"),
        ),
    }
    if native && spec.cidr_block.is_some() {
        findings.push(
            Finding::on("cidr_block", "a subnet with `ipv6_native` has no `cidr_block`").and("ipv6_native"),
        );
    }
    match &spec.ipv6_cidr_block {
        Some(text) => {
            let path = FieldPath::root().key("ipv6_cidr_block");
            findings.extend(cidr::findings_v6_at(&path, text, 44..=64));
            if cidr::parse_v6(text).is_some_and(|range| range.prefix_len() % 4 != 0) {
                findings.push(
                    Finding::at(
                        path,
                        format!("`ipv6_cidr_block` is {text}, whose length is no multiple of 4"),
                    )
                    .help("lengths are /44, /48, /52, /56, /60 and /64"),
                );
            }
        }
        None if native => {
            findings.push(
                Finding::on("ipv6_cidr_block", "`ipv6_cidr_block` is missing with `ipv6_native`")
                    .and("ipv6_native"),
            );
        }
        None => {}
    }
    findings
}

/// Settings that need another one.
fn dependent_findings(spec: &Spec) -> Vec<Finding> {
    let native = spec.ipv6_native == Some(true);
    let rules = [
        (
            "assign_ipv6_address_on_creation",
            spec.assign_ipv6_address_on_creation == Some(true) && spec.ipv6_cidr_block.is_none(),
            "ipv6_cidr_block",
            "needs `ipv6_cidr_block`",
        ),
        (
            "enable_resource_name_dns_aaaa_record_on_launch",
            spec.enable_resource_name_dns_aaaa_record_on_launch == Some(true)
                && spec.ipv6_cidr_block.is_none(),
            "ipv6_cidr_block",
            "needs `ipv6_cidr_block`",
        ),
        (
            "map_public_ip_on_launch",
            native && spec.map_public_ip_on_launch == Some(true),
            "ipv6_native",
            "gives IPv4 addresses, which `ipv6_native` has none of",
        ),
        (
            "enable_resource_name_dns_a_record_on_launch",
            native && spec.enable_resource_name_dns_a_record_on_launch == Some(true),
            "ipv6_native",
            "answers with IPv4 addresses, which `ipv6_native` has none of",
        ),
        (
            "private_dns_hostname_type_on_launch",
            native && spec.private_dns_hostname_type_on_launch == Some(HostnameType::IpName),
            "ipv6_native",
            "can only be `resource-name` with `ipv6_native`",
        ),
        (
            "map_customer_owned_ip_on_launch",
            spec.map_customer_owned_ip_on_launch == Some(true)
                && (spec.customer_owned_ipv4_pool.is_none() || spec.outpost_arn.is_none()),
            "customer_owned_ipv4_pool",
            "needs `customer_owned_ipv4_pool` and `outpost_arn`",
        ),
    ];
    rules
        .into_iter()
        .filter(|(_, broken, ..)| *broken)
        .map(|(field, _, other, fault)| Finding::on(field, format!("`{field}` {fault}")).and(other))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    #[test]
    fn ranges_are_networks_of_allowed_lengths() {
        let v6 = |range: &str| [("/ipv6_cidr_block", json!(range))];
        assert_rules::<Subnet>(
            &json!({"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24", "ipv6_cidr_block": "2001:db8::/64"}),
            &[
                (&[("/cidr_block", json!("10.0.0.0/30"))], "/16 to /28"),
                (&[("/cidr_block", json!("10.0.0.9/24"))], "did you mean `10.0.0.0/24`"),
                (&[("/cidr_block", json!(null))], "`cidr_block` is missing"),
                (&v6("2001:db8::/40"), "/44 to /64"),
                (&v6("2001:db8::/62"), "multiple of 4"),
                (&v6("10.0.0.0/24"), "no IPv6 range"),
                (&[("/ipv6_native", json!(true))], "has no `cidr_block`"),
                (&[("/availability_zone", json!("a")), ("/availability_zone_id", json!("b"))], "named twice"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn settings_have_what_they_need() {
        let on = |field: &'static str| [(field, json!(true))];
        assert_rules::<Subnet>(
            &json!({"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": true}),
            &[
                (&on("/assign_ipv6_address_on_creation"), "needs `ipv6_cidr_block`"),
                (&on("/enable_resource_name_dns_aaaa_record_on_launch"), "needs `ipv6_cidr_block`"),
                (&on("/map_customer_owned_ip_on_launch"), "needs `customer_owned_ipv4_pool`"),
                (&[("/enable_lni_at_device_index", json!(0))], "1 to 15"),
            ],
        );
        assert_rules::<Subnet>(
            &json!({"vpc_id": "vpc-1", "ipv6_native": true, "ipv6_cidr_block": "2001:db8::/64"}),
            &[
                (&on("/map_public_ip_on_launch"), "gives IPv4"),
                (&on("/enable_resource_name_dns_a_record_on_launch"), "answers with IPv4"),
                (&[("/private_dns_hostname_type_on_launch", json!("ip-name"))], "only be `resource-name`"),
                (&[("/private_dns_hostname_type_on_launch", json!("resource-name"))], ""),
                (&[("/ipv6_cidr_block", json!(null))], "`ipv6_cidr_block` is missing"),
            ],
        );
    }

    #[test]
    fn a_range_lies_within_its_network_and_apart_from_its_siblings() {
        let vpc = json!({"cidr_block": "10.0.0.0/16", "secondary_cidr_blocks": ["10.1.0.0/16"]});
        let sibling = json!({"vpc_id": "vpc-1", "cidr_block": "10.0.4.0/22"});
        let sky = World::default().with("aws.ec2.vpc", "vpc-1", "us-east-1", vpc).with(
            Subnet::TYPE,
            "subnet-1",
            "us-east-1",
            sibling,
        );
        for (range, answer) in [
            ("10.0.0.0/24", None),
            ("10.1.0.0/24", None),
            ("10.2.0.0/24", Some("InvalidSubnet.Range")),
            ("10.0.5.0/24", Some("InvalidSubnet.Conflict")),
            ("10.0.0.0/20", Some("InvalidSubnet.Conflict")),
        ] {
            let made = sky.create::<Subnet>(&json!({"vpc_id": "vpc-1", "cidr_block": range}));
            assert_eq!(made.err().as_deref(), answer, "{range}");
        }
        let elsewhere =
            json!({"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"});
        assert_eq!(sky.create::<Subnet>(&elsewhere), Err("InvalidParameterValue".into()));
    }
}
