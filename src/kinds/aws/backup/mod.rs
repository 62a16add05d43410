//! AWS Backup.
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/api-reference.html>

pub mod plan;
mod plan_rules;
pub mod restore_testing_plan;
pub mod selection;
pub mod vault;

use super::schedule::{self, Style};
use crate::kinds::{Finding, Registry};

pub(super) fn register(registry: &mut Registry) {
    registry.add::<vault::Vault>();
    registry.add::<plan::Plan>();
    registry.add::<selection::Selection>();
    registry.add::<restore_testing_plan::RestoreTestingPlan>();
}

/// What is wrong with the time of a plan: AWS Backup takes `cron` only.
fn schedule_findings(path: &str, expression: Option<&str>) -> Vec<Finding> {
    let fault = expression.and_then(|text| schedule::check(text, &[Style::Cron]).err());
    fault.map(|fault| Finding::on(path, fault)).into_iter().collect()
}

/// What is wrong with the name of its time zone.
fn time_zone_findings(path: &str, zone: Option<&str>) -> Vec<Finding> {
    let wrong = zone.filter(|zone| !schedule::is_time_zone(zone));
    let finding = wrong.map(|zone| {
        Finding::on(path, format!("{zone:?} is no name of a time zone"))
            .help("name it as `Etc/UTC` or `Europe/Berlin`")
    });
    finding.into_iter().collect()
}
