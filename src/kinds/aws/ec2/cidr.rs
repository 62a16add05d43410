//! IPv4 and IPv6 ranges in CIDR notation.

use std::ops::RangeInclusive;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// The IPv4 range that a text is, if it is one.
pub(super) fn parse(text: &str) -> Option<Ipv4Net> {
    text.parse().ok()
}

/// The IPv6 range that a text is, if it is one.
pub(super) fn parse_v6(text: &str) -> Option<Ipv6Net> {
    text.parse().ok()
}

/// What is wrong with an IPv4 range that has to start at its own network's address and have a prefix
/// of a length within `lengths`.
pub(super) fn findings(field: &str, text: &str, lengths: RangeInclusive<u8>) -> Vec<Finding> {
    findings_v4_at(&FieldPath::root().key(field), text, lengths)
}

/// As [`findings`], of the field at a path.
pub(super) fn findings_v4_at(path: &FieldPath, text: &str, lengths: RangeInclusive<u8>) -> Vec<Finding> {
    range_findings(path, text, parse(text).map(IpNet::V4), "IPv4", "10.0.0.0/16", lengths)
}

/// What is wrong with an IPv6 range.
pub(super) fn findings_v6_at(path: &FieldPath, text: &str, lengths: RangeInclusive<u8>) -> Vec<Finding> {
    range_findings(path, text, parse_v6(text).map(IpNet::V6), "IPv6", "2001:db8::/56", lengths)
}

fn range_findings(
    path: &FieldPath,
    text: &str,
    range: Option<IpNet>,
    family: &str,
    example: &str,
    lengths: RangeInclusive<u8>,
) -> Vec<Finding> {
    let Some(range) = range else {
        return vec![
            Finding::at(
                path.clone(),
                format!("`{path}` is {text:?}, which is no {family} range in CIDR notation"),
            )
            .help(format!("write it as {example}")),
        ];
    };
    let mut findings = Vec::new();
    if range.network() != range.addr() {
        findings.push(
            Finding::at(
                path.clone(),
                format!("`{path}` is {text}, whose address lies inside of its network"),
            )
            .help(format!("did you mean `{}`?", range.trunc())),
        );
    }
    if !lengths.contains(&range.prefix_len()) {
        findings.push(Finding::at(
            path.clone(),
            format!("`{path}` is {text}, where /{} to /{} is allowed", lengths.start(), lengths.end()),
        ));
    }
    findings
}
