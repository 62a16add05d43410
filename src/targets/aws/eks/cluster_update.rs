//! The updates of a cluster. EKS takes one sort of change at a time, and none while another is
//! under way, so that a change of several fields is a row of updates.

use aws_sdk_eks::operation::update_cluster_config::builders::UpdateClusterConfigFluentBuilder as Request;
use aws_sdk_eks::types::UpdateAccessConfigRequest;

use super::cluster_config as config;
use crate::kinds::aws::eks::cluster::Spec;
use crate::targets::aws::words::word;

/// One update.
pub(super) enum Step {
    /// To another version of Kubernetes.
    Version(String),
    /// Of the configuration.
    Config(Box<Config>),
}

/// One update of the configuration.
pub(super) struct Config {
    /// What it is about: part of the idempotency token, so that each update of an operation has its own.
    pub(super) name: &'static str,
    apply: Box<dyn FnOnce(Request) -> Request + Send>,
}

impl Config {
    pub(super) fn apply(self, request: Request) -> Request {
        (self.apply)(request)
    }
}

/// What has still to be done to make a cluster what it is to be, in order, among the fields that
/// `touches` admits.
pub(super) fn steps(there: &Spec, wanted: &Spec, touches: impl Fn(&str) -> bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |name: &'static str, apply: Box<dyn FnOnce(Request) -> Request + Send>| {
        steps.push(Step::Config(Box::new(Config { name, apply })));
    };
    macro_rules! step {
        ($name:literal, $there:expr, $wanted:expr, $set:ident) => {
            let wanted = $wanted;
            if $there != wanted {
                add($name, Box::new(move |request| request.$set(wanted)));
            }
        };
    }
    if touches("access_config")
        && let Some(mode) = wanted.access_config.as_ref().and_then(|access| access.authentication_mode)
        && there.access_config.as_ref().and_then(|access| access.authentication_mode) != Some(mode)
    {
        let access =
            UpdateAccessConfigRequest::builder().authentication_mode(word(&mode).as_str().into()).build();
        add("access", Box::new(move |request| request.access_config(access)));
    }
    if touches("upgrade_policy") {
        let policy = |spec: &Spec| config::upgrade_policy(spec.upgrade_policy.as_ref());
        step!("upgrade-policy", policy(there), policy(wanted), upgrade_policy);
    }
    if touches("logging") {
        let logging = |spec: &Spec| config::logging(spec.logging.as_ref());
        step!("logging", logging(there), logging(wanted), logging);
    }
    if touches("resources_vpc_config") {
        let (from, to) = (&there.resources_vpc_config, &wanted.resources_vpc_config);
        step!("endpoint", config::endpoint(from), config::endpoint(to), resources_vpc_config);
        step!("interfaces", config::interfaces(from), config::interfaces(to), resources_vpc_config);
        if to.control_plane_egress_mode.is_some() {
            step!("egress", config::egress_mode(from), config::egress_mode(to), resources_vpc_config);
        }
    }
    if touches("zonal_shift_config") {
        let shift = |spec: &Spec| config::zonal_shift(spec.zonal_shift_config.as_ref());
        step!("zonal-shift", shift(there), shift(wanted), zonal_shift_config);
    }
    if ["compute_config", "storage_config", "kubernetes_network_config"].into_iter().any(&touches) {
        // The three parts of EKS Auto Mode go on and off together, in one update.
        let auto = |spec: &Spec| {
            (
                config::compute(spec.compute_config.as_ref()),
                config::storage(spec.storage_config.as_ref()),
                config::load_balancing(spec.kubernetes_network_config.as_ref()),
            )
        };
        let (compute, storage, network) = auto(wanted);
        if auto(there) != (compute.clone(), storage.clone(), network.clone()) {
            add(
                "auto-mode",
                Box::new(move |request| {
                    request.compute_config(compute).storage_config(storage).kubernetes_network_config(network)
                }),
            );
        }
    }
    if touches("remote_network_config") {
        let remote = |spec: &Spec| config::remote_network(spec.remote_network_config.as_ref());
        step!("remote-network", remote(there), remote(wanted), remote_network_config);
    }
    if touches("control_plane_scaling_config") {
        let scaling = |spec: &Spec| config::scaling(spec.control_plane_scaling_config.as_ref());
        step!("scaling", scaling(there), scaling(wanted), control_plane_scaling_config);
    }
    if touches("deletion_protection") {
        let protection = |spec: &Spec| spec.deletion_protection.unwrap_or(false);
        step!("protection", protection(there), protection(wanted), deletion_protection);
    }
    if touches("version")
        && let Some(version) = wanted.version.as_ref()
        && there.version.as_ref() != Some(version)
    {
        steps.push(Step::Version(version.clone()));
    }
    steps
}
