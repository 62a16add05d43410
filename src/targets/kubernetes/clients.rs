//! One client for each cluster, and what its API server calls the kinds that it serves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kube::api::{Api, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::discovery::{ApiResource, Scope as Reach};
use serde_json::json;

use super::error::call_error;
use crate::kinds::kubernetes::manifest::Identity;
use crate::kinds::{Answer, CallError, Connection, ErrorKind, Scope};
use crate::world::{Instant, World};

/// Makes the token that a cluster knows its caller by.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token for a cluster, and for how long it can be used.
    async fn token(&self, cluster: &Connection) -> Answer<Token>;
}

/// A bearer token.
pub struct Token {
    pub secret: String,
    pub lifetime: Duration,
}

/// How long before its end a token is no longer used: a call takes its time.
const MARGIN: Duration = Duration::from_secs(120);

/// The clients of all clusters that were asked for.
pub struct Clients {
    world: World,
    tokens: Arc<dyn Tokens>,
    clusters: Mutex<BTreeMap<Connection, Cluster>>,
}

/// A cluster that can be called.
#[derive(Clone)]
pub(super) struct Cluster {
    pub(super) client: kube::Client,
    /// When its token is too old.
    until: Instant,
    /// What was discovered, by `apiVersion` and kind.
    served: Arc<Mutex<BTreeMap<(String, String), Served>>>,
}

/// What the API server calls a kind, and whether its objects live in namespaces.
#[derive(Clone)]
struct Served {
    resource: ApiResource,
    is_namespaced: bool,
}

impl Clients {
    #[must_use]
    pub fn new(world: World, tokens: Arc<dyn Tokens>) -> Self {
        Self { world, tokens, clusters: Mutex::default() }
    }

    /// The cluster of a scope.
    pub(super) async fn cluster(&self, scope: &Scope) -> Answer<Cluster> {
        let connection = scope.cluster.as_ref().ok_or_else(|| {
            let message = "an object of Kubernetes needs a `cluster` that it is in";
            CallError::refused(ErrorKind::Invalid, "MissingCluster", message)
        })?;
        let known = self.clusters.lock().unwrap_or_else(PoisonError::into_inner).get(connection).cloned();
        if let Some(cluster) = &known
            && self.world.now() < cluster.until
        {
            return Ok(cluster.clone());
        }
        let token = self.tokens.token(connection).await?;
        let lifetime = token.lifetime.saturating_sub(MARGIN).max(token.lifetime / 2);
        let lifetime_ms = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        let since_start_ms = self.world.now().since_start_ms.saturating_add(lifetime_ms);
        let cluster = Cluster {
            client: client(connection, &token.secret).await?,
            until: Instant { since_start_ms },
            served: known.map(|cluster| cluster.served).unwrap_or_default(),
        };
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        clusters.insert(connection.clone(), cluster.clone());
        Ok(cluster)
    }
}

async fn client(connection: &Connection, token: &str) -> Answer<kube::Client> {
    let unusable = |error: &dyn std::fmt::Display| {
        let message = format!("the connection to the cluster `{}` can't be used: {error}", connection.name);
        CallError::refused(ErrorKind::Invalid, "InvalidConnection", message)
    };
    let kubeconfig: Kubeconfig = serde_json::from_value(json!({
        "clusters": [{ "name": "cluster", "cluster": {
            "server": connection.endpoint,
            "certificate-authority-data": connection.certificate_authority,
        }}],
        "users": [{ "name": "user", "user": { "token": token } }],
        "contexts": [{ "name": "context", "context": { "cluster": "cluster", "user": "user" } }],
        "current-context": "context",
    }))
    .map_err(|error| unusable(&error))?;
    let options = KubeConfigOptions::default();
    let mut config =
        kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unusable(&error))?;
    config.connect_timeout = Some(Duration::from_secs(5));
    config.read_timeout = Some(Duration::from_secs(60));
    config.default_retry = false;
    kube::Client::try_from(config).map_err(|error| unusable(&error))
}

impl Cluster {
    /// The API of an object's kind, in the object's namespace. A kind that isn't known yet is looked
    /// up; one that isn't served is `NoKindMatch`.
    pub(super) async fn api(&self, identity: &Identity) -> Answer<Api<DynamicObject>> {
        let key = (identity.api_version.clone(), identity.kind.clone());
        let known = self.served.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let served = match known {
            Some(served) => served,
            None => {
                let served = self.discover(identity).await?;
                self.served.lock().unwrap_or_else(PoisonError::into_inner).insert(key, served.clone());
                served
            }
        };
        let namespace = if identity.namespace.is_empty() { "default" } else { &identity.namespace };
        Ok(if served.is_namespaced {
            Api::namespaced_with(self.client.clone(), namespace, &served.resource)
        } else {
            Api::all_with(self.client.clone(), &served.resource)
        })
    }

    /// Forgets what a kind is called: its definition may be gone, or another.
    pub(super) fn forget(&self, identity: &Identity) {
        let key = (identity.api_version.clone(), identity.kind.clone());
        self.served.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }

    async fn discover(&self, identity: &Identity) -> Answer<Served> {
        let (group, version) = identity.api_version.split_once('/').unwrap_or(("", &identity.api_version));
        let kind = GroupVersionKind::gvk(group, version, &identity.kind);
        match kube::discovery::pinned_kind(&self.client, &kind).await {
            Ok((resource, capabilities)) => {
                Ok(Served { resource, is_namespaced: capabilities.scope == Reach::Namespaced })
            }
            Err(kube::Error::Discovery(_)) => Err(unserved(identity)),
            Err(error) => match call_error("discovery")(error) {
                error if error.kind == ErrorKind::NotFound => Err(unserved(identity)),
                error => Err(error),
            },
        }
    }
}

fn unserved(identity: &Identity) -> CallError {
    let message =
        format!("no matches for kind \"{}\" in version \"{}\"", identity.kind, identity.api_version);
    CallError::refused(ErrorKind::NotFound, "NoKindMatch", message)
}
