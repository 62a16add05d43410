//! The only door to what isn't deterministic: clock, randomness, timers, files, the process's
//! environment and its signals.
//!
//! A [`World`] is either real (tokio's timers, the operating system's clock and randomness) or
//! virtual: one seed drives its randomness, and its clock jumps to the next timer as soon as
//! nothing else can go on, so that hours pass in milliseconds and a run replays exactly. Everything
//! above runs as one future with [`World::run`]; concurrency is joining futures, never spawning.
//!
//! Clippy refuses the standard library's and tokio's doors outside of this module.

#![allow(clippy::disallowed_methods, reason = "this is the door")]

pub mod files;
pub mod process;

mod boundary;
mod interrupt;
mod outside;
mod real;
mod stopwatch;
mod virtual_time;

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;

use boundary::Death;
pub use boundary::{Boundary, Failpoint, Journey, UnknownFailpoint};
pub use interrupt::{Interrupt, Interrupts, TIME_TO_LEAVE};
pub use outside::{Outside, OutsideError};
pub use stopwatch::Stopwatch;
pub use virtual_time::Crash;

/// Bytes that nobody can guess, from the operating system: for keys. Also in a virtual world, whose own
/// randomness can be replayed by everybody who knows its seed.
#[must_use]
pub fn secret_bytes<const N: usize>() -> [u8; N] {
    real::secret_bytes()
}

/// A point on a world's monotonic clock. Points of different worlds can't be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant {
    /// Milliseconds since the world began.
    pub since_start_ms: u64,
}

impl Instant {
    /// The time from `earlier` to this point; zero when it is later.
    #[must_use]
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_millis(self.since_start_ms.saturating_sub(earlier.since_start_ms))
    }
}

/// What a world has to provide.
trait Runtime: Send + Sync {
    fn now(&self) -> Instant;
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn unix_ms(&self) -> i64;
    fn random(&self) -> u64;
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// A handle to the world that everything runs in. Cloning it gives another handle to the same one.
#[derive(Clone)]
pub struct World {
    runtime: Arc<dyn Runtime>,
    executor: Executor,
    interrupts: Interrupts,
    /// Measures the time of others, where this world's clock jumps alone.
    wall: Option<Stopwatch>,
    journey: Option<Arc<Journey>>,
}

#[derive(Clone)]
enum Executor {
    Real(Arc<real::Real>),
    Virtual(Arc<virtual_time::Virtual>),
}

impl World {
    /// The real world.
    ///
    /// # Errors
    /// When the operating system refuses threads or timers.
    pub fn real() -> std::io::Result<Self> {
        let real = Arc::new(real::Real::new()?);
        Ok(Self {
            runtime: real.clone(),
            executor: Executor::Real(real),
            interrupts: Interrupts::default(),
            wall: None,
            journey: None,
        })
    }

    /// A world whose randomness comes from `seed` and whose clock starts at `unix_ms`
    /// (milliseconds since 1970) and jumps.
    #[must_use]
    pub fn virtual_from(seed: u64, unix_ms: i64) -> Self {
        let world = Arc::new(virtual_time::Virtual::new(seed, unix_ms));
        Self {
            runtime: world.clone(),
            executor: Executor::Virtual(world),
            interrupts: Interrupts::default(),
            wall: None,
            journey: None,
        }
    }

    /// A world whose clock jumps from now, and whose randomness is never the same twice.
    #[must_use]
    pub fn virtual_from_now() -> Self {
        let world = Self::virtual_from(real::random(), real::unix_ms());
        Self { wall: Some(Stopwatch::start()), ..world }
    }

    /// The world as one simulated process of it has it, with signals of its own, and what is known of the
    /// boundaries that this reaches. At its failpoint [`World::run_until_death`] drops it.
    #[must_use]
    pub fn process(&self, failpoint: Option<Failpoint>) -> (Self, Arc<Journey>) {
        let journey = Arc::new(Journey::new(failpoint, Death::Simulated));
        let interrupts = Interrupts::default();
        (Self { journey: Some(journey.clone()), interrupts, ..self.clone() }, journey)
    }

    /// The same world, in which this real process kills itself at a failpoint.
    #[must_use]
    pub fn deadly(self, failpoint: Failpoint) -> Self {
        Self { journey: Some(Arc::new(Journey::new(Some(failpoint), Death::BySignal))), ..self }
    }

    /// Says that the process has come to a boundary; doesn't return where it dies there.
    pub async fn reach(&self, boundary: Boundary) {
        if self.journey.as_ref().is_some_and(|journey| journey.reach(boundary)) {
            std::future::pending::<()>().await;
        }
    }

    /// Whether waiting costs no time.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        matches!(self.executor, Executor::Virtual(_))
    }

    /// Runs a future to its end.
    ///
    /// # Panics
    /// In a virtual world, when the future waits for something that can never come: that is a
    /// deadlock in the code under simulation.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match &self.executor {
            Executor::Real(real) => real.run(future),
            Executor::Virtual(world) => match world.run(future, None) {
                Ok(output) => output,
                // No crash was asked for, so none can have come.
                Err(Crash) => unreachable!("a virtual world crashed without being asked to"),
            },
        }
    }

    /// Runs a future in a virtual world and drops it at its `polls`-th wake-up, as a process that
    /// is killed there would end.
    ///
    /// # Errors
    /// [`Crash`] when the future hadn't ended by then.
    ///
    /// # Panics
    /// In a real world, and on a deadlock.
    pub fn run_until_crash<F: Future>(&self, future: F, polls: u64) -> Result<F::Output, Crash> {
        match &self.executor {
            Executor::Virtual(world) => world.run(future, Some(polls)),
            Executor::Real(_) => panic!("only a virtual world can be crashed"),
        }
    }

    /// Runs what one process does, and drops it where it dies.
    ///
    /// # Errors
    /// [`Crash`] when it has died at its failpoint.
    ///
    /// # Panics
    /// As [`World::run`].
    pub fn run_until_death<F: Future>(&self, journey: &Journey, future: F) -> Result<F::Output, Crash> {
        let mut future = std::pin::pin!(future);
        self.run(std::future::poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending if journey.is_over() => Poll::Ready(Err(Crash)),
            Poll::Pending => Poll::Pending,
        }))
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        self.runtime.now()
    }

    /// A monotonic clock that goes as fast as that of every other process that shares something with
    /// this one: the world's own, unless that jumps while the others' don't.
    #[must_use]
    pub fn steady(&self) -> Instant {
        self.wall.map_or_else(|| self.now(), |wall| Instant { since_start_ms: wall.elapsed_ms() })
    }

    /// Waits by the [`World::steady`] clock. Where the world's own clock jumps while those of others
    /// don't, the whole process waits: nothing else may be under way.
    pub async fn steady_sleep(&self, duration: Duration) {
        if self.wall.is_some() {
            std::thread::sleep(duration);
        } else {
            self.sleep(duration).await;
        }
    }

    /// Waits by the [`World::steady`] clock, while everything else goes on.
    pub async fn steady_pause(&self, duration: Duration) {
        // Without threads for it, the world's own clock has to do.
        if self.wall.is_none() || self.outside().alarm(duration).await.is_err() {
            self.sleep(duration).await;
        }
    }

    /// The wall clock, as milliseconds since 1970-01-01T00:00:00Z: for people and records only,
    /// never to decide anything between machines.
    #[must_use]
    pub fn unix_ms(&self) -> i64 {
        self.runtime.unix_ms()
    }

    /// Waits. In a virtual world the clock jumps as soon as nothing else can go on.
    pub async fn sleep(&self, duration: Duration) {
        self.runtime.sleep(duration).await;
    }

    /// 64 random bits.
    #[must_use]
    pub fn random(&self) -> u64 {
        self.runtime.random()
    }

    /// A random number below `bound`; 0 when `bound` is 0.
    #[must_use]
    pub fn random_below(&self, bound: u64) -> u64 {
        // The bias of the remainder is below 2^-32 for every bound that is used here.
        if bound == 0 { 0 } else { self.random() % bound }
    }

    /// What makes calls over the network.
    #[must_use]
    pub fn outside(&self) -> &Outside {
        match &self.executor {
            Executor::Real(real) => real.outside(),
            Executor::Virtual(world) => world.outside(),
        }
    }

    /// The requests to stop that have reached this process.
    #[must_use]
    pub fn interrupts(&self) -> &Interrupts {
        &self.interrupts
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.is_virtual() { "virtual" } else { "real" };
        write!(f, "World({kind}, {:?})", self.now())
    }
}
