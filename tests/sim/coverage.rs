//! Which faults met which boundaries, and which of them can't meet.

use std::fmt::Write as _;

use ninefold::world::Boundary;

use crate::ledger::{At, Counts, Event, Fault};

/// Whether a fault meets a process that has reached a boundary last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// It does.
    Expected,
    /// Only where two things fall together within milliseconds: not in every set of seeds.
    ByChance,
    /// It can't, because of that.
    Impossible(&'static str),
}

fn meeting(fault: Fault, at: At) -> Meeting {
    use Boundary as B;
    use Meeting::{ByChance, Expected, Impossible};
    let Some(at) = at else {
        return match fault {
            Fault::Killed | Fault::Suspended => Expected,
            Fault::PowerLost => ByChance,
            // Between two processes.
            Fault::Edited | Fault::Deleted => Expected,
            _ => Impossible("a process takes its lease before it puts or calls anything"),
        };
    };
    match fault {
        Fault::Killed | Fault::PowerLost => Expected,
        Fault::Suspended | Fault::Edited | Fault::Deleted => match at {
            B::LeaseReleased => Impossible("its process ends there, without another wake-up"),
            _ => Expected,
        },
        Fault::Throttled | Fault::ServerError => match at {
            B::LeaseTaking | B::LeaseReleasing | B::LeaseReleased => {
                Impossible("nothing is called without a lease")
            }
            B::SnapshotPutting | B::Pruning => Impossible("nothing is called while the store is tidied"),
            _ => Expected,
        },
        Fault::AnswerLost
        | Fault::TimedOut
        | Fault::EffectLate
        | Fault::Stalled
        | Fault::CreationFailed
        | Fault::Unseen => match at {
            B::LeaseTaking | B::LeaseReleasing | B::LeaseReleased => {
                Impossible("nothing is called without a lease")
            }
            B::LeaseTaken => {
                Impossible("a run, or a fence, is recorded before anything is changed or looked for")
            }
            B::SnapshotPutting | B::SnapshotDurable | B::Pruning | B::Pruned => {
                Impossible("a run is recorded between tidying and the first change")
            }
            B::CallAnswered => Expected,
            B::CallBeginning if fault != Fault::Unseen => Expected,
            B::RecordsDurable
                if matches!(fault, Fault::AnswerLost | Fault::CreationFailed | Fault::Unseen) =>
            {
                Expected
            }
            B::LeaseRenewed if fault == Fault::AnswerLost => Expected,
            _ => ByChance,
        },
        Fault::PutRefused
        | Fault::PutRefusedAsAnothers
        | Fault::PutDelayed
        | Fault::PutAnswerLost
        | Fault::PutTakenForAnothers
        | Fault::PutAnswerDelayed => match at {
            B::LeaseTaking
            | B::LeaseRenewing
            | B::LeaseReleasing
            | B::RecordsPutting
            | B::SnapshotPutting => Expected,
            B::LeaseTaken => Impossible("another boundary lies between it and the next put"),
            B::LeaseReleased => Impossible("nothing is put after it"),
            _ => ByChance,
        },
    }
}

/// The places of the table: after each boundary, and outside of all processes or before the first one.
fn places() -> impl Iterator<Item = At> {
    std::iter::once(None).chain(Boundary::ALL.map(Some))
}

/// What should have met and didn't, or met although it can't.
pub fn faults(counts: &Counts) -> Vec<String> {
    let mut faults = Vec::new();
    for fault in Fault::ALL {
        for at in places() {
            let place = at.map_or("no boundary", Boundary::name);
            match (counts.at(fault, at), meeting(fault, at)) {
                (0, Meeting::Expected) => faults.push(format!("{} never met {place}", fault.name())),
                (0, _) | (_, Meeting::Expected | Meeting::ByChance) => {}
                (met, Meeting::Impossible(why)) => {
                    faults.push(format!("{} met {place} {met} times, although {why}", fault.name()));
                }
            }
        }
    }
    // What the faults are for.
    for event in
        [Event::Recovered, Event::LeaseLost, Event::Fenced, Event::Locked, Event::LeftOver, Event::Undone]
    {
        if !counts.events.contains_key(&event) {
            faults.push(format!("there were no {}", event.name()));
        }
    }
    faults
}

/// The table, for people.
pub fn table(counts: &Counts) -> String {
    let mut text = String::new();
    let total: u64 = Fault::ALL.into_iter().map(|fault| counts.of(fault)).sum();
    for (event, count) in &counts.events {
        let _ = writeln!(text, "{count:>9} {}", event.name());
    }
    let _ = writeln!(text, "{total:>9} faults, by the boundary that was reached last:");
    for (number, at) in places().enumerate() {
        let _ = writeln!(text, "{number:>42} {}", at.map_or("none, or no process", Boundary::name));
    }
    let _ = write!(text, "{:<32}{:>8}", "", "all");
    for (number, _) in places().enumerate() {
        let _ = write!(text, "{number:>7}");
    }
    text.push('\n');
    for fault in Fault::ALL {
        let _ = write!(text, "{:<32}{:>8}", fault.name(), counts.of(fault));
        for at in places() {
            match (counts.at(fault, at), meeting(fault, at)) {
                (0, Meeting::Impossible(_)) => text.push_str("      -"),
                (met, _) => {
                    let _ = write!(text, "{met:>7}");
                }
            }
        }
        text.push('\n');
    }
    text
}
