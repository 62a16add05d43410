//! A network interface that an instance is launched with.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// A network interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkInterface {
    /// Its position; the first is 0.
    #[schemars(range(min = 0))]
    pub device_index: i64,
    /// The network card, of types with several.
    #[schemars(range(min = 0))]
    pub network_card_index: Option<i64>,
    /// What it is for.
    pub description: Option<String>,
    /// Its security groups.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.security_group"))]
    pub groups: Option<Vec<String>>,
    /// Its subnet; whoever launches says where it is absent. EKS wants it absent.
    #[schemars(extend("x-refers" = "aws.ec2.subnet"))]
    pub subnet_id: Option<String>,
    /// An interface that exists, in the place of a new one.
    pub network_interface_id: Option<String>,
    /// Whether it gets a public IPv4 address; the subnet says where it is absent.
    pub associate_public_ip_address: Option<bool>,
    /// Whether it gets an address of the carrier's network.
    pub associate_carrier_ip_address: Option<bool>,
    /// Whether it goes away with the instance.
    pub delete_on_termination: Option<bool>,
    /// Whether it is a plain interface or one for high-performance computing.
    pub interface_type: Option<InterfaceType>,
    /// Its address.
    pub private_ip_address: Option<String>,
    /// How many further addresses it gets.
    #[schemars(range(min = 0))]
    pub secondary_private_ip_address_count: Option<i64>,
    /// Its IPv4 prefixes, each a /28.
    #[schemars(extend("x-collection" = "set"))]
    pub ipv4_prefixes: Option<Vec<String>>,
    /// How many IPv4 prefixes it gets.
    #[schemars(range(min = 0))]
    pub ipv4_prefix_count: Option<i64>,
    /// Its IPv6 addresses.
    #[schemars(extend("x-collection" = "set"))]
    pub ipv6_addresses: Option<Vec<String>>,
    /// How many IPv6 addresses it gets.
    #[schemars(range(min = 0))]
    pub ipv6_address_count: Option<i64>,
    /// Its IPv6 prefixes, each a /80.
    #[schemars(extend("x-collection" = "set"))]
    pub ipv6_prefixes: Option<Vec<String>>,
    /// How many IPv6 prefixes it gets.
    #[schemars(range(min = 0))]
    pub ipv6_prefix_count: Option<i64>,
    /// Whether its first IPv6 address stays until the instance goes away.
    pub primary_ipv6: Option<bool>,
    /// How many queues its driver has.
    #[schemars(range(min = 1))]
    pub ena_queue_count: Option<i64>,
    /// Several paths for one flow (ENA Express).
    pub ena_srd_specification: Option<EnaSrd>,
    /// For how long idle connections are remembered.
    pub connection_tracking_specification: Option<ConnectionTracking>,
}

/// A type of interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InterfaceType {
    Interface,
    Efa,
    EfaOnly,
}

/// Several paths for one flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnaSrd {
    /// Whether TCP uses them.
    pub ena_srd_enabled: Option<bool>,
    /// Whether UDP does too.
    pub ena_srd_udp_enabled: Option<bool>,
}

/// For how many seconds idle connections are remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionTracking {
    /// Established TCP connections.
    #[schemars(range(min = 60, max = 432000))]
    pub tcp_established_timeout: Option<i64>,
    /// UDP flows with more than one request and answer.
    #[schemars(range(min = 60, max = 180))]
    pub udp_stream_timeout: Option<i64>,
    /// UDP flows with one.
    #[schemars(range(min = 30, max = 60))]
    pub udp_timeout: Option<i64>,
}

/// What is wrong with the interface at a path.
pub(super) fn findings(path: &FieldPath, interface: &NetworkInterface) -> Vec<Finding> {
    let exists = interface.network_interface_id.is_some();
    let pairs = [
        ("network_interface_id", exists, "subnet_id", interface.subnet_id.is_some()),
        ("network_interface_id", exists, "groups", interface.groups.is_some()),
        ("network_interface_id", exists, "private_ip_address", interface.private_ip_address.is_some()),
        (
            "ipv4_prefixes",
            interface.ipv4_prefixes.is_some(),
            "ipv4_prefix_count",
            interface.ipv4_prefix_count.is_some(),
        ),
        (
            "ipv6_addresses",
            interface.ipv6_addresses.is_some(),
            "ipv6_address_count",
            interface.ipv6_address_count.is_some(),
        ),
        (
            "ipv6_prefixes",
            interface.ipv6_prefixes.is_some(),
            "ipv6_prefix_count",
            interface.ipv6_prefix_count.is_some(),
        ),
    ];
    let mut findings: Vec<Finding> = pairs
        .into_iter()
        .filter(|(_, one, _, other)| *one && *other)
        .map(|(one, _, other, _)| {
            Finding::at(path.key(other), format!("`{path}` has both `{one}` and `{other}`"))
                .and(&path.key(one).to_string())
                .help("set one of the two")
        })
        .collect();
    if let Some(srd) = &interface.ena_srd_specification
        && srd.ena_srd_udp_enabled == Some(true)
        && srd.ena_srd_enabled != Some(true)
    {
        let at = path.key("ena_srd_specification");
        findings.push(
            Finding::at(at.key("ena_srd_udp_enabled"), "`ena_srd_udp_enabled` needs `ena_srd_enabled`")
                .and(&at.key("ena_srd_enabled").to_string()),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(mut interface: Json) -> String {
        interface["device_index"] = json!(0);
        let path = "launch_template_data.network_interfaces[0]".parse().unwrap();
        format!("{:?}", findings(&path, &serde_json::from_value(interface).unwrap()))
    }

    #[test]
    fn what_excludes_or_needs_each_other_is_told() {
        assert_eq!(
            faults(json!({"groups": ["sg-1"], "subnet_id": "subnet-1", "ipv6_address_count": 1})),
            "[]"
        );
        for (broken, fault) in [
            (json!({"network_interface_id": "eni-1", "groups": []}), "`network_interface_id` and `groups`"),
            (json!({"network_interface_id": "eni-1", "subnet_id": "s"}), "and `subnet_id`"),
            (json!({"ipv4_prefixes": [], "ipv4_prefix_count": 1}), "`ipv4_prefixes` and `ipv4_prefix_count`"),
            (json!({"ipv6_addresses": [], "ipv6_address_count": 1}), "and `ipv6_address_count`"),
            (json!({"ipv6_prefixes": [], "ipv6_prefix_count": 1}), "and `ipv6_prefix_count`"),
            (json!({"ena_srd_specification": {"ena_srd_udp_enabled": true}}), "needs `ena_srd_enabled`"),
        ] {
            let found = faults(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }
}
