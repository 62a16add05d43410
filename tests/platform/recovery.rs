//! Phase `recovery` and the stack `failover`: what makes each check fail, and that what is needed when
//! a region is gone lies in none of them.

use std::collections::BTreeSet;

use super::{applied, assert_damages, verified};

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    let bench = applied();
    let mut expected = BTreeSet::new();
    for (check, figure, value) in [
        ("backup_is_young", "backup_age_hours", "26"),
        ("drilled_this_quarter", "days_since_drill", "92"),
        ("recovery_time", "rto_seconds", "3600"),
        ("recovery_point", "rpo_seconds", "900"),
        ("ready_for_database_failure", "database_failure", "0"),
        ("ready_for_region_failure", "region_failure", "0"),
        ("ready_for_data_corruption", "data_corruption", "0"),
        ("ready_for_zone_failure", "zone_failure", "0"),
        ("ready_for_credential_compromise", "credential_compromise", "0"),
        ("ready_for_cluster_upgrade", "cluster_upgrade", "0"),
    ] {
        bench.ok(&["sandbox", "figure", &format!("job.{figure}"), value]);
        expected.insert(check.to_owned());
        let names: BTreeSet<String> = verified(&bench)
            .0
            .iter()
            .map(|check| check.split('[').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(names, expected, "after {figure} is {value}");
    }
}

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[(
        "backups_kept[primary]",
        &["platform/recovery.backup_plan[primary]", "rules[0].lifecycle.delete_after_days=7"],
    )]);
}

#[test]
fn what_is_needed_without_a_region_lies_in_none() {
    let bench = applied();
    for region in ["us-east-1", "eu-west-1", "ap-southeast-1"] {
        bench.ok(&["sandbox", "break", region]);
    }
    let shown = bench.read("rendered/sandbox/runbooks/region-failure.md");
    for name in ["ap-southeast-1", "sandbox-failover-evidence-123456789012", "TakeOver"] {
        assert!(shown.contains(name), "{name}: {shown}");
    }
    // All of the stack can be read.
    bench.exits(0, &["drift", "--stack", "failover"]);
    let calendar = bench.read("rendered/sandbox/operations.ics");
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n"), "{calendar:?}");
    for line in
        ["SUMMARY:Recovery drill\r\n", "RRULE:FREQ=MONTHLY;BYDAY=4TU\r\n", "SUMMARY:On call: DevOps 1\r\n"]
    {
        assert!(calendar.contains(line), "{line:?}: {calendar}");
    }
}
