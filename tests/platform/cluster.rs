//! Phase `cluster`: what makes each of its checks fail.

use super::{applied, assert_damages, verified};

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[(
        "autoscaler_active[secondary]",
        &["platform/cluster.karpenter[secondary]", "--delete"],
    )]);
}

#[test]
fn a_region_with_too_few_nodes_is_not_healthy() {
    let bench = applied();
    for (group, size) in [("on_demand_nodes", 1), ("spot_nodes", 0)] {
        let address = format!("platform/cluster.{group}[primary]");
        bench.ok(&["sandbox", "edit", &address, &format!("scaling_config.desired_size={size}")]);
    }
    assert_eq!(verified(&bench).0, ["nodes_healthy[primary]".to_owned()].into());
}
