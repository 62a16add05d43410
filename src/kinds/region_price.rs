//! How prices differ from region to region.

/// What the same thing costs in a region, where it costs one dollar in us-east-1: of instances on demand
/// of the families m6g, m7g and r7g, of gp3 storage and of Aurora, rounded up. As of November 2026;
/// Ireland's was compared with a published table of instances (11.8 % dearer), the others are from memory:
/// to be checked against the price lists of each service.
/// <https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html>
const DEARER: &[(&str, f64)] = &[
    ("ap-northeast-1", 1.28),
    ("ap-south-1", 1.05),
    ("ap-southeast-1", 1.25),
    ("ap-southeast-2", 1.25),
    ("ca-central-1", 1.11),
    ("eu-central-1", 1.20),
    ("eu-north-1", 1.06),
    ("eu-west-1", 1.12),
    ("eu-west-2", 1.17),
    ("us-west-1", 1.19),
];

/// Services whose prices are the same everywhere; `core.cost` says its region by itself.
const SAME_EVERYWHERE: [&str; 9] = [
    "aws.cloudfront.",
    "aws.ec2.elastic_ip",
    "aws.ecr.",
    "aws.eks.cluster",
    "aws.kms.",
    "aws.lambda.",
    "aws.route53.",
    "aws.secretsmanager.",
    "core.",
];

/// The factor by which a resource of a kind costs more in a region than the list price of us-east-1 that
/// its profile has.
#[must_use]
pub fn region_price_factor(kind: &str, region: Option<&str>) -> f64 {
    if SAME_EVERYWHERE.iter().any(|prefix| kind.starts_with(prefix)) {
        return 1.0;
    }
    DEARER.iter().find(|(name, _)| Some(*name) == region).map_or(1.0, |(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_price_has_it_everywhere() {
        let factor = |kind: &str, region: &str| format!("{:.2}", region_price_factor(kind, Some(region)));
        assert_eq!(factor("aws.eks.node_group", "us-east-1"), "1.00");
        assert_eq!(factor("aws.eks.node_group", "eu-west-1"), "1.12");
        assert_eq!(factor("aws.ec2.nat_gateway", "ap-southeast-1"), "1.25");
        assert_eq!(factor("aws.eks.cluster", "ap-southeast-1"), "1.00");
        assert_eq!(format!("{:.2}", region_price_factor("aws.iam.role", None)), "1.00");
    }
}
