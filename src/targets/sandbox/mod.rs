//! An embedded cloud: what a newcomer's first command runs on, what the simulation tests, and what
//! a drill rehearses on.
//!
//! Its world outlives the process in a [`Store`]; its clock is the [`World`]'s, which jumps where
//! that is virtual. What is particular to a kind comes from the kind alone: its profile, its
//! schema and its `simulate`. Nothing here knows plans or state.

mod calls;
mod compute;
mod conceal;
mod create;
mod delete;
mod dice;
mod edit;
mod faults;
mod find;
mod ground;
mod journal;
mod names;
mod object;
mod probe;
mod read;
mod refer;
mod refuse;
mod secrets;
mod session;
mod status;
mod update;
mod view;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::{Arc, Mutex, PoisonError};

pub use conceal::Fingerprint;
pub use edit::{EditError, Selector};
pub use faults::{CallKind, Fault, FaultRule, Faults};
pub use journal::{Memory, Store, StoreError};
pub use object::{Edit, Key, Marks, Object, Phase, Place, Work};
pub use status::Status;

use crate::kinds::Registry;
use crate::model::{Digest, Json};
use crate::world::World;
use ground::{Effect, Ground};
use journal::Journal;
use session::{Session, Surroundings};

/// A handle to a sandbox. Clones are handles to the same one; another [`Sandbox::open`] of the same
/// store is what another process would have.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

struct Shared {
    registry: Registry,
    world: World,
    fingerprint: Fingerprint,
    live: Mutex<Live>,
}

struct Live {
    ground: Ground,
    journal: Journal,
    surroundings: Surroundings,
}

impl Sandbox {
    /// Opens the world that a store holds, or begins a new one there, whose seed is drawn from
    /// `world`. Its clock goes on from where it was last seen.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(store: &Store, registry: Registry, world: World) -> Result<Self, StoreError> {
        let digest = |value: &Json| Digest::of(value.to_string().as_bytes()).as_str().to_owned();
        Self::open_keyed(store, registry, world, Arc::new(digest))
    }

    /// The same, with the fingerprints by which the world's file knows what must not stand in it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_keyed(
        store: &Store,
        registry: Registry,
        world: World,
        fingerprint: Fingerprint,
    ) -> Result<Self, StoreError> {
        let (journal, ground) = Journal::open(store, || Ground::new(world.random(), world.unix_ms()))?;
        Ok(Self::of(journal, ground, registry, world, fingerprint))
    }

    /// As [`Sandbox::open_keyed`], in a virtual world of its own whose clock goes on from the sandbox's:
    /// hours pass in there while a second passes here, and what was seen in there must not seem old
    /// for that.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn resume(store: &Store, registry: Registry, fingerprint: Fingerprint) -> Result<Self, StoreError> {
        let here = World::virtual_from_now();
        let (journal, ground) = Journal::open(store, || Ground::new(here.random(), here.unix_ms()))?;
        let world = World::virtual_from(here.random(), ground.reached_unix_ms());
        Ok(Self::of(journal, ground, registry, world, fingerprint))
    }

    fn of(
        journal: Journal,
        ground: Ground,
        registry: Registry,
        world: World,
        fingerprint: Fingerprint,
    ) -> Self {
        let live = Mutex::new(Live { ground, journal, surroundings: Surroundings::default() });
        Self { shared: Arc::new(Shared { registry, world, fingerprint, live }) }
    }

    /// The world whose clock is the sandbox's.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// The kinds that can live here.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// Does something with the world while nobody else can, and remembers the time that somebody
    /// was told of.
    fn with<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let Shared { registry, world, fingerprint, live } = &*self.shared;
        // The ground only changes by whole effects, so that it is whole after a panic too.
        let mut live = live.lock().unwrap_or_else(PoisonError::into_inner);
        let Live { ground, journal, surroundings } = &mut *live;
        let _held = journal.hold()?;
        journal.catch_up(ground)?;
        let now_ms = surroundings.clock.now_ms(ground.reached_ms, world.now());
        let mut session = Session::new(registry, fingerprint, ground, journal, surroundings, now_ms);
        let answer = work(&mut session);
        session.close()?;
        answer
    }

    /// The sandbox's clock, in milliseconds since its world began.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn now_ms(&self) -> Result<u64, StoreError> {
        self.with(|session| Ok(session.now_ms))
    }

    /// Everything that is there, whether readers see it yet or not, by kind, place and id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn objects(&self) -> Result<Vec<Object>, StoreError> {
        self.with(|session| Ok(session.ground.live(session.now_ms).cloned().collect()))
    }

    /// Whether nothing is there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        self.with(|session| Ok(session.ground.live(session.now_ms).next().is_none()))
    }

    /// Lets a region break at a point of the sandbox's clock: see [`Sandbox::now_ms`]. A point that
    /// has passed means now; what is broken already stays so.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn break_region(&self, region: &str, at_ms: u64) -> Result<(), StoreError> {
        self.with(|session| {
            if session.ground.is_broken(region, session.now_ms) {
                return Ok(());
            }
            let at_ms = at_ms.max(session.now_ms);
            session.commit(vec![Effect::Break { region: region.to_owned(), at_ms }])
        })
    }

    /// Makes a region whole again; what stood still there goes on. Says whether it was broken, or
    /// was to be.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn heal_region(&self, region: &str) -> Result<bool, StoreError> {
        self.with(|session| {
            if !session.ground.broken.contains_key(region) {
                return Ok(false);
            }
            let at_ms = session.now_ms;
            session.commit(vec![Effect::Heal { region: region.to_owned(), at_ms }])?;
            Ok(true)
        })
    }

    /// The faults that are set.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn faults(&self) -> Result<Faults, StoreError> {
        self.with(|session| Ok(session.ground.faults.clone()))
    }

    /// Sets what goes wrong from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_faults(&self, faults: Faults) -> Result<(), StoreError> {
        self.with(|session| session.commit(vec![Effect::Faults(faults)]))
    }

    /// Sets a figure that probes give instead of the one that they would derive, or lets them
    /// derive it again: see [`crate::kinds::Probe`] and the names in the sandbox's probes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_figure(&self, name: &str, value: Option<f64>) -> Result<(), StoreError> {
        self.with(|session| session.commit(vec![Effect::Figure { name: name.to_owned(), value }]))
    }

    /// Sets the account that the calls are made with: it stands in the ARNs of what is made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_account(&self, account: &str) -> Result<(), StoreError> {
        self.with(|session| {
            if session.ground.account == account {
                return Ok(());
            }
            session.commit(vec![Effect::Account(account.to_owned())])
        })
    }

    /// Begins the world anew: empty, whole and without faults. The account stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn reset(&self) -> Result<(), StoreError> {
        let seed = self.shared.world.random();
        let unix_ms = self.shared.world.unix_ms();
        self.with(|session| session.begin_anew(Ground::new(seed, unix_ms)))
    }
}
