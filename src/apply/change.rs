//! Changing a resource in place, taking one over, and reading one that others manage.

use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use super::context::{Context, service, timeout};
use super::create::in_state;
use super::retry::Attempts;
use super::settle::Thing;
use crate::graph::{Body, Ignore, NodeIndex};
use crate::kinds::{AnyKind, Changes, Effect, Goal};
use crate::model::{Condition, FieldChange, Json, PhysicalId, Resource, Value};
use crate::plan::{Operation, Sides, diff, is_state_only, merge};
use crate::state::{CallResult, Entry, IntentRecord, Record, StepKind};

impl Context<'_> {
    pub(super) async fn update(&self, operation: &Operation) -> Result<PhysicalId, Failure> {
        let resource = self.resource(&operation.address).ok_or(Failure::Gone)?;
        self.bring_to(operation, Resource::clone(&resource)).await
    }

    /// Takes an existing thing under management, and then changes what differs.
    pub(super) async fn adopt(&self, operation: &Operation) -> Result<PhysicalId, Failure> {
        let (index, node) = self.node(operation)?;
        let Body::Resource { adopt: Some(id), .. } = &node.body else {
            return Err(Failure::Plan("it has no `adopt` any more".into()));
        };
        let kind = self.kind(&operation.kind)?.as_ref();
        let id = kind.import_id(id).map_err(Failure::Plan)?;
        let mut resource = self.declared(index, node, id)?;
        resource.observed = {
            let thing = Thing { address: &resource.address, kind, scope: &resource.scope, id: &resource.id };
            self.read(&thing).await?.ok_or(Failure::Gone)?.into()
        };
        let observed = self.concealed(kind, &resource.observed.read(), &resource.recorded.read());
        // Marked first: what is in state carries our marks, and a killed adoption is made again.
        self.mark(&resource).await?;
        let adopted = Arc::new(Resource { observed: observed.into(), ..resource.clone() });
        self.record("adopt", vec![Entry::Put(adopted.clone())]).await?;
        self.put(&adopted);
        self.bring_to(operation, resource).await
    }

    /// Reads a resource that others manage.
    pub(super) async fn look_up(&self, operation: &Operation) -> Result<PhysicalId, Failure> {
        let (index, node) = self.node(operation)?;
        let Body::Resource { lookup: Some(id), .. } = &node.body else {
            return Err(Failure::Plan("it has no `lookup` any more".into()));
        };
        let kind = self.kind(&operation.kind)?.as_ref();
        let id = kind.import_id(id).map_err(Failure::Plan)?;
        let mut resource = self.declared(index, node, id.clone())?;
        let thing = Thing { address: &operation.address, kind, scope: &resource.scope, id: &id };
        let observed = self.read(&thing).await?.ok_or(Failure::Gone)?;
        self.provide(index, kind, &observed, &resource.recorded.read());
        resource.observed = self.concealed(kind, &observed, &resource.recorded.read()).into();
        let resource = Arc::new(resource);
        self.put(&resource);
        let mut entries = vec![Entry::Put(resource.clone())];
        if self.setting.writer.with_state(|state| {
            state.resources.get(&operation.address).is_some_and(|old| old.id != resource.id)
        }) {
            entries.insert(0, Entry::Remove { address: operation.address.clone() });
        }
        self.record("look up", entries).await?;
        Ok(id)
    }

    /// Changes state without a call.
    pub(super) async fn record(&self, reason: &str, entries: Vec<Entry>) -> Result<(), Failure> {
        self.setting.writer.commit(vec![Record::Change { reason: reason.to_owned(), entries }]).await?;
        Ok(())
    }

    /// Changes a resource that is there until it is as the configuration asks.
    async fn bring_to(&self, operation: &Operation, mut resource: Resource) -> Result<PhysicalId, Failure> {
        let (index, node) = self.node(operation)?;
        let kind = self.kind(&operation.kind)?.as_ref();
        let desired = self.desired(index, operation).await?;
        let declared = self.declared(index, node, resource.id.clone())?;
        let fetched = self.fetched(&desired, &declared.scope).await?;
        let time = timeout(operation, Some(node));
        self.ripen(kind, &resource, time).await?;
        let observed = self.current(kind, &resource).await?;
        let fingerprint = self.setting.fingerprint;
        let recorded = crate::plan::record_fetched(kind.spec(), &desired, Some(&fetched), &fingerprint);
        let recorded_before = (!resource.recorded.is_null()).then(|| resource.recorded.read());
        let work = Work {
            operation,
            index,
            kind,
            fetched: &fetched,
            recorded_before: recorded_before.as_ref(),
            time,
        };
        let changes = self.changes(&work, &fetched, &observed)?;
        check_moved(operation, &changes, &self.changes(&work, &desired, &observed)?)?;
        resource = Resource {
            condition: resource.condition,
            observed: resource.observed,
            recorded: resource.recorded,
            adopted: resource.adopted || declared.adopted,
            ..declared
        };
        if is_state_only(&changes) {
            return self.without_call(&work, resource, observed, recorded).await;
        }
        let record =
            self.intent_record(&resource, StepKind::Update { id: resource.id.clone() }, recorded.clone());
        self.setting.writer.commit(vec![Record::Intent(record.clone())]).await?;
        match self.change(&work, &record, &resource, observed, changes).await {
            Ok(observed) => {
                self.provide(index, kind, &observed, &recorded);
                let id = resource.id.clone();
                let resource = Arc::new(Resource {
                    observed: self.concealed(kind, &observed, &recorded).into(),
                    recorded: recorded.into(),
                    condition: Condition::Ready,
                    ..resource
                });
                self.put(&resource);
                self.queue(vec![Record::Outcome {
                    operation: record.operation.clone(),
                    result: CallResult::Succeeded,
                    entries: vec![Entry::Put(resource)],
                }])?;
                Ok(id)
            }
            Err(failure) => {
                // Part of it may be done: both what was set before and what was to be set now is ours.
                let union = super::recover::union(&resource.recorded.read(), &recorded);
                let resource =
                    Resource { recorded: union.into(), condition: Condition::Unsettled, ..resource };
                self.give_up(&record, &failure, vec![Entry::Put(Arc::new(resource))]).await?;
                Err(failure)
            }
        }
    }

    /// Records what only state has to know.
    async fn without_call(
        &self,
        work: &Work<'_>,
        mut resource: Resource,
        observed: Json,
        recorded: Json,
    ) -> Result<PhysicalId, Failure> {
        self.provide(work.index, work.kind, &observed, &recorded);
        resource.observed = self.concealed(work.kind, &observed, &recorded).into();
        resource.recorded = recorded.into();
        resource.condition = Condition::Ready;
        let resource = Arc::new(resource);
        self.put(&resource);
        self.record("settle", vec![Entry::Put(resource.clone())]).await?;
        Ok(resource.id.clone())
    }

    /// Waits for what an earlier run has left unsettled: what is still being made can't be changed, nor
    /// can what will never get ready.
    async fn ripen(&self, kind: &dyn AnyKind, resource: &Resource, time: Duration) -> Result<(), Failure> {
        if resource.condition.is_ready() || kind.lives_in_state() {
            return Ok(());
        }
        let thing = Thing { address: &resource.address, kind, scope: &resource.scope, id: &resource.id };
        match self.settle(&thing, Goal::Ready, time).await {
            Ok(()) => Ok(()),
            Err(failure) => Err(self.taint(resource.clone(), failure).await?),
        }
    }

    /// Records that a resource will never get ready, if that is what waiting for it has failed at:
    /// waiting once more would fail the same way, so that the next plan replaces it.
    async fn taint(&self, mut resource: Resource, failure: Failure) -> Result<Failure, Failure> {
        if let Failure::GaveUp { reason } = &failure {
            resource.condition = Condition::Tainted { reason: reason.clone() };
            let resource = Arc::new(resource);
            self.put(&resource);
            self.record("taint", vec![Entry::Put(resource)]).await?;
        }
        Ok(failure)
    }

    /// The attributes of a resource at this moment.
    async fn current(&self, kind: &dyn AnyKind, resource: &Resource) -> Result<Json, Failure> {
        if kind.lives_in_state() {
            return Ok(resource.observed.read());
        }
        let thing = Thing { address: &resource.address, kind, scope: &resource.scope, id: &resource.id };
        self.read(&thing).await?.ok_or(Failure::Gone)
    }

    fn changes(
        &self,
        work: &Work<'_>,
        desired: &Value,
        observed: &Json,
    ) -> Result<Vec<FieldChange>, Failure> {
        let projected = work.kind.project(observed).map_err(Failure::Plan)?;
        let Body::Resource { ignore, .. } = &self.setting.graph.node(work.index).body else {
            return Ok(Vec::new());
        };
        let ignored = Ignore::in_force(ignore, &self.setting.today);
        Ok(diff(&Sides {
            schema: work.kind.spec(),
            desired,
            recorded: work.recorded_before,
            observed: &projected,
            ignore: &ignored,
            fingerprint: &self.setting.fingerprint,
        }))
    }

    /// Calls until nothing differs any more. A call whose answer is lost isn't repeated blindly: what
    /// is there is read, and compared anew.
    async fn change(
        &self,
        work: &Work<'_>,
        record: &IntentRecord,
        resource: &Resource,
        mut observed: Json,
        mut changes: Vec<FieldChange>,
    ) -> Result<Json, Failure> {
        let world = self.setting.world;
        let intent = self.intent(record);
        let service = service(work.operation);
        let mut attempts = Attempts::within(world, work.time);
        let thing =
            Thing { address: &resource.address, kind: work.kind, scope: &resource.scope, id: &resource.id };
        loop {
            let projected = work.kind.project(&observed).map_err(Failure::Plan)?;
            let spec = merge(work.kind.spec(), &projected, &changes);
            let call = Changes { fields: changes.clone(), spec: spec.clone() };
            self.breakers.pass(&service, world).await;
            let answer =
                self.call(self.setting.target.update(&intent, &resource.id, &observed, &call)).await?;
            self.breakers.count(&service, answer.as_ref().err(), world);
            match answer {
                Ok(()) if work.kind.lives_in_state() => return Ok(in_state(&spec, &resource.id)),
                Ok(()) => {
                    self.settle(&thing, Goal::Ready, work.time).await?;
                    return self.read(&thing).await?.ok_or(Failure::Gone);
                }
                Err(error) => {
                    let unanswered = error.effect == Effect::Unknown;
                    self.wait_or_fail(&resource.address, error, &mut attempts).await?;
                    if unanswered {
                        self.settle(&thing, Goal::Ready, work.time).await?;
                        observed = self.read(&thing).await?.ok_or(Failure::Gone)?;
                        changes = self.changes(work, work.fetched, &observed)?;
                        if is_state_only(&changes) {
                            return Ok(observed);
                        }
                    }
                }
            }
        }
    }
}

/// One change to be made.
struct Work<'a> {
    operation: &'a Operation,
    index: NodeIndex,
    kind: &'a dyn AnyKind,
    fetched: &'a Value,
    recorded_before: Option<&'a Json>,
    time: Duration,
}

/// Stops when, since the plan was made, a field that it changes has become another, or one that it
/// doesn't change has come to differ. `foreseeable` are the changes as a plan sees them, which knows
/// secrets by their references: that a secret behind one is another by now is no surprise.
fn check_moved(
    operation: &Operation,
    changes: &[FieldChange],
    foreseeable: &[FieldChange],
) -> Result<(), Failure> {
    let is_foreseeable =
        |change: &&FieldChange| foreseeable.iter().any(|other| other.path.overlaps(&change.path));
    for change in changes.iter().filter(is_foreseeable) {
        let planned = operation.changes.iter().find(|planned| planned.path.overlaps(&change.path));
        let moved = match planned {
            None => true,
            Some(planned) => {
                let same_place = planned.path == change.path;
                let known = planned.from.as_ref().is_none_or(Value::is_known);
                (same_place
                    && known
                    && !planned.from.as_ref().is_some_and(Value::is_sensitive)
                    && planned.from != change.from)
                    || (change.forces_replacement && !planned.forces_replacement)
            }
        };
        if moved {
            return Err(Failure::Moved { path: change.path.clone() });
        }
    }
    Ok(())
}
