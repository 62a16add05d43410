//! All that is remembered of a sandbox's world, and the effects that change it. Effects are
//! replayed from the journal, so that applying one asks neither clock nor randomness.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::object::{Key, Object, Phase, Place};
use crate::model::{OperationId, PhysicalId};

/// The world as it was when it was last written down.
#[derive(Debug, Clone, Default)]
pub(super) struct Ground {
    pub(super) seed: u64,
    pub(super) account: String,
    /// When the world began, in milliseconds since 1970.
    pub(super) began_unix_ms: i64,
    /// How far its clock has come, in milliseconds since it began.
    pub(super) reached_ms: u64,
    /// How many random draws it has made.
    pub(super) draws: u64,
    objects: BTreeMap<Arc<str>, BTreeMap<(Place, PhysicalId), Object>>,
    /// What each operation has made.
    made_by: BTreeMap<OperationId, Vec<Key>>,
    pub(super) faults: Faults,
    /// Broken regions, and since when or from when on.
    pub(super) broken: BTreeMap<String, u64>,
    /// Figures that probes give instead of their own.
    pub(super) figures: BTreeMap<String, f64>,
}

/// One change of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    /// An object as it is from now on.
    Put(Box<Object>),
    /// An object is gone at once.
    Remove(Key),
    Faults(Faults),
    Break {
        region: String,
        at_ms: u64,
    },
    /// A region is whole again; what stood still there goes on.
    Heal {
        region: String,
        at_ms: u64,
    },
    Figure {
        name: String,
        value: Option<f64>,
    },
    Account(String),
}

/// The ground as a file: objects in one list.
#[derive(Serialize, Deserialize)]
pub(super) struct Snapshot {
    /// The version of this format.
    pub(super) format: u32,
    /// Which journal goes on from here.
    pub(super) generation: u64,
    seed: u64,
    account: String,
    began_unix_ms: i64,
    reached_ms: u64,
    draws: u64,
    #[serde(default)]
    faults: Faults,
    #[serde(default)]
    broken: BTreeMap<String, u64>,
    #[serde(default)]
    figures: BTreeMap<String, f64>,
    objects: Vec<Object>,
}

/// The version of the snapshot's and the journal's format.
pub(super) const FORMAT: u32 = 1;

/// The account of a world that nobody has named one for: the one of AWS's documentation.
const DEFAULT_ACCOUNT: &str = "123456789012";

impl Ground {
    pub(super) fn new(seed: u64, began_unix_ms: i64) -> Self {
        Self { seed, account: DEFAULT_ACCOUNT.to_owned(), began_unix_ms, ..Self::default() }
    }

    /// How far the clock has come, in milliseconds since 1970.
    pub(super) fn reached_unix_ms(&self) -> i64 {
        self.began_unix_ms.saturating_add_unsigned(self.reached_ms)
    }

    /// What is to be written down, without the objects that are gone for good.
    pub(super) fn snapshot(&self, generation: u64) -> Snapshot {
        Snapshot {
            format: FORMAT,
            generation,
            seed: self.seed,
            account: self.account.clone(),
            began_unix_ms: self.began_unix_ms,
            reached_ms: self.reached_ms,
            draws: self.draws,
            faults: self.faults.clone(),
            broken: self.broken.clone(),
            figures: self.figures.clone(),
            objects: self.live(self.reached_ms).cloned().collect(),
        }
    }

    pub(super) fn from_snapshot(snapshot: Snapshot) -> Self {
        let mut ground = Self {
            seed: snapshot.seed,
            account: snapshot.account,
            began_unix_ms: snapshot.began_unix_ms,
            reached_ms: snapshot.reached_ms,
            draws: snapshot.draws,
            faults: snapshot.faults,
            broken: snapshot.broken,
            figures: snapshot.figures,
            ..Self::default()
        };
        for object in snapshot.objects {
            ground.put(object);
        }
        ground
    }

    pub(super) fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Put(object) => self.put(*object),
            Effect::Remove(key) => self.remove(&key),
            Effect::Faults(faults) => self.faults = faults,
            Effect::Break { region, at_ms } => {
                self.broken.insert(region, at_ms);
            }
            Effect::Heal { region, at_ms } => self.heal(&region, at_ms),
            Effect::Figure { name, value: Some(value) } => {
                self.figures.insert(name, value);
            }
            Effect::Figure { name, value: None } => {
                self.figures.remove(&name);
            }
            Effect::Account(account) => self.account = account,
        }
    }

    fn put(&mut self, object: Object) {
        let key = object.key.clone();
        let of_kind = self.objects.entry(key.kind.clone()).or_default();
        let operation = object.created_by.clone();
        let before = of_kind.insert((key.place.clone(), key.id.clone()), object);
        let operation_before = before.and_then(|object| object.created_by);
        if operation_before != operation {
            self.forget_maker(operation_before.as_ref(), &key);
            if let Some(operation) = operation {
                self.made_by.entry(operation).or_default().push(key);
            }
        }
    }

    fn remove(&mut self, key: &Key) {
        let place_and_id = (key.place.clone(), key.id.clone());
        let removed = self.objects.get_mut(&key.kind).and_then(|of_kind| of_kind.remove(&place_and_id));
        self.forget_maker(removed.and_then(|object| object.created_by).as_ref(), key);
    }

    fn forget_maker(&mut self, operation: Option<&OperationId>, key: &Key) {
        if let Some(keys) = operation.and_then(|operation| self.made_by.get_mut(operation)) {
            keys.retain(|made| made != key);
        }
    }

    fn heal(&mut self, region: &str, at_ms: u64) {
        let Some(broken_ms) = self.broken.remove(region) else {
            return;
        };
        let stood_still_ms = at_ms.saturating_sub(broken_ms);
        for object in self.objects.values_mut().flat_map(BTreeMap::values_mut) {
            if object.key.place.region() == region && object.until_ms > broken_ms {
                object.until_ms += stood_still_ms;
            }
        }
    }

    /// Whether a region can't be reached at a point of the clock.
    pub(super) fn is_broken(&self, region: &str, at_ms: u64) -> bool {
        self.broken.get(region).is_some_and(|since_ms| *since_ms <= at_ms)
    }

    /// How far an object is: in a broken region, time stands still.
    pub(super) fn phase(&self, object: &Object, at_ms: u64) -> Phase {
        let broken_ms = self.broken.get(object.key.place.region()).copied();
        object.phase(broken_ms.map_or(at_ms, |broken_ms| broken_ms.min(at_ms)))
    }

    /// An object that is there, seen or not.
    pub(super) fn get(&self, key: &Key, at_ms: u64) -> Option<&Object> {
        let object = self.objects.get(&key.kind)?.get(&(key.place.clone(), key.id.clone()))?;
        (self.phase(object, at_ms) != Phase::Gone).then_some(object)
    }

    /// The objects that are there, by kind, place and id.
    pub(super) fn live(&self, at_ms: u64) -> impl Iterator<Item = &Object> {
        self.objects
            .values()
            .flat_map(BTreeMap::values)
            .filter(move |object| self.phase(object, at_ms) != Phase::Gone)
    }

    /// The objects of a kind that are there, by place and id.
    pub(super) fn of_kind(&self, kind: &str, at_ms: u64) -> impl Iterator<Item = &Object> {
        self.objects
            .get(kind)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(move |object| self.phase(object, at_ms) != Phase::Gone)
    }

    /// The objects of a kind that an operation made and that are there.
    pub(super) fn made_by(&self, operation: &OperationId, kind: &str, at_ms: u64) -> Vec<&Object> {
        let keys = self.made_by.get(operation).map_or(&[][..], Vec::as_slice);
        keys.iter().filter(|key| &*key.kind == kind).filter_map(|key| self.get(key, at_ms)).collect()
    }
}
