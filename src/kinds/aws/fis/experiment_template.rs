//! `aws.fis.experiment_template`: faults that can be injected, and when that stops by itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{arn, tags};
use super::template_rules;
use crate::kinds::{Finding, Kind, Profile};
use crate::model::PhysicalId;

/// Faults that can be injected into something, and what stops them. It does nothing until somebody
/// starts an experiment of it.
/// <https://docs.aws.amazon.com/fis/latest/APIReference/API_CreateExperimentTemplate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What it shows.
    #[schemars(length(min = 1, max = 512))]
    pub description: String,
    /// The ARN of the role that injects the faults.
    #[schemars(length(min = 20, max = 2048), extend("x-refers" = "aws.iam.role"))]
    pub role_arn: String,
    /// What ends an experiment before its time.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub stop_conditions: Vec<StopCondition>,
    /// What faults are injected into, by names of your own.
    pub targets: Option<BTreeMap<String, Target>>,
    /// The faults, by names of your own.
    pub actions: BTreeMap<String, Action>,
    /// Where it is written down what happened.
    pub log_configuration: Option<LogConfiguration>,
    /// Accounts, and what happens where there is nothing to inject faults into.
    pub experiment_options: Option<ExperimentOptions>,
    /// A report that is made of each experiment.
    pub experiment_report_configuration: Option<ReportConfiguration>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What ends an experiment before its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StopCondition {
    /// What it is.
    pub source: StopSource,
    /// The ARN of the alarm.
    #[schemars(length(min = 20, max = 2048), extend("x-refers" = "aws.cloudwatch.alarm"))]
    pub value: Option<String>,
}

/// What can end an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StopSource {
    /// Nothing.
    #[serde(rename = "none")]
    None,
    #[serde(rename = "aws:cloudwatch:alarm")]
    Alarm,
}

/// What faults are injected into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Such as `aws:ec2:subnet`.
    #[schemars(length(max = 128))]
    pub resource_type: String,
    /// The ARNs of the resources, which are the same then each time.
    #[schemars(length(min = 1, max = 5), extend("x-collection" = "set"))]
    pub resource_arns: Option<Vec<String>>,
    /// Tags that the resources have, all of them.
    pub resource_tags: Option<BTreeMap<String, String>>,
    /// What else they have to be.
    #[schemars(extend("x-collection" = "list(path)"))]
    pub filters: Option<Vec<Filter>>,
    /// How many of them: `ALL`, `COUNT(1)` or `PERCENT(50)`.
    #[schemars(length(max = 64))]
    pub selection_mode: String,
    /// What belongs to the type, such as the namespace of pods.
    pub parameters: Option<BTreeMap<String, String>>,
}

/// What resources have to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Filter {
    /// An attribute, such as `State.Name`.
    #[schemars(length(min = 1, max = 256))]
    pub path: String,
    /// The values that it may have.
    #[schemars(length(min = 1), extend("x-collection" = "set"))]
    pub values: Vec<String>,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Such as `aws:eks:pod-delete`.
    #[schemars(length(max = 128))]
    pub action_id: String,
    /// What it shows.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Its parameters.
    pub parameters: Option<BTreeMap<String, String>>,
    /// Into which targets, by the name that the action has for them, such as `Pods`.
    pub targets: Option<BTreeMap<String, String>>,
    /// Names of the actions that have to be over before; it starts at once where it is absent.
    #[schemars(extend("x-collection" = "set"))]
    pub start_after: Option<Vec<String>>,
}

/// Where it is written down what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogConfiguration {
    /// To a group of logs.
    pub cloud_watch_logs_configuration: Option<LogGroupDestination>,
    /// To a bucket.
    pub s3_configuration: Option<BucketDestination>,
    /// The version of what is written.
    #[schemars(range(min = 1, max = 2))]
    pub log_schema_version: i64,
}

/// A group of logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogGroupDestination {
    /// Its ARN with `:*` at the end.
    #[schemars(length(min = 20, max = 2048))]
    pub log_group_arn: String,
}

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BucketDestination {
    /// The bucket's name.
    #[schemars(length(min = 3, max = 63), extend("x-refers" = "aws.s3.bucket"))]
    pub bucket_name: String,
    /// What the keys start with.
    #[schemars(length(min = 1, max = 256))]
    pub prefix: Option<String>,
}

/// Accounts, and what happens where there is nothing to inject faults into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExperimentOptions {
    /// In how many accounts.
    #[schemars(extend("x-immutable" = true, "default" = "single-account"))]
    pub account_targeting: Option<AccountTargeting>,
    /// What happens where a target means nothing that is there.
    #[schemars(extend("default" = "fail"))]
    pub empty_target_resolution_mode: Option<EmptyTargetMode>,
}

/// In how many accounts faults are injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountTargeting {
    SingleAccount,
    MultiAccount,
}

/// What happens where a target means nothing that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EmptyTargetMode {
    /// The experiment fails.
    Fail,
    /// The actions on it are left out.
    Skip,
}

/// A report that is made of each experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportConfiguration {
    /// Where it goes.
    pub outputs: ReportOutputs,
    /// What it shows.
    pub data_sources: Option<ReportSources>,
    /// For how long before the experiment, such as `PT20M`.
    #[schemars(length(max = 32))]
    pub pre_experiment_duration: Option<String>,
    /// For how long after it.
    #[schemars(length(max = 32))]
    pub post_experiment_duration: Option<String>,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportOutputs {
    /// To a bucket.
    pub s3_configuration: BucketDestination,
}

/// What a report shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSources {
    /// Dashboards.
    #[schemars(extend("x-collection" = "set"))]
    pub cloud_watch_dashboards: Vec<ReportDashboard>,
}

/// A dashboard in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportDashboard {
    /// Its ARN.
    #[schemars(length(max = 512))]
    pub dashboard_identifier: String,
}

/// A template as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `EXT1a2b3c4d5e6f7`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct ExperimentTemplate;

impl Kind for ExperimentTemplate {
    const TYPE: &'static str = "aws.fis.experiment_template";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(arn::findings("role_arn", &spec.role_arn, "iam", &["role"]));
        findings.extend(template_rules::findings(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "EXT{digits:13}")
            .computes("arn", "arn:aws:fis:{region}:{account}:experiment-template/{id}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let digits = text.strip_prefix("EXT").unwrap_or_default();
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should look like EXT1a2b3c4d5e6f7"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "fis:CreateExperimentTemplate",
            "fis:DeleteExperimentTemplate",
            "fis:GetExperimentTemplate",
            "fis:ListExperimentTemplates",
            "fis:ListTagsForResource",
            "fis:TagResource",
            "fis:UntagResource",
            "fis:UpdateExperimentTemplate",
            "iam:PassRole",
            "logs:CreateLogDelivery",
            "logs:DescribeResourcePolicies",
            "logs:PutResourcePolicy",
        ]
    }
}
