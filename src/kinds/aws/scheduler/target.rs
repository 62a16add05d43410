//! What a schedule calls, as whom, and with what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::Arn;
use crate::kinds::Finding;
use crate::model::Json;

/// What a schedule calls.
/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The ARN of what is called, or `arn:aws:scheduler:::aws-sdk:` with the service and the action of
    /// any API, such as `arn:aws:scheduler:::aws-sdk:rds:stopDBCluster`.
    #[schemars(length(min = 1, max = 1600))]
    pub arn: String,
    /// The ARN of the role that calls it.
    #[schemars(length(min = 1, max = 1600), extend("x-refers" = "aws.iam.role"))]
    pub role_arn: String,
    /// Where calls go that fail again and again.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// How often, and for how long, a failed call is made again.
    pub retry_policy: Option<RetryPolicy>,
    /// What it is called with; of an API's action, its parameters as JSON.
    #[schemars(length(min = 1, max = 262_144))]
    pub input: Option<String>,
    /// Of a cluster of ECS: the task that is run.
    pub ecs_parameters: Option<EcsParameters>,
    /// Of an event bus: what the event is.
    pub event_bridge_parameters: Option<EventBridgeParameters>,
    /// Of a stream of Kinesis: where the record goes.
    pub kinesis_parameters: Option<KinesisParameters>,
    /// Of a pipeline of `SageMaker`: its parameters.
    pub sage_maker_pipeline_parameters: Option<SageMakerPipelineParameters>,
    /// Of a FIFO queue: the group of the message.
    pub sqs_parameters: Option<SqsParameters>,
}

/// Where calls go that fail again and again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetterConfig {
    /// The ARN of a queue.
    #[schemars(length(min = 1, max = 1600))]
    pub arn: String,
}

/// How often, and for how long, a failed call is made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RetryPolicy {
    /// For how many seconds.
    #[schemars(range(min = 60, max = 86400), extend("default" = 86400))]
    pub maximum_event_age_in_seconds: Option<i64>,
    /// How often.
    #[schemars(range(min = 0, max = 185), extend("default" = 185))]
    pub maximum_retry_attempts: Option<i64>,
}

/// A task of ECS that is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EcsParameters {
    /// The ARN of its definition.
    #[schemars(length(min = 1, max = 1600))]
    pub task_definition_arn: String,
    /// How many of it.
    #[schemars(range(min = 1, max = 10), extend("default" = 1))]
    pub task_count: Option<i64>,
    /// What it runs on.
    pub launch_type: Option<LaunchType>,
    /// Its place in the network.
    pub network_configuration: Option<NetworkConfiguration>,
    /// Of Fargate: the version, such as `1.4.0`.
    #[schemars(length(min = 1, max = 64))]
    pub platform_version: Option<String>,
    /// The group of the task.
    #[schemars(length(min = 1, max = 255))]
    pub group: Option<String>,
    /// By what its machines are provided.
    #[schemars(length(max = 6), extend("x-collection" = "list(capacity_provider)"))]
    pub capacity_provider_strategy: Option<Vec<CapacityProvider>>,
    /// Whether ECS tags the task itself.
    #[schemars(extend("default" = false))]
    pub enable_ecs_managed_tags: Option<bool>,
    /// Whether commands can be run in its containers.
    #[schemars(extend("default" = false))]
    pub enable_execute_command: Option<bool>,
    /// On which machines it may run.
    #[schemars(length(max = 10))]
    pub placement_constraints: Option<Vec<PlacementConstraint>>,
    /// Which machines are taken first.
    #[schemars(length(max = 5))]
    pub placement_strategy: Option<Vec<PlacementStrategy>>,
    /// Whose tags the task gets.
    pub propagate_tags: Option<PropagateTags>,
    /// A text of your own that the task carries.
    #[schemars(length(max = 1024))]
    pub reference_id: Option<String>,
    /// Tags of the task, by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a task runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LaunchType {
    Ec2,
    Fargate,
    External,
}

/// A task's place in the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NetworkConfiguration {
    /// With an interface of its own.
    pub awsvpc_configuration: Option<AwsvpcConfiguration>,
}

/// The interface of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AwsvpcConfiguration {
    /// The ids of the subnets that it may lie in.
    #[schemars(length(min = 1, max = 16), extend("x-collection" = "set"))]
    pub subnets: Vec<String>,
    /// The ids of its security groups; the network's own where it is absent.
    #[schemars(length(min = 1, max = 5), extend("x-collection" = "set"))]
    pub security_groups: Option<Vec<String>>,
    /// Whether it has a public address.
    #[schemars(extend("default" = "DISABLED"))]
    pub assign_public_ip: Option<AssignPublicIp>,
}

/// Whether a task has a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AssignPublicIp {
    Enabled,
    Disabled,
}

/// What provides machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapacityProvider {
    /// Its name.
    #[schemars(length(min = 1, max = 255))]
    pub capacity_provider: String,
    /// Its share of the tasks beyond `base`.
    #[schemars(range(min = 0, max = 1000))]
    pub weight: Option<i64>,
    /// How many tasks it has at least.
    #[schemars(range(min = 0, max = 100_000))]
    pub base: Option<i64>,
}

/// On which machines a task may run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlacementConstraint {
    /// Which rule.
    #[serde(rename = "type")]
    pub constraint_type: ConstraintType,
    /// An expression of ECS's own, for `memberOf`.
    #[schemars(length(max = 2000))]
    pub expression: Option<String>,
}

/// A rule about machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConstraintType {
    DistinctInstance,
    MemberOf,
}

/// Which machines are taken first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlacementStrategy {
    /// In which way.
    #[serde(rename = "type")]
    pub strategy_type: StrategyType,
    /// By which attribute of the machines.
    #[schemars(length(max = 255))]
    pub field: Option<String>,
}

/// A way to choose machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StrategyType {
    Random,
    Spread,
    Binpack,
}

/// Whose tags a task gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PropagateTags {
    TaskDefinition,
}

/// What an event is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventBridgeParameters {
    /// Which fields the event has.
    #[schemars(length(min = 1, max = 128))]
    pub detail_type: String,
    /// Who sends it.
    #[schemars(length(min = 1, max = 256))]
    pub source: String,
}

/// Where a record of Kinesis goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KinesisParameters {
    /// What decides on the shard.
    #[schemars(length(min = 1, max = 256))]
    pub partition_key: String,
}

/// The parameters of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SageMakerPipelineParameters {
    /// Their names and values.
    #[schemars(length(max = 200), extend("x-collection" = "list(name)"))]
    pub pipeline_parameter_list: Option<Vec<PipelineParameter>>,
}

/// A parameter of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineParameter {
    /// Its name.
    #[schemars(regex(pattern = r"^[A-Za-z0-9\-_]{1,256}$"))]
    pub name: String,
    /// Its value.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// The group of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SqsParameters {
    /// Messages of one group come in order.
    #[schemars(length(min = 1, max = 128))]
    pub message_group_id: Option<String>,
}

/// Actions whose names start so only read, which a schedule can't.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>
const READING: [&str; 14] = [
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup",
    "discover", "batchGet", "validate",
];

/// What is wrong with a target.
pub(super) fn findings(target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(arn) = Arn::parse(&target.arn).filter(|arn| arn.partition.starts_with("aws")) else {
        return vec![
            Finding::on("target.arn", format!("{:?} is no Amazon resource name", target.arn))
                .help("name what is called, or an action as arn:aws:scheduler:::aws-sdk:rds:stopDBCluster"),
        ];
    };
    if let Some(action) = universal(&arn) {
        findings.extend(universal_findings(action));
    }
    let is_role =
        Arn::of_service(&target.role_arn, "iam").is_some_and(|arn| arn.resource.starts_with("role/"));
    if !is_role {
        findings.push(
            Finding::on("target.role_arn", format!("{:?} is no ARN of a role", target.role_arn))
                .help("refer to the `arn` of an aws.iam.role"),
        );
    }
    if let Some(letters) = &target.dead_letter_config
        && Arn::of_service(&letters.arn, "sqs").is_none()
    {
        findings.push(Finding::on(
            "target.dead_letter_config.arn",
            format!("{:?} is no ARN of a queue", letters.arn),
        ));
    }
    let has_json = matches!(arn.service, "lambda" | "states" | "events" | "scheduler");
    if has_json && target.input.as_ref().is_some_and(|input| serde_json::from_str::<Json>(input).is_err()) {
        findings.push(
            Finding::on("target.input", format!("`input` of a target of {} is no JSON", arn.service))
                .and("target.arn"),
        );
    }
    findings.extend(parameter_findings(target, arn.service));
    findings
}

/// The service and the action, of a target that is an action of an API.
fn universal<'a>(arn: &Arn<'a>) -> Option<&'a str> {
    (arn.service == "scheduler").then(|| arn.resource.strip_prefix("aws-sdk:")).flatten()
}

fn universal_findings(action: &str) -> Option<Finding> {
    let Some((service, action)) = action.split_once(':') else {
        return Some(Finding::on("target.arn", format!("`{action}` names a service and no action of it")));
    };
    let is_lower = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase());
    if !service.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) || !is_lower(action) {
        return Some(
            Finding::on(
                "target.arn",
                format!("`{service}:{action}` isn't written as the Scheduler wants it"),
            )
            .help("the service in lower case, the action with its first letter so: `rds:stopDBCluster`"),
        );
    }
    let word = |prefix: &str| {
        let rest = action.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    READING.into_iter().any(word).then(|| {
        Finding::on("target.arn", format!("`{service}:{action}` only reads"))
            .help("a schedule calls what changes something, since nobody would see the answer")
    })
}

/// Parameters belong to what is called.
fn parameter_findings(target: &Target, service: &str) -> Vec<Finding> {
    let rules = [
        ("ecs_parameters", target.ecs_parameters.is_some(), "ecs", true),
        ("event_bridge_parameters", target.event_bridge_parameters.is_some(), "events", true),
        ("kinesis_parameters", target.kinesis_parameters.is_some(), "kinesis", true),
        (
            "sage_maker_pipeline_parameters",
            target.sage_maker_pipeline_parameters.is_some(),
            "sagemaker",
            false,
        ),
        ("sqs_parameters", target.sqs_parameters.is_some(), "sqs", false),
    ];
    let mut findings = Vec::new();
    for (field, given, of, needed) in rules {
        let path = format!("target.{field}");
        if given && service != of {
            findings.push(
                Finding::on(
                    &path,
                    format!("`{field}` belong to a target of {of}, and this is one of {service}"),
                )
                .and("target.arn"),
            );
        } else if !given && needed && service == of {
            findings.push(Finding::on(&path, format!("a target of {of} needs `{field}`")).and("target.arn"));
        }
    }
    if let Some(event) = &target.event_bridge_parameters
        && event.source.starts_with("aws.")
    {
        findings.push(
            Finding::on("target.event_bridge_parameters.source", "`source` starts with `aws.`")
                .help("AWS keeps that prefix for itself"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schedule::Schedule;
    use crate::kinds::testing::assert_rules;

    #[test]
    fn each_target_has_the_parameters_of_its_service() {
        let target = |arn: &str| {
            json!({"name": "a", "schedule_expression": "rate(1 day)", "flexible_time_window": {"mode": "OFF"},
                "target": {"arn": arn, "role_arn": "arn:aws:iam::123456789012:role/scheduler"}})
        };
        assert_rules::<Schedule>(
            &target("arn:aws:scheduler:::aws-sdk:rds:stopDBCluster"),
            &[
                (&[("/target/arn", json!("rds"))], "no Amazon resource name"),
                (&[("/target/arn", json!("arn:aws:scheduler:::aws-sdk:rds"))], "no action of it"),
                (&[("/target/arn", json!("arn:aws:scheduler:::aws-sdk:RDS:stop"))], "in lower case"),
                (&[("/target/arn", json!("arn:aws:scheduler:::aws-sdk:rds:StopDBCluster"))], "in lower case"),
                (
                    &[("/target/arn", json!("arn:aws:scheduler:::aws-sdk:rds:describeDBClusters"))],
                    "only reads",
                ),
                (&[("/target/arn", json!("arn:aws:scheduler:::aws-sdk:sns:listenUp"))], ""),
                (&[("/target/input", json!("{"))], "is no JSON"),
                (&[("/target/input", json!("{}"))], ""),
                (&[("/target/role_arn", json!("scheduler"))], "no ARN of a role"),
                (&[("/target/dead_letter_config", json!({"arn": "dead"}))], "no ARN of a queue"),
                (&[("/target/sqs_parameters", json!({}))], "belong to a target of sqs"),
                (&[("/target/retry_policy", json!({"maximum_retry_attempts": 186}))], "0 to 185"),
                (&[("/target/retry_policy", json!({"maximum_event_age_in_seconds": 59}))], "60 to 86400"),
                (
                    &[("/target/arn", json!("arn:aws:ecs:us-east-1:123456789012:cluster/a"))],
                    "needs `ecs_parameters`",
                ),
                (&[("/target/arn", json!("arn:aws:sqs:us-east-1:123456789012:a"))], ""),
            ],
        );
        let mut event = target("arn:aws:events:us-east-1:123456789012:event-bus/default");
        event["target"]["event_bridge_parameters"] = json!({"detail_type": "drill", "source": "ninefold"});
        assert_rules::<Schedule>(
            &event,
            &[(&[("/target/event_bridge_parameters/source", json!("aws.rds"))], "keeps that prefix")],
        );
    }
}
