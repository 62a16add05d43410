//! IPv4 ranges in CIDR notation.

use std::ops::RangeInclusive;

use ipnet::Ipv4Net;

use crate::kinds::Finding;

/// The range that a text is, if it is one.
pub(super) fn parse(text: &str) -> Option<Ipv4Net> {
    text.parse().ok()
}

/// What is wrong with a range that has to start at its own network's address and have a prefix of
/// a length within `lengths`.
pub(super) fn findings(field: &str, text: &str, lengths: RangeInclusive<u8>) -> Vec<Finding> {
    let Some(range) = parse(text) else {
        return vec![
            Finding::on(field, format!("`{field}` is {text:?}, which is no IPv4 range in CIDR notation"))
                .help("write it as 10.0.0.0/16"),
        ];
    };
    let mut findings = Vec::new();
    if range.network() != range.addr() {
        findings.push(
            Finding::on(field, format!("`{field}` is {text}, whose address lies inside of its network"))
                .help(format!("did you mean `{}`?", range.trunc())),
        );
    }
    if !lengths.contains(&range.prefix_len()) {
        findings.push(Finding::on(
            field,
            format!("`{field}` is {text}, where /{} to /{} is allowed", lengths.start(), lengths.end()),
        ));
    }
    findings
}
