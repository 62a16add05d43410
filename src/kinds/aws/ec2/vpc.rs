//! `aws.ec2.vpc`: a virtual network.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Finding, Kind, Profile};
use crate::model::PhysicalId;

/// A virtual network with one IPv4 range, in one region.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The IPv4 range in CIDR notation, from /16 to /28.
    #[schemars(extend("x-immutable" = true))]
    pub cidr_block: String,
    /// Whether instances run on hardware of their own.
    #[schemars(extend("default" = "default"))]
    pub instance_tenancy: Option<Tenancy>,
    /// Whether the Amazon DNS server answers at the second address of the range.
    #[schemars(extend("default" = true))]
    pub enable_dns_support: Option<bool>,
    /// Whether instances with public addresses get public DNS names.
    #[schemars(extend("default" = false))]
    pub enable_dns_hostnames: Option<bool>,
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
}

/// The kind itself.
pub struct Vpc;

impl Kind for Vpc {
    const TYPE: &'static str = "aws.ec2.vpc";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        super::cidr::findings("cidr_block", &spec.cidr_block, 16..=28)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 2, 2)
            .visible_after(30)
            .computes("id", "vpc-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:vpc/{id}")
            .computes("owner_id", "{account}")
            .computes("default_security_group_id", "sg-{hex:17}")
            .computes("main_route_table_id", "rtb-{hex:17}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "vpc-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:CreateVpc",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:DeleteVpc",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcs",
            "ec2:ModifyVpcAttribute",
            "ec2:ModifyVpcTenancy",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(cidr_block: &str) -> Spec {
        Spec {
            cidr_block: cidr_block.to_owned(),
            instance_tenancy: None,
            enable_dns_support: None,
            enable_dns_hostnames: None,
            tags: None,
        }
    }

    #[test]
    fn the_range_is_a_network_of_16_to_28_bits() {
        assert_eq!(Vpc::validate(&spec("10.0.0.0/16")), []);
        for (cidr, fault) in [
            ("10.0.0.0/8", "/16 to /28"),
            ("10.0.0.1/16", "did you mean `10.0.0.0/16`"),
            ("10.0.0.0", "CIDR"),
            ("ten", "CIDR"),
        ] {
            let findings = Vpc::validate(&spec(cidr));
            let text = format!("{findings:?}");
            assert!(text.contains(fault), "{cidr}: {text}");
        }
    }
}
