//! Phase `scaling`: what makes each of its checks fail, and what moves the autoscalers' limits.

use serde_json::json;

use super::{applied, assert_damages, platform, verified};

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
        ("cache_fails_over[primary]", &["platform/scaling.cache[primary]", "multi_az_enabled=false"]),
    ]);
}

#[test]
fn its_checks_fail_when_it_gets_slow() {
    let bench = applied();
    let mut expected = std::collections::BTreeSet::new();
    let hits = "promql.100 * sum(aws_elasticache_cache_hits_sum) / (sum(aws_elasticache_cache_hits_sum) + \
                sum(aws_elasticache_cache_misses_sum))@eu-west-1";
    for (check, figure, value) in [
        ("autoscaler_reacts", "job.reaction_seconds@scaling-drill", "400"),
        ("plans_hold", "job.plan_regressions@query-review", "2"),
        ("cache_hits", hits, "72"),
        ("answers_in_time", "promql.max(kpi:latency_seconds:p99)@eu-west-1", "0.31"),
        (
            "autoscalers_active",
            "promql.min(kube_horizontalpodautoscaler_status_condition{condition=\"ScalingActive\",status=\"true\"})@eu-west-1",
            "0",
        ),
    ] {
        bench.ok(&["sandbox", "figure", figure, value]);
        let regions: &[&str] = match check {
            "autoscaler_reacts" => &["primary", "secondary", "failover"],
            "plans_hold" => &["primary"],
            _ => &["secondary"],
        };
        expected.extend(regions.iter().map(|region| format!("{check}[{region}]")));
        assert_eq!(verified(&bench).0, expected, "after {figure}");
    }
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
    let measured =
        limits("load: { requests_per_second: 100, replicas: 5, cpu_percent: 75, memory_percent: 60 }");
    // 400 requests a second take 20 pods and one for the rounding; two thirds of them in a region.
    assert_eq!(json!([measured["cpu"], measured["maxReplicas"], measured["memory"]]), json!([60, 14, 67]));
    let idle = limits("load: { requests_per_second: 4000, replicas: 2, cpu_percent: 20 }");
    assert_eq!(json!([idle["cpu"], idle["maxReplicas"]]), json!([30, 4]), "the least of each");
}
