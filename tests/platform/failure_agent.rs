//! Stack `failure-agent`: what makes each of its checks fail.

use super::assert_figures;

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    let text = include_str!("../../stacks/failure-agent/stack.yaml");
    let query = |of: &str| {
        let line = text.lines().find(|line| line.contains("query: ") && line.contains(of)).unwrap();
        format!("promql.{}@us-east-1", line.trim().trim_start_matches("query: "))
    };
    assert_figures(&[
        ("delivered[primary]", &query("argocd_app_info"), "0"),
        ("replicas_available[primary]", &query("rollout_info_replicas_available"), "2"),
    ]);
}
