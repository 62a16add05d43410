//! `aws.cloudfront.origin_access_control`: how a distribution proves to an origin who it is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// How a distribution signs its requests, so that a bucket or a function answers nobody else.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateOriginAccessControl.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 256), extend("default" = ""))]
    pub description: Option<String>,
    /// What it signs requests to.
    pub origin_access_control_origin_type: OriginType,
    /// Which requests it signs.
    pub signing_behavior: SigningBehavior,
    /// How it signs.
    pub signing_protocol: SigningProtocol,
}

/// A sort of origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginType {
    S3,
    Mediastore,
    #[serde(rename = "mediapackagev2")]
    MediaPackageV2,
    Lambda,
}

/// Which requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SigningBehavior {
    /// None.
    Never,
    /// All.
    Always,
    /// Those that the reader hasn't signed.
    NoOverride,
    /// All, in headers of Amazon's own, beside the reader's.
    AlwaysAmzAuth,
}

/// How requests are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SigningProtocol {
    /// For one region.
    Sigv4,
    /// For several regions.
    Sigv4a,
}

/// An origin access control as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `E1A2B3C4D5E6F7`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
}

/// The kind itself.
pub struct OriginAccessControl;

impl Kind for OriginAccessControl {
    const TYPE: &'static str = "aws.cloudfront.origin_access_control";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(_spec: &Spec) -> Vec<Finding> {
        Vec::new()
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "E{digits:13}")
            .computes("arn", "arn:aws:cloudfront::{account}:origin-access-control/{id}")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, own) = match call {
            Call::Create { spec, .. } => (spec, None),
            Call::Update { spec, id, .. } => (spec, Some(id)),
            Call::Delete { .. } => return Ok(()),
        };
        if super::is_taken(cloud, Self::TYPE, &spec.name, own) {
            return Err(Refusal::new(
                "OriginAccessControlAlreadyExists",
                format!("An origin access control with the name {} already exists.", spec.name),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::import_id(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "cloudfront:CreateOriginAccessControl",
            "cloudfront:DeleteOriginAccessControl",
            "cloudfront:GetOriginAccessControl",
            "cloudfront:ListOriginAccessControls",
            "cloudfront:UpdateOriginAccessControl",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;

    fn control() -> Json {
        json!({
            "name": "sites", "origin_access_control_origin_type": "s3", "signing_behavior": "always",
            "signing_protocol": "sigv4",
        })
    }

    #[test]
    fn it_says_what_it_signs_and_how() {
        assert_rules::<OriginAccessControl>(
            &control(),
            &[
                (&[("/name", json!("a".repeat(65)))], "1 to 64"),
                (&[("/signing_behavior", json!("sometimes"))], "none of"),
                (&[("/signing_protocol", json!("sigv4a"))], ""),
                (&[("/origin_access_control_origin_type", json!("mediapackagev2"))], ""),
            ],
        );
        assert_whole::<OriginAccessControl>(&control());
    }

    #[test]
    fn a_name_is_taken_once() {
        let sky = World::default().with(OriginAccessControl::TYPE, "E1", "us-east-1", control());
        let taken = "OriginAccessControlAlreadyExists";
        assert_eq!(sky.create::<OriginAccessControl>(&control()).unwrap_err(), taken);
        assert!(sky.update::<OriginAccessControl>("E1", &control()).is_ok());
        assert_eq!(sky.update::<OriginAccessControl>("E2", &control()).unwrap_err(), taken);
    }
}
