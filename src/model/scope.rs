//! Where a resource lives within its target: a region, or a cluster.

use serde::{Deserialize, Serialize};

use super::{Json, Resource};

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

impl Connection {
    /// The connection that the attributes of a cluster give.
    #[must_use]
    pub fn of(cluster: &Resource) -> Option<Self> {
        let attributes = cluster.observed.read();
        let text = |name: &str| attributes.get(name).and_then(Json::as_str).map(str::to_owned);
        let nested = || attributes.pointer("/certificate_authority/data").and_then(Json::as_str);
        Some(Self {
            name: text("name")?,
            endpoint: text("endpoint")?,
            certificate_authority: text("certificate_authority_data")
                .or_else(|| nested().map(str::to_owned))?,
            region: cluster.scope.region.clone()?,
        })
    }
}
