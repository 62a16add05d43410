//! `aws.elasticache.parameter_group`: the engine's settings of caches.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parameters;
use crate::kinds::aws::{identifier, tags};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// The engine's settings of caches of one family of versions.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region.
    #[schemars(extend("x-immutable" = true))]
    pub cache_parameter_group_name: String,
    /// The family of engine versions, such as `valkey8`.
    #[schemars(extend("x-immutable" = true))]
    pub cache_parameter_group_family: String,
    /// What it is for.
    #[schemars(length(min = 1), extend("x-immutable" = true))]
    pub description: String,
    /// The settings that differ from the family's, by name; values are texts. One that is withdrawn
    /// is reset.
    pub parameters: Option<BTreeMap<String, String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A parameter group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Whether it is one that a global replication group keeps equal in all regions.
    pub is_global: bool,
}

/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html>
const FAMILIES: &[&str] = &[
    "memcached1.4",
    "memcached1.5",
    "memcached1.6",
    "redis2.6",
    "redis2.8",
    "redis3.2",
    "redis4.0",
    "redis5.0",
    "redis6.x",
    "redis7",
    "valkey7",
    "valkey8",
    "valkey9",
];

/// The kind itself.
pub struct ParameterGroup;

impl Kind for ParameterGroup {
    const TYPE: &'static str = "aws.elasticache.parameter_group";
    const IDENTITY: &'static [&'static str] = &["cache_parameter_group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        const NAME: &str = "cache_parameter_group_name";
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(identifier::findings(NAME, &spec.cache_parameter_group_name, 255));
        let family = &spec.cache_parameter_group_family;
        if !FAMILIES.contains(&family.as_str()) {
            findings.push(
                Finding::on(
                    "cache_parameter_group_family",
                    format!("{family:?} is no family of ElastiCache's versions"),
                )
                .help(format!("one of {}", FAMILIES.join(", "))),
            );
        }
        for (name, value) in spec.parameters.iter().flatten() {
            if let Some((fault, help)) = parameters::fault(family, name, value) {
                let path = FieldPath::root().key("parameters").key(name);
                findings.push(Finding::at(path, fault).and("cache_parameter_group_family").help(help));
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 5, 2)
            .visible_after(30)
            .computes("id", "{spec.cache_parameter_group_name}")
            .computes("arn", "arn:aws:elasticache:{region}:{account}:parametergroup:{id}")
            .computes("is_global", "json:false")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        const NAME: &str = "cache_parameter_group_name";
        match call {
            Call::Create { spec, .. }
                if super::is_taken(cloud, Self::TYPE, NAME, &spec.cache_parameter_group_name) =>
            {
                Err(Refusal::new(
                    "CacheParameterGroupAlreadyExists",
                    format!("Cache parameter group {} already exists", spec.cache_parameter_group_name),
                ))
            }
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 255, "orders-valkey8")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "elasticache:AddTagsToResource",
            "elasticache:CreateCacheParameterGroup",
            "elasticache:DeleteCacheParameterGroup",
            "elasticache:DescribeCacheParameterGroups",
            "elasticache:DescribeCacheParameters",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyCacheParameterGroup",
            "elasticache:RemoveTagsFromResource",
            "elasticache:ResetCacheParameterGroup",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn group() -> Json {
        json!({
            "cache_parameter_group_name": "orders-valkey8",
            "cache_parameter_group_family": "valkey8",
            "description": "Orders",
            "parameters": {"maxmemory-policy": "allkeys-lfu", "reserved-memory-percent": "25"},
        })
    }

    #[test]
    fn a_group_sets_parameters_of_its_family() {
        assert_rules::<ParameterGroup>(
            &group(),
            &[
                (&[("/cache_parameter_group_name", json!("Orders"))], "did you mean `orders`"),
                (&[("/cache_parameter_group_family", json!("valkey-8"))], "no family"),
                (&[("/cache_parameter_group_family", json!("valkey9"))], ""),
                (&[("/parameters/maxmemory-policy", json!("lru"))], "one of volatile-lru"),
                (&[("/parameters/maxmemory-polici", json!("x"))], "did you mean `maxmemory-policy`"),
                (&[("/parameters/timeout", json!(0))], "put it in quotes"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<ParameterGroup>(&group());
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let sky = World::default().with(ParameterGroup::TYPE, "orders-valkey8", "eu-west-1", group());
        assert!(sky.create::<ParameterGroup>(&group()).is_ok());
        let sky = sky.with(ParameterGroup::TYPE, "orders-valkey8", "us-east-1", group());
        assert_eq!(sky.create::<ParameterGroup>(&group()).unwrap_err(), "CacheParameterGroupAlreadyExists");
    }
}
