//! The places between which a process may die: each parts what is durable, or has had its effect, from
//! what comes after it.
//!
//! The engine says when it reaches one, by [`World::reach`](super::World::reach). Nobody is interested in
//! that but tests: they end a process exactly there, and the next one has to find out what became of it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place between two steps of which the first may be done and the second not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Boundary {
    /// A lease is about to be taken.
    LeaseTaking,
    /// It is taken.
    LeaseTaken,
    /// It is about to be renewed.
    LeaseRenewing,
    LeaseRenewed,
    /// It is about to be given back.
    LeaseReleasing,
    LeaseReleased,
    /// An object of the log is about to be put.
    RecordsPutting,
    /// It is durable, and nobody was told.
    RecordsDurable,
    /// A call that changes the world is about to be made; its intent is durable.
    CallBeginning,
    /// It was answered, and nothing of that is recorded.
    CallAnswered,
    /// A snapshot is about to be put.
    SnapshotPutting,
    SnapshotDurable,
    /// An object that nobody needs any more is about to be deleted.
    Pruning,
    Pruned,
}

impl Boundary {
    pub const ALL: [Boundary; 14] = [
        Boundary::LeaseTaking,
        Boundary::LeaseTaken,
        Boundary::LeaseRenewing,
        Boundary::LeaseRenewed,
        Boundary::LeaseReleasing,
        Boundary::LeaseReleased,
        Boundary::RecordsPutting,
        Boundary::RecordsDurable,
        Boundary::CallBeginning,
        Boundary::CallAnswered,
        Boundary::SnapshotPutting,
        Boundary::SnapshotDurable,
        Boundary::Pruning,
        Boundary::Pruned,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Boundary::LeaseTaking => "lease-taking",
            Boundary::LeaseTaken => "lease-taken",
            Boundary::LeaseRenewing => "lease-renewing",
            Boundary::LeaseRenewed => "lease-renewed",
            Boundary::LeaseReleasing => "lease-releasing",
            Boundary::LeaseReleased => "lease-released",
            Boundary::RecordsPutting => "records-putting",
            Boundary::RecordsDurable => "records-durable",
            Boundary::CallBeginning => "call-beginning",
            Boundary::CallAnswered => "call-answered",
            Boundary::SnapshotPutting => "snapshot-putting",
            Boundary::SnapshotDurable => "snapshot-durable",
            Boundary::Pruning => "pruning",
            Boundary::Pruned => "pruned",
        }
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a process is to die: when it reaches a boundary for the nth time, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failpoint {
    pub boundary: Boundary,
    pub nth: u64,
}

/// What isn't the name of a failpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no failpoint: give the name of a boundary and, after a colon, which time that it is reached is meant, \
     as in `records-durable:3`; docs/recovery.md lists them"
)]
pub struct UnknownFailpoint(String);

impl FromStr for Failpoint {
    type Err = UnknownFailpoint;

    fn from_str(text: &str) -> Result<Self, UnknownFailpoint> {
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        let boundary = Boundary::ALL.into_iter().find(|boundary| boundary.name() == name);
        match (boundary, nth.parse()) {
            (Some(boundary), Ok(nth)) if nth > 0 => Ok(Self { boundary, nth }),
            _ => Err(UnknownFailpoint(text.to_owned())),
        }
    }
}

/// The boundaries that one process reaches, and where it dies.
#[derive(Debug)]
pub struct Journey {
    failpoint: Option<Failpoint>,
    death: Death,
    progress: Mutex<Progress>,
}

/// What it is to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// This whole process is killed.
    BySignal,
    /// What the process does is dropped.
    Simulated,
}

#[derive(Debug, Default)]
struct Progress {
    reached: BTreeMap<Boundary, u64>,
    last: Option<Boundary>,
    is_over: bool,
}

impl Journey {
    pub(super) fn new(failpoint: Option<Failpoint>, death: Death) -> Self {
        Self { failpoint, death, progress: Mutex::default() }
    }

    /// Counts a boundary; whether the process dies there.
    pub(super) fn reach(&self, boundary: Boundary) -> bool {
        let mut progress = self.lock();
        let count = progress.reached.entry(boundary).or_default();
        *count += 1;
        let nth = *count;
        progress.last = Some(boundary);
        if self.failpoint == Some(Failpoint { boundary, nth }) {
            progress.is_over = true;
            if self.death == Death::BySignal {
                super::process::kill();
            }
        }
        progress.is_over
    }

    /// Whether it has reached the place where it dies.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// The boundary that it reached last.
    #[must_use]
    pub fn last(&self) -> Option<Boundary> {
        self.lock().last
    }

    /// How often it has reached each.
    #[must_use]
    pub fn reached(&self) -> BTreeMap<Boundary, u64> {
        self.lock().reached.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        // Nothing panics while it holds the lock.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::World;
    use super::*;

    #[test]
    fn a_failpoint_has_a_boundary_and_a_number() {
        for boundary in Boundary::ALL {
            assert_eq!(boundary.name().parse(), Ok(Failpoint { boundary, nth: 1 }));
            assert_eq!(format!("{boundary}:7").parse(), Ok(Failpoint { boundary, nth: 7 }));
        }
        for text in
            ["", "records", "records-durable:", "records-durable:0", "records-durable:-1", "pruned:1:2"]
        {
            assert_eq!(text.parse::<Failpoint>(), Err(UnknownFailpoint(text.to_owned())));
        }
    }

    #[test]
    fn a_process_of_a_virtual_world_dies_where_it_is_told_to() {
        let failpoint = Failpoint { boundary: Boundary::CallAnswered, nth: 2 };
        let world = World::virtual_from(1, 0);
        let (doomed, journey) = world.process(Some(failpoint));
        let calls = Mutex::new(0);
        let process = async {
            loop {
                doomed.reach(Boundary::CallBeginning).await;
                doomed.sleep(Duration::from_secs(1)).await;
                *calls.lock().unwrap() += 1;
                doomed.reach(Boundary::CallAnswered).await;
            }
        };
        assert!(world.run_until_death(&journey, process).is_err());
        assert_eq!((*calls.lock().unwrap(), journey.last()), (2, Some(Boundary::CallAnswered)));
        let reached = BTreeMap::from([(Boundary::CallBeginning, 2), (Boundary::CallAnswered, 2)]);
        assert_eq!(journey.reached(), reached);
    }

    #[test]
    fn without_a_failpoint_nothing_happens_at_a_boundary() {
        let world = World::virtual_from(1, 0);
        let (process, journey) = world.process(None);
        let ended = world.run_until_death(&journey, process.reach(Boundary::Pruned));
        assert_eq!((ended, journey.is_over()), (Ok(()), false));
        world.run(world.reach(Boundary::Pruned));
    }
}
