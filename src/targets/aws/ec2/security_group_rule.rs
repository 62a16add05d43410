//! The rules of security groups: as the API gives them, as it takes them, and what tells them apart.

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, SecurityGroupRuleRequest,
    SecurityGroupRuleUpdate, UserIdGroupPair,
};

use crate::kinds::Answer;
use crate::kinds::aws::ec2::security_group_rule::Rule;
use crate::targets::aws::words::given;

/// Which way traffic goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

/// A rule that is there, with the id that the API changes and removes it by.
pub(super) struct Standing {
    pub(super) id: String,
    pub(super) group_id: String,
    pub(super) direction: Direction,
    pub(super) rule: Rule,
}

impl Standing {
    pub(super) fn read(rule: &SecurityGroupRule) -> Answer<Self> {
        let group_id = given("groupId", rule.group_id())?;
        let protocol = given("ipProtocol", rule.ip_protocol())?;
        // Where a protocol has no ports, or all types of ICMPv6 are meant, EC2 says -1.
        let has_ports = matches!(protocol, "tcp" | "udp" | "icmp")
            || (protocol == "icmpv6" && rule.from_port().is_some_and(|port| port != -1));
        let port = |port: Option<i32>| port.filter(|_| has_ports).map(i64::from);
        let other = rule.referenced_group_info().and_then(|info| info.group_id());
        Ok(Self {
            id: given("securityGroupRuleId", rule.security_group_rule_id())?.to_owned(),
            group_id: group_id.to_owned(),
            direction: if rule.is_egress() == Some(true) { Direction::Egress } else { Direction::Ingress },
            rule: Rule {
                ip_protocol: protocol.to_owned(),
                from_port: port(rule.from_port()),
                to_port: port(rule.to_port()),
                cidr_ipv4: rule.cidr_ipv4().map(str::to_owned),
                cidr_ipv6: rule.cidr_ipv6().map(str::to_owned),
                prefix_list_id: rule.prefix_list_id().map(str::to_owned),
                referenced_group_id: other.filter(|id| *id != group_id).map(str::to_owned),
                own_group: (other == Some(group_id)).then_some(true),
                description: rule.description().filter(|text| !text.is_empty()).map(str::to_owned),
            },
        })
    }
}

/// Whether two rules are the same one to the API, whatever their descriptions.
pub(super) fn is_same(one: &Rule, other: &Rule) -> bool {
    let bare = |rule: &Rule| Rule { description: None, ..rule.clone() };
    bare(one) == bare(other)
}

/// A rule as the API takes it, of the group of that id.
pub(super) fn permission(group_id: &str, rule: &Rule) -> IpPermission {
    let text = rule.description.clone();
    let pair = |id: &str| UserIdGroupPair::builder().group_id(id).set_description(text.clone()).build();
    let v4 = |range: &String| IpRange::builder().cidr_ip(range).set_description(text.clone()).build();
    let v6 = |range: &String| Ipv6Range::builder().cidr_ipv6(range).set_description(text.clone()).build();
    let list = |id: &String| PrefixListId::builder().prefix_list_id(id).set_description(text.clone()).build();
    IpPermission::builder()
        .ip_protocol(&rule.ip_protocol)
        .set_from_port(port(rule.from_port))
        .set_to_port(port(rule.to_port))
        .set_ip_ranges(rule.cidr_ipv4.as_ref().map(|range| vec![v4(range)]))
        .set_ipv6_ranges(rule.cidr_ipv6.as_ref().map(|range| vec![v6(range)]))
        .set_prefix_list_ids(rule.prefix_list_id.as_ref().map(|id| vec![list(id)]))
        .set_user_id_group_pairs(other_group(group_id, rule).map(|id| vec![pair(id)]))
        .build()
}

/// A rule in the place of the one with an id: the API wants all of it, whatever part changes.
pub(super) fn replacement(group_id: &str, rule_id: &str, rule: &Rule) -> SecurityGroupRuleUpdate {
    // Where a protocol has no ports, the API wants to be told that all are meant.
    let all = |number: Option<i32>| number.or(Some(-1));
    let request = SecurityGroupRuleRequest::builder()
        .ip_protocol(&rule.ip_protocol)
        .set_from_port(all(port(rule.from_port)))
        .set_to_port(all(port(rule.to_port)))
        .set_cidr_ipv4(rule.cidr_ipv4.clone())
        .set_cidr_ipv6(rule.cidr_ipv6.clone())
        .set_prefix_list_id(rule.prefix_list_id.clone())
        .set_referenced_group_id(other_group(group_id, rule).map(str::to_owned))
        .set_description(rule.description.clone())
        .build();
    SecurityGroupRuleUpdate::builder().security_group_rule_id(rule_id).security_group_rule(request).build()
}

fn port(port: Option<i64>) -> Option<i32> {
    port.and_then(|port| i32::try_from(port).ok())
}

fn other_group<'a>(group_id: &'a str, rule: &'a Rule) -> Option<&'a str> {
    if rule.own_group == Some(true) { Some(group_id) } else { rule.referenced_group_id.as_deref() }
}
