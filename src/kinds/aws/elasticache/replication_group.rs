//! `aws.elasticache.replication_group`: a cache, with its nodes in one region.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::log_delivery::LogDeliveryConfiguration;
use super::{node_prices, replication_group_rules};
use crate::kinds::aws::identifier;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A cache in one region: one primary node for each shard, which is written to, and its replicas.
/// It stands alone, or follows the primary of a global replication group. EC2-Classic's
/// `CacheSecurityGroupNames` are left out, since nothing runs there any more.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its id, unique in the account and region, in small letters.
    #[schemars(extend("x-immutable" = true))]
    pub replication_group_id: String,
    /// What it is for.
    #[schemars(length(min = 1, max = 255))]
    pub replication_group_description: String,
    /// The global replication group whose primary it follows. The primary itself names none: the
    /// global group is made of it.
    #[schemars(extend(
        "x-immutable" = true,
        "x-refers" = "aws.elasticache.global_replication_group",
        "x-holds" = true
    ))]
    pub global_replication_group_id: Option<String>,
    /// A cache cluster that is there already and becomes its primary.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true))]
    pub primary_cluster_id: Option<String>,
    /// What it speaks.
    #[schemars(extend("x-default" = "provider"))]
    pub engine: Option<Engine>,
    /// The version of the engine, such as "8.1". It can go up, never down.
    #[schemars(extend("x-default" = "provider"))]
    pub engine_version: Option<String>,
    /// The type of its nodes, such as `cache.m7g.large`. All members of a global group have the same:
    /// one that joins it gets it without being told, and a change on one is made to all.
    #[schemars(extend("x-default" = "provider"))]
    pub cache_node_type: Option<String>,
    /// How many nodes it has, of one shard: the primary and its replicas.
    #[schemars(range(min = 1, max = 6), extend("x-default" = "provider"))]
    pub num_cache_clusters: Option<i64>,
    /// How many shards it has.
    #[schemars(range(min = 1, max = 500), extend("x-default" = "provider"))]
    pub num_node_groups: Option<i64>,
    /// How many replicas each shard has.
    #[schemars(range(min = 0, max = 5), extend("x-default" = "provider"))]
    pub replicas_per_node_group: Option<i64>,
    /// Each shard by itself.
    #[schemars(length(max = 500), extend("x-immutable" = true, "x-default" = "provider"))]
    pub node_group_configuration: Option<Vec<NodeGroupConfiguration>>,
    /// Whether its keys can be spread over shards. From `disabled` the way to `enabled` leads over
    /// `compatible`.
    #[schemars(extend("x-default" = "provider"))]
    pub cluster_mode: Option<ClusterMode>,
    /// The zones of its nodes, the primary's first, of one shard.
    #[schemars(length(min = 1, max = 6), extend("x-write-only" = true))]
    pub preferred_cache_cluster_azs: Option<Vec<String>>,
    /// Whether a replica takes over by itself when the primary fails.
    #[schemars(extend("default" = false))]
    pub automatic_failover_enabled: Option<bool>,
    /// Whether its nodes are kept in different zones.
    #[schemars(extend("default" = false))]
    pub multi_az_enabled: Option<bool>,
    /// The engine's settings.
    #[schemars(extend(
        "x-default" = "provider",
        "x-refers" = "aws.elasticache.parameter_group",
        "x-holds" = true
    ))]
    pub cache_parameter_group_name: Option<String>,
    /// The subnets that its nodes are placed in.
    #[schemars(extend(
        "x-immutable" = true,
        "x-default" = "provider",
        "x-refers" = "aws.elasticache.subnet_group",
        "x-holds" = true
    ))]
    pub cache_subnet_group_name: Option<String>,
    /// The security groups of its nodes.
    #[schemars(extend(
        "x-collection" = "set",
        "x-default" = "provider",
        "x-refers" = "aws.ec2.security_group",
        "x-holds" = true
    ))]
    pub security_group_ids: Option<Vec<String>>,
    /// The port that its nodes listen on.
    #[schemars(range(min = 1, max = 65_535), extend("x-immutable" = true, "default" = 6379))]
    pub port: Option<i64>,
    /// Which addresses its nodes have.
    #[schemars(extend("x-immutable" = true, "default" = "ipv4"))]
    pub network_type: Option<NetworkType>,
    /// Which addresses its names lead to.
    #[schemars(extend("default" = "ipv4"))]
    pub ip_discovery: Option<IpDiscovery>,
    /// Whether connections are encrypted.
    #[schemars(extend("x-default" = "provider"))]
    pub transit_encryption_enabled: Option<bool>,
    /// Whether connections without encryption are refused, or still served during a migration.
    #[schemars(extend("x-default" = "provider"))]
    pub transit_encryption_mode: Option<TransitEncryptionMode>,
    /// Whether what reaches disks is encrypted.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub at_rest_encryption_enabled: Option<bool>,
    /// The ARN of the key that it is encrypted with; ElastiCache's own where it is absent.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub kms_key_id: Option<String>,
    /// The one password of all clients, of 16 to 128 characters.
    #[schemars(length(min = 16, max = 128), extend("x-sensitive" = true, "x-write-only" = true))]
    pub auth_token: Option<String>,
    /// How a changed password takes the old one's place.
    #[schemars(extend("default" = "ROTATE", "x-write-only" = true))]
    pub auth_token_update_strategy: Option<AuthTokenUpdateStrategy>,
    /// The group of users that it lets in: one at most.
    #[schemars(
        length(max = 1),
        extend(
            "x-collection" = "set",
            "x-exclusive" = true,
            "x-refers" = "aws.elasticache.user_group",
            "x-holds" = true
        )
    )]
    pub user_group_ids: Option<Vec<String>>,
    /// Where its logs go.
    #[schemars(length(max = 2), extend("x-collection" = "list(log_type)"))]
    pub log_delivery_configurations: Option<Vec<LogDeliveryConfiguration>>,
    /// Whether keys that are seldom asked for move to disks, which nodes of type r6gd have.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub data_tiering_enabled: Option<bool>,
    /// Whether a write is acknowledged before or after it is safe.
    #[schemars(extend("x-default" = "provider"))]
    pub durability: Option<Durability>,
    /// Snapshots in S3 that it starts with, by their ARNs.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true))]
    pub snapshot_arns: Option<Vec<String>>,
    /// The snapshot that it starts with.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true))]
    pub snapshot_name: Option<String>,
    /// The snapshot of a serverless cache that it starts with.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true))]
    pub serverless_cache_snapshot_name: Option<String>,
    /// For how many days daily snapshots are kept; 0 makes none.
    #[schemars(range(min = 0, max = 35), extend("default" = 0))]
    pub snapshot_retention_limit: Option<i64>,
    /// When snapshots are made, in UTC: `02:00-03:00`.
    #[schemars(extend("x-default" = "provider"))]
    pub snapshot_window: Option<String>,
    /// The node that snapshots are made of.
    #[schemars(extend("x-default" = "provider"))]
    pub snapshotting_cluster_id: Option<String>,
    /// When AWS maintains it, in UTC: `sun:04:00-sun:05:00`.
    #[schemars(extend("x-default" = "provider"))]
    pub preferred_maintenance_window: Option<String>,
    /// The topic that hears of its events.
    pub notification_topic_arn: Option<String>,
    /// Whether the topic hears anything.
    #[schemars(extend("x-default" = "provider"))]
    pub notification_topic_status: Option<NotificationTopicStatus>,
    /// Whether minor versions are installed in the maintenance window.
    #[schemars(extend("default" = true))]
    pub auto_minor_version_upgrade: Option<bool>,
    /// Whether updates take effect at once, not in the maintenance window.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub apply_immediately: Option<bool>,
    /// The name of a last snapshot, made when it is deleted.
    #[schemars(extend("x-write-only" = true))]
    pub final_snapshot_identifier: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// One shard: its keys and the zones of its nodes.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_NodeGroupConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeGroupConfiguration {
    /// Up to four digits.
    #[schemars(regex(pattern = r"^[0-9]{1,4}$"), extend("x-default" = "provider"))]
    pub node_group_id: Option<String>,
    /// The hash slots of its keys, such as `0-8191`, of 16384.
    #[schemars(regex(pattern = r"^[0-9,-]+$"), extend("x-default" = "provider"))]
    pub slots: Option<String>,
    /// How many replicas it has.
    #[schemars(range(min = 0, max = 5), extend("x-default" = "provider"))]
    pub replica_count: Option<i64>,
    /// The zone of its primary.
    #[schemars(extend("x-default" = "provider"))]
    pub primary_availability_zone: Option<String>,
    /// The zones of its replicas: as many as there are.
    #[schemars(extend("x-default" = "provider"))]
    pub replica_availability_zones: Option<Vec<String>>,
    /// The Outpost of its primary.
    pub primary_outpost_arn: Option<String>,
    /// The Outposts of its replicas.
    pub replica_outpost_arns: Option<Vec<String>>,
}

/// Whether keys can be spread over shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClusterMode {
    Enabled,
    Disabled,
    Compatible,
}

/// Families of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkType {
    Ipv4,
    Ipv6,
    DualStack,
}

/// The family of addresses that names lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpDiscovery {
    Ipv4,
    Ipv6,
}

/// What becomes of connections without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransitEncryptionMode {
    /// They are served.
    Preferred,
    /// They are refused.
    Required,
}

/// How a changed password takes the old one's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AuthTokenUpdateStrategy {
    /// At once.
    Set,
    /// Beside the old one, until the next.
    Rotate,
    /// It goes, for a group of users.
    Delete,
}

/// When a write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// As the version and the cluster mode have it.
    Default,
    /// Before it is safe.
    Async,
    /// Once it is safe.
    Sync,
    /// It never is.
    Disabled,
}

/// Whether a topic hears of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationTopicStatus {
    Active,
    Inactive,
}

/// An address and a port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// The host name.
    pub address: String,
    /// The port.
    pub port: i64,
}

/// The part of a replication group in a global one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MemberRole {
    /// It is written to.
    Primary,
    /// It follows.
    Secondary,
}

/// A replication group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its id.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Such as `available`.
    pub status: String,
    /// Where it is written to, of one shard.
    pub primary_endpoint: Option<Endpoint>,
    /// Where its replicas are read from, of one shard.
    pub reader_endpoint: Option<Endpoint>,
    /// Where clients learn of its shards, in cluster mode.
    pub configuration_endpoint: Option<Endpoint>,
    /// Whether its keys are spread over shards.
    pub cluster_enabled: bool,
    /// Whether clients need a password of all.
    pub auth_token_enabled: bool,
    /// Its part in a global replication group.
    pub global_replication_group_member_role: Option<MemberRole>,
    /// The ids of its nodes.
    #[schemars(extend("x-collection" = "set"))]
    pub member_clusters: Option<Vec<String>>,
}

impl Spec {
    /// Whether its keys are spread over shards.
    pub(super) fn is_sharded(&self) -> bool {
        self.cluster_mode == Some(ClusterMode::Enabled)
            || self.num_node_groups.is_some_and(|count| count > 1)
            || self.node_group_configuration.as_ref().is_some_and(|shards| shards.len() > 1)
    }

    /// How many nodes it has in all, as far as it says.
    pub(super) fn nodes(&self) -> i64 {
        if let Some(count) = self.num_cache_clusters {
            return count;
        }
        let replicas = self.replicas_per_node_group.unwrap_or(0);
        match &self.node_group_configuration {
            Some(shards) if !shards.is_empty() => {
                shards.iter().map(|shard| 1 + shard.replica_count.unwrap_or(replicas)).sum()
            }
            _ => self.num_node_groups.unwrap_or(1) * (1 + replicas),
        }
    }
}

/// The kind itself.
pub struct ReplicationGroup;

impl Kind for ReplicationGroup {
    const TYPE: &'static str = "aws.elasticache.replication_group";
    const IDENTITY: &'static [&'static str] = &["replication_group_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        replication_group_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// A member of a global group is filled over a long line before it is ready.
    fn profile(spec: &Spec) -> Profile {
        let create = if spec.global_replication_group_id.is_some() { 1200 } else { 720 };
        let mut profile = Profile::seconds(create, 300, 420)
            .visible_after(60)
            .computes("id", "{spec.replication_group_id}")
            .computes("arn", "arn:aws:elasticache:{region}:{account}:replicationgroup:{id}")
            .computes("status", "available")
            .computes("cluster_enabled", if spec.is_sharded() { "json:true" } else { "json:false" })
            .computes(
                "auth_token_enabled",
                if spec.auth_token.is_some() { "json:true" } else { "json:false" },
            );
        let port = spec.port.unwrap_or(6379);
        let endpoint = |host: &str| format!(r#"json:{{"address":"{host}","port":{port}}}"#);
        if spec.is_sharded() {
            profile = profile.computes(
                "configuration_endpoint",
                &endpoint("clustercfg.{spec.replication_group_id}.{hex:6}.{region}.cache.amazonaws.com"),
            );
        } else {
            profile = profile
                .computes(
                    "primary_endpoint",
                    &endpoint("master.{spec.replication_group_id}.{hex:6}.{region}.cache.amazonaws.com"),
                )
                .computes(
                    "reader_endpoint",
                    &endpoint("replica.{spec.replication_group_id}.{hex:6}.{region}.cache.amazonaws.com"),
                );
        }
        let engine = spec.engine.unwrap_or(Engine::Valkey);
        let priced = spec.cache_node_type.as_deref().and_then(|text| {
            let price = node_prices::usd_per_hour(text, engine)?;
            let nodes = spec.nodes();
            let count = f64::from(i32::try_from(nodes).unwrap_or(i32::MAX));
            Some((format!("{nodes} × {text}, {}", engine.word()), price * count))
        });
        match priced {
            Some((item, usd_per_hour)) => profile.costs_hourly(item, usd_per_hour),
            None => profile,
        }
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, attributes } => create(spec, attributes, cloud),
            Call::Delete { id, .. } => delete(id, cloud),
            Call::Update { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 40, "orders-primary")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "elasticache:AddTagsToResource",
            "elasticache:CreateReplicationGroup",
            "elasticache:DecreaseReplicaCount",
            "elasticache:DeleteReplicationGroup",
            "elasticache:DescribeCacheClusters",
            "elasticache:DescribeReplicationGroups",
            "elasticache:DisassociateGlobalReplicationGroup",
            "elasticache:IncreaseReplicaCount",
            "elasticache:ListTagsForResource",
            "elasticache:ModifyGlobalReplicationGroup",
            "elasticache:ModifyReplicationGroup",
            "elasticache:ModifyReplicationGroupShardConfiguration",
            "elasticache:RemoveTagsFromResource",
            "iam:CreateServiceLinkedRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "logs:CreateLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:PutResourcePolicy",
        ]
    }
}

/// What a member of a global group gets from its primary.
const FROM_PRIMARY: &[&str] = &[
    "at_rest_encryption_enabled",
    "cache_node_type",
    "engine",
    "engine_version",
    "num_node_groups",
    "transit_encryption_enabled",
    "transit_encryption_mode",
];

fn create(
    spec: &Spec,
    attributes: &mut serde_json::Map<String, Json>,
    cloud: &dyn Cloud,
) -> Result<(), Refusal> {
    let id = &spec.replication_group_id;
    if super::is_taken(cloud, ReplicationGroup::TYPE, "replication_group_id", id) {
        return Err(Refusal::new(
            "ReplicationGroupAlreadyExists",
            format!("Replication group with id {id} already exists"),
        ));
    }
    let Some(global) = &spec.global_replication_group_id else {
        return Ok(());
    };
    let missing = || {
        let message = format!("Global Replication group {global} not found");
        Refusal::new("GlobalReplicationGroupNotFoundFault", message)
    };
    let parent = cloud.find("aws.elasticache.global_replication_group", "id", global).ok_or_else(missing)?;
    let all = cloud.all(ReplicationGroup::TYPE);
    let primary = all
        .iter()
        .find(|other| {
            other.region == parent.region
                && other.attributes["replication_group_id"]
                    == parent.attributes["primary_replication_group_id"]
        })
        .ok_or_else(missing)?;
    let members: Vec<&str> = all
        .iter()
        .filter(|other| other.attributes["global_replication_group_id"] == global.as_str())
        .map(|other| other.region)
        .chain([primary.region])
        .collect();
    let state = |message: String| Err(Refusal::new("InvalidGlobalReplicationGroupState", message));
    if members.contains(&cloud.region()) {
        return state(format!("{global} has a member in {} already", cloud.region()));
    }
    if members.len() >= 3 {
        return state(format!("{global} has a primary and two secondaries, which is the most"));
    }
    let node_type = primary.attributes["cache_node_type"].as_str();
    if let (Some(theirs), Some(ours)) = (node_type, spec.cache_node_type.as_deref())
        && theirs != ours
    {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            format!("All members of {global} have nodes of the type {theirs}, not {ours}"),
        ));
    }
    for field in FROM_PRIMARY {
        if !primary.attributes[*field].is_null() {
            attributes.insert((*field).to_owned(), primary.attributes[*field].clone());
        }
    }
    attributes.insert("global_replication_group_member_role".into(), "SECONDARY".into());
    Ok(())
}

/// A global group is taken apart before its primary goes.
fn delete(id: &PhysicalId, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let is_primary = cloud.all("aws.elasticache.global_replication_group").into_iter().any(|global| {
        global.region == cloud.region() && global.attributes["primary_replication_group_id"] == id.as_str()
    });
    if is_primary {
        return Err(Refusal::new(
            "InvalidReplicationGroupState",
            format!("The replication group {id} is the primary of a global replication group"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_whole, edited};

    fn group() -> Json {
        json!({
            "replication_group_id": "orders-primary",
            "replication_group_description": "Orders",
            "engine": "valkey", "engine_version": "8.1", "cache_node_type": "cache.m7g.large",
            "num_cache_clusters": 2, "automatic_failover_enabled": true, "multi_az_enabled": true,
            "cache_subnet_group_name": "orders", "transit_encryption_enabled": true,
        })
    }

    fn secondary() -> Json {
        json!({
            "replication_group_id": "orders-secondary",
            "replication_group_description": "Orders",
            "global_replication_group_id": "ldgnf-orders",
            "num_cache_clusters": 1,
            "cache_subnet_group_name": "orders",
        })
    }

    /// A world with a primary and its global group in us-east-1, seen from a region.
    fn sky_from(region: &'static str) -> World {
        let global = json!({"primary_replication_group_id": "orders-primary"});
        let mut world = World::default()
            .with(ReplicationGroup::TYPE, "orders-primary", "us-east-1", group())
            .with("aws.elasticache.global_replication_group", "ldgnf-orders", "us-east-1", global);
        world.region = region;
        world
    }

    fn sky() -> World {
        sky_from("eu-west-1")
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<ReplicationGroup>(&group());
        assert_whole::<ReplicationGroup>(&secondary());
        assert_whole::<ReplicationGroup>(&edited(
            &group(),
            &[("/num_cache_clusters", json!(null)), ("/num_node_groups", json!(3))],
        ));
    }

    #[test]
    fn every_node_costs() {
        let cost = |changes: &[(&str, Json)]| {
            let spec = serde_json::from_value(edited(&group(), changes)).unwrap();
            ReplicationGroup::profile(&spec).usd_per_month()
        };
        let node = 0.158 * 0.8 * 730.0;
        assert!((cost(&[]) - 2.0 * node).abs() < 1e-6);
        let shards = |count: Json, replicas: Json| {
            cost(&[
                ("/num_cache_clusters", json!(null)),
                ("/num_node_groups", count),
                ("/replicas_per_node_group", replicas),
            ])
        };
        assert!((shards(json!(3), json!(1)) - 6.0 * node).abs() < 1e-6);
        let each = json!([{"replica_count": 2}, {}]);
        let by_shard = cost(&[("/num_cache_clusters", json!(null)), ("/node_group_configuration", each)]);
        assert!((by_shard - 4.0 * node).abs() < 1e-6);
        assert!(cost(&[("/cache_node_type", json!("cache.z9.large"))]).abs() < 1e-9);
    }

    #[test]
    fn a_member_gets_what_its_primary_has() {
        let made = sky().create::<ReplicationGroup>(&secondary()).unwrap();
        assert_eq!(made["engine"], "valkey");
        assert_eq!(made["cache_node_type"], "cache.m7g.large");
        assert_eq!(made["transit_encryption_enabled"], true);
        assert_eq!(made["global_replication_group_member_role"], "SECONDARY");
        let other = edited(&secondary(), &[("/cache_node_type", json!("cache.r7g.large"))]);
        assert_eq!(sky().create::<ReplicationGroup>(&other).unwrap_err(), "InvalidParameterCombination");
        let alike = edited(&secondary(), &[("/cache_node_type", json!("cache.m7g.large"))]);
        assert!(sky().create::<ReplicationGroup>(&alike).is_ok());
        let lost = edited(&secondary(), &[("/global_replication_group_id", json!("ldgnf-other"))]);
        assert_eq!(
            sky().create::<ReplicationGroup>(&lost).unwrap_err(),
            "GlobalReplicationGroupNotFoundFault"
        );
    }

    #[test]
    fn a_region_joins_once_and_two_follow_at_most() {
        let here = sky_from("us-east-1");
        let state = "InvalidGlobalReplicationGroupState";
        assert_eq!(here.create::<ReplicationGroup>(&secondary()).unwrap_err(), state);
        let full = sky().with(ReplicationGroup::TYPE, "b", "ap-southeast-1", secondary()).with(
            ReplicationGroup::TYPE,
            "c",
            "us-west-2",
            secondary(),
        );
        assert_eq!(full.create::<ReplicationGroup>(&secondary()).unwrap_err(), state);
        let taken = sky().with(ReplicationGroup::TYPE, "orders-secondary", "eu-west-1", secondary());
        assert_eq!(
            taken.create::<ReplicationGroup>(&secondary()).unwrap_err(),
            "ReplicationGroupAlreadyExists"
        );
    }

    #[test]
    fn a_primary_stays_while_its_global_group_is_there() {
        let here = sky_from("us-east-1");
        assert_eq!(
            here.delete::<ReplicationGroup>("orders-primary", &group()).unwrap_err(),
            "InvalidReplicationGroupState"
        );
        assert!(sky().delete::<ReplicationGroup>("orders-secondary", &secondary()).is_ok());
    }
}
