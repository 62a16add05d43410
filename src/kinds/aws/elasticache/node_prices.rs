//! What an hour of a cache node costs.

use super::engine::Engine;
use super::node_type;

/// The list price of the `large` of each family in US dollars an hour: Redis, on demand, us-east-1.
/// Within a family it is nearly linear in the size; where there is no `large` (r6gd, and the small ones),
/// it follows from the next size. Compared in November 2026 with a table of somebody else's that was
/// read from AWS's price list on 2 October 2026.
/// <https://aws.amazon.com/elasticache/pricing/>
const USD_PER_LARGE: &[(&str, f64)] = &[
    ("c7gn", 0.255),
    ("m5", 0.156),
    ("m6g", 0.149),
    ("m7g", 0.158),
    ("r5", 0.216),
    ("r6g", 0.206),
    ("r6gd", 0.391),
    ("r7g", 0.219),
    ("t3", 0.136),
    ("t4g", 0.129),
];

/// What part of Redis's price Valkey's nodes cost: a fifth less, of every type in that same table.
/// <https://aws.amazon.com/elasticache/pricing/>
const SHARE_OF_VALKEY: f64 = 0.8;

/// The list price of a node; `None` where it isn't known.
pub(super) fn usd_per_hour(text: &str, engine: Engine) -> Option<f64> {
    let parsed = node_type::parse(text)?;
    let (_, large) = USD_PER_LARGE.iter().find(|(family, _)| *family == parsed.family)?;
    let share = match engine {
        Engine::Valkey => SHARE_OF_VALKEY,
        Engine::Redis => 1.0,
    };
    Some(large * parsed.larges()? * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_grow_with_the_size_and_valkey_is_cheaper() {
        for (text, engine, price) in [
            ("cache.m7g.large", Engine::Redis, 0.158),
            ("cache.m7g.large", Engine::Valkey, 0.1264),
            ("cache.r7g.xlarge", Engine::Redis, 0.438),
            ("cache.t4g.micro", Engine::Valkey, 0.0129),
        ] {
            assert!((usd_per_hour(text, engine).unwrap() - price).abs() < 1e-9, "{text}");
        }
        assert_eq!(usd_per_hour("m7g.large", Engine::Redis), None);
        assert_eq!(usd_per_hour("cache.z9.large", Engine::Redis), None);
    }
}
