//! `aws.eks.node_group`: nodes that EKS keeps running.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{node_group_rules, node_prices};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A group of EC2 instances that are nodes of a cluster, kept up and updated by EKS.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateNodegroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The cluster, by its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.eks.cluster", "x-holds" = true))]
    pub cluster_name: String,
    /// Its name, unique in the cluster.
    #[schemars(
        regex(pattern = r"^[0-9A-Za-z][0-9A-Za-z_-]*$"),
        length(min = 1, max = 63),
        extend("x-immutable" = true)
    )]
    pub nodegroup_name: String,
    /// The role of the nodes.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.iam.role"))]
    pub node_role: String,
    /// The subnets that nodes are started in.
    #[schemars(
        length(min = 1),
        extend("x-immutable" = true, "x-collection" = "set", "x-refers" = "aws.ec2.subnet", "x-holds" = true)
    )]
    pub subnets: Vec<String>,
    /// How many nodes there are.
    pub scaling_config: Option<ScalingConfig>,
    /// Instance types; of on-demand capacity the first that is to be had.
    #[schemars(length(min = 1, max = 20), extend("x-immutable" = true, "x-default" = "provider"))]
    pub instance_types: Option<Vec<String>>,
    /// How capacity is bought.
    #[schemars(extend("x-immutable" = true, "default" = "ON_DEMAND"))]
    pub capacity_type: Option<CapacityType>,
    /// The machine image.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub ami_type: Option<AmiType>,
    /// The size of each node's root volume in GiB.
    #[schemars(range(min = 1, max = 16384), extend("x-immutable" = true, "x-default" = "provider"))]
    pub disk_size: Option<i64>,
    /// Labels of the nodes by key.
    pub labels: Option<BTreeMap<String, String>>,
    /// Taints of the nodes.
    #[schemars(length(max = 50), extend("x-collection" = "list(key,effect)"))]
    pub taints: Option<Vec<Taint>>,
    /// What instances are started from, where this group's own settings don't suffice.
    pub launch_template: Option<LaunchTemplate>,
    /// How many nodes an update takes at a time.
    pub update_config: Option<UpdateConfig>,
    /// Whether nodes that fail are repaired.
    pub node_repair_config: Option<NodeRepairConfig>,
    /// Instances that wait, prepared, to become nodes.
    pub warm_pool_config: Option<WarmPoolConfig>,
    /// Who may log in to the nodes.
    #[schemars(extend("x-immutable" = true))]
    pub remote_access: Option<RemoteAccess>,
    /// The Kubernetes version of the nodes; the cluster's where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub version: Option<String>,
    /// The version of the image, such as `1.35.0-20260101`.
    #[schemars(extend("x-default" = "provider"))]
    pub release_version: Option<String>,
    /// Whether an update goes on although pods can't be moved away.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_update: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupScalingConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScalingConfig {
    /// How many nodes there are at least.
    #[schemars(range(min = 0), extend("x-default" = "provider"))]
    pub min_size: Option<i64>,
    /// How many nodes there are at most.
    #[schemars(range(min = 1), extend("x-default" = "provider"))]
    pub max_size: Option<i64>,
    /// How many there are now; leave it out, or ignore it, where an autoscaler decides.
    #[schemars(range(min = 0), extend("x-default" = "provider"))]
    pub desired_size: Option<i64>,
}

/// How capacity is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CapacityType {
    OnDemand,
    Spot,
    CapacityBlock,
}

/// The machine image of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types, reason = "the API's own names, which say more than any rewording")]
pub enum AmiType {
    AL2_x86_64,
    AL2_x86_64_GPU,
    AL2_ARM_64,
    CUSTOM,
    BOTTLEROCKET_ARM_64,
    BOTTLEROCKET_x86_64,
    BOTTLEROCKET_ARM_64_FIPS,
    BOTTLEROCKET_x86_64_FIPS,
    BOTTLEROCKET_ARM_64_NVIDIA,
    BOTTLEROCKET_x86_64_NVIDIA,
    BOTTLEROCKET_ARM_64_NVIDIA_FIPS,
    BOTTLEROCKET_x86_64_NVIDIA_FIPS,
    WINDOWS_CORE_2019_x86_64,
    WINDOWS_FULL_2019_x86_64,
    WINDOWS_CORE_2022_x86_64,
    WINDOWS_FULL_2022_x86_64,
    WINDOWS_CORE_2025_x86_64,
    WINDOWS_FULL_2025_x86_64,
    AL2023_x86_64_STANDARD,
    AL2023_ARM_64_STANDARD,
    AL2023_x86_64_NEURON,
    AL2023_x86_64_NVIDIA,
    AL2023_ARM_64_NVIDIA,
}

impl AmiType {
    /// Whether it runs on ARM processors; `None` of an image of one's own.
    pub(super) fn is_arm(self) -> Option<bool> {
        match self {
            AmiType::CUSTOM => None,
            AmiType::AL2_ARM_64
            | AmiType::BOTTLEROCKET_ARM_64
            | AmiType::BOTTLEROCKET_ARM_64_FIPS
            | AmiType::BOTTLEROCKET_ARM_64_NVIDIA
            | AmiType::BOTTLEROCKET_ARM_64_NVIDIA_FIPS
            | AmiType::AL2023_ARM_64_STANDARD
            | AmiType::AL2023_ARM_64_NVIDIA => Some(true),
            _ => Some(false),
        }
    }

    /// Whether it is an image of Amazon Linux 2, which EKS makes for no version after 1.32.
    pub(super) fn is_amazon_linux_2(self) -> bool {
        matches!(self, AmiType::AL2_x86_64 | AmiType::AL2_x86_64_GPU | AmiType::AL2_ARM_64)
    }

    /// Whether it is one of Bottlerocket.
    pub(super) fn is_bottlerocket(self) -> bool {
        matches!(
            self,
            AmiType::BOTTLEROCKET_ARM_64
                | AmiType::BOTTLEROCKET_x86_64
                | AmiType::BOTTLEROCKET_ARM_64_FIPS
                | AmiType::BOTTLEROCKET_x86_64_FIPS
                | AmiType::BOTTLEROCKET_ARM_64_NVIDIA
                | AmiType::BOTTLEROCKET_x86_64_NVIDIA
                | AmiType::BOTTLEROCKET_ARM_64_NVIDIA_FIPS
                | AmiType::BOTTLEROCKET_x86_64_NVIDIA_FIPS
        )
    }

    fn is_windows(self) -> bool {
        matches!(
            self,
            AmiType::WINDOWS_CORE_2019_x86_64
                | AmiType::WINDOWS_FULL_2019_x86_64
                | AmiType::WINDOWS_CORE_2022_x86_64
                | AmiType::WINDOWS_FULL_2022_x86_64
                | AmiType::WINDOWS_CORE_2025_x86_64
                | AmiType::WINDOWS_FULL_2025_x86_64
        )
    }
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_Taint.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Taint {
    /// Its key.
    #[schemars(length(min = 1, max = 63))]
    pub key: String,
    /// Its value.
    #[schemars(length(max = 63))]
    pub value: Option<String>,
    pub effect: TaintEffect,
}

/// What becomes of pods that don't tolerate a taint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TaintEffect {
    NoSchedule,
    NoExecute,
    PreferNoSchedule,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_LaunchTemplateSpecification.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LaunchTemplate {
    /// Its id, instead of its name.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.launch_template"))]
    pub id: Option<String>,
    /// Its name, instead of its id.
    #[schemars(extend("x-immutable" = true))]
    pub name: Option<String>,
    /// Its version; the template's default where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub version: Option<String>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupUpdateConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpdateConfig {
    /// How many nodes are taken at a time.
    #[schemars(range(min = 1, max = 100))]
    pub max_unavailable: Option<i64>,
    /// The same in percent.
    #[schemars(range(min = 1, max = 100))]
    pub max_unavailable_percentage: Option<i64>,
    /// Whether new nodes come before old ones go (`DEFAULT`), or after (`MINIMAL`).
    #[schemars(extend("default" = "DEFAULT"))]
    pub update_strategy: Option<UpdateStrategy>,
}

/// Whether new nodes come before old ones go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpdateStrategy {
    Default,
    Minimal,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_NodeRepairConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRepairConfig {
    /// Whether unhealthy nodes are replaced.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
    /// With more unhealthy nodes than this, repair stops.
    #[schemars(range(min = 1))]
    pub max_unhealthy_node_threshold_count: Option<i64>,
    /// The same in percent.
    #[schemars(range(min = 1, max = 100))]
    pub max_unhealthy_node_threshold_percentage: Option<i64>,
    /// How many nodes are repaired at a time.
    #[schemars(range(min = 1))]
    pub max_parallel_nodes_repaired_count: Option<i64>,
    /// The same in percent of the unhealthy ones.
    #[schemars(range(min = 1, max = 100))]
    pub max_parallel_nodes_repaired_percentage: Option<i64>,
    /// What is done otherwise for some faults.
    #[schemars(extend("x-collection" = "list(node_monitoring_condition,node_unhealthy_reason)"))]
    pub node_repair_config_overrides: Option<Vec<NodeRepairOverride>>,
}

/// What is done for one fault of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeRepairOverride {
    /// The condition that the monitoring agent reports.
    pub node_monitoring_condition: String,
    /// The reason that it gives.
    pub node_unhealthy_reason: String,
    /// How many minutes pass before.
    #[schemars(range(min = 1))]
    pub min_repair_wait_time_mins: i64,
    pub repair_action: RepairAction,
}

/// What is done with a node that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RepairAction {
    Replace,
    Reboot,
    NoAction,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_WarmPoolConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WarmPoolConfig {
    /// Whether instances are kept ready beside the nodes.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
    /// How many instances wait at least.
    #[schemars(range(min = 0), extend("default" = 0))]
    pub min_size: Option<i64>,
    /// How many instances there are at most, nodes included.
    #[schemars(range(min = 0), extend("x-default" = "provider"))]
    pub max_group_prepared_capacity: Option<i64>,
    /// How they wait.
    #[schemars(extend("default" = "STOPPED"))]
    pub pool_state: Option<WarmPoolState>,
    /// Whether nodes that are no longer needed wait too.
    #[schemars(extend("default" = false))]
    pub reuse_on_scale_in: Option<bool>,
}

/// How prepared instances wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WarmPoolState {
    Stopped,
    Running,
    Hibernated,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteAccess {
    /// The name of a key pair of EC2. (`ec2SshKey` in the API.)
    pub ec2_ssh_key: Option<String>,
    /// The security groups that may connect; with none, the whole internet may.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.security_group"))]
    pub source_security_groups: Option<Vec<String>>,
}

/// A node group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// `cluster/group`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Such as `ACTIVE`.
    pub status: String,
    /// The autoscaling groups behind it.
    pub autoscaling_group_names: Vec<String>,
}

/// The kind itself.
pub struct NodeGroup;

impl Kind for NodeGroup {
    const TYPE: &'static str = "aws.eks.node_group";
    const IDENTITY: &'static [&'static str] = &["cluster_name", "nodegroup_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        node_group_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(180, 240, 240)
            .visible_after(30)
            .computes("id", "{spec.cluster_name}/{spec.nodegroup_name}")
            .computes(
                "arn",
                "arn:aws:eks:{region}:{account}:nodegroup/{spec.cluster_name}/{spec.nodegroup_name}/{hex:32}",
            )
            .computes("status", "ACTIVE")
            .computes("autoscaling_group_names", r#"json:["eks-{spec.nodegroup_name}-{hex:32}"]"#);
        priced(profile, spec)
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (Call::Create { spec, .. } | Call::Update { spec, .. }) = &call else {
            return Ok(());
        };
        let spec = *spec;
        let cluster = super::cluster_here(cloud, &spec.cluster_name);
        if cluster.is_none() {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!("No cluster found for name: {}.", spec.cluster_name),
            ));
        }
        let version = cluster.map_or(Json::Null, |attributes| attributes["version"].clone());
        let ahead = spec.version.as_deref().and_then(super::version::minor)
            > version.as_str().and_then(super::version::minor);
        if ahead && !version.is_null() {
            return Err(Refusal::new(
                "InvalidParameterException",
                format!("the node group's version is ahead of the cluster's, {version}"),
            ));
        }
        if let Call::Create { attributes, .. } = call {
            let taken = super::all_here(cloud, Self::TYPE).any(|other| {
                other["cluster_name"] == spec.cluster_name && other["nodegroup_name"] == spec.nodegroup_name
            });
            if taken {
                return Err(Refusal::new(
                    "ResourceInUseException",
                    format!("NodeGroup already exists with name {}", spec.nodegroup_name),
                ));
            }
            if spec.version.is_none() && !version.is_null() {
                attributes.insert("version".into(), version);
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::inside(text, "production/general").map(|_| PhysicalId::new(text))
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeSubnets",
            "ec2:RunInstances",
            "eks:CreateNodegroup",
            "eks:DeleteNodegroup",
            "eks:DescribeNodegroup",
            "eks:DescribeUpdate",
            "eks:ListNodegroups",
            "eks:TagResource",
            "eks:UntagResource",
            "eks:UpdateNodegroupConfig",
            "eks:UpdateNodegroupVersion",
            "iam:CreateServiceLinkedRole",
            "iam:GetRole",
            "iam:PassRole",
        ]
    }
}

/// What EKS starts where nothing names a type.
const DEFAULT_INSTANCE_TYPE: &str = "t3.medium";

/// A GiB of gp3 storage for a month in us-east-1. <https://aws.amazon.com/ebs/pricing/>
const USD_PER_GIB_MONTH: f64 = 0.08;

/// Adds the price of as many nodes as are desired, all of the first type. Where a launch template
/// may name the type or the volume, their price isn't known from here.
fn priced(profile: Profile, spec: &Spec) -> Profile {
    let scaling = spec.scaling_config.as_ref();
    let nodes = scaling.and_then(|scaling| scaling.desired_size.or(scaling.min_size)).unwrap_or(2);
    #[allow(clippy::cast_precision_loss, reason = "no group has so many nodes")]
    let count = nodes as f64;
    let named = spec.instance_types.as_ref().and_then(|types| types.first()).map(String::as_str);
    let instance_type = match (named, &spec.launch_template) {
        (Some(named), _) => named,
        (None, None) => DEFAULT_INSTANCE_TYPE,
        (None, Some(_)) => {
            return profile
                .costs_monthly(format!("{nodes} nodes of a launch template: price not known"), 0.0);
        }
    };
    let spot = spec.capacity_type == Some(CapacityType::Spot);
    let profile = match node_prices::usd_per_hour(instance_type) {
        None => profile.costs_monthly(format!("{nodes} × {instance_type}: price not known"), 0.0),
        Some(price) if spot => profile.costs_hourly(
            format!(
                "{nodes} × {instance_type} spot, {:.0} % below list assumed",
                node_prices::SPOT_SAVING * 100.0
            ),
            price * count * (1.0 - node_prices::SPOT_SAVING),
        ),
        Some(price) => profile.costs_hourly(format!("{nodes} × {instance_type} on demand"), price * count),
    };
    if spec.launch_template.is_some() {
        return profile;
    }
    let default_gib = if spec.ami_type.is_some_and(AmiType::is_windows) { 50 } else { 20 };
    let gib = spec.disk_size.unwrap_or(default_gib);
    #[allow(clippy::cast_precision_loss, reason = "16,384 at most")]
    profile.costs_monthly(
        format!("{nodes} root volumes, {gib} GiB gp3 each"),
        gib as f64 * count * USD_PER_GIB_MONTH,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_whole, edited};
    use serde_json::json;

    fn base() -> Json {
        json!({
            "cluster_name": "prod",
            "nodegroup_name": "general",
            "node_role": "arn:aws:iam::123456789012:role/node",
            "subnets": ["subnet-1"],
            "scaling_config": {"min_size": 3, "max_size": 10, "desired_size": 5},
            "instance_types": ["m7g.xlarge"],
        })
    }

    fn monthly(changes: &[(&str, Json)]) -> f64 {
        NodeGroup::profile(&serde_json::from_value(edited(&base(), changes)).unwrap()).usd_per_month()
    }

    #[test]
    fn a_month_costs_what_its_nodes_cost() {
        let volumes = 5.0 * 20.0 * 0.08;
        let nodes = 5.0 * 0.1632 * 730.0;
        assert!((monthly(&[]) - nodes - volumes).abs() < 0.01);
        let spot = monthly(&[("/capacity_type", json!("SPOT"))]);
        assert!((spot - nodes * 0.4 - volumes).abs() < 0.01);
        let fewer = monthly(&[("/scaling_config/desired_size", json!(null))]);
        assert!((fewer - (nodes + volumes) * 0.6).abs() < 0.01);
        let unknown: Spec =
            serde_json::from_value(edited(&base(), &[("/instance_types", json!(["z9.large"]))])).unwrap();
        let profile = NodeGroup::profile(&unknown);
        assert!(profile.prices.iter().any(|price| price.item.contains("z9.large: price not known")));
    }

    #[test]
    fn it_needs_its_cluster_and_a_free_name() {
        let empty = World::default();
        assert_eq!(empty.create::<NodeGroup>(&base()).unwrap_err(), "ResourceNotFoundException");
        let cluster = || {
            World::default().with(
                "aws.eks.cluster",
                "prod",
                "us-east-1",
                json!({"name": "prod", "version": "1.35"}),
            )
        };
        assert_eq!(cluster().create::<NodeGroup>(&base()).unwrap()["version"], "1.35");
        let taken = cluster().with(NodeGroup::TYPE, "prod/general", "us-east-1", base());
        assert_eq!(taken.create::<NodeGroup>(&base()).unwrap_err(), "ResourceInUseException");
        assert!(taken.update::<NodeGroup>("prod/general", &base()).is_ok());
    }

    #[test]
    fn nodes_are_never_ahead_of_the_control_plane() {
        let sky = World::default().with(
            "aws.eks.cluster",
            "prod",
            "us-east-1",
            json!({"name": "prod", "version": "1.35"}),
        );
        for (version, fine) in [("1.34", true), ("1.35", true), ("1.36", false)] {
            let spec = edited(&base(), &[("/version", json!(version))]);
            assert_eq!(sky.update::<NodeGroup>("prod/general", &spec).is_ok(), fine, "{version}");
        }
    }

    #[test]
    fn ids_name_cluster_and_group() {
        assert!(NodeGroup::import_id("prod/general").is_ok());
        assert!(NodeGroup::import_id("general").is_err());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<NodeGroup>(&base());
    }
}
