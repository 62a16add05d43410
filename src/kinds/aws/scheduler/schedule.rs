//! `aws.scheduler.schedule`: a call that recurs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::super::schedule::{self, Style};
use super::target::{self, Target};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A call that recurs, or that is made once.
/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within its group.
    #[schemars(regex(pattern = r"^[0-9a-zA-Z\-_.]{1,64}$"), extend("x-immutable" = true))]
    pub name: String,
    /// The group that it belongs to.
    #[schemars(regex(pattern = r"^[0-9a-zA-Z\-_.]{1,64}$"), extend("x-immutable" = true, "default" = "default"))]
    pub group_name: Option<String>,
    /// When: `cron(0 6 * * ? *)`, `rate(5 minutes)` or `at(2027-01-31T06:00:00)`.
    #[schemars(length(min = 1, max = 256))]
    pub schedule_expression: String,
    /// In which time zone that is; summer time counts.
    #[schemars(length(min = 1, max = 50), extend("default" = "UTC"))]
    pub schedule_expression_timezone: Option<String>,
    /// From when on, in UTC, such as `2027-01-01T00:00:00Z`.
    pub start_date: Option<String>,
    /// Until when, in UTC.
    pub end_date: Option<String>,
    /// What it is for.
    #[schemars(length(max = 512))]
    pub description: Option<String>,
    /// Whether it makes its calls.
    #[schemars(extend("default" = "ENABLED"))]
    pub state: Option<State>,
    /// The ARN of the key that encrypts the input; AWS's own where it is absent.
    #[schemars(length(max = 2048), extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub kms_key_arn: Option<String>,
    /// What is called, as whom, with what.
    pub target: Target,
    /// Whether a call may come later than said, so that not all come at once.
    pub flexible_time_window: FlexibleTimeWindow,
    /// What becomes of it after its last call.
    #[schemars(extend("default" = "NONE"))]
    pub action_after_completion: Option<ActionAfterCompletion>,
}

/// Whether a schedule makes its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    Enabled,
    Disabled,
}

/// How punctual a call is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FlexibleTimeWindow {
    /// Whether it may come later.
    pub mode: WindowMode,
    /// By how many minutes at most.
    #[schemars(range(min = 1, max = 1440))]
    pub maximum_window_in_minutes: Option<i64>,
}

/// Whether a call may come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum WindowMode {
    Off,
    Flexible,
}

/// What becomes of a schedule after its last call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ActionAfterCompletion {
    None,
    Delete,
}

/// A schedule as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its group, a slash and its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct Schedule;

impl Kind for Schedule {
    const TYPE: &'static str = "aws.scheduler.schedule";
    const IDENTITY: &'static [&'static str] = &["group_name", "name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Err(fault) = schedule::check(&spec.schedule_expression, &[Style::Cron, Style::Rate, Style::At])
        {
            findings.push(Finding::on("schedule_expression", fault));
        }
        if let Some(zone) =
            spec.schedule_expression_timezone.as_ref().filter(|zone| !schedule::is_time_zone(zone))
        {
            findings.push(
                Finding::on("schedule_expression_timezone", format!("{zone:?} is no name of a time zone"))
                    .help("name it as `UTC` or `Europe/Berlin`"),
            );
        }
        findings.extend(date_findings(spec));
        findings.extend(window_findings(&spec.flexible_time_window));
        if let Some(key) = &spec.kms_key_arn {
            findings.extend(arn::findings("kms_key_arn", key, "kms", &["key", "alias"]));
        }
        findings.extend(target::findings(&spec.target));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let group = spec.group_name.as_deref().unwrap_or("default");
        Profile::seconds(1, 1, 1)
            .visible_after(10)
            .computes("id", &format!("{group}/{{spec.name}}"))
            .computes("arn", "arn:aws:scheduler:{region}:{account}:schedule/{id}")
    }

    /// A name is taken once in a group and a region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let id = format!("{}/{}", spec.group_name.as_deref().unwrap_or("default"), spec.name);
        let taken = cloud
            .all(Self::TYPE)
            .into_iter()
            .any(|other| other.region == cloud.region() && other.id.as_str() == id);
        if taken {
            return Err(Refusal::new("ConflictException", format!("Schedule {} already exists.", spec.name)));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_name = |text: &str| {
            (1..=64).contains(&text.len())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        match text.split_once('/') {
            Some((group, name)) if is_name(group) && is_name(name) => Ok(PhysicalId::new(text)),
            _ => Err(format!("`{text}` should be a group, a slash and a name, such as default/cost-report")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:PassRole",
            "scheduler:CreateSchedule",
            "scheduler:DeleteSchedule",
            "scheduler:GetSchedule",
            "scheduler:ListSchedules",
            "scheduler:UpdateSchedule",
        ]
    }
}

/// Dates are times in UTC, in order; those of a single call mean nothing.
fn date_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (field, date) in [("start_date", &spec.start_date), ("end_date", &spec.end_date)] {
        let Some(date) = date else { continue };
        let time = date.strip_suffix('Z').map(|time| format!("at({time})"));
        if time.is_none_or(|time| schedule::check(&time, &[Style::At]).is_err()) {
            findings.push(
                Finding::on(field, format!("`{field}` is {date:?}, which is no time in UTC"))
                    .help("write it as 2027-01-31T06:00:00Z"),
            );
        } else if spec.schedule_expression.starts_with("at(") {
            findings.push(
                Finding::on(field, format!("`{field}` means nothing to a call that is made once"))
                    .and("schedule_expression"),
            );
        }
    }
    // Such times are in order as texts are.
    if let (Some(start), Some(end)) = (&spec.start_date, &spec.end_date)
        && start >= end
    {
        findings.push(Finding::on("end_date", "`end_date` isn't after `start_date`").and("start_date"));
    }
    findings
}

fn window_findings(window: &FlexibleTimeWindow) -> Option<Finding> {
    const MINUTES: &str = "flexible_time_window.maximum_window_in_minutes";
    match (window.mode, window.maximum_window_in_minutes) {
        (WindowMode::Flexible, None) => {
            Some(Finding::on(MINUTES, "a flexible window has no length").and("flexible_time_window.mode"))
        }
        (WindowMode::Off, Some(_)) => Some(
            Finding::on(MINUTES, "a window that is OFF has no length")
                .and("flexible_time_window.mode")
                .help("leave it out, or set `mode: FLEXIBLE`"),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, refusal};
    use crate::model::Json;

    fn report() -> Json {
        json!({"name": "cost-report", "schedule_expression": "cron(0 12 * * ? *)",
            "schedule_expression_timezone": "UTC",
            "flexible_time_window": {"mode": "FLEXIBLE", "maximum_window_in_minutes": 15},
            "target": {"arn": "arn:aws:lambda:us-east-1:123456789012:function:report",
                "role_arn": "arn:aws:iam::123456789012:role/scheduler", "input": "{\"days\": 1}",
                "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 3600}}})
    }

    #[test]
    fn times_and_windows_are_what_the_api_takes() {
        assert_rules::<Schedule>(
            &report(),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/schedule_expression", json!("daily"))], "isn't written as"),
                (&[("/schedule_expression", json!("at(2027-01-31T06:00:00)"))], ""),
                (&[("/schedule_expression_timezone", json!("+02:00"))], "no name of a time zone"),
                (&[("/start_date", json!("2027-01-01"))], "no time in UTC"),
                (&[("/start_date", json!("2027-01-01T00:00:00Z"))], ""),
                (
                    &[
                        ("/start_date", json!("2027-01-01T00:00:00Z")),
                        ("/end_date", json!("2026-01-01T00:00:00Z")),
                    ],
                    "isn't after",
                ),
                (
                    &[
                        ("/schedule_expression", json!("at(2027-01-31T06:00:00)")),
                        ("/end_date", json!("2028-01-01T00:00:00Z")),
                    ],
                    "made once",
                ),
                (&[("/flexible_time_window", json!({"mode": "FLEXIBLE"}))], "has no length"),
                (&[("/flexible_time_window/mode", json!("OFF"))], "that is OFF"),
                (&[("/flexible_time_window/maximum_window_in_minutes", json!(1441))], "1 to 1440"),
                (&[("/kms_key_arn", json!("alias/x"))], "no Amazon resource name"),
                (&[("/state", json!("PAUSED"))], "none of"),
            ],
        );
        assert_whole::<Schedule>(&report());
    }

    #[test]
    fn a_name_is_taken_once_in_a_group() {
        let mut world = World::default();
        world.add(Schedule::TYPE, "default/cost-report", json!({}));
        assert_eq!(refusal::<Schedule>(&world, report(), json!({})), "ConflictException");
        assert_eq!(refusal::<Schedule>(&world, report(), json!({"group_name": "reports"})), "");
        world.region = "eu-west-1";
        assert_eq!(refusal::<Schedule>(&world, report(), json!({})), "");
    }
}
