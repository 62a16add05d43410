//! One route of a route table.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr;
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Where the traffic to one destination goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// The destination as an IPv4 range.
    pub destination_cidr_block: Option<String>,
    /// The destination as an IPv6 range.
    pub destination_ipv6_cidr_block: Option<String>,
    /// The destination as a list of ranges.
    pub destination_prefix_list_id: Option<String>,
    /// Goes to the internet, both ways.
    #[schemars(extend("x-refers" = "aws.ec2.internet_gateway"))]
    pub gateway_id: Option<String>,
    /// Goes out through a NAT gateway; IPv4, and IPv6 to 64:ff9b::/96.
    #[schemars(extend("x-refers" = "aws.ec2.nat_gateway"))]
    pub nat_gateway_id: Option<String>,
    /// Goes out to the internet over IPv6.
    pub egress_only_internet_gateway_id: Option<String>,
    /// Goes to a virtual private gateway, and through it to networks elsewhere.
    pub vpn_gateway_id: Option<String>,
    /// Goes to a transit gateway.
    pub transit_gateway_id: Option<String>,
    /// Goes to a peered network.
    pub vpc_peering_connection_id: Option<String>,
    /// Goes to a network interface, such as an appliance's.
    pub network_interface_id: Option<String>,
    /// Goes to a Gateway Load Balancer endpoint.
    #[schemars(extend("x-refers" = "aws.ec2.vpc_endpoint"))]
    pub vpc_endpoint_id: Option<String>,
    /// Goes to a carrier's network, from a wavelength zone.
    pub carrier_gateway_id: Option<String>,
    /// Goes to the network beside an Outpost.
    pub local_gateway_id: Option<String>,
    /// Goes to a Cloud WAN core network.
    pub core_network_arn: Option<String>,
    /// Goes to an Oracle Database@AWS network.
    pub odb_network_arn: Option<String>,
}

impl Route {
    fn destinations(&self) -> [(&'static str, &Option<String>); 3] {
        [
            ("destination_cidr_block", &self.destination_cidr_block),
            ("destination_ipv6_cidr_block", &self.destination_ipv6_cidr_block),
            ("destination_prefix_list_id", &self.destination_prefix_list_id),
        ]
    }

    fn targets(&self) -> [(&'static str, &Option<String>); 12] {
        [
            ("gateway_id", &self.gateway_id),
            ("nat_gateway_id", &self.nat_gateway_id),
            ("egress_only_internet_gateway_id", &self.egress_only_internet_gateway_id),
            ("vpn_gateway_id", &self.vpn_gateway_id),
            ("transit_gateway_id", &self.transit_gateway_id),
            ("vpc_peering_connection_id", &self.vpc_peering_connection_id),
            ("network_interface_id", &self.network_interface_id),
            ("vpc_endpoint_id", &self.vpc_endpoint_id),
            ("carrier_gateway_id", &self.carrier_gateway_id),
            ("local_gateway_id", &self.local_gateway_id),
            ("core_network_arn", &self.core_network_arn),
            ("odb_network_arn", &self.odb_network_arn),
        ]
    }
}

/// What is wrong with the route at a path.
pub(super) fn findings(path: &FieldPath, route: &Route) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(exactly_one(path, "destination", &route.destinations()));
    findings.extend(exactly_one(path, "target", &route.targets()));
    if let Some(range) = &route.destination_cidr_block {
        findings.extend(cidr::findings_v4_at(&path.key("destination_cidr_block"), range, 0..=32));
        if route.egress_only_internet_gateway_id.is_some() {
            let mut finding = Finding::at(
                path.key("egress_only_internet_gateway_id"),
                format!("`{path}` leads IPv4 to an egress-only internet gateway"),
            )
            .help("those are for IPv6: use a NAT gateway for IPv4");
            finding.paths.push(path.key("destination_cidr_block"));
            findings.push(finding);
        }
    }
    if let Some(range) = &route.destination_ipv6_cidr_block {
        findings.extend(cidr::findings_v6_at(&path.key("destination_ipv6_cidr_block"), range, 0..=128));
        if route.nat_gateway_id.is_some() && range != "64:ff9b::/96" {
            let mut finding = Finding::at(
                path.key("nat_gateway_id"),
                format!("`{path}` leads IPv6 to a NAT gateway"),
            )
            .help(
                "of IPv6, NAT gateways take 64:ff9b::/96 only (NAT64): use an egress-only internet gateway",
            );
            finding.paths.push(path.key("destination_ipv6_cidr_block"));
            findings.push(finding);
        }
    }
    findings
}

fn exactly_one(path: &FieldPath, what: &str, fields: &[(&str, &Option<String>)]) -> Option<Finding> {
    let set: Vec<&str> = fields.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect();
    match set.as_slice() {
        [_] => None,
        [] => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            let finding = Finding::at(path.clone(), format!("`{path}` has no {what}"));
            Some(finding.help(format!("set one of {}", names.join(", "))))
        }
        [first, .., last] => {
            let mut finding =
                Finding::at(path.key(last), format!("`{path}` has both `{first}` and `{last}`"))
                    .help(format!("a route has one {what}"));
            finding.paths.push(path.key(first));
            Some(finding)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(route: Json) -> String {
        let findings = findings(&"routes[0]".parse().unwrap(), &serde_json::from_value(route).unwrap());
        findings
            .into_iter()
            .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn a_route_leads_from_one_destination_to_one_target() {
        for fine in [
            json!({"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"}),
            json!({"destination_ipv6_cidr_block": "::/0", "egress_only_internet_gateway_id": "eigw-1"}),
            json!({"destination_ipv6_cidr_block": "64:ff9b::/96", "nat_gateway_id": "nat-1"}),
            json!({"destination_prefix_list_id": "pl-1", "transit_gateway_id": "tgw-1"}),
        ] {
            assert_eq!(faults(fine.clone()), "", "{fine}");
        }
        for (broken, fault) in [
            (json!({"nat_gateway_id": "nat-1"}), "no destination"),
            (json!({"destination_cidr_block": "0.0.0.0/0"}), "no target"),
            (
                json!({"destination_cidr_block": "0.0.0.0/0", "destination_prefix_list_id": "p", "gateway_id": "i"}),
                "one destination",
            ),
            (
                json!({"destination_cidr_block": "0.0.0.0/0", "gateway_id": "i", "nat_gateway_id": "n"}),
                "one target",
            ),
            (json!({"destination_cidr_block": "10.0.0.1/8", "gateway_id": "i"}), "did you mean `10.0.0.0/8`"),
            (json!({"destination_ipv6_cidr_block": "0.0.0.0/0", "gateway_id": "i"}), "no IPv6 range"),
            (json!({"destination_ipv6_cidr_block": "::/0", "nat_gateway_id": "n"}), "NAT64"),
            (
                json!({"destination_cidr_block": "0.0.0.0/0", "egress_only_internet_gateway_id": "e"}),
                "those are for IPv6",
            ),
        ] {
            let found = faults(broken.clone());
            assert!(found.contains(fault), "{broken}: {found}");
        }
    }
}
