//! One turn with the world: what a call may see and change while it holds the lock.

use std::collections::BTreeMap;
use std::time::Duration;

use super::conceal::Fingerprint;
use super::dice;
use super::ground::{Effect, Ground};
use super::journal::{Journal, StoreError};
use super::object::{Key, Object, Phase};
use crate::kinds::Registry;
use crate::model::OperationId;
use crate::world::Instant;

/// What one process adds to the world: its clock, and what it has asked.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    pub(super) clock: Clock,
    /// When this process first asked what an operation had made.
    pub(super) first_finds: BTreeMap<OperationId, u64>,
}

/// The sandbox's clock: the world's, moved so that it goes on from where it was last seen.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ahead_ms: u64,
}

impl Clock {
    /// The sandbox's time; never before `reached_ms`, which others may have seen.
    pub(super) fn now_ms(&mut self, reached_ms: u64, now: Instant) -> u64 {
        let since_start_ms = now.since_start_ms;
        if self.ahead_ms + since_start_ms < reached_ms {
            self.ahead_ms = reached_ms - since_start_ms;
        }
        self.ahead_ms + since_start_ms
    }

    /// Starts at zero again.
    fn restart(&mut self) {
        self.ahead_ms = 0;
    }
}

/// How far the clock may run on before that is written down.
const UNWRITTEN_MS: u64 = 1000;

/// One turn with the world.
pub(super) struct Session<'a> {
    pub(super) registry: &'a Registry,
    pub(super) fingerprint: &'a Fingerprint,
    pub(super) ground: &'a mut Ground,
    journal: &'a mut Journal,
    pub(super) surroundings: &'a mut Surroundings,
    pub(super) now_ms: u64,
    /// Somebody is told of something that only is so because time has passed.
    time_matters: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        registry: &'a Registry,
        fingerprint: &'a Fingerprint,
        ground: &'a mut Ground,
        journal: &'a mut Journal,
        surroundings: &'a mut Surroundings,
        now_ms: u64,
    ) -> Self {
        Self { registry, fingerprint, ground, journal, surroundings, now_ms, time_matters: false }
    }

    /// Writes effects down and makes them.
    pub(super) fn commit(&mut self, effects: Vec<Effect>) -> Result<(), StoreError> {
        let draws = self.ground.draws;
        self.journal.commit(self.ground, self.now_ms, draws, effects)
    }

    /// Writes the time down if anybody could miss it after a crash.
    pub(super) fn close(mut self) -> Result<(), StoreError> {
        let unwritten_ms = self.now_ms.saturating_sub(self.ground.reached_ms);
        if unwritten_ms >= UNWRITTEN_MS || (self.time_matters && unwritten_ms > 0) {
            self.commit(Vec::new())?;
        }
        Ok(())
    }

    /// Puts another world in the place of this one.
    pub(super) fn begin_anew(&mut self, mut ground: Ground) -> Result<(), StoreError> {
        ground.account.clone_from(&self.ground.account);
        self.journal.compact(&ground)?;
        *self.ground = ground;
        self.surroundings.clock.restart();
        self.surroundings.first_finds.clear();
        // The new world is as young as this turn.
        self.now_ms = 0;
        Ok(())
    }

    /// A fresh random number below `bound`.
    pub(super) fn draw(&mut self, bound: u64) -> u64 {
        let number = dice::number(self.ground.seed, self.ground.draws);
        self.ground.draws += 1;
        number % bound.max(1)
    }

    /// A typical time, give or take a tenth, in milliseconds.
    pub(super) fn vary_ms(&mut self, typical: Duration) -> u64 {
        let typical_ms = u64::try_from(typical.as_millis()).unwrap_or(u64::MAX);
        let tenth_ms = typical_ms / 10;
        typical_ms - tenth_ms + self.draw(2 * tenth_ms + 1)
    }

    /// A copy of an object that is there, seen or not.
    pub(super) fn get(&self, key: &Key) -> Option<Object> {
        self.ground.get(key, self.now_ms).cloned()
    }

    /// The cluster of a name in a region, and how far it is.
    pub(super) fn cluster(&self, region: &str, name: &str) -> Option<(&Object, Phase)> {
        self.registry
            .iter()
            .filter(|kind| kind.is_container())
            .flat_map(|kind| self.ground.of_kind(kind.name(), self.now_ms))
            .find(|object| {
                let place = &object.key.place;
                place.cluster().is_none() && place.region() == region && object.goes_by(name)
            })
            .map(|object| (object, self.ground.phase(object, self.now_ms)))
    }

    /// Notes that somebody is told of something that is so because time has passed.
    pub(super) fn time_matters(&mut self) {
        self.time_matters = true;
    }

    /// Notes that somebody is told how far an object is, so that it is never seen less far again.
    pub(super) fn witness(&mut self, object: &Object) {
        let reached_ms = self.ground.reached_ms;
        let phase_moved = self.ground.phase(object, self.now_ms) != self.ground.phase(object, reached_ms);
        let was_hidden = object.visible_ms > reached_ms && object.visible_ms <= self.now_ms;
        self.time_matters |= phase_moved || was_hidden;
    }
}
