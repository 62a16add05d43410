//! What every operation of a run has at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{Event, Events, Failure};
use crate::graph::{Body, CheckBody, Evaluate, Graph, Instance, NodeIndex};
use crate::kinds::{Answer, AnyKind, Habitat, Intent, Registry, Target};
use crate::model::{
    Action, Address, Json, JsonText, Location, OperationId, Redaction, Resource, Scope, SecretReference,
    Value,
};
use crate::plan::Operation;
use crate::state::{IntentRecord, Record, StepKind, Writer};
use crate::world::{Boundary, World};

/// The environment that a plan is carried out in.
pub struct Setting<'a> {
    pub world: &'a World,
    pub target: &'a dyn Target,
    pub writer: &'a Writer,
    pub graph: &'a Graph<Instance>,
    pub order: &'a [NodeIndex],
    pub evaluate: &'a dyn Evaluate,
    pub kinds: &'a Registry,
    pub environment: &'a str,
    /// The day, as `2026-11-22`: what `ignore: { until }` is compared with.
    pub today: String,
    pub fingerprint: &'a (dyn Fn(&Json) -> String + Sync),
    /// How a place in the workspace is written: `phases/1-cluster.yaml:12:5`.
    pub display: &'a (dyn Fn(Location) -> String + Sync),
    pub secrets: &'a dyn Secrets,
    pub gate: &'a dyn Gate,
    pub events: &'a dyn Events,
}

/// Fetches secrets at the moment of a call.
#[async_trait]
pub trait Secrets: Sync {
    /// The value of a secret, for a resource that lives in `scope`.
    ///
    /// # Errors
    /// Why it can't be had, without the value.
    async fn fetch(&self, reference: &SecretReference, scope: &Scope) -> Result<String, String>;
}

/// Asks checks.
#[async_trait]
pub trait Gate: Sync {
    /// Asks once. `question` is known; `subject` are the attributes of the resource that it is
    /// about.
    async fn ask(&self, question: &GateQuestion<'_>) -> GateAnswer;

    /// Keeps the evidence of a check that passed.
    async fn passed(&self, address: &Address, seen: &str);
}

/// One asking of a check.
pub struct GateQuestion<'a> {
    pub address: &'a Address,
    pub check: &'a CheckBody,
    pub scope: Scope,
    pub question: &'a Json,
    pub subject: Option<Arc<Resource>>,
}

/// What asking a check gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateAnswer {
    Passed {
        seen: String,
    },
    /// It may become true yet.
    NotYet {
        seen: String,
    },
    /// It can't be asked, and waiting won't help.
    Unanswerable {
        why: String,
    },
}

/// How long giving a thing its marks may take.
const MARKING: std::time::Duration = std::time::Duration::from_secs(120);

/// One run.
pub(super) struct Context<'a> {
    pub setting: &'a Setting<'a>,
    pub run: OperationId,
    /// The resources as this run knows them, ahead of what is durable.
    resources: Mutex<BTreeMap<Address, Arc<Resource>>>,
    /// What was revealed to calls: no message may repeat it.
    revealed: Mutex<Redaction>,
    pub breakers: super::retry::Breakers,
    /// What an earlier run was interrupted at, and what hasn't been found out about yet.
    pub uncertain: BTreeSet<Address>,
}

impl<'a> Context<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, run: OperationId) -> Self {
        let (resources, uncertain) = setting.writer.with_state(|state| {
            let uncertain = state.open.values().map(|open| open.intent.address.clone()).collect();
            (state.resources.clone(), uncertain)
        });
        let breakers = super::retry::Breakers::default();
        Self {
            setting,
            run,
            resources: Mutex::new(resources),
            revealed: Mutex::default(),
            breakers,
            uncertain,
        }
    }

    /// Refuses what an earlier run may still be in the middle of.
    pub(super) fn certain(&self, address: &Address) -> Result<(), Failure> {
        if self.uncertain.contains(address) {
            return Err(Failure::Uncertain);
        }
        Ok(())
    }

    /// Queues records behind all earlier ones, without waiting until they are durable.
    pub(super) fn queue(&self, records: Vec<Record>) -> Result<(), Failure> {
        Ok(self.setting.writer.queue(records)?)
    }

    /// Makes a call that changes the world, as soon as it may begin.
    pub(super) async fn call<T>(&self, call: impl Future<Output = Answer<T>>) -> Result<Answer<T>, Failure> {
        let world = self.setting.world;
        self.setting.writer.may_call().await?;
        world.reach(Boundary::CallBeginning).await;
        let answer = call.await;
        world.reach(Boundary::CallAnswered).await;
        Ok(answer)
    }

    /// Gives a thing the marks of its address. Doing so twice is doing it once.
    pub(super) async fn mark(&self, resource: &Resource) -> Result<(), Failure> {
        let world = self.setting.world;
        let record = self.intent_record(resource, StepKind::Update { id: resource.id.clone() }, Json::Null);
        let intent = self.intent(&record);
        let mut attempts = super::retry::Attempts::within(world, MARKING);
        loop {
            match self.call(self.setting.target.mark(&intent, &resource.id)).await? {
                Ok(()) => return Ok(()),
                Err(error) => self.wait_or_fail(&resource.address, error, &mut attempts).await?,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Address, Arc<Resource>>> {
        // Nothing panics while it holds the lock.
        self.resources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn resource(&self, address: &Address) -> Option<Arc<Resource>> {
        self.lock().get(address).cloned()
    }

    /// Remembers what an address stands for from now on.
    pub(super) fn put(&self, resource: &Arc<Resource>) {
        self.lock().insert(resource.address.clone(), resource.clone());
    }

    pub(super) fn remove(&self, address: &Address) {
        self.lock().remove(address);
    }

    pub(super) fn rename(&self, from: &Address, to: &Address) {
        let mut resources = self.lock();
        if let Some(mut resource) = resources.remove(from) {
            Arc::make_mut(&mut resource).address = to.clone();
            resources.insert(to.clone(), resource);
        }
    }

    pub(super) fn tell(&self, event: Event) {
        self.setting.events.send(event);
    }

    pub(super) fn operation_id(&self) -> OperationId {
        let world = self.setting.world;
        OperationId::from_random(u128::from(world.random()) << 64 | u128::from(world.random()))
    }

    pub(super) fn kind(&self, name: &str) -> Result<&'a Arc<dyn AnyKind>, Failure> {
        self.setting
            .kinds
            .get(name)
            .ok_or_else(|| Failure::Plan(format!("this Ninefold knows no kind `{name}`")))
    }

    /// The node of the graph that an operation is for.
    pub(super) fn node(&self, operation: &Operation) -> Result<(NodeIndex, &'a Instance), Failure> {
        let index = operation
            .instance
            .filter(|index| index.position() < self.setting.graph.len())
            .ok_or_else(|| Failure::Plan("the configuration no longer declares it".into()))?;
        let node = self.setting.graph.node(index);
        if node.address == operation.address {
            Ok((index, node))
        } else {
            Err(Failure::Plan(format!("the configuration has {} in its place", node.address)))
        }
    }

    /// Where an instance lives, now that its cluster is there.
    pub(super) fn scope(&self, node: &Instance) -> Result<Scope, Failure> {
        node.scope(self.setting.graph, |address| self.resource(address)).map_err(Failure::Plan)
    }

    /// The intent of an operation, for the target.
    pub(super) fn intent(&self, record: &IntentRecord) -> Intent {
        Intent {
            operation: record.operation.clone(),
            environment: self.setting.environment.to_owned(),
            address: record.address.clone(),
            kind: record.kind.clone(),
            scope: record.scope.clone(),
            recorded: record.desired.clone(),
        }
    }

    /// The record that an operation is about to be tried.
    pub(super) fn intent_record(
        &self,
        resource: &Resource,
        step: StepKind,
        desired: Json,
    ) -> Arc<IntentRecord> {
        Arc::new(IntentRecord {
            operation: self.operation_id(),
            run: self.run.clone(),
            address: resource.address.clone(),
            step,
            kind: resource.kind.clone(),
            kind_version: resource.kind_version,
            scope: resource.scope.clone(),
            desired,
            dependencies: resource.dependencies.clone(),
            protect: resource.protect,
            retain: resource.retain,
        })
    }

    /// A resource as its instance declares it, before there is anything of it.
    pub(super) fn declared(
        &self,
        index: NodeIndex,
        node: &Instance,
        id: crate::model::PhysicalId,
    ) -> Result<Resource, Failure> {
        let Body::Resource { kind, protect, retain, lookup, adopt, .. } = &node.body else {
            return Err(Failure::Plan("it is a check, not a resource".into()));
        };
        Ok(Resource {
            address: node.address.clone(),
            kind: kind.to_string(),
            kind_version: self.kind(kind)?.version(),
            scope: self.scope(node)?,
            id,
            recorded: JsonText::default(),
            observed: JsonText::default(),
            dependencies: crate::plan::dependencies(self.setting.graph, index),
            protect: *protect,
            retain: *retain,
            adopted: adopt.is_some(),
            lookup: lookup.is_some(),
            condition: crate::model::Condition::Ready,
        })
    }

    /// What an instance asks for, now that everything before it is there.
    pub(super) async fn desired(&self, index: NodeIndex, operation: &Operation) -> Result<Value, Failure> {
        let value = self.resolved(index).await?;
        if let Some(planned) = &operation.desired {
            super::agree::check(planned, &value)?;
        }
        Ok(value)
    }

    /// A value with its secrets fetched, for a call.
    pub(super) async fn fetched(&self, value: &Value, scope: &Scope) -> Result<Value, Failure> {
        let fetched = self.fetched_below(value, scope).await?;
        self.revealed.lock().unwrap_or_else(PoisonError::into_inner).add(&fetched);
        Ok(fetched)
    }

    /// A message of somebody who was told secrets, without them.
    pub(super) fn redacted(&self, text: &str) -> String {
        self.revealed.lock().unwrap_or_else(PoisonError::into_inner).apply(text)
    }

    async fn fetched_below(&self, value: &Value, scope: &Scope) -> Result<Value, Failure> {
        Ok(match value {
            Value::Secret(reference) => {
                let secret = self.setting.secrets.fetch(reference, scope).await.map_err(Failure::Secret)?;
                Value::from(secret.as_str()).into_sensitive()
            }
            Value::List(items) if value.is_sensitive() => {
                let mut fetched = Vec::with_capacity(items.len());
                for item in items {
                    fetched.push(Box::pin(self.fetched_below(item, scope)).await?);
                }
                Value::List(fetched)
            }
            Value::Map(map) if value.is_sensitive() => {
                let mut fetched = BTreeMap::new();
                for (key, item) in map {
                    fetched.insert(key.clone(), Box::pin(self.fetched_below(item, scope)).await?);
                }
                Value::Map(fetched)
            }
            other => other.clone(),
        })
    }

    /// Lets others read what is there now.
    pub(super) fn provide(&self, index: NodeIndex, kind: &dyn AnyKind, observed: &Json, recorded: &Json) {
        let known = crate::plan::known::of_observed(kind, observed, Some(recorded));
        self.setting.evaluate.provide(index, known);
    }

    /// Attributes as state may keep them: what is sensitive, or was when it was set, as fingerprints.
    pub(super) fn concealed(&self, kind: &dyn AnyKind, observed: &Json, recorded: &Json) -> Json {
        let hidden = crate::plan::hide(kind.observed(), observed, Some(recorded));
        crate::plan::record(kind.observed(), &hidden, &self.setting.fingerprint)
    }
}

/// The service that an operation's calls go to, in which region: what bounds and breakers go by.
pub(super) fn service(operation: &Operation) -> String {
    let service = match Habitat::of(&operation.kind) {
        Habitat::Cluster | Habitat::Here => operation.kind.split('.').next().unwrap_or_default(),
        Habitat::Global | Habitat::Region => {
            let end = operation.kind.match_indices('.').nth(1).map_or(operation.kind.len(), |(at, _)| at);
            &operation.kind[..end]
        }
    };
    format!("{service} {}", operation.region.as_deref().unwrap_or("-"))
}

/// How long an operation may take.
pub(super) fn timeout(operation: &Operation, node: Option<&Instance>) -> std::time::Duration {
    let asked = node.and_then(|node| match &node.body {
        Body::Resource { timeouts, .. } => match operation.action {
            Action::Create => timeouts.create,
            Action::Delete => timeouts.delete,
            _ => timeouts.update,
        },
        Body::Check(check) => Some(check.within),
    });
    asked.unwrap_or_else(|| {
        let typical = std::time::Duration::from_millis(operation.estimate_ms);
        (typical * 3).max(std::time::Duration::from_secs(600))
    })
}
