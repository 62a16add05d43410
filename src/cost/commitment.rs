//! What commitments for a year would save: a second line beside list prices, never the first.

/// The share of the list price that is left with a commitment for a year and nothing upfront, by the
/// start of a kind's name. From memory, as of November 2026, rounded to the careful side: to be checked
/// at <https://aws.amazon.com/savingsplans/compute-pricing/>,
/// <https://aws.amazon.com/rds/aurora/pricing/> and <https://aws.amazon.com/elasticache/pricing/>.
const LEFT: &[(&str, f64)] =
    &[("aws.eks.node_group", 0.75), ("aws.rds.instance", 0.72), ("aws.elasticache.", 0.72)];

/// The share of a line that is left. Spot capacity has no commitments.
pub(super) fn share(kind: &str, item: &str) -> f64 {
    if item.contains(" spot") {
        return 1.0;
    }
    LEFT.iter().find(|(prefix, _)| kind.starts_with(prefix)).map_or(1.0, |(_, left)| *left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_all_year_is_committed() {
        let left = |kind: &str, item: &str| format!("{:.2}", share(kind, item));
        assert_eq!(left("aws.eks.node_group", "2 × m7g.xlarge on demand"), "0.75");
        assert_eq!(left("aws.eks.node_group", "3 × m7g.xlarge spot, 60 % below list assumed"), "1.00");
        assert_eq!(left("aws.ec2.nat_gateway", "NAT gateway hours"), "1.00");
    }
}
