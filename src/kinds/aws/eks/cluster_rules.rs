//! What a cluster's types can't say.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::cluster::Spec;
use super::cluster_config::{
    AuthenticationMode, ComputeConfig, IpFamily, KubernetesNetworkConfig, Logging, VpcConfig,
};
use super::version;
use crate::kinds::Finding;
use crate::kinds::aws::arn;

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = arn::findings("role_arn", &spec.role_arn, "iam", &["role"]);
    if let Some(version) = &spec.version {
        findings.extend(version::findings("version", version));
    }
    findings.extend(network(&spec.resources_vpc_config));
    findings.extend(spec.kubernetes_network_config.iter().flat_map(addresses));
    findings.extend(spec.logging.iter().flat_map(logging));
    for (position, encryption) in spec.encryption_config.iter().flatten().enumerate() {
        let field = format!("encryption_config[{position}].provider.key_arn");
        findings.extend(arn::findings(&field, &encryption.provider.key_arn, "kms", &["key", "alias"]));
    }
    findings.extend(access(spec));
    findings.extend(auto_mode(spec));
    findings.extend(remote_networks(spec));
    if let Some(range) =
        spec.kube_api_server_config.as_ref().and_then(|config| config.service_node_port_range.as_ref())
        && range.min_port > range.max_port
    {
        findings.push(
            Finding::on(
                "kube_api_server_config.service_node_port_range.min_port",
                format!("the lowest node port, {}, is above the highest, {}", range.min_port, range.max_port),
            )
            .and("kube_api_server_config.service_node_port_range.max_port"),
        );
    }
    findings
}

fn network(config: &VpcConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    if config.subnet_ids.len() < 2 {
        findings.push(
            Finding::on(
                "resources_vpc_config.subnet_ids",
                format!("a control plane needs two subnets at least, and has {}", config.subnet_ids.len()),
            )
            .help("name subnets of at least two availability zones"),
        );
    }
    if config.security_group_ids.as_ref().is_some_and(|groups| groups.len() > 5) {
        findings.push(Finding::on(
            "resources_vpc_config.security_group_ids",
            "a control plane takes five security groups at most",
        ));
    }
    let public = config.endpoint_public_access.unwrap_or(true);
    if !public && !config.endpoint_private_access.unwrap_or(false) {
        findings.push(
            Finding::on("resources_vpc_config.endpoint_public_access", "nothing could reach the API server")
                .and("resources_vpc_config.endpoint_private_access")
                .help("set `endpoint_private_access: true`"),
        );
    }
    let Some(ranges) = &config.public_access_cidrs else {
        return findings;
    };
    if !public && !ranges.is_empty() {
        findings.push(
            Finding::on(
                "resources_vpc_config.public_access_cidrs",
                "these ranges have no effect while the public endpoint is off",
            )
            .and("resources_vpc_config.endpoint_public_access")
            .help("leave them out, or set `endpoint_public_access: true`"),
        );
    }
    for (position, range) in ranges.iter().enumerate() {
        findings
            .extend(public_range(&format!("resources_vpc_config.public_access_cidrs[{position}]"), range));
    }
    findings
}

/// The public endpoint sees public addresses only: EKS refuses ranges that can't be a source.
fn public_range(field: &str, text: &str) -> Option<Finding> {
    let Ok(range) = text.parse::<IpNet>() else {
        return Some(
            Finding::on(field, format!("{text:?} is no range in CIDR notation"))
                .help("write a single address as 203.0.113.7/32"),
        );
    };
    if range.addr() != range.network() {
        return Some(
            Finding::on(field, format!("the address of {text} lies inside of its network"))
                .help(format!("did you mean `{}`?", range.trunc())),
        );
    }
    let is_private = match range.addr() {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    };
    is_private.then(|| {
        Finding::on(field, format!("{text} is a private range, which never reaches the public endpoint"))
            .help("name the public addresses that your networks appear with, or use the private endpoint")
    })
}

fn addresses(config: &KubernetesNetworkConfig) -> Vec<Finding> {
    const FIELD: &str = "kubernetes_network_config.service_ipv4_cidr";
    let Some(text) = &config.service_ipv4_cidr else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if config.ip_family == Some(IpFamily::Ipv6) {
        findings.push(
            Finding::on(FIELD, "an IPv6 cluster takes no IPv4 range of services")
                .and("kubernetes_network_config.ip_family"),
        );
    }
    match text.parse::<Ipv4Net>() {
        Err(_) => findings.push(
            Finding::on(FIELD, format!("{text:?} is no IPv4 range in CIDR notation"))
                .help("write it as 172.20.0.0/16"),
        ),
        Ok(range) if !is_within_private(range) || !(12..=24).contains(&range.prefix_len()) => {
            findings.push(
                Finding::on(FIELD, format!("{text} isn't a private range from /12 to /24"))
                    .help("choose one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"),
            );
        }
        Ok(_) => {}
    }
    findings
}

fn is_within_private(range: Ipv4Net) -> bool {
    [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)]
        .into_iter()
        .any(|(address, length)| Ipv4Net::new(address.into(), length).is_ok_and(|net| net.contains(&range)))
}

fn logging(config: &Logging) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for (position, setup) in config.cluster_logging.iter().flatten().enumerate() {
        for log in &setup.types {
            if let Some(first) = seen.insert(log.word(), position)
                && first != position
            {
                findings.push(
                    Finding::on(
                        &format!("logging.cluster_logging[{position}].types"),
                        format!("the log `{}` is set twice", log.word()),
                    )
                    .and(&format!("logging.cluster_logging[{first}].types")),
                );
            }
        }
    }
    findings
}

fn access(spec: &Spec) -> Option<Finding> {
    let access = spec.access_config.as_ref()?;
    let locked_out = access.authentication_mode == Some(AuthenticationMode::ConfigMap)
        && access.bootstrap_cluster_creator_admin_permissions == Some(false);
    locked_out.then(|| {
        Finding::on(
            "access_config.bootstrap_cluster_creator_admin_permissions",
            "nobody could enter the cluster: there are no access entries, and nobody to write the config map",
        )
        .and("access_config.authentication_mode")
        .help("set `authentication_mode: API`, and give access with `aws.eks.access_entry`")
    })
}

/// Auto Mode is one switch in three places.
fn auto_mode(spec: &Spec) -> Vec<Finding> {
    let compute = spec.compute_config.as_ref().and_then(|config| config.enabled).unwrap_or(false);
    let storage = spec
        .storage_config
        .as_ref()
        .and_then(|config| config.block_storage.as_ref())
        .and_then(|storage| storage.enabled)
        .unwrap_or(false);
    let balancing = spec
        .kubernetes_network_config
        .as_ref()
        .and_then(|config| config.elastic_load_balancing.as_ref())
        .and_then(|balancing| balancing.enabled)
        .unwrap_or(false);
    let mut findings = Vec::new();
    if compute != storage || compute != balancing {
        findings.push(
            Finding::on("compute_config.enabled", "EKS Auto Mode is on in one place and off in another")
                .and("storage_config.block_storage.enabled")
                .and("kubernetes_network_config.elastic_load_balancing.enabled")
                .help("compute, block storage and load balancing are switched on and off together"),
        );
    }
    if let Some(ComputeConfig { node_role_arn, node_pools, .. }) = &spec.compute_config {
        if let Some(role) = node_role_arn {
            findings.extend(arn::findings("compute_config.node_role_arn", role, "iam", &["role"]));
        } else if node_pools.as_ref().is_some_and(|pools| !pools.is_empty()) {
            findings.push(
                Finding::on("compute_config.node_pools", "node pools need a role for their nodes")
                    .and("compute_config.node_role_arn"),
            );
        }
    }
    findings
}

fn remote_networks(spec: &Spec) -> Vec<Finding> {
    let Some(config) = &spec.remote_network_config else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let lists = [
        ("remote_node_networks", &config.remote_node_networks),
        ("remote_pod_networks", &config.remote_pod_networks),
    ];
    for (name, networks) in lists {
        for (outer, network) in networks.iter().flatten().enumerate() {
            for (inner, text) in network.cidrs.iter().enumerate() {
                if !text.parse::<Ipv4Net>().is_ok_and(is_within_private) {
                    findings.push(
                        Finding::on(
                            &format!("remote_network_config.{name}[{outer}].cidrs[{inner}]"),
                            format!("{text:?} is no private IPv4 range"),
                        )
                        .help("choose one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"),
                    );
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Cluster;
    use crate::kinds::testing::{assert_rules, assert_whole};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "name": "prod",
            "role_arn": "arn:aws:iam::123456789012:role/cluster",
            "version": "1.35",
            "resources_vpc_config": {
                "subnet_ids": ["subnet-1", "subnet-2"],
                "endpoint_public_access": true,
                "endpoint_private_access": true,
                "public_access_cidrs": ["203.0.113.0/24", "2001:db8::/32"],
            },
            "kubernetes_network_config": {"service_ipv4_cidr": "172.20.0.0/16"},
            "logging": {"cluster_logging": [
                {"types": ["api", "audit"], "enabled": true},
                {"types": ["scheduler"], "enabled": false},
            ]},
            "encryption_config": [{
                "resources": ["secrets"],
                "provider": {"key_arn": "arn:aws:kms:us-east-1:123456789012:key/1234"},
            }],
            "access_config": {"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": false},
            "upgrade_policy": {"support_type": "STANDARD"},
        })
    }

    #[test]
    fn names_and_versions() {
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/role_arn", json!("cluster"))], "no Amazon resource name"),
                (&[("/role_arn", json!("arn:aws:iam::123456789012:user/anna"))], "names a user of iam"),
                (&[("/version", json!("1.35.1"))], "did you mean \"1.35\""),
                (&[("/encryption_config/0/provider/key_arn", json!("1234"))], "no Amazon resource name"),
                (&[("/encryption_config/0/resources", json!(["pods"]))], "none of secrets"),
            ],
        );
    }

    #[test]
    fn the_endpoint_and_who_reaches_it() {
        let vpc = |field: &str| format!("/resources_vpc_config/{field}");
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[(&vpc("subnet_ids"), json!(["subnet-1"]))], "two subnets at least, and has 1"),
                (
                    &[(&vpc("security_group_ids"), json!(["a", "b", "c", "d", "e", "f"]))],
                    "five security groups",
                ),
                (&[(&vpc("security_group_ids"), json!(["a", "b", "c", "d", "e"]))], ""),
                (
                    &[(&vpc("endpoint_public_access"), json!(false))],
                    "no effect while the public endpoint is off",
                ),
                (
                    &[
                        (&vpc("endpoint_public_access"), json!(false)),
                        (&vpc("public_access_cidrs"), json!(null)),
                    ],
                    "",
                ),
                (
                    &[
                        (&vpc("endpoint_public_access"), json!(false)),
                        (&vpc("endpoint_private_access"), json!(false)),
                    ],
                    "nothing could reach",
                ),
                (&[(&vpc("public_access_cidrs"), json!(["203.0.113.7"]))], "no range in CIDR notation"),
                (
                    &[(&vpc("public_access_cidrs"), json!(["203.0.113.7/24"]))],
                    "did you mean `203.0.113.0/24`",
                ),
                (&[(&vpc("public_access_cidrs"), json!(["10.0.0.0/8"]))], "private range"),
                (&[(&vpc("public_access_cidrs"), json!(["fd00::/8"]))], "private range"),
                (&[(&vpc("public_access_cidrs"), json!(["0.0.0.0/0"]))], ""),
            ],
        );
    }

    #[test]
    fn addresses_of_services() {
        const CIDR: &str = "/kubernetes_network_config/service_ipv4_cidr";
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[(CIDR, json!("172.20"))], "no IPv4 range"),
                (&[(CIDR, json!("100.64.0.0/16"))], "private range from /12 to /24"),
                (&[(CIDR, json!("10.0.0.0/8"))], "private range from /12 to /24"),
                (&[(CIDR, json!("10.0.0.0/25"))], "private range from /12 to /24"),
                (&[(CIDR, json!("10.0.0.0/12"))], ""),
                (&[("/kubernetes_network_config/ip_family", json!("ipv6"))], "no IPv4 range of services"),
            ],
        );
    }

    #[test]
    fn a_log_is_on_or_off() {
        const TYPES: &str = "/logging/cluster_logging/1/types";
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[(TYPES, json!(["scheduler", "audit"]))], "the log `audit` is set twice"),
                (&[(TYPES, json!(["sheduler"]))], "did you mean `scheduler`"),
            ],
        );
    }

    #[test]
    fn somebody_gets_in() {
        assert_rules::<Cluster>(
            &base(),
            &[(&[("/access_config/authentication_mode", json!("CONFIG_MAP"))], "nobody could enter")],
        );
    }

    #[test]
    fn auto_mode_is_one_switch() {
        let on: [(&str, Json); 3] = [
            ("/compute_config/enabled", json!(true)),
            ("/storage_config/block_storage/enabled", json!(true)),
            ("/kubernetes_network_config/elastic_load_balancing/enabled", json!(true)),
        ];
        let pools = ("/compute_config/node_pools", json!(["system"]));
        let role = ("/compute_config/node_role_arn", json!("arn:aws:iam::123456789012:role/node"));
        let [a, b, c] = on.clone();
        assert_rules::<Cluster>(
            &base(),
            &[
                (&on, ""),
                (&on[..2], "off in another"),
                (&on[1..], "off in another"),
                (&[a.clone(), b.clone(), c.clone(), pools.clone()], "need a role"),
                (&[a, b, c, pools, role], ""),
            ],
        );
    }

    #[test]
    fn ports_and_networks_on_premises() {
        const PORTS: &str = "/kube_api_server_config/service_node_port_range";
        const NODES: &str = "/remote_network_config/remote_node_networks";
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[(PORTS, json!({"min_port": 30000, "max_port": 29999}))], "above the highest"),
                (&[(PORTS, json!({"min_port": 30000, "max_port": 32767}))], ""),
                (&[(NODES, json!([{"cidrs": ["8.8.8.0/24"]}]))], "no private IPv4 range"),
                (&[(NODES, json!([{"cidrs": ["192.168.4.0/24"]}]))], ""),
                (&[("/kube_api_server_config/event_ttl", json!("1h30m"))], "doesn't match"),
                (&[("/kube_api_server_config/event_ttl", json!("90m"))], ""),
            ],
        );
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<Cluster>(&base());
    }
}
