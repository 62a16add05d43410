//! `aws.eks.cluster`: a Kubernetes control plane.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cluster_config::{
    AccessConfig, ComputeConfig, ControlPlaneScalingConfig, EncryptionConfig, IpFamily, KubeApiServerConfig,
    KubeControllerManagerConfig, KubeSchedulerConfig, KubernetesNetworkConfig, Logging, OutpostConfig,
    RemoteNetworkConfig, StorageConfig, UpgradePolicy, VpcConfig, ZonalShiftConfig,
};
use super::{cluster_rules, version};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A Kubernetes control plane that AWS runs, in the subnets of one virtual network.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region: letters, digits, hyphens and underscores.
    #[schemars(
        regex(pattern = r"^[0-9A-Za-z][0-9A-Za-z_-]*$"),
        length(min = 1, max = 100),
        extend("x-immutable" = true)
    )]
    pub name: String,
    /// The role with which the control plane calls AWS.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.iam.role"))]
    pub role_arn: String,
    /// The network that the control plane reaches its nodes in, and who reaches its endpoint.
    pub resources_vpc_config: VpcConfig,
    /// The Kubernetes version, such as "1.35"; an update goes up by one minor version at a time.
    #[schemars(extend("x-default" = "provider"))]
    pub version: Option<String>,
    /// The addresses of services and pods.
    pub kubernetes_network_config: Option<KubernetesNetworkConfig>,
    /// Which logs of the control plane go to CloudWatch Logs.
    pub logging: Option<Logging>,
    /// The KMS key that Kubernetes secrets are encrypted with besides AWS's own. It can't be changed
    /// or withdrawn.
    #[schemars(length(max = 1), extend("x-immutable" = true, "x-collection" = "atomic"))]
    pub encryption_config: Option<Vec<EncryptionConfig>>,
    /// How principals of IAM become users of the cluster.
    pub access_config: Option<AccessConfig>,
    /// What happens at the end of the version's standard support.
    pub upgrade_policy: Option<UpgradePolicy>,
    /// Whether traffic may be moved away from an impaired availability zone.
    pub zonal_shift_config: Option<ZonalShiftConfig>,
    /// Nodes that AWS runs (EKS Auto Mode).
    pub compute_config: Option<ComputeConfig>,
    /// Volumes that AWS runs (EKS Auto Mode).
    pub storage_config: Option<StorageConfig>,
    /// The networks of nodes and pods on premises (EKS Hybrid Nodes).
    pub remote_network_config: Option<RemoteNetworkConfig>,
    /// The Outpost that a local cluster runs on.
    #[schemars(extend("x-immutable" = true))]
    pub outpost_config: Option<OutpostConfig>,
    /// The capacity that the control plane keeps ready.
    pub control_plane_scaling_config: Option<ControlPlaneScalingConfig>,
    /// Settings of the API server.
    pub kube_api_server_config: Option<KubeApiServerConfig>,
    /// Settings of the scheduler.
    pub kube_scheduler_config: Option<KubeSchedulerConfig>,
    /// Settings of the controller manager.
    pub kube_controller_manager_config: Option<KubeControllerManagerConfig>,
    /// Whether AWS refuses to delete it.
    #[schemars(extend("default" = false))]
    pub deletion_protection: Option<bool>,
    /// Whether the default network add-ons are installed when it is created.
    #[schemars(extend("default" = true, "x-immutable" = true, "x-write-only" = true))]
    pub bootstrap_self_managed_addons: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A control plane as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The region that it is in.
    pub region: String,
    /// The address of the API server.
    pub endpoint: String,
    /// The PEM certificate of the API server's authority, in base 64.
    pub certificate_authority_data: String,
    /// The address of its OpenID Connect provider, with `https://`.
    pub oidc_issuer: String,
    /// The security group that EKS makes for the control plane and managed nodes.
    pub cluster_security_group_id: String,
    /// The network of its subnets.
    pub vpc_id: Option<String>,
    /// Such as `eks.9`.
    pub platform_version: String,
    /// Such as `ACTIVE`.
    pub status: String,
}

/// The kind itself.
pub struct Cluster;

/// What a new cluster runs where the configuration names no version.
const DEFAULT_VERSION: &str = "1.35";

impl Kind for Cluster {
    const TYPE: &'static str = "aws.eks.cluster";
    const IDENTITY: &'static [&'static str] = &["name"];
    const CONTAINER: bool = true;
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        cluster_rules::findings(spec)
    }

    /// What EKS adds by itself isn't a difference: it shows no ranges while the public endpoint is
    /// off, and the whole of IPv6 beside the whole of IPv4.
    fn project(observed: &Observed) -> Spec {
        let mut spec = observed.spec.clone();
        let network = &mut spec.resources_vpc_config;
        let is_ipv6 = spec.kubernetes_network_config.as_ref().and_then(|config| config.ip_family)
            == Some(IpFamily::Ipv6);
        if network.endpoint_public_access == Some(false) {
            network.public_access_cidrs = None;
        } else if let Some(ranges) = &mut network.public_access_cidrs
            && is_ipv6
            && ranges.iter().any(|range| range == "0.0.0.0/0")
        {
            ranges.retain(|range| range != "::/0");
        }
        spec
    }

    fn profile(spec: &Spec) -> Profile {
        let tier = spec.control_plane_scaling_config.as_ref().and_then(|config| config.tier);
        let mut profile = Profile::seconds(600, 300, 420)
            .visible_after(30)
            .computes("id", "{spec.name}")
            .computes("arn", "arn:aws:eks:{region}:{account}:cluster/{spec.name}")
            .computes("region", "{region}")
            .computes("version", DEFAULT_VERSION)
            .computes("endpoint", "https://{hex:32}.gr7.{region}.eks.amazonaws.com")
            // "-----BEGIN CERTIFICATE-----" in base 64, and no certificate after it.
            .computes("certificate_authority_data", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t{hex:64}")
            .computes("oidc_issuer", "https://oidc.eks.{region}.amazonaws.com/id/{hex:32}")
            .computes("cluster_security_group_id", "sg-{hex:17}")
            .computes_from("platform_version", "eks.{digits:1}", &["version"])
            .computes("status", "ACTIVE")
            // https://aws.amazon.com/eks/pricing/: a version in standard support.
            .costs_hourly("EKS control plane, standard support", 0.10);
        if let Some(tier) = tier.filter(|tier| !tier.is_standard()) {
            // The price of a provisioned tier isn't among those that were looked up.
            profile = profile.costs_monthly(format!("EKS control plane, {tier}: price not known"), 0.0);
        }
        profile
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, attributes } => {
                if super::cluster_here(cloud, &spec.name).is_some() {
                    return Err(Refusal::new(
                        "ResourceInUseException",
                        format!("Cluster already exists with name: {}", spec.name),
                    ));
                }
                if let Some(network) = network(&spec.resources_vpc_config.subnet_ids, cloud)? {
                    attributes.insert("vpc_id".into(), network.into());
                }
                Ok(())
            }
            Call::Update { spec, id, .. } => {
                let Some(before) = super::cluster_here(cloud, id.as_str()) else {
                    return Ok(());
                };
                let old = before["version"].as_str().and_then(version::minor);
                let new = spec.version.as_deref().and_then(version::minor);
                match (old, new) {
                    (Some(old), Some(new)) if new != old && new != old + 1 => Err(Refusal::new(
                        "InvalidParameterException",
                        format!("Unsupported Kubernetes minor version update from 1.{old} to 1.{new}"),
                    )),
                    _ => Ok(()),
                }
            }
            Call::Delete { spec, .. } if spec.deletion_protection == Some(true) => Err(Refusal::new(
                "InvalidRequestException",
                "Cluster has deletion protection enabled: disable it before deleting the cluster",
            )),
            Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::cluster(text).map(PhysicalId::new)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
            "eks:CreateCluster",
            "eks:DeleteCluster",
            "eks:DescribeCluster",
            "eks:DescribeUpdate",
            "eks:ListClusters",
            "eks:TagResource",
            "eks:UntagResource",
            "eks:UpdateClusterConfig",
            "eks:UpdateClusterVersion",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
        ]
    }
}

/// The network that all of the subnets are in; they have to lie in two availability zones.
fn network(subnet_ids: &[String], cloud: &dyn Cloud) -> Result<Option<String>, Refusal> {
    let subnets: Vec<_> = subnet_ids
        .iter()
        .filter_map(|id| cloud.find("aws.ec2.subnet", "id", id))
        .map(|s| s.attributes)
        .collect();
    let distinct = |name: &str| {
        subnets.iter().filter_map(|subnet| subnet[name].as_str()).collect::<std::collections::BTreeSet<_>>()
    };
    if distinct("vpc_id").len() > 1 {
        return Err(Refusal::new(
            "InvalidParameterException",
            "Provided subnets belong to different VPCs: all of them have to be in the same one",
        ));
    }
    if subnets.len() == subnet_ids.len() && distinct("availability_zone").len() == 1 {
        return Err(Refusal::new(
            "InvalidParameterException",
            "Subnets specified must be in at least two different AZs",
        ));
    }
    Ok(distinct("vpc_id").pop_first().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, all_faults, edited};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "name": "prod",
            "role_arn": "arn:aws:iam::123456789012:role/cluster",
            "version": "1.35",
            "resources_vpc_config": {"subnet_ids": ["subnet-1", "subnet-2"]},
        })
    }

    fn sky() -> World {
        let subnet = |zone: &str, vpc: &str| json!({"vpc_id": vpc, "availability_zone": zone});
        World::default()
            .with("aws.ec2.subnet", "subnet-1", "us-east-1", subnet("us-east-1a", "vpc-1"))
            .with("aws.ec2.subnet", "subnet-2", "us-east-1", subnet("us-east-1b", "vpc-1"))
            .with("aws.ec2.subnet", "subnet-3", "us-east-1", subnet("us-east-1b", "vpc-2"))
            .with("aws.ec2.subnet", "subnet-4", "us-east-1", subnet("us-east-1a", "vpc-1"))
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let spec = base();
        assert_eq!(sky().create::<Cluster>(&spec).unwrap()["vpc_id"], "vpc-1");
        let elsewhere = sky().with(Cluster::TYPE, "prod", "eu-west-1", spec.clone());
        assert!(elsewhere.create::<Cluster>(&spec).is_ok());
        let here = sky().with(Cluster::TYPE, "prod", "us-east-1", spec.clone());
        assert_eq!(here.create::<Cluster>(&spec).unwrap_err(), "ResourceInUseException");
    }

    #[test]
    fn its_subnets_lie_in_one_network_and_two_zones() {
        for (subnets, fine) in [
            (["subnet-1", "subnet-2"], true),
            (["subnet-1", "subnet-3"], false),
            (["subnet-1", "subnet-4"], false),
        ] {
            let spec = edited(&base(), &[("/resources_vpc_config/subnet_ids", json!(subnets))]);
            assert_eq!(sky().create::<Cluster>(&spec).is_ok(), fine, "{subnets:?}");
        }
    }

    #[test]
    fn versions_go_up_one_by_one() {
        let sky = sky().with(Cluster::TYPE, "prod", "us-east-1", base());
        for (version, fine) in [("1.35", true), ("1.36", true), ("1.37", false), ("1.34", false)] {
            let spec = edited(&base(), &[("/version", json!(version))]);
            assert_eq!(sky.update::<Cluster>("prod", &spec).is_ok(), fine, "{version}");
        }
    }

    #[test]
    fn deletion_protection_protects() {
        let protected = edited(&base(), &[("/deletion_protection", json!(true))]);
        assert_eq!(sky().delete::<Cluster>("prod", &protected).unwrap_err(), "InvalidRequestException");
        assert!(sky().delete::<Cluster>("prod", &base()).is_ok());
    }

    #[test]
    fn what_eks_adds_by_itself_is_no_difference() {
        let computed = json!({
            "id": "prod", "arn": "a", "region": "us-east-1", "endpoint": "e", "oidc_issuer": "o",
            "certificate_authority_data": "c", "cluster_security_group_id": "sg", "platform_version": "eks.1",
            "status": "ACTIVE", "kubernetes_network_config": {"ip_family": "ipv6"},
        });
        let ranges = |public: bool, ranges: &[&str]| {
            let mut json = edited(
                &base(),
                &[
                    ("/resources_vpc_config/endpoint_public_access", json!(public)),
                    ("/resources_vpc_config/public_access_cidrs", json!(ranges)),
                ],
            );
            json.as_object_mut().unwrap().extend(computed.as_object().unwrap().clone());
            let observed: Observed = serde_json::from_value(json).unwrap();
            Cluster::project(&observed).resources_vpc_config.public_access_cidrs
        };
        assert_eq!(ranges(false, &[]), None);
        assert_eq!(ranges(true, &["0.0.0.0/0", "::/0"]), Some(vec!["0.0.0.0/0".into()]));
        assert_eq!(ranges(true, &["10.0.0.0/8", "::/0"]), Some(vec!["10.0.0.0/8".into(), "::/0".into()]));
    }

    #[test]
    fn a_month_of_a_control_plane_is_73_dollars() {
        let spec: Spec = serde_json::from_value(base()).unwrap();
        assert!((Cluster::profile(&spec).usd_per_month() - 73.0).abs() < 0.001);
    }

    #[test]
    fn a_name_has_its_own_letters() {
        assert_eq!(all_faults::<Cluster>(&base(), &[]), "");
        assert!(all_faults::<Cluster>(&base(), &[("/name", json!("-prod"))]).contains("doesn't match"));
        assert!(Cluster::import_id("prod").is_ok());
        assert!(Cluster::import_id("prod/main").is_err());
    }
}
