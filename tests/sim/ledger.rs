//! Which faults were injected, and at which boundary the process was then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ninefold::world::{Boundary, Journey};

/// What the simulation does to processes, calls, puts and the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A process dies.
    Killed,
    /// The machine loses power, and what wasn't synced with it.
    PowerLost,
    /// A process stands still, for seconds or for days.
    Suspended,
    /// A call is refused because there are too many.
    Throttled,
    /// A call fails before it had an effect.
    ServerError,
    /// A call has its effect, and the answer is lost.
    AnswerLost,
    /// A call isn't answered until the longest call is over, and has no effect.
    TimedOut,
    /// The same, and it has its effect at the very end.
    EffectLate,
    /// What a call begins takes hours.
    Stalled,
    /// What a call begins ends in failure.
    CreationFailed,
    /// What was made isn't seen yet when it is looked for.
    Unseen,
    /// Somebody changes a thing behind Ninefold's back.
    Edited,
    /// Somebody deletes one.
    Deleted,
    /// A put is refused.
    PutRefused,
    /// A put is refused as if somebody else had been first, and nobody was.
    PutRefusedAsAnothers,
    /// A put takes effect long after it was asked for.
    PutDelayed,
    /// A put takes effect, and the answer is an error.
    PutAnswerLost,
    /// A put takes effect, and the answer is that there is one already.
    PutTakenForAnothers,
    /// A put takes effect, and the answer comes long after.
    PutAnswerDelayed,
}

impl Fault {
    pub const ALL: [Fault; 19] = [
        Fault::Killed,
        Fault::PowerLost,
        Fault::Suspended,
        Fault::Throttled,
        Fault::ServerError,
        Fault::AnswerLost,
        Fault::TimedOut,
        Fault::EffectLate,
        Fault::Stalled,
        Fault::CreationFailed,
        Fault::Unseen,
        Fault::Edited,
        Fault::Deleted,
        Fault::PutRefused,
        Fault::PutRefusedAsAnothers,
        Fault::PutDelayed,
        Fault::PutAnswerLost,
        Fault::PutTakenForAnothers,
        Fault::PutAnswerDelayed,
    ];

    /// The fault as the table names it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Killed => "process killed",
            Fault::PowerLost => "power lost",
            Fault::Suspended => "process suspended",
            Fault::Throttled => "call throttled",
            Fault::ServerError => "call failed before its effect",
            Fault::AnswerLost => "call's answer lost",
            Fault::TimedOut => "call timed out, without effect",
            Fault::EffectLate => "call timed out, effect at its end",
            Fault::Stalled => "work of hours",
            Fault::CreationFailed => "creation failed afterwards",
            Fault::Unseen => "made, and not seen yet",
            Fault::Edited => "edited from outside",
            Fault::Deleted => "deleted from outside",
            Fault::PutRefused => "put refused",
            Fault::PutRefusedAsAnothers => "put refused as another's",
            Fault::PutDelayed => "put delayed",
            Fault::PutAnswerLost => "put's answer lost",
            Fault::PutTakenForAnothers => "own put answered as existing",
            Fault::PutAnswerDelayed => "put's answer delayed",
        }
    }
}

/// What became of processes: not faults, but what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A process began.
    Begun,
    /// It carried a plan out to the end.
    Done,
    /// It refused to begin, because another was at work.
    Locked,
    /// Its lease expired, or was taken over, while it ran.
    LeaseLost,
    /// Another had written where it wanted to.
    Fenced,
    /// It found out what an earlier one had left open.
    Recovered,
    /// A file that a put under way at a kill left behind.
    LeftOver,
    /// An entry of a folder that a power loss took back.
    Undone,
    /// An object that was put where an older one was pruned: nobody reads it.
    Buried,
}

impl Event {
    pub fn name(self) -> &'static str {
        match self {
            Event::Begun => "processes",
            Event::Done => "carried out a plan",
            Event::Locked => "refused by a lock",
            Event::LeaseLost => "lost their lease",
            Event::Fenced => "met their fence",
            Event::Recovered => "operations recovered",
            Event::LeftOver => "staged files left over",
            Event::Undone => "unsynced entries undone",
            Event::Buried => "stale objects put where others were pruned",
        }
    }
}

/// The place that a fault met a process at; none before its first boundary, and between processes.
pub type At = Option<Boundary>;

/// How often each fault met each boundary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub faults: BTreeMap<(Fault, At), u64>,
    pub events: BTreeMap<Event, u64>,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        for (key, count) in &other.faults {
            *self.faults.entry(*key).or_default() += count;
        }
        for (key, count) in &other.events {
            *self.events.entry(*key).or_default() += count;
        }
    }

    pub fn of(&self, fault: Fault) -> u64 {
        self.faults.iter().filter(|((of, _), _)| *of == fault).map(|(_, count)| count).sum()
    }

    pub fn at(&self, fault: Fault, at: At) -> u64 {
        self.faults.get(&(fault, at)).copied().unwrap_or_default()
    }
}

/// Counts what happens in one seed.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Counts>>);

impl Ledger {
    pub fn count(&self, fault: Fault, at: At) {
        *self.0.lock().unwrap().faults.entry((fault, at)).or_default() += 1;
    }

    pub fn tell(&self, event: Event, count: u64) {
        if count > 0 {
            *self.0.lock().unwrap().events.entry(event).or_default() += count;
        }
    }

    pub fn counts(&self) -> Counts {
        self.0.lock().unwrap().clone()
    }
}

/// Counts what meets one process.
#[derive(Debug, Clone)]
pub struct Watch {
    pub ledger: Ledger,
    pub journey: Arc<Journey>,
}

impl Watch {
    pub fn count(&self, fault: Fault) {
        self.ledger.count(fault, self.journey.last());
    }
}
