//! `aws.logs.delivery`: logs of a source that go to a destination.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// Logs of a source that go to a destination.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The source, by its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.logs.delivery_source", "x-holds" = true))]
    pub delivery_source_name: String,
    /// The destination, by its ARN.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.logs.delivery_destination", "x-holds" = true))]
    pub delivery_destination_arn: String,
    /// The fields of a record, in order; those that the service chooses where it is absent.
    #[schemars(length(max = 128), extend("x-default" = "provider"))]
    pub record_fields: Option<Vec<String>>,
    /// What stands between them, where the format has no other way.
    #[schemars(length(max = 5), extend("x-default" = "provider"))]
    pub field_delimiter: Option<String>,
    /// Where in a bucket they go.
    #[schemars(extend("x-default" = "provider"))]
    pub s3_delivery_configuration: Option<S3Delivery>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Where in a bucket logs go.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_S3DeliveryConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct S3Delivery {
    /// What their keys start with, with parts such as `{yyyy}` that the source knows.
    #[schemars(length(min = 1, max = 256), extend("x-default" = "provider"))]
    pub suffix_path: Option<String>,
    /// Whether parts of keys are written as `year=2026`.
    #[schemars(extend("default" = false))]
    pub enable_hive_compatible_path: Option<bool>,
}

/// A delivery as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Letters and digits that the API chooses.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct Delivery;

impl Kind for Delivery {
    const TYPE: &'static str = "aws.logs.delivery";
    const IDENTITY: &'static [&'static str] = &["delivery_source_name", "delivery_destination_arn"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        let arn = &spec.delivery_destination_arn;
        if !arn.is_empty() && !arn.contains(":delivery-destination:") {
            findings.push(
                Finding::on("delivery_destination_arn", format!("{arn:?} is no ARN of a destination"))
                    .help("use the `arn` of an aws.logs.delivery_destination, not of its bucket"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 3)
            .visible_after(10)
            .computes("id", "{hex:16}")
            .computes("arn", "arn:aws:logs:{region}:{account}:delivery:{id}")
    }

    /// A source is delivered to a destination once.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let is_there = cloud.all(Self::TYPE).into_iter().any(|other| {
            other.region == cloud.region()
                && other.attributes["delivery_source_name"] == spec.delivery_source_name.as_str()
                && other.attributes["delivery_destination_arn"] == spec.delivery_destination_arn.as_str()
        });
        if is_there { Err(conflict("This delivery exists already")) } else { Ok(()) }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_id = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if is_id {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` is no id of a delivery, which has letters and digits only"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "logs:CreateDelivery",
            "logs:DeleteDelivery",
            "logs:DescribeDeliveries",
            "logs:GetDelivery",
            "logs:TagResource",
            "logs:UntagResource",
            "logs:UpdateDeliveryConfiguration",
            "s3:GetBucketPolicy",
            "s3:PutBucketPolicy",
        ]
    }
}

fn conflict(message: &str) -> Refusal {
    Refusal::new("ConflictException", message)
}

/// Refuses a name that a source or a destination has already in the region.
pub(super) fn refuse_taken(cloud: &dyn Cloud, kind: &str, name: &str) -> Result<(), Refusal> {
    let taken = cloud
        .all(kind)
        .into_iter()
        .any(|other| other.region == cloud.region() && other.attributes["name"] == name);
    if taken { Err(conflict(&format!("The name {name} is taken"))) } else { Ok(()) }
}

/// The name of a source or a destination that a person gives to `import`.
pub(super) fn import_name(text: &str) -> Result<PhysicalId, String> {
    let is_name = (1..=60).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_name { Ok(PhysicalId::new(text)) } else { Err(format!("`{text}` is no name, such as `sites`")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;

    fn delivery() -> Json {
        json!({
            "delivery_source_name": "site",
            "delivery_destination_arn": "arn:aws:logs:us-east-1:123456789012:delivery-destination:sites",
            "s3_delivery_configuration": {"suffix_path": "{DistributionId}/{yyyy}/{MM}/{dd}/{HH}"},
        })
    }

    #[test]
    fn it_goes_to_a_destination() {
        assert_rules::<Delivery>(
            &delivery(),
            &[
                (&[("/delivery_destination_arn", json!("arn:aws:s3:::site-logs"))], "not of its bucket"),
                (&[("/field_delimiter", json!("123456"))], "at most 5"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<Delivery>(&delivery());
        assert!(Delivery::import_id("1a2B").is_ok() && Delivery::import_id("a-b").is_err());
        assert!(import_name("site-logs").is_ok() && import_name("a b").is_err());
    }

    #[test]
    fn a_source_is_delivered_to_a_destination_once() {
        let sky = World::default().with(Delivery::TYPE, "1a2b", "us-east-1", delivery());
        assert_eq!(sky.create::<Delivery>(&delivery()).unwrap_err(), "ConflictException");
        let other = edited(&delivery(), &[("/delivery_source_name", json!("other"))]);
        assert!(sky.create::<Delivery>(&other).is_ok());
    }
}
