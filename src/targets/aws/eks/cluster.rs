//! The calls of `aws.eks.cluster`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eks::Client;
use aws_sdk_eks::types::{Cluster as Described, ClusterStatus, Update as Begun, UpdateStatus};
use futures::{StreamExt as _, TryStreamExt as _};

use super::cluster_config as config;
use super::cluster_update::{Step, steps};
use crate::kinds::aws::eks::cluster::{Cluster, Observed, Spec};
use crate::kinds::{
    Answer, CallError, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence, Scope, Settling,
};
use crate::model::PhysicalId;
use crate::targets::aws::clients::{Clients, region};
use crate::targets::aws::error::call_error;
use crate::targets::aws::marks;
use crate::targets::aws::words::given;
use crate::targets::calls::{Calls, Update};

/// How many clusters are described at once: there is no call for many.
const DESCRIPTIONS_AT_ONCE: usize = 8;
/// How often a cluster that changes is looked at: its changes take minutes.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// The calls, with the clients of an account.
pub struct Clusters {
    clients: Arc<Clients>,
    /// The updates that this process has begun, by region and name, until their end has been seen.
    begun: Mutex<BTreeMap<(String, PhysicalId), BTreeSet<String>>>,
}

impl Clusters {
    #[must_use]
    pub fn new(clients: Arc<Clients>) -> Self {
        Self { clients, begun: Mutex::default() }
    }
}

#[async_trait]
impl Calls<Cluster> for Clusters {
    async fn find(&self, intent: &Intent, spec: &Spec) -> Answer<Presence> {
        let client = self.clients.eks(&intent.scope)?;
        let there = describe(&client, &spec.name).await?;
        Ok(match there.filter(|cluster| is_made_by(cluster, intent)) {
            Some(_) => Presence::Found(vec![PhysicalId::new(spec.name.as_str())]),
            None => Presence::Absent,
        })
    }

    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Observed>>> {
        let read = |id: PhysicalId| async move {
            let described = describe(&self.clients.eks(scope)?, id.as_str()).await?;
            described.map(|cluster| observe(region(scope)?, &cluster)).transpose()
        };
        futures::stream::iter(ids.to_vec()).map(read).buffered(DESCRIPTIONS_AT_ONCE).collect().await
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let Filter::Environment(environment) = filter;
        let client = &self.clients.eks(scope)?;
        let names = client
            .list_clusters()
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<String>, _>>()
            .await
            .map_err(call_error("ListClusters"))?;
        let of_environment = |name: String| async move {
            let tags = describe(client, &name).await?.and_then(|cluster| cluster.tags).unwrap_or_default();
            let ours = tags.get(marks::ENVIRONMENT) == Some(environment);
            Answer::Ok(ours.then(|| PhysicalId::new(name)))
        };
        let found: Vec<Option<PhysicalId>> = futures::stream::iter(names)
            .map(of_environment)
            .buffered(DESCRIPTIONS_AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn create(&self, intent: &Intent, spec: &Spec) -> Answer<Created> {
        config::unsupported(spec)?;
        let client = self.clients.eks(&intent.scope)?;
        let request = client
            .create_cluster()
            .client_request_token(intent.operation.as_str())
            .name(&spec.name)
            .role_arn(&spec.role_arn)
            .resources_vpc_config(config::vpc(&spec.resources_vpc_config))
            .set_version(spec.version.clone())
            .set_kubernetes_network_config(
                spec.kubernetes_network_config.as_ref().map(config::kubernetes_network),
            )
            .set_logging(spec.logging.as_ref().map(|logging| config::logging(Some(logging))))
            .set_encryption_config(
                spec.encryption_config.as_ref().map(|all| all.iter().map(config::encryption).collect()),
            )
            .set_access_config(spec.access_config.as_ref().map(config::access))
            .set_upgrade_policy(
                spec.upgrade_policy.as_ref().map(|policy| config::upgrade_policy(Some(policy))),
            )
            .set_zonal_shift_config(
                spec.zonal_shift_config.as_ref().map(|shift| config::zonal_shift(Some(shift))),
            )
            .set_compute_config(spec.compute_config.as_ref().map(|compute| config::compute(Some(compute))))
            .set_storage_config(spec.storage_config.as_ref().map(|storage| config::storage(Some(storage))))
            .set_remote_network_config(
                spec.remote_network_config.as_ref().map(|remote| config::remote_network(Some(remote))),
            )
            .set_outpost_config(spec.outpost_config.as_ref().map(config::outpost).transpose()?)
            .set_control_plane_scaling_config(
                spec.control_plane_scaling_config.as_ref().map(|scaling| config::scaling(Some(scaling))),
            )
            .set_deletion_protection(spec.deletion_protection)
            .set_bootstrap_self_managed_addons(spec.bootstrap_self_managed_addons);
        let tags = marks::with_tags(intent, spec.tags.as_ref());
        let request = tags.into_iter().fold(request, |request, (key, value)| request.tags(key, value));
        match request.send().await.map_err(call_error("CreateCluster")) {
            Ok(_) => Ok(Created { id: PhysicalId::new(spec.name.as_str()) }),
            // To a create "in use" says that the name is taken: perhaps by this very operation.
            Err(error) if error.kind == ErrorKind::Conflict => {
                let there = describe(&client, &spec.name).await?;
                match there.filter(|cluster| is_made_by(cluster, intent)) {
                    Some(_) => Ok(Created { id: PhysicalId::new(spec.name.as_str()) }),
                    None => Err(CallError { kind: ErrorKind::AlreadyExists, ..error }),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Begins the first update that is still to be made. Where more have to follow, it says so as a
    /// conflict, because EKS takes none while one is under way: the next call goes on from there.
    async fn update(&self, intent: &Intent, id: &PhysicalId, update: Update<'_, Cluster>) -> Answer<()> {
        config::unsupported(update.spec)?;
        let (client, region) = (self.clients.eks(&intent.scope)?, region(&intent.scope)?);
        let described = describe(&client, id.as_str()).await?.ok_or_else(|| gone(id))?;
        let current = observe(region, &described)?;
        if update.touches("tags") {
            let (from, to) = (current.spec.tags.as_ref(), update.spec.tags.as_ref());
            change_tags(&client, &current.arn, marks::difference(from, to)).await?;
        }
        let mut steps = steps(&current.spec, update.spec, |field| update.touches(field)).into_iter();
        let Some(step) = steps.next() else {
            return Ok(());
        };
        if current.status != ClusterStatus::Active.as_str() {
            return Err(busy(format!("the cluster is {}", current.status), Effect::None));
        }
        let begun = begin(&client, intent, id, step).await?;
        if let Some(update_id) = begun.as_ref().and_then(Begun::id) {
            let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry((region.to_owned(), id.clone())).or_default().insert(update_id.to_owned());
        }
        match steps.count() {
            0 => Ok(()),
            // The first of them has had its effect by now.
            more => Err(busy(
                format!("EKS takes one update at a time, and {more} have to follow"),
                Effect::Unknown,
            )),
        }
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, _recorded: &Spec) -> Answer<()> {
        let client = self.clients.eks(&intent.scope)?;
        match client.delete_cluster().name(id.as_str()).send().await.map_err(call_error("DeleteCluster")) {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            Err(error) if error.effect == Effect::None => {
                // It is refused too while an earlier call is being carried out.
                let status = describe(&client, id.as_str()).await?.and_then(|cluster| cluster.status);
                if matches!(status, None | Some(ClusterStatus::Deleting)) { Ok(()) } else { Err(error) }
            }
            other => other.map(|_| ()),
        }
    }

    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let client = self.clients.eks(scope)?;
        let Some(cluster) = describe(&client, id.as_str()).await? else {
            return Ok(match goal {
                Goal::Gone => Settling::Done,
                Goal::Ready => Settling::Waiting { status: "not visible yet".into(), ask_again: ASK_AGAIN },
            });
        };
        let status = given("status", cluster.status.clone())?;
        Ok(match (goal, &status) {
            (_, ClusterStatus::Failed) => Settling::Failed { reason: issues(&cluster) },
            (Goal::Ready, ClusterStatus::Active) => self.settle_updates(&client, scope, id).await?,
            (Goal::Ready, ClusterStatus::Deleting) => {
                Settling::Failed { reason: "somebody is deleting the cluster".into() }
            }
            _ => Settling::Waiting { status: status.as_str().to_owned(), ask_again: ASK_AGAIN },
        })
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        let client = self.clients.eks(&intent.scope)?;
        let cluster = describe(&client, id.as_str()).await?.ok_or_else(|| gone(id))?;
        set_tags(&client, &given("arn", cluster.arn)?, marks::of(intent)).await
    }
}

impl Clusters {
    /// How far the updates are that this process has begun: a cluster is `ACTIVE` again after one
    /// that failed too.
    async fn settle_updates(&self, client: &Client, scope: &Scope, id: &PhysicalId) -> Answer<Settling> {
        let key = (region(scope)?.to_owned(), id.clone());
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        for update_id in begun.unwrap_or_default() {
            let request = client.describe_update().name(id.as_str()).update_id(&update_id);
            let answer = request.send().await.map_err(call_error("DescribeUpdate"))?;
            let update = given("update", answer.update)?;
            let status = given("status", update.status.clone())?;
            if status == UpdateStatus::InProgress {
                let status = format!("{} update", status.as_str());
                return Ok(Settling::Waiting { status, ask_again: ASK_AGAIN });
            }
            if let Some(rest) = self.begun.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&key) {
                rest.remove(&update_id);
            }
            if status != UpdateStatus::Successful {
                let errors = update.errors().iter().filter_map(|error| error.error_message());
                let reason = format!("the update ended {}: {}", status.as_str(), join(errors));
                return Ok(Settling::Failed { reason });
            }
        }
        Ok(Settling::Done)
    }
}

/// The cluster of a name, where there is one.
async fn describe(client: &Client, name: &str) -> Answer<Option<Described>> {
    match client.describe_cluster().name(name).send().await.map_err(call_error("DescribeCluster")) {
        Ok(output) => given("cluster", output.cluster).map(Some),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_made_by(cluster: &Described, intent: &Intent) -> bool {
    let operation = cluster.tags().and_then(|tags| tags.get(marks::OPERATION));
    operation.is_some_and(|operation| operation == intent.operation.as_str())
}

fn gone(id: &PhysicalId) -> CallError {
    CallError::refused(ErrorKind::NotFound, "ResourceNotFoundException", format!("there is no cluster {id}"))
}

fn busy(message: String, effect: Effect) -> CallError {
    CallError {
        kind: ErrorKind::Conflict,
        code: "ResourceInUseException".to_owned(),
        message,
        effect,
        retry_after_ms: u64::try_from(ASK_AGAIN.as_millis()).ok(),
    }
}

fn issues(cluster: &Described) -> String {
    let issues = cluster.health().map(|health| health.issues()).unwrap_or_default();
    let words = join(issues.iter().filter_map(|issue| issue.message()));
    format!("the cluster is FAILED: {words}")
}

fn join<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let reasons: Vec<&str> = reasons.collect();
    if reasons.is_empty() { "AWS gives no reason".to_owned() } else { reasons.join("; ") }
}

/// Begins one update. Its token is the operation's and the step's, so that a repeated call doesn't
/// begin it twice.
async fn begin(client: &Client, intent: &Intent, id: &PhysicalId, step: Step) -> Answer<Option<Begun>> {
    match step {
        Step::Version(version) => {
            let request = client
                .update_cluster_version()
                .name(id.as_str())
                .version(version)
                .client_request_token(format!("{}-version", intent.operation));
            let answer = request.send().await.map_err(call_error("UpdateClusterVersion"))?;
            Ok(answer.update)
        }
        Step::Config(config) => {
            let request = client
                .update_cluster_config()
                .name(id.as_str())
                .client_request_token(format!("{}-{}", intent.operation, config.name));
            let answer = config.apply(request).send().await.map_err(call_error("UpdateClusterConfig"))?;
            Ok(answer.update)
        }
    }
}

async fn set_tags(client: &Client, arn: &str, tags: BTreeMap<String, String>) -> Answer<()> {
    let request = client.tag_resource().resource_arn(arn);
    let request = tags.into_iter().fold(request, |request, (key, value)| request.tags(key, value));
    request.send().await.map(|_| ()).map_err(call_error("TagResource"))
}

async fn change_tags(client: &Client, arn: &str, change: marks::TagChanges) -> Answer<()> {
    if !change.set.is_empty() {
        set_tags(client, arn, change.set).await?;
    }
    if !change.remove.is_empty() {
        let request = client.untag_resource().resource_arn(arn).set_tag_keys(Some(change.remove));
        request.send().await.map_err(call_error("UntagResource"))?;
    }
    Ok(())
}

/// What a cluster's description says. While it is being created much of it isn't there yet; that is
/// empty until then.
fn observe(region: &str, cluster: &Described) -> Answer<Observed> {
    let vpc = given("resourcesVpcConfig", cluster.resources_vpc_config())?;
    let name = given("name", cluster.name())?.to_owned();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let encryption =
        cluster.encryption_config().iter().map(config::observed_encryption).collect::<Answer<Vec<_>>>()?;
    let spec = Spec {
        name: name.clone(),
        role_arn: given("roleArn", cluster.role_arn())?.to_owned(),
        resources_vpc_config: config::observed_vpc(vpc)?,
        version: cluster.version().map(str::to_owned),
        kubernetes_network_config: cluster
            .kubernetes_network_config()
            .map(config::observed_kubernetes_network)
            .transpose()?,
        logging: cluster.logging().map(config::observed_logging).transpose()?,
        encryption_config: (!encryption.is_empty()).then_some(encryption),
        access_config: cluster.access_config().map(config::observed_access).transpose()?,
        upgrade_policy: cluster.upgrade_policy().map(config::observed_upgrade_policy).transpose()?,
        zonal_shift_config: cluster.zonal_shift_config().map(config::observed_zonal_shift),
        compute_config: cluster.compute_config().map(config::observed_compute).transpose()?,
        storage_config: cluster.storage_config().map(config::observed_storage),
        remote_network_config: cluster.remote_network_config().map(config::observed_remote_network),
        outpost_config: cluster.outpost_config().map(config::observed_outpost).transpose()?,
        control_plane_scaling_config: cluster
            .control_plane_scaling_config()
            .map(config::observed_scaling)
            .transpose()?,
        kube_api_server_config: None,
        kube_scheduler_config: None,
        kube_controller_manager_config: None,
        deletion_protection: cluster.deletion_protection(),
        bootstrap_self_managed_addons: None,
        tags: marks::without_marks(
            cluster.tags().into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())),
        ),
    };
    Ok(Observed {
        spec,
        id: name,
        arn: given("arn", cluster.arn())?.to_owned(),
        region: region.to_owned(),
        endpoint: text(cluster.endpoint()),
        certificate_authority_data: text(cluster.certificate_authority().and_then(|ca| ca.data())),
        oidc_issuer: text(cluster.identity().and_then(|identity| identity.oidc()?.issuer())),
        cluster_security_group_id: text(vpc.cluster_security_group_id()),
        vpc_id: vpc.vpc_id().map(str::to_owned),
        platform_version: text(cluster.platform_version()),
        status: given("status", cluster.status())?.as_str().to_owned(),
    })
}
