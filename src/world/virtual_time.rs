//! A clock that jumps and randomness from one seed: the world of the sandbox and of simulations.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::future::BoxFuture;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, SeedableRng as _};

use super::{Instant, Outside, Runtime};

/// The future was dropped in the middle, as a killed process would have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the process was killed")]
pub struct Crash;

struct State {
    now_ms: u64,
    random: Xoshiro256PlusPlus,
    /// By the time they are due and the order in which they were set.
    timers: BTreeMap<(u64, u64), Waker>,
    timers_set: u64,
}

pub(super) struct Virtual {
    state: Arc<Mutex<State>>,
    started_unix_ms: i64,
    outside: Outside,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Nothing panics while it holds the lock, so that the state behind a poisoned one is whole.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether there is something to do, and who does it: an answer comes from another thread.
struct Woken(AtomicBool, std::thread::Thread);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        self.1.unpark();
    }
}

impl Virtual {
    pub(super) fn new(seed: u64, started_unix_ms: i64) -> Self {
        let state = State {
            now_ms: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            timers: BTreeMap::new(),
            timers_set: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), started_unix_ms, outside: Outside::of_its_own() }
    }

    pub(super) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Polls until the future is done, jumping to the next timer whenever nothing is awake.
    pub(super) fn run<F: Future>(&self, future: F, crash_at: Option<u64>) -> Result<F::Output, Crash> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken(AtomicBool::new(true), std::thread::current()));
        let waker = Waker::from(woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut polls = 0;
        loop {
            while woken.0.swap(false, Ordering::SeqCst) {
                if crash_at == Some(polls) {
                    return Err(Crash);
                }
                polls += 1;
                if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                    return Ok(output);
                }
            }
            if self.outside.is_awaited() {
                // Whoever wakes us has set the flag before: nothing is missed.
                std::thread::park();
                continue;
            }
            let mut state = lock(&self.state);
            let Some(((due_ms, _), timer)) = state.timers.pop_first() else {
                if self.outside.has_alarms() {
                    drop(state);
                    std::thread::park();
                    continue;
                }
                panic!("deadlock: everything waits and no timer is set");
            };
            state.now_ms = state.now_ms.max(due_ms);
            drop(state);
            timer.wake();
        }
    }
}

impl Runtime for Virtual {
    fn now(&self) -> Instant {
        Instant { since_start_ms: lock(&self.state).now_ms }
    }

    fn unix_ms(&self) -> i64 {
        let elapsed = i64::try_from(self.now().since_start_ms).unwrap_or(i64::MAX);
        self.started_unix_ms.saturating_add(elapsed)
    }

    fn random(&self) -> u64 {
        lock(&self.state).random.next_u64()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let length_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Box::pin(Sleep {
            state: self.state.clone(),
            due_ms: self.now().since_start_ms.saturating_add(length_ms),
            timer: None,
        })
    }
}

struct Sleep {
    state: Arc<Mutex<State>>,
    due_ms: u64,
    timer: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = self.state.clone();
        let mut state = lock(&shared);
        if let Some(timer) = self.timer.take() {
            state.timers.remove(&timer);
            if state.now_ms >= self.due_ms {
                return Poll::Ready(());
            }
        }
        // The first poll always waits, even for no time at all: every sleep is a point at which
        // others may go on, and at which a simulation may crash.
        let timer = (self.due_ms, state.timers_set);
        state.timers_set += 1;
        state.timers.insert(timer, context.waker().clone());
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            lock(&self.state).timers.remove(&timer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::World;
    use super::*;

    #[test]
    fn waiting_costs_no_time_and_keeps_the_order() {
        let world = World::virtual_from(1, 0);
        let order = Mutex::new(Vec::new());
        let visit = |name: &'static str, minutes: u64| {
            let (world, order) = (&world, &order);
            async move {
                world.sleep(Duration::from_secs(minutes * 60)).await;
                order.lock().unwrap().push((name, world.now().since_start_ms / 60_000));
            }
        };
        world.run(async { futures::join!(visit("late", 25), visit("early", 10)) });
        assert_eq!(*order.lock().unwrap(), [("early", 10), ("late", 25)]);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let numbers = |seed| {
            let world = World::virtual_from(seed, 0);
            [world.random(), world.random()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn a_crash_drops_the_future_where_it_stands() {
        let world = World::virtual_from(1, 0);
        let steps = Mutex::new(0);
        let work = async {
            for _ in 0..10 {
                world.sleep(Duration::from_secs(1)).await;
                *steps.lock().unwrap() += 1;
            }
        };
        assert_eq!(world.run_until_crash(work, 4), Err(Crash));
        assert_eq!(*steps.lock().unwrap(), 3);
    }

    #[test]
    #[should_panic(expected = "deadlock")]
    fn a_deadlock_is_found() {
        World::virtual_from(1, 0).run(std::future::pending::<()>());
    }
}
