//! `aws.events.rule`: which events, or which times, set what off.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::super::tags;
use super::target::{self, Target};
use super::{pattern, schedule};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// A rule of an event bus: it sends events that match a pattern, or one at each time of a schedule,
/// to its targets.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique on its bus.
    #[schemars(regex(pattern = r"^[.\-_A-Za-z0-9]{1,64}$"), extend("x-immutable" = true))]
    pub name: String,
    /// The bus, by its name or ARN.
    #[schemars(
        length(min = 1, max = 1600),
        regex(pattern = r"^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus/)?[/.\-_A-Za-z0-9]+$"),
        extend("x-immutable" = true, "default" = "default")
    )]
    pub event_bus_name: Option<String>,
    /// Which events.
    #[schemars(extend("type" = "object"))]
    pub event_pattern: Option<Json>,
    /// At which times, in UTC: `rate(5 minutes)` or `cron(0 12 * * ? *)`; on the default bus only.
    #[schemars(length(max = 256))]
    pub schedule_expression: Option<String>,
    /// Whether it does anything.
    #[schemars(extend("default" = "ENABLED"))]
    pub state: Option<State>,
    /// What it is for.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// The role with which events go to buses that don't let the account in.
    #[schemars(length(min = 1, max = 1600), extend("x-refers" = "aws.iam.role"))]
    pub role_arn: Option<String>,
    /// To where the events go. Ours even where there are none: another's target would read them.
    #[schemars(length(max = 100), extend("x-collection" = "list(id)", "x-exclusive" = true))]
    pub targets: Option<Vec<Target>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Whether a rule does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// For all events but what CloudTrail tells of calls that only read.
    Enabled,
    Disabled,
    /// For those too.
    EnabledWithAllCloudtrailManagementEvents,
}

/// A rule as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its bus, a slash and its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct Rule;

impl Kind for Rule {
    const TYPE: &'static str = "aws.events.rule";
    const IDENTITY: &'static [&'static str] = &["event_bus_name", "name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if spec.event_pattern.is_none() && spec.schedule_expression.is_none() {
            findings.push(
                Finding::on("event_pattern", "the rule says neither which events nor when")
                    .and("schedule_expression")
                    .help("set `event_pattern` or `schedule_expression`"),
            );
        }
        if let Some(pattern) = &spec.event_pattern {
            findings.extend(pattern::findings(&FieldPath::root().key("event_pattern"), pattern));
        }
        if let Some(fault) = spec.schedule_expression.as_deref().and_then(schedule::fault) {
            findings.push(Finding::on("schedule_expression", fault));
        }
        if spec.schedule_expression.is_some() && bus(spec) != "default" {
            findings.push(
                Finding::on("schedule_expression", "only rules of the default bus have a schedule")
                    .and("event_bus_name"),
            );
        }
        if let Some(role) = &spec.role_arn {
            findings.extend(arn::findings("role_arn", role, "iam", &["role"]));
        }
        for (index, target) in spec.targets.iter().flatten().enumerate() {
            findings.extend(target::findings(&FieldPath::root().key("targets").index(index), target));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let bus = bus(spec);
        let within = if bus == "default" { String::new() } else { format!("{bus}/") };
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", &format!("{bus}/{{spec.name}}"))
            .computes("arn", &format!("arn:aws:events:{{region}}:{{account}}:rule/{within}{{spec.name}}"))
    }

    /// The API would overwrite a rule of that name, so the sandbox refuses one that is there already.
    /// It sends to any receiver, also to one that isn't there: that is a fault that shows later.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            let other_bus = other.attributes["event_bus_name"].as_str().unwrap_or("default");
            other.region == cloud.region()
                && other.attributes["name"] == spec.name.as_str()
                && bus_name(other_bus) == bus(spec)
        });
        if taken {
            return Err(Refusal::new(
                "ResourceAlreadyExistsException",
                format!("Rule {} already exists on the event bus {}.", spec.name, bus(spec)),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "./-_".contains(c);
        match text.rsplit_once('/') {
            Some((bus, name)) if !bus.is_empty() && !name.is_empty() && text.chars().all(allowed) => {
                Ok(PhysicalId::new(text))
            }
            _ => Err(format!(
                "`{text}` should be a bus, a slash and the name of a rule, such as default/nightly"
            )),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "events:DeleteRule",
            "events:DescribeRule",
            "events:ListRules",
            "events:ListTagsForResource",
            "events:ListTargetsByRule",
            "events:PutRule",
            "events:PutTargets",
            "events:RemoveTargets",
            "events:TagResource",
            "events:UntagResource",
            "iam:PassRole",
        ]
    }
}

/// The name of the bus that a rule is on.
fn bus(spec: &Spec) -> &str {
    bus_name(spec.event_bus_name.as_deref().unwrap_or("default"))
}

fn bus_name(name_or_arn: &str) -> &str {
    name_or_arn.rsplit_once(":event-bus/").map_or(name_or_arn, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:jobs";
    const ROLE: &str = "arn:aws:iam::123456789012:role/events";

    fn rule() -> Json {
        json!({
            "name": "spot", "event_pattern": {"source": ["aws.ec2"]},
            "targets": [{"id": "queue", "arn": QUEUE, "retry_policy": {"maximum_retry_attempts": 3}}],
        })
    }

    #[test]
    fn a_rule_has_a_pattern_or_a_schedule() {
        assert_whole::<Rule>(&rule());
        let schedule = ("/schedule_expression", json!("rate(5 minutes)"));
        let none = ("/event_pattern", Json::Null);
        let bus = ("/event_bus_name", json!("arn:aws:events:us-east-1:123456789012:event-bus/audit"));
        assert_rules::<Rule>(
            &rule(),
            &[
                (std::slice::from_ref(&none), "neither which events nor when"),
                (&[none.clone(), schedule.clone()], ""),
                (&[("/schedule_expression", json!("rate(5 minute)"))], "rate(5 minutes)"),
                (&[("/event_pattern", json!({"source": "aws.ec2"}))], "in a list"),
                (std::slice::from_ref(&bus), ""),
                (&[bus.clone(), schedule], "only rules of the default bus"),
                (&[("/event_bus_name", json!("a bus"))], "doesn't match"),
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/role_arn", json!("events"))], "no Amazon resource name"),
            ],
        );
    }

    #[test]
    fn targets_are_what_the_api_takes() {
        let target = |field: &str| format!("/targets/0/{field}");
        let (arn, input, path) = (target("arn"), target("input"), target("input_path"));
        let (sqs, dead, role) = (target("sqs_parameters"), target("dead_letter_config"), target("role_arn"));
        let stream = json!("arn:aws:kinesis:us-east-1:123456789012:stream/a");
        let fifo = json!(format!("{QUEUE}.fifo"));
        let double = json!([{"id": "a", "arn": QUEUE}, {"id": "a", "arn": QUEUE}]);
        assert_rules::<Rule>(
            &rule(),
            &[
                (&[("/targets", double)], "twice"),
                (&[(&arn, json!("jobs"))], "no Amazon resource name"),
                (&[(&input, json!("{\"a\": 1}"))], ""),
                (&[(&input, json!("a"))], "no text of JSON"),
                (&[(&input, json!("1")), (&path, json!("$.detail"))], "either `input` or `input_path`"),
                (&[(&arn, stream.clone())], "needs a `role_arn`"),
                (&[(&arn, stream.clone()), (&role, json!(ROLE))], ""),
                (&[(&arn, stream), (&role, json!("x"))], "no Amazon resource name"),
                (&[(&arn, fifo.clone())], "needs a `message_group_id`"),
                (&[(&arn, fifo.clone()), (&sqs, json!({"message_group_id": "a"}))], ""),
                (
                    &[(&target("ecs_parameters"), json!({"task_definition_arn": "x"}))],
                    "not for a target of sqs",
                ),
                (&[(&dead, json!({"arn": fifo}))], "standard queue"),
                (&[(&dead, json!({"arn": QUEUE}))], ""),
                (&[(&target("retry_policy"), json!({"maximum_retry_attempts": 186}))], "0 to 185"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_on_a_bus() {
        let sky = World::default().with(Rule::TYPE, "default/spot", "us-east-1", rule());
        assert_eq!(sky.create::<Rule>(&rule()), Err("ResourceAlreadyExistsException".into()));
        let mut other = rule();
        other["event_bus_name"] = json!("audit");
        assert!(sky.create::<Rule>(&other).is_ok());
        let elsewhere = World::default().with(Rule::TYPE, "default/spot", "eu-west-1", rule());
        assert!(elsewhere.create::<Rule>(&rule()).is_ok());
    }

    #[test]
    fn it_is_imported_by_bus_and_name() {
        assert!(Rule::import_id("default/spot").is_ok());
        assert!(Rule::import_id("spot").is_err());
    }
}
