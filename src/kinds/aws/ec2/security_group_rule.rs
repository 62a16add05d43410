//! One rule of a security group.
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cidr;
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Traffic of one protocol with one other side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, the number of another protocol, or `-1` for all.
    pub ip_protocol: String,
    /// The first port; of ICMP the type, where `-1` means all. Absent where the protocol has none.
    #[schemars(range(min = -1, max = 65535))]
    pub from_port: Option<i64>,
    /// The last port; of ICMP the code, where `-1` means all.
    #[schemars(range(min = -1, max = 65535))]
    pub to_port: Option<i64>,
    /// The other side as an IPv4 range.
    pub cidr_ipv4: Option<String>,
    /// The other side as an IPv6 range.
    pub cidr_ipv6: Option<String>,
    /// The other side as a list of ranges that AWS or someone else keeps.
    pub prefix_list_id: Option<String>,
    /// The other side as what carries another group.
    #[schemars(extend("x-refers" = "aws.ec2.security_group", "x-holds" = true))]
    pub referenced_group_id: Option<String>,
    /// The other side as what carries this very group: `true`, or absent.
    pub own_group: Option<bool>,
    /// What it is for.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$"))]
    pub description: Option<String>,
}

/// What is wrong with the rule at a path.
pub(super) fn findings(path: &FieldPath, rule: &Rule) -> Vec<Finding> {
    let mut findings = other_side_findings(path, rule);
    match rule.ip_protocol.as_str() {
        "tcp" | "udp" => port_findings(path, rule, &mut findings),
        "icmp" => icmp_findings(path, rule, &mut findings),
        "icmpv6" if rule.from_port.is_none() && rule.to_port.is_none() => {}
        "icmpv6" => icmp_findings(path, rule, &mut findings),
        other => {
            protocol_findings(path, other, &mut findings);
            if rule.from_port.is_some() || rule.to_port.is_some() {
                findings.push(
                    Finding::at(
                        path.key("from_port"),
                        format!("`{path}` names ports, which protocol {other} has none of"),
                    )
                    .help("leave out `from_port` and `to_port`: the rule is for all of its traffic"),
                );
            }
        }
    }
    findings
}

fn other_side_findings(path: &FieldPath, rule: &Rule) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sides = [
        ("cidr_ipv4", rule.cidr_ipv4.is_some()),
        ("cidr_ipv6", rule.cidr_ipv6.is_some()),
        ("prefix_list_id", rule.prefix_list_id.is_some()),
        ("referenced_group_id", rule.referenced_group_id.is_some()),
        ("own_group", rule.own_group == Some(true)),
    ];
    let set: Vec<&str> = sides.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    match set.as_slice() {
        [] => findings.push(Finding::at(path.clone(), format!("`{path}` has no other side")).help(
            "set one of cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id, or own_group: true",
        )),
        [_] => {}
        [first, .., last] => {
            let mut finding =
                Finding::at(path.key(last), format!("`{path}` has both `{first}` and `{last}`"))
                    .help("AWS keeps one rule for each: write them as two");
            finding.paths.push(path.key(first));
            findings.push(finding);
        }
    }
    if rule.own_group == Some(false) {
        findings.push(
            Finding::at(path.key("own_group"), format!("`{path}.own_group` is false"))
                .help("leave it out where the other side isn't the group itself"),
        );
    }
    if let Some(range) = &rule.cidr_ipv4 {
        findings.extend(cidr::findings_v4_at(&path.key("cidr_ipv4"), range, 0..=32));
    }
    if let Some(range) = &rule.cidr_ipv6 {
        findings.extend(cidr::findings_v6_at(&path.key("cidr_ipv6"), range, 0..=128));
    }
    findings
}

/// AWS answers with the name of a protocol that has one: another spelling would be drift for ever.
fn protocol_findings(path: &FieldPath, protocol: &str, findings: &mut Vec<Finding>) {
    let at = path.key("ip_protocol");
    let named = match protocol {
        "all" => Some("-1"),
        "1" => Some("icmp"),
        "6" => Some("tcp"),
        "17" => Some("udp"),
        "58" => Some("icmpv6"),
        _ => None,
    };
    let lower = protocol.to_ascii_lowercase();
    if let Some(name) = named {
        findings.push(
            Finding::at(at.clone(), format!("`{at}` is {protocol:?}"))
                .help(format!("write it as \"{name}\"")),
        );
    } else if matches!(lower.as_str(), "tcp" | "udp" | "icmp" | "icmpv6") {
        findings.push(
            Finding::at(at.clone(), format!("`{at}` is {protocol:?}"))
                .help(format!("did you mean `{lower}`?")),
        );
    } else if protocol != "-1" && !protocol.parse::<u8>().is_ok_and(|number| number.to_string() == protocol) {
        findings.push(Finding::at(at.clone(), format!("`{at}` is {protocol:?}, which is no protocol")).help(
            "it is tcp, udp, icmp, icmpv6, the number of another protocol in quotes, or \"-1\" for all",
        ));
    }
}

fn both_ports(path: &FieldPath, rule: &Rule, findings: &mut Vec<Finding>) -> Option<(i64, i64)> {
    if let (Some(from), Some(to)) = (rule.from_port, rule.to_port) {
        return Some((from, to));
    }
    for (name, port) in [("from_port", rule.from_port), ("to_port", rule.to_port)] {
        if port.is_none() {
            findings.push(
                Finding::at(path.key(name), format!("`{name}` is missing in `{path}`"))
                    .help(format!("protocol {} needs both from_port and to_port", rule.ip_protocol)),
            );
        }
    }
    None
}

fn port_findings(path: &FieldPath, rule: &Rule, findings: &mut Vec<Finding>) {
    let Some((from, to)) = both_ports(path, rule, findings) else {
        return;
    };
    if from < 0 || to < 0 {
        findings.push(
            Finding::at(path.key("from_port"), format!("`{path}` is for ports {from} to {to}"))
                .help("all ports are 0 to 65535"),
        );
    } else if from > to {
        let mut finding = Finding::at(
            path.key("from_port"),
            format!("`{path}` is for ports {from} to {to}, which is the wrong way round"),
        );
        finding.paths.push(path.key("to_port"));
        findings.push(finding);
    }
}

fn icmp_findings(path: &FieldPath, rule: &Rule, findings: &mut Vec<Finding>) {
    let Some((kind, code)) = both_ports(path, rule, findings) else {
        return;
    };
    for (name, value) in [("from_port", kind), ("to_port", code)] {
        if value > 255 {
            findings.push(
                Finding::at(path.key(name), format!("`{path}.{name}` is {value}, where 255 is the last"))
                    .help("of ICMP, from_port is the type and to_port the code"),
            );
        }
    }
    if kind == -1 && code != -1 {
        findings.push(
            Finding::at(path.key("to_port"), format!("`{path}` is for code {code} of all types"))
                .help("for all types the code is -1 too"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn faults(rule: &Json) -> String {
        let path = "ingress[0]".parse().unwrap();
        let findings = findings(&path, &serde_json::from_value(rule.clone()).unwrap());
        assert!(findings.iter().all(|finding| finding.paths.iter().all(|at| at.is_within(&path))));
        findings
            .into_iter()
            .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
            .collect()
    }

    fn faults_of(protocol: &str, ports: Option<(i64, i64)>) -> String {
        let mut rule = json!({"ip_protocol": protocol, "own_group": true});
        if let Some((from, to)) = ports {
            rule["from_port"] = from.into();
            rule["to_port"] = to.into();
        }
        faults(&rule)
    }

    #[test]
    fn protocols_have_the_ports_that_they_have() {
        for (protocol, ports) in [
            ("tcp", Some((0, 65535))),
            ("udp", Some((53, 53))),
            ("icmp", Some((-1, -1))),
            ("icmp", Some((8, -1))),
            ("icmpv6", None),
            ("icmpv6", Some((128, 0))),
            ("-1", None),
            ("50", None),
        ] {
            assert_eq!(faults_of(protocol, ports), "", "{protocol} {ports:?}");
        }
        for (protocol, ports, fault) in [
            ("tcp", None, "`from_port` is missing in `ingress[0]`"),
            ("tcp", None, "`to_port` is missing"),
            ("tcp", Some((-1, -1)), "0 to 65535"),
            ("udp", Some((54, 53)), "wrong way round"),
            ("icmp", None, "`from_port` is missing"),
            ("icmp", Some((-1, 3)), "the code is -1 too"),
            ("icmp", Some((8, 443)), "from_port is the type"),
            ("-1", Some((0, 0)), "names ports"),
            ("50", Some((1, 2)), "names ports"),
            ("6", None, "write it as \"tcp\""),
            ("all", None, "write it as \"-1\""),
            ("TCP", None, "did you mean `tcp`"),
            ("256", None, "no protocol"),
            ("06", None, "no protocol"),
            ("sctp", None, "no protocol"),
        ] {
            let found = faults_of(protocol, ports);
            assert!(found.contains(fault), "{protocol} {ports:?}: {found}");
        }
    }

    #[test]
    fn a_rule_has_one_other_side() {
        for side in [
            json!({"cidr_ipv4": "10.0.0.0/8"}),
            json!({"cidr_ipv4": "0.0.0.0/0"}),
            json!({"cidr_ipv6": "::/0"}),
            json!({"prefix_list_id": "pl-1"}),
            json!({"referenced_group_id": "sg-1"}),
        ] {
            let mut rule = side;
            rule["ip_protocol"] = json!("-1");
            assert_eq!(faults(&rule), "", "{rule}");
        }
        for (rule, fault) in [
            (json!({}), "no other side"),
            (json!({"cidr_ipv4": "10.0.0.0/8", "cidr_ipv6": "::/0"}), "both `cidr_ipv4` and `cidr_ipv6`"),
            (json!({"cidr_ipv4": "10.0.0.1/8"}), "did you mean `10.0.0.0/8`"),
            (json!({"cidr_ipv4": "::/0"}), "no IPv4 range"),
            (json!({"cidr_ipv6": "10.0.0.0/8"}), "no IPv6 range"),
            (json!({"cidr_ipv4": "10.0.0.0/8", "own_group": false}), "leave it out"),
        ] {
            let mut rule = rule;
            rule["ip_protocol"] = json!("-1");
            let found = faults(&rule);
            assert!(found.contains(fault), "{rule}: {found}");
        }
    }
}
