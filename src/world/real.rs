//! The real clock, timers and randomness.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use rand::Rng as _;

use super::{Instant, Outside, Runtime};

pub(super) struct Real {
    runtime: tokio::runtime::Runtime,
    started: std::time::Instant,
    outside: Outside,
}

impl Real {
    pub(super) fn new() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let outside = Outside::on(runtime.handle().clone());
        Ok(Self { runtime, started: std::time::Instant::now(), outside })
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
        let elapsed = self.started.elapsed().as_millis();
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
