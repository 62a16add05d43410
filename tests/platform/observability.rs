//! Phase `observability`: what makes each of its checks fail.

use super::assert_figures;

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    let watchdog = r#"promql.count(ALERTS{alertname="Watchdog",alertstate="firing"})@us-east-1"#;
    let interval = r#"promql.max(prometheus_target_interval_length_seconds{quantile="0.5"})@eu-west-1"#;
    let canary = "promql.histogram_quantile(0.99, sum by (le) \
                  (rate(loki_canary_response_latency_seconds_bucket[5m])))@ap-southeast-1";
    let figures = r#"promql.count(count by (__name__) ({__name__=~"kpi:.+"}))@us-east-1"#;
    assert_figures(&[
        ("alerting_works[primary]", watchdog, "0"),
        ("targets_up[secondary]", "promql.100 * avg(up)@eu-west-1", "99"),
        ("scraped_in_time[secondary]", interval, "30"),
        ("logs_in_time[failover]", canary, "60"),
        ("figures_recorded[primary]", figures, "7"),
        ("available[failover]", "promql.100 * min(kpi:availability:ratio30d)@ap-southeast-1", "99.98"),
        ("few_errors[primary]", "promql.100 * max(kpi:errors:ratio_rate1h)@us-east-1", "0.1"),
    ]);
}

#[test]
fn without_what_measures_there_is_no_figure() {
    // Each question names a workload of the namespace: with all that makes one gone, nobody answers.
    let releases = ["monitoring", "loki", "alloy", "blackbox", "cloudwatch"];
    let bench = super::applied();
    for release in releases {
        let address = format!("platform/observability.{release}[failover]");
        bench.ok(&["sandbox", "edit", &address, "--delete"]);
    }
    let failing = super::verified(&bench).0;
    // Those of other phases ask the same monitoring.
    let checks = [
        "alerting_works",
        "answers_in_time",
        "applications_healthy",
        "applications_synced",
        "autoscalers_active",
        "available",
        "cache_hits",
        "delivered",
        "few_errors",
        "figures_recorded",
        "logs_in_time",
        "nodes_on_demand",
        "nodes_spot",
        "nodes_utilised",
        "replicas_available",
        "scraped_in_time",
        "targets_up",
    ];
    assert_eq!(failing, checks.map(|check| format!("{check}[failover]")).into());
}
