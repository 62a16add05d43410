//! Where a resource lives within its target: a region, or a cluster.

use serde::{Deserialize, Serialize};

/// Where within a target a resource lives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scope {
    /// The AWS region; absent for global services and for what isn't in a cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The cluster of a Kubernetes resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Connection>,
}

/// What is needed to reach a Kubernetes cluster, as the attributes of a cluster resource give it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Connection {
    /// The name that tokens are made for.
    pub name: String,
    pub endpoint: String,
    /// The PEM certificate of its authority, in base 64.
    pub certificate_authority: String,
    /// The AWS region that the cluster is in.
    pub region: String,
}
