//! The real clock, timers and randomness.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use rand::Rng as _;
use rustix::time::{ClockId, clock_gettime};

use super::{Instant, Outside, Runtime};

pub(super) struct Real {
    runtime: tokio::runtime::Runtime,
    started: Duration,
    outside: Outside,
}

impl Real {
    pub(super) fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let outside = Outside::on(runtime.handle().clone());
        Ok(Self { runtime, started: uptime(), outside })
    }

    pub(super) fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub(super) fn outside(&self) -> &Outside {
        &self.outside
    }
}

/// The wall clock, in milliseconds since 1970.
pub(super) fn unix_ms() -> i64 {
    // A clock before 1970 is a machine without a clock: 0 says so as well as anything.
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// The time since the machine was started, what it slept through included: a laptop that was closed for
/// a week in the middle of a run has to find its lease a week older. The standard library's clock stops
/// meanwhile.
pub(super) fn uptime() -> Duration {
    // https://man7.org/linux/man-pages/man2/clock_gettime.2.html; elsewhere this clock goes on by itself.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::Monotonic;
    let time = clock_gettime(CLOCK);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The operating system's randomness.
pub(super) fn random() -> u64 {
    rand::rng().next_u64()
}

/// The same, as bytes.
pub(super) fn secret_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

impl Runtime for Real {
    fn now(&self) -> Instant {
        let elapsed = uptime().saturating_sub(self.started).as_millis();
        Instant { since_start_ms: u64::try_from(elapsed).unwrap_or(u64::MAX) }
    }

    fn unix_ms(&self) -> i64 {
        unix_ms()
    }

    fn random(&self) -> u64 {
        random()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
