//! `aws.secretsmanager.rotation`: when and by what a secret's value is renewed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{Arn, is_account};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// When and by what a secret's value is renewed. It is a part of the secret: deleting it ends the
/// rotation.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The ARN of the secret.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.secretsmanager.secret"))]
    pub secret_id: String,
    /// The function that renews it; absent for secrets that a service of AWS manages.
    #[schemars(extend("x-refers" = "aws.lambda.function"))]
    pub rotation_lambda_arn: Option<String>,
    /// When it is renewed.
    pub rotation_rules: RotationRules,
    /// Whether it is renewed at once too, when this is made or changed. Ours: it goes with the call.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub rotate_immediately: Option<bool>,
}

/// When a secret is renewed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RotationRules {
    /// After how many days each time.
    #[schemars(range(min = 1, max = 1000), extend("x-default" = "provider"))]
    pub automatically_after_days: Option<i64>,
    /// At which times, in UTC: `rate(10 days)` or `cron(0 16 1,15 * ? *)`.
    #[schemars(length(min = 1, max = 256))]
    pub schedule_expression: Option<String>,
    /// Within how many hours after that, such as `3h`.
    #[schemars(length(min = 2, max = 3))]
    pub duration: Option<String>,
}

/// A rotation as the API describes it with its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The ARN of the secret.
    pub id: String,
}

/// The kind itself.
pub struct Rotation;

impl Kind for Rotation {
    const TYPE: &'static str = "aws.secretsmanager.rotation";
    const IDENTITY: &'static [&'static str] = &["secret_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !super::arn::is_secret(&spec.secret_id) {
            findings.push(
                Finding::on(
                    "secret_id",
                    format!("`secret_id` is {:?}, which is no ARN of a secret", spec.secret_id),
                )
                .help("refer to the `id` of an aws.secretsmanager.secret"),
            );
        }
        if let Some(function) = &spec.rotation_lambda_arn {
            let is_function = Arn::of_service(function, "lambda")
                .is_some_and(|arn| is_account(arn.account) && arn.resource.starts_with("function:"));
            if !is_function {
                findings.push(Finding::on(
                    "rotation_lambda_arn",
                    format!("`rotation_lambda_arn` is {function:?}, which is no ARN of a function"),
                ));
            }
        }
        findings.extend(rules_findings(&spec.rotation_rules));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(5, 5, 2).computes("id", "{spec.secret_id}")
    }

    /// Only secrets that a service manages rotate without a function.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (Call::Create { spec, .. } | Call::Update { spec, .. }) = call else {
            return Ok(());
        };
        let is_ours = cloud.find("aws.secretsmanager.secret", "id", &spec.secret_id).is_some();
        if is_ours && spec.rotation_lambda_arn.is_none() {
            return Err(Refusal::new(
                "InvalidRequestException",
                "No Lambda rotation function ARN is associated with this secret.",
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::arn::import(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "lambda:InvokeFunction",
            "secretsmanager:CancelRotateSecret",
            "secretsmanager:DescribeSecret",
            "secretsmanager:RotateSecret",
        ]
    }
}

fn rules_findings(rules: &RotationRules) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (&rules.automatically_after_days, &rules.schedule_expression) {
        (Some(_), Some(_)) => findings.push(
            Finding::on(
                "rotation_rules.automatically_after_days",
                "a rotation has either `automatically_after_days` or a `schedule_expression`",
            )
            .and("rotation_rules.schedule_expression"),
        ),
        (None, None) => findings.push(
            Finding::on("rotation_rules", "`rotation_rules` say no time")
                .help("set `automatically_after_days` or `schedule_expression`"),
        ),
        _ => {}
    }
    if let Some(Err(fault)) = rules.schedule_expression.as_deref().map(check_schedule) {
        findings.push(
            Finding::on("rotation_rules.schedule_expression", fault)
                .help("write it as rate(10 days), rate(4 hours) or cron(0 16 1,15 * ? *)"),
        );
    }
    if let Some(duration) = &rules.duration {
        let hours = duration.strip_suffix('h').and_then(|hours| hours.parse::<u32>().ok());
        if !hours.is_some_and(|hours| (1..=24).contains(&hours)) {
            findings.push(Finding::on(
                "rotation_rules.duration",
                format!("`duration` is {duration:?}, where 1h to 24h is allowed"),
            ));
        }
    }
    findings
}

/// Secrets rotate every four hours at most, on the hour.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html>
fn check_schedule(text: &str) -> Result<(), String> {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(rate) = inside("rate") {
        let (count, unit) = rate.split_once(' ').unwrap_or((rate, ""));
        let count: u32 = count.parse().map_err(|_| format!("`{text}` has no number"))?;
        return match unit {
            "hour" | "hours" if (4..=999).contains(&count) => Ok(()),
            "hour" | "hours" => Err(format!("`{text}` isn't every 4 to 999 hours")),
            "day" | "days" if (1..=999).contains(&count) => Ok(()),
            "day" | "days" => Err(format!("`{text}` isn't every 1 to 999 days")),
            _ => Err(format!("`{text}` has no unit of hours or days")),
        };
    }
    let Some(cron) = inside("cron") else {
        return Err(format!("`{text}` is neither rate(…) nor cron(…)"));
    };
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let [minutes, _, day_of_month, _, day_of_week, year] = fields[..] else {
        return Err(format!("`{text}` has {} fields, where six are needed", fields.len()));
    };
    if minutes != "0" || year != "*" {
        return Err(format!("`{text}` should have 0 as its minutes and * as its year"));
    }
    if (day_of_month == "?") == (day_of_week == "?") {
        return Err(format!("`{text}` should have ? as either the day of the month or that of the week"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use crate::model::Json;
    use serde_json::json;

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3";

    fn rotation() -> Json {
        json!({"secret_id": SECRET, "rotation_rules": {"automatically_after_days": 30},
            "rotation_lambda_arn": "arn:aws:lambda:us-east-1:123456789012:function:rotate"})
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        for fine in [
            json!({}),
            json!({"rotation_lambda_arn": null}),
            json!({"rotation_rules": {"schedule_expression": "rate(10 days)", "duration": "3h"}}),
            json!({"rotation_rules": {"schedule_expression": "rate(4 hours)"}}),
            json!({"rotation_rules": {"schedule_expression": "cron(0 16 1,15 * ? *)"}}),
        ] {
            assert_eq!(faults::<Rotation>(rotation(), fine.clone()), Vec::<String>::new(), "{fine}");
        }
        let schedule = |text: &str| json!({"rotation_rules": {"schedule_expression": text}});
        for (change, fault) in [
            (json!({"secret_id": "db"}), "no ARN of a secret"),
            (json!({"rotation_lambda_arn": "rotate"}), "no ARN of a function"),
            (json!({"rotation_rules": {}}), "say no time"),
            (
                json!({"rotation_rules": {"automatically_after_days": 1, "schedule_expression": "rate(1 day)"}}),
                "either",
            ),
            (json!({"rotation_rules": {"automatically_after_days": 1001}}), "1 to 1000"),
            (json!({"rotation_rules": {"automatically_after_days": 1, "duration": "25h"}}), "1h to 24h"),
            (schedule("every day"), "neither rate"),
            (schedule("rate(3 hours)"), "4 to 999 hours"),
            (schedule("rate(0 days)"), "1 to 999 days"),
            (schedule("rate(5 weeks)"), "no unit"),
            (schedule("rate(x days)"), "no number"),
            (schedule("cron(0 8 * * *)"), "5 fields"),
            (schedule("cron(30 8 1 * ? *)"), "0 as its minutes"),
            (schedule("cron(0 8 1 * 2 *)"), "? as either"),
        ] {
            let found = faults::<Rotation>(rotation(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn our_own_secrets_need_a_function() {
        let mut world = World::default();
        world.add("aws.secretsmanager.secret", SECRET, json!({}));
        assert_eq!(refusal::<Rotation>(&world, rotation(), json!({})), "");
        let without = json!({"rotation_lambda_arn": null});
        assert_eq!(refusal::<Rotation>(&world, rotation(), without), "InvalidRequestException");
    }
}
