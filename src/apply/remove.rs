//! What goes or only changes its name in state: deletions, forgetting, moves.

use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use super::context::{Context, service, timeout};
use super::retry::Attempts;
use super::settle::Thing;
use crate::kinds::{AnyKind, Effect, ErrorKind, Goal};
use crate::model::{Json, PhysicalId, Resource};
use crate::plan::{Operation, Reason};
use crate::state::{CallResult, Entry, IntentRecord, Record, StepKind};

impl Context<'_> {
    pub(super) async fn delete(&self, operation: &Operation) -> Result<(), Failure> {
        let Some(resource) = self.doomed(operation) else {
            // An earlier run of the same plan has done it.
            return Ok(());
        };
        let kind = self.kind(&resource.kind)?.as_ref();
        let id = resource.id.clone();
        let step = StepKind::Delete { id: id.clone(), deposed: operation.deposed };
        let record = self.intent_record(&resource, step, Json::Null);
        self.setting.writer.commit(vec![Record::Intent(record.clone())]).await?;
        let time = timeout(operation, None);
        let gone = if kind.lives_in_state() {
            Ok(())
        } else {
            self.unmake(operation, kind, &record, &resource, time).await
        };
        match gone {
            Ok(()) => {
                let address = operation.address.clone();
                if !operation.deposed {
                    self.remove(&address);
                }
                let entry = if operation.deposed {
                    Entry::RemoveDeposed { address, id }
                } else {
                    Entry::Remove { address }
                };
                self.queue(vec![Record::Outcome {
                    operation: record.operation.clone(),
                    result: CallResult::Succeeded,
                    entries: vec![entry],
                }])
            }
            Err(failure) => {
                self.give_up(&record, &failure, Vec::new()).await?;
                Err(failure)
            }
        }
    }

    /// The object that a deletion is of: a former one, or the one that the address stands for.
    fn doomed(&self, operation: &Operation) -> Option<Arc<Resource>> {
        if !operation.deposed {
            return self.resource(&operation.address);
        }
        // A replacement's old object is deposed by the outcome of its successor's creation, which
        // is queued and may not be durable yet: the planned id tells which one it is.
        self.setting.writer.with_state(|state| {
            let deposed = state.deposed.get(&operation.address).into_iter().flatten();
            let former = deposed.map(|object| &object.resource);
            former
                .chain(state.resources.get(&operation.address))
                .find(|resource| Some(&resource.id) == operation.id.as_ref())
                .cloned()
        })
    }

    /// Calls and waits until a thing is gone.
    async fn unmake(
        &self,
        operation: &Operation,
        kind: &dyn AnyKind,
        record: &IntentRecord,
        resource: &Resource,
        time: Duration,
    ) -> Result<(), Failure> {
        let world = self.setting.world;
        let intent = self.intent(record);
        let service = service(operation);
        let mut attempts = Attempts::within(world, time);
        let thing = Thing { address: &operation.address, kind, scope: &resource.scope, id: &resource.id };
        // No call gets a fingerprint in the place of a value: samples are there instead.
        let recorded = crate::plan::sketch(kind.spec(), &resource.recorded.read());
        loop {
            self.breakers.pass(&service, world).await;
            let answer = self.call(self.setting.target.delete(&intent, &resource.id, &recorded)).await?;
            self.breakers.count(&service, answer.as_ref().err(), world);
            match answer {
                Ok(()) => return self.settle(&thing, Goal::Gone, time).await,
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
                Err(error) => {
                    let unanswered = error.effect == Effect::Unknown;
                    self.wait_or_fail(&operation.address, error, &mut attempts).await?;
                    if unanswered && self.read(&thing).await?.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    pub(super) async fn forget(&self, operation: &Operation) -> Result<(), Failure> {
        if self.resource(&operation.address).is_none() {
            return Ok(());
        }
        self.remove(&operation.address);
        self.record("forget", vec![Entry::Remove { address: operation.address.clone() }]).await
    }

    /// Gives a resource its new address, on the thing itself first: a killed move is planned again
    /// until state has it.
    pub(super) async fn rename_to(&self, operation: &Operation) -> Result<PhysicalId, Failure> {
        let Some(from) = operation.reasons.iter().find_map(|reason| match reason {
            Reason::Moved { from } => Some(from),
            _ => None,
        }) else {
            return Err(Failure::Plan("the move doesn't say from where".into()));
        };
        if let Some(resource) = self.resource(&operation.address) {
            // An earlier run of the same plan has done it.
            return Ok(resource.id.clone());
        }
        let mut resource = Resource::clone(&*self.resource(from).ok_or(Failure::Gone)?);
        resource.address = operation.address.clone();
        if !self.kind(&resource.kind)?.lives_in_state() && !resource.lookup {
            self.mark(&resource).await?;
        }
        let entry = Entry::Rename { from: from.clone(), to: operation.address.clone() };
        self.record("move", vec![entry]).await?;
        self.rename(from, &operation.address);
        Ok(resource.id)
    }
}
