//! `aws.sns.subscription`: somebody who hears of what is published to a topic.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// An endpoint that gets what is published to a topic. Those of e-mail and HTTP get nothing before
/// their owner has confirmed it.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The topic.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.sns.topic", "x-holds" = true))]
    pub topic_arn: String,
    /// How it is delivered.
    #[schemars(extend("x-immutable" = true))]
    pub protocol: Protocol,
    /// Whereto: a URL, an address, a telephone number or an ARN, by protocol. URLs of paging services
    /// are secrets: whoever knows one can page.
    #[schemars(length(min = 1, max = 2048), extend("x-immutable" = true, "x-sensitive" = true))]
    pub endpoint: String,
    /// Which messages it gets, by attributes or by content; all of them where it is absent.
    #[schemars(extend("type" = "object"))]
    pub filter_policy: Option<Json>,
    /// What the filter looks at.
    #[schemars(extend("x-default" = "provider"))]
    pub filter_policy_scope: Option<FilterPolicyScope>,
    /// Whether queues, streams and HTTP endpoints get the message alone, without what SNS adds.
    #[schemars(extend("default" = false))]
    pub raw_message_delivery: Option<bool>,
    /// How deliveries to this HTTP endpoint are tried again.
    #[schemars(extend("type" = "object"))]
    pub delivery_policy: Option<Json>,
    /// Where messages go that couldn't be delivered.
    pub redrive_policy: Option<RedrivePolicy>,
    /// The role that writes to a Firehose stream.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub subscription_role_arn: Option<String>,
    /// Of a FIFO topic: which kept messages are delivered again.
    #[schemars(extend("type" = "object"))]
    pub replay_policy: Option<Json>,
}

/// How messages are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Http,
    Https,
    Email,
    EmailJson,
    Sms,
    Sqs,
    Application,
    Lambda,
    Firehose,
}

/// What a filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FilterPolicyScope {
    MessageAttributes,
    MessageBody,
}

/// Where messages go that couldn't be delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RedrivePolicy {
    /// The queue, of the subscription's own region.
    pub dead_letter_target_arn: String,
}

/// A subscription as the API describes it.
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
    /// Whether its owner still has to confirm it.
    pub pending_confirmation: bool,
}

/// The kind itself.
pub struct Subscription;

impl Protocol {
    fn is_http(self) -> bool {
        matches!(self, Protocol::Http | Protocol::Https)
    }

    /// The service whose ARNs are its endpoints.
    fn service(self) -> Option<&'static str> {
        match self {
            Protocol::Sqs => Some("sqs"),
            Protocol::Lambda => Some("lambda"),
            Protocol::Firehose => Some("firehose"),
            Protocol::Application => Some("sns"),
            Protocol::Http | Protocol::Https | Protocol::Email | Protocol::EmailJson | Protocol::Sms => None,
        }
    }

    /// What its endpoints look like.
    fn example(self) -> &'static str {
        match self {
            Protocol::Http => "http://pages.example.org/sns",
            Protocol::Https => "https://pages.example.org/sns",
            Protocol::Email | Protocol::EmailJson => "on-call@example.org",
            Protocol::Sms => "+15550100123",
            Protocol::Sqs => "arn:aws:sqs:us-east-1:123456789012:pages",
            Protocol::Application => "arn:aws:sns:us-east-1:123456789012:endpoint/…",
            Protocol::Lambda => "arn:aws:lambda:us-east-1:123456789012:function:pages",
            Protocol::Firehose => "arn:aws:firehose:us-east-1:123456789012:deliverystream/pages",
        }
    }

    fn takes(self, endpoint: &str) -> bool {
        match self {
            Protocol::Http => endpoint.starts_with("http://"),
            Protocol::Https => endpoint.starts_with("https://"),
            Protocol::Email | Protocol::EmailJson => endpoint
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@')),
            Protocol::Sms => endpoint.strip_prefix('+').is_some_and(|rest| {
                (7..=15).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit())
            }),
            Protocol::Sqs | Protocol::Application | Protocol::Lambda | Protocol::Firehose => {
                self.service().is_some_and(|service| arn::Arn::of_service(endpoint, service).is_some())
            }
        }
    }
}

impl Kind for Subscription {
    const TYPE: &'static str = "aws.sns.subscription";
    const IDENTITY: &'static [&'static str] = &["topic_arn", "protocol", "endpoint"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if arn::Arn::of_service(&spec.topic_arn, "sns").is_none() {
            findings.push(
                Finding::on("topic_arn", format!("{:?} is no ARN of a topic", spec.topic_arn))
                    .help("it looks like `arn:aws:sns:us-east-1:123456789012:pages`"),
            );
        }
        if !spec.protocol.takes(&spec.endpoint) {
            // What it is isn't shown: it may be a secret.
            findings.push(
                Finding::on("endpoint", "`endpoint` doesn't go with its protocol")
                    .and("protocol")
                    .help(format!("it looks like `{}`", spec.protocol.example())),
            );
        }
        findings.extend(by_protocol(spec));
        if spec.filter_policy_scope.is_some() && spec.filter_policy.is_none() {
            findings.push(
                Finding::on("filter_policy_scope", "there is no filter that would look at it")
                    .and("filter_policy"),
            );
        }
        if spec.replay_policy.is_some() && !spec.topic_arn.ends_with(".fifo") {
            findings
                .push(Finding::on("replay_policy", "only a FIFO topic replays messages").and("topic_arn"));
        }
        if let Some(policy) = &spec.redrive_policy
            && arn::Arn::of_service(&policy.dead_letter_target_arn, "sqs").is_none()
        {
            findings.push(
                Finding::on("redrive_policy.dead_letter_target_arn", "that is no ARN of a queue")
                    .help("it looks like `arn:aws:sqs:us-east-1:123456789012:undelivered`"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        // The sandbox's people confirm at once.
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.topic_arn}:{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}")
            .computes("arn", "{id}")
            .computes("owner", "{account}")
            .computes("pending_confirmation", "json:false")
    }

    /// The topic has to be there, in the region that the call goes to.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let is_there = cloud
            .find("aws.sns.topic", "arn", &spec.topic_arn)
            .is_some_and(|topic| topic.region == cloud.region());
        if is_there { Ok(()) } else { Err(Refusal::new("NotFound", "Topic does not exist")) }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_subscription = arn::Arn::of_service(text, "sns")
            .and_then(|arn| arn.resource.split_once(':'))
            .is_some_and(|(topic, id)| !topic.is_empty() && id.len() == 36 && !id.contains(':'));
        if is_subscription {
            Ok(PhysicalId::new(text))
        } else {
            let example = "arn:aws:sns:us-east-1:123456789012:pages:1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab";
            Err(format!("`{text}` should look like {example}"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "sns:GetSubscriptionAttributes",
            "sns:ListSubscriptionsByTopic",
            "sns:SetSubscriptionAttributes",
            "sns:Subscribe",
            "sns:Unsubscribe",
        ]
    }
}

/// What only subscriptions of some protocols have.
fn by_protocol(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let protocol = spec.protocol;
    let is_raw = spec.raw_message_delivery == Some(true);
    if is_raw && !(protocol.is_http() || matches!(protocol, Protocol::Sqs | Protocol::Firehose)) {
        findings.push(
            Finding::on("raw_message_delivery", "only queues, streams and HTTP endpoints get raw messages")
                .and("protocol"),
        );
    }
    if spec.delivery_policy.is_some() && !protocol.is_http() {
        findings.push(
            Finding::on("delivery_policy", "only deliveries to HTTP endpoints have such a policy")
                .and("protocol"),
        );
    }
    match (&spec.subscription_role_arn, protocol) {
        (Some(role), Protocol::Firehose) => {
            findings.extend(arn::findings("subscription_role_arn", role, "iam", &["role"]));
        }
        (Some(_), _) => findings.push(
            Finding::on("subscription_role_arn", "only a Firehose stream is written to by a role")
                .and("protocol"),
        ),
        (None, Protocol::Firehose) => findings.push(
            Finding::on("protocol", "a Firehose stream needs a role that may write to it")
                .and("subscription_role_arn")
                .help("add `subscription_role_arn`"),
        ),
        (None, _) => {}
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:pages";

    fn on_call() -> Json {
        json!({ "topic_arn": TOPIC, "protocol": "https", "endpoint": "https://pages.example.org/key" })
    }

    #[test]
    fn an_endpoint_goes_with_its_protocol() {
        let queue = json!("arn:aws:sqs:us-east-1:123456789012:pages");
        let stream = json!("arn:aws:firehose:us-east-1:123456789012:deliverystream/pages");
        assert_rules::<Subscription>(
            &on_call(),
            &[
                (&[("/endpoint", json!("http://pages.example.org"))], "doesn't go with its protocol"),
                (&[("/protocol", json!("email"))], "on-call@example.org"),
                (&[("/protocol", json!("email")), ("/endpoint", json!("a@b.org"))], ""),
                (&[("/protocol", json!("email")), ("/endpoint", json!("a@b@c.org"))], "doesn't go with"),
                (&[("/protocol", json!("sms")), ("/endpoint", json!("+15550100123"))], ""),
                (&[("/protocol", json!("sms")), ("/endpoint", json!("555"))], "doesn't go with"),
                (&[("/protocol", json!("sqs")), ("/endpoint", queue.clone())], ""),
                (&[("/protocol", json!("lambda")), ("/endpoint", queue.clone())], "doesn't go with"),
                (&[("/protocol", json!("firehose")), ("/endpoint", stream)], "needs a role"),
                (&[("/protocol", json!("pigeon"))], "none of"),
                (&[("/topic_arn", json!("pages"))], "no ARN of a topic"),
                (&[("/raw_message_delivery", json!(true))], ""),
                (
                    &[
                        ("/raw_message_delivery", json!(true)),
                        ("/protocol", json!("email")),
                        ("/endpoint", json!("a@b.org")),
                    ],
                    "raw messages",
                ),
                (&[("/subscription_role_arn", json!("arn:aws:iam::1:role/x"))], "only a Firehose stream"),
                (&[("/filter_policy_scope", json!("MessageBody"))], "no filter"),
                (&[("/replay_policy", json!({}))], "only a FIFO topic"),
                (&[("/redrive_policy", json!({ "dead_letter_target_arn": "x" }))], "no ARN of a queue"),
                (&[("/redrive_policy", json!({ "dead_letter_target_arn": queue }))], ""),
            ],
        );
    }

    #[test]
    fn the_topic_is_in_its_region() {
        let world = World::default();
        assert_eq!(world.create::<Subscription>(&on_call()), Err("NotFound".into()));
        let elsewhere = World::default().with("aws.sns.topic", "t", "eu-west-1", json!({ "arn": TOPIC }));
        assert_eq!(elsewhere.create::<Subscription>(&on_call()), Err("NotFound".into()));
        let here = World::default().with("aws.sns.topic", "t", "us-east-1", json!({ "arn": TOPIC }));
        assert!(here.create::<Subscription>(&on_call()).is_ok());
    }

    #[test]
    fn it_is_imported_by_arn() {
        assert!(Subscription::import_id(&format!("{TOPIC}:1a2b3c4d-5e6f-4a1b-8c2d-0123456789ab")).is_ok());
        assert!(Subscription::import_id(TOPIC).is_err());
        assert!(Subscription::import_id("PendingConfirmation").is_err());
    }
}
