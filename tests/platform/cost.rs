//! Phase `cost`: what makes each of its checks fail, and what its figures are made of.

use super::{applied, assert_damages, assert_figures, verified};

#[test]
fn its_bill_is_too_high_when_more_has_been_spent() {
    assert_damages(&[(
        "bill_within_limit",
        &["platform/cost.budget", "calculated_spend.actual_spend.amount=5811"],
    )]);
}

/// Checks of the estimate fail by what is declared, and by nothing that happens.
#[test]
fn its_estimate_is_too_high_when_more_is_declared() {
    let bench = applied();
    let environment = "stacks/environments/sandbox.yaml";
    let text = bench.read(environment);
    bench.write(
        environment,
        &text.replacen("  database:\n", "  database:\n    instance_class: db.r7g.8xlarge\n", 1),
    );
    let failing: Vec<String> = verified(&bench).0.into_iter().collect();
    assert_eq!(failing, ["estimate_within_limit", "transaction_within_limit"]);
}

#[test]
fn its_figures_are_wrong_when_nodes_are_bought_otherwise_or_stand_empty() {
    assert_figures(&[
        ("nodes_spot[primary]", "promql.100 * max(cost:spot_share:ratio30d)@us-east-1", "40"),
        ("nodes_on_demand[primary]", "promql.100 * (1 - max(cost:spot_share:ratio30d))@us-east-1", "20"),
        ("nodes_utilised[failover]", "promql.100 * max(cost:utilised:ratio1d)@ap-southeast-1", "60"),
        ("transaction_costs[primary]", "promql.max(kpi:cost_per_transaction:usd1d)", "0.002"),
    ]);
}
