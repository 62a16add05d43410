//! What the parts of a budget demand of each other.

use super::budget::{AutoAdjustType, BudgetType, Spec, TimeUnit};
use super::notification;
use crate::kinds::Finding;
use crate::kinds::aws::cost_expression::{self, Allowed};
use crate::model::FieldPath;

/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_ExpressionDimensionValues.html>
const FILTERS: Allowed = Allowed {
    dimensions: &[
        "AZ",
        "BILLING_ENTITY",
        "CACHE_ENGINE",
        "COST_CATEGORY_NAME",
        "DATABASE_ENGINE",
        "DEPLOYMENT_OPTION",
        "INSTANCE_TYPE",
        "INSTANCE_TYPE_FAMILY",
        "INVOICING_ENTITY",
        "LEGAL_ENTITY_NAME",
        "LINKED_ACCOUNT",
        "LINKED_ACCOUNT_NAME",
        "OPERATING_SYSTEM",
        "OPERATION",
        "PAYMENT_OPTION",
        "PLATFORM",
        "PURCHASE_TYPE",
        "RECORD_TYPE",
        "REGION",
        "RESERVATION_ID",
        "RESERVATION_MODIFIED",
        "RESOURCE_ID",
        "RIGHTSIZING_TYPE",
        "SAVINGS_PLANS_TYPE",
        "SAVINGS_PLAN_ARN",
        "SCOPE",
        "SERVICE",
        "SERVICE_CODE",
        "SUBSCRIPTION_ID",
        "TAG_KEY",
        "TENANCY",
        "USAGE_TYPE",
        "USAGE_TYPE_GROUP",
    ],
    tags: true,
    operators: &["and", "not", "or"],
    match_options: &[
        "ABSENT",
        "CASE_INSENSITIVE",
        "CASE_SENSITIVE",
        "CONTAINS",
        "ENDS_WITH",
        "EQUALS",
        "GREATER_THAN_OR_EQUAL",
        "STARTS_WITH",
    ],
};

pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
    findings.extend(name(spec));
    findings.extend(limits(spec));
    findings.extend(filters(spec));
    findings.extend(times(spec));
    findings.extend(adjustment(spec));
    let path = FieldPath::root().key("notifications_with_subscribers");
    findings.extend(notification::findings(
        &path,
        spec.notifications_with_subscribers.as_deref().unwrap_or_default(),
    ));
    findings
}

fn name(spec: &Spec) -> Option<Finding> {
    spec.budget_name.contains("/action/").then(|| {
        Finding::on("budget_name", "`budget_name` holds `/action/`")
            .help("AWS keeps that for the actions of budgets")
    })
}

fn limits(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let given = [
        ("budget_limit", spec.budget_limit.is_some()),
        ("planned_budget_limits", spec.planned_budget_limits.is_some()),
        ("auto_adjust_data", spec.auto_adjust_data.is_some()),
    ];
    let named: Vec<&str> = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect();
    match (spec.budget_type.is_amount(), named.as_slice()) {
        (true, []) => findings.push(
            Finding::on("budget_limit", "`budget_limit` is missing in spec")
                .and("planned_budget_limits")
                .and("auto_adjust_data")
                .help("a budget of cost or usage has `budget_limit`, `planned_budget_limits` or `auto_adjust_data`"),
        ),
        (_, [first, second, ..]) => findings.push(
            Finding::on(second, format!("the limit is said twice, by `{first}` and `{second}`")).and(first),
        ),
        (false, _) if spec.planned_budget_limits.is_some() || spec.auto_adjust_data.is_some() => findings.push(
            Finding::on("budget_type", "a budget of coverage or utilisation has a fixed limit of 100 %")
                .help("leave `planned_budget_limits` and `auto_adjust_data` out"),
        ),
        _ => {}
    }
    if let (false, Some(limit)) = (spec.budget_type.is_amount(), &spec.budget_limit)
        && (limit.amount - 100.0).abs() > f64::EPSILON
    {
        findings.push(
            Finding::on(
                "budget_limit.amount",
                format!("`budget_limit.amount` is {}, where only 100 is taken", limit.amount),
            )
            .and("budget_type")
            .help("say with a notification from which share on you want to hear of it"),
        );
    }
    if let (BudgetType::Cost, Some(limit)) = (spec.budget_type, &spec.budget_limit)
        && (limit.unit.len() != 3 || !limit.unit.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        findings.push(
            Finding::on(
                "budget_limit.unit",
                format!("`budget_limit.unit` is `{}`, which is no currency", limit.unit),
            )
            .and("budget_type")
            .help("AWS reckons in USD"),
        );
    }
    findings.extend(plan(spec));
    findings
}

/// Limits for months and quarters to come.
fn plan(spec: &Spec) -> Vec<Finding> {
    let Some(plan) = &spec.planned_budget_limits else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let most = match spec.time_unit {
        TimeUnit::Monthly => 12,
        TimeUnit::Quarterly => 4,
        _ => {
            return vec![
                Finding::on("planned_budget_limits", "only months and quarters can be planned")
                    .and("time_unit"),
            ];
        }
    };
    if plan.is_empty() || plan.len() > most {
        findings.push(Finding::on(
            "planned_budget_limits",
            format!("`planned_budget_limits` has {} limits, where 1 to {most} can be", plan.len()),
        ));
    }
    for key in plan.keys().filter(|key| key.parse::<u32>().is_err()) {
        findings.push(
            Finding::at(
                FieldPath::root().key("planned_budget_limits").key(key),
                format!("`{key}` is no moment in seconds of the epoch"),
            )
            .help("1 December 2026 is 1796083200"),
        );
    }
    findings
}

fn filters(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let old = [("cost_filters", spec.cost_filters.is_some()), ("cost_types", spec.cost_types.is_some())];
    let new = [("filter_expression", spec.filter_expression.is_some()), ("metrics", spec.metrics.is_some())];
    let named =
        |fields: [(&'static str, bool); 2]| fields.into_iter().find(|(_, set)| *set).map(|(name, _)| name);
    if let (Some(old), Some(new)) = (named(old), named(new)) {
        findings.push(
            Finding::on(old, format!("`{old}` doesn't go with `{new}`"))
                .and(new)
                .help("say it by `filter_expression` and `metrics`, which can do more"),
        );
    }
    if spec.cost_types.is_some() && spec.budget_type != BudgetType::Cost {
        findings.push(
            Finding::on("cost_types", "only a budget of type COST has `cost_types`").and("budget_type"),
        );
    }
    for metric in spec.metrics.iter().flatten() {
        let wanted = match spec.budget_type {
            BudgetType::Cost => metric.is_cost(),
            BudgetType::Usage => !metric.is_cost(),
            _ => false,
        };
        if !wanted {
            findings.push(
                Finding::on("metrics", format!("{metric:?} isn't what a budget of this type counts"))
                    .and("budget_type"),
            );
        }
    }
    if let Some(expression) = &spec.filter_expression {
        let path = FieldPath::root().key("filter_expression");
        findings.extend(cost_expression::findings(&path, expression, &FILTERS));
    }
    findings
}

fn times(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let start = spec.time_period.as_ref().and_then(|period| period.start.as_deref());
    let end = spec.time_period.as_ref().and_then(|period| period.end.as_deref());
    if spec.time_unit == TimeUnit::Custom && (start.is_none() || end.is_none()) {
        findings.push(
            Finding::on("time_period", "a budget of a time of one's own needs its `start` and its `end`")
                .and("time_unit"),
        );
    }
    // Moments of one form and one zone are in the order of their texts.
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        findings.push(Finding::on("time_period.end", "it ends before it starts").and("time_period.start"));
    }
    findings
}

/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_HistoricalOptions.html>
fn adjustment(spec: &Spec) -> Option<Finding> {
    let data = spec.auto_adjust_data.as_ref()?;
    match (data.auto_adjust_type, &data.historical_options) {
        (AutoAdjustType::Historical, None) => Some(
            Finding::on(
                "auto_adjust_data.historical_options",
                "what a limit that follows the past looks back at is missing",
            )
            .and("auto_adjust_data.auto_adjust_type"),
        ),
        (AutoAdjustType::Forecast, Some(_)) => Some(
            Finding::on(
                "auto_adjust_data.historical_options",
                "a limit that follows the forecast doesn't look back",
            )
            .and("auto_adjust_data.auto_adjust_type"),
        ),
        (AutoAdjustType::Forecast, None) => None,
        (AutoAdjustType::Historical, Some(options)) => {
            let most = match spec.time_unit {
                TimeUnit::Daily | TimeUnit::Custom => 60,
                TimeUnit::Monthly => 12,
                TimeUnit::Quarterly => 4,
                TimeUnit::Annually => 1,
            };
            let periods = options.budget_adjustment_period;
            (periods > most).then(|| {
                let field = "auto_adjust_data.historical_options.budget_adjustment_period";
                Finding::on(
                    field,
                    format!("`budget_adjustment_period` is {periods}, where at most {most} can be"),
                )
                .and("time_unit")
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::budget::Budget;
    use crate::kinds::testing::assert_rules;
    use crate::model::Json;

    fn monthly() -> Json {
        json!({
            "budget_name": "production",
            "budget_type": "COST",
            "time_unit": "MONTHLY",
            "budget_limit": {"amount": 5810, "unit": "USD"},
            "notifications_with_subscribers": [{
                "notification": {"notification_type": "ACTUAL", "comparison_operator": "GREATER_THAN", "threshold": 80},
                "subscribers": [{"subscription_type": "EMAIL", "address": "costs@audityzer.com"}],
            }],
        })
    }

    #[test]
    fn a_limit_is_said_once() {
        let planned = json!({"1796083200": {"amount": 1, "unit": "USD"}});
        let follows = json!({"auto_adjust_type": "FORECAST"});
        assert_rules::<Budget>(
            &monthly(),
            &[
                (&[("/budget_limit", json!(null))], "`budget_limit` is missing"),
                (&[("/planned_budget_limits", planned.clone())], "said twice"),
                (&[("/budget_limit", json!(null)), ("/planned_budget_limits", planned.clone())], ""),
                (
                    &[
                        ("/budget_limit", json!(null)),
                        ("/planned_budget_limits", json!({"december": {"amount": 1, "unit": "USD"}})),
                    ],
                    "no moment",
                ),
                (&[("/budget_limit", json!(null)), ("/planned_budget_limits", json!({}))], "1 to 12"),
                (
                    &[
                        ("/budget_limit", json!(null)),
                        ("/planned_budget_limits", planned),
                        ("/time_unit", json!("DAILY")),
                    ],
                    "only months and quarters",
                ),
                (&[("/budget_limit", json!(null)), ("/auto_adjust_data", follows)], ""),
                (&[("/budget_limit/unit", json!("dollars"))], "no currency"),
                (&[("/budget_limit/amount", json!(-1))], "at least 0"),
                (&[("/budget_type", json!("RI_COVERAGE"))], "only 100 is taken"),
                (&[("/budget_type", json!("RI_COVERAGE")), ("/budget_limit", json!(null))], ""),
                (
                    &[
                        ("/budget_type", json!("RI_COVERAGE")),
                        ("/budget_limit", json!(null)),
                        ("/auto_adjust_data", json!({"auto_adjust_type": "FORECAST"})),
                    ],
                    "fixed limit",
                ),
            ],
        );
    }

    #[test]
    fn a_limit_that_follows_the_past_looks_back_so_far() {
        let back = |periods: i64| json!({"auto_adjust_type": "HISTORICAL", "historical_options": {"budget_adjustment_period": periods}});
        assert_rules::<Budget>(
            &json!({"budget_name": "b", "budget_type": "COST", "time_unit": "MONTHLY", "auto_adjust_data": back(12)}),
            &[
                (&[("/auto_adjust_data", back(13))], "at most 12"),
                (&[("/auto_adjust_data", back(5)), ("/time_unit", json!("QUARTERLY"))], "at most 4"),
                (&[("/auto_adjust_data", back(2)), ("/time_unit", json!("ANNUALLY"))], "at most 1"),
                (&[("/auto_adjust_data", back(60)), ("/time_unit", json!("DAILY"))], ""),
                (
                    &[("/auto_adjust_data", json!({"auto_adjust_type": "HISTORICAL"}))],
                    "looks back at is missing",
                ),
                (&[("/auto_adjust_data/auto_adjust_type", json!("FORECAST"))], "doesn't look back"),
            ],
        );
    }

    #[test]
    fn what_is_counted_is_said_in_one_way() {
        let tag = json!({"tags": {"key": "environment", "values": ["production"]}});
        assert_rules::<Budget>(
            &monthly(),
            &[
                (&[("/filter_expression", tag.clone()), ("/metrics", json!(["AmortizedCost"]))], ""),
                (
                    &[("/filter_expression", tag.clone()), ("/cost_types", json!({"include_tax": false}))],
                    "doesn't go with",
                ),
                (
                    &[
                        ("/cost_filters", json!({"TagKeyValue": ["user:a$b"]})),
                        ("/metrics", json!(["Hours"])),
                    ],
                    "doesn't go with",
                ),
                (
                    &[
                        ("/cost_filters", json!({"TagKeyValue": ["user:a$b"]})),
                        ("/cost_types", json!({"include_tax": false})),
                    ],
                    "",
                ),
                (
                    &[("/filter_expression", json!({"dimensions": {"key": "SERVICES", "values": ["x"]}}))],
                    "did you mean `SERVICE`",
                ),
                (&[("/filter_expression", json!({"tag": {}}))], "did you mean `tags`"),
                (&[("/metrics", json!(["UsageQuantity"]))], "isn't what a budget"),
                (&[("/metrics", json!(["BlendedCost", "AmortizedCost"]))], "elements"),
                (
                    &[("/budget_type", json!("USAGE")), ("/cost_types", json!({}))],
                    "only a budget of type COST",
                ),
                (&[("/budget_name", json!("a/action/b"))], "for the actions"),
                (&[("/budget_name", json!("a:b"))], "doesn't match"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn it_ends_after_it_starts() {
        let (first, second) = (json!("2026-12-01T00:00:00Z"), json!("2027-01-01T00:00:00Z"));
        assert_rules::<Budget>(
            &monthly(),
            &[
                (&[("/time_period/start", first.clone()), ("/time_period/end", second.clone())], ""),
                (
                    &[("/time_period/start", second.clone()), ("/time_period/end", first.clone())],
                    "ends before",
                ),
                (&[("/time_period/start", json!("tomorrow"))], "doesn't match"),
                (&[("/time_unit", json!("CUSTOM"))], "needs its `start`"),
                (
                    &[
                        ("/time_unit", json!("CUSTOM")),
                        ("/time_period/start", first),
                        ("/time_period/end", second),
                    ],
                    "",
                ),
            ],
        );
    }

    #[test]
    fn somebody_who_can_be_reached_hears_of_it() {
        let subscribers = "/notifications_with_subscribers/0/subscribers";
        let topic =
            json!({"subscription_type": "SNS", "address": "arn:aws:sns:us-east-1:123456789012:costs"});
        let other =
            json!({"subscription_type": "SNS", "address": "arn:aws:sns:us-east-1:123456789012:others"});
        let mails: Vec<Json> = (0..11)
            .map(|n| json!({"subscription_type": "EMAIL", "address": format!("a{n}@audityzer.com")}))
            .collect();
        assert_rules::<Budget>(
            &monthly(),
            &[
                (&[(subscribers, json!([topic]))], ""),
                (&[(subscribers, json!([topic, other]))], "at most 1 topic"),
                (&[(subscribers, json!(mails))], "at most 10 mail addresses"),
                (&[(subscribers, json!([]))], "elements"),
                (
                    &[(subscribers, json!([{"subscription_type": "SNS", "address": "costs"}]))],
                    "the ARN of a topic",
                ),
                (
                    &[(subscribers, json!([{"subscription_type": "EMAIL", "address": "costs"}]))],
                    "a mail address",
                ),
                (&[("/notifications_with_subscribers/0/notification/threshold", json!(-1))], "0"),
            ],
        );
    }
}
