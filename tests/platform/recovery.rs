//! Phase `recovery` and the stack `failover`: what makes each check fail, and that what is needed when
//! a region is gone lies in none of them.

use super::{applied, assert_damages, assert_figures_everywhere};

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    assert_figures_everywhere(&[
        ("backup_is_young", "job.backup_age_hours", "26"),
        ("drilled_this_quarter", "job.days_since_drill", "92"),
        ("recovery_time", "job.rto_seconds", "3600"),
        ("recovery_point", "job.rpo_seconds", "900"),
        ("ready_for_database_failure", "job.database_failure", "0"),
        ("ready_for_region_failure", "job.region_failure", "0"),
        ("ready_for_data_corruption", "job.data_corruption", "0"),
        ("ready_for_zone_failure", "job.zone_failure", "0"),
        ("ready_for_credential_compromise", "job.credential_compromise", "0"),
        ("ready_for_cluster_upgrade", "job.cluster_upgrade", "0"),
    ]);
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
