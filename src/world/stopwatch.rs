//! How long things take on the wall, for people who wait.

use std::time::Duration;

use super::real::uptime;

/// Measures wall time, also where the world's own clock is virtual.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Duration);

impl Stopwatch {
    #[must_use]
    pub fn start() -> Self {
        Self(uptime())
    }

    /// The time since it was started.
    #[must_use]
    pub fn elapsed(self) -> Duration {
        uptime().saturating_sub(self.0)
    }

    /// Milliseconds since it was started.
    #[must_use]
    pub fn elapsed_ms(self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
