//! `aws.backup.restore_testing_plan`: backups that are restored for a test, and thrown away again.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{arn, tags};
use super::{schedule_findings, time_zone_findings};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// When which backups are restored for a test, and what of them. Its selections are calls of their own;
/// one whose type of resource changes is made anew.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateRestoreTestingPlan.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within account and region.
    #[schemars(regex(pattern = "^[a-zA-Z0-9_]{1,50}$"), extend("x-immutable" = true))]
    pub restore_testing_plan_name: String,
    /// Which backups are taken.
    pub recovery_point_selection: RecoveryPointSelection,
    /// When, such as `cron(0 4 ? * SUN *)`.
    pub schedule_expression: String,
    /// In which time zone that is.
    #[schemars(extend("default" = "Etc/UTC"))]
    pub schedule_expression_timezone: Option<String>,
    /// Within how many hours a test has to start, or else isn't made.
    #[schemars(range(min = 1, max = 168), extend("default" = 24))]
    pub start_window_hours: Option<i64>,
    /// What is restored.
    #[schemars(extend("x-collection" = "list(restore_testing_selection_name)"))]
    pub selections: Option<Vec<RestoreTestingSelection>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Which backups are taken for a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecoveryPointSelection {
    /// Which of those that could be.
    pub algorithm: Algorithm,
    /// From which vaults: their ARNs, with `*` in them, or `*` for all.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub include_vaults: Vec<String>,
    /// From which of those not.
    #[schemars(extend("x-collection" = "set"))]
    pub exclude_vaults: Option<Vec<String>>,
    /// Of which types.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub recovery_point_types: Vec<RecoveryPointType>,
    /// How many days old they may be.
    #[schemars(range(min = 1, max = 365), extend("default" = 30))]
    pub selection_window_days: Option<i64>,
}

/// Which backup is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Algorithm {
    LatestWithinWindow,
    RandomWithinWindow,
}

/// A type of backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecoveryPointType {
    Continuous,
    Snapshot,
}

/// What is restored of one type of resource.
/// <https://docs.aws.amazon.com/aws-backup/latest/devguide/API_RestoreTestingSelectionForCreate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RestoreTestingSelection {
    /// Its name within the plan.
    #[schemars(regex(pattern = "^[a-zA-Z0-9_]{1,50}$"))]
    pub restore_testing_selection_name: String,
    /// The type of the resources.
    pub protected_resource_type: ProtectedResourceType,
    /// The ARN of the role that makes what is restored.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub iam_role_arn: String,
    /// ARNs of resources, or `*` for all.
    #[schemars(length(max = 30), extend("x-collection" = "set"))]
    pub protected_resource_arns: Option<Vec<String>>,
    /// Tags that the resources have, all of them.
    pub protected_resource_conditions: Option<ResourceConditions>,
    /// What is restored otherwise than the backup says, such as the subnet group of a database.
    pub restore_metadata_overrides: Option<BTreeMap<String, String>>,
    /// For how many hours what was restored stays, so that it can be looked at.
    #[schemars(range(min = 0, max = 168), extend("x-default" = "provider"))]
    pub validation_window_hours: Option<i64>,
}

/// A type of resource whose backups can be tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProtectedResourceType {
    Aurora,
    #[serde(rename = "DocumentDB")]
    DocumentDb,
    #[serde(rename = "DynamoDB")]
    DynamoDb,
    #[serde(rename = "EBS")]
    Ebs,
    #[serde(rename = "EC2")]
    Ec2,
    #[serde(rename = "EFS")]
    Efs,
    FSx,
    Neptune,
    #[serde(rename = "RDS")]
    Rds,
    S3,
}

/// What the tags of a resource have to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceConditions {
    /// They are these.
    #[schemars(extend("x-collection" = "set"))]
    pub string_equals: Option<Vec<KeyValue>>,
    /// They are not these.
    #[schemars(extend("x-collection" = "set"))]
    pub string_not_equals: Option<Vec<KeyValue>>,
}

/// A tag that is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyValue {
    /// The tag's key.
    #[schemars(length(min = 1, max = 128))]
    pub key: String,
    /// The tag's value.
    #[schemars(length(max = 256))]
    pub value: String,
}

/// A restore testing plan as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct RestoreTestingPlan;

impl Kind for RestoreTestingPlan {
    const TYPE: &'static str = "aws.backup.restore_testing_plan";
    const IDENTITY: &'static [&'static str] = &["restore_testing_plan_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(schedule_findings("schedule_expression", Some(&spec.schedule_expression)));
        findings.extend(time_zone_findings(
            "schedule_expression_timezone",
            spec.schedule_expression_timezone.as_deref(),
        ));
        let vaults = &spec.recovery_point_selection;
        findings.extend(vault_findings("include_vaults", &vaults.include_vaults));
        findings
            .extend(vault_findings("exclude_vaults", vaults.exclude_vaults.as_deref().unwrap_or_default()));
        for (index, selection) in spec.selections.iter().flatten().enumerate() {
            findings.extend(selection_findings(&format!("selections[{index}]"), selection));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 3)
            .visible_after(30)
            .computes("id", "{spec.restore_testing_plan_name}")
            .computes("arn", "arn:aws:backup:{region}:{account}:restore-testing-plan:{id}-{hex:8}")
    }

    /// A name is taken once in a region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.region == cloud.region()
                && other.attributes["restore_testing_plan_name"] == spec.restore_testing_plan_name.as_str()
        });
        if taken {
            return Err(Refusal::new(
                "AlreadyExistsException",
                format!("The restore testing plan {} exists already", spec.restore_testing_plan_name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if (1..=50).contains(&text.len()) && text.chars().all(allowed) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a restore testing plan, such as production_weekly"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "backup:CreateRestoreTestingPlan",
            "backup:CreateRestoreTestingSelection",
            "backup:DeleteRestoreTestingPlan",
            "backup:DeleteRestoreTestingSelection",
            "backup:GetRestoreTestingPlan",
            "backup:GetRestoreTestingSelection",
            "backup:ListRestoreTestingPlans",
            "backup:ListRestoreTestingSelections",
            "backup:ListTags",
            "backup:TagResource",
            "backup:UntagResource",
            "backup:UpdateRestoreTestingPlan",
            "backup:UpdateRestoreTestingSelection",
            "iam:PassRole",
        ]
    }
}

fn vault_findings(field: &str, vaults: &[String]) -> Vec<Finding> {
    let is_vault = |text: &str| {
        text == "*"
            || arn::Arn::parse(text)
                .is_some_and(|arn| arn.service == "backup" && arn.resource.starts_with("backup-vault:"))
    };
    let wrong = vaults.iter().enumerate().filter(|(_, text)| !is_vault(text));
    let mut findings: Vec<Finding> = wrong
        .map(|(index, text)| {
            Finding::on(
                &format!("recovery_point_selection.{field}[{index}]"),
                format!("{text:?} is neither `*` nor an ARN of vaults"),
            )
            .help("refer to the `arn` of an aws.backup.vault")
        })
        .collect();
    if vaults.len() > 1 && vaults.iter().any(|text| text == "*") {
        findings.push(Finding::on(
            &format!("recovery_point_selection.{field}"),
            format!("`{field}` has `*`, which is all, and others"),
        ));
    }
    findings
}

fn selection_findings(path: &str, selection: &RestoreTestingSelection) -> Vec<Finding> {
    let mut findings = Vec::new();
    if arn::Arn::of_service(&selection.iam_role_arn, "iam").is_none() {
        findings.push(Finding::on(
            &format!("{path}.iam_role_arn"),
            format!("{:?} is no ARN of a role", selection.iam_role_arn),
        ));
    }
    let arns = selection.protected_resource_arns.as_deref().unwrap_or_default();
    let field = format!("{path}.protected_resource_arns");
    let conditions = selection.protected_resource_conditions.is_some();
    let everything = arns.iter().any(|arn| arn == "*");
    if arns.is_empty() && !conditions {
        findings.push(
            Finding::on(&field, "nothing is selected")
                .and(&format!("{path}.protected_resource_conditions"))
                .help("set `protected_resource_arns` to [\"*\"] for everything of the type"),
        );
    }
    if everything && arns.len() > 1 {
        findings.push(Finding::on(&field, "`protected_resource_arns` has `*`, which is all, and others"));
    }
    if conditions && !everything && !arns.is_empty() {
        findings.push(
            Finding::on(
                &format!("{path}.protected_resource_conditions"),
                "a selection has ARNs or conditions, not both",
            )
            .and(&field),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, refusal};
    use crate::model::Json;

    fn plan() -> Json {
        json!({"restore_testing_plan_name": "production_weekly", "schedule_expression": "cron(0 4 ? * SUN *)",
            "recovery_point_selection": {"algorithm": "LATEST_WITHIN_WINDOW", "selection_window_days": 7,
                "include_vaults": ["arn:aws:backup:us-east-1:123456789012:backup-vault:production"],
                "recovery_point_types": ["SNAPSHOT", "CONTINUOUS"]},
            "selections": [{"restore_testing_selection_name": "database", "protected_resource_type": "Aurora",
                "iam_role_arn": "arn:aws:iam::123456789012:role/restore", "protected_resource_arns": ["*"],
                "restore_metadata_overrides": {"dbsubnetgroupname": "production-primary"},
                "validation_window_hours": 2}]})
    }

    #[test]
    fn names_times_and_selections_are_what_the_api_takes() {
        let conditions = json!({"string_equals": [{"key": "backup", "value": "daily"}]});
        assert_rules::<RestoreTestingPlan>(
            &plan(),
            &[
                (&[("/restore_testing_plan_name", json!("production-weekly"))], "doesn't match"),
                (&[("/schedule_expression", json!("rate(7 days)"))], "isn't written as cron("),
                (&[("/schedule_expression_timezone", json!("here now"))], "no name of a time zone"),
                (&[("/start_window_hours", json!(169))], "1 to 168"),
                (&[("/recovery_point_selection/include_vaults", json!([]))], "0 elements"),
                (
                    &[("/recovery_point_selection/include_vaults/0", json!("production"))],
                    "nor an ARN of vaults",
                ),
                (&[("/recovery_point_selection/include_vaults", json!(["*"]))], ""),
                (
                    &[(
                        "/recovery_point_selection/include_vaults",
                        json!(["*", "arn:aws:backup:us-east-1:123456789012:backup-vault:a"]),
                    )],
                    "which is all",
                ),
                (&[("/recovery_point_selection/selection_window_days", json!(366))], "1 to 365"),
                (&[("/recovery_point_selection/algorithm", json!("LATEST"))], "none of"),
                (&[("/selections/0/protected_resource_type", json!("Redshift"))], "none of"),
                (&[("/selections/0/protected_resource_arns", json!([]))], "nothing is selected"),
                (&[("/selections/0/protected_resource_conditions", conditions.clone())], ""),
                (
                    &[
                        (
                            "/selections/0/protected_resource_arns",
                            json!(["arn:aws:rds:us-east-1:1:cluster:a"]),
                        ),
                        ("/selections/0/protected_resource_conditions", conditions),
                    ],
                    "not both",
                ),
                (&[("/selections/0/iam_role_arn", json!("restore"))], "no ARN of a role"),
                (&[("/selections/0/validation_window_hours", json!(169))], "0 to 168"),
            ],
        );
        assert_whole::<RestoreTestingPlan>(&plan());
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let mut world = World::default();
        world.add(RestoreTestingPlan::TYPE, "production_weekly", plan());
        assert_eq!(refusal::<RestoreTestingPlan>(&world, plan(), json!({})), "AlreadyExistsException");
        world.region = "eu-west-1";
        assert_eq!(refusal::<RestoreTestingPlan>(&world, plan(), json!({})), "");
    }
}
