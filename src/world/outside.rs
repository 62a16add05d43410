//! Calls over the network, which take real time whatever clock a world has.
//!
//! They run on threads of their own. A virtual world stands still until they have answered: to
//! whom its clock belongs, they took no time.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::real;

/// How many threads the calls of a virtual world share.
const THREADS: usize = 2;

/// A handle to what runs calls over the network. Cloning it gives another handle to the same one.
#[derive(Debug, Clone)]
pub struct Outside(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Where they run; a virtual world makes its threads when there is a first call.
    handle: OnceLock<tokio::runtime::Handle>,
    threads: OnceLock<tokio::runtime::Runtime>,
    /// How many calls somebody waits for.
    awaited: AtomicUsize,
    /// How many alarms are set.
    alarms: AtomicUsize,
}

/// Why a call has no answer that its own errors could tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutsideError {
    #[error("the operating system refuses threads for calls over the network: {0}")]
    NoThreads(String),
    #[error("the call over the network was given up")]
    GivenUp,
}

impl Outside {
    /// Where calls run on the threads of a world that is real itself.
    pub(super) fn on(handle: tokio::runtime::Handle) -> Self {
        let outside = Self::of_its_own();
        // It is new, so that nothing was set before.
        let _ = outside.0.handle.set(handle);
        outside
    }

    /// Where calls run on threads that are made for the first of them.
    pub(super) fn of_its_own() -> Self {
        Self(Arc::new(Shared {
            handle: OnceLock::new(),
            threads: OnceLock::new(),
            awaited: AtomicUsize::new(0),
            alarms: AtomicUsize::new(0),
        }))
    }

    /// Makes a call. Whoever stops waiting for it gives it up.
    ///
    /// # Errors
    /// When it can't be begun, or never ends by itself.
    pub async fn call<T: Send + 'static>(
        &self,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, OutsideError> {
        let _awaited = Counted::one_more(&self.0.awaited);
        let mut task = GivenUpWithMe(self.handle()?.spawn(call));
        (&mut task.0).await.map_err(|_| OutsideError::GivenUp)
    }

    /// Waits in real time, while a world whose clock jumps goes on.
    pub(super) async fn alarm(&self, length: Duration) -> Result<(), OutsideError> {
        let _set = Counted::one_more(&self.0.alarms);
        // A timer is made where it runs.
        let mut task = GivenUpWithMe(self.handle()?.spawn(async move { tokio::time::sleep(length).await }));
        (&mut task.0).await.map_err(|_| OutsideError::GivenUp)
    }

    /// Waits in real time, within a call.
    pub async fn pause(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }

    /// The wall clock, which the other side reads too, in milliseconds since 1970.
    #[must_use]
    pub fn unix_ms(&self) -> i64 {
        real::unix_ms()
    }

    /// Whether the world has to wait for an answer.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.awaited.load(Ordering::SeqCst) > 0
    }

    /// Whether something will wake the world that isn't one of its own timers.
    pub(super) fn has_alarms(&self) -> bool {
        self.0.alarms.load(Ordering::SeqCst) > 0
    }

    fn handle(&self) -> Result<tokio::runtime::Handle, OutsideError> {
        if let Some(handle) = self.0.handle.get() {
            return Ok(handle.clone());
        }
        let made = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
        let made = made.map_err(|error| OutsideError::NoThreads(error.to_string()))?;
        // Of two that are made at once, one is dropped before anything runs on it.
        let threads = self.0.threads.get_or_init(|| made);
        Ok(self.0.handle.get_or_init(|| threads.handle().clone()).clone())
    }
}

/// Counts something for as long as somebody waits for it.
struct Counted<'s>(&'s AtomicUsize);

impl<'s> Counted<'s> {
    fn one_more(count: &'s AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct GivenUpWithMe<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for GivenUpWithMe<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::super::World;
    use super::*;

    #[test]
    fn a_virtual_world_waits_for_answers_without_time_going_by() {
        let world = World::virtual_from(1, 0);
        let outside = world.outside().clone();
        let late = world.clone();
        let (answer, ()) = world.run(async {
            let call = async {
                let inner = outside.clone();
                let answer = outside
                    .call(async move {
                        inner.pause(Duration::from_millis(20)).await;
                        7
                    })
                    .await;
                (answer, late.now().since_start_ms)
            };
            futures::join!(call, world.sleep(Duration::from_secs(3600)))
        });
        assert_eq!(answer, (Ok(7), 0));
        assert_eq!(world.now().since_start_ms, 3_600_000);
    }

    #[test]
    fn a_call_that_nobody_waits_for_holds_nothing_up() {
        let world = World::virtual_from(1, 0);
        world.run(async {
            let mut call = Box::pin(world.outside().call(std::future::pending::<()>()));
            assert!(futures::poll!(&mut call).is_pending());
            drop(call);
            world.sleep(Duration::from_secs(1)).await;
        });
        assert!(!world.outside().is_awaited());
    }

    #[test]
    fn an_alarm_rings_in_real_time_and_holds_no_clock_up() {
        let world = World::virtual_from_now();
        world.run(async {
            let (short, long) = (Duration::from_millis(20), Duration::from_secs(3600));
            futures::join!(world.steady_pause(short), world.sleep(long));
            assert_eq!(world.now().since_start_ms, 3_600_000);
            // Also where it is all that is waited for.
            let before = world.steady();
            world.steady_pause(short).await;
            assert!(world.steady().since(before) >= short - Duration::from_millis(1));
            assert_eq!(world.now().since_start_ms, 3_600_000);
        });
        assert!(!world.outside().has_alarms());
    }

    #[test]
    fn a_real_world_makes_calls_on_its_own_threads() {
        let world = World::real().unwrap();
        assert_eq!(world.run(world.outside().call(async { 7 })), Ok(7));
        assert_eq!(
            world.run(world.outside().call(async { panic!("it is broken") })),
            Err::<(), _>(OutsideError::GivenUp)
        );
    }
}
