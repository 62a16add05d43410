//! What an hour of a node costs.

use crate::kinds::aws::instance_type::InstanceType;

/// The list price of the `large` of each family in US dollars an hour: Linux, on demand, us-east-1, as
/// AWS's price list had it on 19 January 2026, and still on 20 July (the table that Karpenter generates
/// from it: aws/karpenter-provider-aws, `pkg/providers/pricing/zz_generated.pricing_aws.go`). Within a
/// family the price is linear in the size. <https://aws.amazon.com/ec2/pricing/on-demand/>
const USD_PER_LARGE: &[(&str, f64)] = &[
    ("c6a", 0.0765),
    ("c6g", 0.068),
    ("c6i", 0.085),
    ("c7a", 0.10264),
    ("c7g", 0.0725),
    ("c7gd", 0.0907),
    ("c7i", 0.08925),
    ("c8g", 0.07976),
    ("c8i", 0.09371),
    ("m5", 0.096),
    ("m6a", 0.0864),
    ("m6g", 0.077),
    ("m6i", 0.096),
    ("m7a", 0.11592),
    ("m7g", 0.0816),
    ("m7gd", 0.1068),
    ("m7i", 0.1008),
    ("m7i-flex", 0.09576),
    ("m8g", 0.08976),
    ("m8i", 0.10584),
    ("r6a", 0.1134),
    ("r6g", 0.1008),
    ("r6i", 0.126),
    ("r7a", 0.15215),
    ("r7g", 0.1071),
    ("r7i", 0.1323),
    ("r8g", 0.11782),
    ("r8i", 0.13892),
    ("t3", 0.0832),
    ("t3a", 0.0752),
    ("t4g", 0.0672),
];

/// What share of the list price spot capacity is assumed to save: an assumption, and a careful one,
/// since AWS speaks of up to 90 %. What a type saved in the last month stands at the advisor's.
/// <https://aws.amazon.com/ec2/spot/instance-advisor/>
pub(super) const SPOT_SAVING: f64 = 0.6;

/// The list price of a type on demand, in US dollars an hour; `None` where it isn't known.
pub(super) fn usd_per_hour(instance_type: &str) -> Option<f64> {
    let parsed = InstanceType::parse(instance_type)?;
    let (_, large) = USD_PER_LARGE.iter().find(|(family, _)| *family == parsed.family)?;
    Some(large * parsed.larges()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_grow_with_the_size() {
        for (instance_type, price) in
            [("m7g.xlarge", 0.1632), ("t4g.medium", 0.0336), ("r7g.4xlarge", 0.8568), ("c7g.16xlarge", 2.32)]
        {
            let found = usd_per_hour(instance_type).unwrap();
            assert!((found - price).abs() < 1e-9, "{instance_type}: {found}");
        }
        assert_eq!(usd_per_hour("z9.large"), None);
        assert_eq!(usd_per_hour("m7g.metal"), None);
    }
}
