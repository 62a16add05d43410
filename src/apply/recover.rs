//! Settling what an earlier run left open: before anything is planned, every intent without outcome
//! is found out about.

use std::sync::Arc;

use super::Failure;
use super::context::{Context, Setting};
use super::create::LONGEST_SEARCH;
use super::retry::Attempts;
use super::settle::Thing;
use crate::kinds::{AnyKind, ErrorKind, Goal, Settling};
use crate::model::{Action, Address, Condition, Json, PhysicalId, Resource};
use crate::state::{CallResult, Entry, OpenIntent, Record, StepKind};

/// What became of an interrupted operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    pub address: Address,
    /// What the earlier run was about to do.
    pub action: Action,
    /// Whether it is known by now. What isn't stays open, and nothing else is done about its address.
    pub is_known: bool,
    /// A sentence for people.
    pub what: String,
}

/// Finds out about every operation that has no outcome, and records it. What can't be found out
/// about now, because a region can't be reached, stays open: until then nothing is done about its
/// address.
///
/// # Errors
/// The first for another reason; those before it are recorded.
pub async fn recover(setting: &Setting<'_>) -> Result<Vec<Recovered>, (Address, Failure)> {
    let open: Vec<OpenIntent> = setting.writer.with_state(|state| state.open.values().cloned().collect());
    let mut recovered = Vec::new();
    for intent in open {
        let address = intent.intent.address.clone();
        let context = Context::new(setting, intent.intent.run.clone());
        let action = match &intent.intent.step {
            StepKind::Create { .. } => Action::Create,
            StepKind::Update { .. } => Action::Update,
            StepKind::Delete { .. } => Action::Delete,
        };
        match context.settle_open(&intent).await {
            Ok(what) => recovered.push(Recovered { address, action, is_known: true, what }),
            Err(Failure::Call(error)) if error.kind == ErrorKind::Unreachable => {
                let what = format!("what became of it can't be told yet: {error}");
                recovered.push(Recovered { address, action, is_known: false, what });
            }
            Err(failure) => return Err((address, failure)),
        }
    }
    Ok(recovered)
}

impl Context<'_> {
    async fn settle_open(&self, open: &OpenIntent) -> Result<String, Failure> {
        let kind = self.kind(&open.intent.kind)?.as_ref();
        match &open.intent.step {
            StepKind::Create { .. } => self.recover_create(open, kind).await,
            StepKind::Update { id } => self.recover_update(open, kind, id).await,
            StepKind::Delete { id, deposed } => self.recover_delete(open, kind, id, *deposed).await,
        }
    }

    async fn recover_create(&self, open: &OpenIntent, kind: &dyn AnyKind) -> Result<String, Failure> {
        let record = &open.intent;
        let id = match &open.created {
            Some(id) => Some(id.clone()),
            None => {
                let spec = crate::plan::sketch(kind.spec(), &record.desired);
                self.search(&self.intent(record), kind, &spec).await?
            }
        };
        let Some(id) = id else {
            return self.close(open, "it had no effect", Vec::new()).await;
        };
        let thing = Thing { address: &record.address, kind, scope: &record.scope, id: &id };
        let observed = match self.sight(&thing).await? {
            Some(observed) => self.concealed(kind, &observed, &record.desired),
            None => Json::Null,
        };
        let mut entries = Vec::new();
        let stands_for = self.resource(&record.address);
        if stands_for.is_some_and(|old| old.id != id) {
            let (address, operation) = (record.address.clone(), record.operation.clone());
            entries.push(Entry::Depose { address, operation });
        }
        entries.push(Entry::Put(Arc::new(Resource {
            address: record.address.clone(),
            kind: record.kind.clone(),
            kind_version: record.kind_version,
            scope: record.scope.clone(),
            id: id.clone(),
            recorded: (&record.desired).into(),
            observed: observed.into(),
            dependencies: record.dependencies.clone(),
            protect: record.protect,
            retain: record.retain,
            adopted: false,
            lookup: false,
            // The plan that follows waits until it is ready.
            condition: Condition::Unsettled,
        })));
        self.close(open, &format!("it has made {id}, which is taken over"), entries).await
    }

    /// The attributes of something new, which may not be seen yet; `None` when it is gone.
    async fn sight(&self, thing: &Thing<'_>) -> Result<Option<Json>, Failure> {
        if thing.kind.lives_in_state() {
            return Ok(None);
        }
        let world = self.setting.world;
        let mut attempts = Attempts::within(world, LONGEST_SEARCH);
        loop {
            if let Some(observed) = self.read(thing).await? {
                return Ok(Some(observed));
            }
            match self.setting.target.settle(thing.kind.name(), thing.scope, thing.id, Goal::Ready).await {
                Ok(Settling::Waiting { ask_again, .. }) if !attempts.is_over(world) => {
                    world.sleep(ask_again).await;
                }
                Ok(_) => return Ok(None),
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
                Err(error) => self.wait_or_fail(thing.address, error, &mut attempts).await?,
            }
        }
    }

    async fn recover_update(
        &self,
        open: &OpenIntent,
        kind: &dyn AnyKind,
        id: &PhysicalId,
    ) -> Result<String, Failure> {
        let record = &open.intent;
        let Some(resource) = self.resource(&record.address) else {
            return self.close(open, "what it was to change is no longer there", Vec::new()).await;
        };
        let mut resource = Resource::clone(&resource);
        // Either of the two may be what is there: both are ours, and the plan compares anew.
        resource.recorded = union(&resource.recorded.read(), &record.desired).into();
        resource.condition = Condition::Unsettled;
        if !kind.lives_in_state() {
            let thing = Thing { address: &record.address, kind, scope: &record.scope, id };
            if let Some(observed) = self.read(&thing).await? {
                resource.observed = self.concealed(kind, &observed, &resource.recorded.read()).into();
            }
        }
        // It isn't known to be done: a saved plan that goes on does it again.
        let what = "it may be done in part: what is there is compared anew";
        self.close_as_failed(open, what, vec![Entry::Put(Arc::new(resource))]).await
    }

    async fn recover_delete(
        &self,
        open: &OpenIntent,
        kind: &dyn AnyKind,
        id: &PhysicalId,
        deposed: bool,
    ) -> Result<String, Failure> {
        let record = &open.intent;
        let thing = Thing { address: &record.address, kind, scope: &record.scope, id };
        let gone = kind.lives_in_state() || self.read(&thing).await?.is_none();
        if !gone {
            return self.close(open, &format!("{id} is still there: it is planned again"), Vec::new()).await;
        }
        let address = record.address.clone();
        let entry = if deposed {
            Entry::RemoveDeposed { address, id: id.clone() }
        } else {
            Entry::Remove { address }
        };
        self.close(open, &format!("{id} is gone"), vec![entry]).await
    }

    async fn close(&self, open: &OpenIntent, what: &str, entries: Vec<Entry>) -> Result<String, Failure> {
        if entries.is_empty() {
            return self.close_as_failed(open, what, entries).await;
        }
        self.end(open, CallResult::Succeeded, entries).await?;
        Ok(what.to_owned())
    }

    async fn close_as_failed(
        &self,
        open: &OpenIntent,
        what: &str,
        entries: Vec<Entry>,
    ) -> Result<String, Failure> {
        let result = CallResult::Failed { error: format!("interrupted: {what}"), code: None };
        self.end(open, result, entries).await?;
        Ok(what.to_owned())
    }

    async fn end(&self, open: &OpenIntent, result: CallResult, entries: Vec<Entry>) -> Result<(), Failure> {
        let operation = open.intent.operation.clone();
        self.setting.writer.commit(vec![Record::Outcome { operation, result, entries }]).await?;
        Ok(())
    }
}

/// Everything that either of two records says is ours; where both say something, the second.
pub(super) fn union(first: &Json, second: &Json) -> Json {
    match (first, second) {
        (Json::Object(first), Json::Object(second)) => {
            let mut union = first.clone();
            for (key, value) in second {
                let value = match first.get(key) {
                    Some(old) => self::union(old, value),
                    None => value.clone(),
                };
                union.insert(key.clone(), value);
            }
            Json::Object(union)
        }
        (Json::Array(first), Json::Array(second)) => {
            let mut union = second.clone();
            union.extend(first.iter().filter(|item| !second.contains(item)).cloned());
            Json::Array(union)
        }
        (first, Json::Null) => first.clone(),
        (_, second) => second.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_either_says_is_ours() {
        let first = json!({"a": 1, "tags": {"x": "1"}, "list": [1, 2]});
        let second = json!({"b": 2, "tags": {"y": "2"}, "list": [2, 3]});
        let both = json!({"a": 1, "b": 2, "tags": {"x": "1", "y": "2"}, "list": [2, 3, 1]});
        assert_eq!(union(&first, &second), both);
        assert_eq!(union(&Json::Null, &second), second);
    }
}
