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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Json;
    use serde_json::json;

    fn spec(changes: &[(&str, Json)]) -> Spec {
        let mut json = json!({
            "name": "production", "role_arn": "arn:aws:iam::123456789012:role/cluster", "version": "1.34",
            "resources_vpc_config": { "subnet_ids": ["subnet-1", "subnet-2"], "public_access_cidrs": ["203.0.113.0/24"] },
            "logging": { "cluster_logging": [{ "types": ["audit", "api"], "enabled": true }] },
            "upgrade_policy": { "support_type": "STANDARD" },
        });
        for (field, value) in changes {
            json[*field] = value.clone();
        }
        serde_json::from_value(json).unwrap()
    }

    /// The names of the updates from one specification to another.
    fn names(there: &Spec, wanted: &Spec, touches: impl Fn(&str) -> bool) -> Vec<String> {
        let name = |step: Step| match step {
            Step::Version(version) => format!("version {version}"),
            Step::Config(config) => config.name.to_owned(),
        };
        steps(there, wanted, touches).into_iter().map(name).collect()
    }

    #[test]
    fn each_sort_of_change_is_an_update_of_its_own_and_the_version_comes_last() {
        let wanted = spec(&[
            ("version", json!("1.35")),
            (
                "resources_vpc_config",
                json!({ "subnet_ids": ["subnet-1", "subnet-3"], "endpoint_private_access": true }),
            ),
            ("compute_config", json!({ "enabled": true, "node_pools": ["system"] })),
            ("storage_config", json!({ "block_storage": { "enabled": true } })),
            ("zonal_shift_config", json!({ "enabled": true })),
            ("deletion_protection", json!(true)),
        ]);
        let all = ["zonal-shift", "auto-mode", "protection", "version 1.35"];
        let there = spec(&[]);
        assert_eq!(names(&there, &wanted, |field| field != "resources_vpc_config"), all);
        assert_eq!(
            names(&there, &wanted, |field| field == "resources_vpc_config"),
            ["endpoint", "interfaces"]
        );
        assert_eq!(names(&wanted, &wanted, |_| true), Vec::<String>::new());
        assert_eq!(names(&there, &wanted, |_| false), Vec::<String>::new());
    }

    #[test]
    fn an_order_or_a_default_is_no_change_and_what_is_withdrawn_goes_back() {
        let same = spec(&[
            (
                "resources_vpc_config",
                json!({ "subnet_ids": ["subnet-2", "subnet-1"], "endpoint_public_access": true,
                "endpoint_private_access": false, "public_access_cidrs": ["203.0.113.0/24"] }),
            ),
            (
                "logging",
                json!({ "cluster_logging": [{ "types": ["api"], "enabled": true }, { "types": ["audit"], "enabled": true }] }),
            ),
            ("deletion_protection", json!(false)),
        ]);
        assert_eq!(names(&spec(&[]), &same, |_| true), Vec::<String>::new());
        let withdrawn = spec(&[("logging", Json::Null), ("upgrade_policy", Json::Null)]);
        assert_eq!(names(&spec(&[]), &withdrawn, |_| true), ["upgrade-policy", "logging"]);
        let off = config::logging(None);
        let types = off.cluster_logging()[0].types();
        assert_eq!((off.cluster_logging()[0].enabled(), types.len()), (Some(false), 5));
    }
}
