//! Phase `scaling`: what makes each of its checks fail, and what moves the autoscalers' limits.

use serde_json::json;

use super::{Cause, assert_causes, assert_damages, platform};

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[
        (
            "cache_encrypted[primary]",
            &["platform/scaling.cache[primary]", "transit_encryption_enabled=false"],
        ),
        (
            "cache_encrypted[failover]",
            &["platform/scaling.secondary_cache[failover]", "transit_encryption_enabled=false"],
        ),
        ("sites_deployed[audityzer]", &["platform/scaling.distribution[audityzer]", "status=InProgress"]),
        ("cache_fails_over[primary]", &["platform/scaling.cache[primary]", "multi_az_enabled=false"]),
    ]);
}

#[test]
fn its_checks_fail_when_it_gets_slow() {
    let figures = [
        ("autoscaler_reacts", "job.reaction_seconds@scaling-drill", "400"),
        ("plans_hold", "job.plan_regressions@query-review", "2"),
        ("cache_hits", "promql.100 * max(kpi:cache_hits:ratio1h)@eu-west-1", "72"),
        ("answers_in_time", "promql.max(kpi:response_time_p99:seconds5m)@eu-west-1", "0.31"),
        (
            "autoscalers_active",
            "promql.min(kube_horizontalpodautoscaler_status_condition{condition=\"ScalingActive\",status=\"true\"})@eu-west-1",
            "0",
        ),
        (
            "pods_at_load",
            "promql.max(max_over_time(kube_horizontalpodautoscaler_status_current_replicas{horizontalpodautoscaler=\"failure-agent\"}[7d]))",
            "1",
        ),
    ];
    assert_causes(&figures.map(|(check, figure, value)| {
        let regions: &[&str] = match check {
            "autoscaler_reacts" => &["primary", "secondary", "failover"],
            "plans_hold" | "pods_at_load" => &["primary"],
            _ => &["secondary"],
        };
        let fails = regions.iter().map(|region| format!("{check}[{region}]")).collect();
        Cause::new(&["sandbox", "figure", figure, value], fails)
    }));
}

/// The limits of the application's autoscaler, as the configuration gives them with such evidence.
fn limits(evidence: &str) -> serde_json::Value {
    let bench = platform();
    if !evidence.is_empty() {
        bench.write("stacks/environments/sandbox.evidence.yaml", evidence);
    }
    let plan = bench.ok(&["plan", "-e", "sandbox", "--format", "json"]).json();
    let operations = plan["operations"].as_array().unwrap();
    let limits =
        operations.iter().find(|operation| operation["address"] == "platform/scaling.hpa_limits").unwrap();
    limits["desired"]["value"]["failure-agent"].clone()
}

#[test]
fn the_load_test_sets_thresholds_and_limits() {
    let without = limits("");
    assert_eq!(json!([without["cpu"], without["maxReplicas"]]), json!([60, 8]));
    let pinned = |p99_ms: u32, rate: u32, pods: u32| {
        format!(
            "platform:\n  testing:\n    p99_at_load: {{ primary: {{ figure: {p99_ms} }} }}\n    \
             requests_at_load: {{ primary: {{ figure: {rate} }} }}\n  scaling:\n    \
             pods_at_load: {{ primary: {{ figure: {pods} }} }}\n"
        )
    };
    // 400 requests a second take 20 pods; two thirds of them in a region.
    let measured = limits(&pinned(150, 100, 5));
    assert_eq!(json!([measured["cpu"], measured["maxReplicas"]]), json!([55, 14]));
    let slow = limits(&pinned(199, 4000, 4));
    assert_eq!(json!([slow["cpu"], slow["maxReplicas"]]), json!([41, 4]), "never fewer than one more");
    let half = limits("platform: { testing: { p99_at_load: { primary: { figure: 80 } } } }");
    assert_eq!(json!([half["cpu"], half["maxReplicas"]]), json!([75, 8]), "each figure counts by itself");
}
