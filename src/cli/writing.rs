//! Writing state: the lock and the lease that it takes, what is waited for until they can be had, and
//! what becomes of it when somebody asks to stop.
//!
//! Until the lease is held, a signal ends the process as it ends every other: nothing is lost by that.
//! From then on signals are heard, so that the lease is given back.

use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};

use super::args;
use super::error::Error;
use super::exit::Exit;
use super::session::{Session, state_error};
use super::terminal;
use crate::state::{Claim, Lock, StateError, Terms, Waiting, Writer};
use crate::world::{Interrupt, Stopwatch, process};

/// How long a lease lives that nobody renews.
const LEASE: Duration = Duration::from_secs(180);
/// How long a call to a provider can take: connecting to it, and its answer.
const LONGEST_CALL: Duration = Duration::from_secs(70);
/// How often the lock of this machine is tried.
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

impl Session {
    /// Does something that writes state, and waits until all of it is durable. Asked to stop, it does no
    /// more: what it has begun to write is written in full, or not at all.
    pub(super) fn write<T>(
        &self,
        locking: &args::Locking,
        work: impl AsyncFnOnce(&Writer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.write_from(locking, None, work)
    }

    /// The same, from the state after a past serial on where there is one: see [`Writer::open_at`].
    pub(super) fn write_from<T>(
        &self,
        locking: &args::Locking,
        serial: Option<u64>,
        work: impl AsyncFnOnce(&Writer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.hold(locking, serial, async |writer| self.unless_interrupted(work(writer)).await)
    }

    /// As [`Session::write_from`], for work that sees by itself to it that it stops when it is asked to.
    pub(super) fn hold<T>(
        &self,
        locking: &args::Locking,
        serial: Option<u64>,
        work: impl AsyncFnOnce(&Writer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut claim = self.claim(locking.lock_timeout);
        let lock = self.lock(&claim)?;
        claim.alone_on_machine = lock.is_some();
        self.world.run(async {
            let (store, name) = (self.store.clone(), &self.environment.name);
            let world = self.world.clone();
            let opened = match serial {
                None => Writer::open(store, name, world, &claim, &tell_waiting).await,
                Some(serial) => Writer::open_at(store, name, world, &claim, serial, &tell_waiting).await,
            };
            let (writer, writing) = opened.map_err(|error| state_error(&error))?;
            let listening = self.world.interrupts().listen(leave);
            listening.map_err(|error| Error::new(format!("Ctrl-C can't be listened to: {error}")))?;
            let work = async {
                // Moved here so that it is dropped with the work: that ends the writing.
                let writer = writer;
                work(&writer).await
            };
            futures::join!(work, writing.run()).0
        })
    }

    /// Does something that may be left where it stands, until somebody asks to stop.
    pub(super) async fn unless_interrupted<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match select(pin!(work), pin!(self.world.interrupts().beyond(Interrupt::None))).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => {
                let mut error = Error::new("interrupted before it was done");
                error.exit = Exit::Interrupted;
                Err(error)
            }
        }
    }

    /// What the lease of the environment is asked for with.
    pub(super) fn claim(&self, patience: Duration) -> Claim {
        // The sandbox does what it is asked to at once, or never.
        let longest_call = if self.sandbox.is_some() { Duration::ZERO } else { LONGEST_CALL };
        Claim {
            holder: format!("{}, process {}", process::holder(), process::id()),
            reason: process::command_line(),
            machine: process::machine(),
            alone_on_machine: false,
            patience,
            terms: Terms { time_to_live: LEASE, longest_call },
        }
    }

    /// Takes the lock of this machine, where state is kept on it.
    fn lock(&self, claim: &Claim) -> Result<Option<Lock>, Error> {
        let who = format!("{}: {}", claim.holder, claim.reason);
        let (waited, mut is_told) = (Stopwatch::start(), false);
        loop {
            match self.location.lock(self.workspace.root(), &self.environment.name, &who) {
                Ok(lock) => return Ok(lock),
                Err(StateError::Locked { holder, .. }) if waited.elapsed() < claim.patience => {
                    if !std::mem::replace(&mut is_told, true) {
                        tell_waiting(Waiting::ForTheEnd { of: holder });
                    }
                    self.world.run(self.world.steady_sleep(BETWEEN_TRIES));
                }
                Err(error) => return Err(state_error(&error)),
            }
        }
    }
}

/// Ends a process that has been asked to leave at once and hasn't.
fn leave() {
    terminal::message("Left at once: the next apply finds out what became of what was in flight.\n");
    process::leave(Exit::Interrupted.code())
}

/// Tells a person what has to be waited for.
pub(super) fn tell_waiting(waiting: Waiting) {
    terminal::message(&match waiting {
        Waiting::ForASign { of } => format!("Waiting for a sign of life of {of}\n"),
        Waiting::ForTheEnd { of } => format!("Waiting until this has ended: {of}\n"),
        Waiting::ForCalls { of, time } => {
            format!("Waiting {} s for what was under way when it ended: {of}\n", time.as_secs())
        }
    });
}
