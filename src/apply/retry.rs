//! Calling again after faults that pass: exponential back-off with full jitter, within the time that
//! an operation has, and a breaker for each service.
//!
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::kinds::{CallError, ErrorKind};
use crate::world::{Instant, World};

const FIRST_MS: u64 = 500;
const LONGEST_MS: u64 = 20_000;
/// What can't be reached is asked so often before its operations fail: others may go on meanwhile.
const TRIES_OF_THE_UNREACHABLE: u32 = 3;

/// The attempts of one operation.
pub(super) struct Attempts {
    deadline: Instant,
    failed: u32,
}

impl Attempts {
    pub(super) fn within(world: &World, time: Duration) -> Self {
        let length_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let deadline = Instant { since_start_ms: world.now().since_start_ms.saturating_add(length_ms) };
        Self { deadline, failed: 0 }
    }

    pub(super) fn is_over(&self, world: &World) -> bool {
        world.now() >= self.deadline
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    pub(super) fn after(&mut self, error: &CallError, world: &World) -> Option<Duration> {
        self.failed += 1;
        let again = match error.kind {
            ErrorKind::Throttled | ErrorKind::Transient | ErrorKind::Conflict => true,
            ErrorKind::Unreachable => self.failed < TRIES_OF_THE_UNREACHABLE,
            _ => false,
        };
        if !again || self.is_over(world) {
            return None;
        }
        let most_ms = FIRST_MS.saturating_mul(1 << self.failed.min(16)).min(LONGEST_MS);
        let wait_ms = world.random_below(most_ms).max(error.retry_after_ms.unwrap_or(0)).max(1);
        Some(Duration::from_millis(wait_ms))
    }
}

/// So many faults of a service in a row open its breaker…
const FAULTS_THAT_OPEN: u32 = 8;
/// …for so long, after which one call may try.
const OPEN_FOR: Duration = Duration::from_secs(30);

/// One breaker for each service and region: while it is open, calls wait instead of adding to what
/// the service can't bear.
#[derive(Debug, Default)]
pub(super) struct Breakers(Mutex<BTreeMap<String, Breaker>>);

#[derive(Debug, Default, Clone, Copy)]
struct Breaker {
    faults: u32,
    open_until: Option<Instant>,
}

impl Breakers {
    /// Waits while the breaker of a service is open.
    pub(super) async fn pass(&self, service: &str, world: &World) {
        let wait = {
            let breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            breakers.get(service).and_then(|breaker| breaker.open_until).map(|until| until.since(world.now()))
        };
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            world.sleep(wait).await;
        }
    }

    /// Counts how a call went.
    pub(super) fn count(&self, service: &str, error: Option<&CallError>, world: &World) {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let breaker = breakers.entry(service.to_owned()).or_default();
        let faulty =
            error.is_some_and(|error| matches!(error.kind, ErrorKind::Throttled | ErrorKind::Transient));
        if !faulty {
            *breaker = Breaker::default();
            return;
        }
        breaker.faults += 1;
        if breaker.faults >= FAULTS_THAT_OPEN {
            let open_ms = u64::try_from(OPEN_FOR.as_millis()).unwrap_or(u64::MAX);
            let until = world.now().since_start_ms + open_ms;
            *breaker =
                Breaker { faults: FAULTS_THAT_OPEN - 1, open_until: Some(Instant { since_start_ms: until }) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_and_what_is_wrong_is_not() {
        let world = World::virtual_from(1, 0);
        let mut attempts = Attempts::within(&world, Duration::from_secs(60));
        let error = |kind| CallError::refused(kind, "X", "x");
        assert!(attempts.after(&error(ErrorKind::Throttled), &world).is_some());
        assert!(attempts.after(&error(ErrorKind::Invalid), &world).is_none());
        world.run(world.sleep(Duration::from_secs(61)));
        assert!(attempts.after(&error(ErrorKind::Throttled), &world).is_none());
    }

    #[test]
    fn waits_grow_and_have_a_bound() {
        let world = World::virtual_from(1, 0);
        let mut attempts = Attempts::within(&world, Duration::from_secs(100_000));
        let error = CallError::refused(ErrorKind::Transient, "X", "x");
        let longest = (0..50).filter_map(|_| attempts.after(&error, &world)).max().unwrap();
        assert!(
            longest > Duration::from_millis(2 * FIRST_MS) && longest <= Duration::from_millis(LONGEST_MS)
        );
    }

    #[test]
    fn a_breaker_opens_after_faults_in_a_row() {
        let world = World::virtual_from(1, 0);
        let breakers = Breakers::default();
        let error = CallError::refused(ErrorKind::Throttled, "X", "x");
        for _ in 0..FAULTS_THAT_OPEN {
            breakers.count("aws.ec2", Some(&error), &world);
        }
        world.run(breakers.pass("aws.ec2", &world));
        assert_eq!(world.now().since_start_ms, 30_000);
        breakers.count("aws.ec2", None, &world);
        world.run(breakers.pass("aws.ec2", &world));
        assert_eq!(world.now().since_start_ms, 30_000);
    }
}
