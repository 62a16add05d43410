//! Who may write the state of an environment: one holder at a time, and no longer than it shows
//! that it is alive.
//!
//! A lease is an object of its own for each *epoch*, put only where there is none: of two that want
//! the next epoch, the store lets one have it. Its holder overwrites it again and again; who sees it
//! unchanged for its time to live, by a clock of its own, may take the next epoch. Clocks of two
//! machines are never compared.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use object_store::PutOptions;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::log::{FORMAT_VERSION, Folder, Labelled, decode, encode};
use super::put::{put_new, unwritable};
use super::reader::Reader;
use crate::world::{Boundary, Instant, World};

/// How often a holder shows that it is alive, in parts of its lease's time to live.
const BEATS_IN_A_LIFE: u32 = 6;
/// How often somebody looks whether it does.
const LOOKS_IN_A_LIFE: u32 = 24;
/// No run lasts longer, so that whoever was fenced in it still meets the records that fence it.
const LONGEST_RUN: Duration = Duration::from_secs(24 * 3600);

/// What a lease is asked for with.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Who asks, as `user@host`.
    pub holder: String,
    /// What for: the command, without secrets.
    pub reason: String,
    /// What no other machine has, and this one no longer after it was started anew.
    pub machine: String,
    /// Whether the operating system vouches that no other process of this machine writes.
    pub alone_on_machine: bool,
    /// How long to wait for a holder that is alive.
    pub patience: Duration,
    pub terms: Terms,
}

/// How long what is promised holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long a lease lives that its holder doesn't renew.
    pub time_to_live: Duration,
    /// How long a call can take that changes the world. None begins that could outlive the lease.
    pub longest_call: Duration,
}

/// What is waited for before state can be written, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waiting {
    /// Until it is known whether this holder is alive.
    ForASign { of: String },
    /// Until this holder, who is alive, has ended.
    ForTheEnd { of: String },
    /// Until what a holder that is dead has begun has had its effect, or never will.
    ForCalls { of: String, time: Duration },
}

/// The lease of an epoch, as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseObject {
    pub format_version: u64,
    pub environment: String,
    pub epoch: u64,
    pub holder: String,
    pub reason: String,
    pub machine: String,
    /// What tells this lease from one that another tried to put here.
    pub nonce: String,
    pub taken_unix_ms: i64,
    pub time_to_live_ms: u64,
    pub longest_call_ms: u64,
    /// How often it was renewed.
    pub beats: u64,
    pub renewed_unix_ms: i64,
    /// Whether its holder has given it back.
    pub released: bool,
    /// Whether a call may have been under way then.
    #[serde(default)]
    pub unfinished: bool,
    /// The serial of the last object of the log that its holder knew to be durable: a log that ends
    /// before has lost something.
    #[serde(default)]
    pub serial: u64,
}

impl Labelled for LeaseObject {
    fn label(&self) -> (u64, &str, u64) {
        (self.format_version, &self.environment, self.epoch)
    }
}

impl LeaseObject {
    /// The holder and what it does, for people.
    #[must_use]
    pub fn told(&self) -> String {
        format!("{}: {}", self.holder, self.reason)
    }
}

/// A lease that is held.
#[derive(Debug)]
pub(super) struct Lease {
    reader: Reader,
    world: World,
    terms: Terms,
    /// What another has left unfinished may still be under way for this long.
    pub(super) calls_may_last: Option<(String, Duration)>,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    object: LeaseObject,
    taken: Instant,
    /// When the last renewal began that took effect.
    renewed: Instant,
    /// Why it isn't held any more.
    lost: Option<StateError>,
}

/// How it is seen that a holder won't come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// It said so itself.
    Released,
    /// Its process is gone: the operating system has given its lock to us.
    Gone,
    /// It hasn't renewed its lease in time.
    Expired,
}

/// The lease of the highest epoch.
pub(super) async fn latest(reader: &Reader) -> Result<Option<LeaseObject>, StateError> {
    let Some(&epoch) = reader.serials(Folder::Lease, None).await?.last() else { return Ok(None) };
    at(reader, epoch).await
}

async fn at(reader: &Reader, epoch: u64) -> Result<Option<LeaseObject>, StateError> {
    let key = Folder::Lease.key(reader.environment(), epoch);
    let text = reader.read_or_say(&key).await?;
    text.map(|text| decode(&text, &key, reader.environment(), epoch)).transpose()
}

impl Lease {
    /// Takes the lease of the next epoch as soon as the holder of the last one has ended.
    ///
    /// # Errors
    /// [`StateError::Locked`] when it is alive and patience has an end.
    pub(super) async fn take(
        reader: &Reader,
        world: &World,
        claim: &Claim,
        tell: &(dyn Fn(Waiting) + Sync),
    ) -> Result<Self, StateError> {
        let since = world.steady();
        let mut told = None;
        loop {
            let last = latest(reader).await?;
            let death = match &last {
                Some(last) => ended(reader, world, claim, last, since, &mut told, tell).await?,
                None => Some(Death::Released),
            };
            // Somebody else was faster: its lease is looked at next.
            let Some(death) = death else { continue };
            let calls_may_last = last.as_ref().and_then(|last| may_be_under_way(last, death));
            if let Some(lease) = Self::put(reader, world, claim, last.as_ref(), calls_may_last).await? {
                return Ok(lease);
            }
        }
    }

    /// Takes the lease away from whoever holds it.
    pub(super) async fn seize(reader: &Reader, world: &World, claim: &Claim) -> Result<Self, StateError> {
        loop {
            let last = latest(reader).await?;
            if let Some(lease) = Self::put(reader, world, claim, last.as_ref(), None).await? {
                return Ok(lease);
            }
        }
    }

    /// Puts the lease of the epoch after the last one; `None` when another has it.
    async fn put(
        reader: &Reader,
        world: &World,
        claim: &Claim,
        last: Option<&LeaseObject>,
        calls_may_last: Option<(String, Duration)>,
    ) -> Result<Option<Self>, StateError> {
        let epoch = last.map_or(0, |last| last.epoch).saturating_add(1);
        let (taken, unix_ms) = (world.steady(), world.unix_ms());
        let object = LeaseObject {
            format_version: FORMAT_VERSION,
            environment: reader.environment().to_owned(),
            epoch,
            holder: claim.holder.clone(),
            reason: claim.reason.clone(),
            machine: claim.machine.clone(),
            nonce: super::writer::random_name(world),
            taken_unix_ms: unix_ms,
            time_to_live_ms: milliseconds(claim.terms.time_to_live),
            longest_call_ms: milliseconds(claim.terms.longest_call),
            beats: 0,
            renewed_unix_ms: unix_ms,
            released: false,
            unfinished: false,
            serial: last.map_or(0, |last| last.serial),
        };
        let key = Folder::Lease.key(reader.environment(), epoch);
        world.reach(Boundary::LeaseTaking).await;
        if put_new(reader, world, &key, &encode(&object).into()).await?.is_some() {
            return Ok(None);
        }
        world.reach(Boundary::LeaseTaken).await;
        let held = Held { object, taken, renewed: taken, lost: None };
        let (reader, world, terms) = (reader.clone(), world.clone(), claim.terms);
        Ok(Some(Self { reader, world, terms, calls_may_last, held: Mutex::new(held) }))
    }

    pub(super) fn epoch(&self) -> u64 {
        self.lock().object.epoch
    }

    /// The last serial that is known to have been durable.
    pub(super) fn serial(&self) -> u64 {
        self.lock().object.serial
    }

    /// Remembers, for the next renewal, what is durable now.
    pub(super) fn wrote(&self, serial: u64) {
        self.lock().object.serial = serial;
    }

    fn object(&self) -> LeaseObject {
        self.lock().object.clone()
    }

    /// Refuses what a holder alone may do, once the lease isn't held any more.
    pub(super) fn check(&self) -> Result<(), StateError> {
        let mut held = self.lock();
        if let Some(error) = &held.lost {
            return Err(error.clone());
        }
        let now = self.world.steady();
        let why = if now.since(held.taken) > LONGEST_RUN {
            "it has lasted a day, and no run may last longer"
        } else if now.since(held.renewed) > self.terms.time_to_live {
            "it couldn't renew it in time: the process was suspended, or the state store out of reach"
        } else {
            return Ok(());
        };
        let environment = held.object.environment.clone();
        let error = StateError::LeaseLost { environment, why: why.to_owned() };
        held.lost = Some(error.clone());
        Err(error)
    }

    /// Waits until a call that begins now would end within the lease.
    pub(super) async fn may_call(&self) -> Result<(), StateError> {
        loop {
            self.check()?;
            let age = self.world.steady().since(self.lock().renewed);
            if age + self.terms.longest_call <= self.terms.time_to_live {
                return Ok(());
            }
            self.world.sleep(self.terms.time_to_live / LOOKS_IN_A_LIFE).await;
        }
    }

    /// Renews the lease again and again, until it is lost.
    pub(super) async fn keep(&self) {
        let interval = self.terms.time_to_live / BEATS_IN_A_LIFE;
        while self.check().is_ok() {
            self.world.steady_pause(interval).await;
            // It may have been renewed meanwhile.
            let renewed = self.lock().renewed;
            if self.world.steady().since(renewed) >= interval {
                self.renew().await;
            }
        }
    }

    pub(super) async fn renew(&self) {
        let (began, mut object) = (self.world.steady(), self.object());
        let next = at(&self.reader, object.epoch.saturating_add(1)).await;
        if let Ok(Some(next)) = next {
            let why = format!("{} has taken it over", next.told());
            let error = StateError::LeaseLost { environment: object.environment, why };
            self.lock().lost = Some(error);
            return;
        }
        object.beats = object.beats.saturating_add(1);
        object.renewed_unix_ms = self.world.unix_ms();
        // What can't be renewed now may be at the next beat, and expires before long otherwise.
        self.world.reach(Boundary::LeaseRenewing).await;
        if self.overwrite(&object).await.is_ok() {
            self.world.reach(Boundary::LeaseRenewed).await;
            let mut held = self.lock();
            // Something may have been written meanwhile.
            object.serial = held.object.serial;
            held.object = object;
            held.renewed = began;
        }
    }

    /// Gives the lease back, so that the next one needn't wait, unless for calls that were left alone.
    pub(super) async fn release(&self, unfinished: bool) -> Result<(), StateError> {
        let mut object = self.object();
        if self.lock().lost.is_some() {
            return Ok(());
        }
        object.released = true;
        object.unfinished = unfinished;
        self.world.reach(Boundary::LeaseReleasing).await;
        self.overwrite(&object).await?;
        self.world.reach(Boundary::LeaseReleased).await;
        Ok(())
    }

    async fn overwrite(&self, object: &LeaseObject) -> Result<(), StateError> {
        let key = Folder::Lease.key(self.reader.environment(), object.epoch);
        let put = self.reader.store().put_opts(&key, encode(object).into(), PutOptions::default()).await;
        put.map(drop).map_err(|error| unwritable(&key, error))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Nothing panics while it holds the lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until the holder of the last lease has ended; `None` when another has taken the next one.
async fn ended(
    reader: &Reader,
    world: &World,
    claim: &Claim,
    last: &LeaseObject,
    since: Instant,
    told: &mut Option<Waiting>,
    tell: &(dyn Fn(Waiting) + Sync),
) -> Result<Option<Death>, StateError> {
    if last.released {
        return Ok(Some(Death::Released));
    }
    if claim.alone_on_machine && last.machine == claim.machine {
        return Ok(Some(Death::Gone));
    }
    let life = Duration::from_millis(last.time_to_live_ms);
    let (mut seen, mut unchanged_since, mut is_alive) = (last.clone(), world.steady(), false);
    loop {
        let of = last.told();
        let waiting = if is_alive { Waiting::ForTheEnd { of } } else { Waiting::ForASign { of } };
        if told.as_ref() != Some(&waiting) {
            tell(waiting.clone());
            *told = Some(waiting);
        }
        world.steady_sleep(life / LOOKS_IN_A_LIFE).await;
        if at(reader, last.epoch.saturating_add(1)).await?.is_some() {
            return Ok(None);
        }
        match at(reader, last.epoch).await? {
            Some(now) if now.released => return Ok(Some(Death::Released)),
            Some(now) if now != seen => {
                (seen, unchanged_since, is_alive) = (now, world.steady(), true);
            }
            Some(_) if world.steady().since(unchanged_since) > life => return Ok(Some(Death::Expired)),
            Some(_) => {}
            // Whoever clears leases away keeps the last one.
            None => return Ok(None),
        }
        if is_alive && world.steady().since(since) >= claim.patience {
            let environment = reader.environment().to_owned();
            return Err(StateError::Locked { environment, holder: last.told() });
        }
    }
}

/// How long what a holder had begun may go on without it.
fn may_be_under_way(last: &LeaseObject, death: Death) -> Option<(String, Duration)> {
    let longest = Duration::from_millis(last.longest_call_ms);
    match death {
        // No call could outlive the lease.
        Death::Expired => None,
        Death::Released if !last.unfinished => None,
        Death::Released | Death::Gone => (!longest.is_zero()).then(|| (last.told(), longest)),
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
