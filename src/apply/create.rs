//! Making a resource: the intent, the call, the id, the wait, the outcome.

use std::sync::Arc;
use std::time::Duration;

use super::Failure;
use super::context::{Context, service, timeout};
use super::retry::Attempts;
use super::settle::Thing;
use crate::kinds::{AnyKind, CallError, Effect, ErrorKind, Goal, Intent, Presence};
use crate::model::{Condition, Json, PhysicalId, Resource, Value};
use crate::plan::{Operation, Replacement};
use crate::state::{CallResult, Entry, IntentRecord, Record, StepKind};

/// An interrupted create is looked for at most this long.
pub(super) const LONGEST_SEARCH: Duration = Duration::from_secs(900);

impl Context<'_> {
    pub(super) async fn create(&self, operation: &Operation) -> Result<PhysicalId, Failure> {
        let (index, node) = self.node(operation)?;
        let kind = self.kind(&operation.kind)?.as_ref();
        let desired = self.desired(index, operation).await?;
        let mut resource = self.declared(index, node, PhysicalId::new(""))?;
        let fetched = self.fetched(&desired, &resource.scope).await?;
        let spec = reveal(&fetched)?;
        let fingerprint = self.setting.fingerprint;
        let recorded = crate::plan::record_fetched(kind.spec(), &desired, Some(&fetched), &fingerprint);
        resource.recorded = (&recorded).into();
        let record = self.intent_record(&resource, StepKind::Create { was_free: None }, recorded.clone());
        self.setting.writer.commit(vec![Record::Intent(record.clone())]).await?;
        let time = timeout(operation, Some(node));
        let id = match self.make(operation, kind, &record, &spec, time).await {
            Ok(id) => id,
            Err(Uncertain::Refused(failure)) => {
                self.give_up(&record, &failure, Vec::new()).await?;
                return Err(failure);
            }
            // What it did can't be told now: the intent stays open, and the next run finds out.
            Err(Uncertain::Open(failure)) => return Err(failure),
        };
        resource.id = id.clone();
        if kind.lives_in_state() {
            resource.observed = in_state(&spec, &id).into();
        } else {
            let created = Record::Created { operation: record.operation.clone(), id: id.clone() };
            // Not waited for: whatever is committed later comes after it.
            self.queue(vec![created])?;
            if let Err(failure) = self.finish(&mut resource, kind, time).await {
                self.give_up(&record, &failure, self.entries(operation, &record, resource)).await?;
                return Err(failure);
            }
        }
        let observed = resource.observed.read();
        self.provide(index, kind, &observed, &recorded);
        resource.observed = self.concealed(kind, &observed, &recorded).into();
        let entries = self.entries(operation, &record, resource);
        // What comes after it is queued behind it, so that nothing has to wait for the disk here.
        self.queue(vec![Record::Outcome {
            operation: record.operation.clone(),
            result: CallResult::Succeeded,
            entries,
        }])?;
        Ok(id)
    }

    /// Waits until a new thing is ready, and reads it.
    async fn finish(
        &self,
        resource: &mut Resource,
        kind: &dyn AnyKind,
        time: Duration,
    ) -> Result<(), Failure> {
        let (address, scope, id) = (resource.address.clone(), resource.scope.clone(), resource.id.clone());
        let thing = Thing { address: &address, kind, scope: &scope, id: &id };
        let settled = self.settle(&thing, Goal::Ready, time).await;
        resource.condition = match &settled {
            Ok(()) => Condition::Ready,
            Err(Failure::GaveUp { reason }) => Condition::Tainted { reason: reason.clone() },
            Err(_) => Condition::Unsettled,
        };
        settled?;
        match self.read(&thing).await {
            Ok(Some(observed)) => {
                resource.observed = observed.into();
                Ok(())
            }
            Ok(None) => {
                resource.condition = Condition::Unsettled;
                Err(Failure::Gone)
            }
            Err(failure) => {
                resource.condition = Condition::Unsettled;
                Err(failure)
            }
        }
    }

    /// What a creation changes in state.
    fn entries(&self, operation: &Operation, record: &IntentRecord, resource: Resource) -> Vec<Entry> {
        let resource = Arc::new(resource);
        self.put(&resource);
        let mut entries = Vec::new();
        if operation.replacement == Some(Replacement::CreateFirst) {
            entries.push(Entry::Depose {
                address: resource.address.clone(),
                operation: record.operation.clone(),
            });
        }
        entries.push(Entry::Put(resource));
        entries
    }

    /// Journals that an operation has failed, and what is there all the same.
    pub(super) async fn give_up(
        &self,
        record: &IntentRecord,
        failure: &Failure,
        entries: Vec<Entry>,
    ) -> Result<(), Failure> {
        let outcome = Record::Outcome {
            operation: record.operation.clone(),
            result: CallResult::Failed { error: failure.to_string(), code: failure.code() },
            entries,
        };
        self.setting.writer.commit(vec![outcome]).await?;
        Ok(())
    }

    /// Calls until there is an id.
    async fn make(
        &self,
        operation: &Operation,
        kind: &dyn AnyKind,
        record: &IntentRecord,
        spec: &Json,
        time: Duration,
    ) -> Result<PhysicalId, Uncertain> {
        let world = self.setting.world;
        let intent = self.intent(record);
        let service = service(operation);
        let mut attempts = Attempts::within(world, time);
        loop {
            self.breakers.pass(&service, world).await;
            let call = self.setting.target.create(&intent, spec);
            let answer = self.call(call).await.map_err(Uncertain::Refused)?;
            self.breakers.count(&service, answer.as_ref().err(), world);
            let error = match answer {
                Ok(created) => return Ok(created.id),
                Err(error) => error,
            };
            if error.effect == Effect::Unknown {
                // A second call could be a second thing: first it is looked for.
                match self.search(&intent, kind, spec).await {
                    Ok(Some(id)) => return Ok(id),
                    Ok(None) => {}
                    Err(failure) => return Err(Uncertain::Open(failure)),
                }
            } else if error.kind == ErrorKind::AlreadyExists {
                let message = self.redacted(&error.message);
                return Err(Uncertain::Refused(CallError { message, ..error }.into()));
            }
            self.wait_or_fail(&record.address, error, &mut attempts).await.map_err(Uncertain::Refused)?;
        }
    }

    /// What an operation that may have made something has made, waiting out the time in which it
    /// may not be seen yet.
    pub(super) async fn search(
        &self,
        intent: &Intent,
        kind: &dyn AnyKind,
        spec: &Json,
    ) -> Result<Option<PhysicalId>, Failure> {
        debug_assert_eq!(intent.kind, kind.name());
        let world = self.setting.world;
        let mut attempts = Attempts::within(world, LONGEST_SEARCH);
        loop {
            match self.setting.target.find(intent, spec).await {
                Ok(Presence::Found(mut ids)) => match (ids.pop(), ids.is_empty()) {
                    (Some(id), true) => return Ok(Some(id)),
                    (None, _) => return Ok(None),
                    (Some(last), false) => {
                        ids.push(last);
                        let ids = ids.iter().map(ToString::to_string).collect();
                        return Err(Failure::Duplicates { ids });
                    }
                },
                Ok(Presence::Absent) => return Ok(None),
                Ok(Presence::TooEarly(wait)) => world.sleep(wait).await,
                Err(error) => self.wait_or_fail(&intent.address, error, &mut attempts).await?,
            }
        }
    }
}

/// How a creation failed.
enum Uncertain {
    /// Nothing was made.
    Refused(Failure),
    /// Something may have been.
    Open(Failure),
}

/// The plain JSON of a spec for its call, without the fields that are only reset.
pub(super) fn reveal(value: &Value) -> Result<Json, Failure> {
    let without_nulls = match value {
        Value::Map(map) => Value::Map(
            map.iter()
                .filter(|(_, value)| !matches!(value, Value::Null))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        ),
        other => other.clone(),
    };
    without_nulls.reveal().ok_or_else(|| {
        Failure::Plan("something that it needs is still unknown after all before it was done".into())
    })
}

/// The attributes of what lives only in state.
pub(super) fn in_state(spec: &Json, id: &PhysicalId) -> Json {
    let mut observed = spec.clone();
    if let Json::Object(map) = &mut observed {
        map.insert("id".into(), Json::from(id.as_str()));
    }
    observed
}
