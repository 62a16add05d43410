//! `aws.elasticache.subnet_group`: where cache nodes may be placed.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// Subnets of one network in which cache nodes may be placed.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region, in small letters.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub cache_subnet_group_name: String,
    /// What it is for.
    #[schemars(length(min = 1, max = 255))]
    pub cache_subnet_group_description: String,
    /// The subnets; nodes in several zones need subnets in several zones.
    #[schemars(length(min = 1), extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet", "x-holds" = true))]
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
    /// Its Amazon resource name.
    pub arn: String,
    /// The network of its subnets.
    pub vpc_id: Option<String>,
    /// `ipv4`, and `ipv6` and `dual_stack` where the subnets have such ranges.
    pub supported_network_types: Vec<String>,
}

/// The kind itself.
pub struct SubnetGroup;

/// Whether a text can be a group's name: letters, digits and hyphens.
fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Kind for SubnetGroup {
    const TYPE: &'static str = "aws.elasticache.subnet_group";
    const IDENTITY: &'static [&'static str] = &["cache_subnet_group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        let name = &spec.cache_subnet_group_name;
        if !is_name(name) || name == "default" {
            findings.push(
                Finding::on("cache_subnet_group_name", format!("{name:?} is no name of a subnet group"))
                    .help("small letters, digits and `-`, and not `default`"),
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
            .computes("id", "{spec.cache_subnet_group_name}")
            .computes("arn", "arn:aws:elasticache:{region}:{account}:subnetgroup:{id}")
            .computes("supported_network_types", r#"json:["ipv4"]"#)
    }

    /// A name is taken once in a region, and the subnets lie in one network.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = &call
            && super::is_taken(cloud, Self::TYPE, "cache_subnet_group_name", &spec.cache_subnet_group_name)
        {
            return Err(Refusal::new(
                "CacheSubnetGroupAlreadyExists",
                format!("Cache subnet group {} already exists", spec.cache_subnet_group_name),
            ));
        }
        let (Call::Create { spec, attributes } | Call::Update { spec, attributes, .. }) = call else {
            return Ok(());
        };
        let networks: BTreeSet<String> = spec
            .subnet_ids
            .iter()
            .filter_map(|id| cloud.find("aws.ec2.subnet", "id", id))
            .filter_map(|subnet| subnet.attributes["vpc_id"].as_str().map(str::to_owned))
            .collect();
        if networks.len() > 1 {
            return Err(Refusal::new("InvalidSubnet", "The subnets are not in the same VPC."));
        }
        if let Some(vpc) = networks.first() {
            attributes.insert("vpc_id".into(), vpc.as_str().into());
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if is_name(text) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` is no name of a subnet group, such as `orders`"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "elasticache:AddTagsToResource",
            "elasticache:CreateCacheSubnetGroup",
            "elasticache:DeleteCacheSubnetGroup",
            "elasticache:DescribeCacheSubnetGroups",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyCacheSubnetGroup",
            "elasticache:RemoveTagsFromResource",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;

    fn group() -> Json {
        json!({
            "cache_subnet_group_name": "orders",
            "cache_subnet_group_description": "Data subnets",
            "subnet_ids": ["subnet-1", "subnet-2"],
        })
    }

    #[test]
    fn a_group_has_a_name_and_subnets() {
        assert_rules::<SubnetGroup>(
            &group(),
            &[
                (&[("/cache_subnet_group_name", json!("Orders"))], "no name of a subnet group"),
                (&[("/cache_subnet_group_name", json!("or_ders"))], "no name of a subnet group"),
                (&[("/cache_subnet_group_name", json!("default"))], "not `default`"),
                (&[("/subnet_ids", json!([]))], "has 0 elements"),
                (&[("/subnet_ids", json!(["subnet-1"]))], ""),
                (&[("/subnet_ids", json!(["subnet-1", "subnet-1"]))], "twice"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<SubnetGroup>(&group());
        assert!(SubnetGroup::import_id("orders").is_ok() && SubnetGroup::import_id("Or ders").is_err());
    }

    #[test]
    fn its_subnets_lie_in_one_network() {
        let sky = World::default()
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", json!({"vpc_id": "vpc-1"}))
            .with("aws.ec2.subnet", "subnet-2", "us-east-1", json!({"vpc_id": "vpc-1"}))
            .with("aws.ec2.subnet", "subnet-3", "us-east-1", json!({"vpc_id": "vpc-2"}));
        assert_eq!(sky.create::<SubnetGroup>(&group()).unwrap()["vpc_id"], "vpc-1");
        let apart = edited(&group(), &[("/subnet_ids", json!(["subnet-1", "subnet-3"]))]);
        assert_eq!(sky.create::<SubnetGroup>(&apart).unwrap_err(), "InvalidSubnet");
        let taken = sky.with(SubnetGroup::TYPE, "orders", "us-east-1", group());
        assert_eq!(taken.create::<SubnetGroup>(&group()).unwrap_err(), "CacheSubnetGroupAlreadyExists");
        assert!(taken.update::<SubnetGroup>("orders", &group()).is_ok());
    }
}
