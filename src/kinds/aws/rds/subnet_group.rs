//! `aws.rds.subnet_group`: where databases may be placed.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::identifier;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// Subnets of one network in which databases may be placed.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region, in small letters.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub db_subnet_group_name: String,
    /// What it is for.
    #[schemars(length(min = 1, max = 255))]
    pub db_subnet_group_description: String,
    /// Subnets in at least two availability zones.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet"))]
    pub subnet_ids: Vec<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A subnet group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The network of its subnets.
    pub vpc_id: Option<String>,
    /// Such as `Complete`.
    pub subnet_group_status: String,
    /// `IPV4`, and `DUAL` where the subnets have IPv6 ranges too.
    pub supported_network_types: Vec<String>,
}

/// The kind itself.
pub struct SubnetGroup;

impl Kind for SubnetGroup {
    const TYPE: &'static str = "aws.rds.subnet_group";
    const IDENTITY: &'static [&'static str] = &["db_subnet_group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        let name = &spec.db_subnet_group_name;
        if !identifier::is_group_name(name) || name == "default" {
            findings.push(
                Finding::on("db_subnet_group_name", format!("{name:?} is no name of a subnet group")).help(
                    "small letters, digits, `-`, `.`, `_` and spaces, a letter first, and not `default`",
                ),
            );
        }
        if spec.subnet_ids.len() < 2 {
            findings.push(
                Finding::on(
                    "subnet_ids",
                    format!("databases need two subnets at least, and have {}", spec.subnet_ids.len()),
                )
                .help("name subnets of at least two availability zones"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 2)
            .visible_after(30)
            .computes("id", "{spec.db_subnet_group_name}")
            .computes("arn", "arn:aws:rds:{region}:{account}:subgrp:{spec.db_subnet_group_name}")
            .computes("subnet_group_status", "Complete")
            .computes("supported_network_types", r#"json:["IPV4"]"#)
    }

    /// Its subnets lie in one network and in two availability zones.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = &call
            && super::is_taken(cloud, Self::TYPE, "db_subnet_group_name", &spec.db_subnet_group_name)
        {
            return Err(Refusal::new(
                "DBSubnetGroupAlreadyExists",
                format!("The DB subnet group '{}' already exists.", spec.db_subnet_group_name),
            ));
        }
        let (Call::Create { spec, attributes } | Call::Update { spec, attributes, .. }) = call else {
            return Ok(());
        };
        let subnets: Vec<_> = spec
            .subnet_ids
            .iter()
            .filter_map(|id| cloud.find("aws.ec2.subnet", "id", id))
            .map(|subnet| subnet.attributes)
            .collect();
        let distinct = |name: &str| -> BTreeSet<&str> {
            subnets.iter().filter_map(|subnet| subnet[name].as_str()).collect()
        };
        if distinct("vpc_id").len() > 1 {
            return Err(Refusal::new("InvalidSubnet", "The DB subnet group spans more than one VPC."));
        }
        if subnets.len() == spec.subnet_ids.len() && distinct("availability_zone").len() == 1 {
            return Err(Refusal::new(
                "DBSubnetGroupDoesNotCoverEnoughAZs",
                "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Add subnets to \
                 cover at least 2 AZs.",
            ));
        }
        if let Some(vpc) = distinct("vpc_id").pop_first() {
            attributes.insert("vpc_id".into(), vpc.into());
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if identifier::is_group_name(text) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` is no name of a subnet group, such as `orders`"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "rds:AddTagsToResource",
            "rds:CreateDBSubnetGroup",
            "rds:DeleteDBSubnetGroup",
            "rds:DescribeDBSubnetGroups",
            "rds:ListTagsForResource",
            "rds:ModifyDBSubnetGroup",
            "rds:RemoveTagsFromResource",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "db_subnet_group_name": "orders",
            "db_subnet_group_description": "Data subnets",
            "subnet_ids": ["subnet-1", "subnet-2"],
        })
    }

    #[test]
    fn rules() {
        assert_rules::<SubnetGroup>(
            &base(),
            &[
                (&[("/db_subnet_group_name", json!("Orders"))], "no name of a subnet group"),
                (&[("/db_subnet_group_name", json!("default"))], "no name of a subnet group"),
                (&[("/subnet_ids", json!(["subnet-1"]))], "two subnets at least, and have 1"),
                (&[("/subnet_ids", json!(["subnet-1", "subnet-1"]))], "twice"),
            ],
        );
    }

    #[test]
    fn its_subnets_lie_in_one_network_and_two_zones() {
        let subnet = |zone: &str, vpc: &str| json!({"vpc_id": vpc, "availability_zone": zone});
        let sky = World::default()
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", subnet("us-east-1a", "vpc-1"))
            .with("aws.ec2.subnet", "subnet-2", "us-east-1", subnet("us-east-1b", "vpc-1"))
            .with("aws.ec2.subnet", "subnet-3", "us-east-1", subnet("us-east-1b", "vpc-2"))
            .with("aws.ec2.subnet", "subnet-4", "us-east-1", subnet("us-east-1a", "vpc-1"));
        let create =
            |ids: [&str; 2]| sky.create::<SubnetGroup>(&edited(&base(), &[("/subnet_ids", json!(ids))]));
        assert_eq!(create(["subnet-1", "subnet-2"]).unwrap()["vpc_id"], "vpc-1");
        assert_eq!(create(["subnet-1", "subnet-3"]).unwrap_err(), "InvalidSubnet");
        assert_eq!(create(["subnet-1", "subnet-4"]).unwrap_err(), "DBSubnetGroupDoesNotCoverEnoughAZs");
        let taken = sky.with(SubnetGroup::TYPE, "orders", "us-east-1", base());
        assert_eq!(taken.create::<SubnetGroup>(&base()).unwrap_err(), "DBSubnetGroupAlreadyExists");
        assert!(taken.update::<SubnetGroup>("orders", &base()).is_ok());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<SubnetGroup>(&base());
    }
}
