//! `aws.ce.anomaly_subscription`: who hears of unusual costs, and from which amount on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::arn::Arn;
use crate::kinds::aws::cost_expression::{self, Allowed, texts};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// Who hears of unusual costs, and from which amount on.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalySubscription.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name.
    #[schemars(length(min = 1, max = 1024))]
    pub subscription_name: String,
    /// How often: at once by a topic, or once in a while by mail.
    pub frequency: Frequency,
    /// The ARNs of the monitors.
    #[schemars(
        length(min = 1),
        extend("x-collection" = "set", "x-refers" = "aws.ce.anomaly_monitor", "x-holds" = true)
    )]
    pub monitor_arn_list: Vec<String>,
    /// Who hears of it.
    #[schemars(length(min = 1), extend("x-collection" = "list(type,address)"))]
    pub subscribers: Vec<Subscriber>,
    /// From how many dollars on; the older way to say `threshold_expression`.
    #[schemars(range(min = 0.0))]
    pub threshold: Option<f64>,
    /// From which impact on: `dimensions` with `key` ANOMALY_TOTAL_IMPACT_ABSOLUTE (dollars) or
    /// ANOMALY_TOTAL_IMPACT_PERCENTAGE, `match_options: [GREATER_THAN_OR_EQUAL]` and one of `values`,
    /// alone or joined by `and` or `or`.
    #[schemars(extend("type" = "object"))]
    pub threshold_expression: Option<Json>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How often somebody hears of unusual costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Frequency {
    Daily,
    Immediate,
    Weekly,
}

/// Somebody who hears of unusual costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Subscriber {
    /// How.
    pub r#type: SubscriberType,
    /// The ARN of the topic, or the mail address.
    #[schemars(length(min = 6, max = 302))]
    pub address: String,
}

/// How somebody hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriberType {
    Email,
    Sns,
}

/// A subscription as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its Amazon resource name.
    pub id: String,
    /// The same.
    pub arn: String,
    /// The account that it belongs to.
    pub account_id: String,
}

const IMPACTS: Allowed = Allowed {
    dimensions: &["ANOMALY_TOTAL_IMPACT_ABSOLUTE", "ANOMALY_TOTAL_IMPACT_PERCENTAGE"],
    tags: false,
    operators: &["and", "or"],
    match_options: &["GREATER_THAN_OR_EQUAL"],
};

/// The largest impact that can be asked for.
const MOST_IMPACT: f64 = 10_000_000_000.0;

/// The kind itself.
pub struct AnomalySubscription;

impl Kind for AnomalySubscription {
    const TYPE: &'static str = "aws.ce.anomaly_subscription";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        findings.extend(thresholds(spec));
        findings.extend(subscribers(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes(
                "id",
                "arn:aws:ce::{account}:anomalysubscription/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            )
            .computes("arn", "{id}")
            .computes("account_id", "{account}")
    }

    /// Its monitors have to be there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (Call::Create { spec, .. } | Call::Update { spec, .. }) = call else {
            return Ok(());
        };
        match spec
            .monitor_arn_list
            .iter()
            .find(|arn| cloud.find("aws.ce.anomaly_monitor", "id", arn).is_none())
        {
            None => Ok(()),
            Some(arn) => {
                Err(Refusal::new("UnknownMonitorException", format!("The monitor {arn} does not exist")))
            }
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id_of(text, "anomalysubscription")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ce:CreateAnomalySubscription",
            "ce:DeleteAnomalySubscription",
            "ce:GetAnomalySubscriptions",
            "ce:ListTagsForResource",
            "ce:TagResource",
            "ce:UntagResource",
            "ce:UpdateAnomalySubscription",
        ]
    }
}

fn thresholds(spec: &Spec) -> Vec<Finding> {
    match (&spec.threshold, &spec.threshold_expression) {
        (None, None) => vec![
            Finding::on("threshold_expression", "`threshold_expression` is missing in spec")
                .and("threshold")
                .help("say from which impact on somebody hears of it"),
        ],
        (Some(_), Some(_)) => vec![
            Finding::on("threshold", "the threshold is said twice")
                .and("threshold_expression")
                .help("leave `threshold` out, which is the older way"),
        ],
        (Some(_), None) => Vec::new(),
        (None, Some(expression)) => {
            let path = FieldPath::root().key("threshold_expression");
            let mut findings = cost_expression::findings(&path, expression, &IMPACTS);
            if findings.is_empty() {
                impacts(&path, expression, &mut findings);
            }
            findings
        }
    }
}

/// Every comparison of a sound expression is with one figure.
fn impacts(path: &FieldPath, expression: &Json, findings: &mut Vec<Finding>) {
    for (name, inner) in expression.as_object().into_iter().flatten() {
        let path = path.key(name);
        for (index, part) in inner.as_array().into_iter().flatten().enumerate() {
            impacts(&path.index(index), part, findings);
        }
        if name != "dimensions" {
            continue;
        }
        let values: Vec<&str> = texts(inner.get("values")).collect();
        let figure = match values.as_slice() {
            [one] => one.parse::<f64>().ok(),
            _ => None,
        };
        if !figure.is_some_and(|figure| (0.0..=MOST_IMPACT).contains(&figure)) {
            findings.push(
                Finding::at(
                    path.key("values"),
                    format!("`values` is {values:?}, where one figure is needed"),
                )
                .help("such as [\"100\"], up to ten billion"),
            );
        }
        if texts(inner.get("match_options")).next().is_none() {
            findings.push(
                Finding::at(
                    path.clone(),
                    "an impact is compared by `match_options: [GREATER_THAN_OR_EQUAL]`",
                )
                .help("add it: the API takes no other and none by itself"),
            );
        }
    }
}

fn subscribers(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (wanted, why) = match spec.frequency {
        Frequency::Immediate => (SubscriberType::Sns, "at once only a topic hears of it"),
        Frequency::Daily | Frequency::Weekly => {
            (SubscriberType::Email, "daily and weekly only mail addresses hear of it")
        }
    };
    let list = FieldPath::root().key("subscribers");
    for (index, subscriber) in spec.subscribers.iter().enumerate() {
        let path = list.index(index);
        if subscriber.r#type != wanted {
            findings.push(Finding::at(path.key("type"), why).and("frequency"));
        }
        let text = &subscriber.address;
        let (fits, example) = match subscriber.r#type {
            SubscriberType::Sns => (Arn::of_service(text, "sns").is_some(), "the ARN of a topic"),
            SubscriberType::Email => (
                text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')),
                "a mail address",
            ),
        };
        if !fits {
            let path = path.key("address");
            findings
                .push(Finding::at(path.clone(), format!("`{path}` is {text:?}, where {example} is needed")));
        }
    }
    let topics = spec.subscribers.iter().filter(|one| one.r#type == SubscriberType::Sns).count();
    if topics > 1 {
        findings.push(Finding::at(list, format!("`subscribers` has {topics} topics, where one can be")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const MONITOR: &str = "arn:aws:ce::123456789012:anomalymonitor/0a1b";

    fn impact(key: &str, value: &str) -> Json {
        json!({"dimensions": {"key": key, "match_options": ["GREATER_THAN_OR_EQUAL"], "values": [value]}})
    }

    fn at_once() -> Json {
        json!({
            "subscription_name": "costs",
            "frequency": "IMMEDIATE",
            "monitor_arn_list": [MONITOR],
            "subscribers": [{"type": "SNS", "address": "arn:aws:sns:us-east-1:123456789012:costs"}],
            "threshold_expression": {"and": [
                impact("ANOMALY_TOTAL_IMPACT_ABSOLUTE", "50"),
                impact("ANOMALY_TOTAL_IMPACT_PERCENTAGE", "20"),
            ]},
        })
    }

    #[test]
    fn a_threshold_is_one_figure_of_an_impact() {
        assert_whole::<AnomalySubscription>(&at_once());
        let absolute = |value: &str| impact("ANOMALY_TOTAL_IMPACT_ABSOLUTE", value);
        let mut without = absolute("50");
        without["dimensions"].as_object_mut().unwrap().remove("match_options");
        assert_rules::<AnomalySubscription>(
            &at_once(),
            &[
                (&[("/threshold_expression", absolute("100"))], ""),
                (&[("/threshold_expression", absolute("much"))], "one figure is needed"),
                (&[("/threshold_expression", absolute("20000000000"))], "one figure is needed"),
                (&[("/threshold_expression/and/1", absolute("-1"))], "one figure is needed"),
                (&[("/threshold_expression", without)], "the API takes no other"),
                (&[("/threshold_expression", impact("SERVICE", "1"))], "no dimension"),
                (&[("/threshold_expression", json!({"tags": {"key": "a"}}))], "no part of this expression"),
                (&[("/threshold_expression", json!(null))], "`threshold_expression` is missing"),
                (&[("/threshold", json!(100))], "said twice"),
                (&[("/threshold_expression", json!(null)), ("/threshold", json!(100))], ""),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn topics_hear_at_once_and_people_once_in_a_while() {
        let mail = json!([{"type": "EMAIL", "address": "costs@audityzer.com"}]);
        let topic = |name: &str| json!({"type": "SNS", "address": format!("arn:aws:sns:us-east-1:123456789012:{name}")});
        assert_rules::<AnomalySubscription>(
            &at_once(),
            &[
                (&[("/frequency", json!("DAILY"))], "only mail addresses"),
                (&[("/frequency", json!("WEEKLY")), ("/subscribers", mail.clone())], ""),
                (&[("/subscribers", mail)], "only a topic"),
                (&[("/subscribers", json!([]))], "elements"),
                (&[("/subscribers", json!([topic("a"), topic("b")]))], "2 topics"),
                (&[("/subscribers/0/address", json!("a topic"))], "the ARN of a topic"),
                (
                    &[
                        ("/frequency", json!("DAILY")),
                        ("/subscribers/0", json!({"type": "EMAIL", "address": "nobody"})),
                    ],
                    "a mail address",
                ),
                (&[("/monitor_arn_list", json!([]))], "elements"),
            ],
        );
    }

    #[test]
    fn its_monitors_have_to_be_there() {
        let empty = World::default();
        assert_eq!(empty.create::<AnomalySubscription>(&at_once()), Err("UnknownMonitorException".into()));
        let world = empty.with("aws.ce.anomaly_monitor", MONITOR, "us-east-1", json!({}));
        assert!(world.create::<AnomalySubscription>(&at_once()).is_ok());
        assert_eq!(world.delete::<AnomalySubscription>("x", &at_once()), Ok(()));
    }

    #[test]
    fn it_is_imported_by_its_resource_name() {
        assert!(AnomalySubscription::import_id("arn:aws:ce::123456789012:anomalysubscription/0a1b").is_ok());
        assert!(AnomalySubscription::import_id(MONITOR).is_err());
    }
}
