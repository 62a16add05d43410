//! What an hour of an Aurora instance costs.

use crate::kinds::aws::instance_type::InstanceType;

/// The list price of the `large` of each family in US dollars an hour: Aurora Standard, on demand,
/// us-east-1, the same for both engines. Within a family it is linear in the size. Compared in November
/// 2026 with a published table of Aurora's prices, and not with the price list itself.
/// <https://aws.amazon.com/rds/aurora/pricing/>
const USD_PER_LARGE: &[(&str, f64)] = &[
    ("r5", 0.29),
    ("r6g", 0.26),
    ("r6i", 0.29),
    ("r7g", 0.276),
    ("r8g", 0.276),
    ("t3", 0.164),
    ("t4g", 0.146),
];

/// An hour of one unit of serverless capacity.
pub(super) const USD_PER_CAPACITY_UNIT: f64 = 0.12;

/// The list price of a class such as `db.r7g.large`; `None` where it isn't known.
pub(super) fn usd_per_hour(class: &str) -> Option<f64> {
    let parsed = InstanceType::parse(class.strip_prefix("db.")?)?;
    let (_, large) = USD_PER_LARGE.iter().find(|(family, _)| *family == parsed.family)?;
    Some(large * parsed.larges()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_grow_with_the_size() {
        for (class, price) in [("db.r7g.large", 0.276), ("db.t4g.medium", 0.073), ("db.r6g.2xlarge", 1.04)] {
            assert!((usd_per_hour(class).unwrap() - price).abs() < 1e-9, "{class}");
        }
        assert_eq!(usd_per_hour("r7g.large"), None);
        assert_eq!(usd_per_hour("db.z9.large"), None);
        assert_eq!(usd_per_hour("db.serverless"), None);
    }
}
