//! How far an apply is: a plain value, fed by events, that knows no terminal and no clock.

pub mod lines;
pub mod picture;
pub mod terminal;

use std::collections::BTreeMap;

use crate::model::{Action, Address, PhysicalId};
use crate::plan::Plan;

/// Something that happened to an operation, by its position in the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Started {
        operation: usize,
    },
    /// The provider's own word for how far it is, such as `CREATING`.
    Status {
        operation: usize,
        status: String,
    },
    Finished {
        operation: usize,
        /// What it made or changed, where that has an id.
        id: Option<PhysicalId>,
    },
    Failed {
        operation: usize,
        error: String,
    },
    /// It won't be tried, because of the failure of another.
    Skipped {
        operation: usize,
        because: Address,
    },
}

impl Event {
    #[must_use]
    pub fn operation(&self) -> usize {
        match self {
            Event::Started { operation }
            | Event::Status { operation, .. }
            | Event::Finished { operation, .. }
            | Event::Failed { operation, .. }
            | Event::Skipped { operation, .. } => *operation,
        }
    }
}

/// A moment, on the clocks that people look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    /// Since the apply began.
    pub wall_ms: u64,
    /// Since the apply began, on the world's clock, where that is virtual.
    pub virtual_ms: Option<u64>,
}

impl Moment {
    /// On the clock that operations take their time on.
    #[must_use]
    pub fn ms(self) -> u64 {
        self.virtual_ms.unwrap_or(self.wall_ms)
    }
}

/// How far each operation of an apply is.
#[derive(Debug, Clone)]
pub struct Progress {
    operations: Vec<Operation>,
    in_flight: BTreeMap<usize, Flight>,
    done: usize,
    failed: usize,
    skipped: usize,
    now: Moment,
}

/// What progress has to know of an operation.
#[derive(Debug, Clone)]
struct Operation {
    address: Address,
    action: Action,
    waits_for: Vec<usize>,
    estimate_ms: u64,
    over: bool,
    /// How long it took, once it is over.
    took_ms: u64,
}

/// An operation that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    pub since: Moment,
    pub status: Option<String>,
}

impl Progress {
    /// An apply of a plan that has not begun.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let operations = plan.operations.iter().map(|operation| Operation {
            address: operation.address.clone(),
            action: operation.action,
            waits_for: operation.waits_for.clone(),
            estimate_ms: operation.estimate_ms,
            over: false,
            took_ms: 0,
        });
        Self {
            operations: operations.collect(),
            in_flight: BTreeMap::new(),
            done: 0,
            failed: 0,
            skipped: 0,
            now: Moment::default(),
        }
    }

    /// Takes in what happened. An event of an operation that isn't in the plan, or that is over,
    /// changes nothing but the time.
    pub fn record(&mut self, event: &Event, now: Moment) {
        self.now = now;
        let position = event.operation();
        let Some(operation) = self.operations.get_mut(position).filter(|operation| !operation.over) else {
            return;
        };
        match event {
            Event::Started { .. } => {
                self.in_flight.insert(position, Flight { since: now, status: None });
                return;
            }
            Event::Status { status, .. } => {
                if let Some(flight) = self.in_flight.get_mut(&position) {
                    flight.status = Some(status.clone());
                }
                return;
            }
            Event::Finished { .. } => self.done += 1,
            Event::Failed { .. } => self.failed += 1,
            Event::Skipped { .. } => self.skipped += 1,
        }
        operation.over = true;
        if let Some(flight) = self.in_flight.remove(&position) {
            operation.took_ms = now.ms().saturating_sub(flight.since.ms());
        }
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Moment) {
        self.now = now;
    }

    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    #[must_use]
    pub fn total(&self) -> usize {
        self.operations.len()
    }

    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// How many won't be tried.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// How many have neither begun nor been given up.
    #[must_use]
    pub fn left(&self) -> usize {
        self.total() - self.done - self.failed - self.skipped - self.in_flight.len()
    }

    /// What is under way, the longest first.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(&Address, Action, &Flight)> {
        let mut flights: Vec<_> = self
            .in_flight
            .iter()
            .map(|(position, flight)| {
                let operation = &self.operations[*position];
                (&operation.address, operation.action, flight)
            })
            .collect();
        flights.sort_by_key(|(_, _, flight)| flight.since.ms());
        flights
    }

    /// How long the rest takes, typically: the longest chain of what isn't over.
    #[must_use]
    pub fn estimate_ms(&self) -> u64 {
        // Operations come after all that they wait for, so that one pass finds every chain.
        let mut ends = vec![0u64; self.operations.len()];
        for (position, operation) in self.operations.iter().enumerate() {
            let begins = operation.waits_for.iter().filter_map(|at| ends.get(*at)).max().copied();
            ends[position] = begins.unwrap_or(0) + self.rest_ms(position, operation);
        }
        ends.into_iter().max().unwrap_or(0)
    }

    fn rest_ms(&self, position: usize, operation: &Operation) -> u64 {
        let spent =
            self.in_flight.get(&position).map(|flight| self.now.ms().saturating_sub(flight.since.ms()));
        match spent {
            _ if operation.over => 0,
            Some(spent_ms) => operation.estimate_ms.saturating_sub(spent_ms),
            None => operation.estimate_ms,
        }
    }

    fn operation(&self, position: usize) -> Option<&Operation> {
        self.operations.get(position)
    }
}

#[cfg(test)]
mod tests;
