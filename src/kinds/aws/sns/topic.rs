//! `aws.sns.topic`: what publishers send to, and subscribers hear of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use super::super::{arn, tags};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A topic: every message that is published to it goes to each of its subscriptions.
/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in account and region; that of a FIFO topic ends in `.fifo`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,256}$|^[A-Za-z0-9_-]{1,251}\.fifo$"), extend("x-immutable" = true))]
    pub name: String,
    /// Whether messages keep their order and come once.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub fifo_topic: Option<bool>,
    /// The sender's name in e-mails, and what text messages start with.
    #[schemars(length(max = 100))]
    pub display_name: Option<String>,
    /// Who may publish and subscribe; only the account itself where it is absent.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-default" = "provider"))]
    pub policy: Option<Json>,
    /// How deliveries to HTTP endpoints are tried again.
    #[schemars(extend("type" = "object"))]
    pub delivery_policy: Option<Json>,
    /// The key that encrypts messages, by id, ARN or alias; publishers among AWS's services need a right
    /// to it, so the alias `alias/aws/sns` keeps alarms from publishing.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_master_key_id: Option<String>,
    /// The algorithm of the signature of what is delivered: 1 is SHA-1, 2 is SHA-256.
    #[schemars(extend("default" = "1"))]
    pub signature_version: Option<SignatureVersion>,
    /// Whether traces of publishers are only passed on, or deliveries traced too.
    #[schemars(extend("default" = "PassThrough"))]
    pub tracing_config: Option<TracingConfig>,
    /// The largest message, in bytes. Above 256 KiB only queues, streams and functions can subscribe.
    #[schemars(range(min = 1024, max = 1_048_576), extend("default" = 262_144))]
    pub maximum_message_size: Option<i64>,
    /// Of a FIFO topic: whether messages of one content are one message.
    #[schemars(extend("x-default" = "provider"))]
    pub content_based_deduplication: Option<bool>,
    /// Of a FIFO topic: within what a message comes once, which decides how many there can be.
    #[schemars(extend("x-default" = "provider"))]
    pub fifo_throughput_scope: Option<FifoThroughputScope>,
    /// Of a FIFO topic: for how long messages are kept to be replayed.
    pub archive_policy: Option<ArchivePolicy>,
    /// Which deliveries to HTTP endpoints are logged.
    pub http_feedback: Option<Feedback>,
    /// Which deliveries to Firehose streams are logged.
    pub firehose_feedback: Option<Feedback>,
    /// Which deliveries to Lambda functions are logged.
    pub lambda_feedback: Option<Feedback>,
    /// Which deliveries to apps are logged.
    pub application_feedback: Option<Feedback>,
    /// Which deliveries to queues are logged.
    pub sqs_feedback: Option<Feedback>,
    /// What is hidden or refused in messages; AWS gives it to accounts only that have used it before.
    #[schemars(extend("type" = "object"))]
    pub data_protection_policy: Option<Json>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// The algorithm of signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SignatureVersion {
    #[serde(rename = "1")]
    Sha1,
    #[serde(rename = "2")]
    Sha256,
}

/// What becomes of traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TracingConfig {
    PassThrough,
    Active,
}

/// Within what a message of a FIFO topic comes once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FifoThroughputScope {
    Topic,
    MessageGroup,
}

/// How long messages are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivePolicy {
    /// For how many days.
    #[schemars(range(min = 1, max = 365))]
    pub message_retention_period: i64,
}

/// Which deliveries are logged, and by whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feedback {
    /// The role that logs failures; all of them are.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub failure_role_arn: Option<String>,
    /// The role that logs successes.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub success_role_arn: Option<String>,
    /// How many per cent of successes are logged.
    #[schemars(range(min = 0, max = 100), extend("x-default" = "provider"))]
    pub success_sample_rate: Option<i64>,
}

/// A topic as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The account that it belongs to.
    pub owner: String,
}

/// The kind itself.
pub struct Topic;

impl Kind for Topic {
    const TYPE: &'static str = "aws.sns.topic";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(fifo(spec));
        if let Some(policy) = &spec.policy {
            findings.extend(policy_document::findings("policy", policy, Usage::Topic));
        }
        let is_larger = spec.maximum_message_size.is_some_and(|bytes| bytes > 262_144);
        if is_larger && spec.fifo_topic == Some(true) {
            findings.push(
                Finding::on("maximum_message_size", "a FIFO topic takes messages of at most 256 KiB")
                    .and("fifo_topic"),
            );
        }
        for (field, feedback) in [
            ("http_feedback", &spec.http_feedback),
            ("firehose_feedback", &spec.firehose_feedback),
            ("lambda_feedback", &spec.lambda_feedback),
            ("application_feedback", &spec.application_feedback),
            ("sqs_feedback", &spec.sqs_feedback),
        ] {
            if let Some(feedback) = feedback {
                findings.extend(feedback_findings(field, feedback));
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "arn:aws:sns:{region}:{account}:{spec.name}")
            .computes("arn", "arn:aws:sns:{region}:{account}:{spec.name}")
            .computes("owner", "{account}")
    }

    /// A name is taken once in a region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let is_taken = cloud
            .all(Self::TYPE)
            .into_iter()
            .any(|other| other.region == cloud.region() && other.attributes["name"] == spec.name.as_str());
        if is_taken {
            // The API gives the topic that is there, unless it differs in anything.
            let message =
                "Invalid parameter: Attributes Reason: Topic already exists with different attributes";
            return Err(Refusal::new("InvalidParameter", message));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_topic = arn::Arn::of_service(text, "sns")
            .is_some_and(|arn| arn::is_account(arn.account) && !arn.resource.contains([':', '/']));
        if is_topic {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should look like arn:aws:sns:us-east-1:123456789012:pages"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "sns:CreateTopic",
            "sns:DeleteTopic",
            "sns:GetDataProtectionPolicy",
            "sns:GetTopicAttributes",
            "sns:ListTagsForResource",
            "sns:ListTopics",
            "sns:PutDataProtectionPolicy",
            "sns:SetTopicAttributes",
            "sns:TagResource",
            "sns:UntagResource",
        ]
    }
}

/// What doesn't go with the sort of topic that it is.
fn fifo(spec: &Spec) -> Vec<Finding> {
    let is_fifo = spec.fifo_topic == Some(true);
    let mut findings = Vec::new();
    match (is_fifo, spec.name.ends_with(".fifo")) {
        (true, false) => findings.push(
            Finding::on("name", format!("`{}` is no name of a FIFO topic", spec.name))
                .and("fifo_topic")
                .help(format!("`{}.fifo`", spec.name)),
        ),
        (false, true) => findings.push(
            Finding::on("name", "only the name of a FIFO topic ends in `.fifo`")
                .and("fifo_topic")
                .help("add `fifo_topic: true`"),
        ),
        _ => {}
    }
    let of_fifo = [
        ("content_based_deduplication", spec.content_based_deduplication.is_some()),
        ("fifo_throughput_scope", spec.fifo_throughput_scope.is_some()),
        ("archive_policy", spec.archive_policy.is_some()),
    ];
    for (field, _) in of_fifo.into_iter().filter(|(_, is_set)| *is_set && !is_fifo) {
        findings.push(
            Finding::on(field, format!("only a FIFO topic has `{field}`"))
                .and("fifo_topic")
                .help("add `fifo_topic: true`, or leave it out"),
        );
    }
    if is_fifo && spec.tracing_config == Some(TracingConfig::Active) {
        findings
            .push(Finding::on("tracing_config", "only a standard topic traces deliveries").and("fifo_topic"));
    }
    findings
}

fn feedback_findings(field: &str, feedback: &Feedback) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (part, role) in
        [("failure_role_arn", &feedback.failure_role_arn), ("success_role_arn", &feedback.success_role_arn)]
    {
        if let Some(role) = role {
            findings.extend(arn::findings(&format!("{field}.{part}"), role, "iam", &["role"]));
        }
    }
    if feedback.success_sample_rate.is_some() && feedback.success_role_arn.is_none() {
        findings.push(
            Finding::on(&format!("{field}.success_sample_rate"), "nobody logs successes")
                .and(&format!("{field}.success_role_arn"))
                .help("name the role that does"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    #[test]
    fn a_topic_is_standard_or_fifo() {
        let allow = |action: &str| {
            json!({ "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" },
                "Action": action, "Resource": "*",
            }] })
        };
        assert_rules::<Topic>(
            &json!({ "name": "pages" }),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/name", json!("pages.fifo"))], "add `fifo_topic: true`"),
                (&[("/fifo_topic", json!(true))], "`pages.fifo`"),
                (&[("/name", json!("pages.fifo")), ("/fifo_topic", json!(true))], ""),
                (&[("/content_based_deduplication", json!(true))], "only a FIFO topic"),
                (&[("/archive_policy", json!({ "message_retention_period": 30 }))], "only a FIFO topic"),
                (
                    &[
                        ("/name", json!("pages.fifo")),
                        ("/fifo_topic", json!(true)),
                        ("/tracing_config", json!("Active")),
                    ],
                    "only a standard topic",
                ),
                (&[("/signature_version", json!("3"))], "none of"),
                (&[("/maximum_message_size", json!(1000))], "1024 to 1048576"),
                (&[("/policy", allow("sns:Publish"))], ""),
                (&[("/policy", allow("sqs:SendMessage"))], "only `sns:`"),
                (&[("/http_feedback", json!({ "success_sample_rate": 5 }))], "name the role"),
                (&[("/http_feedback", json!({ "failure_role_arn": "me" }))], "Amazon resource name"),
                (&[("/tags", json!({ "aws:x": "" }))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let pages = json!({ "name": "pages" });
        let elsewhere = World::default().with(Topic::TYPE, "a", "eu-west-1", pages.clone());
        assert!(elsewhere.create::<Topic>(&pages).is_ok());
        let here = elsewhere.with(Topic::TYPE, "b", "us-east-1", pages.clone());
        assert_eq!(here.create::<Topic>(&pages), Err("InvalidParameter".into()));
    }

    #[test]
    fn it_is_imported_by_arn() {
        assert!(Topic::import_id("arn:aws:sns:us-east-1:123456789012:pages").is_ok());
        for wrong in [
            "pages",
            "arn:aws:sqs:us-east-1:123456789012:pages",
            "arn:aws:sns:us-east-1:123456789012:pages:1",
        ] {
            assert!(Topic::import_id(wrong).is_err(), "{wrong}");
        }
    }
}
