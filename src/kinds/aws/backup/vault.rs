//! `aws.backup.vault`: where backups are kept, and what protects them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use super::super::{arn, tags};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A container of backups in one region.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within account and region.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9\-_]{2,50}$"), extend("x-immutable" = true))]
    pub backup_vault_name: String,
    /// The ARN of the key that encrypts what is in it; AWS Backup's own where it is absent. Copies
    /// from another region need a key that this region has.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub encryption_key_arn: Option<String>,
    /// For how long nobody can delete what is in it.
    pub lock_configuration: Option<LockConfiguration>,
    /// Who may do what with it.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub access_policy: Option<Json>,
    /// Who is told what happens in it.
    pub notifications: Option<Notifications>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// For how long nobody can delete the backups in a vault.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LockConfiguration {
    /// For how many days a backup has to be kept: one that is to be kept shorter isn't taken.
    #[schemars(range(min = 1, max = 36500))]
    pub min_retention_days: Option<i64>,
    /// For how many days a backup may be kept: one that is to be kept longer isn't taken.
    #[schemars(range(min = 1, max = 36500))]
    pub max_retention_days: Option<i64>,
    /// After how many days nobody can take the lock away any more, the account's owner included;
    /// without it, whoever has the permission can. Ours: it goes with the call.
    #[schemars(range(min = 3, max = 36500), extend("x-write-only" = true))]
    pub changeable_for_days: Option<i64>,
}

/// Who is told what happens in a vault.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultNotifications.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notifications {
    /// The ARN of the topic in the same region.
    #[schemars(extend("x-refers" = "aws.sns.topic"))]
    pub sns_topic_arn: String,
    /// What is told.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub backup_vault_events: Vec<VaultEvent>,
}

/// Something that happens in a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VaultEvent {
    BackupJobStarted,
    BackupJobCompleted,
    BackupJobSuccessful,
    BackupJobFailed,
    BackupJobExpired,
    RestoreJobStarted,
    RestoreJobCompleted,
    RestoreJobSuccessful,
    RestoreJobFailed,
    CopyJobStarted,
    CopyJobSuccessful,
    CopyJobFailed,
    RecoveryPointModified,
    BackupPlanCreated,
    BackupPlanModified,
    #[serde(rename = "S3_BACKUP_OBJECT_FAILED")]
    S3BackupObjectFailed,
    #[serde(rename = "S3_RESTORE_OBJECT_FAILED")]
    S3RestoreObjectFailed,
    ContinuousBackupInterrupted,
    RecoveryPointIndexCompleted,
    RecoveryPointIndexDeleted,
    RecoveryPointIndexingFailed,
    EksBackupObjectFailed,
    EksRestoreObjectFailed,
    EksRestoreObjectSkipped,
    EksRestoreModificationSuccess,
    EksRestoreModificationFailed,
    AccessPointAvailable,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointExpired,
    AccessPointDisassociated,
}

/// A vault as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// Whether a lock protects what is in it.
    pub locked: bool,
    /// How many backups it holds, roughly.
    pub number_of_recovery_points: i64,
}

/// The kind itself.
pub struct Vault;

impl Kind for Vault {
    const TYPE: &'static str = "aws.backup.vault";
    const IDENTITY: &'static [&'static str] = &["backup_vault_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        if let Some(key) = &spec.encryption_key_arn {
            findings.extend(arn::findings("encryption_key_arn", key, "kms", &["key"]));
        }
        if let Some(lock) = &spec.lock_configuration {
            findings.extend(lock_findings(lock));
        }
        if let Some(policy) = &spec.access_policy {
            findings.extend(policy_document::findings("access_policy", policy, Usage::Vault));
        }
        if let Some(notifications) = &spec.notifications
            && arn::Arn::of_service(&notifications.sns_topic_arn, "sns").is_none()
        {
            findings.push(
                Finding::on(
                    "notifications.sns_topic_arn",
                    format!("{:?} is no ARN of a topic", notifications.sns_topic_arn),
                )
                .help("refer to the `arn` of an aws.sns.topic"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let locked = if spec.lock_configuration.is_some() { "json:true" } else { "json:false" };
        Profile::seconds(3, 3, 3)
            .visible_after(30)
            .computes("id", "{spec.backup_vault_name}")
            .computes("arn", "arn:aws:backup:{region}:{account}:backup-vault:{id}")
            // The account's key of the service, which it makes with the first vault.
            .computes(
                "encryption_key_arn",
                "arn:aws:kms:{region}:{account}:key/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            )
            .computes_from("locked", locked, &["lock_configuration"])
            .computes("number_of_recovery_points", "json:0")
    }

    /// A name is taken once in a region, a key is the region's own, and only an empty vault goes.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
                    other.region == cloud.region()
                        && other.attributes["backup_vault_name"] == spec.backup_vault_name.as_str()
                });
                if taken {
                    return Err(Refusal::new(
                        "AlreadyExistsException",
                        format!("Backup vault with the same name already exists: {}", spec.backup_vault_name),
                    ));
                }
                if let Some(key) = &spec.encryption_key_arn
                    && arn::Arn::parse(key).is_some_and(|arn| arn.region != cloud.region())
                {
                    return Err(Refusal::new(
                        "InvalidParameterValueException",
                        format!("The key {key} isn't in {}", cloud.region()),
                    ));
                }
            }
            Call::Delete { id, .. } => {
                let holds = cloud.all(Self::TYPE).into_iter().any(|this| {
                    this.id == id
                        && this.region == cloud.region()
                        && this.attributes["number_of_recovery_points"].as_i64().unwrap_or(0) > 0
                });
                if holds {
                    return Err(Refusal::new(
                        "InvalidRequestException",
                        format!("Backup vault {id} contains recovery points and cannot be deleted"),
                    ));
                }
            }
            Call::Update { .. } => {}
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (2..=50).contains(&text.len()) && text.chars().all(allowed) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a vault, such as production-database"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "backup-storage:MountCapsule",
            "backup:CreateBackupVault",
            "backup:DeleteBackupVault",
            "backup:DeleteBackupVaultAccessPolicy",
            "backup:DeleteBackupVaultLockConfiguration",
            "backup:DeleteBackupVaultNotifications",
            "backup:DescribeBackupVault",
            "backup:GetBackupVaultAccessPolicy",
            "backup:GetBackupVaultNotifications",
            "backup:ListBackupVaults",
            "backup:ListTags",
            "backup:PutBackupVaultAccessPolicy",
            "backup:PutBackupVaultLockConfiguration",
            "backup:PutBackupVaultNotifications",
            "backup:TagResource",
            "backup:UntagResource",
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:RetireGrant",
        ]
    }
}

fn lock_findings(lock: &LockConfiguration) -> Vec<Finding> {
    let mut findings = Vec::new();
    if lock.min_retention_days.is_none() && lock.max_retention_days.is_none() {
        findings.push(
            Finding::on("lock_configuration", "`lock_configuration` says no number of days")
                .help("set `min_retention_days`, `max_retention_days` or both"),
        );
    }
    if let (Some(least), Some(most)) = (lock.min_retention_days, lock.max_retention_days)
        && least > most
    {
        findings.push(
            Finding::on(
                "lock_configuration.min_retention_days",
                format!("backups can't be kept for {least} days at least and {most} at most"),
            )
            .and("lock_configuration.max_retention_days"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, deletion, refusal};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn vault() -> Json {
        json!({"backup_vault_name": "production-database", "encryption_key_arn": KEY,
            "lock_configuration": {"min_retention_days": 7, "max_retention_days": 90},
            "access_policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
                "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]},
            "notifications": {"sns_topic_arn": "arn:aws:sns:us-east-1:123456789012:backups",
                "backup_vault_events": ["BACKUP_JOB_FAILED", "S3_RESTORE_OBJECT_FAILED"]}})
    }

    #[test]
    fn names_locks_and_policies_are_what_the_api_takes() {
        assert_rules::<Vault>(
            &vault(),
            &[
                (&[("/backup_vault_name", json!("a"))], "doesn't match"),
                (&[("/backup_vault_name", json!("a.b"))], "doesn't match"),
                (&[("/encryption_key_arn", json!("alias/aws/backup"))], "no Amazon resource name"),
                (&[("/lock_configuration", json!({}))], "says no number of days"),
                (&[("/lock_configuration/min_retention_days", json!(91))], "91 days at least and 90 at most"),
                (&[("/lock_configuration/min_retention_days", json!(0))], "1 to 36500"),
                (&[("/lock_configuration/changeable_for_days", json!(2))], "3 to 36500"),
                (&[("/access_policy/Statement/0/Action", json!("s3:GetObject"))], "backup"),
                (&[("/notifications/sns_topic_arn", json!("backups"))], "no ARN of a topic"),
                (&[("/notifications/backup_vault_events", json!([]))], "0 elements"),
                (&[("/notifications/backup_vault_events/0", json!("BACKUP_FAILED"))], "none of"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<Vault>(&vault());
    }

    #[test]
    fn a_name_is_taken_once_in_a_region_and_the_key_is_of_it() {
        let mut world = World::default();
        world.add(Vault::TYPE, "production-database", json!({"backup_vault_name": "production-database"}));
        assert_eq!(refusal::<Vault>(&world, vault(), json!({})), "AlreadyExistsException");
        assert_eq!(refusal::<Vault>(&world, vault(), json!({"backup_vault_name": "other"})), "");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Vault>(&world, vault(), json!({})), "InvalidParameterValueException");
        assert_eq!(refusal::<Vault>(&world, vault(), json!({"encryption_key_arn": null})), "");
    }

    #[test]
    fn a_vault_with_backups_stays() {
        let mut world = World::default();
        world.add(Vault::TYPE, "full", json!({"number_of_recovery_points": 3}));
        world.add(Vault::TYPE, "empty", json!({"number_of_recovery_points": 0}));
        assert_eq!(deletion::<Vault>(&world, vault(), "full"), "InvalidRequestException");
        assert_eq!(deletion::<Vault>(&world, vault(), "empty"), "");
    }
}
