//! `aws.ec2.internet_gateway`: a network's way to and from the internet.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// An internet gateway, and the network that it is attached to.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The network that it is attached to; it is attached to none where this is absent.
    #[schemars(extend("x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// An internet gateway as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `igw-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
}

/// The kind itself.
pub struct InternetGateway;

impl Kind for InternetGateway {
    const TYPE: &'static str = "aws.ec2.internet_gateway";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        crate::kinds::aws::tags::findings(spec.tags.as_ref())
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 10)
            .visible_after(30)
            .computes("id", "igw-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:internet-gateway/{id}")
            .computes("owner_id", "{account}")
    }

    /// A network has one gateway, which stays while NAT gateways have public addresses behind it.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let own = match &call {
            Call::Create { .. } => None,
            Call::Update { id, .. } | Call::Delete { id, .. } => Some(*id),
        };
        if let (Call::Create { .. } | Call::Update { .. }, Some(vpc)) = (&call, &call.spec().vpc_id) {
            let other = cloud
                .all(Self::TYPE)
                .into_iter()
                .find(|other| Some(other.id) != own && other.attributes["vpc_id"] == vpc.as_str());
            if let Some(other) = other {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    format!("Network {vpc} already has an internet gateway attached: {}", other.id),
                ));
            }
        }
        let attached = own.and_then(|own| {
            let this = cloud.find(Self::TYPE, "id", own.as_str())?;
            Some(this.attributes["vpc_id"].as_str()?.to_owned())
        });
        let stays = matches!(call, Call::Update { .. }) && call.spec().vpc_id == attached;
        match attached {
            Some(vpc) if !stays && has_public_addresses(&vpc, cloud) => Err(Refusal::new(
                "DependencyViolation",
                format!(
                    "Network {vpc} has some mapped public address(es). Please unmap those public \
                     address(es) before detaching the gateway."
                ),
            )),
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "igw-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AttachInternetGateway",
            "ec2:CreateInternetGateway",
            "ec2:CreateTags",
            "ec2:DeleteInternetGateway",
            "ec2:DeleteTags",
            "ec2:DescribeInternetGateways",
            "ec2:DetachInternetGateway",
        ]
    }
}

/// Whether a NAT gateway of the network has a public address.
fn has_public_addresses(vpc_id: &str, cloud: &dyn Cloud) -> bool {
    cloud.all("aws.ec2.nat_gateway").into_iter().any(|nat| {
        nat.attributes["connectivity_type"] != "private"
            && super::vpc_of(&nat, cloud).is_some_and(|vpc| vpc == vpc_id)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    #[test]
    fn a_network_has_one_gateway() {
        let sky =
            World::default().with(InternetGateway::TYPE, "igw-1", "us-east-1", json!({"vpc_id": "vpc-1"}));
        assert!(sky.create::<InternetGateway>(&json!({"vpc_id": "vpc-2"})).is_ok());
        assert!(sky.create::<InternetGateway>(&json!({})).is_ok());
        let second = sky.create::<InternetGateway>(&json!({"vpc_id": "vpc-1"}));
        assert_eq!(second, Err("InvalidParameterValue".into()));
        assert!(sky.update::<InternetGateway>("igw-1", &json!({"vpc_id": "vpc-1"})).is_ok());
    }

    #[test]
    fn it_stays_while_public_addresses_are_mapped() {
        let attached = json!({"vpc_id": "vpc-1"});
        let sky = World::default().with(InternetGateway::TYPE, "igw-1", "us-east-1", attached.clone()).with(
            "aws.ec2.subnet",
            "subnet-1",
            "us-east-1",
            json!({"vpc_id": "vpc-1"}),
        );
        assert_eq!(sky.delete::<InternetGateway>("igw-1", &attached), Ok(()));
        let sky = sky.with("aws.ec2.nat_gateway", "nat-1", "us-east-1", json!({"subnet_id": "subnet-1"}));
        let refused = "DependencyViolation".to_owned();
        assert_eq!(sky.delete::<InternetGateway>("igw-1", &attached), Err(refused.clone()));
        assert_eq!(sky.update::<InternetGateway>("igw-1", &json!({})), Err(refused));
        assert!(sky.update::<InternetGateway>("igw-1", &attached).is_ok());
    }

    #[test]
    fn tags_are_checked() {
        assert_rules::<InternetGateway>(
            &json!({"vpc_id": "vpc-1", "tags": {"Name": "main"}}),
            &[(&[("/tags", json!({"aws:x": "y"}))], "aws:")],
        );
    }
}
