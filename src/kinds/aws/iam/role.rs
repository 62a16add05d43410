//! `aws.iam.role`: an identity that services, accounts and tokens can assume.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::policy_document::{self, Usage};
use super::super::tags;
use super::name;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, Json, PhysicalId};

/// An identity with rights that a service, an account or the holder of a token can assume.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The name, unique in the account whatever its case.
    #[schemars(length(min = 1, max = 64), extend("x-immutable" = true))]
    pub name: String,
    /// Who may assume it: the trust policy.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true))]
    pub assume_role_policy: Json,
    /// The path, such as `/platform/`.
    #[schemars(extend("x-immutable" = true, "default" = "/"))]
    pub path: Option<String>,
    /// What it is for.
    #[schemars(length(max = 1000))]
    pub description: Option<String>,
    /// For how many seconds it can be assumed at most.
    #[schemars(range(min = 3600, max = 43200), extend("default" = 3600))]
    pub max_session_duration: Option<i64>,
    /// The ARN of the managed policy that bounds its rights.
    pub permissions_boundary: Option<String>,
    /// Policies that exist only within it, by name.
    #[schemars(extend("x-exclusive" = true, "additionalProperties" = { "x-form": "policy" }))]
    pub inline_policies: Option<BTreeMap<String, Json>>,
    /// The ARNs of the managed policies that are attached to it.
    #[schemars(extend("x-exclusive" = true, "x-collection" = "set"))]
    pub managed_policy_arns: Option<Vec<String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A role as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What tells it from an earlier role of the same name, such as `AROA1234567890EXAMPLE`.
    pub role_id: String,
}

/// The kind itself.
pub struct Role;

/// An account can attach 10, and up to 25 when it asks for more.
const MAX_MANAGED_POLICIES: usize = 25;

/// IAM counts the inline policies of a role together.
const MAX_INLINE_LENGTH: usize = 10_240;

impl Kind for Role {
    const TYPE: &'static str = "aws.iam.role";
    const IDENTITY: &'static [&'static str] = &["name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("name", &spec.name, 64);
        findings.extend(name::path_findings(spec.path.as_deref()));
        findings.extend(name::description_findings(spec.description.as_deref()));
        findings.extend(documents(spec));
        if let Some(boundary) = &spec.permissions_boundary {
            findings.extend(name::policy_findings("permissions_boundary", boundary));
        }
        let attached = spec.managed_policy_arns.as_deref().unwrap_or_default();
        for (index, arn) in attached.iter().enumerate() {
            findings.extend(name::policy_findings(&format!("managed_policy_arns[{index}]"), arn));
        }
        if attached.len() > MAX_MANAGED_POLICIES {
            findings.push(Finding::on(
                "managed_policy_arns",
                format!("a role has at most {MAX_MANAGED_POLICIES} managed policies, not {}", attached.len()),
            ));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let path = spec.path.as_deref().unwrap_or("/");
        Profile::seconds(12, 2, 3)
            .visible_after(name::VISIBLE_AFTER_S)
            .computes("id", "{spec.name}")
            .computes("arn", &format!("arn:aws:iam::{{account}}:role{path}{{spec.name}}"))
            .computes("role_id", "AROA{digits:17}")
    }

    /// Names are unique, documents well formed and attached policies there.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let spec = match call {
            Call::Create { spec, .. } => {
                name::refuse_taken(cloud, Self::TYPE, "Role", &spec.name)?;
                spec
            }
            Call::Update { spec, .. } => spec,
            Call::Delete { .. } => return Ok(()),
        };
        name::refuse_malformed(&documents(spec))?;
        let attached = spec.managed_policy_arns.iter().flatten().chain(&spec.permissions_boundary);
        attached.into_iter().try_for_each(|arn| name::refuse_absent_policy(cloud, arn))
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        name::import(text, 64)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:AttachRolePolicy",
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePermissionsBoundary",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
            "iam:ListRoleTags",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole",
        ]
    }
}

/// What is wrong with the documents of a role.
fn documents(spec: &Spec) -> Vec<Finding> {
    let mut findings =
        policy_document::findings("assume_role_policy", &spec.assume_role_policy, Usage::Trust);
    let inline = FieldPath::root().key("inline_policies");
    for (policy, document) in spec.inline_policies.iter().flatten() {
        let path = inline.key(policy);
        if !name::is_name(policy, 128) {
            findings.push(Finding::at(
                path.clone(),
                format!(
                    "the policy's name is {policy:?}, where 1 to 128 letters, digits and _+=,.@- are allowed"
                ),
            ));
        }
        findings.extend(policy_document::findings_at(&path, document, Usage::Inline));
    }
    let length = policy_document::length(spec.inline_policies.iter().flat_map(BTreeMap::values));
    let count = spec.inline_policies.as_ref().map_or(0, BTreeMap::len);
    if length > MAX_INLINE_LENGTH && count > 1 {
        findings.push(
            Finding::at(inline, format!("the inline policies have {length} characters together, where {MAX_INLINE_LENGTH} are allowed"))
                .help("move some of them into an aws.iam.policy"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    fn role() -> Json {
        json!({
            "name": "web",
            "assume_role_policy": {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
            }]},
        })
    }

    fn document(resource: &str) -> Json {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": resource}})
    }

    #[test]
    fn a_complete_role_is_fine() {
        let more = json!({
            "path": "/platform/", "description": "Runs the web", "max_session_duration": 7200,
            "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
            "inline_policies": {"read": document("*")},
            "managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "tags": {"a": "b"},
        });
        assert_eq!(faults::<Role>(role(), more), Vec::<String>::new());
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        let many: Vec<_> = (0..26).map(|n| format!("arn:aws:iam::aws:policy/p{n}")).collect();
        let long = document(&format!("arn:aws:s3:::{}", "b".repeat(5_100)));
        for (change, fault) in [
            (json!({"name": "a b"}), "name: "),
            (json!({"path": "x"}), "path: "),
            (json!({"description": "→"}), "description: "),
            (json!({"max_session_duration": 60}), "3600 to 43200"),
            (json!({"assume_role_policy": document("*")}), "`Principal` is missing"),
            (json!({"inline_policies": {"a b": document("*")}}), "the policy's name"),
            (json!({"inline_policies": {"a": document("x")}}), "inline_policies.a.Statement.Resource"),
            (json!({"inline_policies": {"a": long, "b": long}}), "characters together"),
            (json!({"permissions_boundary": "PowerUserAccess"}), "permissions_boundary: "),
            (json!({"managed_policy_arns": ["ReadOnlyAccess"]}), "managed_policy_arns[0]: "),
            (json!({"managed_policy_arns": many}), "at most 25"),
            (json!({"tags": {"aws:x": "y"}}), "for itself"),
        ] {
            let found = faults::<Role>(role(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_sandbox_refuses_what_iam_refuses() {
        let own = "arn:aws:iam::123456789012:policy/own";
        let mut world = World::default();
        assert_eq!(refusal::<Role>(&world, role(), json!({"managed_policy_arns": [own]})), "NoSuchEntity");
        world.add("aws.iam.policy", own, json!({"arn": own, "name": "own"}));
        assert_eq!(refusal::<Role>(&world, role(), json!({"managed_policy_arns": [own]})), "");
        let aws = json!({"managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]});
        assert_eq!(refusal::<Role>(&world, role(), aws), "");
        let broken = json!({"assume_role_policy": {}});
        assert_eq!(refusal::<Role>(&world, role(), broken), "MalformedPolicyDocument");
        world.add("aws.iam.role", "WEB", json!({"name": "WEB"}));
        assert_eq!(refusal::<Role>(&world, role(), json!({})), "EntityAlreadyExists");
    }
}
