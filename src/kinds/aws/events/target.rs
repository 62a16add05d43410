//! To where a rule sends its events.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html>

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{self, Arn};
use crate::kinds::Finding;
use crate::model::FieldPath;

/// One receiver of a rule's events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Its name among the rule's targets.
    #[schemars(regex(pattern = r"^[.\-_A-Za-z0-9]{1,64}$"))]
    pub id: String,
    /// The ARN of the receiver.
    #[schemars(length(min = 1, max = 1600), extend("x-refers" = "aws.sqs.queue|aws.lambda.function|aws.logs.log_group"))]
    pub arn: String,
    /// The role with which events are sent; queues, topics and functions let them in by their own
    /// policies instead.
    #[schemars(length(min = 1, max = 1600), extend("x-refers" = "aws.iam.role"))]
    pub role_arn: Option<String>,
    /// A text of JSON that is sent instead of the event.
    #[schemars(length(max = 8192))]
    pub input: Option<String>,
    /// The part of the event that is sent, such as `$.detail`.
    #[schemars(length(max = 256))]
    pub input_path: Option<String>,
    /// What is made of the event before it is sent.
    pub input_transformer: Option<InputTransformer>,
    /// Of a stream of Kinesis.
    pub kinesis_parameters: Option<KinesisParameters>,
    /// Of a command of Systems Manager.
    pub run_command_parameters: Option<RunCommandParameters>,
    /// Of a task of ECS.
    pub ecs_parameters: Option<EcsParameters>,
    /// Of a job of Batch.
    pub batch_parameters: Option<BatchParameters>,
    /// Of a queue.
    pub sqs_parameters: Option<SqsParameters>,
    /// Of an API.
    pub http_parameters: Option<HttpParameters>,
    /// Of a statement in Redshift.
    pub redshift_data_parameters: Option<RedshiftDataParameters>,
    /// Of a pipeline of SageMaker.
    pub sage_maker_pipeline_parameters: Option<SageMakerPipelineParameters>,
    /// To where events go that can't be delivered.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// For how long, and how often, a delivery is tried.
    #[schemars(extend("default" = {"maximum_event_age_in_seconds": 86400, "maximum_retry_attempts": 185}))]
    pub retry_policy: Option<RetryPolicy>,
    /// Of an API of AppSync.
    pub app_sync_parameters: Option<AppSyncParameters>,
}

/// What is made of an event before it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputTransformer {
    /// Parts of the event by the names that the template uses, such as `instance: $.detail.instance-id`.
    pub input_paths_map: Option<BTreeMap<String, String>>,
    /// What is sent, with `<name>` where a part goes.
    #[schemars(length(min = 1, max = 8192))]
    pub input_template: String,
}

/// Of a stream of Kinesis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KinesisParameters {
    /// The part of the event that chooses the shard.
    #[schemars(length(max = 256))]
    pub partition_key_path: String,
}

/// Of a command of Systems Manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunCommandParameters {
    /// On which machines it runs.
    #[schemars(length(min = 1, max = 5), extend("x-collection" = "list(key)"))]
    pub run_command_targets: Vec<RunCommandTarget>,
}

/// Machines by a tag or by their ids.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunCommandTarget {
    /// `InstanceIds`, or `tag:` and the key of a tag.
    #[schemars(length(min = 1, max = 128))]
    pub key: String,
    /// The ids, or the values of the tag.
    #[schemars(length(min = 1, max = 50), extend("x-collection" = "set"))]
    pub values: Vec<String>,
}

/// Of a task of ECS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EcsParameters {
    /// The task's definition.
    #[schemars(length(min = 1, max = 1600))]
    pub task_definition_arn: String,
    /// How many of it are started.
    #[schemars(range(min = 1), extend("default" = 1))]
    pub task_count: Option<i64>,
    /// On what they run.
    pub launch_type: Option<LaunchType>,
    /// Their network, in the mode awsvpc.
    pub network_configuration: Option<NetworkConfiguration>,
    /// The version of Fargate.
    pub platform_version: Option<String>,
    /// The group of the tasks.
    pub group: Option<String>,
    /// Which capacity they use, instead of a launch type.
    #[schemars(length(max = 6), extend("x-collection" = "list(capacity_provider)"))]
    pub capacity_provider_strategy: Option<Vec<CapacityProviderStrategyItem>>,
    /// Whether ECS sets its own tags.
    #[schemars(extend("default" = false))]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Whether people may run commands in the containers.
    #[schemars(extend("default" = false))]
    pub enable_execute_command: Option<bool>,
    /// Where tasks may run.
    #[schemars(length(max = 10))]
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// Where tasks should run.
    #[schemars(length(max = 5))]
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// From where tasks get tags.
    pub propagate_tags: Option<PropagateTags>,
    /// An id that the tasks carry.
    #[schemars(length(max = 1024))]
    pub reference_id: Option<String>,
    /// Tags of the tasks by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// On what tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LaunchType {
    Ec2,
    Fargate,
    External,
}

/// From where tasks get tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PropagateTags {
    TaskDefinition,
}

/// The network of tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkConfiguration {
    /// Interfaces of their own.
    pub awsvpc_configuration: Option<AwsVpcConfiguration>,
}

/// Interfaces of tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AwsVpcConfiguration {
    /// The subnets.
    #[schemars(extend("x-collection" = "set"))]
    pub subnets: Vec<String>,
    /// The security groups; the network's default one where they are absent.
    #[schemars(extend("x-collection" = "set", "x-default" = "provider"))]
    pub security_groups: Option<Vec<String>>,
    /// Whether they get public addresses.
    #[schemars(extend("default" = "DISABLED"))]
    pub assign_public_ip: Option<AssignPublicIp>,
}

/// Whether tasks get public addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AssignPublicIp {
    Enabled,
    Disabled,
}

/// A share of some capacity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityProviderStrategyItem {
    /// The capacity provider.
    #[schemars(length(min = 1, max = 255))]
    pub capacity_provider: String,
    /// Its share among the others.
    #[schemars(range(min = 0, max = 1000), extend("default" = 0))]
    pub weight: Option<i64>,
    /// How many tasks it gets first.
    #[schemars(range(min = 0, max = 100_000), extend("default" = 0))]
    pub base: Option<i64>,
}

/// Where tasks may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlacementConstraint {
    /// How `expression` is read.
    #[serde(rename = "type")]
    pub constraint_type: Option<PlacementConstraintType>,
    /// In the language of ECS.
    #[schemars(length(max = 2000))]
    pub expression: Option<String>,
}

/// How a constraint is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PlacementConstraintType {
    DistinctInstance,
    MemberOf,
}

/// Where tasks should run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlacementStrategy {
    /// How they are placed.
    #[serde(rename = "type")]
    pub strategy_type: Option<PlacementStrategyType>,
    /// What by, such as `memory`.
    #[schemars(length(max = 255))]
    pub field: Option<String>,
}

/// How tasks are placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlacementStrategyType {
    Random,
    Spread,
    Binpack,
}

/// Of a job of Batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchParameters {
    /// The job's definition.
    pub job_definition: String,
    /// The job's name.
    pub job_name: String,
    /// For an array of jobs.
    pub array_properties: Option<ArrayProperties>,
    /// How often a job is tried.
    pub retry_strategy: Option<RetryStrategy>,
}

/// An array of jobs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArrayProperties {
    /// How many there are.
    #[schemars(range(min = 2, max = 10_000))]
    pub size: i64,
}

/// How often a job is tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetryStrategy {
    /// The first one counted.
    #[schemars(range(min = 1, max = 10))]
    pub attempts: i64,
}

/// Of a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SqsParameters {
    /// The group of the messages, which FIFO queues need.
    #[schemars(length(max = 100))]
    pub message_group_id: Option<String>,
}

/// Of an API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpParameters {
    /// What goes in the place of each `*` of its path.
    pub path_parameter_values: Option<Vec<String>>,
    /// Headers by name.
    pub header_parameters: Option<BTreeMap<String, String>>,
    /// Parameters of the query by name.
    pub query_string_parameters: Option<BTreeMap<String, String>>,
}

/// Of a statement in Redshift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RedshiftDataParameters {
    /// The secret that opens the database, by its ARN or by a path into the event.
    #[schemars(length(min = 1, max = 1600))]
    pub secret_manager_arn: Option<String>,
    /// The database.
    #[schemars(length(min = 1, max = 64))]
    pub database: String,
    /// The user, instead of a secret.
    #[schemars(length(min = 1, max = 128))]
    pub db_user: Option<String>,
    /// The statement.
    #[schemars(length(min = 1, max = 100_000), extend("x-sensitive" = true))]
    pub sql: Option<String>,
    /// Its name.
    #[schemars(length(min = 1, max = 500))]
    pub statement_name: Option<String>,
    /// Whether an event follows when it is done.
    #[schemars(extend("default" = false))]
    pub with_event: Option<bool>,
    /// Several statements, one after the other.
    #[schemars(length(max = 40), extend("x-sensitive" = true))]
    pub sqls: Option<Vec<String>>,
}

/// Of a pipeline of SageMaker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SageMakerPipelineParameters {
    /// Its parameters.
    #[schemars(length(max = 200), extend("x-collection" = "list(name)"))]
    pub pipeline_parameter_list: Option<Vec<SageMakerPipelineParameter>>,
}

/// One parameter of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SageMakerPipelineParameter {
    /// Its name.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"), length(max = 256))]
    pub name: String,
    /// Its value.
    #[schemars(length(max = 1024))]
    pub value: String,
}

/// To where events go that can't be delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterConfig {
    /// The ARN of a standard queue in the rule's region.
    #[schemars(length(min = 1, max = 1600), extend("x-refers" = "aws.sqs.queue"))]
    pub arn: String,
}

/// For how long, and how often, a delivery is tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetryPolicy {
    /// How often at most.
    #[schemars(range(min = 0, max = 185), extend("default" = 185))]
    pub maximum_retry_attempts: Option<i64>,
    /// For how long at most.
    #[schemars(range(min = 60, max = 86_400), extend("default" = 86400))]
    pub maximum_event_age_in_seconds: Option<i64>,
}

/// Of an API of AppSync.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppSyncParameters {
    /// The operation, which may read parts of the event.
    #[schemars(length(min = 1, max = 1_048_576), extend("x-sensitive" = true))]
    pub graph_ql_operation: Option<String>,
}

/// What is wrong with a target.
pub(super) fn findings(path: &FieldPath, target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(receiver) = Arn::parse(&target.arn) else {
        let at = path.key("arn");
        let message = format!("`{at}` is {:?}, which is no Amazon resource name", target.arn);
        return vec![Finding::at(at, message).help("refer to the `arn` of the receiver")];
    };
    let inputs = [
        ("input", target.input.is_some()),
        ("input_path", target.input_path.is_some()),
        ("input_transformer", target.input_transformer.is_some()),
    ];
    let given: Vec<&str> = inputs.iter().filter(|(_, set)| *set).map(|(name, _)| *name).collect();
    if let [first, second, ..] = given[..] {
        findings.push(
            Finding::at(path.key(second), format!("a target has either `{first}` or `{second}`"))
                .and_at(path.key(first)),
        );
    }
    if let Some(text) = &target.input
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
    {
        findings.push(
            Finding::at(path.key("input"), "`input` is no text of JSON")
                .help("write a map and `{{ … | to_json }}`, or a text in quotes of its own"),
        );
    }
    if let Some(role) = &target.role_arn {
        let at = path.key("role_arn");
        findings.extend(
            arn::findings("role_arn", role, "iam", &["role"])
                .into_iter()
                .map(|finding| Finding { paths: vec![at.clone()], ..finding }),
        );
    }
    // The receivers that take events only from a role, not by a policy of their own.
    let needs_role = matches!(receiver.service, "kinesis" | "states" | "ecs" | "batch" | "firehose" | "ssm");
    if needs_role && target.role_arn.is_none() {
        findings.push(
            Finding::at(path.clone(), format!("a target of {} needs a `role_arn`", receiver.service))
                .and_at(path.key("arn"))
                .and_at(path.key("role_arn")),
        );
    }
    for (field, set, service) in [
        ("kinesis_parameters", target.kinesis_parameters.is_some(), "kinesis"),
        ("run_command_parameters", target.run_command_parameters.is_some(), "ssm"),
        ("ecs_parameters", target.ecs_parameters.is_some(), "ecs"),
        ("batch_parameters", target.batch_parameters.is_some(), "batch"),
        ("sqs_parameters", target.sqs_parameters.is_some(), "sqs"),
        ("sage_maker_pipeline_parameters", target.sage_maker_pipeline_parameters.is_some(), "sagemaker"),
        ("app_sync_parameters", target.app_sync_parameters.is_some(), "appsync"),
    ] {
        if set && receiver.service != service {
            findings.push(
                Finding::at(
                    path.key(field),
                    format!("`{field}` are not for a target of {}", receiver.service),
                )
                .and_at(path.key("arn")),
            );
        }
    }
    let is_fifo = receiver.service == "sqs" && receiver.resource.ends_with(".fifo");
    let group = target.sqs_parameters.as_ref().and_then(|queue| queue.message_group_id.as_ref());
    if is_fifo && group.is_none() {
        findings.push(
            Finding::at(path.key("sqs_parameters"), "a FIFO queue needs a `message_group_id`")
                .and_at(path.key("arn")),
        );
    }
    if let Some(dead) = &target.dead_letter_config
        && Arn::of_service(&dead.arn, "sqs").is_none_or(|arn| arn.resource.ends_with(".fifo"))
    {
        findings.push(Finding::at(
            path.key("dead_letter_config").key("arn"),
            format!("{:?} is no ARN of a standard queue", dead.arn),
        ));
    }
    findings
}
