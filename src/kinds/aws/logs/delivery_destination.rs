//! `aws.logs.delivery_destination`: where logs can be delivered to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delivery;
use crate::kinds::aws::arn::Arn;
use crate::kinds::aws::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A bucket, a log group or a stream that logs can be delivered to, and how they are written there.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,60}$"), extend("x-immutable" = true))]
    pub name: String,
    /// The ARN of the bucket, the log group or the stream. `XRAY` has none.
    #[schemars(extend("x-refers" = "aws.s3.bucket|aws.logs.log_group", "x-holds" = true))]
    pub destination_resource_arn: Option<String>,
    /// Which sort of thing that is.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub delivery_destination_type: Option<DestinationType>,
    /// How a record is written.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub output_format: Option<OutputFormat>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A sort of destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DestinationType {
    /// A bucket.
    S3,
    /// A log group.
    Cwl,
    /// A stream of Data Firehose.
    Fh,
    /// The service of traces.
    Xray,
}

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutputFormat {
    Json,
    Plain,
    W3c,
    Raw,
    /// For buckets only.
    Parquet,
}

/// A destination as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct DeliveryDestination;

impl Kind for DeliveryDestination {
    const TYPE: &'static str = "aws.logs.delivery_destination";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        findings.extend(place(spec));
        let wanted = spec.destination_resource_arn.as_deref().and_then(Arn::parse).and_then(|arn| {
            Some(match arn.service {
                "s3" => DestinationType::S3,
                "logs" => DestinationType::Cwl,
                "firehose" => DestinationType::Fh,
                _ => return None,
            })
        });
        if let (Some(given), Some(wanted)) = (spec.delivery_destination_type, wanted)
            && given != wanted
        {
            findings.push(
                Finding::on("delivery_destination_type", "the ARN is of another sort of destination")
                    .and("destination_resource_arn"),
            );
        }
        if spec.output_format == Some(OutputFormat::Parquet)
            && wanted.is_some_and(|wanted| wanted != DestinationType::S3)
        {
            findings.push(
                Finding::on("output_format", "only a bucket takes Parquet").and("destination_resource_arn"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.name}")
            .computes("arn", "arn:aws:logs:{region}:{account}:delivery-destination:{id}")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => delivery::refuse_taken(cloud, Self::TYPE, &spec.name),
            Call::Update { .. } | Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        delivery::import_name(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "logs:DeleteDeliveryDestination",
            "logs:DescribeDeliveryDestinations",
            "logs:GetDeliveryDestination",
            "logs:PutDeliveryDestination",
            "logs:TagResource",
            "logs:UntagResource",
        ]
    }
}

/// Everything but traces goes somewhere.
fn place(spec: &Spec) -> Option<Finding> {
    const ARN: &str = "destination_resource_arn";
    let to_traces = spec.delivery_destination_type == Some(DestinationType::Xray);
    match (&spec.destination_resource_arn, to_traces) {
        (None, false) => {
            Some(Finding::on(ARN, "nothing says where the logs go").and("delivery_destination_type"))
        }
        (Some(_), true) => Some(
            Finding::on(ARN, "traces go to a service, not to a resource").and("delivery_destination_type"),
        ),
        (Some(text), false) if !text.is_empty() && !text.starts_with("arn:") => {
            Some(Finding::on(ARN, format!("{text:?} is no ARN")).help("name it by its `arn`"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn destination() -> Json {
        json!({
            "name": "sites", "destination_resource_arn": "arn:aws:s3:::site-logs", "output_format": "parquet",
            "delivery_destination_type": "S3",
        })
    }

    #[test]
    fn it_says_where_logs_go_and_how() {
        let group = json!("arn:aws:logs:us-east-1:123456789012:log-group:/sites");
        assert_rules::<DeliveryDestination>(
            &destination(),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/destination_resource_arn", json!("site-logs"))], "no ARN"),
                (&[("/destination_resource_arn", Json::Null)], "nothing says where"),
                (&[("/delivery_destination_type", json!("XRAY"))], "traces go to a service"),
                (&[("/delivery_destination_type", json!("CWL"))], "another sort"),
                (
                    &[("/destination_resource_arn", group), ("/delivery_destination_type", json!("CWL"))],
                    "only a bucket takes Parquet",
                ),
                (&[("/output_format", json!("csv"))], "none of"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<DeliveryDestination>(&destination());
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let sky = World::default().with(DeliveryDestination::TYPE, "sites", "eu-west-1", destination());
        assert!(sky.create::<DeliveryDestination>(&destination()).is_ok());
        let sky = sky.with(DeliveryDestination::TYPE, "sites", "us-east-1", destination());
        assert_eq!(sky.create::<DeliveryDestination>(&destination()).unwrap_err(), "ConflictException");
    }
}
