//! `aws.elasticache.global_replication_group`: a cache in several regions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::node_type;
use super::replication_group::MemberRole;
use crate::kinds::aws::{identifier, tags};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A cache in up to three regions: a primary that is written to and one or two secondaries that
/// follow it. It never changes its primary by itself. It is made of the primary; the others join by
/// naming it.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateGlobalReplicationGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What its id ends with; AWS puts a prefix of the region before it.
    #[schemars(extend("x-immutable" = true))]
    pub global_replication_group_id_suffix: String,
    /// What it is for.
    #[schemars(length(max = 255))]
    pub global_replication_group_description: Option<String>,
    /// The replication group that it is made of, which has to be named. Who is the primary later is no
    /// matter of this field: a failover is no drift.
    #[schemars(extend(
        "x-immutable" = true,
        "x-write-only" = true,
        "x-refers" = "aws.elasticache.replication_group",
        "x-holds" = true
    ))]
    pub primary_replication_group_id: Option<String>,
    /// The engine of all members.
    #[schemars(extend("x-default" = "provider"))]
    pub engine: Option<Engine>,
    /// The engine's version of all members.
    #[schemars(extend("x-default" = "provider"))]
    pub engine_version: Option<String>,
    /// The type of all members' nodes.
    #[schemars(extend("x-default" = "provider"))]
    pub cache_node_type: Option<String>,
    /// The parameter group that goes with a new major version, of which each region gets a copy.
    #[schemars(extend("x-write-only" = true))]
    pub cache_parameter_group_name: Option<String>,
    /// How many shards each member has.
    #[schemars(range(min = 1, max = 500), extend("x-default" = "provider"))]
    pub node_group_count: Option<i64>,
    /// Whether a replica takes over by itself in its region, in all members.
    #[schemars(extend("x-default" = "provider"))]
    pub automatic_failover_enabled: Option<bool>,
    /// Whether the primary stays, as a cache of its own, when the global group is deleted.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub retain_primary_replication_group: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A member of a global group.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_GlobalReplicationGroupMember.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// The replication group.
    pub replication_group_id: String,
    /// Where it is.
    pub replication_group_region: String,
    /// Whether it is written to.
    pub role: MemberRole,
    /// Whether a replica takes over by itself in its region, such as `enabled`.
    pub automatic_failover: Option<String>,
    /// Such as `associated`.
    pub status: Option<String>,
}

/// A global replication group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its id, with the prefix of its first region.
    pub id: String,
    /// Its Amazon resource name, without a region.
    pub arn: String,
    /// Such as `available` or `primary-only`.
    pub status: String,
    /// Its members.
    #[schemars(extend("x-collection" = "list(replication_group_region)"))]
    pub members: Option<Vec<Member>>,
    /// Whether keys are spread over shards.
    pub cluster_enabled: Option<bool>,
    /// Whether clients need a password of all.
    pub auth_token_enabled: Option<bool>,
    /// Whether connections are encrypted.
    pub transit_encryption_enabled: Option<bool>,
    /// Whether what reaches disks is encrypted.
    pub at_rest_encryption_enabled: Option<bool>,
}

/// The kind itself.
pub struct GlobalReplicationGroup;

impl Kind for GlobalReplicationGroup {
    const TYPE: &'static str = "aws.elasticache.global_replication_group";
    const IDENTITY: &'static [&'static str] = &["global_replication_group_id_suffix"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        const SUFFIX: &str = "global_replication_group_id_suffix";
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(identifier::findings(SUFFIX, &spec.global_replication_group_id_suffix, 40));
        if spec.primary_replication_group_id.is_none() {
            findings.push(
                Finding::on(
                    "primary_replication_group_id",
                    "`primary_replication_group_id` is missing in spec",
                )
                .help("a global replication group is made of its primary"),
            );
        }
        if let (Some(engine), Some(version)) = (spec.engine, &spec.engine_version) {
            findings.extend(engine.version_finding("engine_version", version));
        }
        if let Some(text) = &spec.cache_node_type {
            let name = node_type::finding("cache_node_type", text);
            let is_name = name.is_none();
            findings.extend(name);
            if is_name && !node_type::can_be_global(text) {
                findings.push(
                    Finding::on(
                        "cache_node_type",
                        format!("no global replication group has nodes of type {text}"),
                    )
                    .help("`large` or larger, of a generation since m5 or r5, and none that bursts"),
                );
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(300, 900, 300)
            .visible_after(60)
            .computes("id", "{hex:5}-{spec.global_replication_group_id_suffix}")
            .computes("arn", "arn:aws:elasticache::{account}:globalreplicationgroup:{id}")
            .computes("status", "available")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, attributes } => create(spec, attributes, cloud),
            Call::Delete { id, .. } => {
                let is_full = cloud
                    .all("aws.elasticache.replication_group")
                    .into_iter()
                    .any(|member| member.attributes["global_replication_group_id"] == id.as_str());
                if is_full {
                    return Err(Refusal::new(
                        "InvalidGlobalReplicationGroupState",
                        format!("The global replication group {id} has secondaries: remove them first"),
                    ));
                }
                Ok(())
            }
            Call::Update { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 46, "ldgnf-orders")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "elasticache:AddTagsToResource",
            "elasticache:CreateGlobalReplicationGroup",
            "elasticache:DecreaseNodeGroupsInGlobalReplicationGroup",
            "elasticache:DeleteGlobalReplicationGroup",
            "elasticache:DescribeGlobalReplicationGroups",
            "elasticache:IncreaseNodeGroupsInGlobalReplicationGroup",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyGlobalReplicationGroup",
            "elasticache:RemoveTagsFromResource",
        ]
    }
}

/// What it has from its primary.
const FROM_PRIMARY: &[&str] = &[
    "at_rest_encryption_enabled",
    "auth_token_enabled",
    "automatic_failover_enabled",
    "cache_node_type",
    "cluster_enabled",
    "engine",
    "engine_version",
    "transit_encryption_enabled",
];

fn create(
    spec: &Spec,
    attributes: &mut serde_json::Map<String, Json>,
    cloud: &dyn Cloud,
) -> Result<(), Refusal> {
    let suffix = spec.global_replication_group_id_suffix.as_str();
    if super::is_taken(cloud, GlobalReplicationGroup::TYPE, "global_replication_group_id_suffix", suffix) {
        return Err(Refusal::new(
            "GlobalReplicationGroupAlreadyExistsFault",
            format!("Global Replication group {suffix} already exists"),
        ));
    }
    let id = spec.primary_replication_group_id.as_deref().unwrap_or_default();
    let all = cloud.all("aws.elasticache.replication_group");
    let Some(primary) = all
        .iter()
        .find(|group| group.region == cloud.region() && group.attributes["replication_group_id"] == id)
    else {
        return Err(Refusal::new(
            "ReplicationGroupNotFoundFault",
            format!("ReplicationGroup {id} not found."),
        ));
    };
    let node_type = primary.attributes["cache_node_type"].as_str().unwrap_or_default();
    if !node_type::can_be_global(node_type) {
        return Err(Refusal::new(
            "InvalidParameterValue",
            format!("Global replication groups don't support nodes of type {node_type}"),
        ));
    }
    if !primary.attributes["global_replication_group_id"].is_null() {
        return Err(Refusal::new(
            "InvalidReplicationGroupState",
            format!("ReplicationGroup {id} is a member of a global replication group already"),
        ));
    }
    for field in FROM_PRIMARY {
        if !attributes.contains_key(*field) && !primary.attributes[*field].is_null() {
            attributes.insert((*field).to_owned(), primary.attributes[*field].clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    fn group() -> Json {
        json!({
            "global_replication_group_id_suffix": "orders",
            "global_replication_group_description": "Orders",
            "primary_replication_group_id": "orders-primary",
        })
    }

    fn primary(node_type: &str) -> Json {
        json!({
            "replication_group_id": "orders-primary", "engine": "valkey", "engine_version": "8.1",
            "cache_node_type": node_type, "transit_encryption_enabled": true,
        })
    }

    const MEMBER: &str = "aws.elasticache.replication_group";

    #[test]
    fn it_has_a_name_and_nodes_that_can_be_global() {
        assert_rules::<GlobalReplicationGroup>(
            &group(),
            &[
                (&[("/global_replication_group_id_suffix", json!("Orders"))], "did you mean `orders`"),
                (&[("/cache_node_type", json!("cache.t4g.medium"))], "no global replication group"),
                (&[("/cache_node_type", json!("m7g.large"))], "did you mean `cache.m7g.large`"),
                (&[("/cache_node_type", json!("cache.m7g.large"))], ""),
                (&[("/primary_replication_group_id", Json::Null)], "is made of its primary"),
                (&[("/engine", json!("valkey")), ("/engine_version", json!("8"))], "no version of valkey"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<GlobalReplicationGroup>(&group());
    }

    #[test]
    fn it_is_made_of_a_primary_in_its_region() {
        let with = |node_type: &str, region: &'static str| {
            World::default().with(MEMBER, "orders-primary", region, primary(node_type))
        };
        let made = with("cache.m7g.large", "us-east-1").create::<GlobalReplicationGroup>(&group()).unwrap();
        assert_eq!(
            (&made["engine_version"], &made["transit_encryption_enabled"]),
            (&json!("8.1"), &json!(true))
        );
        let fault = |world: World| world.create::<GlobalReplicationGroup>(&group()).unwrap_err();
        assert_eq!(fault(with("cache.m7g.large", "eu-west-1")), "ReplicationGroupNotFoundFault");
        assert_eq!(fault(with("cache.t4g.small", "us-east-1")), "InvalidParameterValue");
        let twice = with("cache.m7g.large", "us-east-1").with(
            GlobalReplicationGroup::TYPE,
            "ldgnf-orders",
            "us-east-1",
            group(),
        );
        assert_eq!(fault(twice), "GlobalReplicationGroupAlreadyExistsFault");
    }

    #[test]
    fn it_goes_once_its_secondaries_are_gone() {
        let follower = json!({"global_replication_group_id": "ldgnf-orders"});
        let full = World::default().with(MEMBER, "orders-secondary", "eu-west-1", follower);
        assert_eq!(
            full.delete::<GlobalReplicationGroup>("ldgnf-orders", &group()).unwrap_err(),
            "InvalidGlobalReplicationGroupState"
        );
        assert!(full.delete::<GlobalReplicationGroup>("ldgnf-other", &group()).is_ok());
    }
}
