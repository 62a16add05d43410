//! `aws.ec2.subnet`: a part of a virtual network, in one availability zone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A part of a virtual network's range, in one availability zone.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The virtual network.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// The IPv4 range within the network's, from /16 to /28.
    #[schemars(extend("x-immutable" = true))]
    pub cidr_block: String,
    /// The zone, such as `us-east-1a`; the API chooses one where it is absent.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub availability_zone: Option<String>,
    /// Whether instances get a public IPv4 address.
    #[schemars(extend("default" = false))]
    pub map_public_ip_on_launch: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
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
        super::cidr::findings("cidr_block", &spec.cidr_block, 16..=28)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "subnet-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:subnet/{id}")
            .computes("owner_id", "{account}")
            .computes("availability_zone", "{region}a")
    }

    /// The range must lie within the network's and apart from its other subnets'.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let Some(range) = super::cidr::parse(&spec.cidr_block) else {
            return Err(Refusal::new("InvalidParameterValue", "the CIDR block is malformed"));
        };
        let text = |attributes: &Json, name: &str| attributes[name].as_str().unwrap_or_default().to_owned();
        if let Some(vpc) = cloud.find("aws.ec2.vpc", "id", &spec.vpc_id) {
            let whole = super::cidr::parse(&text(vpc.attributes, "cidr_block"));
            if !whole.is_some_and(|whole| whole.contains(&range)) {
                return Err(Refusal::new(
                    "InvalidSubnet.Range",
                    format!("the CIDR '{range}' is invalid for the network"),
                ));
            }
        }
        let conflict = cloud.all("aws.ec2.subnet").into_iter().any(|other| {
            text(other.attributes, "vpc_id") == spec.vpc_id
                && super::cidr::parse(&text(other.attributes, "cidr_block"))
                    .is_some_and(|other| other.contains(&range) || range.contains(&other))
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
            "ec2:CreateSubnet",
            "ec2:CreateTags",
            "ec2:DeleteSubnet",
            "ec2:DeleteTags",
            "ec2:DescribeSubnets",
            "ec2:ModifySubnetAttribute",
        ]
    }
}
