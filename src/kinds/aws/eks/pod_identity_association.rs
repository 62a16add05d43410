//! `aws.eks.pod_identity_association`: the role of a service account's pods.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names;
use crate::kinds::aws::arn;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// The IAM role that pods of a service account get, by the pod identity agent.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The cluster, by its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.eks.cluster"))]
    pub cluster_name: String,
    /// The namespace of the service account.
    #[schemars(extend("x-immutable" = true))]
    pub namespace: String,
    /// The service account; neither it nor its namespace has to exist.
    #[schemars(extend("x-immutable" = true))]
    pub service_account: String,
    /// The role, which trusts `pods.eks.amazonaws.com`.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub role_arn: String,
    /// A second role, of this or another account, that the first one assumes for the pods.
    pub target_role_arn: Option<String>,
    /// Whether sessions go without the tags that name cluster, namespace and service account.
    #[schemars(extend("default" = false))]
    pub disable_session_tags: Option<bool>,
    /// An IAM policy, as a text of JSON, that narrows what the role allows.
    pub policy: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// An association as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// `cluster/a-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// What a target role's trust policy asks for as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// The add-on that owns it, if one does.
    pub owner_arn: Option<String>,
}

/// The kind itself.
pub struct PodIdentityAssociation;

impl Kind for PodIdentityAssociation {
    const TYPE: &'static str = "aws.eks.pod_identity_association";
    const IDENTITY: &'static [&'static str] = &["cluster_name", "namespace", "service_account"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = arn::findings("role_arn", &spec.role_arn, "iam", &["role"]);
        if let Some(target) = &spec.target_role_arn {
            findings.extend(arn::findings("target_role_arn", target, "iam", &["role"]));
        }
        if !names::is_dns_label(&spec.namespace) {
            findings.push(
                Finding::on("namespace", format!("{:?} is no name of a namespace", spec.namespace))
                    .help("lower-case letters, digits and hyphens"),
            );
        }
        if !names::is_dns_subdomain(&spec.service_account) {
            findings.push(
                Finding::on(
                    "service_account",
                    format!("{:?} is no name of a service account", spec.service_account),
                )
                .help("lower-case letters, digits, hyphens and dots"),
            );
        }
        findings.extend(policy(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(3, 3, 3)
            .visible_after(30)
            .computes("id", "{spec.cluster_name}/a-{hex:17}")
            .computes("arn", "arn:aws:eks:{region}:{account}:podidentityassociation/{id}");
        if spec.target_role_arn.is_none() {
            return profile;
        }
        profile.computes_from("external_id", "{hex:32}", &["target_role_arn"])
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if super::cluster_here(cloud, &spec.cluster_name).is_none() {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!("No cluster found for name: {}.", spec.cluster_name),
            ));
        }
        let taken = super::all_here(cloud, Self::TYPE).any(|other| {
            other["cluster_name"] == spec.cluster_name
                && other["namespace"] == spec.namespace
                && other["service_account"] == spec.service_account
        });
        if taken {
            return Err(Refusal::new(
                "ResourceInUseException",
                format!(
                    "Association already exists: {}/{} in {}",
                    spec.namespace, spec.service_account, spec.cluster_name
                ),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let example = "production/a-0a1b2c3d4e5f60718";
        let (_, association) = super::id::inside(text, example)?;
        let is_id = association.strip_prefix("a-").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if is_id { Ok(PhysicalId::new(text)) } else { Err(format!("`{text}` should look like {example}")) }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "eks:CreatePodIdentityAssociation",
            "eks:DeletePodIdentityAssociation",
            "eks:DescribePodIdentityAssociation",
            "eks:ListPodIdentityAssociations",
            "eks:TagResource",
            "eks:UntagResource",
            "eks:UpdatePodIdentityAssociation",
            "iam:GetRole",
            "iam:PassRole",
        ]
    }
}

fn policy(spec: &Spec) -> Vec<Finding> {
    let Some(text) = &spec.policy else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let is_policy = serde_json::from_str::<Json>(text).is_ok_and(|json| json.get("Statement").is_some());
    if !is_policy {
        findings.push(
            Finding::on("policy", "the policy is no JSON with a `Statement`")
                .help("write it as a map, and `{{ … | to_json }}` here"),
        );
    }
    if spec.disable_session_tags != Some(true) {
        findings.push(
            Finding::on("policy", "a policy and session tags exclude each other")
                .and("disable_session_tags")
                .help("set `disable_session_tags: true`"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use serde_json::json;

    fn base() -> Json {
        json!({
            "cluster_name": "prod",
            "namespace": "external-secrets",
            "service_account": "external-secrets",
            "role_arn": "arn:aws:iam::123456789012:role/secrets",
        })
    }

    #[test]
    fn rules() {
        let policy = ("/policy", json!("{\"Version\": \"2012-10-17\", \"Statement\": []}"));
        assert_rules::<PodIdentityAssociation>(
            &base(),
            &[
                (&[("/role_arn", json!("secrets"))], "no Amazon resource name"),
                (&[("/target_role_arn", json!("arn:aws:iam::123456789012:user/x"))], "names a user of iam"),
                (&[("/target_role_arn", json!("arn:aws:iam::210987654321:role/x"))], ""),
                (&[("/namespace", json!("External"))], "no name of a namespace"),
                (&[("/service_account", json!("a_b"))], "no name of a service account"),
                (std::slice::from_ref(&policy), "set `disable_session_tags: true`"),
                (&[policy.clone(), ("/disable_session_tags", json!(true))], ""),
                (&[("/policy", json!("{}")), ("/disable_session_tags", json!(true))], "a `Statement`"),
            ],
        );
    }

    #[test]
    fn a_service_account_has_one_role() {
        let sky = || World::default().with("aws.eks.cluster", "prod", "us-east-1", json!({"name": "prod"}));
        assert!(sky().create::<PodIdentityAssociation>(&base()).is_ok());
        let taken = sky().with(PodIdentityAssociation::TYPE, "prod/a-1", "us-east-1", base());
        assert_eq!(taken.create::<PodIdentityAssociation>(&base()).unwrap_err(), "ResourceInUseException");
        let other = edited(&base(), &[("/service_account", json!("other"))]);
        assert!(taken.create::<PodIdentityAssociation>(&other).is_ok());
    }

    #[test]
    fn ids_name_cluster_and_association() {
        assert!(PodIdentityAssociation::import_id("prod/a-0a1b2c3d4e5f60718").is_ok());
        assert!(PodIdentityAssociation::import_id("prod/external-secrets").is_err());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<PodIdentityAssociation>(&base());
    }
}
