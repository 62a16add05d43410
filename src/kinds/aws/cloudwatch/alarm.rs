//! `aws.cloudwatch.alarm`: who is told when a metric of AWS leaves its bounds.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alarm_rules;
use super::metric::{Dimension, MetricDataQuery, StandardUnit, Statistic};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// An alarm on one metric, on an expression of several, on a band of what is usual, or on a query in
/// Prometheus' language.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in account and region.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub alarm_name: String,
    /// What it means, and what to do.
    #[schemars(length(max = 1024))]
    pub alarm_description: Option<String>,
    /// Whether its actions are carried out.
    #[schemars(extend("default" = true))]
    pub actions_enabled: Option<bool>,
    /// What is done when it goes off, by ARN: topics, functions, scaling policies, recovery of instances.
    #[schemars(length(max = 5), extend("x-collection" = "set", "x-refers" = "aws.sns.topic"))]
    pub alarm_actions: Option<Vec<String>>,
    /// What is done when all is well again.
    #[schemars(length(max = 5), extend("x-collection" = "set", "x-refers" = "aws.sns.topic"))]
    pub ok_actions: Option<Vec<String>>,
    /// What is done when there is too little to judge by.
    #[schemars(length(max = 5), extend("x-collection" = "set", "x-refers" = "aws.sns.topic"))]
    pub insufficient_data_actions: Option<Vec<String>>,
    /// The metric; this, `metrics` or `evaluation_criteria`.
    #[schemars(length(min = 1, max = 255))]
    pub metric_name: Option<String>,
    /// Whose metric it is, such as `AWS/RDS`.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[^:].*"))]
    pub namespace: Option<String>,
    /// Which of the metrics of that name.
    #[schemars(length(max = 30), extend("x-collection" = "list(name)"))]
    pub dimensions: Option<Vec<Dimension>>,
    /// What is made of the samples of a period; this or `extended_statistic`.
    pub statistic: Option<Statistic>,
    /// The same by a percentile such as `p99`, or a trimmed mean such as `tm90` or `TM(10%:90%)`.
    pub extended_statistic: Option<String>,
    /// The seconds that are judged together: 10, 20, 30, or a multiple of 60.
    #[schemars(range(min = 10, max = 604_800))]
    pub period: Option<i64>,
    /// The unit of the samples that count; all of them where it is absent.
    pub unit: Option<StandardUnit>,
    /// Metrics and expressions, one of which is watched.
    #[schemars(length(min = 1, max = 20), extend("x-collection" = "list(id)"))]
    pub metrics: Option<Vec<MetricDataQuery>>,
    /// How many periods are judged together.
    #[schemars(range(min = 1))]
    pub evaluation_periods: Option<i64>,
    /// How many of them have to be beyond the threshold; all of them where it is absent.
    #[schemars(range(min = 1), extend("x-default" = "provider"))]
    pub datapoints_to_alarm: Option<i64>,
    /// What it is compared with.
    pub threshold: Option<f64>,
    /// The band of what is usual that it is compared with instead: an id among `metrics`.
    #[schemars(length(min = 1, max = 255))]
    pub threshold_metric_id: Option<String>,
    /// How it is compared.
    pub comparison_operator: Option<ComparisonOperator>,
    /// What periods without data count as.
    #[schemars(extend("default" = "missing"))]
    pub treat_missing_data: Option<TreatMissingData>,
    /// Of a percentile: whether it is judged where there are too few samples to mean anything.
    #[schemars(extend("x-default" = "provider"))]
    pub evaluate_low_sample_count_percentile: Option<EvaluateLowSampleCountPercentile>,
    /// Whether periods slide or keep to the clock.
    pub evaluation_window: Option<EvaluationWindow>,
    /// For how long a new alarm doesn't judge.
    pub warm_up_configuration: Option<WarmUpConfiguration>,
    /// A query in Prometheus' language.
    pub evaluation_criteria: Option<EvaluationCriteria>,
    /// The seconds between two evaluations of that query: 10, 20, 30, or a multiple of 60.
    #[schemars(range(min = 10, max = 3600))]
    pub evaluation_interval: Option<i64>,
    /// What its notifications hold.
    pub action_configuration: Option<ActionConfiguration>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How a figure is compared with its threshold, or with its band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(clippy::enum_variant_names, reason = "the API calls them so")]
pub enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
    LessThanLowerOrGreaterThanUpperThreshold,
    LessThanLowerThreshold,
    GreaterThanUpperThreshold,
}

/// What a period without data counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TreatMissingData {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}

/// What becomes of percentiles of few samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EvaluateLowSampleCountPercentile {
    Evaluate,
    Ignore,
}

/// Which stretch of time is judged; one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationWindow {
    /// Periods start at the hour, the day or the week.
    pub wall_clock_window: Option<WallClockWindow>,
    /// Periods end at the moment of judging: `{}`.
    pub sliding_window: Option<SlidingWindow>,
}

/// Periods that keep to the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WallClockWindow {
    /// Such as `Europe/Berlin` or `+05:30`.
    #[schemars(length(min = 1, max = 50), extend("default" = "UTC"))]
    pub timezone: Option<String>,
}

/// Periods that slide; there is nothing to say of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlidingWindow {}

/// For how long a new alarm doesn't judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarmUpConfiguration {
    /// How many minutes.
    #[schemars(range(min = 1, max = 2880))]
    pub warm_up_period_duration_in_minutes: i64,
    /// Whether it waits for the end even if there is data.
    #[schemars(extend("default" = false))]
    pub only_start_evaluating_after_warm_up_period_ends: Option<bool>,
}

/// What is judged other than metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationCriteria {
    /// A query in Prometheus' language.
    pub promql_criteria: PromqlCriteria,
}

/// A query in Prometheus' language: each series that it gives is judged by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromqlCriteria {
    /// The query, which gives a vector.
    #[schemars(length(min = 1, max = 10000))]
    pub query: String,
    /// For how many seconds a series has to be there before the alarm goes off.
    #[schemars(range(min = 0, max = 86400), extend("x-default" = "provider"))]
    pub pending_period: Option<i64>,
    /// For how many seconds it has to be gone before all is well.
    #[schemars(range(min = 0, max = 86400), extend("x-default" = "provider"))]
    pub recovery_period: Option<i64>,
}

/// What notifications hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionConfiguration {
    /// Which of its tags.
    pub alarm_tags_propagation: Option<AlarmTagsPropagation>,
}

/// Which of the alarm's tags notifications hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlarmTagsPropagation {
    /// Whether they hold any.
    pub enabled: bool,
    /// Only these; all of them where it is absent.
    #[schemars(length(min = 1, max = 50), extend("x-collection" = "set"))]
    pub included_tag_keys: Option<Vec<String>>,
    /// All but these.
    #[schemars(length(min = 1, max = 50), extend("x-collection" = "set"))]
    pub excluded_tag_keys: Option<Vec<String>>,
}

/// An alarm as the API describes it.
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
pub struct Alarm;

/// <https://aws.amazon.com/cloudwatch/pricing/>
const USD_PER_METRIC: f64 = 0.10;
const USD_PER_METRIC_IN_HIGH_RESOLUTION: f64 = 0.30;

impl Kind for Alarm {
    const TYPE: &'static str = "aws.cloudwatch.alarm";
    const IDENTITY: &'static [&'static str] = &["alarm_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        alarm_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.alarm_name}")
            .computes("arn", "arn:aws:cloudwatch:{region}:{account}:alarm:{id}");
        let metrics = spec.metrics.as_deref().unwrap_or_default();
        let counted = metrics.iter().filter(|metric| metric.metric_stat.is_some()).count().max(1);
        // A band is two metrics more: its upper and its lower edge.
        let counted = if spec.threshold_metric_id.is_some() { counted + 2 } else { counted };
        let shortest = metrics
            .iter()
            .filter_map(|metric| Some(metric.metric_stat.as_ref()?.period))
            .chain(spec.period)
            .chain(spec.evaluation_interval)
            .min();
        let (item, price) = match shortest {
            Some(seconds) if seconds < 60 => {
                ("alarm metrics in high resolution", USD_PER_METRIC_IN_HIGH_RESOLUTION)
            }
            _ => ("alarm metrics", USD_PER_METRIC),
        };
        #[allow(clippy::cast_precision_loss, reason = "an alarm has fewer metrics than 2^52")]
        let usd_per_month = counted as f64 * price;
        profile.costs_monthly(format!("{counted} {item}"), usd_per_month)
    }

    /// A name is taken once in a region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let is_taken = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.region == cloud.region() && other.attributes["alarm_name"] == spec.alarm_name.as_str()
        });
        if is_taken {
            // The API itself would overwrite it, whoever's it is.
            return Err(Refusal::new("ResourceAlreadyExists", "An alarm of that name exists already"));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if (1..=255).contains(&text.chars().count()) && !text.contains(char::is_control) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of an alarm"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:ListTagsForResource",
            "cloudwatch:PutMetricAlarm",
            "cloudwatch:TagResource",
            "cloudwatch:UntagResource",
        ]
    }
}
