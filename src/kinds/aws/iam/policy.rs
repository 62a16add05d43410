//! `aws.iam.policy`: rights that can be attached to roles.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use super::super::tags;
use super::name;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A managed policy: rights with a name, to be attached to any number of roles.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in the account.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub name: String,
    /// The rights themselves. A change makes a new version the default one; the oldest of five goes.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub document: Json,
    /// The path, such as `/platform/`.
    #[schemars(extend("x-immutable" = true, "default" = "/"))]
    pub path: Option<String>,
    /// What it is for.
    #[schemars(length(max = 1000), extend("x-immutable" = true))]
    pub description: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A managed policy as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Such as `ANPA1234567890EXAMPLE`.
    pub policy_id: String,
}

/// The kind itself.
pub struct Policy;

impl Kind for Policy {
    const TYPE: &'static str = "aws.iam.policy";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("name", &spec.name, 128);
        findings.extend(name::path_findings(spec.path.as_deref()));
        findings.extend(policy_document::findings("document", &spec.document, Usage::Managed));
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let path = spec.path.as_deref().unwrap_or("/");
        let arn = format!("arn:aws:iam::{{account}}:policy{path}{{spec.name}}");
        Profile::seconds(2, 2, 2)
            .visible_after(name::VISIBLE_AFTER_S)
            .computes("id", &arn)
            .computes("arn", &arn)
            .computes("policy_id", "ANPA{digits:17}")
    }

    /// Names are unique, the document is well formed, and what is attached can't be deleted.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                name::refuse_taken(cloud, Self::TYPE, "A policy", &spec.name)?;
                name::refuse_malformed(&policy_document::findings("document", &spec.document, Usage::Managed))
            }
            Call::Update { spec, .. } => {
                name::refuse_malformed(&policy_document::findings("document", &spec.document, Usage::Managed))
            }
            Call::Delete { id, .. } => {
                let is_attached = cloud.all("aws.iam.role").iter().any(|role| {
                    name::lists(role.attributes, "managed_policy_arns", id.as_str())
                        || role.attributes["permissions_boundary"] == id.as_str()
                });
                if is_attached {
                    return Err(Refusal::new(
                        "DeleteConflict",
                        "Cannot delete a policy attached to entities.",
                    ));
                }
                Ok(())
            }
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match name::managed_policy(text) {
            Some(name::PolicyOwner::Account) => Ok(PhysicalId::new(text)),
            _ => Err(format!("`{text}` should look like arn:aws:iam::123456789012:policy/name")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
            "iam:ListPolicyTags",
            "iam:ListPolicyVersions",
            "iam:TagPolicy",
            "iam:UntagPolicy",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, deletion, faults, refusal};
    use serde_json::json;

    fn policy() -> Json {
        json!({"name": "read", "document": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
        ]}})
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        assert_eq!(
            faults::<Policy>(policy(), json!({"path": "/a/", "tags": {"a": "b"}})),
            Vec::<String>::new()
        );
        for (change, fault) in [
            (json!({"name": "a/b"}), "name: "),
            (json!({"path": "/a"}), "path: "),
            (json!({"document": {"Version": "2012-10-17"}}), "`Statement` is missing"),
            (json!({"tags": {"": ""}}), "1 to 128"),
        ] {
            let found = faults::<Policy>(policy(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_sandbox_refuses_what_iam_refuses() {
        let mut world = World::default();
        assert_eq!(refusal::<Policy>(&world, policy(), json!({})), "");
        assert_eq!(refusal::<Policy>(&world, policy(), json!({"document": {}})), "MalformedPolicyDocument");
        let arn = "arn:aws:iam::123456789012:policy/read";
        assert_eq!(deletion::<Policy>(&world, policy(), arn), "");
        world.add("aws.iam.role", "web", json!({"name": "web", "managed_policy_arns": [arn]}));
        assert_eq!(deletion::<Policy>(&world, policy(), arn), "DeleteConflict");
        world.add("aws.iam.policy", arn, json!({"name": "Read"}));
        assert_eq!(refusal::<Policy>(&world, policy(), json!({})), "EntityAlreadyExists");
    }

    #[test]
    fn only_policies_of_the_account_can_be_imported() {
        assert!(Policy::import_id("arn:aws:iam::123456789012:policy/a/read").is_ok());
        assert!(Policy::import_id("arn:aws:iam::aws:policy/ReadOnlyAccess").is_err());
        assert!(Policy::import_id("read").is_err());
    }
}
