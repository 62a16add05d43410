//! The kinds that every API server knows, as of Kubernetes 1.35.
//! <https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.35/>

/// A kind that every API server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Builtin {
    /// The group; empty for the core one.
    pub group: &'static str,
    pub kind: &'static str,
    /// The versions that are served by default.
    pub versions: &'static [&'static str],
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

const fn of(
    group: &'static str,
    versions: &'static [&'static str],
    kind: &'static str,
    namespaced: bool,
) -> Builtin {
    Builtin { group, kind, versions, namespaced }
}

const V1: &[&str] = &["v1"];
const IN_NAMESPACE: bool = true;
const IN_CLUSTER: bool = false;

/// Only kinds of which objects can be kept: no reviews, no bindings of pods.
const BUILTIN: &[Builtin] = &[
    of("", V1, "ConfigMap", IN_NAMESPACE),
    of("", V1, "Endpoints", IN_NAMESPACE),
    of("", V1, "Event", IN_NAMESPACE),
    of("", V1, "LimitRange", IN_NAMESPACE),
    of("", V1, "Namespace", IN_CLUSTER),
    of("", V1, "Node", IN_CLUSTER),
    of("", V1, "PersistentVolume", IN_CLUSTER),
    of("", V1, "PersistentVolumeClaim", IN_NAMESPACE),
    of("", V1, "Pod", IN_NAMESPACE),
    of("", V1, "PodTemplate", IN_NAMESPACE),
    of("", V1, "ReplicationController", IN_NAMESPACE),
    of("", V1, "ResourceQuota", IN_NAMESPACE),
    of("", V1, "Secret", IN_NAMESPACE),
    of("", V1, "Service", IN_NAMESPACE),
    of("", V1, "ServiceAccount", IN_NAMESPACE),
    of("admissionregistration.k8s.io", V1, "MutatingWebhookConfiguration", IN_CLUSTER),
    of("admissionregistration.k8s.io", V1, "ValidatingAdmissionPolicy", IN_CLUSTER),
    of("admissionregistration.k8s.io", V1, "ValidatingAdmissionPolicyBinding", IN_CLUSTER),
    of("admissionregistration.k8s.io", V1, "ValidatingWebhookConfiguration", IN_CLUSTER),
    of("apiextensions.k8s.io", V1, "CustomResourceDefinition", IN_CLUSTER),
    of("apiregistration.k8s.io", V1, "APIService", IN_CLUSTER),
    of("apps", V1, "ControllerRevision", IN_NAMESPACE),
    of("apps", V1, "DaemonSet", IN_NAMESPACE),
    of("apps", V1, "Deployment", IN_NAMESPACE),
    of("apps", V1, "ReplicaSet", IN_NAMESPACE),
    of("apps", V1, "StatefulSet", IN_NAMESPACE),
    of("autoscaling", &["v1", "v2"], "HorizontalPodAutoscaler", IN_NAMESPACE),
    of("batch", V1, "CronJob", IN_NAMESPACE),
    of("batch", V1, "Job", IN_NAMESPACE),
    of("certificates.k8s.io", V1, "CertificateSigningRequest", IN_CLUSTER),
    of("coordination.k8s.io", V1, "Lease", IN_NAMESPACE),
    of("discovery.k8s.io", V1, "EndpointSlice", IN_NAMESPACE),
    of("events.k8s.io", V1, "Event", IN_NAMESPACE),
    of("flowcontrol.apiserver.k8s.io", V1, "FlowSchema", IN_CLUSTER),
    of("flowcontrol.apiserver.k8s.io", V1, "PriorityLevelConfiguration", IN_CLUSTER),
    of("networking.k8s.io", V1, "IPAddress", IN_CLUSTER),
    of("networking.k8s.io", V1, "Ingress", IN_NAMESPACE),
    of("networking.k8s.io", V1, "IngressClass", IN_CLUSTER),
    of("networking.k8s.io", V1, "NetworkPolicy", IN_NAMESPACE),
    of("networking.k8s.io", V1, "ServiceCIDR", IN_CLUSTER),
    of("node.k8s.io", V1, "RuntimeClass", IN_CLUSTER),
    of("policy", V1, "PodDisruptionBudget", IN_NAMESPACE),
    of("rbac.authorization.k8s.io", V1, "ClusterRole", IN_CLUSTER),
    of("rbac.authorization.k8s.io", V1, "ClusterRoleBinding", IN_CLUSTER),
    of("rbac.authorization.k8s.io", V1, "Role", IN_NAMESPACE),
    of("rbac.authorization.k8s.io", V1, "RoleBinding", IN_NAMESPACE),
    of("resource.k8s.io", V1, "DeviceClass", IN_CLUSTER),
    of("resource.k8s.io", V1, "ResourceClaim", IN_NAMESPACE),
    of("resource.k8s.io", V1, "ResourceClaimTemplate", IN_NAMESPACE),
    of("resource.k8s.io", V1, "ResourceSlice", IN_CLUSTER),
    of("scheduling.k8s.io", V1, "PriorityClass", IN_CLUSTER),
    of("storage.k8s.io", V1, "CSIDriver", IN_CLUSTER),
    of("storage.k8s.io", V1, "CSINode", IN_CLUSTER),
    of("storage.k8s.io", V1, "CSIStorageCapacity", IN_NAMESPACE),
    of("storage.k8s.io", V1, "StorageClass", IN_CLUSTER),
    of("storage.k8s.io", V1, "VolumeAttachment", IN_CLUSTER),
    of("storage.k8s.io", V1, "VolumeAttributesClass", IN_CLUSTER),
];

/// The namespaces that every cluster starts with.
pub(super) const NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// The group and the version of an `apiVersion`: the core group is empty.
pub(crate) fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// Whether every API server has this group, so that custom resources can't be in it.
pub(super) fn is_group(group: &str) -> bool {
    BUILTIN.iter().any(|builtin| builtin.group == group)
}

/// The kind of a group.
pub(crate) fn find(group: &str, kind: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|builtin| builtin.group == group && builtin.kind == kind)
}

/// The kinds of a group.
pub(super) fn kinds_of(group: &str) -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().filter(move |builtin| builtin.group == group).map(|builtin| builtin.kind)
}

/// The `apiVersion`s in which a kind is served, whatever its group.
pub(super) fn api_versions_of(kind: &str) -> Vec<String> {
    BUILTIN
        .iter()
        .filter(|builtin| builtin.kind == kind)
        .flat_map(|builtin| {
            builtin.versions.iter().rev().map(|version| match builtin.group {
                "" => (*version).to_owned(),
                group => format!("{group}/{version}"),
            })
        })
        .collect()
}
