//! The calls of `kubernetes.object`: one object, or several that come and go together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;

use super::clients::{Clients, Cluster};
use super::marks::{self, Awaited, Settings};
use super::readiness::{self, Readiness};
use super::{apply, fields, sweep};
use crate::kinds::kubernetes::manifest::Identity;
use crate::kinds::kubernetes::object::{Object, Observed, Spec};
use crate::kinds::{
    Answer, CallError, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence, Scope, Settling,
};
use crate::model::{FieldPath, Json, PhysicalId};
use crate::targets::calls::{Calls, Update};
use crate::world::World;

/// How many resources are read at once.
const READS_AT_ONCE: usize = 16;
/// How often a kind is looked for whose definition was applied just before, and for how long.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const LOOKS: usize = 50;
/// How often an object that isn't ready yet is looked at.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The calls, with the clients of all clusters.
pub struct Objects {
    world: World,
    clients: Arc<Clients>,
}

impl Objects {
    #[must_use]
    pub fn new(world: World, clients: Arc<Clients>) -> Self {
        Self { world, clients }
    }
}

#[async_trait]
impl Calls<Object> for Objects {
    async fn find(&self, intent: &Intent, spec: &Spec) -> Answer<Presence> {
        let cluster = self.clients.cluster(&intent.scope).await?;
        for manifest in manifests(spec) {
            let there = apply::read(&cluster, &Identity::of(manifest)).await?;
            if there.is_some_and(|object| marks::is_made_by(&object, intent)) {
                return Ok(Presence::Found(vec![id_of(spec)]));
            }
        }
        Ok(Presence::Absent)
    }

    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Observed>>> {
        let cluster = match self.clients.cluster(scope).await {
            Ok(cluster) => cluster,
            Err(error) => return ids.iter().map(|_| Err(error.clone())).collect(),
        };
        let read = |id: PhysicalId| {
            let cluster = cluster.clone();
            async move { Ok(observe(&id, &objects(&cluster, &id).await?)) }
        };
        futures::stream::iter(ids.to_vec()).map(read).buffered(READS_AT_ONCE).collect().await
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let Filter::Environment(environment) = filter;
        sweep::of_environment(&self.clients.cluster(scope).await?.client, environment).await
    }

    async fn create(&self, intent: &Intent, spec: &Spec) -> Answer<Created> {
        let cluster = self.clients.cluster(&intent.scope).await?;
        let id = id_of(spec);
        for manifest in manifests(spec) {
            let identity = Identity::of(manifest);
            let there = apply::read(&cluster, &identity).await?;
            if there.is_some_and(|object| !marks::is_made_by(&object, intent)) {
                let message = format!("{identity} is there already, and this operation hasn't made it");
                return Err(CallError::refused(ErrorKind::AlreadyExists, "AlreadyExists", message));
            }
        }
        let settings = Settings::of(spec);
        for (position, manifest) in in_order(spec).into_iter().enumerate() {
            let mut manifest = manifest.clone();
            marks::put(&mut manifest, intent, &id, &settings);
            let answer = self.apply(&cluster, &manifest, settings.force).await;
            // The ones before it are there by now: who asks again will find them.
            answer.map_err(|error| if position == 0 { error } else { begun(error) })?;
        }
        Ok(Created { id })
    }

    async fn update(&self, intent: &Intent, id: &PhysicalId, update: Update<'_, Object>) -> Answer<()> {
        let cluster = self.clients.cluster(&intent.scope).await?;
        let there = objects(&cluster, id).await?;
        let mut settings = there.values().next().map(Settings::carried_by).unwrap_or_default();
        let asked = Settings::of(update.spec);
        settings.is_list = asked.is_list;
        if update.touches("wait") {
            settings = settings.waiting_as(&asked);
        }
        if update.touches("force_conflicts") {
            settings.force = asked.force;
        }
        let wanted = in_order(update.spec);
        for manifest in &wanted {
            let identity = Identity::of(manifest);
            // What is new is applied as it is asked for; of what is there, what is ours is changed.
            let mut applied = match there.get(&identity) {
                None => (*manifest).clone(),
                Some(object) => {
                    let mut ours = fields::ours(object);
                    marks::take(&mut ours);
                    for place in places(&identity, &settings) {
                        ours = apply::changed(ours, &place, &update.changes.fields)?;
                    }
                    ours
                }
            };
            marks::put(&mut applied, intent, id, &settings);
            self.apply(&cluster, &applied, settings.force).await?;
        }
        for identity in there.keys() {
            if !wanted.iter().any(|manifest| Identity::of(manifest) == *identity) {
                apply::delete(&cluster, identity).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, _recorded: &Spec) -> Answer<()> {
        let cluster = self.clients.cluster(&intent.scope).await?;
        let mut identities = identities(id)?;
        identities.sort_by_key(|identity| std::cmp::Reverse(rank(&identity.kind)));
        for identity in identities {
            apply::delete(&cluster, &identity).await?;
        }
        Ok(())
    }

    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let cluster = self.clients.cluster(scope).await?;
        let mut waits = Vec::new();
        for identity in identities(id)? {
            let object = apply::read(&cluster, &identity).await?;
            let status = match (goal, &object) {
                (Goal::Gone, None) => Readiness::Ready,
                (Goal::Gone, Some(object)) => Readiness::Waiting(leaving(object)),
                (Goal::Ready, None) => Readiness::Waiting("not there yet".to_owned()),
                (Goal::Ready, Some(object)) => match Settings::carried_by(object).goal() {
                    Some(Awaited::Applied) => Readiness::Ready,
                    Some(Awaited::Condition(name)) => readiness::condition(object, name),
                    None => readiness::of(object),
                },
            };
            match status {
                Readiness::Ready => {}
                Readiness::Waiting(why) => waits.push(format!("{identity}: {why}")),
                Readiness::Failed(why) => {
                    return Ok(Settling::Failed { reason: format!("{identity}: {why}") });
                }
            }
        }
        if waits.is_empty() {
            return Ok(Settling::Done);
        }
        Ok(Settling::Waiting { status: waits.join("; "), ask_again: ASK_AGAIN })
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        let cluster = self.clients.cluster(&intent.scope).await?;
        for object in objects(&cluster, id).await?.values() {
            let settings = Settings::carried_by(object);
            let mut ours = fields::ours(object);
            marks::take(&mut ours);
            marks::put(&mut ours, intent, id, &settings);
            // The marks are Ninefold's own, whoever wrote them last.
            self.apply(&cluster, &ours, true).await?;
        }
        Ok(())
    }
}

impl Objects {
    /// Applies a manifest, whose kind may have been defined a moment ago: the server takes a while
    /// to serve it.
    async fn apply(&self, cluster: &Cluster, manifest: &Json, force: bool) -> Answer<()> {
        let identity = Identity::of(manifest);
        for _ in 1..LOOKS {
            match cluster.api(&identity).await {
                Err(error) if error.code == "NoKindMatch" && is_custom(&identity) => {
                    self.world.sleep(LOOK_AGAIN).await;
                }
                _ => break,
            }
        }
        apply::apply(cluster, &identity, manifest, force).await
    }
}

/// Whether a kind may be defined in the cluster: the groups of custom resources are names of DNS.
fn is_custom(identity: &Identity) -> bool {
    identity.api_version.split_once('/').is_some_and(|(group, _)| group.contains('.'))
}

fn begun(error: CallError) -> CallError {
    CallError { effect: Effect::Unknown, ..error }
}

/// Every manifest of a specification.
fn manifests(spec: &Spec) -> impl Iterator<Item = &Json> {
    spec.manifest.iter().chain(spec.manifests.iter().flatten())
}

/// Every manifest, what others need first.
fn in_order(spec: &Spec) -> Vec<&Json> {
    let mut all: Vec<&Json> = manifests(spec).collect();
    all.sort_by_key(|manifest| (rank(manifest["kind"].as_str().unwrap_or_default()), Identity::of(manifest)));
    all
}

/// The place of a kind in the order in which objects are made; they go in the opposite one.
fn rank(kind: &str) -> u8 {
    match kind {
        "Namespace" | "CustomResourceDefinition" | "PriorityClass" | "StorageClass" => 0,
        "ServiceAccount" | "ClusterRole" | "Role" | "ConfigMap" | "Secret" => 1,
        "ClusterRoleBinding" | "RoleBinding" | "PersistentVolumeClaim" | "Service" => 2,
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => 4,
        _ => 3,
    }
}

/// The id of a specification's objects, in the order that its kind has them in.
fn id_of(spec: &Spec) -> PhysicalId {
    let mut all: Vec<Identity> = manifests(spec).map(Identity::of).collect();
    all.sort();
    PhysicalId::new(all.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

fn identities(id: &PhysicalId) -> Answer<Vec<Identity>> {
    let parse = |text: &str| {
        Identity::parse(text).ok_or_else(|| {
            CallError::refused(ErrorKind::Invalid, "InvalidId", format!("`{text}` names no object"))
        })
    };
    id.as_str().split(',').map(parse).collect()
}

/// The objects of an id that are there.
async fn objects(cluster: &Cluster, id: &PhysicalId) -> Answer<BTreeMap<Identity, Json>> {
    let mut found = BTreeMap::new();
    for identity in identities(id)? {
        if let Some(object) = apply::read(cluster, &identity).await? {
            found.insert(identity, object);
        }
    }
    Ok(found)
}

/// What there is of a resource; nothing, where none of its objects is there.
fn observe(id: &PhysicalId, objects: &BTreeMap<Identity, Json>) -> Option<Observed> {
    let is_list = Settings::carried_by(objects.values().next()?).is_list || id.as_str().contains(',');
    let mut written: Vec<Json> = objects
        .values()
        .map(|object| {
            let mut written = fields::written(object);
            marks::take(&mut written);
            written
        })
        .collect();
    let (manifest, manifests) = if is_list { (None, Some(written)) } else { (written.pop(), None) };
    let spec = Spec { manifest, manifests, wait: None, force_conflicts: None };
    Some(Observed { spec, id: id.as_str().to_owned() })
}

/// Where in a specification the manifest of an object stands; in a list it may be written with the
/// namespace that it has anyway, or without.
fn places(identity: &Identity, settings: &Settings) -> Vec<FieldPath> {
    if !settings.is_list {
        return vec![FieldPath::root().key("manifest")];
    }
    let Identity { api_version, kind, namespace, name } = identity;
    let element = |namespace: &str| {
        FieldPath::root().key("manifests").element(&format!("{api_version} {kind} {namespace} {name}"))
    };
    match namespace.as_str() {
        "" => vec![element("-")],
        "default" => vec![element("default"), element("-")],
        namespace => vec![element(namespace)],
    }
}

/// Why an object that is being deleted is still there.
fn leaving(object: &Json) -> String {
    let finalizers = object["metadata"]["finalizers"].as_array();
    let names: Vec<&str> = finalizers.into_iter().flatten().filter_map(Json::as_str).collect();
    match (object["metadata"]["deletionTimestamp"].is_null(), names.as_slice()) {
        (true, _) => "its deletion hasn't begun".to_owned(),
        (false, []) => "terminating".to_owned(),
        (false, names) => format!("terminating, waits for {}", names.join(", ")),
    }
}
