//! `aws.budgets.budget`: what may be spent in a time, and who hears of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::budget_rules;
use super::notification::NotificationWithSubscribers;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// What may be spent, or used, in a time, and who hears of it.
/// <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within the account.
    #[schemars(length(min = 1, max = 100), regex(pattern = r"^[^:\\]+$"), extend("x-immutable" = true))]
    pub budget_name: String,
    /// What is counted.
    #[schemars(extend("x-immutable" = true))]
    pub budget_type: BudgetType,
    /// After which time counting starts anew.
    pub time_unit: TimeUnit,
    /// How much each time; of coverage and utilisation always 100 %.
    #[schemars(extend("x-default" = "provider"))]
    pub budget_limit: Option<Spend>,
    /// How much in each of the next months or quarters, by their first second in the UTC epoch.
    pub planned_budget_limits: Option<BTreeMap<String, Spend>>,
    /// Which costs are counted, by the older filters; `filter_expression` can say more.
    pub cost_filters: Option<BTreeMap<String, Vec<String>>>,
    /// What a cost is made of, with `cost_filters`.
    #[schemars(extend("x-default" = "provider"))]
    pub cost_types: Option<CostTypes>,
    /// Which costs are counted: `dimensions`, `tags` or `cost_categories` with `key`, `values` and
    /// `match_options`, joined by `and`, `or` and `not`. All of the account's where it is absent.
    #[schemars(extend("type" = "object"))]
    pub filter_expression: Option<Json>,
    /// How they are added up, with `filter_expression`.
    #[schemars(length(max = 1), extend("x-default" = "provider"))]
    pub metrics: Option<Vec<Metric>>,
    /// From when to when it counts.
    #[schemars(extend("x-default" = "provider"))]
    pub time_period: Option<TimePeriod>,
    /// How the limit follows what was spent, or will be.
    pub auto_adjust_data: Option<AutoAdjustData>,
    /// The billing view that it counts in; the account's own where it is absent.
    #[schemars(length(min = 20, max = 2048), extend("x-default" = "provider"))]
    pub billing_view_arn: Option<String>,
    /// Who hears of what. Ours are compared by what they say and to whom.
    #[schemars(
        length(max = 10),
        extend(
            "x-collection" = "list(notification.notification_type,notification.comparison_operator,notification.threshold,notification.threshold_type)"
        )
    )]
    pub notifications_with_subscribers: Option<Vec<NotificationWithSubscribers>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a budget counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BudgetType {
    Cost,
    Usage,
    RiUtilization,
    RiCoverage,
    SavingsPlansUtilization,
    SavingsPlansCoverage,
}

impl BudgetType {
    /// Whether it counts an amount that has to be limited, rather than a share.
    pub(super) fn is_amount(self) -> bool {
        matches!(self, Self::Cost | Self::Usage)
    }
}

/// After which time a budget starts anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeUnit {
    Daily,
    Monthly,
    Quarterly,
    Annually,
    Custom,
}

/// An amount of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spend {
    /// How much; the API's texts are this figure's.
    #[schemars(range(min = 0))]
    pub amount: f64,
    /// Of what, such as `USD`, `GB` or `PERCENTAGE`.
    #[schemars(length(min = 1))]
    pub unit: String,
}

/// What a cost is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostTypes {
    /// Taxes.
    #[schemars(extend("default" = true))]
    pub include_tax: Option<bool>,
    /// Subscriptions.
    #[schemars(extend("default" = true))]
    pub include_subscription: Option<bool>,
    /// Whether prices are averaged over the accounts of an organisation.
    #[schemars(extend("default" = false))]
    pub use_blended: Option<bool>,
    /// Refunds.
    #[schemars(extend("default" = true))]
    pub include_refund: Option<bool>,
    /// Credits.
    #[schemars(extend("default" = true))]
    pub include_credit: Option<bool>,
    /// What reservations cost at once.
    #[schemars(extend("default" = true))]
    pub include_upfront: Option<bool>,
    /// What reservations cost each month.
    #[schemars(extend("default" = true))]
    pub include_recurring: Option<bool>,
    /// Subscriptions other than reservations.
    #[schemars(extend("default" = true))]
    pub include_other_subscription: Option<bool>,
    /// The support plan.
    #[schemars(extend("default" = true))]
    pub include_support: Option<bool>,
    /// Discounts.
    #[schemars(extend("default" = true))]
    pub include_discount: Option<bool>,
    /// Whether commitments are spread over their time.
    #[schemars(extend("default" = false))]
    pub use_amortized: Option<bool>,
}

/// How costs or usage are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Metric {
    BlendedCost,
    UnblendedCost,
    AmortizedCost,
    NetUnblendedCost,
    NetAmortizedCost,
    UsageQuantity,
    NormalizedUsageAmount,
    Hours,
}

impl Metric {
    /// Whether it adds up money.
    pub(super) fn is_cost(self) -> bool {
        !matches!(self, Self::UsageQuantity | Self::NormalizedUsageAmount | Self::Hours)
    }
}

/// From when to when a budget counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimePeriod {
    /// Its first moment, such as `2026-12-01T00:00:00Z`; that of the running time where it is absent.
    #[schemars(regex(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), extend("x-default" = "provider"))]
    pub start: Option<String>,
    /// Its last moment, after which AWS deletes it; the year 2087 where it is absent.
    #[schemars(regex(pattern = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), extend("x-default" = "provider"))]
    pub end: Option<String>,
}

/// How the limit follows what was spent, or will be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AutoAdjustData {
    /// What it follows.
    pub auto_adjust_type: AutoAdjustType,
    /// What it looks back at.
    pub historical_options: Option<HistoricalOptions>,
}

/// What a limit follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AutoAdjustType {
    Historical,
    Forecast,
}

/// What a limit that follows the past looks back at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoricalOptions {
    /// Over how many of its times the average is made.
    #[schemars(range(min = 1, max = 60))]
    pub budget_adjustment_period: i64,
}

/// What has been spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalculatedSpend {
    /// So far in the running time.
    pub actual_spend: Spend,
    /// Expected by its end; absent until AWS has seen enough of it, which takes about five weeks.
    pub forecasted_spend: Option<Spend>,
}

/// A budget as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// What has been spent, as AWS knows it up to half a day later.
    pub calculated_spend: CalculatedSpend,
}

/// The kind itself.
pub struct Budget;

impl Kind for Budget {
    const TYPE: &'static str = "aws.budgets.budget";
    const IDENTITY: &'static [&'static str] = &["budget_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        budget_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    /// Budgets that only notify cost nothing.
    /// <https://aws.amazon.com/aws-cost-management/aws-budgets/pricing/>
    fn profile(spec: &Spec) -> Profile {
        let unit = match (&spec.budget_limit, spec.budget_type) {
            (Some(limit), _) => limit.unit.as_str(),
            (None, BudgetType::Cost) => "USD",
            (None, _) => "PERCENTAGE",
        };
        // A new budget has seen nothing yet.
        let spend = serde_json::json!({"actual_spend": {"amount": 0.0, "unit": unit}});
        let mut profile = Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.budget_name}")
            .computes("arn", "arn:aws:budgets::{account}:budget/{id}")
            .computes("calculated_spend", &format!("json:{spend}"))
            .computes("billing_view_arn", "arn:aws:billing::{account}:billingview/primary");
        if !spec.budget_type.is_amount() {
            profile = profile.computes("budget_limit", r#"json:{"amount": 100.0, "unit": "PERCENTAGE"}"#);
        }
        if spec.budget_type == BudgetType::Cost && spec.cost_filters.is_none() {
            profile = profile.computes("metrics", r#"json:["UnblendedCost"]"#);
        }
        profile
    }

    /// A name is taken once in an account.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if let Call::Create { spec, .. } = call
            && cloud.find(Self::TYPE, "budget_name", &spec.budget_name).is_some()
        {
            return Err(Refusal::new(
                "DuplicateRecordException",
                format!("the budget already exists: {}", spec.budget_name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if (1..=100).contains(&text.chars().count()) && !text.contains([':', '\\']) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a budget"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "budgets:ListTagsForResource",
            "budgets:ModifyBudget",
            "budgets:TagResource",
            "budgets:UntagResource",
            "budgets:ViewBudget",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_whole};

    fn monthly() -> Json {
        json!({
            "budget_name": "production",
            "budget_type": "COST",
            "time_unit": "MONTHLY",
            "budget_limit": {"amount": 5810.0, "unit": "USD"},
            "filter_expression": {"tags": {"key": "environment", "values": ["production"]}},
        })
    }

    #[test]
    fn a_new_budget_has_seen_nothing() {
        assert_whole::<Budget>(&monthly());
        let profile = Budget::profile(&serde_json::from_value(monthly()).unwrap());
        let spend = profile.computed.iter().find(|one| one.attribute == "calculated_spend").unwrap();
        assert_eq!(spend.pattern, r#"json:{"actual_spend":{"amount":0.0,"unit":"USD"}}"#);
        assert!(profile.prices.is_empty());
    }

    #[test]
    fn a_name_is_taken_once() {
        let empty = World::default();
        assert!(empty.create::<Budget>(&monthly()).is_ok());
        let taken = empty.with(Budget::TYPE, "production", "us-east-1", monthly());
        assert_eq!(taken.create::<Budget>(&monthly()), Err("DuplicateRecordException".into()));
        assert!(taken.update::<Budget>("production", &monthly()).is_ok());
    }

    #[test]
    fn it_is_imported_by_name() {
        assert_eq!(Budget::import_id("production").unwrap().as_str(), "production");
        for text in ["", "a:b", r"a\b"] {
            assert!(Budget::import_id(text).is_err(), "{text}");
        }
    }
}
