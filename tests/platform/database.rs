//! Phase `database`: what makes each of its checks fail.

use super::assert_damages;

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
