//! `aws.eks.addon`: software in a cluster that EKS installs and keeps up to date.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names;
use crate::kinds::aws::arn;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// Software in a cluster that EKS installs and keeps up to date, such as the VPC CNI or CoreDNS.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAddon.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The cluster, by its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.eks.cluster"))]
    pub cluster_name: String,
    /// Its name, such as `vpc-cni`, `coredns`, `kube-proxy`, `aws-ebs-csi-driver`,
    /// `eks-pod-identity-agent`, `metrics-server`.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_-]*$"), extend("x-immutable" = true))]
    pub addon_name: String,
    /// Its version, such as `v1.20.4-eksbuild.1`; the default of the cluster's version where absent.
    #[schemars(extend("x-default" = "provider"))]
    pub addon_version: Option<String>,
    /// The role of its service account, by OpenID Connect.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub service_account_role_arn: Option<String>,
    /// The roles of its service accounts, by pod identity.
    #[schemars(extend("x-collection" = "list(service_account)", "x-exclusive" = true))]
    pub pod_identity_associations: Option<Vec<AddonPodIdentity>>,
    /// Its settings as a text of JSON; `{{ … | to_json }}` makes one.
    pub configuration_values: Option<String>,
    /// Where it is installed, if not in its own namespace.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub namespace_config: Option<NamespaceConfig>,
    /// What becomes of settings in the cluster that differ.
    #[schemars(extend("default" = "NONE", "x-write-only" = true))]
    pub resolve_conflicts: Option<ResolveConflicts>,
    /// Whether the software stays in the cluster when the add-on is deleted.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub preserve: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonPodIdentityAssociations.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AddonPodIdentity {
    /// The service account of its pods.
    pub service_account: String,
    /// The role that they get.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub role_arn: String,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonNamespaceConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamespaceConfig {
    /// The namespace's name.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
}

/// What becomes of settings in the cluster that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResolveConflicts {
    /// They stay, and the call may fail.
    None,
    /// The add-on's take their place.
    Overwrite,
    /// They stay.
    Preserve,
}

/// An add-on as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// `cluster/add-on`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Such as `ACTIVE`.
    pub status: String,
}

/// The kind itself.
pub struct Addon;

static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z][0-9A-Za-z.-]*)?$").expect("a valid pattern")
});

impl Kind for Addon {
    const TYPE: &'static str = "aws.eks.addon";
    const IDENTITY: &'static [&'static str] = &["cluster_name", "addon_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(version) = spec.addon_version.as_deref().filter(|text| !VERSION.is_match(text)) {
            findings.push(
                Finding::on("addon_version", format!("{version:?} is no version of an add-on"))
                    .help("it looks like `v1.20.4-eksbuild.1`: see `aws eks describe-addon-versions`"),
            );
        }
        if let Some(role) = &spec.service_account_role_arn {
            findings.extend(arn::findings("service_account_role_arn", role, "iam", &["role"]));
        }
        for (position, identity) in spec.pod_identity_associations.iter().flatten().enumerate() {
            let field = |name: &str| format!("pod_identity_associations[{position}].{name}");
            findings.extend(arn::findings(&field("role_arn"), &identity.role_arn, "iam", &["role"]));
            if !names::is_dns_subdomain(&identity.service_account) {
                findings.push(Finding::on(
                    &field("service_account"),
                    format!("{:?} is no name of a service account", identity.service_account),
                ));
            }
        }
        if let Some(text) = &spec.configuration_values {
            findings.extend(configuration(text));
        }
        if let Some(config) = spec.namespace_config.as_ref().filter(|c| !names::is_dns_label(&c.namespace)) {
            findings.push(
                Finding::on(
                    "namespace_config.namespace",
                    format!("{:?} is no name of a namespace", config.namespace),
                )
                .help("lower-case letters, digits and hyphens"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(60, 60, 45)
            .visible_after(30)
            .computes("id", "{spec.cluster_name}/{spec.addon_name}")
            .computes(
                "arn",
                "arn:aws:eks:{region}:{account}:addon/{spec.cluster_name}/{spec.addon_name}/{hex:32}",
            )
            .computes("status", "ACTIVE")
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
            other["cluster_name"] == spec.cluster_name && other["addon_name"] == spec.addon_name
        });
        if taken {
            return Err(Refusal::new("ResourceInUseException", "Addon already exists."));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::inside(text, "production/vpc-cni").map(|_| PhysicalId::new(text))
    }

    fn actions() -> &'static [&'static str] {
        &[
            "eks:CreateAddon",
            "eks:CreatePodIdentityAssociation",
            "eks:DeleteAddon",
            "eks:DeletePodIdentityAssociation",
            "eks:DescribeAddon",
            "eks:DescribePodIdentityAssociation",
            "eks:DescribeUpdate",
            "eks:ListAddons",
            "eks:TagResource",
            "eks:UntagResource",
            "eks:UpdateAddon",
            "eks:UpdatePodIdentityAssociation",
            "iam:GetRole",
            "iam:PassRole",
        ]
    }
}

/// The text has to be one JSON object: EKS also takes YAML, which doesn't compare.
fn configuration(text: &str) -> Option<Finding> {
    let finding = match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(_)) => return None,
        Ok(_) => Finding::on("configuration_values", "the settings of an add-on are a JSON object"),
        Err(error) => Finding::on("configuration_values", format!("the settings are no JSON: {error}")),
    };
    Some(finding.help("write a map in the settings of the phase, and `{{ … | to_json }}` here"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use serde_json::json;

    fn base() -> Json {
        json!({
            "cluster_name": "prod",
            "addon_name": "vpc-cni",
            "addon_version": "v1.20.4-eksbuild.1",
            "configuration_values": "{\"enableNetworkPolicy\": \"true\"}",
            "pod_identity_associations": [
                {"service_account": "aws-node", "role_arn": "arn:aws:iam::123456789012:role/cni"},
            ],
            "resolve_conflicts": "OVERWRITE",
        })
    }

    #[test]
    fn rules() {
        const IDENTITIES: &str = "/pod_identity_associations";
        assert_rules::<Addon>(
            &base(),
            &[
                (&[("/addon_version", json!("1.20.4"))], "no version of an add-on"),
                (&[("/addon_version", json!("v1.20.4"))], ""),
                (&[("/addon_name", json!("VPC CNI"))], "doesn't match"),
                (&[("/service_account_role_arn", json!("cni"))], "no Amazon resource name"),
                (&[("/pod_identity_associations/0/role_arn", json!("cni"))], "no Amazon resource name"),
                (&[("/pod_identity_associations/0/service_account", json!("AWS node"))], "service account"),
                (
                    &[(
                        IDENTITIES,
                        json!([
                            {"service_account": "a", "role_arn": "arn:aws:iam::123456789012:role/cni"},
                            {"service_account": "a", "role_arn": "arn:aws:iam::123456789012:role/cni"},
                        ]),
                    )],
                    "twice",
                ),
                (&[("/configuration_values", json!("enable: true"))], "no JSON"),
                (&[("/configuration_values", json!("[]"))], "a JSON object"),
                (&[("/namespace_config", json!({"namespace": "Kube"}))], "no name of a namespace"),
                (&[("/namespace_config", json!({"namespace": "networking"}))], ""),
                (&[("/resolve_conflicts", json!("FORCE"))], "none of NONE, OVERWRITE, PRESERVE"),
            ],
        );
    }

    #[test]
    fn it_needs_its_cluster_and_is_there_once() {
        assert_eq!(World::default().create::<Addon>(&base()).unwrap_err(), "ResourceNotFoundException");
        let sky = || World::default().with("aws.eks.cluster", "prod", "us-east-1", json!({"name": "prod"}));
        assert!(sky().create::<Addon>(&base()).is_ok());
        let taken = sky().with(Addon::TYPE, "prod/vpc-cni", "us-east-1", base());
        assert_eq!(taken.create::<Addon>(&base()).unwrap_err(), "ResourceInUseException");
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<Addon>(&base());
    }
}
