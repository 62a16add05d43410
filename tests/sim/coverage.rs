//! Which faults met which boundaries, and which of them can't meet.

use std::fmt::Write as _;

use ninefold::world::Boundary;

use crate::ledger::{At, Counts, Fault};

/// Why a fault can't meet a process that stands after a boundary; none where it can.
fn impossible(_fault: Fault, _at: At) -> Option<&'static str> {
    None
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
            match (counts.at(fault, at), impossible(fault, at)) {
                (0, None) => faults.push(format!("{} never met {place}", fault.name())),
                (0, Some(_)) | (_, None) => {}
                (met, Some(why)) => {
                    faults.push(format!("{} met {place} {met} times, although {why}", fault.name()));
                }
            }
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
            match (counts.at(fault, at), impossible(fault, at)) {
                (0, Some(_)) => text.push_str("      -"),
                (met, _) => {
                    let _ = write!(text, "{met:>7}");
                }
            }
        }
        text.push('\n');
    }
    text
}
