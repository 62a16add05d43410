//! What the fields of a backup plan's rules demand of each other.

use super::super::arn::Arn;
use super::plan::{AdvancedSetting, AdvancedType, Lifecycle, Rule};
use super::{schedule_findings, time_zone_findings};
use crate::kinds::Finding;

/// For how many days a backup has to stay in cold storage.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html>
const COLD_DAYS: i64 = 90;

/// For how many days a continuous backup can be kept.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html>
const CONTINUOUS_DAYS: i64 = 35;

/// By how many minutes the time to complete has to exceed the time to start.
const WINDOW_MINUTES: i64 = 60;

/// What is wrong with a rule at a path.
pub(super) fn findings(path: &str, rule: &Rule) -> Vec<Finding> {
    let mut findings =
        schedule_findings(&format!("{path}.schedule_expression"), rule.schedule_expression.as_deref());
    findings.extend(time_zone_findings(
        &format!("{path}.schedule_expression_timezone"),
        rule.schedule_expression_timezone.as_deref(),
    ));
    if let (Some(start), Some(completion)) = (rule.start_window_minutes, rule.completion_window_minutes)
        && completion < start + WINDOW_MINUTES
    {
        findings.push(
            Finding::on(
                &format!("{path}.completion_window_minutes"),
                format!("{completion} minutes to complete should be {WINDOW_MINUTES} minutes longer than {start} to start"),
            )
            .and(&format!("{path}.start_window_minutes")),
        );
    }
    findings.extend(lifecycle_findings(&format!("{path}.lifecycle"), rule.lifecycle.as_ref()));
    if rule.enable_continuous_backup == Some(true) {
        findings.extend(continuous_findings(path, rule));
    }
    for (index, copy) in rule.copy_actions.iter().flatten().enumerate() {
        let path = format!("{path}.copy_actions[{index}]");
        let arn = Arn::of_service(&copy.destination_backup_vault_arn, "backup");
        if !arn.is_some_and(|arn| arn.resource.starts_with("backup-vault:")) {
            findings.push(
                Finding::on(
                    &format!("{path}.destination_backup_vault_arn"),
                    format!("{:?} is no ARN of a vault", copy.destination_backup_vault_arn),
                )
                .help("refer to the `arn` of an aws.backup.vault"),
            );
        }
        findings.extend(lifecycle_findings(&format!("{path}.lifecycle"), copy.lifecycle.as_ref()));
    }
    findings
}

fn lifecycle_findings(path: &str, lifecycle: Option<&Lifecycle>) -> Option<Finding> {
    let lifecycle = lifecycle?;
    let (cold, delete) = (lifecycle.move_to_cold_storage_after_days?, lifecycle.delete_after_days?);
    (delete < cold + COLD_DAYS).then(|| {
        Finding::on(
            &format!("{path}.delete_after_days"),
            format!(
                "what moves to cold storage after {cold} days has to be kept for {} days at least",
                cold + COLD_DAYS
            ),
        )
        .and(&format!("{path}.move_to_cold_storage_after_days"))
    })
}

fn continuous_findings(path: &str, rule: &Rule) -> Vec<Finding> {
    let enabled = format!("{path}.enable_continuous_backup");
    let lifecycle = rule.lifecycle.as_ref();
    let mut findings = Vec::new();
    if lifecycle.and_then(|lifecycle| lifecycle.move_to_cold_storage_after_days).is_some() {
        findings.push(
            Finding::on(
                &format!("{path}.lifecycle.move_to_cold_storage_after_days"),
                "continuous backups have no cold storage",
            )
            .and(&enabled),
        );
    }
    let days = lifecycle.and_then(|lifecycle| lifecycle.delete_after_days);
    if days.is_none_or(|days| days > CONTINUOUS_DAYS) {
        findings.push(
            Finding::on(
                &format!("{path}.lifecycle"),
                format!("continuous backups are kept for {CONTINUOUS_DAYS} days at most"),
            )
            .and(&enabled)
            .help(format!("set `delete_after_days` of `lifecycle` to at most {CONTINUOUS_DAYS}")),
        );
    }
    findings
}

/// What is wrong with the options of a type of resource.
pub(super) fn option_findings(index: usize, setting: &AdvancedSetting) -> Vec<Finding> {
    let known: &[&str] = match setting.resource_type {
        AdvancedType::Ec2 => &["WindowsVSS"],
        AdvancedType::S3 => &["BackupACLs", "BackupObjectTags"],
    };
    let path = format!("advanced_backup_settings[{index}].backup_options");
    let unknown = setting.backup_options.keys().filter(|name| !known.contains(&name.as_str()));
    unknown
        .map(|name| {
            Finding::on(&path, format!("{:?} has no option `{name}`", setting.resource_type))
                .help(format!("its options are {}", known.join(", ")))
        })
        .collect()
}
