//! `aws.backup.plan`: when backups are made, where they are kept, and for how long.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::plan_rules;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// When backups are made, where they are kept, and for how long. What is backed up says a selection.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupPlan.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name. Another plan may have it too.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_.]{1,50}$"), extend("x-immutable" = true))]
    pub backup_plan_name: String,
    /// Its rules; what is selected is backed up by each of them.
    #[schemars(length(min = 1), extend("x-collection" = "list(rule_name)"))]
    pub rules: Vec<Rule>,
    /// Options of some types of resources.
    #[schemars(extend("x-collection" = "list(resource_type)"))]
    pub advanced_backup_settings: Option<Vec<AdvancedSetting>>,
    /// By what backups are searched for malware.
    #[schemars(extend("x-collection" = "list(malware_scanner)"))]
    pub scan_settings: Option<Vec<ScanSetting>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A task that recurs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Its name within the plan.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_.]{1,50}$"))]
    pub rule_name: String,
    /// The name of the vault in the same region that takes the backups.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_]{2,50}$"), extend("x-refers" = "aws.backup.vault"))]
    pub target_backup_vault_name: String,
    /// The ARN of a logically air-gapped vault that takes them too.
    pub target_logically_air_gapped_backup_vault_arn: Option<String>,
    /// When they are made, such as `cron(0 6 * * ? *)`.
    #[schemars(extend("default" = "cron(0 5 ? * * *)"))]
    pub schedule_expression: Option<String>,
    /// In which time zone that is.
    #[schemars(extend("default" = "Etc/UTC"))]
    pub schedule_expression_timezone: Option<String>,
    /// Within how many minutes a backup has to start, or else isn't made.
    #[schemars(range(min = 60, max = 52_560_000), extend("x-default" = "provider"))]
    pub start_window_minutes: Option<i64>,
    /// Within how many minutes after that it has to be done, or else is given up.
    #[schemars(range(min = 60, max = 52_560_000), extend("x-default" = "provider"))]
    pub completion_window_minutes: Option<i64>,
    /// For how long they are kept; for ever where it is absent.
    pub lifecycle: Option<Lifecycle>,
    /// Tags of the backups, by key.
    pub recovery_point_tags: Option<BTreeMap<String, String>>,
    /// Where they are copied to.
    #[schemars(extend("x-collection" = "list(destination_backup_vault_arn)"))]
    pub copy_actions: Option<Vec<CopyAction>>,
    /// Whether any second of the time that they are kept can be restored, not only those at which a
    /// backup was made. Only the snapshots of such a rule are copied.
    #[schemars(extend("default" = false))]
    pub enable_continuous_backup: Option<bool>,
    /// What is written down of their content, so that it can be searched; one at most.
    #[schemars(length(max = 1))]
    pub index_actions: Option<Vec<IndexAction>>,
    /// How they are searched for malware.
    #[schemars(extend("x-collection" = "list(malware_scanner,scan_mode)"))]
    pub scan_actions: Option<Vec<ScanAction>>,
}

/// For how long a backup is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lifecycle {
    /// After how many days it moves to cold storage, where it stays for 90 days at least.
    #[schemars(range(min = 1, max = 36500))]
    pub move_to_cold_storage_after_days: Option<i64>,
    /// After how many days it is deleted.
    #[schemars(range(min = 1, max = 36500))]
    pub delete_after_days: Option<i64>,
    /// Whether types of resources that have an archive use it as cold storage.
    #[schemars(extend("default" = false))]
    pub opt_in_to_archive_for_supported_resources: Option<bool>,
}

/// Where a backup is copied to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CopyAction {
    /// The ARN of the vault, in this region or another, this account or another.
    #[schemars(extend("x-refers" = "aws.backup.vault"))]
    pub destination_backup_vault_arn: String,
    /// For how long the copy is kept; for ever where it is absent.
    pub lifecycle: Option<Lifecycle>,
}

/// What is written down of a backup's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexAction {
    /// Of which type of resource; one at most.
    #[schemars(length(max = 1))]
    pub resource_types: Option<Vec<IndexedType>>,
}

/// A type of resource whose backups can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IndexedType {
    #[serde(rename = "EBS")]
    Ebs,
    S3,
}

/// How backups are searched for malware.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanAction {
    /// By what.
    pub malware_scanner: MalwareScanner,
    /// How much of a backup.
    pub scan_mode: ScanMode,
}

/// What searches for malware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MalwareScanner {
    Guardduty,
}

/// How much of a backup is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ScanMode {
    /// All of it.
    FullScan,
    /// What has changed.
    IncrementalScan,
}

/// By what and as whom backups are searched for malware.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanSetting {
    /// By what.
    pub malware_scanner: MalwareScanner,
    /// Backups of which types of resources.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub resource_types: Vec<String>,
    /// The ARN of the role that the scanner reads them as.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub scanner_role_arn: String,
}

/// Options of a type of resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdvancedSetting {
    /// Which type of resource.
    pub resource_type: AdvancedType,
    /// `WindowsVSS` of EC2; `BackupACLs` and `BackupObjectTags` of S3: each `enabled` or `disabled`.
    pub backup_options: BTreeMap<String, Switch>,
}

/// A type of resource that has options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AdvancedType {
    #[serde(rename = "EC2")]
    Ec2,
    S3,
}

/// Whether an option is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    Enabled,
    Disabled,
}

/// A plan as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `8f81f553-3a74-4a3f-b93d-b3360dc80c50`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Another one after each change.
    pub version_id: String,
}

/// The kind itself.
pub struct Plan;

impl Kind for Plan {
    const TYPE: &'static str = "aws.backup.plan";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        for (index, rule) in spec.rules.iter().enumerate() {
            findings.extend(plan_rules::findings(&format!("rules[{index}]"), rule));
        }
        for (index, setting) in spec.advanced_backup_settings.iter().flatten().enumerate() {
            findings.extend(plan_rules::option_findings(index, setting));
        }
        let scans =
            spec.rules.iter().any(|rule| rule.scan_actions.as_ref().is_some_and(|all| !all.is_empty()));
        if scans && spec.scan_settings.as_ref().is_none_or(Vec::is_empty) {
            findings.push(
                Finding::on("scan_settings", "a rule scans, and no `scan_settings` say as whom").and("rules"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}")
            .computes("arn", "arn:aws:backup:{region}:{account}:backup-plan:{id}")
            .computes_from("version_id", "{hex:48}", &["rules", "advanced_backup_settings", "scan_settings"])
    }

    /// Its vaults are there, and it goes after its selections.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let spec = match call {
            Call::Create { spec, .. } | Call::Update { spec, .. } => spec,
            Call::Delete { id, .. } => {
                let selected = cloud
                    .all("aws.backup.selection")
                    .into_iter()
                    .any(|other| other.attributes["backup_plan_id"] == id.as_str());
                if selected {
                    return Err(Refusal::new(
                        "InvalidRequestException",
                        "Related backup plan selections must be deleted prior to backup plan deletion",
                    ));
                }
                return Ok(());
            }
        };
        for rule in &spec.rules {
            let is_there = cloud.all("aws.backup.vault").into_iter().any(|vault| {
                vault.region == cloud.region()
                    && vault.attributes["backup_vault_name"] == rule.target_backup_vault_name.as_str()
            });
            if !is_there {
                return Err(Refusal::new(
                    "ResourceNotFoundException",
                    format!(
                        "Cannot find Backup vault with name {} in {}",
                        rule.target_backup_vault_name,
                        cloud.region()
                    ),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if is_plan_id(text) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should look like 8f81f553-3a74-4a3f-b93d-b3360dc80c50"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "backup:CreateBackupPlan",
            "backup:DeleteBackupPlan",
            "backup:GetBackupPlan",
            "backup:ListBackupPlans",
            "backup:ListTags",
            "backup:TagResource",
            "backup:UntagResource",
            "backup:UpdateBackupPlan",
            "iam:PassRole",
        ]
    }
}

/// Whether a text is the id of a plan.
pub(super) fn is_plan_id(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, deletion, refusal};
    use crate::model::Json;

    fn plan() -> Json {
        json!({"backup_plan_name": "production-database",
            "rules": [{"rule_name": "daily", "target_backup_vault_name": "production-database",
                "schedule_expression": "cron(0 6 * * ? *)", "start_window_minutes": 60,
                "completion_window_minutes": 360, "lifecycle": {"delete_after_days": 30},
                "copy_actions": [{"lifecycle": {"delete_after_days": 30}, "destination_backup_vault_arn":
                    "arn:aws:backup:eu-west-1:123456789012:backup-vault:production-database"}]}]})
    }

    #[test]
    fn times_and_lifecycles_are_what_the_api_takes() {
        let cold = |cold: i64, delete: i64| {
            [(
                "/rules/0/lifecycle",
                json!({"move_to_cold_storage_after_days": cold, "delete_after_days": delete}),
            )]
        };
        assert_rules::<Plan>(
            &plan(),
            &[
                (&[("/rules", json!([]))], "0 elements"),
                (&[("/rules/0/schedule_expression", json!("rate(1 day)"))], "isn't written as cron("),
                (&[("/rules/0/schedule_expression", json!("cron(0 25 * * ? *)"))], "as its hours"),
                (&[("/rules/0/schedule_expression_timezone", json!("Berlin now"))], "no name of a time zone"),
                (&[("/rules/0/start_window_minutes", json!(30))], "60 to"),
                (&[("/rules/0/completion_window_minutes", json!(90))], "60 minutes longer"),
                (&cold(7, 96), "97 days at least"),
                (&cold(7, 97), ""),
                (&[("/rules/0/lifecycle/delete_after_days", json!(0))], "1 to 36500"),
                (&[("/rules/0/target_backup_vault_name", json!("a.b"))], "doesn't match"),
                (
                    &[("/rules/0/copy_actions/0/destination_backup_vault_arn", json!("production"))],
                    "no ARN of a vault",
                ),
                (&[("/rules/0/copy_actions/0/lifecycle", json!({"delete_after_days": 36501}))], "1 to 36500"),
                (&[("/rules/0/index_actions", json!([{"resource_types": ["RDS"]}]))], "none of"),
                (
                    &[(
                        "/rules/0/scan_actions",
                        json!([{"malware_scanner": "GUARDDUTY", "scan_mode": "FULL_SCAN"}]),
                    )],
                    "no `scan_settings`",
                ),
            ],
        );
        assert_whole::<Plan>(&plan());
    }

    #[test]
    fn continuous_backups_are_kept_for_35_days_at_most_and_never_cold() {
        let mut plan = plan();
        plan["rules"][0]["enable_continuous_backup"] = json!(true);
        assert_rules::<Plan>(
            &plan,
            &[
                (&[("/rules/0/lifecycle/delete_after_days", json!(36))], "35 days at most"),
                (&[("/rules/0/lifecycle", json!(null))], "35 days at most"),
                (
                    &[(
                        "/rules/0/lifecycle",
                        json!({"move_to_cold_storage_after_days": 1, "delete_after_days": 35}),
                    )],
                    "no cold storage",
                ),
            ],
        );
    }

    #[test]
    fn options_belong_to_their_types() {
        let mut plan = plan();
        plan["advanced_backup_settings"] =
            json!([{"resource_type": "EC2", "backup_options": {"WindowsVSS": "enabled"}}]);
        assert_rules::<Plan>(
            &plan,
            &[
                (
                    &[("/advanced_backup_settings/0/backup_options", json!({"BackupACLs": "disabled"}))],
                    "no option `BackupACLs`",
                ),
                (&[("/advanced_backup_settings/0/backup_options", json!({"WindowsVSS": "on"}))], "none of"),
            ],
        );
    }

    #[test]
    fn it_comes_after_its_vaults_and_goes_after_its_selections() {
        let mut world = World::default();
        assert_eq!(refusal::<Plan>(&world, plan(), json!({})), "ResourceNotFoundException");
        world.add("aws.backup.vault", "v", json!({"backup_vault_name": "production-database"}));
        assert_eq!(refusal::<Plan>(&world, plan(), json!({})), "");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Plan>(&world, plan(), json!({})), "ResourceNotFoundException");
        world.add("aws.backup.selection", "p/s", json!({"backup_plan_id": "p"}));
        assert_eq!(deletion::<Plan>(&world, plan(), "p"), "InvalidRequestException");
        assert_eq!(deletion::<Plan>(&world, plan(), "q"), "");
    }
}
