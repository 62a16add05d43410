//! Where the logs of a cache go.
//! <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_LogDeliveryConfigurationRequest.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;
use crate::model::FieldPath;

/// One log, and where it goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogDeliveryConfiguration {
    /// Which log: slow commands, or what the engine says.
    pub log_type: LogType,
    /// To which service.
    pub destination_type: DestinationType,
    /// Where in that service.
    pub destination_details: DestinationDetails,
    /// How a line is written.
    pub log_format: LogFormat,
}

/// A log of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogType {
    SlowLog,
    EngineLog,
}

/// A service that takes logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DestinationType {
    CloudwatchLogs,
    KinesisFirehose,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Where in a service: the one that belongs to the type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DestinationDetails {
    /// Of `cloudwatch-logs`.
    pub cloud_watch_logs_details: Option<CloudWatchLogsDetails>,
    /// Of `kinesis-firehose`.
    pub kinesis_firehose_details: Option<KinesisFirehoseDetails>,
}

/// A group of CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudWatchLogsDetails {
    /// The name of the log group.
    #[schemars(length(min = 1, max = 512), extend("x-refers" = "aws.logs.log_group"))]
    pub log_group: String,
}

/// A stream of Data Firehose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KinesisFirehoseDetails {
    /// The name of the stream.
    #[schemars(length(min = 1, max = 64))]
    pub delivery_stream: String,
}

/// What is wrong with a log's destination: it has the details of its type, and no others.
pub(super) fn findings(path: &FieldPath, log: &LogDeliveryConfiguration) -> Option<Finding> {
    let details = path.key("destination_details");
    let (logs, firehose) = (
        log.destination_details.cloud_watch_logs_details.is_some(),
        log.destination_details.kinesis_firehose_details.is_some(),
    );
    let (wanted, fits) = match log.destination_type {
        DestinationType::CloudwatchLogs => ("cloud_watch_logs_details", logs && !firehose),
        DestinationType::KinesisFirehose => ("kinesis_firehose_details", firehose && !logs),
    };
    (!fits).then(|| {
        Finding::at(details.clone(), format!("`{details}` should hold `{wanted}` and nothing else"))
            .and_at(path.key("destination_type"))
    })
}
