//! `aws.sqs.queue`: a queue of messages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::Arn;
use super::super::kms::key_id;
use super::super::policy_document::{self, Usage};
use super::super::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A queue: standard, or first in first out.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in account and region; one that is first in first out ends with `.fifo`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,75}(\.fifo|[A-Za-z0-9_-]{0,5})$"), extend("x-immutable" = true))]
    pub queue_name: String,
    /// Whether messages come out in the order in which they went in, once each.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub fifo_queue: Option<bool>,
    /// For how many seconds a new message waits before anybody gets it.
    #[schemars(range(min = 0, max = 900), extend("default" = 0))]
    pub delay_seconds: Option<i64>,
    /// How many bytes a message may have.
    #[schemars(range(min = 1024, max = 1_048_576), extend("default" = 1_048_576))]
    pub maximum_message_size: Option<i64>,
    /// For how many seconds a message is kept that nobody takes.
    #[schemars(range(min = 60, max = 1_209_600), extend("default" = 345_600))]
    pub message_retention_period: Option<i64>,
    /// For how many seconds a receiver waits for a message where it doesn't say.
    #[schemars(range(min = 0, max = 20), extend("default" = 0))]
    pub receive_message_wait_time_seconds: Option<i64>,
    /// For how many seconds a message that somebody has received is hidden from others.
    #[schemars(range(min = 0, max = 43_200), extend("default" = 30))]
    pub visibility_timeout: Option<i64>,
    /// Who may do what with it.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub policy: Option<Json>,
    /// To where messages go that nobody can work off.
    pub redrive_policy: Option<RedrivePolicy>,
    /// Which queues may send such messages here.
    pub redrive_allow_policy: Option<RedriveAllowPolicy>,
    /// Whether messages are encrypted with SQS's own keys: so it is where no key is named.
    #[schemars(extend("x-default" = "provider"))]
    pub sqs_managed_sse_enabled: Option<bool>,
    /// The key that encrypts messages, by id, ARN or alias. Services of AWS that send messages can't
    /// use `alias/aws/sqs`: nobody can let them.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_master_key_id: Option<String>,
    /// For how many seconds a data key is used before KMS is asked for another.
    #[schemars(range(min = 60, max = 86_400), extend("default" = 300))]
    pub kms_data_key_reuse_period_seconds: Option<i64>,
    /// Whether messages of the same content within five minutes are one; of FIFO queues.
    #[schemars(extend("default" = false))]
    pub content_based_deduplication: Option<bool>,
    /// Among which messages duplicates are looked for; of FIFO queues.
    #[schemars(extend("x-default" = "provider"))]
    pub deduplication_scope: Option<DeduplicationScope>,
    /// What shares the allowance of calls; of FIFO queues.
    #[schemars(extend("x-default" = "provider"))]
    pub fifo_throughput_limit: Option<FifoThroughputLimit>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// To where messages go that nobody can work off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RedrivePolicy {
    /// The ARN of a queue of the same sort, in the same region.
    #[schemars(extend("x-refers" = "aws.sqs.queue"))]
    pub dead_letter_target_arn: String,
    /// After how many times of being received a message goes there.
    #[schemars(range(min = 1, max = 1000))]
    pub max_receive_count: i64,
}

/// Which queues may send here what they can't work off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RedriveAllowPolicy {
    /// Whether all of the account, none, or those that are named.
    pub redrive_permission: RedrivePermission,
    /// The ARNs of the queues.
    #[schemars(length(min = 1, max = 10), extend("x-collection" = "set"))]
    pub source_queue_arns: Option<Vec<String>>,
}

/// Which queues may send here what they can't work off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RedrivePermission {
    AllowAll,
    DenyAll,
    ByQueue,
}

/// Among which messages duplicates are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeduplicationScope {
    MessageGroup,
    Queue,
}

/// What shares the allowance of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FifoThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

/// A queue as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its URL.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The same URL, by the name that programs are given it under.
    pub queue_url: String,
}

/// The kind itself.
pub struct Queue;

impl Kind for Queue {
    const TYPE: &'static str = "aws.sqs.queue";
    const IDENTITY: &'static [&'static str] = &["queue_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = fifo_findings(spec);
        findings.extend(encryption_findings(spec));
        findings.extend(redrive_findings(spec));
        if let Some(policy) = &spec.policy {
            findings.extend(policy_document::findings("policy", policy, Usage::Queue));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// The API lets up to a minute pass before a new queue, or a change, is seen everywhere.
    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 2)
            .visible_after(60)
            .computes("id", "https://sqs.{region}.amazonaws.com/{account}/{spec.queue_name}")
            .computes("arn", "arn:aws:sqs:{region}:{account}:{spec.queue_name}")
            .computes("queue_url", "https://sqs.{region}.amazonaws.com/{account}/{spec.queue_name}")
    }

    /// A name is taken once in a region, and dead letters need a queue of the same sort there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let spec = match call {
            Call::Create { spec, .. } => {
                if here(cloud).any(|other| other["queue_name"] == spec.queue_name.as_str()) {
                    return Err(Refusal::new(
                        "QueueNameExists",
                        "A queue already exists with the same name and a different value for an attribute",
                    ));
                }
                spec
            }
            Call::Update { spec, .. } => spec,
            Call::Delete { .. } => return Ok(()),
        };
        if let Some(redrive) = &spec.redrive_policy {
            let target = here(cloud).find(|other| other["arn"] == redrive.dead_letter_target_arn.as_str());
            let fifo = spec.fifo_queue == Some(true);
            if target.is_none_or(|target| (target["fifo_queue"] == true) != fifo) {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    "The dead-letter queue should exist in the same region, and be of the same type",
                ));
            }
        }
        let key = spec.kms_master_key_id.as_deref().filter(|key| !key.is_empty());
        if key.is_some_and(|key| !key_id::is_there(cloud, cloud.region(), key)) {
            return Err(Refusal::new("KmsNotFound", "The key can't be found in the queue's region"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let mut parts = text.strip_prefix("https://").unwrap_or_default().split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(host), Some(account), Some(name), None)
                if host.contains('.') && super::super::arn::is_account(account) && !name.is_empty() =>
            {
                Ok(PhysicalId::new(text))
            }
            _ => Err(format!(
                "`{text}` should be the URL of a queue, such as https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
            )),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "sqs:CreateQueue",
            "sqs:DeleteQueue",
            "sqs:GetQueueAttributes",
            "sqs:GetQueueUrl",
            "sqs:ListQueueTags",
            "sqs:ListQueues",
            "sqs:SetQueueAttributes",
            "sqs:TagQueue",
            "sqs:UntagQueue",
        ]
    }
}

/// The queues of the region that a call goes to.
fn here(cloud: &dyn Cloud) -> impl Iterator<Item = &Json> {
    let region = cloud.region();
    cloud
        .all(Queue::TYPE)
        .into_iter()
        .filter(move |queue| queue.region == region)
        .map(|queue| queue.attributes)
}

fn fifo_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_fifo = spec.fifo_queue == Some(true);
    if spec.queue_name.ends_with(".fifo") != is_fifo {
        let message = if is_fifo {
            "the name of a FIFO queue ends with `.fifo`"
        } else {
            "only the name of a FIFO queue ends with `.fifo`"
        };
        findings.push(Finding::on("queue_name", message).and("fifo_queue"));
    }
    for (field, set) in [
        ("content_based_deduplication", spec.content_based_deduplication == Some(true)),
        ("deduplication_scope", spec.deduplication_scope.is_some()),
        ("fifo_throughput_limit", spec.fifo_throughput_limit.is_some()),
    ] {
        if set && !is_fifo {
            findings.push(
                Finding::on(field, format!("`{field}` is for FIFO queues"))
                    .and("fifo_queue")
                    .help("set `fifo_queue: true`, or leave it out"),
            );
        }
    }
    let per_group = spec.fifo_throughput_limit == Some(FifoThroughputLimit::PerMessageGroupId);
    if per_group && spec.deduplication_scope != Some(DeduplicationScope::MessageGroup) {
        findings.push(
            Finding::on(
                "fifo_throughput_limit",
                "`perMessageGroupId` needs duplicates to be looked for within a group",
            )
            .and("deduplication_scope")
            .help("set `deduplication_scope: messageGroup`"),
        );
    }
    findings
}

fn encryption_findings(spec: &Spec) -> Vec<Finding> {
    let Some(key) = spec.kms_master_key_id.as_deref().filter(|key| !key.is_empty()) else {
        return Vec::new();
    };
    let mut findings = key_id::findings("kms_master_key_id", key);
    if spec.sqs_managed_sse_enabled == Some(true) {
        findings.push(
            Finding::on("sqs_managed_sse_enabled", "a queue is encrypted with SQS's own keys or with KMS's")
                .and("kms_master_key_id")
                .help("leave out one of the two"),
        );
    }
    findings
}

fn redrive_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(redrive) = &spec.redrive_policy {
        findings
            .extend(queue_findings("redrive_policy.dead_letter_target_arn", &redrive.dead_letter_target_arn));
        let own =
            Arn::parse(&redrive.dead_letter_target_arn).is_some_and(|arn| arn.resource == spec.queue_name);
        if own {
            findings.push(
                Finding::on(
                    "redrive_policy.dead_letter_target_arn",
                    "a queue can't be its own dead-letter queue",
                )
                .and("queue_name"),
            );
        }
    }
    if let Some(allow) = &spec.redrive_allow_policy {
        let by_queue = allow.redrive_permission == RedrivePermission::ByQueue;
        if by_queue != allow.source_queue_arns.is_some() {
            findings.push(
                Finding::on(
                    "redrive_allow_policy.source_queue_arns",
                    "`source_queue_arns` and `redrive_permission: byQueue` go only together",
                )
                .and("redrive_allow_policy.redrive_permission"),
            );
        }
        for (index, source) in allow.source_queue_arns.iter().flatten().enumerate() {
            findings
                .extend(queue_findings(&format!("redrive_allow_policy.source_queue_arns[{index}]"), source));
        }
    }
    findings
}

fn queue_findings(path: &str, text: &str) -> Option<Finding> {
    Arn::of_service(text, "sqs").is_none().then(|| {
        Finding::on(path, format!("`{path}` is {text:?}, which is no ARN of a queue"))
            .help("refer to the `arn` of an aws.sqs.queue")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const DEAD: &str = "arn:aws:sqs:us-east-1:123456789012:dead";

    fn queue() -> Json {
        json!({
            "queue_name": "jobs", "message_retention_period": 300, "visibility_timeout": 60,
            "redrive_policy": {"dead_letter_target_arn": DEAD, "max_receive_count": 5},
            "policy": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}]},
        })
    }

    #[test]
    fn attributes_are_what_the_api_takes() {
        assert_whole::<Queue>(&queue());
        let fifo = [("/queue_name", json!("jobs.fifo")), ("/fifo_queue", json!(true))];
        let with = |more: &[(&'static str, Json)]| [&fifo[..], more].concat();
        let key = ("/kms_master_key_id", json!("alias/jobs"));
        let allow = |value: Json| ("/redrive_allow_policy", value);
        assert_rules::<Queue>(
            &queue(),
            &[
                (&[("/queue_name", json!("a.b"))], "doesn't match"),
                (&[("/queue_name", json!("x".repeat(80)))], ""),
                (&[("/queue_name", json!("x".repeat(81)))], "doesn't match"),
                (&[("/queue_name", json!(format!("{}.fifo", "x".repeat(76))))], "doesn't match"),
                (&[("/queue_name", json!("jobs.fifo"))], "only the name of a FIFO queue"),
                (&[("/fifo_queue", json!(true))], "ends with `.fifo`"),
                (&fifo, ""),
                (&[("/content_based_deduplication", json!(true))], "for FIFO queues"),
                (&with(&[("/content_based_deduplication", json!(true))]), ""),
                (&with(&[("/fifo_throughput_limit", json!("perMessageGroupId"))]), "within a group"),
                (
                    &with(&[
                        ("/fifo_throughput_limit", json!("perMessageGroupId")),
                        ("/deduplication_scope", json!("messageGroup")),
                    ]),
                    "",
                ),
                (&[("/delay_seconds", json!(901))], "0 to 900"),
                (&[("/message_retention_period", json!(59))], "60 to 1209600"),
                (&[("/kms_master_key_id", json!("jobs"))], "kms_master_key_id"),
                (std::slice::from_ref(&key), ""),
                (&[key.clone(), ("/sqs_managed_sse_enabled", json!(true))], "SQS's own keys"),
                (&[("/redrive_policy/dead_letter_target_arn", json!("dead"))], "no ARN of a queue"),
                (
                    &[("/redrive_policy/dead_letter_target_arn", json!(DEAD.replace("dead", "jobs")))],
                    "its own dead-letter",
                ),
                (&[allow(json!({"redrive_permission": "byQueue"}))], "go only together"),
                (
                    &[allow(json!({"redrive_permission": "denyAll", "source_queue_arns": [DEAD]}))],
                    "go only together",
                ),
                (&[allow(json!({"redrive_permission": "byQueue", "source_queue_arns": [DEAD]}))], ""),
                (&[allow(json!({"redrive_permission": "byQueue", "source_queue_arns": ["x"]}))], "no ARN"),
                (&[("/policy/Statement/0/Action", json!("sns:Publish"))], "only `sqs:`"),
                (&[("/policy/Statement/0/Resource", Json::Null)], "resource should be a string"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_and_dead_letters_need_a_queue_of_the_same_sort() {
        let sky = World::default();
        assert_eq!(sky.create::<Queue>(&queue()), Err("InvalidParameterValue".into()));
        let fifo = World::default().with(
            Queue::TYPE,
            "dead",
            "us-east-1",
            json!({"queue_name": "dead", "arn": DEAD, "fifo_queue": true}),
        );
        assert_eq!(fifo.create::<Queue>(&queue()), Err("InvalidParameterValue".into()));
        let sky = sky.with(Queue::TYPE, "dead", "us-east-1", json!({"queue_name": "dead", "arn": DEAD}));
        assert!(sky.create::<Queue>(&queue()).is_ok());
        let mut keyed = queue();
        keyed["kms_master_key_id"] = json!("alias/jobs");
        assert_eq!(sky.update::<Queue>("jobs", &keyed), Err("KmsNotFound".into()));
        let sky = sky.with(Queue::TYPE, "jobs", "us-east-1", queue());
        assert_eq!(sky.create::<Queue>(&queue()), Err("QueueNameExists".into()));
        assert!(sky.update::<Queue>("jobs", &queue()).is_ok());
    }

    #[test]
    fn it_is_imported_by_its_url() {
        assert!(Queue::import_id("https://sqs.us-east-1.amazonaws.com/123456789012/jobs").is_ok());
        for wrong in ["jobs", "https://sqs.us-east-1.amazonaws.com/jobs", "https://a.b/12/jobs"] {
            assert!(Queue::import_id(wrong).is_err(), "{wrong}");
        }
    }
}
