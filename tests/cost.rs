//! What the repository's own environments cost a month, by the plan's own prices.

#[path = "workspace/known.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod known;

use known::each_environment;
use ninefold::cost::Estimate;
use ninefold::kinds::Registry;
use ninefold::report::{Look, cost};

/// What production may cost a month. The sandbox is the same platform; staging is a small part of it.
const MOST_USD: f64 = 5810.0;

#[test]
fn production_costs_no_more_than_its_budget() {
    each_environment(|_, environment| {
        environment.validate().unwrap();
        let estimate =
            Estimate::of(&environment.graph, &environment.order, environment, &Registry::all()).unwrap();
        println!("{}", cost::human(&environment.name, &estimate, Look::PLAIN));
        assert_eq!(estimate.without_price().next(), None, "a price isn't known");
        let usd = estimate.usd_per_month();
        assert!(usd <= MOST_USD, "{} costs {usd}", environment.name);
        assert!(usd > 0.0 && estimate.usd_committed() < usd && estimate.usd_at_peak() >= usd);
    });
}
