//! `aws.cloudwatch.dashboard`: what people see in the console when nothing else answers.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId, closest};

/// A dashboard of the account's metrics, logs and alarms.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account, whichever region made it.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,255}$"), extend("x-immutable" = true))]
    pub dashboard_name: String,
    /// What it shows: `widgets`, and perhaps `start`, `end`, `periodOverride`, `variables`.
    #[schemars(extend("type" = "object"))]
    pub dashboard_body: Json,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A dashboard as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct Dashboard;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
const WIDGETS: [&str; 6] = ["alarm", "custom", "explorer", "log", "metric", "text"];
const BODY_FIELDS: [&str; 5] = ["end", "periodOverride", "start", "variables", "widgets"];
const COLUMNS: u64 = 24;
const ROWS: u64 = 1000;
const WIDGETS_AT_MOST: usize = 500;
/// The first three of an account are free.
const USD_PER_MONTH: f64 = 3.0;

impl Kind for Dashboard {
    const TYPE: &'static str = "aws.cloudwatch.dashboard";
    const IDENTITY: &'static [&'static str] = &["dashboard_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(body(&spec.dashboard_body));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.dashboard_name}")
            .computes("arn", "arn:aws:cloudwatch::{account}:dashboard/{id}")
            .costs_monthly("dashboard, beyond the account's first three", USD_PER_MONTH)
    }

    /// A name is taken once in an account.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = call
            && cloud.find(Self::TYPE, "dashboard_name", &spec.dashboard_name).is_some()
        {
            // The API itself would overwrite it, whoever's it is.
            return Err(Refusal::new("ResourceAlreadyExists", "A dashboard of that name exists already"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_name = (1..=255).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if is_name {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a dashboard"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudwatch:DeleteDashboards",
            "cloudwatch:GetDashboard",
            "cloudwatch:ListDashboards",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutDashboard",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
        ]
    }
}

/// What is wrong with what a dashboard shows.
fn body(body: &Json) -> Vec<Finding> {
    const BODY: &str = "dashboard_body";
    let Some(fields) = body.as_object() else {
        return vec![
            Finding::on(BODY, "`dashboard_body` should be a map").help("write it as YAML, not as a text"),
        ];
    };
    let mut findings = Vec::new();
    for field in fields.keys().filter(|field| !BODY_FIELDS.contains(&field.as_str())) {
        let finding = Finding::on(BODY, format!("`{field}` is no field of a dashboard's body"));
        findings.push(match closest(field, BODY_FIELDS) {
            Some(close) => finding.help(format!("did you mean `{close}`?")),
            None => finding.help(format!("it has {}", BODY_FIELDS.join(", "))),
        });
    }
    let Some(widgets) = fields.get("widgets").and_then(Json::as_array) else {
        findings.push(Finding::on(BODY, "a dashboard has a list of `widgets`"));
        return findings;
    };
    if widgets.len() > WIDGETS_AT_MOST {
        findings.push(Finding::on(BODY, format!("it has more than {WIDGETS_AT_MOST} widgets")));
    }
    let mut faults = BTreeSet::new();
    for (position, widget) in widgets.iter().enumerate() {
        faults.extend(widget_fault(widget).map(|fault| (position, fault)));
    }
    findings.extend(
        faults
            .into_iter()
            .map(|(position, fault)| Finding::on(&format!("{BODY}.widgets[{position}]"), fault)),
    );
    findings
}

fn widget_fault(widget: &Json) -> Option<String> {
    let sort = widget.get("type").and_then(Json::as_str).unwrap_or_default();
    if !WIDGETS.contains(&sort) {
        return Some(format!("`{sort}` is no type of widget, which are {}", WIDGETS.join(", ")));
    }
    if !widget.get("properties").is_some_and(Json::is_object) {
        return Some(format!("the {sort} widget has no `properties`"));
    }
    let number = |field: &str| widget.get(field).map(|value| value.as_u64());
    for (field, least, most) in
        [("x", 0, COLUMNS - 1), ("width", 1, COLUMNS), ("y", 0, u64::MAX), ("height", 1, ROWS)]
    {
        match number(field) {
            Some(Some(value)) if !(least..=most).contains(&value) => {
                return Some(format!("`{field}` is {value}, where {least} to {most} is allowed"));
            }
            Some(None) => return Some(format!("`{field}` should be a whole number")),
            _ => {}
        }
    }
    let end = number("x").flatten().unwrap_or(0) + number("width").flatten().unwrap_or(1);
    (end > COLUMNS).then(|| format!("it ends in column {end} of {COLUMNS}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn overview() -> Json {
        json!({ "dashboard_name": "overview", "dashboard_body": { "widgets": [
            { "type": "text", "x": 0, "y": 0, "width": 24, "height": 2, "properties": { "markdown": "# Platform" } },
            { "type": "metric", "x": 12, "width": 12, "properties": { "metrics": [["AWS/RDS", "CPUUtilization"]] } },
        ] } })
    }

    #[test]
    fn widgets_lie_on_a_grid() {
        assert_rules::<Dashboard>(
            &overview(),
            &[
                (&[("/dashboard_name", json!("a b"))], "doesn't match"),
                (&[("/dashboard_body", json!({}))], "a list of `widgets`"),
                (&[("/dashboard_body", json!({ "widgets": [], "strat": "-PT3H" }))], "did you mean `start`?"),
                (&[("/dashboard_body/widgets/0/type", json!("picture"))], "no type of widget"),
                (&[("/dashboard_body/widgets/0/properties", Json::Null)], "no `properties`"),
                (&[("/dashboard_body/widgets/1/width", json!(13))], "column 25 of 24"),
                (&[("/dashboard_body/widgets/1/width", json!(0))], "1 to 24"),
                (&[("/dashboard_body/widgets/1/x", json!("left"))], "a whole number"),
                (&[("/tags", json!({ "aws:x": "" }))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_an_account() {
        assert!(World::default().create::<Dashboard>(&overview()).is_ok());
        let elsewhere = World::default().with(Dashboard::TYPE, "overview", "eu-west-1", overview());
        assert_eq!(elsewhere.create::<Dashboard>(&overview()), Err("ResourceAlreadyExists".into()));
    }

    #[test]
    fn it_is_imported_by_name() {
        assert!(Dashboard::import_id("overview").is_ok());
        assert!(Dashboard::import_id("an overview").is_err());
    }
}
