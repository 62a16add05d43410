//! What a target does to one kind of resource, in that kind's own types, and the table of such
//! calls that the engine sees as one target.
//!
//! Pure of any SDK: what a call needs to reach its service, it brings along.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kinds::{
    Answer, CallError, Changes, Created, ErrorKind, Filter, Goal, Intent, Kind, Presence, Probe, ProbeResult,
    Reading, Scope, Settling, Target,
};
use crate::model::{Json, OperationId, PhysicalId};
use crate::world::{Instant, World};

/// What a target does to the resources of one kind.
#[async_trait]
pub trait Calls<K: Kind>: Send + Sync {
    /// What an operation has made, by its mark. `Absent` says that nothing is seen *now*: the table
    /// waits for the kind's visibility window before it believes that.
    async fn find(&self, intent: &Intent, spec: &K::Spec) -> Answer<Presence>;

    /// The attributes of each id, in order; `None` for one that isn't there.
    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<K::Observed>>>;

    /// The resources that a filter admits.
    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>>;

    /// Makes one, with its marks on it from its first moment wherever the API can do that. Calling
    /// it twice for the same operation doesn't make two.
    async fn create(&self, intent: &Intent, spec: &K::Spec) -> Answer<Created>;

    /// Makes the changes, and no others.
    async fn update(&self, intent: &Intent, id: &PhysicalId, update: Update<'_, K>) -> Answer<()>;

    /// Begins the deletion. One that is gone already is no error.
    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &K::Spec) -> Answer<()>;

    /// How far the provider is with what was last asked of it.
    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling>;

    /// Gives it the marks of an address and an operation.
    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()>;
}

/// The changes of one update, in the kind's types.
pub struct Update<'a, K: Kind> {
    /// The attributes as they were just read.
    pub observed: &'a K::Observed,
    /// The whole spec as it is to be.
    pub spec: &'a K::Spec,
    /// Which fields differ.
    pub changes: &'a Changes,
}

impl<K: Kind> Update<'_, K> {
    /// Whether anything at or below a top-level field changes.
    #[must_use]
    pub fn touches(&self, field: &str) -> bool {
        self.changes.touches(field)
    }
}

/// The calls of every kind that a target knows.
#[derive(Clone)]
pub struct CallTable {
    world: World,
    kinds: BTreeMap<&'static str, Arc<dyn AnyCalls>>,
    /// When `find` first saw nothing of an operation.
    unseen_since: Arc<Mutex<BTreeMap<OperationId, Instant>>>,
}

impl CallTable {
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world, kinds: BTreeMap::new(), unseen_since: Arc::default() }
    }

    /// Adds the calls of a kind.
    #[must_use]
    pub fn with<K: Kind>(mut self, calls: impl Calls<K> + 'static) -> Self {
        let previous = self.kinds.insert(K::TYPE, Arc::new(Erased(calls, PhantomData::<fn() -> K>)));
        debug_assert!(previous.is_none(), "{} has two sets of calls", K::TYPE);
        self
    }

    /// The kinds that it knows.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.kinds.keys().copied()
    }

    fn of(&self, kind: &str) -> Answer<&dyn AnyCalls> {
        self.kinds.get(kind).map(AsRef::as_ref).ok_or_else(|| {
            CallError::refused(
                ErrorKind::Unsupported,
                "UnknownKind",
                format!(
                    "`{kind}` can't be called on this target: it knows {}",
                    self.kinds().collect::<Vec<_>>().join(", ")
                ),
            )
        })
    }

    /// Absence counts only after the visibility window. It runs from the first time that nothing
    /// was seen, which can't be earlier than the call whose trace is looked for.
    fn believe(&self, operation: &OperationId, presence: Presence, window: Duration) -> Presence {
        let mut unseen_since = self.unseen_since.lock().unwrap_or_else(PoisonError::into_inner);
        if presence != Presence::Absent {
            unseen_since.remove(operation);
            return presence;
        }
        let now = self.world.now();
        let since = *unseen_since.entry(operation.clone()).or_insert(now);
        match window.checked_sub(now.since(since)) {
            Some(left) if !left.is_zero() => Presence::TooEarly(left),
            _ => {
                unseen_since.remove(operation);
                Presence::Absent
            }
        }
    }
}

#[async_trait]
impl Reading for CallTable {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        let (presence, window) = self.of(&intent.kind)?.find(intent, spec).await?;
        Ok(self.believe(&intent.operation, presence, window))
    }

    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        match self.of(kind) {
            Ok(calls) => calls.read_many(scope, ids).await,
            Err(error) => ids.iter().map(|_| Err(error.clone())).collect(),
        }
    }

    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        self.of(kind)?.list(scope, filter).await
    }

    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        self.of(kind)?.settle(scope, id, goal).await
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        Err(CallError::refused(
            ErrorKind::Unsupported,
            "UnknownProbe",
            format!("the probe `{}` can't be asked of this target", probe.kind),
        ))
    }
}

#[async_trait]
impl Target for CallTable {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        self.of(&intent.kind)?.create(intent, spec).await
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        self.of(&intent.kind)?.update(intent, id, observed, changes).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        self.of(&intent.kind)?.delete(intent, id, recorded).await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        self.of(&intent.kind)?.mark(intent, id).await
    }
}

/// [`Calls`] over JSON values.
#[async_trait]
trait AnyCalls: Send + Sync {
    /// With the kind's visibility window.
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<(Presence, Duration)>;
    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>>;
    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>>;
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created>;
    async fn update(&self, intent: &Intent, id: &PhysicalId, seen: &Json, changes: &Changes) -> Answer<()>;
    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()>;
    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling>;
    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()>;
}

struct Erased<K, C>(C, PhantomData<fn() -> K>);

fn typed<K: Kind, T: DeserializeOwned>(what: &str, json: &Json) -> Answer<T> {
    T::deserialize(json).map_err(|error| {
        let message = format!("the {what} of {} doesn't fit its kind: {error}", K::TYPE);
        CallError::refused(ErrorKind::Invalid, "MalformedValue", message)
    })
}

/// Attributes as the engine stores them: an `Option` that is `None` is a field that isn't there.
fn stored<K: Kind>(observed: &impl Serialize) -> Answer<Json> {
    let mut json = serde_json::to_value(observed).map_err(|error| {
        let message = format!("the attributes of {} are no JSON: {error}", K::TYPE);
        CallError::refused(ErrorKind::Invalid, "MalformedValue", message)
    })?;
    drop_nulls(&mut json);
    Ok(json)
}

fn drop_nulls(json: &mut Json) {
    match json {
        Json::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[async_trait]
impl<K: Kind, C: Calls<K>> AnyCalls for Erased<K, C> {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<(Presence, Duration)> {
        let spec = typed::<K, K::Spec>("spec", spec)?;
        let presence = self.0.find(intent, &spec).await?;
        Ok((presence, K::profile(&spec).visibility))
    }

    async fn read_many(&self, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        let answers = self.0.read_many(scope, ids).await;
        debug_assert_eq!(answers.len(), ids.len(), "{} didn't answer for every id", K::TYPE);
        answers.into_iter().map(|answer| answer?.as_ref().map(stored::<K>).transpose()).collect()
    }

    async fn list(&self, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        self.0.list(scope, filter).await
    }

    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        let spec = typed::<K, K::Spec>("spec", spec)?;
        self.0.create(intent, &spec).await
    }

    async fn update(&self, intent: &Intent, id: &PhysicalId, seen: &Json, changes: &Changes) -> Answer<()> {
        let observed = typed::<K, K::Observed>("attributes", seen)?;
        let spec = typed::<K, K::Spec>("spec", &changes.spec)?;
        let update = Update { observed: &observed, spec: &spec, changes };
        self.0.update(intent, id, update).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        let recorded = typed::<K, K::Spec>("recorded spec", recorded)?;
        self.0.delete(intent, id, &recorded).await
    }

    async fn settle(&self, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        self.0.settle(scope, id, goal).await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        self.0.mark(intent, id).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Presence::{Absent, Found, TooEarly};

    #[test]
    fn absence_counts_only_after_the_window() {
        let world = World::virtual_from(1, 0);
        let table = CallTable::new(world.clone());
        let (one, other) = (OperationId::from_random(1), OperationId::from_random(2));
        let window = Duration::from_secs(30);
        world.run(async {
            assert_eq!(table.believe(&one, Absent, window), TooEarly(window));
            world.sleep(Duration::from_secs(10)).await;
            assert_eq!(table.believe(&one, Absent, window), TooEarly(Duration::from_secs(20)));
            // Another operation has a window of its own, and what is found was never absent.
            assert_eq!(table.believe(&other, Absent, window), TooEarly(window));
            let found = Found(vec![PhysicalId::new("vpc-1")]);
            assert_eq!(table.believe(&other, found.clone(), window), found);
            world.sleep(Duration::from_secs(20)).await;
            assert_eq!(table.believe(&one, Absent, window), Absent);
            assert_eq!(table.believe(&other, Absent, window), TooEarly(window));
            assert_eq!(table.believe(&other, Absent, Duration::ZERO), Absent);
        });
    }
}
