//! Phase `database`: what makes each of its checks fail.

use super::{assert_damages, assert_figures};

#[test]
fn its_checks_fail_when_what_they_ask_about_is_damaged() {
    assert_damages(&[
        (
            "backups_kept[primary]",
            &["platform/database.primary_cluster[primary]", "backup_retention_period=7"],
        ),
        (
            "storage_encrypted[primary]",
            &["platform/database.primary_cluster[primary]", "storage_encrypted=false"],
        ),
    ]);
}

#[test]
fn its_checks_fail_when_what_they_measure_is_beyond_its_bound() {
    assert_figures(&[("queries_in_time[primary]", "sql.latency", "100")]);
}
