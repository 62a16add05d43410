//! `aws.eks.access_entry`: what a principal of IAM may do in a cluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names;
use crate::kinds::aws::arn::{self, Arn};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// What a principal of IAM may do in a cluster: by policies of EKS, by groups of Kubernetes, or both.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The cluster, by its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.eks.cluster"))]
    pub cluster_name: String,
    /// The role or user that is let in.
    #[schemars(extend("x-immutable" = true))]
    pub principal_arn: String,
    /// Who the principal is: a person or program (`STANDARD`), or a node.
    #[serde(rename = "type")]
    #[schemars(extend("x-immutable" = true, "default" = "STANDARD"))]
    pub entry_type: Option<EntryType>,
    /// The groups of Kubernetes that it belongs to.
    #[schemars(extend("x-collection" = "set", "x-exclusive" = true))]
    pub kubernetes_groups: Option<Vec<String>>,
    /// Its name in Kubernetes; EKS makes one of the ARN where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub username: Option<String>,
    /// The policies of EKS that it has.
    #[schemars(extend("x-collection" = "list(policy_arn)", "x-exclusive" = true))]
    pub access_policies: Option<Vec<AccessPolicy>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Who a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryType {
    Standard,
    FargateLinux,
    Ec2Linux,
    Ec2Windows,
    /// Nodes of EKS Auto Mode.
    Ec2,
    HybridLinux,
    HyperpodLinux,
}

/// A policy of EKS and where it holds.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessPolicy {
    /// Such as `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`.
    pub policy_arn: String,
    pub access_scope: AccessScope,
}

/// Where a policy holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessScope {
    #[serde(rename = "type")]
    pub scope_type: AccessScopeType,
    /// Those that a policy of the type `namespace` holds in; `*` stands for any ending.
    #[schemars(extend("x-collection" = "set", "x-exclusive" = true))]
    pub namespaces: Option<Vec<String>>,
}

/// Whether a policy holds everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccessScopeType {
    Cluster,
    Namespace,
}

/// An access entry as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// `cluster/arn:…`, with the principal's ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct AccessEntry;

/// What names of users and groups can't start with: Kubernetes and AWS keep them for themselves.
const RESERVED: &[&str] = &["system:", "eks:", "aws:", "amazon:", "iam:"];

impl Kind for AccessEntry {
    const TYPE: &'static str = "aws.eks.access_entry";
    const IDENTITY: &'static [&'static str] = &["cluster_name", "principal_arn"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = principal(spec);
        findings.extend(node_entry(spec));
        for (position, group) in spec.kubernetes_groups.iter().flatten().enumerate() {
            findings.extend(reserved(&format!("kubernetes_groups[{position}]"), group));
        }
        if let Some(username) = &spec.username {
            findings.extend(reserved("username", username));
        }
        for (position, policy) in spec.access_policies.iter().flatten().enumerate() {
            findings.extend(access_policy(&format!("access_policies[{position}]"), policy));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 3)
            .visible_after(30)
            .computes("id", "{spec.cluster_name}/{spec.principal_arn}")
            .computes("arn", "arn:aws:eks:{region}:{account}:access-entry/{spec.cluster_name}/{hex:32}")
            .computes("username", "{spec.principal_arn}")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let Some(cluster) = super::cluster_here(cloud, &spec.cluster_name) else {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!("No cluster found for name: {}.", spec.cluster_name),
            ));
        };
        if cluster["access_config"]["authentication_mode"] == "CONFIG_MAP" {
            return Err(Refusal::new(
                "InvalidRequestException",
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to \
                 perform this operation.",
            ));
        }
        let taken = super::all_here(cloud, Self::TYPE).any(|other| {
            other["cluster_name"] == spec.cluster_name && other["principal_arn"] == spec.principal_arn
        });
        if taken {
            return Err(Refusal::new(
                "ResourceInUseException",
                "The specified access entry resource is already in use on this cluster.",
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let example = "production/arn:aws:iam::123456789012:role/admin";
        let (_, principal) = super::id::inside(text, example)?;
        match Arn::parse(principal) {
            Some(_) => Ok(PhysicalId::new(text)),
            None => Err(format!("`{principal}` is no ARN: `{text}` should look like `{example}`")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "eks:AssociateAccessPolicy",
            "eks:CreateAccessEntry",
            "eks:DeleteAccessEntry",
            "eks:DescribeAccessEntry",
            "eks:DisassociateAccessPolicy",
            "eks:ListAccessEntries",
            "eks:ListAssociatedAccessPolicies",
            "eks:TagResource",
            "eks:UntagResource",
            "eks:UpdateAccessEntry",
        ]
    }
}

fn principal(spec: &Spec) -> Vec<Finding> {
    let is_session = Arn::parse(&spec.principal_arn).is_some_and(|arn| arn.service == "sts");
    if is_session {
        return vec![
            Finding::on("principal_arn", "a session isn't a principal: it ends")
                .help("name the role that is assumed: `arn:aws:iam::…:role/…`"),
        ];
    }
    let allowed: &[&str] = match spec.entry_type {
        None | Some(EntryType::Standard) => &["role", "user", "root"],
        Some(_) => &["role"],
    };
    arn::findings("principal_arn", &spec.principal_arn, "iam", allowed)
}

/// Nodes get their rights from EKS: only Auto Mode's may have policies besides.
fn node_entry(spec: &Spec) -> Vec<Finding> {
    let Some(entry_type) = spec.entry_type.filter(|entry_type| *entry_type != EntryType::Standard) else {
        return Vec::new();
    };
    let has = |list: bool, field: &'static str| list.then_some(field);
    let has_policies = spec.access_policies.as_ref().is_some_and(|policies| !policies.is_empty());
    [
        has(spec.kubernetes_groups.as_ref().is_some_and(|groups| !groups.is_empty()), "kubernetes_groups"),
        has(spec.username.is_some(), "username"),
        has(has_policies && entry_type != EntryType::Ec2, "access_policies"),
    ]
    .into_iter()
    .flatten()
    .map(|field| {
        Finding::on(field, format!("an entry for nodes takes no `{field}`: EKS gives it what nodes need"))
            .and("type")
    })
    .collect()
}

fn reserved(field: &str, name: &str) -> Option<Finding> {
    let prefix = RESERVED.iter().find(|prefix| name.starts_with(**prefix))?;
    let finding = Finding::on(field, format!("{name:?} starts with `{prefix}`, which is reserved"));
    Some(if name == "system:masters" {
        finding.help("associate AmazonEKSClusterAdminPolicy in `access_policies`")
    } else {
        finding
    })
}

fn access_policy(field: &str, policy: &AccessPolicy) -> Vec<Finding> {
    let mut findings =
        arn::findings(&format!("{field}.policy_arn"), &policy.policy_arn, "eks", &["cluster-access-policy"]);
    let namespaces = policy.access_scope.namespaces.as_deref().unwrap_or_default();
    let scope = format!("{field}.access_scope");
    match policy.access_scope.scope_type {
        AccessScopeType::Namespace if namespaces.is_empty() => findings.push(
            Finding::on(&format!("{scope}.namespaces"), "a policy of namespaces has to name them")
                .and(&format!("{scope}.type")),
        ),
        AccessScopeType::Cluster if !namespaces.is_empty() => findings.push(
            Finding::on(&format!("{scope}.namespaces"), "a policy of the whole cluster names no namespaces")
                .and(&format!("{scope}.type"))
                .help("set `type: namespace`"),
        ),
        _ => {}
    }
    for (position, namespace) in namespaces.iter().enumerate() {
        let stem = namespace.replace('*', "");
        let is_fine = stem.is_empty() && namespace == "*"
            || !stem.is_empty() && names::is_dns_label(stem.trim_matches('-'));
        if !is_fine {
            findings.push(Finding::on(
                &format!("{scope}.namespaces[{position}]"),
                format!("{namespace:?} is no name of a namespace"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;
    use serde_json::json;

    const VIEW: &str = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

    fn base() -> Json {
        json!({
            "cluster_name": "prod",
            "principal_arn": "arn:aws:iam::123456789012:role/developer",
            "type": "STANDARD",
            "kubernetes_groups": ["developers"],
            "access_policies": [
                {"policy_arn": VIEW, "access_scope": {"type": "namespace", "namespaces": ["app", "team-*"]}},
            ],
        })
    }

    #[test]
    fn who_is_let_in() {
        assert_rules::<AccessEntry>(
            &base(),
            &[
                (&[("/principal_arn", json!("developer"))], "no Amazon resource name"),
                (
                    &[("/principal_arn", json!("arn:aws:sts::123456789012:assumed-role/developer/anna"))],
                    "a session isn't a principal",
                ),
                (&[("/principal_arn", json!("arn:aws:iam::123456789012:user/anna"))], ""),
                (&[("/principal_arn", json!("arn:aws:iam::123456789012:group/all"))], "names a group of iam"),
                (&[("/kubernetes_groups", json!(["system:masters"]))], "AmazonEKSClusterAdminPolicy"),
                (&[("/username", json!("eks:anna"))], "reserved"),
                (&[("/username", json!("anna"))], ""),
            ],
        );
    }

    #[test]
    fn nodes_have_their_rights_from_eks() {
        let node = ("/type", json!("EC2_LINUX"));
        let no_groups = ("/kubernetes_groups", json!(null));
        let no_policies = ("/access_policies", json!(null));
        assert_rules::<AccessEntry>(
            &base(),
            &[
                (&[node.clone(), no_policies.clone()], "takes no `kubernetes_groups`"),
                (&[node.clone(), no_groups.clone()], "takes no `access_policies`"),
                (&[node.clone(), no_groups.clone(), no_policies.clone()], ""),
                (&[("/type", json!("EC2")), no_groups.clone()], ""),
                (
                    &[
                        node.clone(),
                        no_groups.clone(),
                        no_policies.clone(),
                        ("/principal_arn", json!("arn:aws:iam::123456789012:user/anna")),
                    ],
                    "names a user of iam",
                ),
                (&[node, no_groups, no_policies, ("/username", json!("x"))], "takes no `username`"),
            ],
        );
    }

    #[test]
    fn policies_and_where_they_hold() {
        const SCOPE: &str = "/access_policies/0/access_scope";
        assert_rules::<AccessEntry>(
            &base(),
            &[
                (&[("/access_policies/0/policy_arn", json!("View"))], "no Amazon resource name"),
                (
                    &[("/access_policies/0/policy_arn", json!("arn:aws:iam::aws:policy/ReadOnlyAccess"))],
                    "names a policy of iam",
                ),
                (&[(SCOPE, json!({"type": "namespace"}))], "has to name them"),
                (&[(SCOPE, json!({"type": "cluster", "namespaces": ["app"]}))], "names no namespaces"),
                (&[(SCOPE, json!({"type": "cluster"}))], ""),
                (&[(SCOPE, json!({"type": "namespace", "namespaces": ["App"]}))], "no name of a namespace"),
            ],
        );
    }

    #[test]
    fn a_cluster_has_to_take_entries() {
        let cluster = |mode: &str| {
            World::default().with(
                "aws.eks.cluster",
                "prod",
                "us-east-1",
                json!({"name": "prod", "access_config": {"authentication_mode": mode}}),
            )
        };
        assert!(cluster("API").create::<AccessEntry>(&base()).is_ok());
        assert_eq!(
            cluster("CONFIG_MAP").create::<AccessEntry>(&base()).unwrap_err(),
            "InvalidRequestException"
        );
        let taken = cluster("API").with(AccessEntry::TYPE, "x", "us-east-1", base());
        assert_eq!(taken.create::<AccessEntry>(&base()).unwrap_err(), "ResourceInUseException");
    }

    #[test]
    fn ids_name_cluster_and_principal() {
        assert!(AccessEntry::import_id("prod/arn:aws:iam::123456789012:role/admin").is_ok());
        assert!(AccessEntry::import_id("prod/admin").is_err());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<AccessEntry>(&base());
    }
}
