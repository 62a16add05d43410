//! `aws.iam.instance_profile`: what hands a role to EC2 instances.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::name;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A container that hands a role to EC2 instances.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in the account whatever its case.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub name: String,
    /// The path, such as `/platform/`.
    #[schemars(extend("x-immutable" = true, "default" = "/"))]
    pub path: Option<String>,
    /// The name of the role: a profile holds one at most. Changing it takes a minute to be seen by
    /// instances that run.
    #[schemars(extend("x-refers" = "aws.iam.role", "x-holds" = true))]
    pub role: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// An instance profile as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Such as `AIPA1234567890EXAMPLE`.
    pub instance_profile_id: String,
}

/// The kind itself.
pub struct InstanceProfile;

impl Kind for InstanceProfile {
    const TYPE: &'static str = "aws.iam.instance_profile";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("name", &spec.name, 128);
        findings.extend(name::path_findings(spec.path.as_deref()));
        if let Some(role) = &spec.role {
            let found = name::findings("role", role, 64);
            let help = |finding: Finding| finding.help("give the name of the role, not its ARN");
            findings.extend(found.into_iter().map(help));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let path = spec.path.as_deref().unwrap_or("/");
        Profile::seconds(8, 3, 2)
            .visible_after(name::VISIBLE_AFTER_S)
            .computes("id", "{spec.name}")
            .computes("arn", &format!("arn:aws:iam::{{account}}:instance-profile{path}{{spec.name}}"))
            .computes("instance_profile_id", "AIPA{digits:17}")
    }

    /// Names are unique.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                name::refuse_taken(cloud, Self::TYPE, "Instance Profile", &spec.name)
            }
            Call::Update { .. } | Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        name::import(text, 128)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:AddRoleToInstanceProfile",
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:GetInstanceProfile",
            "iam:PassRole",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        let profile = json!({"name": "nodes", "role": "nodes"});
        assert_eq!(faults::<InstanceProfile>(profile.clone(), json!({"path": "/a/"})), Vec::<String>::new());
        for (change, fault) in [
            (json!({"name": "a b"}), "name: "),
            (json!({"path": "a"}), "path: "),
            (json!({"role": "arn:aws:iam::123456789012:role/nodes"}), "not its ARN"),
            (json!({"tags": {"ninefold:x": ""}}), "Ninefold sets these"),
        ] {
            let found = faults::<InstanceProfile>(profile.clone(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut world = World::default();
        assert_eq!(refusal::<InstanceProfile>(&world, json!({"name": "nodes"}), json!({})), "");
        world.add("aws.iam.instance_profile", "Nodes", json!({"name": "Nodes"}));
        assert_eq!(
            refusal::<InstanceProfile>(&world, json!({"name": "nodes"}), json!({})),
            "EntityAlreadyExists"
        );
    }
}
