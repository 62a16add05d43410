//! What a line of a bill belongs to, for people who read bills.

/// The parts, in the order in which they are shown.
pub const PARTS: [&str; 12] = [
    "control planes",
    "nodes",
    "network",
    "database",
    "cache",
    "delivery",
    "storage",
    "backup",
    "observability",
    "keys and secrets",
    "traffic",
    "other",
];

/// The part of a line, by the kind of its resource; assumptions say it by their names.
pub(super) fn of(kind: &str, name: &str, item: &str) -> &'static str {
    let by_service = [
        ("aws.eks.cluster", "control planes"),
        ("aws.eks.node_group", "nodes"),
        ("aws.ec2.launch_template", "nodes"),
        ("aws.ec2.", "network"),
        ("aws.elbv2.", "network"),
        ("aws.rds.", "database"),
        ("aws.elasticache.", "cache"),
        ("aws.cloudfront.", "delivery"),
        ("aws.route53", "delivery"),
        ("aws.wafv2.", "delivery"),
        ("aws.ecr.", "storage"),
        ("aws.s3.", "storage"),
        ("aws.backup.", "backup"),
        ("aws.cloudwatch.", "observability"),
        ("aws.logs.", "observability"),
        ("aws.kms.", "keys and secrets"),
        ("aws.secretsmanager.", "keys and secrets"),
    ];
    if kind == "core.cost" {
        // Its item starts with its part: `traffic to the internet`, `nodes' disks`.
        let text = format!("{name} {item}");
        let first = PARTS.into_iter().filter_map(|part| Some((text.find(part)?, part))).min();
        return first.map_or("other", |(_, part)| part);
    }
    by_service.into_iter().find(|(prefix, _)| kind.starts_with(prefix)).map_or("other", |(_, part)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_one_part() {
        for (kind, name, item, part) in [
            ("aws.eks.cluster", "cluster", "EKS control plane", "control planes"),
            ("aws.ec2.nat_gateway", "nat_gateway", "hours", "network"),
            ("aws.rds.instance", "writer", "Aurora", "database"),
            ("core.cost", "assumed", "traffic to the internet: 200 GB assumed", "traffic"),
            ("core.cost", "assumed", "nodes' disks: 900 GB assumed", "nodes"),
            ("core.cost", "assumed", "something", "other"),
            ("aws.sqs.queue", "queue", "requests", "other"),
        ] {
            assert_eq!(of(kind, name, item), part, "{kind} {item}");
        }
    }
}
