//! The parts of a cluster's configuration, as the API nests them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VpcConfig {
    /// Subnets of one network in at least two availability zones.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.subnet", "x-holds" = true))]
    pub subnet_ids: Vec<String>,
    /// Security groups of the control plane's interfaces, besides the one that EKS makes.
    #[schemars(extend("x-collection" = "set", "x-refers" = "aws.ec2.security_group", "x-holds" = true))]
    pub security_group_ids: Option<Vec<String>>,
    /// Whether the API server is reached from the internet.
    #[schemars(extend("default" = true))]
    pub endpoint_public_access: Option<bool>,
    /// Whether the API server is reached within the network.
    #[schemars(extend("default" = false))]
    pub endpoint_private_access: Option<bool>,
    /// The ranges that may reach the public endpoint.
    #[schemars(extend("default" = ["0.0.0.0/0"], "x-collection" = "set", "x-exclusive" = true))]
    pub public_access_cidrs: Option<Vec<String>>,
    /// Who routes what leaves the control plane.
    #[schemars(extend("x-default" = "provider"))]
    pub control_plane_egress_mode: Option<ControlPlaneEgressMode>,
}

/// Who routes what leaves the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ControlPlaneEgressMode {
    AwsManaged,
    CustomerRouted,
    CustomerIsolated,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubernetesNetworkConfig {
    /// The private range of service addresses, from /12 to /24, apart from the network's own.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub service_ipv4_cidr: Option<String>,
    /// The family of pod and service addresses.
    #[schemars(extend("x-immutable" = true, "default" = "ipv4"))]
    pub ip_family: Option<IpFamily>,
    /// Load balancers that AWS runs (EKS Auto Mode).
    pub elastic_load_balancing: Option<ElasticLoadBalancing>,
}

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpFamily {
    Ipv4,
    Ipv6,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_ElasticLoadBalancing.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElasticLoadBalancing {
    /// Whether load balancers are made without a controller of one's own.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
    /// The Kubernetes Gateway API of the load balancing.
    pub gateway_api: Option<GatewayApi>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_GatewayApiConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayApi {
    /// Who installs its custom resource definitions.
    pub crds: Option<GatewayApiCrds>,
}

/// Who installs the custom resource definitions of the Gateway API.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayApiCrds {
    /// Whether EKS does.
    #[schemars(extend("x-default" = "provider"))]
    pub managed: Option<bool>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_Logging.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Logging {
    /// Which types of log are on, and which are off.
    #[schemars(extend("x-collection" = "list(enabled)"))]
    pub cluster_logging: Option<Vec<LogSetup>>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_LogSetup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogSetup {
    /// The sorts of logs.
    #[schemars(extend("x-collection" = "set"))]
    pub types: Vec<LogType>,
    /// Whether they are written.
    pub enabled: bool,
}

/// A log of the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum LogType {
    Api,
    Audit,
    Authenticator,
    ControllerManager,
    Scheduler,
}

impl LogType {
    /// The API's own word.
    pub(super) fn word(self) -> &'static str {
        match self {
            LogType::Api => "api",
            LogType::Audit => "audit",
            LogType::Authenticator => "authenticator",
            LogType::ControllerManager => "controllerManager",
            LogType::Scheduler => "scheduler",
        }
    }
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_EncryptionConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionConfig {
    /// What is encrypted: only `secrets` is supported.
    #[schemars(length(min = 1, max = 1), extend("x-collection" = "set"))]
    pub resources: Vec<EncryptedResource>,
    pub provider: EncryptionProvider,
}

/// What can be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EncryptedResource {
    Secrets,
}

/// The key that something is encrypted with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EncryptionProvider {
    /// A symmetric key of the cluster's region, by its ARN or its alias's.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub key_arn: String,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AccessConfig {
    /// Where users come from. It can go from the config map to access entries, never back.
    #[schemars(extend("x-default" = "provider"))]
    pub authentication_mode: Option<AuthenticationMode>,
    /// Whether whoever creates the cluster becomes its administrator.
    #[schemars(extend("default" = true, "x-immutable" = true))]
    pub bootstrap_cluster_creator_admin_permissions: Option<bool>,
}

/// Where the users of a cluster come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthenticationMode {
    /// Access entries.
    Api,
    /// Both.
    ApiAndConfigMap,
    /// The config map `aws-auth`.
    ConfigMap,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_UpgradePolicyRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UpgradePolicy {
    /// `STANDARD`: at the end of standard support AWS upgrades it. `EXTENDED`: it stays, at six
    /// times the price.
    #[schemars(extend("default" = "EXTENDED"))]
    pub support_type: Option<SupportType>,
}

/// What happens at the end of standard support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SupportType {
    Standard,
    Extended,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_ZonalShiftConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ZonalShiftConfig {
    /// Whether AWS may move traffic away from a zone that fails.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_ComputeConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComputeConfig {
    /// Whether AWS runs the nodes, as EKS Auto Mode.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
    /// The built-in node pools that are on.
    #[schemars(extend("x-collection" = "set"))]
    pub node_pools: Option<Vec<NodePool>>,
    /// The role of the nodes.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub node_role_arn: Option<String>,
}

/// A built-in node pool of EKS Auto Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodePool {
    GeneralPurpose,
    System,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_StorageConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StorageConfig {
    pub block_storage: Option<BlockStorage>,
}

/// Volumes that AWS runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockStorage {
    /// Whether volumes are made without a driver of one's own.
    #[schemars(extend("default" = false))]
    pub enabled: Option<bool>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteNetworkConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteNetworkConfig {
    /// Where nodes on premises have their addresses.
    #[schemars(length(max = 1))]
    pub remote_node_networks: Option<Vec<RemoteNetwork>>,
    /// Where pods on premises have theirs.
    #[schemars(length(max = 1))]
    pub remote_pod_networks: Option<Vec<RemoteNetwork>>,
}

/// Private IPv4 ranges on premises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemoteNetwork {
    /// The ranges, such as `10.200.0.0/16`.
    #[schemars(extend("x-collection" = "set"))]
    pub cidrs: Vec<String>,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_OutpostConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutpostConfig {
    /// The one Outpost that it runs on.
    #[schemars(length(min = 1, max = 1))]
    pub outpost_arns: Vec<String>,
    /// The instance type of the control plane.
    pub control_plane_instance_type: String,
    pub control_plane_placement: Option<ControlPlanePlacement>,
    /// The instance type of etcd.
    pub etcd_instance_type: Option<String>,
    pub etcd_placement: Option<EtcdPlacement>,
}

/// How the control plane's instances are placed on an Outpost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlPlanePlacement {
    /// The placement group that they start in.
    pub group_name: Option<String>,
    pub spread_level: Option<SpreadLevel>,
}

/// How etcd's instances are placed on an Outpost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EtcdPlacement {
    pub spread_level: Option<SpreadLevel>,
}

/// What instances are spread over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SpreadLevel {
    Host,
    Rack,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_ControlPlaneScalingConfig.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlPlaneScalingConfig {
    /// How much it keeps ready; more than `standard` costs more.
    #[schemars(extend("default" = "standard"))]
    pub tier: Option<ControlPlaneTier>,
}

/// How much a control plane keeps ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ControlPlaneTier {
    /// AWS scales it with its load.
    #[serde(rename = "standard")]
    Standard,
    #[serde(rename = "tier-xl")]
    Xl,
    #[serde(rename = "tier-2xl")]
    Xl2,
    #[serde(rename = "tier-4xl")]
    Xl4,
    #[serde(rename = "tier-8xl")]
    Xl8,
}

impl ControlPlaneTier {
    pub(super) fn is_standard(self) -> bool {
        self == ControlPlaneTier::Standard
    }
}

impl fmt::Display for ControlPlaneTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ControlPlaneTier::Standard => "standard",
            ControlPlaneTier::Xl => "tier-xl",
            ControlPlaneTier::Xl2 => "tier-2xl",
            ControlPlaneTier::Xl4 => "tier-4xl",
            ControlPlaneTier::Xl8 => "tier-8xl",
        })
    }
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubeApiServerConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubeApiServerConfig {
    /// For how long events are kept, in one unit: `30m`, `1h`.
    #[schemars(regex(pattern = r"^[1-9][0-9]*[smh]$"), extend("x-default" = "provider"))]
    pub event_ttl: Option<String>,
    /// The ports of services of the type NodePort.
    #[schemars(extend("x-default" = "provider"))]
    pub service_node_port_range: Option<ServiceNodePortRange>,
}

/// The ports of services of the type NodePort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceNodePortRange {
    /// The first port.
    pub min_port: u16,
    /// The last port.
    pub max_port: u16,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubeSchedulerConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubeSchedulerConfig {
    pub node_resources_fit: Option<NodeResourcesFit>,
}

/// How nodes are ranked by what is free on them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NodeResourcesFit {
    pub scoring_strategy: Option<ScoringStrategy>,
}

/// How nodes are ranked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoringStrategy {
    /// Whether emptier or fuller nodes rank higher.
    #[serde(rename = "type")]
    #[schemars(extend("default" = "LeastAllocated"))]
    pub strategy: Option<ScoringStrategyType>,
    /// What counts, and how much.
    #[schemars(length(max = 100), extend("x-collection" = "list(name)"))]
    pub resources: Option<Vec<ResourceWeight>>,
}

/// Whether emptier or fuller nodes rank higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ScoringStrategyType {
    LeastAllocated,
    MostAllocated,
}

/// How much a resource counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceWeight {
    /// Such as `cpu`.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// How much it counts.
    #[schemars(range(min = 1, max = 100))]
    pub weight: i64,
}

/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_KubeControllerManagerConfigRequest.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubeControllerManagerConfig {
    pub pod_gc_controller_config: Option<PodGcControllerConfig>,
    pub horizontal_pod_autoscaler_controller_config: Option<HorizontalPodAutoscalerControllerConfig>,
}

/// When pods that have ended are removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PodGcControllerConfig {
    /// How many of them there may be.
    #[schemars(range(min = 1, max = 1_000_000), extend("x-default" = "provider"))]
    pub terminated_pod_gc_threshold: Option<i64>,
}

/// How often horizontal pod autoscalers look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HorizontalPodAutoscalerControllerConfig {
    /// In one unit: `15s`, `1m`.
    #[schemars(regex(pattern = r"^[1-9][0-9]*[smh]$"), extend("x-default" = "provider"))]
    pub horizontal_pod_autoscaler_sync_period: Option<String>,
}
