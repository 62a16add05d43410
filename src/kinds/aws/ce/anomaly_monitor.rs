//! `aws.ce.anomaly_monitor`: which costs are watched for what is unusual.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::cost_expression::{self, Allowed, texts};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// Which costs are watched for what is unusual. It costs nothing.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_AnomalyMonitor.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name.
    #[schemars(length(min = 1, max = 1024))]
    pub monitor_name: String,
    /// Whether AWS watches each value of a dimension by itself, or the sum of some.
    #[schemars(extend("x-immutable" = true))]
    pub monitor_type: MonitorType,
    /// The dimension, of type DIMENSIONAL.
    #[schemars(extend("x-immutable" = true))]
    pub monitor_dimension: Option<MonitorDimension>,
    /// Which costs: `dimensions` with LINKED_ACCOUNT, `tags` or `cost_categories`, each with `key` and
    /// `values`; of the dimensions TAG and COST_CATEGORY the key alone.
    #[schemars(extend("type" = "object", "x-immutable" = true))]
    pub monitor_specification: Option<Json>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How a monitor watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MonitorType {
    Dimensional,
    Custom,
}

/// A dimension each of whose values is watched by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MonitorDimension {
    Service,
    LinkedAccount,
    Tag,
    CostCategory,
}

/// A monitor as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its Amazon resource name.
    pub id: String,
    /// The same.
    pub arn: String,
}

/// AWS's own monitors, and those of the customer, that an account may have.
/// <https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html>
const MOST_OF_SERVICES: usize = 1;

/// How many values the sum of a monitor may have.
const MOST_VALUES: usize = 10;

const WATCHED: Allowed =
    Allowed { dimensions: &["LINKED_ACCOUNT"], tags: true, operators: &[], match_options: &["EQUALS"] };

/// The kind itself.
pub struct AnomalyMonitor;

impl Kind for AnomalyMonitor {
    const TYPE: &'static str = "aws.ce.anomaly_monitor";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        match spec.monitor_type {
            MonitorType::Dimensional => findings.extend(dimensional(spec)),
            MonitorType::Custom => findings.extend(custom(spec)),
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "arn:aws:ce::{account}:anomalymonitor/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}")
            .computes("arn", "{id}")
    }

    /// An account has one monitor of all services.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = call
            && spec.monitor_dimension == Some(MonitorDimension::Service)
        {
            let others = cloud.all(Self::TYPE);
            let services = others.iter().filter(|other| other.attributes["monitor_dimension"] == "SERVICE");
            if services.count() >= MOST_OF_SERVICES {
                return Err(Refusal::new(
                    "LimitExceededException",
                    "Limit exceeded on dimensional spend monitor creation",
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id_of(text, "anomalymonitor")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ce:CreateAnomalyMonitor",
            "ce:DeleteAnomalyMonitor",
            "ce:GetAnomalyMonitors",
            "ce:ListTagsForResource",
            "ce:TagResource",
            "ce:UntagResource",
            "ce:UpdateAnomalyMonitor",
        ]
    }
}

fn specification(expression: &Json) -> Vec<Finding> {
    cost_expression::findings(&FieldPath::root().key("monitor_specification"), expression, &WATCHED)
}

fn dimensional(spec: &Spec) -> Vec<Finding> {
    let Some(dimension) = spec.monitor_dimension else {
        return vec![
            Finding::on("monitor_dimension", "`monitor_dimension` is missing in spec")
                .and("monitor_type")
                .help("a monitor of type DIMENSIONAL watches SERVICE, LINKED_ACCOUNT, TAG or COST_CATEGORY"),
        ];
    };
    let wanted = match dimension {
        MonitorDimension::Service | MonitorDimension::LinkedAccount => None,
        MonitorDimension::Tag => Some("tags"),
        MonitorDimension::CostCategory => Some("cost_categories"),
    };
    match (wanted, &spec.monitor_specification) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![
            Finding::on("monitor_specification", "this dimension is watched as a whole")
                .and("monitor_dimension")
                .help("leave `monitor_specification` out"),
        ],
        (Some(wanted), given) => {
            let inner = given.as_ref().and_then(|given| given.get(wanted));
            let Some(inner) = inner else {
                return vec![
                    Finding::on(
                        "monitor_specification",
                        format!("`monitor_specification` names no `{wanted}`"),
                    )
                    .and("monitor_dimension")
                    .help(format!("say whose values are watched: {{{wanted}: {{key: …}}}}")),
                ];
            };
            if inner.get("values").is_some() {
                let path = FieldPath::root().key("monitor_specification").key(wanted).key("values");
                return vec![
                    Finding::at(path, "each value is watched by itself, so that none is named")
                        .and("monitor_type")
                        .help("leave `values` out, or make it a monitor of type CUSTOM"),
                ];
            }
            given.as_ref().map(specification).unwrap_or_default()
        }
    }
}

fn custom(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    if spec.monitor_dimension.is_some() {
        findings.push(
            Finding::on("monitor_dimension", "a monitor of type CUSTOM has no `monitor_dimension`")
                .and("monitor_type"),
        );
    }
    let Some(expression) = &spec.monitor_specification else {
        findings.push(
            Finding::on("monitor_specification", "`monitor_specification` is missing in spec")
                .and("monitor_type"),
        );
        return findings;
    };
    findings.extend(specification(expression));
    for (sort, inner) in expression.as_object().into_iter().flatten() {
        let count = texts(inner.get("values")).count();
        if !(1..=MOST_VALUES).contains(&count) {
            let path = FieldPath::root().key("monitor_specification").key(sort);
            findings.push(
                Finding::at(path, format!("it sums up {count} values, where 1 to {MOST_VALUES} can be"))
                    .and("monitor_type"),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    fn services() -> Json {
        json!({"monitor_name": "services", "monitor_type": "DIMENSIONAL", "monitor_dimension": "SERVICE"})
    }

    fn phases() -> Json {
        json!({
            "monitor_name": "phases", "monitor_type": "DIMENSIONAL", "monitor_dimension": "TAG",
            "monitor_specification": {"tags": {"key": "phase"}},
        })
    }

    fn production() -> Json {
        json!({
            "monitor_name": "production", "monitor_type": "CUSTOM",
            "monitor_specification": {"tags": {"key": "environment", "values": ["production"]}},
        })
    }

    #[test]
    fn a_dimension_is_watched_value_by_value() {
        assert_whole::<AnomalyMonitor>(&services());
        let by_tag = json!({"tags": {"key": "phase"}});
        assert_rules::<AnomalyMonitor>(
            &services(),
            &[
                (&[("/monitor_dimension", json!(null))], "`monitor_dimension` is missing"),
                (&[("/monitor_specification", by_tag.clone())], "watched as a whole"),
                (&[("/monitor_dimension", json!("TAG"))], "names no `tags`"),
                (
                    &[("/monitor_dimension", json!("COST_CATEGORY")), ("/monitor_specification", by_tag)],
                    "names no `cost_categories`",
                ),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_rules::<AnomalyMonitor>(
            &phases(),
            &[
                (&[("/monitor_specification/tags/values", json!(["cluster"]))], "none is named"),
                (&[("/monitor_specification/tags/keys", json!("x"))], "no field of a comparison"),
            ],
        );
    }

    #[test]
    fn a_monitor_of_ones_own_sums_up_some_values() {
        let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
        assert_rules::<AnomalyMonitor>(
            &production(),
            &[
                (&[("/monitor_dimension", json!("SERVICE"))], "has no `monitor_dimension`"),
                (&[("/monitor_specification", json!(null))], "`monitor_specification` is missing"),
                (&[("/monitor_specification/tags/values", json!(many))], "11 values"),
                (&[("/monitor_specification/tags/values", json!([]))], "0 values"),
                (
                    &[("/monitor_specification", json!({"dimensions": {"key": "SERVICE", "values": ["x"]}}))],
                    "no dimension",
                ),
                (&[("/monitor_specification", json!({"not": {}}))], "no part of this expression"),
            ],
        );
    }

    #[test]
    fn an_account_has_one_monitor_of_all_services() {
        let world = World::default().with(AnomalyMonitor::TYPE, "a", "us-east-1", services());
        assert_eq!(world.create::<AnomalyMonitor>(&services()), Err("LimitExceededException".into()));
        assert!(world.create::<AnomalyMonitor>(&production()).is_ok());
    }

    #[test]
    fn it_is_imported_by_its_resource_name() {
        let arn = "arn:aws:ce::123456789012:anomalymonitor/0a1b";
        assert_eq!(AnomalyMonitor::import_id(arn).unwrap().as_str(), arn);
        for text in
            ["phases", "arn:aws:ce::123456789012:anomalysubscription/0a1b", "arn:aws:ce::1:anomalymonitor/"]
        {
            assert!(AnomalyMonitor::import_id(text).is_err(), "{text}");
        }
    }
}
