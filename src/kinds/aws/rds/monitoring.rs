//! What clusters and instances have in common when they are watched.

use crate::kinds::Finding;
use crate::kinds::aws::arn;

/// How many seconds may lie between two readings of enhanced monitoring; 0 turns it off.
const INTERVALS: [i64; 7] = [0, 1, 5, 10, 15, 30, 60];

/// What is wrong with the settings of enhanced monitoring.
pub(super) fn enhanced(interval: Option<i64>, role: Option<&str>) -> Vec<Finding> {
    const INTERVAL: &str = "monitoring_interval";
    const ROLE: &str = "monitoring_role_arn";
    let mut findings = Vec::new();
    if let Some(seconds) = interval.filter(|seconds| !INTERVALS.contains(seconds)) {
        findings
            .push(Finding::on(INTERVAL, format!("{seconds} is none of 0, 1, 5, 10, 15, 30 and 60 seconds")));
    }
    match (interval.unwrap_or(0), role) {
        (0, Some(_)) => findings.push(
            Finding::on(ROLE, "a role for monitoring that is off")
                .and(INTERVAL)
                .help("set `monitoring_interval: 60`"),
        ),
        (seconds, None) if seconds != 0 => findings.push(
            Finding::on(INTERVAL, "enhanced monitoring needs a role that writes to CloudWatch").and(ROLE),
        ),
        _ => {}
    }
    if let Some(role) = role {
        findings.extend(arn::findings(ROLE, role, "iam", &["role"]));
    }
    findings
}

/// What is wrong with the settings of Performance Insights.
pub(super) fn insights(enabled: Option<bool>, days: Option<i64>, key: Option<&str>) -> Vec<Finding> {
    const DAYS: &str = "performance_insights_retention_period";
    let mut findings = Vec::new();
    if let Some(days) = days
        && !(days == 7 || days == 731 || days % 31 == 0 && (1..=23).contains(&(days / 31)))
    {
        findings.push(
            Finding::on(DAYS, format!("performance data can't be kept for {days} days"))
                .help("7, 731, or 31 times the number of months"),
        );
    }
    if enabled != Some(true) {
        let set = [(DAYS, days.is_some()), ("performance_insights_kms_key_id", key.is_some())];
        for (field, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
            findings.push(
                Finding::on(field, format!("`{field}` has no effect while Performance Insights are off"))
                    .and("performance_insights_enabled")
                    .help("set `performance_insights_enabled: true`"),
            );
        }
    }
    findings
}
