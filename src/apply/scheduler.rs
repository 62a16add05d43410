//! Who may go next: whatever is ready, longest remaining path first, within the bounds for all and
//! for each service. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// What becomes of each operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Waiting,
    Running,
    Done,
    /// It failed, or can't be tried because of the failure of that one.
    Lost(usize),
}

/// The operations of a plan that are still to be done.
#[derive(Debug)]
pub(super) struct Scheduler {
    status: Vec<Status>,
    waits_for: Vec<BTreeSet<usize>>,
    dependents: Vec<Vec<usize>>,
    remaining_ms: Vec<u64>,
    service: Vec<String>,
    /// Longest remaining path first, then the plan's own order.
    ready: BTreeSet<(std::cmp::Reverse<u64>, usize)>,
    running: BTreeMap<String, usize>,
    bound: usize,
    bound_of_service: usize,
}

impl Scheduler {
    /// `waits_for` holds for each operation those before it; `remaining_ms` its longest way to the
    /// end, `service` what it calls.
    pub(super) fn new(
        waits_for: Vec<BTreeSet<usize>>,
        remaining_ms: Vec<u64>,
        service: Vec<String>,
        bound: usize,
        bound_of_service: usize,
    ) -> Self {
        let mut dependents = vec![Vec::new(); waits_for.len()];
        for (position, before) in waits_for.iter().enumerate() {
            for &earlier in before {
                dependents[earlier].push(position);
            }
        }
        let ready = (0..waits_for.len())
            .filter(|&position| waits_for[position].is_empty())
            .map(|position| (std::cmp::Reverse(remaining_ms[position]), position))
            .collect();
        Self {
            status: vec![Status::Waiting; waits_for.len()],
            waits_for,
            dependents,
            remaining_ms,
            service,
            ready,
            running: BTreeMap::new(),
            bound: bound.max(1),
            bound_of_service: bound_of_service.max(1),
        }
    }

    /// Takes the next operation that may start now.
    pub(super) fn next(&mut self) -> Option<usize> {
        if self.running.values().sum::<usize>() >= self.bound {
            return None;
        }
        let chosen = self.ready.iter().copied().find(|(_, position)| {
            self.running.get(&self.service[*position]).is_none_or(|count| *count < self.bound_of_service)
        })?;
        self.ready.remove(&chosen);
        let position = chosen.1;
        self.status[position] = Status::Running;
        *self.running.entry(self.service[position].clone()).or_default() += 1;
        Some(position)
    }

    fn leave(&mut self, position: usize) {
        if let Some(count) = self.running.get_mut(&self.service[position]) {
            *count = count.saturating_sub(1);
        }
    }

    /// An operation is done: what waited for nothing else may go.
    pub(super) fn done(&mut self, position: usize) {
        if self.status[position] == Status::Running {
            self.leave(position);
        } else {
            self.ready.remove(&(std::cmp::Reverse(self.remaining_ms[position]), position));
        }
        self.status[position] = Status::Done;
        for dependent in self.dependents[position].clone() {
            self.waits_for[dependent].remove(&position);
            if self.waits_for[dependent].is_empty() && self.status[dependent] == Status::Waiting {
                self.ready.insert((std::cmp::Reverse(self.remaining_ms[dependent]), dependent));
            }
        }
    }

    /// An operation failed: nothing that waits for it is tried.
    pub(super) fn failed(&mut self, position: usize) {
        self.leave(position);
        self.status[position] = Status::Lost(position);
        let mut lost = self.dependents[position].clone();
        while let Some(dependent) = lost.pop() {
            if self.status[dependent] == Status::Waiting {
                self.status[dependent] = Status::Lost(position);
                lost.extend(self.dependents[dependent].iter().copied());
            }
        }
    }

    /// The operations that were never started, each with the failure that stood before it.
    pub(super) fn not_tried(&self) -> Vec<(usize, Option<usize>)> {
        let untried = self.status.iter().enumerate().filter_map(|(position, status)| match status {
            Status::Waiting => Some((position, None)),
            Status::Lost(because) if *because != position => Some((position, Some(*because))),
            _ => None,
        });
        untried.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler(waits_for: &[&[usize]], remaining_ms: &[u64], bound: usize, of_service: usize) -> Scheduler {
        Scheduler::new(
            waits_for.iter().map(|before| before.iter().copied().collect()).collect(),
            remaining_ms.to_vec(),
            vec!["ec2".to_owned(); waits_for.len()],
            bound,
            of_service,
        )
    }

    #[test]
    fn the_longest_way_goes_first() {
        let mut scheduler = scheduler(&[&[], &[], &[0]], &[5, 9, 4], 10, 10);
        assert_eq!((scheduler.next(), scheduler.next(), scheduler.next()), (Some(1), Some(0), None));
        scheduler.done(0);
        assert_eq!(scheduler.next(), Some(2));
    }

    #[test]
    fn bounds_hold_for_all_and_for_each_service() {
        let mut all = scheduler(&[&[], &[], &[]], &[1, 1, 1], 2, 10);
        assert_eq!((all.next(), all.next(), all.next()), (Some(0), Some(1), None));
        let mut one = scheduler(&[&[], &[]], &[1, 1], 2, 1);
        assert_eq!((one.next(), one.next()), (Some(0), None));
        one.done(0);
        assert_eq!(one.next(), Some(1));
    }

    #[test]
    fn a_failure_stops_what_waits_for_it_and_nothing_else() {
        let mut scheduler = scheduler(&[&[], &[0], &[1], &[]], &[3, 2, 1, 1], 10, 10);
        assert_eq!(scheduler.next(), Some(0));
        scheduler.failed(0);
        assert_eq!((scheduler.next(), scheduler.next()), (Some(3), None));
        scheduler.done(3);
        assert_eq!(scheduler.not_tried(), [(1, Some(0)), (2, Some(0))]);
    }
}
