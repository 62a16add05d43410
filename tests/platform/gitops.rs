//! Phase `gitops`: what makes each of its checks fail.

use std::collections::BTreeSet;

use super::{applied, assert_damages, assert_figures, verified};

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[("argocd_runs[secondary]", &["platform/gitops.argocd[secondary]", "--delete"])]);
}

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    let text = include_str!("../../phases/4-gitops.yaml");
    let query = |of: &str| {
        let line = text.lines().find(|line| line.contains("query: count(") && line.contains(of)).unwrap();
        format!("promql.{}@eu-west-1", line.trim().trim_start_matches("query: "))
    };
    assert_figures(&[
        ("applications_synced[secondary]", &query("sync_status"), "1"),
        ("applications_healthy[secondary]", &query("health_status"), "2"),
    ]);
}

#[test]
fn a_drill_that_takes_too_long_or_loses_a_request_is_a_finding() {
    let bench = applied();
    let everywhere = |check: &str| -> BTreeSet<String> {
        ["failover", "primary", "secondary"].map(|region| format!("{check}[{region}]")).into()
    };
    bench.ok(&["sandbox", "figure", "job.rollback_seconds@rollback-drill", "300"]);
    let slow = everywhere("rollback_exercised");
    assert_eq!(verified(&bench).0, slow);
    bench.ok(&["sandbox", "figure", "job.failed_requests@rollback-drill", "1"]);
    assert_eq!(verified(&bench).0, &slow | &everywhere("no_request_fails"));
}
