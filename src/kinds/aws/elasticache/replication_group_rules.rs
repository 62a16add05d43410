//! What a replication group's types can't say.

use super::engine::{self, Engine};
use super::log_delivery;
use super::node_type;
use super::replication_group::{ClusterMode, IpDiscovery, NetworkType, Spec};
use crate::kinds::Finding;
use crate::kinds::aws::window::Windows;
use crate::kinds::aws::{arn, identifier, tags};
use crate::model::FieldPath;

const WINDOWS: Windows =
    Windows { backup: "snapshot_window", maintenance: "preferred_maintenance_window", least_minutes: 60 };

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = tags::findings(spec.tags.as_ref());
    findings.extend(identifier::findings("replication_group_id", &spec.replication_group_id, 40));
    if let Some(version) = &spec.engine_version {
        findings.extend(spec.engine.unwrap_or(Engine::Redis).version_finding("engine_version", version));
    }
    if let Some(text) = &spec.cache_node_type {
        findings.extend(node_type::finding("cache_node_type", text));
    }
    findings.extend(
        WINDOWS.findings(spec.snapshot_window.as_deref(), spec.preferred_maintenance_window.as_deref()),
    );
    findings.extend(member(spec));
    findings.extend(nodes(spec));
    findings.extend(shards(spec));
    findings.extend(failover(spec));
    findings.extend(encryption(spec));
    findings.extend(access(spec));
    findings.extend(addresses(spec));
    findings.extend(tiering(spec));
    for (index, log) in spec.log_delivery_configurations.iter().flatten().enumerate() {
        let path = FieldPath::root().key("log_delivery_configurations").index(index);
        findings.extend(log_delivery::findings(&path, log));
    }
    if let Some(topic) = &spec.notification_topic_arn
        && !topic.starts_with("arn:")
    {
        findings.push(Finding::on("notification_topic_arn", format!("{topic:?} is no ARN of a topic")));
    }
    findings
}

/// What a member of a global group has from its primary, it can't be given.
fn member(spec: &Spec) -> Vec<Finding> {
    const GLOBAL: &str = "global_replication_group_id";
    if spec.global_replication_group_id.is_none() {
        return Vec::new();
    }
    let given = [
        ("engine", spec.engine.is_some()),
        ("engine_version", spec.engine_version.is_some()),
        ("cache_parameter_group_name", spec.cache_parameter_group_name.is_some()),
        ("num_node_groups", spec.num_node_groups.is_some()),
        ("transit_encryption_enabled", spec.transit_encryption_enabled.is_some()),
        ("transit_encryption_mode", spec.transit_encryption_mode.is_some()),
        ("at_rest_encryption_enabled", spec.at_rest_encryption_enabled.is_some()),
        ("snapshot_arns", spec.snapshot_arns.is_some()),
        ("snapshot_name", spec.snapshot_name.is_some()),
        ("serverless_cache_snapshot_name", spec.serverless_cache_snapshot_name.is_some()),
        ("primary_cluster_id", spec.primary_cluster_id.is_some()),
    ];
    let mut findings: Vec<Finding> = given
        .into_iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(field, _)| {
            Finding::on(field, format!("`{field}` of a member comes from its global replication group"))
                .and(GLOBAL)
                .help("leave it out here, and set it at the primary")
        })
        .collect();
    if matches!(spec.network_type, Some(NetworkType::Ipv6 | NetworkType::DualStack)) {
        findings.push(
            Finding::on("network_type", "global replication groups have IPv4 addresses only").and(GLOBAL),
        );
    }
    if let Some(text) = &spec.cache_node_type
        && node_type::parse(text).is_some()
        && !node_type::can_be_global(text)
    {
        findings.push(
            Finding::on("cache_node_type", format!("no global replication group has nodes of type {text}"))
                .and(GLOBAL)
                .help("`large` or larger, of a generation since m5 or r5, and none that bursts"),
        );
    }
    findings
}

/// Its size is said in one way.
fn nodes(spec: &Spec) -> Vec<Finding> {
    const COUNT: &str = "num_cache_clusters";
    let mut findings = Vec::new();
    let other_ways = [
        ("num_node_groups", spec.num_node_groups.is_some()),
        ("replicas_per_node_group", spec.replicas_per_node_group.is_some()),
        ("node_group_configuration", spec.node_group_configuration.is_some()),
    ];
    for (field, _) in other_ways.into_iter().filter(|(_, set)| *set && spec.num_cache_clusters.is_some()) {
        findings.push(
            Finding::on(COUNT, format!("`{COUNT}` and `{field}` both say how many nodes there are"))
                .and(field)
                .help(format!("`{COUNT}` is for one shard; leave one of them out")),
        );
    }
    if let Some(zones) = &spec.preferred_cache_cluster_azs {
        if spec.num_cache_clusters.is_some_and(|count| usize::try_from(count) != Ok(zones.len())) {
            findings.push(
                Finding::on(
                    "preferred_cache_cluster_azs",
                    format!("there are {} zones for {} nodes", zones.len(), spec.nodes()),
                )
                .and(COUNT)
                .help("name one zone for each node"),
            );
        }
        if spec.node_group_configuration.is_some() {
            findings.push(
                Finding::on("preferred_cache_cluster_azs", "the zones are said twice")
                    .and("node_group_configuration"),
            );
        }
    }
    findings
}

/// Shards say as much as they are, and fit the cluster mode.
fn shards(spec: &Spec) -> Vec<Finding> {
    const SHARDS: &str = "node_group_configuration";
    let mut findings = Vec::new();
    if let (Some(count), Some(shards)) = (spec.num_node_groups, &spec.node_group_configuration)
        && usize::try_from(count) != Ok(shards.len())
    {
        findings.push(
            Finding::on(
                SHARDS,
                format!("there are {} shards, and `num_node_groups` is {count}", shards.len()),
            )
            .and("num_node_groups"),
        );
    }
    for (index, shard) in spec.node_group_configuration.iter().flatten().enumerate() {
        let replicas = shard.replica_count.or(spec.replicas_per_node_group);
        if let (Some(replicas), Some(zones)) = (replicas, &shard.replica_availability_zones)
            && usize::try_from(replicas) != Ok(zones.len())
        {
            let path = FieldPath::root().key(SHARDS).index(index).key("replica_availability_zones");
            findings.push(Finding::at(
                path.clone(),
                format!("`{path}` has {} zones for {replicas} replicas", zones.len()),
            ));
        }
    }
    if spec.cluster_mode == Some(ClusterMode::Disabled) && spec.num_node_groups.is_some_and(|count| count > 1)
    {
        findings.push(
            Finding::on("num_node_groups", "several shards need cluster mode")
                .and("cluster_mode")
                .help("set `cluster_mode: enabled`, with a parameter group that has cluster-enabled"),
        );
    }
    findings
}

/// What takes over has to be there.
fn failover(spec: &Spec) -> Vec<Finding> {
    const FAILOVER: &str = "automatic_failover_enabled";
    let on = spec.automatic_failover_enabled == Some(true);
    let mut findings = Vec::new();
    if on && spec.num_cache_clusters == Some(1) {
        findings.push(
            Finding::on(FAILOVER, "there is no replica that could take over")
                .and("num_cache_clusters")
                .help("set `num_cache_clusters: 2` at least"),
        );
    }
    if !on && spec.is_sharded() {
        findings.push(
            Finding::on("num_node_groups", "with cluster mode, replicas have to take over by themselves")
                .and(FAILOVER)
                .help("set `automatic_failover_enabled: true`"),
        );
    }
    if spec.multi_az_enabled == Some(true) && !on {
        findings.push(
            Finding::on("multi_az_enabled", "`multi_az_enabled` needs `automatic_failover_enabled`")
                .and(FAILOVER),
        );
    }
    findings
}

fn encryption(spec: &Spec) -> Vec<Finding> {
    const TLS: &str = "transit_encryption_enabled";
    let mut findings = Vec::new();
    if spec.transit_encryption_enabled == Some(true) && spec.cache_subnet_group_name.is_none() {
        findings.push(
            Finding::on(TLS, "encrypted connections need a cache in a network")
                .and("cache_subnet_group_name")
                .help("name a subnet group"),
        );
    }
    if spec.transit_encryption_mode.is_some() && spec.transit_encryption_enabled != Some(true) {
        findings.push(
            Finding::on(
                "transit_encryption_mode",
                "there is no encryption that could be preferred or required",
            )
            .and(TLS),
        );
    }
    if let Some(key) = &spec.kms_key_id {
        findings.extend(arn::findings("kms_key_id", key, "kms", &["key"]));
        if spec.at_rest_encryption_enabled == Some(false) {
            findings.push(
                Finding::on("kms_key_id", "a key for what isn't encrypted").and("at_rest_encryption_enabled"),
            );
        }
    }
    findings
}

/// Clients prove who they are by one password or as users, and neither travels in the clear.
fn access(spec: &Spec) -> Vec<Finding> {
    const TLS: &str = "transit_encryption_enabled";
    let has_users = spec.user_group_ids.as_ref().is_some_and(|groups| !groups.is_empty());
    let mut findings = Vec::new();
    if has_users && spec.auth_token.is_some() {
        findings.push(
            Finding::on("auth_token", "a cache has one password or a group of users, not both")
                .and("user_group_ids"),
        );
    }
    // A member has its primary's encryption.
    let is_open = spec.transit_encryption_enabled != Some(true) && spec.global_replication_group_id.is_none();
    for (field, _) in [("auth_token", spec.auth_token.is_some()), ("user_group_ids", has_users)]
        .iter()
        .filter(|(_, set)| *set)
    {
        if is_open {
            findings.push(Finding::on(field, format!("`{field}` needs encrypted connections")).and(TLS));
        }
    }
    // The message never says what the password is.
    let is_fine = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!&#$^<>-".contains(&b));
    if spec.auth_token.as_deref().is_some_and(|text| !is_fine(text)) {
        findings.push(
            Finding::on("auth_token", "the password has characters that ElastiCache doesn't take")
                .help("letters, digits and !&#$^<>-"),
        );
    }
    if has_users
        && let Some((major, _)) = spec.engine_version.as_deref().and_then(engine::numbers)
        && major < 6
    {
        findings.push(Finding::on("user_group_ids", "users need version 6").and("engine_version"));
    }
    findings
}

fn addresses(spec: &Spec) -> Vec<Finding> {
    const DISCOVERY: &str = "ip_discovery";
    let mut findings = Vec::new();
    let network = spec.network_type.unwrap_or(NetworkType::Ipv4);
    let discovery = spec.ip_discovery.unwrap_or(IpDiscovery::Ipv4);
    let fits = match network {
        NetworkType::Ipv4 => discovery == IpDiscovery::Ipv4,
        NetworkType::Ipv6 => discovery == IpDiscovery::Ipv6,
        NetworkType::DualStack => true,
    };
    if !fits {
        findings.push(
            Finding::on(DISCOVERY, "names would lead to addresses that the nodes don't have")
                .and("network_type"),
        );
    }
    if network != NetworkType::Ipv4
        && let Some((major, minor)) = spec.engine_version.as_deref().and_then(engine::numbers)
        && (major, minor.unwrap_or(0)) < (6, 2)
    {
        findings.push(Finding::on("network_type", "IPv6 needs version 6.2").and("engine_version"));
    }
    findings
}

/// Nodes of type r6gd have disks, and only they.
fn tiering(spec: &Spec) -> Option<Finding> {
    let family = node_type::parse(spec.cache_node_type.as_deref()?)?.family;
    let on = spec.data_tiering_enabled == Some(true);
    let fault = match (family == "r6gd", on) {
        (true, false) => "nodes of type r6gd need `data_tiering_enabled: true`",
        (false, true) => "only nodes of type r6gd have disks for data",
        _ => return None,
    };
    Some(Finding::on("data_tiering_enabled", fault).and("cache_node_type"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::replication_group::ReplicationGroup;
    use crate::kinds::testing::assert_rules;
    use crate::model::Json;

    fn group() -> Json {
        json!({
            "replication_group_id": "orders",
            "replication_group_description": "Orders",
            "engine": "valkey", "engine_version": "8.1", "cache_node_type": "cache.m7g.large",
            "num_cache_clusters": 2, "automatic_failover_enabled": true, "multi_az_enabled": true,
            "preferred_cache_cluster_azs": ["us-east-1a", "us-east-1b"],
            "cache_subnet_group_name": "orders", "transit_encryption_enabled": true,
            "at_rest_encryption_enabled": true,
            "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "user_group_ids": ["orders"], "snapshot_retention_limit": 7,
            "snapshot_window": "05:00-06:00", "preferred_maintenance_window": "sun:08:00-sun:09:00",
            "log_delivery_configurations": [{
                "log_type": "slow-log", "destination_type": "cloudwatch-logs", "log_format": "json",
                "destination_details": {"cloud_watch_logs_details": {"log_group": "/aws/elasticache/orders"}},
            }],
        })
    }

    const NULL: Json = Json::Null;

    #[test]
    fn sizes_zones_and_failover_fit_each_other() {
        let one_node =
            [("/num_cache_clusters", json!(1)), ("/preferred_cache_cluster_azs", json!(["us-east-1a"]))];
        let sharded = |mode: Json, failover: bool| {
            vec![
                ("/num_cache_clusters", NULL),
                ("/preferred_cache_cluster_azs", NULL),
                ("/multi_az_enabled", json!(false)),
                ("/num_node_groups", json!(2)),
                ("/cluster_mode", mode),
                ("/automatic_failover_enabled", json!(failover)),
            ]
        };
        let zones = json!([{"replica_count": 1, "replica_availability_zones": ["a", "b"]}, {}]);
        assert_rules::<ReplicationGroup>(
            &group(),
            &[
                (&[("/replication_group_id", json!("Orders"))], "did you mean `orders`"),
                (&[("/replication_group_id", json!("a".repeat(41)))], "wrong length"),
                (&[("/num_cache_clusters", json!(3))], "2 zones for 3 nodes"),
                (&one_node, "no replica that could take over"),
                (&[("/automatic_failover_enabled", json!(false))], "needs `automatic_failover_enabled`"),
                (&[("/num_node_groups", json!(1))], "both say how many"),
                (&[("/replicas_per_node_group", json!(1))], "both say how many"),
                (&sharded(json!("enabled"), true), ""),
                (&sharded(json!("enabled"), false), "have to take over"),
                (&sharded(json!("disabled"), true), "need cluster mode"),
                (
                    &[sharded(NULL, true), vec![("/node_group_configuration", json!([{}]))]].concat(),
                    "1 shards, and `num_node_groups` is 2",
                ),
                (
                    &[sharded(NULL, true), vec![("/node_group_configuration", zones)]].concat(),
                    "2 zones for 1 replicas",
                ),
                (&[("/num_cache_clusters", json!(7))], "1 to 6"),
            ],
        );
    }

    #[test]
    fn engines_windows_and_nodes_are_what_the_api_takes() {
        assert_rules::<ReplicationGroup>(
            &group(),
            &[
                (&[("/engine_version", json!("8"))], "no version of valkey"),
                (&[("/engine", json!("redis"))], "no version of redis"),
                (&[("/cache_node_type", json!("m7g.large"))], "did you mean `cache.m7g.large`"),
                (&[("/cache_node_type", json!("cache.r6gd.xlarge"))], "need `data_tiering_enabled: true`"),
                (&[("/data_tiering_enabled", json!(true))], "only nodes of type r6gd"),
                (&[("/snapshot_window", json!("05:00-05:30"))], "shorter than 60 minutes"),
                (&[("/snapshot_window", json!("08:30-09:30"))], "falls into"),
                (&[("/snapshot_retention_limit", json!(36))], "0 to 35"),
                (&[("/network_type", json!("ipv6"))], "don't have"),
                (&[("/network_type", json!("ipv6")), ("/ip_discovery", json!("ipv6"))], ""),
                (&[("/ip_discovery", json!("ipv6"))], "don't have"),
                (&[("/notification_topic_arn", json!("topic"))], "no ARN"),
                (
                    &[("/log_delivery_configurations/0/destination_type", json!("kinesis-firehose"))],
                    "should hold `kinesis_firehose_details`",
                ),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn nobody_comes_in_without_encryption() {
        let token = |text: &str| vec![("/auth_token", json!(text)), ("/user_group_ids", NULL)];
        assert_rules::<ReplicationGroup>(
            &group(),
            &[
                (&[("/auth_token", json!("0123456789abcdef"))], "not both"),
                (&token("0123456789abcdef"), ""),
                (&token("0123456789abcdef@"), "doesn't take"),
                (&token("short"), "16 to 128"),
                (&[("/transit_encryption_enabled", json!(false))], "`user_group_ids` needs encrypted"),
                (
                    &[token("0123456789abcdef"), vec![("/transit_encryption_enabled", NULL)]].concat(),
                    "`auth_token` needs encrypted",
                ),
                (&[("/user_group_ids", json!(["a", "b"]))], "at most 1 are allowed"),
                (&[("/cache_subnet_group_name", NULL)], "need a cache in a network"),
                (&[("/transit_encryption_mode", json!("required"))], ""),
                (
                    &[
                        ("/transit_encryption_mode", json!("required")),
                        ("/transit_encryption_enabled", json!(false)),
                    ],
                    "preferred or required",
                ),
                (&[("/kms_key_id", json!("alias/cache"))], "no Amazon resource name"),
                (&[("/at_rest_encryption_enabled", json!(false))], "a key for what isn't encrypted"),
                (&[("/engine", json!("redis")), ("/engine_version", json!("5.0.6"))], "users need version 6"),
            ],
        );
    }

    #[test]
    fn a_member_of_a_global_group_has_what_its_primary_has() {
        let base = json!({
            "replication_group_id": "orders-secondary",
            "replication_group_description": "Orders",
            "global_replication_group_id": "ldgnf-orders",
            "num_cache_clusters": 1, "cache_node_type": "cache.m7g.large",
            "cache_subnet_group_name": "orders", "user_group_ids": ["orders"],
        });
        let from_primary = |field: &'static str, value: Json| [(field, value)];
        assert_rules::<ReplicationGroup>(
            &base,
            &[
                (&from_primary("/engine", json!("valkey")), "`engine` of a member"),
                (&from_primary("/engine_version", json!("7.1")), "`engine_version` of a member"),
                (&from_primary("/cache_parameter_group_name", json!("x")), "of a member"),
                (&from_primary("/transit_encryption_enabled", json!(true)), "of a member"),
                (&from_primary("/at_rest_encryption_enabled", json!(true)), "of a member"),
                (&from_primary("/snapshot_name", json!("x")), "of a member"),
                (&from_primary("/network_type", json!("dual_stack")), "IPv4 addresses only"),
                (&from_primary("/cache_node_type", json!("cache.t4g.medium")), "no global replication group"),
            ],
        );
    }
}
