//! `aws.ec2.launch_template`: what instances are launched with, in versions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::launch_template_data::{self, LaunchTemplateData};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A template that instances are launched with. A change makes a new version, which becomes the
/// default; what refers to `latest_version` follows it.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within account and region.
    #[schemars(regex(pattern = r"^[a-zA-Z0-9().\-/_]{3,128}$"), extend("x-immutable" = true))]
    pub launch_template_name: String,
    /// What is special about the newest version.
    #[schemars(length(max = 255))]
    pub version_description: Option<String>,
    /// What instances are launched with.
    pub launch_template_data: LaunchTemplateData,
    /// Tags of the template itself, by key; those of instances stand in its data.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A template as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `lt-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The number of the newest version, from 1.
    pub latest_version: i64,
    /// The number of the version that is launched where none is named.
    pub default_version: i64,
}

/// The fields whose change makes a new version.
const VERSIONED: &[&str] = &["launch_template_data", "version_description"];

/// The kind itself.
pub struct LaunchTemplate;

impl Kind for LaunchTemplate {
    const TYPE: &'static str = "aws.ec2.launch_template";
    const IDENTITY: &'static [&'static str] = &["launch_template_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        findings.extend(launch_template_data::findings(&spec.launch_template_data));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(30)
            .computes("id", "lt-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:launch-template/{id}")
            .computes_from("latest_version", "json:1", VERSIONED)
            .computes_from("default_version", "json:1", VERSIONED)
    }

    /// A name is taken once in a region, and a change of the data counts the version up.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
                    other.region == cloud.region()
                        && other.attributes["launch_template_name"] == spec.launch_template_name.as_str()
                });
                if taken {
                    return Err(Refusal::new(
                        "InvalidLaunchTemplateName.AlreadyExistsException",
                        "Launch template name already in use.",
                    ));
                }
            }
            Call::Update { spec, id, attributes } => {
                let Some(before) = cloud.find(Self::TYPE, "id", id.as_str()) else {
                    return Ok(());
                };
                let version = before.attributes["latest_version"].as_i64().unwrap_or(1);
                let old = serde_json::from_value::<Spec>(before.attributes.clone()).ok();
                let same = old.is_some_and(|old| {
                    old.launch_template_data == spec.launch_template_data
                        && old.version_description == spec.version_description
                });
                let version = if same { version } else { version + 1 };
                attributes.insert("latest_version".into(), Json::from(version));
                attributes.insert("default_version".into(), Json::from(version));
            }
            Call::Delete { .. } => {}
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "lt-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:CreateLaunchTemplate",
            "ec2:CreateLaunchTemplateVersion",
            "ec2:CreateTags",
            "ec2:DeleteLaunchTemplate",
            "ec2:DeleteTags",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeLaunchTemplates",
            "ec2:ModifyLaunchTemplate",
            "ec2:RunInstances",
            "iam:PassRole",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn template() -> Json {
        json!({
            "launch_template_name": "nodes",
            "launch_template_data": {"metadata_options": {"http_tokens": "required", "http_put_response_hop_limit": 1}},
        })
    }

    #[test]
    fn the_name_and_the_data_are_checked() {
        assert_rules::<LaunchTemplate>(
            &template(),
            &[
                (&[("/launch_template_name", json!("no"))], "doesn't match"),
                (&[("/launch_template_name", json!("my nodes"))], "doesn't match"),
                (&[("/launch_template_data/user_data", json!("#!/bin/sh"))], "base 64"),
                (
                    &[("/launch_template_data/metadata_options/http_put_response_hop_limit", json!(65))],
                    "1 to 64",
                ),
                (&[("/launch_template_data/metadata_options/http_tokens", json!("always"))], "none of"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_change_of_the_data_makes_a_version() {
        let mut made = template();
        made["latest_version"] = json!(4);
        let sky = World::default().with(LaunchTemplate::TYPE, "lt-1", "us-east-1", made);
        let version =
            |spec: &Json| sky.update::<LaunchTemplate>("lt-1", spec).unwrap()["latest_version"].clone();
        let mut changed = template();
        changed["tags"] = json!({"Name": "nodes"});
        assert_eq!(version(&changed), json!(4));
        changed["launch_template_data"]["ebs_optimized"] = json!(true);
        assert_eq!(version(&changed), json!(5));
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let elsewhere = World::default().with(LaunchTemplate::TYPE, "lt-1", "eu-west-1", template());
        assert!(elsewhere.create::<LaunchTemplate>(&template()).is_ok());
        let here = elsewhere.with(LaunchTemplate::TYPE, "lt-2", "us-east-1", template());
        let refused = here.create::<LaunchTemplate>(&template());
        assert_eq!(refused, Err("InvalidLaunchTemplateName.AlreadyExistsException".into()));
    }
}
