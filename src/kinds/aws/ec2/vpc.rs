//! `aws.ec2.vpc`: a virtual network.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// A virtual network in one region.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The IPv4 range in CIDR notation, from /16 to /28.
    #[schemars(extend("x-immutable" = true))]
    pub cidr_block: String,
    /// Further IPv4 ranges, apart from the first.
    #[schemars(extend("x-collection" = "set"))]
    pub secondary_cidr_blocks: Option<Vec<String>>,
    /// Whether it gets an IPv6 range of Amazon's, a /56.
    #[schemars(extend("default" = false))]
    pub amazon_provided_ipv6_cidr_block: Option<bool>,
    /// The IPv6 range, of a pool of one's own; Amazon chooses where it provides one.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub ipv6_cidr_block: Option<String>,
    /// The pool of IPv6 addresses of one's own.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub ipv6_pool: Option<String>,
    /// The zones that advertise the IPv6 range.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub ipv6_cidr_block_network_border_group: Option<String>,
    /// Whether instances run on hardware of their own. AWS changes `dedicated` to `default` only.
    #[schemars(extend("default" = "default"))]
    pub instance_tenancy: Option<Tenancy>,
    /// Whether the Amazon DNS server answers at the second address of the range.
    #[schemars(extend("default" = true))]
    pub enable_dns_support: Option<bool>,
    /// Whether instances with public addresses get public DNS names.
    #[schemars(extend("default" = false))]
    pub enable_dns_hostnames: Option<bool>,
    /// Whether CloudWatch counts the addresses in use.
    #[schemars(extend("default" = false))]
    pub enable_network_address_usage_metrics: Option<bool>,
    /// The set of DHCP options that instances get; the region's own where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub dhcp_options_id: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Whose hardware instances run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tenancy {
    Default,
    Dedicated,
}

/// A virtual network as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `vpc-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
    /// The security group that instances get when none is named.
    pub default_security_group_id: String,
    /// The route table of subnets that have none of their own.
    pub main_route_table_id: String,
    /// The network ACL of subnets that have none of their own.
    pub default_network_acl_id: String,
}

/// The kind itself.
pub struct Vpc;

impl Kind for Vpc {
    const TYPE: &'static str = "aws.ec2.vpc";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = cidr::findings("cidr_block", &spec.cidr_block, 16..=28);
        findings.extend(secondary_findings(spec));
        findings.extend(ipv6_findings(spec));
        findings.extend(crate::kinds::aws::tags::findings(spec.tags.as_ref()));
        if spec.enable_dns_hostnames == Some(true) && spec.enable_dns_support == Some(false) {
            findings.push(
                Finding::on("enable_dns_hostnames", "`enable_dns_hostnames` needs `enable_dns_support`")
                    .and("enable_dns_support")
                    .help("without the DNS server nothing answers for the names"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(3, 2, 2)
            .visible_after(30)
            .computes("id", "vpc-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:vpc/{id}")
            .computes("owner_id", "{account}")
            .computes("default_security_group_id", "sg-{hex:17}")
            .computes("main_route_table_id", "rtb-{hex:17}")
            .computes("default_network_acl_id", "acl-{hex:17}")
            .computes("dhcp_options_id", "dopt-{hex:17}");
        if spec.amazon_provided_ipv6_cidr_block == Some(true) {
            return profile.computes("ipv6_cidr_block", "2600:1f18:{hex:4}:{hex:2}00::/56");
        }
        profile
    }

    /// Hardware of one's own can be given up, not taken later.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Update { spec, id, .. } = call else {
            return Ok(());
        };
        let before = cloud.find(Self::TYPE, "id", id.as_str());
        let was_dedicated = before.is_some_and(|vpc| vpc.attributes["instance_tenancy"] == "dedicated");
        if spec.instance_tenancy == Some(Tenancy::Dedicated) && !was_dedicated {
            return Err(Refusal::new(
                "InvalidParameterValue",
                "The tenancy of a network can be changed from dedicated to default only",
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "vpc-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AssociateDhcpOptions",
            "ec2:AssociateVpcCidrBlock",
            "ec2:CreateTags",
            "ec2:CreateVpc",
            "ec2:DeleteTags",
            "ec2:DeleteVpc",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
            "ec2:DisassociateVpcCidrBlock",
            "ec2:ModifyVpcAttribute",
            "ec2:ModifyVpcTenancy",
        ]
    }
}

fn secondary_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut others = vec![("cidr_block".to_owned(), cidr::parse(&spec.cidr_block))];
    for (index, text) in spec.secondary_cidr_blocks.iter().flatten().enumerate() {
        let path = FieldPath::root().key("secondary_cidr_blocks").index(index);
        findings.extend(cidr::findings_v4_at(&path, text, 16..=28));
        let range = cidr::parse(text);
        for (name, other) in &others {
            if let (Some(range), Some(other)) = (range, *other)
                && (range.contains(&other) || other.contains(&range))
            {
                findings.push(
                    Finding::at(path.clone(), format!("`{path}` ({range}) overlaps `{name}` ({other})"))
                        .and(name),
                );
            }
        }
        others.push((path.to_string(), range));
    }
    findings
}

fn ipv6_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(range) = &spec.ipv6_cidr_block {
        findings.extend(cidr::findings_v6_at(&FieldPath::root().key("ipv6_cidr_block"), range, 44..=60));
        if spec.amazon_provided_ipv6_cidr_block != Some(true) && spec.ipv6_pool.is_none() {
            findings.push(
                Finding::on("ipv6_cidr_block", "`ipv6_cidr_block` is of no pool")
                    .help("name its `ipv6_pool`, or set `amazon_provided_ipv6_cidr_block: true` instead"),
            );
        }
    }
    if spec.amazon_provided_ipv6_cidr_block == Some(true) && spec.ipv6_pool.is_some() {
        findings.push(
            Finding::on("ipv6_pool", "the IPv6 range is Amazon's and of a pool of one's own")
                .and("amazon_provided_ipv6_cidr_block")
                .help("set one of the two"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    #[test]
    fn the_range_is_a_network_of_16_to_28_bits() {
        assert_rules::<Vpc>(
            &json!({"cidr_block": "10.0.0.0/16"}),
            &[
                (&[("/cidr_block", json!("10.0.0.0/8"))], "/16 to /28"),
                (&[("/cidr_block", json!("10.0.0.1/16"))], "did you mean `10.0.0.0/16`"),
                (&[("/cidr_block", json!("10.0.0.0"))], "CIDR"),
                (&[("/cidr_block", json!("ten"))], "CIDR"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn further_ranges_lie_apart() {
        let further = |ranges| [("/secondary_cidr_blocks", ranges)];
        assert_rules::<Vpc>(
            &json!({"cidr_block": "10.0.0.0/16", "secondary_cidr_blocks": ["10.1.0.0/16", "100.64.0.0/16"]}),
            &[
                (&further(json!(["10.0.4.0/24"])), "overlaps `cidr_block`"),
                (&further(json!(["10.1.0.0/16", "10.1.4.0/24"])), "overlaps `secondary_cidr_blocks[0]`"),
                (&further(json!(["10.1.0.0/8"])), "did you mean"),
            ],
        );
    }

    #[test]
    fn an_ipv6_range_is_amazons_or_of_a_pool() {
        assert_rules::<Vpc>(
            &json!({"cidr_block": "10.0.0.0/16", "amazon_provided_ipv6_cidr_block": true}),
            &[(&[("/ipv6_pool", json!("ipv6pool-ec2-1"))], "one of the two")],
        );
        assert_rules::<Vpc>(
            &json!({"cidr_block": "10.0.0.0/16", "ipv6_pool": "p", "ipv6_cidr_block": "2001:db8::/56"}),
            &[
                (&[("/ipv6_pool", json!(null))], "of no pool"),
                (&[("/ipv6_cidr_block", json!("2001:db8::/64"))], "/44 to /60"),
            ],
        );
    }

    #[test]
    fn names_need_the_server_that_answers_for_them() {
        assert_rules::<Vpc>(
            &json!({"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": true}),
            &[(&[("/enable_dns_support", json!(false))], "needs `enable_dns_support`")],
        );
    }

    #[test]
    fn hardware_of_ones_own_is_not_taken_later() {
        let dedicated = json!({"cidr_block": "10.0.0.0/16", "instance_tenancy": "dedicated"});
        let shared = json!({"cidr_block": "10.0.0.0/16", "instance_tenancy": "default"});
        let sky = |before: &serde_json::Value| {
            World::default().with(Vpc::TYPE, "vpc-1", "us-east-1", before.clone())
        };
        assert!(sky(&dedicated).update::<Vpc>("vpc-1", &shared).is_ok());
        assert!(sky(&dedicated).update::<Vpc>("vpc-1", &dedicated).is_ok());
        let refused = sky(&shared).update::<Vpc>("vpc-1", &dedicated);
        assert_eq!(refused, Err("InvalidParameterValue".into()));
    }
}
