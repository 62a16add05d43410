//! `aws.logs.delivery_source`: something of AWS whose logs can be delivered.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::delivery;
use crate::kinds::aws::tags;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// One sort of logs of something of AWS, such as the access logs of a distribution. CloudFront's are
/// made in us-east-1.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,60}$"), extend("x-immutable" = true))]
    pub name: String,
    /// The ARN of what logs.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.cloudfront.distribution", "x-holds" = true))]
    pub resource_arn: String,
    /// Which of its logs, such as `ACCESS_LOGS`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_]{1,255}$"), extend("x-immutable" = true))]
    pub log_type: String,
    /// How it logs, such as `samplingRate`.
    pub delivery_source_configuration: Option<BTreeMap<String, String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A source as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The service that logs, such as `cloudfront`.
    pub service: Option<String>,
}

/// The kind itself.
pub struct DeliverySource;

impl Kind for DeliverySource {
    const TYPE: &'static str = "aws.logs.delivery_source";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = tags::findings(spec.tags.as_ref());
        if !spec.resource_arn.is_empty() && !spec.resource_arn.starts_with("arn:") {
            findings.push(
                Finding::on(
                    "resource_arn",
                    format!("`resource_arn` is {:?}, which is no ARN", spec.resource_arn),
                )
                .help("name it by its `arn`"),
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
            .computes("arn", "arn:aws:logs:{region}:{account}:delivery-source:{id}")
    }

    /// CloudFront logs in one region, whatever it serves.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if spec.resource_arn.starts_with("arn:aws:cloudfront:") && cloud.region() != "us-east-1" {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                "Logs of CloudFront distributions are delivered from us-east-1",
            ));
        }
        delivery::refuse_taken(cloud, Self::TYPE, &spec.name)
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        delivery::import_name(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:AllowVendedLogDeliveryForResource",
            "logs:DeleteDeliverySource",
            "logs:DescribeDeliverySources",
            "logs:GetDeliverySource",
            "logs:PutDeliverySource",
            "logs:TagResource",
            "logs:UntagResource",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn source() -> Json {
        json!({
            "name": "site", "resource_arn": "arn:aws:cloudfront::123456789012:distribution/E1A2B3C4D5E6F7",
            "log_type": "ACCESS_LOGS",
        })
    }

    #[test]
    fn it_names_what_logs() {
        assert_rules::<DeliverySource>(
            &source(),
            &[
                (&[("/name", json!("a b"))], "doesn't match"),
                (&[("/resource_arn", json!("E1A2B3C4D5E6F7"))], "no ARN"),
                (&[("/log_type", json!("access logs"))], "doesn't match"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_whole::<DeliverySource>(&source());
    }

    #[test]
    fn cloudfront_logs_in_one_region() {
        let mut sky = World::default();
        assert!(sky.create::<DeliverySource>(&source()).is_ok());
        sky.region = "eu-west-1";
        assert_eq!(sky.create::<DeliverySource>(&source()).unwrap_err(), "ResourceNotFoundException");
        let taken = World::default().with(DeliverySource::TYPE, "site", "us-east-1", source());
        assert_eq!(taken.create::<DeliverySource>(&source()).unwrap_err(), "ConflictException");
    }
}
