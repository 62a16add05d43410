//! What alarms watch: a metric, or an expression of several.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One of the metrics or expressions that an alarm works with.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricDataQuery {
    /// What expressions call it.
    #[schemars(regex(pattern = r"^[a-z][A-Za-z0-9_]{0,254}$"))]
    pub id: String,
    /// The metric; this or `expression`.
    pub metric_stat: Option<MetricStat>,
    /// What is worked out of the others, or a query of Metrics Insights.
    #[schemars(length(min = 1, max = 2048))]
    pub expression: Option<String>,
    /// What people read.
    pub label: Option<String>,
    /// Whether it is what the alarm watches; true of one of them.
    #[schemars(extend("default" = true))]
    pub return_data: Option<bool>,
    /// The seconds between the results of a query of Metrics Insights.
    #[schemars(range(min = 1))]
    pub period: Option<i64>,
    /// The account that measures, where it is another one.
    #[schemars(length(min = 1, max = 255))]
    pub account_id: Option<String>,
}

/// A metric, and what is made of its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricStat {
    /// The metric.
    pub metric: Metric,
    /// The seconds that one value stands for.
    #[schemars(range(min = 1))]
    pub period: i64,
    /// Such as `Average`, `p99` or `TM(10%:90%)`.
    pub stat: String,
    /// The unit of the samples that count; all of them where it is absent.
    pub unit: Option<StandardUnit>,
}

/// A metric by its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// Such as `AWS/RDS`.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[^:].*"))]
    pub namespace: Option<String>,
    /// Such as `CPUUtilization`.
    #[schemars(length(min = 1, max = 255))]
    pub metric_name: Option<String>,
    /// Which of those of that name.
    #[schemars(length(max = 30), extend("x-collection" = "list(name)"))]
    pub dimensions: Option<Vec<Dimension>>,
}

/// One of the properties that tell metrics of one name apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dimension {
    /// Such as `DBClusterIdentifier`.
    #[schemars(length(min = 1, max = 255), regex(pattern = r"^[^:\s][ -~]*$"))]
    pub name: String,
    /// Such as a cluster's name.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// What is made of the samples of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

/// The unit of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StandardUnit {
    Seconds,
    Microseconds,
    Milliseconds,
    Bytes,
    Kilobytes,
    Megabytes,
    Gigabytes,
    Terabytes,
    Bits,
    Kilobits,
    Megabits,
    Gigabits,
    Terabits,
    Percent,
    Count,
    #[serde(rename = "Bytes/Second")]
    BytesPerSecond,
    #[serde(rename = "Kilobytes/Second")]
    KilobytesPerSecond,
    #[serde(rename = "Megabytes/Second")]
    MegabytesPerSecond,
    #[serde(rename = "Gigabytes/Second")]
    GigabytesPerSecond,
    #[serde(rename = "Terabytes/Second")]
    TerabytesPerSecond,
    #[serde(rename = "Bits/Second")]
    BitsPerSecond,
    #[serde(rename = "Kilobits/Second")]
    KilobitsPerSecond,
    #[serde(rename = "Megabits/Second")]
    MegabitsPerSecond,
    #[serde(rename = "Gigabits/Second")]
    GigabitsPerSecond,
    #[serde(rename = "Terabits/Second")]
    TerabitsPerSecond,
    #[serde(rename = "Count/Second")]
    CountPerSecond,
    None,
}
