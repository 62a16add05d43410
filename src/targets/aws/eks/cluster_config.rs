//! The parts of a cluster's configuration: from the specification to what the API takes, with the
//! defaults of fields that aren't set, and back from what it gives.

use aws_sdk_eks::types::{
    AccessConfigResponse, BlockStorage, ComputeConfigRequest, ComputeConfigResponse,
    ControlPlaneEgressModeType, ControlPlanePlacementRequest, ControlPlanePlacementResponse,
    ControlPlaneScalingConfig, CreateAccessConfigRequest, ElasticLoadBalancing, EncryptionConfig,
    EtcdPlacementRequest, EtcdPlacementResponse, KubernetesNetworkConfigRequest,
    KubernetesNetworkConfigResponse, LogSetup, LogType, Logging, OutpostConfigRequest, OutpostConfigResponse,
    Provider, RemoteNetworkConfigRequest, RemoteNetworkConfigResponse, RemoteNodeNetwork, RemotePodNetwork,
    StorageConfigRequest, StorageConfigResponse, UpgradePolicyRequest, UpgradePolicyResponse,
    VpcConfigRequest, VpcConfigResponse, ZonalShiftConfigRequest, ZonalShiftConfigResponse,
};

use crate::kinds::aws::eks::cluster::Spec;
use crate::kinds::aws::eks::cluster_config as spec;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::targets::aws::words::{given, meaning, word};

/// Every type of log that there is.
const LOGS: [spec::LogType; 5] = [
    spec::LogType::Api,
    spec::LogType::Audit,
    spec::LogType::Authenticator,
    spec::LogType::ControllerManager,
    spec::LogType::Scheduler,
];

/// What the specification asks for and the SDK has no field for.
pub(super) fn unsupported(spec: &Spec) -> Answer<()> {
    let balancing =
        spec.kubernetes_network_config.as_ref().and_then(|config| config.elastic_load_balancing.as_ref());
    let fields = [
        ("kube_api_server_config", spec.kube_api_server_config.is_some()),
        ("kube_scheduler_config", spec.kube_scheduler_config.is_some()),
        ("kube_controller_manager_config", spec.kube_controller_manager_config.is_some()),
        (
            "kubernetes_network_config.elastic_load_balancing.gateway_api",
            balancing.is_some_and(|balancing| balancing.gateway_api.is_some()),
        ),
    ];
    match fields.iter().find(|(_, set)| *set) {
        None => Ok(()),
        Some((field, _)) => Err(CallError::refused(
            ErrorKind::Invalid,
            "UnsupportedField",
            format!("`{field}` can't be set yet: the AWS SDK that Ninefold is built with doesn't know it"),
        )),
    }
}

/// The network of a new cluster.
pub(super) fn vpc(config: &spec::VpcConfig) -> VpcConfigRequest {
    VpcConfigRequest::builder()
        .set_subnet_ids(Some(config.subnet_ids.clone()))
        .set_security_group_ids(config.security_group_ids.clone())
        .set_endpoint_public_access(config.endpoint_public_access)
        .set_endpoint_private_access(config.endpoint_private_access)
        .set_public_access_cidrs(config.public_access_cidrs.clone())
        .set_control_plane_egress_mode(egress(config))
        .build()
}

/// Who reaches the endpoint.
pub(super) fn endpoint(config: &spec::VpcConfig) -> VpcConfigRequest {
    let public = config.endpoint_public_access.unwrap_or(true);
    let everyone = || vec!["0.0.0.0/0".to_owned()];
    VpcConfigRequest::builder()
        .endpoint_public_access(public)
        .endpoint_private_access(config.endpoint_private_access.unwrap_or(false))
        .set_public_access_cidrs(
            public.then(|| sorted(config.public_access_cidrs.clone().unwrap_or_else(everyone))),
        )
        .build()
}

/// Where the control plane's interfaces are.
pub(super) fn interfaces(config: &spec::VpcConfig) -> VpcConfigRequest {
    VpcConfigRequest::builder()
        .set_subnet_ids(Some(sorted(config.subnet_ids.clone())))
        .set_security_group_ids(Some(sorted(config.security_group_ids.clone().unwrap_or_default())))
        .build()
}

/// Who routes what leaves the control plane.
pub(super) fn egress_mode(config: &spec::VpcConfig) -> VpcConfigRequest {
    VpcConfigRequest::builder().set_control_plane_egress_mode(egress(config)).build()
}

fn egress(config: &spec::VpcConfig) -> Option<ControlPlaneEgressModeType> {
    config.control_plane_egress_mode.as_ref().map(|mode| word(mode).as_str().into())
}

/// A set in one order, so that two of them compare.
fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort_unstable();
    items
}

pub(super) fn observed_vpc(config: &VpcConfigResponse) -> Answer<spec::VpcConfig> {
    Ok(spec::VpcConfig {
        subnet_ids: config.subnet_ids().to_vec(),
        security_group_ids: filled(config.security_group_ids()),
        endpoint_public_access: Some(config.endpoint_public_access()),
        endpoint_private_access: Some(config.endpoint_private_access()),
        public_access_cidrs: filled(config.public_access_cidrs()),
        control_plane_egress_mode: config
            .control_plane_egress_mode()
            .map(|mode| meaning(mode.as_str()))
            .transpose()?,
    })
}

fn filled(items: &[String]) -> Option<Vec<String>> {
    (!items.is_empty()).then(|| items.to_vec())
}

/// The addresses of a new cluster, and its load balancers.
pub(super) fn kubernetes_network(config: &spec::KubernetesNetworkConfig) -> KubernetesNetworkConfigRequest {
    KubernetesNetworkConfigRequest::builder()
        .set_service_ipv4_cidr(config.service_ipv4_cidr.clone())
        .set_ip_family(config.ip_family.as_ref().map(|family| word(family).as_str().into()))
        .set_elastic_load_balancing(
            config
                .elastic_load_balancing
                .as_ref()
                .map(|balancing| ElasticLoadBalancing::builder().set_enabled(balancing.enabled).build()),
        )
        .build()
}

/// Load balancers alone: all of it that can change.
pub(super) fn load_balancing(
    config: Option<&spec::KubernetesNetworkConfig>,
) -> KubernetesNetworkConfigRequest {
    let enabled = config.and_then(|config| config.elastic_load_balancing.as_ref()?.enabled).unwrap_or(false);
    KubernetesNetworkConfigRequest::builder()
        .elastic_load_balancing(ElasticLoadBalancing::builder().enabled(enabled).build())
        .build()
}

pub(super) fn observed_kubernetes_network(
    config: &KubernetesNetworkConfigResponse,
) -> Answer<spec::KubernetesNetworkConfig> {
    Ok(spec::KubernetesNetworkConfig {
        service_ipv4_cidr: config.service_ipv4_cidr().map(str::to_owned),
        ip_family: config.ip_family().map(|family| meaning(family.as_str())).transpose()?,
        elastic_load_balancing: config
            .elastic_load_balancing()
            .map(|balancing| spec::ElasticLoadBalancing { enabled: balancing.enabled(), gateway_api: None }),
    })
}

/// Which logs are on. Those that aren't named are named as off: left out, they would stay as they are.
pub(super) fn logging(config: Option<&spec::Logging>) -> Logging {
    let setups = config.and_then(|config| config.cluster_logging.as_deref()).unwrap_or_default();
    let is_on = |log: &spec::LogType| setups.iter().any(|setup| setup.enabled && setup.types.contains(log));
    let setup = |enabled: bool| {
        let types: Vec<LogType> =
            LOGS.iter().filter(|log| is_on(log) == enabled).map(|log| word(log).as_str().into()).collect();
        (!types.is_empty()).then(|| LogSetup::builder().set_types(Some(types)).enabled(enabled).build())
    };
    Logging::builder()
        .set_cluster_logging(Some([true, false].into_iter().filter_map(setup).collect()))
        .build()
}

pub(super) fn observed_logging(config: &Logging) -> Answer<spec::Logging> {
    let setup = |setup: &LogSetup| {
        Ok(spec::LogSetup {
            types: setup.types().iter().map(|log| meaning(log.as_str())).collect::<Answer<_>>()?,
            enabled: setup.enabled().unwrap_or(false),
        })
    };
    let setups = config.cluster_logging().iter().map(setup).collect::<Answer<Vec<_>>>()?;
    Ok(spec::Logging { cluster_logging: (!setups.is_empty()).then_some(setups) })
}

pub(super) fn encryption(config: &spec::EncryptionConfig) -> EncryptionConfig {
    EncryptionConfig::builder()
        .set_resources(Some(config.resources.iter().map(word).collect()))
        .provider(Provider::builder().key_arn(&config.provider.key_arn).build())
        .build()
}

pub(super) fn observed_encryption(config: &EncryptionConfig) -> Answer<spec::EncryptionConfig> {
    Ok(spec::EncryptionConfig {
        resources: config.resources().iter().map(|name| meaning(name)).collect::<Answer<_>>()?,
        provider: spec::EncryptionProvider {
            key_arn: given("keyArn", config.provider().and_then(Provider::key_arn))?.to_owned(),
        },
    })
}

pub(super) fn access(config: &spec::AccessConfig) -> CreateAccessConfigRequest {
    CreateAccessConfigRequest::builder()
        .set_authentication_mode(config.authentication_mode.as_ref().map(|mode| word(mode).as_str().into()))
        .set_bootstrap_cluster_creator_admin_permissions(config.bootstrap_cluster_creator_admin_permissions)
        .build()
}

pub(super) fn observed_access(config: &AccessConfigResponse) -> Answer<spec::AccessConfig> {
    Ok(spec::AccessConfig {
        authentication_mode: config.authentication_mode().map(|mode| meaning(mode.as_str())).transpose()?,
        bootstrap_cluster_creator_admin_permissions: config.bootstrap_cluster_creator_admin_permissions(),
    })
}

pub(super) fn upgrade_policy(config: Option<&spec::UpgradePolicy>) -> UpgradePolicyRequest {
    let support = config.and_then(|config| config.support_type).unwrap_or(spec::SupportType::Extended);
    UpgradePolicyRequest::builder().support_type(word(&support).as_str().into()).build()
}

pub(super) fn observed_upgrade_policy(config: &UpgradePolicyResponse) -> Answer<spec::UpgradePolicy> {
    let support_type = config.support_type().map(|support| meaning(support.as_str())).transpose()?;
    Ok(spec::UpgradePolicy { support_type })
}

pub(super) fn zonal_shift(config: Option<&spec::ZonalShiftConfig>) -> ZonalShiftConfigRequest {
    let enabled = config.and_then(|config| config.enabled).unwrap_or(false);
    ZonalShiftConfigRequest::builder().enabled(enabled).build()
}

pub(super) fn observed_zonal_shift(config: &ZonalShiftConfigResponse) -> spec::ZonalShiftConfig {
    spec::ZonalShiftConfig { enabled: config.enabled() }
}

pub(super) fn compute(config: Option<&spec::ComputeConfig>) -> ComputeConfigRequest {
    ComputeConfigRequest::builder()
        .enabled(config.and_then(|config| config.enabled).unwrap_or(false))
        .set_node_pools(
            config
                .and_then(|config| config.node_pools.as_ref())
                .map(|pools| sorted(pools.iter().map(word).collect())),
        )
        .set_node_role_arn(config.and_then(|config| config.node_role_arn.clone()))
        .build()
}

pub(super) fn observed_compute(config: &ComputeConfigResponse) -> Answer<spec::ComputeConfig> {
    let pools = config.node_pools().iter().map(|pool| meaning(pool)).collect::<Answer<Vec<_>>>()?;
    Ok(spec::ComputeConfig {
        enabled: config.enabled(),
        node_pools: (!pools.is_empty()).then_some(pools),
        node_role_arn: config.node_role_arn().map(str::to_owned),
    })
}

pub(super) fn storage(config: Option<&spec::StorageConfig>) -> StorageConfigRequest {
    let enabled = config.and_then(|config| config.block_storage.as_ref()?.enabled).unwrap_or(false);
    StorageConfigRequest::builder().block_storage(BlockStorage::builder().enabled(enabled).build()).build()
}

pub(super) fn observed_storage(config: &StorageConfigResponse) -> spec::StorageConfig {
    let block_storage =
        config.block_storage().map(|storage| spec::BlockStorage { enabled: storage.enabled() });
    spec::StorageConfig { block_storage }
}

pub(super) fn remote_network(config: Option<&spec::RemoteNetworkConfig>) -> RemoteNetworkConfigRequest {
    let ranges = |networks: Option<&Vec<spec::RemoteNetwork>>| -> Vec<Vec<String>> {
        networks.into_iter().flatten().map(|network| sorted(network.cidrs.clone())).collect()
    };
    let nodes = ranges(config.and_then(|config| config.remote_node_networks.as_ref()));
    let pods = ranges(config.and_then(|config| config.remote_pod_networks.as_ref()));
    let node = |cidrs| RemoteNodeNetwork::builder().set_cidrs(Some(cidrs)).build();
    let pod = |cidrs| RemotePodNetwork::builder().set_cidrs(Some(cidrs)).build();
    RemoteNetworkConfigRequest::builder()
        .set_remote_node_networks(Some(nodes.into_iter().map(node).collect()))
        .set_remote_pod_networks(Some(pods.into_iter().map(pod).collect()))
        .build()
}

pub(super) fn observed_remote_network(config: &RemoteNetworkConfigResponse) -> spec::RemoteNetworkConfig {
    let network = |cidrs: &[String]| spec::RemoteNetwork { cidrs: cidrs.to_vec() };
    let nodes: Vec<_> = config.remote_node_networks().iter().map(|n| network(n.cidrs())).collect();
    let pods: Vec<_> = config.remote_pod_networks().iter().map(|n| network(n.cidrs())).collect();
    spec::RemoteNetworkConfig {
        remote_node_networks: (!nodes.is_empty()).then_some(nodes),
        remote_pod_networks: (!pods.is_empty()).then_some(pods),
    }
}

pub(super) fn scaling(config: Option<&spec::ControlPlaneScalingConfig>) -> ControlPlaneScalingConfig {
    let tier = config.and_then(|config| config.tier).unwrap_or(spec::ControlPlaneTier::Standard);
    ControlPlaneScalingConfig::builder().tier(word(&tier).as_str().into()).build()
}

pub(super) fn observed_scaling(
    config: &ControlPlaneScalingConfig,
) -> Answer<spec::ControlPlaneScalingConfig> {
    let tier = config.tier().map(|tier| meaning(tier.as_str())).transpose()?;
    Ok(spec::ControlPlaneScalingConfig { tier })
}

pub(super) fn outpost(config: &spec::OutpostConfig) -> Answer<OutpostConfigRequest> {
    let level = |level: Option<spec::SpreadLevel>| level.map(|level| word(&level).as_str().into());
    OutpostConfigRequest::builder()
        .set_outpost_arns(Some(config.outpost_arns.clone()))
        .control_plane_instance_type(&config.control_plane_instance_type)
        .set_control_plane_placement(config.control_plane_placement.as_ref().map(|placement| {
            ControlPlanePlacementRequest::builder()
                .set_group_name(placement.group_name.clone())
                .set_spread_level(level(placement.spread_level))
                .build()
        }))
        .set_etcd_instance_type(config.etcd_instance_type.clone())
        .set_etcd_placement(config.etcd_placement.as_ref().map(|placement| {
            EtcdPlacementRequest::builder().set_spread_level(level(placement.spread_level)).build()
        }))
        .build()
        .map_err(|error| {
            CallError::refused(ErrorKind::Invalid, "InvalidRequest", format!("`outpost_config`: {error}"))
        })
}

pub(super) fn observed_outpost(config: &OutpostConfigResponse) -> Answer<spec::OutpostConfig> {
    let control_plane = |placement: &ControlPlanePlacementResponse| {
        Answer::Ok(spec::ControlPlanePlacement {
            group_name: placement.group_name().map(str::to_owned),
            spread_level: placement.spread_level().map(|level| meaning(level.as_str())).transpose()?,
        })
    };
    let etcd = |placement: &EtcdPlacementResponse| {
        Answer::Ok(spec::EtcdPlacement {
            spread_level: placement.spread_level().map(|level| meaning(level.as_str())).transpose()?,
        })
    };
    Ok(spec::OutpostConfig {
        outpost_arns: config.outpost_arns().to_vec(),
        control_plane_instance_type: config.control_plane_instance_type().to_owned(),
        control_plane_placement: config.control_plane_placement().map(control_plane).transpose()?,
        etcd_instance_type: config.etcd_instance_type().map(str::to_owned),
        etcd_placement: config.etcd_placement().map(etcd).transpose()?,
    })
}
