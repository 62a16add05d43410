//! The pure function from records to state.
//!
//! It refuses what can't have happened (an outcome without its intent, an object that would be lost
//! by being overwritten), and names the object that it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    CallResult, Deposed, Entry, IntentRecord, LogObject, Record, Resource, RunOutcome, RunRecord, StepKind,
};
use crate::model::{Address, OperationId, PhysicalId};

/// What the records of a log amount to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The serial of the last log object in it; 0 before the first.
    pub serial: u64,
    pub resources: BTreeMap<Address, Arc<Resource>>,
    /// Former objects that are still to be deleted, oldest first. An address can have some without
    /// standing for a resource.
    pub deposed: BTreeMap<Address, Vec<Deposed>>,
    /// Operations that may have been carried out, in part or in full.
    pub open: BTreeMap<OperationId, OpenIntent>,
    pub last_run: Option<LastRun>,
    /// The last lease that something was written under; 0 before the first.
    pub epoch: u64,
    /// The store where all of this is kept now.
    pub moved_to: Option<String>,
    /// The open operations on what addresses stand for now: there is never more than one for each.
    pub(super) busy: BTreeMap<Address, OperationId>,
}

/// An operation without outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIntent {
    pub intent: Arc<IntentRecord>,
    /// What a create call is known to have made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<PhysicalId>,
}

/// The run that was last begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRun {
    pub run: RunRecord,
    /// Absent while it goes on, and after it was killed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RunOutcome>,
}

/// A record that can't have come after those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {problem}")]
pub struct FoldError {
    /// The address, operation or run.
    pub subject: String,
    pub problem: String,
}

fn refused<T>(subject: &impl ToString, problem: impl Into<String>) -> Result<T, FoldError> {
    Err(FoldError { subject: subject.to_string(), problem: problem.into() })
}

impl State {
    /// A state of parts that were saved.
    pub(super) fn restored(
        serial: u64,
        resources: Vec<Arc<Resource>>,
        deposed: BTreeMap<Address, Vec<Deposed>>,
        open: Vec<OpenIntent>,
        last_run: Option<LastRun>,
    ) -> Self {
        let resources = resources.into_iter().map(|it| (it.address.clone(), it)).collect();
        let busy = open.iter().filter_map(|it| it.intent.keeps_busy()).collect();
        let open = open.into_iter().map(|it| (it.intent.operation.clone(), it)).collect();
        Self { serial, resources, deposed, open, last_run, epoch: 0, moved_to: None, busy }
    }

    /// Applies the records of an object that comes after all those before.
    pub(super) fn take(&mut self, object: &LogObject) -> Result<(), FoldError> {
        object.records.iter().try_for_each(|record| self.apply(record))?;
        self.serial = object.serial;
        Ok(())
    }

    /// Applies a record that comes after all those before. After an error the state may hold a part
    /// of it, and is to be thrown away.
    ///
    /// # Errors
    /// Why the record can't have come after those before it.
    pub fn apply(&mut self, record: &Record) -> Result<(), FoldError> {
        if let Some(to) = &self.moved_to {
            return refused(to, "state was moved there, and a record comes after that");
        }
        match record {
            Record::Epoch { epoch, holder, .. } => self.take_over(*epoch, holder),
            Record::Run(run) => self.begin_run(run),
            Record::End { run, outcome } => self.end_run(run, *outcome),
            Record::Intent(intent) => self.begin(intent),
            Record::Created { operation, id } => self.created(operation, id),
            Record::Outcome { operation, result, entries } => self.finish(operation, result, entries),
            Record::Change { entries, .. } => self.change(entries),
            Record::Set { state, .. } => {
                *self = Self { serial: self.serial, epoch: self.epoch, ..state.state() };
                Ok(())
            }
            Record::Moved { to } => {
                self.moved_to = Some(to.clone());
                Ok(())
            }
        }
    }

    fn take_over(&mut self, epoch: u64, holder: &String) -> Result<(), FoldError> {
        if epoch <= self.epoch {
            return refused(holder, format!("epoch {epoch} begins after epoch {}", self.epoch));
        }
        self.epoch = epoch;
        Ok(())
    }

    fn begin_run(&mut self, run: &RunRecord) -> Result<(), FoldError> {
        // One that didn't end before was killed; its open intents stay for this one to recover.
        if self.last_run.as_ref().is_some_and(|last| last.run.run == run.run) {
            return refused(&run.run, "this run begins twice");
        }
        self.last_run = Some(LastRun { run: run.clone(), outcome: None });
        Ok(())
    }

    fn end_run(&mut self, run: &OperationId, outcome: RunOutcome) -> Result<(), FoldError> {
        match &mut self.last_run {
            Some(last) if last.run.run == *run && last.outcome.is_none() => {
                last.outcome = Some(outcome);
                Ok(())
            }
            _ => refused(run, "this run ends without going on"),
        }
    }

    fn begin(&mut self, intent: &Arc<IntentRecord>) -> Result<(), FoldError> {
        let address = &intent.address;
        if self.open.contains_key(&intent.operation) {
            return refused(address, format!("operation {} begins twice", intent.operation));
        }
        if !self.last_run.as_ref().is_some_and(|last| last.run.run == intent.run && last.outcome.is_none()) {
            return refused(
                address,
                format!("an operation begins in run {}, which isn't going on", intent.run),
            );
        }
        match &intent.step {
            StepKind::Create { .. } => {}
            StepKind::Update { id } | StepKind::Delete { id, deposed: false } => {
                if self.resources.get(address).is_none_or(|resource| resource.id != *id) {
                    return refused(
                        address,
                        format!("an operation on {id} begins, which it doesn't stand for"),
                    );
                }
            }
            StepKind::Delete { id, deposed: true } => {
                if !self.has_deposed(address, id) {
                    return refused(address, format!("a deletion of {id} begins, which isn't deposed"));
                }
            }
        }
        if let Some((address, operation)) = intent.keeps_busy() {
            if let Some(other) = self.busy.get(&address) {
                return refused(&address, format!("{operation} begins while {other} has no outcome"));
            }
            self.busy.insert(address, operation);
        }
        self.open.insert(intent.operation.clone(), OpenIntent { intent: intent.clone(), created: None });
        Ok(())
    }

    fn created(&mut self, operation: &OperationId, id: &PhysicalId) -> Result<(), FoldError> {
        let Some(open) = self.open.get_mut(operation) else {
            return refused(operation, format!("it made {id} without an intent"));
        };
        let address = &open.intent.address;
        if !matches!(open.intent.step, StepKind::Create { .. }) {
            return refused(address, format!("{operation} made {id}, and its intent wasn't to create"));
        }
        // Recovery may find again what was known already.
        if let Some(other) = open.created.as_ref().filter(|other| *other != id) {
            return refused(address, format!("{operation} made both {other} and {id}"));
        }
        open.created = Some(id.clone());
        Ok(())
    }

    fn finish(
        &mut self,
        operation: &OperationId,
        result: &CallResult,
        entries: &[Entry],
    ) -> Result<(), FoldError> {
        let Some(open) = self.open.remove(operation) else {
            return refused(operation, "it has an outcome without an intent");
        };
        if let Some((address, _)) = open.intent.keeps_busy() {
            self.busy.remove(&address);
        }
        self.change(entries)?;
        match result {
            CallResult::Succeeded => self.keeps_what_succeeded(&open),
            CallResult::Failed { .. } => Ok(()),
        }
    }

    /// Nothing that was made may be lost, and nothing that is gone be kept.
    fn keeps_what_succeeded(&self, open: &OpenIntent) -> Result<(), FoldError> {
        let address = &open.intent.address;
        let current = self.resources.get(address).map(|resource| &resource.id);
        match &open.intent.step {
            StepKind::Create { .. } | StepKind::Update { .. } if current.is_none() => {
                refused(address, "an operation on it succeeded, and it isn't recorded")
            }
            StepKind::Create { .. } => match &open.created {
                Some(id) if current != Some(id) => {
                    refused(address, format!("{id} was made for it and isn't recorded"))
                }
                _ => Ok(()),
            },
            StepKind::Update { .. } => Ok(()),
            StepKind::Delete { id, deposed } => {
                let kept = if *deposed { self.has_deposed(address, id) } else { current == Some(id) };
                if kept {
                    refused(address, format!("{id} was deleted and is still recorded"))
                } else {
                    Ok(())
                }
            }
        }
    }

    fn has_deposed(&self, address: &Address, id: &PhysicalId) -> bool {
        self.deposed.get(address).is_some_and(|all| all.iter().any(|it| it.resource.id == *id))
    }

    fn change(&mut self, entries: &[Entry]) -> Result<(), FoldError> {
        let both_rename =
            |one: &Entry, next: &Entry| matches!((one, next), (Entry::Rename { .. }, Entry::Rename { .. }));
        for group in entries.chunk_by(both_rename) {
            match group {
                [Entry::Rename { .. }, ..] => self.rename(group)?,
                others => others.iter().try_for_each(|entry| self.enter(entry))?,
            }
        }
        Ok(())
    }

    fn enter(&mut self, entry: &Entry) -> Result<(), FoldError> {
        match entry {
            Entry::Put(resource) => {
                let address = &resource.address;
                if let Some(other) = self.resources.get(address).filter(|it| it.id != resource.id) {
                    let (old, new) = (&other.id, &resource.id);
                    return refused(
                        address,
                        format!("{new} would take the place of {old}, which would be lost"),
                    );
                }
                self.resources.insert(address.clone(), resource.clone());
                Ok(())
            }
            Entry::Remove { address } => match self.resources.remove(address) {
                Some(_) => Ok(()),
                None => refused(address, "it is removed and wasn't there"),
            },
            Entry::Depose { address, operation } => match self.resources.remove(address) {
                Some(resource) => {
                    let former = Deposed { resource, operation: operation.clone() };
                    self.deposed.entry(address.clone()).or_default().push(former);
                    Ok(())
                }
                None => refused(address, "it is deposed and wasn't there"),
            },
            Entry::RemoveDeposed { address, id } => {
                let Some(all) = self.deposed.get_mut(address) else {
                    return refused(address, format!("deposed {id} is removed and wasn't there"));
                };
                let Some(position) = all.iter().position(|it| it.resource.id == *id) else {
                    return refused(address, format!("deposed {id} is removed and wasn't there"));
                };
                all.remove(position);
                if all.is_empty() {
                    self.deposed.remove(address);
                }
                Ok(())
            }
            Entry::Rename { .. } => self.rename(std::slice::from_ref(entry)),
        }
    }

    /// Renames all at once, and looks once through the dependencies of all others.
    fn rename(&mut self, group: &[Entry]) -> Result<(), FoldError> {
        let mut names = BTreeMap::new();
        for entry in group {
            let Entry::Rename { from, to } = entry else { continue };
            if names.insert(from.clone(), to.clone()).is_some() {
                return refused(from, "it is renamed twice at once");
            }
        }
        if let Some(open) = self.open.values().find(|open| names.contains_key(&open.intent.address)) {
            let (address, operation) = (&open.intent.address, &open.intent.operation);
            return refused(address, format!("it is renamed while {operation} has no outcome"));
        }
        let mut moved = Vec::new();
        for (from, to) in &names {
            let (resource, deposed) = (self.resources.remove(from), self.deposed.remove(from));
            if resource.is_none() && deposed.is_none() {
                return refused(from, "it is renamed and isn't there");
            }
            moved.push((from, to, resource, deposed));
        }
        for (from, to, resource, deposed) in moved {
            let busy = self.open.values().any(|open| open.intent.address == *to);
            if busy || self.resources.contains_key(to) || self.deposed.contains_key(to) {
                return refused(from, format!("it is renamed to {to}, which is taken"));
            }
            if let Some(mut resource) = resource {
                Arc::make_mut(&mut resource).address = to.clone();
                self.resources.insert(to.clone(), resource);
            }
            if let Some(mut all) = deposed {
                for it in &mut all {
                    Arc::make_mut(&mut it.resource).address = to.clone();
                }
                self.deposed.insert(to.clone(), all);
            }
        }
        self.rename_dependencies(&names);
        Ok(())
    }

    fn rename_dependencies(&mut self, names: &BTreeMap<Address, Address>) {
        let concerned = |all: &[Address]| all.iter().any(|address| names.contains_key(address));
        let rename = |all: &mut Vec<Address>| {
            for address in all {
                if let Some(to) = names.get(address) {
                    *address = to.clone();
                }
            }
        };
        let former = self.deposed.values_mut().flatten().map(|it| &mut it.resource);
        for resource in self.resources.values_mut().chain(former) {
            if concerned(&resource.dependencies) {
                rename(&mut Arc::make_mut(resource).dependencies);
            }
        }
        for open in self.open.values_mut() {
            if concerned(&open.intent.dependencies) {
                rename(&mut Arc::make_mut(&mut open.intent).dependencies);
            }
        }
    }
}

impl IntentRecord {
    /// The address that this operation has to itself, unless it is about a deposed object.
    fn keeps_busy(&self) -> Option<(Address, OperationId)> {
        match self.step {
            StepKind::Delete { deposed: true, .. } => None,
            _ => Some((self.address.clone(), self.operation.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        address, change, create, failed, folded, id, intent, operation, put, resource, run, succeeded,
    };
    use super::*;

    fn update(of: &str) -> StepKind {
        StepKind::Update { id: id(of) }
    }

    fn delete(of: &str, deposed: bool) -> StepKind {
        StepKind::Delete { id: id(of), deposed }
    }

    fn made(number: u128, of: &str) -> Record {
        Record::Created { operation: operation(number), id: id(of) }
    }

    fn depose(name: &str) -> Entry {
        Entry::Depose { address: address(name), operation: operation(9) }
    }

    fn rename(from: &str, to: &str) -> Entry {
        Entry::Rename { from: address(from), to: address(to) }
    }

    #[test]
    fn an_operation_is_open_until_its_outcome() {
        let mut state = folded(&[run(1), intent(1, 2, "vpc", create()), made(2, "vpc-1")]);
        assert_eq!(state.open[&operation(2)].created, Some(id("vpc-1")));
        assert!(state.resources.is_empty());
        state.apply(&succeeded(2, vec![put("vpc", "vpc-1")])).unwrap();
        assert!(state.open.is_empty());
        assert_eq!(*state.resources[&address("vpc")], resource("vpc", "vpc-1"));
    }

    #[test]
    fn a_killed_run_leaves_its_intents_to_the_next() {
        let mut state = folded(&[run(1), intent(1, 2, "vpc", create()), run(3)]);
        assert_eq!(state.open.len(), 1);
        state.apply(&failed(2)).unwrap();
        state.apply(&intent(3, 4, "vpc", create())).unwrap();
        assert_eq!(state.open.keys().collect::<Vec<_>>(), [&operation(4)]);
    }

    #[test]
    fn a_run_ends_with_its_outcome() {
        let end = Record::End { run: operation(1), outcome: RunOutcome::Partial };
        let state = folded(&[run(1), end]);
        assert_eq!(state.last_run.unwrap().outcome, Some(RunOutcome::Partial));
    }

    #[test]
    fn a_replaced_object_is_known_until_it_is_deleted() {
        let mut state = folded(&[
            change(vec![put("vpc", "old")]),
            run(1),
            intent(1, 2, "vpc", create()),
            made(2, "new"),
            succeeded(2, vec![depose("vpc"), put("vpc", "new")]),
        ]);
        assert_eq!(state.resources[&address("vpc")].id, id("new"));
        assert_eq!(state.deposed[&address("vpc")][0].resource.id, id("old"));
        state.apply(&change(vec![Entry::Remove { address: address("vpc") }])).unwrap();
        assert_eq!(state.deposed.len(), 1, "deposed objects outlive the current one");
        state.apply(&intent(1, 3, "vpc", delete("old", true))).unwrap();
        let gone = Entry::RemoveDeposed { address: address("vpc"), id: id("old") };
        state.apply(&succeeded(3, vec![gone])).unwrap();
        assert!(state.deposed.is_empty() && state.resources.is_empty());
    }

    #[test]
    fn a_rename_takes_along_deposed_objects_and_what_depends_on_it() {
        let mut child = resource("subnet", "subnet-1");
        child.dependencies = vec![address("other"), address("vpc")];
        let state = folded(&[
            change(vec![put("vpc", "old"), depose("vpc"), put("vpc", "new"), Entry::Put(Arc::new(child))]),
            change(vec![rename("vpc", "main")]),
        ]);
        assert_eq!(*state.resources[&address("main")], resource("main", "new"));
        assert_eq!(*state.deposed[&address("main")][0].resource, resource("main", "old"));
        assert_eq!(state.resources[&address("subnet")].dependencies, [address("other"), address("main")]);
        assert!(!state.resources.contains_key(&address("vpc")));
    }

    #[test]
    fn renames_that_follow_one_another_happen_at_once() {
        let state = folded(&[
            change(vec![put("a", "1"), put("b", "2"), put("c", "3")]),
            change(vec![rename("a", "b"), rename("b", "a"), rename("c", "d")]),
        ]);
        let ids: Vec<_> = state.resources.values().map(|it| (it.address.name(), it.id.as_str())).collect();
        assert_eq!(ids, [("a", "2"), ("b", "1"), ("d", "3")]);
    }

    #[test]
    fn what_cant_have_happened_is_refused_by_name() {
        let known = || change(vec![put("vpc", "vpc-1")]);
        let end = || Record::End { run: operation(1), outcome: RunOutcome::Succeeded };
        let remove = |name: &str| Entry::Remove { address: address(name) };
        let remove_deposed = || Entry::RemoveDeposed { address: address("vpc"), id: id("vpc-1") };
        let cases: Vec<(&str, Vec<Record>)> = vec![
            ("outcome without an intent", vec![run(1), succeeded(2, vec![])]),
            ("without an intent", vec![run(1), made(2, "vpc-1")]),
            ("isn't going on", vec![intent(1, 2, "vpc", create())]),
            ("isn't going on", vec![run(1), end(), intent(1, 2, "vpc", create())]),
            ("isn't going on", vec![run(1), run(3), intent(1, 2, "vpc", create())]),
            ("begins twice", vec![run(1), run(1)]),
            ("ends without going on", vec![run(1), end(), end()]),
            ("begins twice", vec![run(1), intent(1, 2, "vpc", create()), intent(1, 2, "b", create())]),
            ("has no outcome", vec![run(1), intent(1, 2, "vpc", create()), intent(1, 3, "vpc", create())]),
            ("doesn't stand for", vec![run(1), intent(1, 2, "vpc", update("vpc-1"))]),
            ("doesn't stand for", vec![known(), run(1), intent(1, 2, "vpc", delete("vpc-2", false))]),
            ("isn't deposed", vec![known(), run(1), intent(1, 2, "vpc", delete("vpc-1", true))]),
            (
                "wasn't to create",
                vec![known(), run(1), intent(1, 2, "vpc", update("vpc-1")), made(2, "vpc-1")],
            ),
            ("made both", vec![run(1), intent(1, 2, "vpc", create()), made(2, "vpc-1"), made(2, "vpc-2")]),
            ("isn't recorded", vec![run(1), intent(1, 2, "vpc", create()), succeeded(2, vec![])]),
            (
                "vpc-1 was made",
                vec![
                    run(1),
                    intent(1, 2, "vpc", create()),
                    made(2, "vpc-1"),
                    succeeded(2, vec![put("vpc", "vpc-2")]),
                ],
            ),
            (
                "still recorded",
                vec![known(), run(1), intent(1, 2, "vpc", delete("vpc-1", false)), succeeded(2, vec![])],
            ),
            ("would be lost", vec![known(), change(vec![put("vpc", "vpc-2")])]),
            ("wasn't there", vec![change(vec![remove("vpc")])]),
            ("wasn't there", vec![change(vec![depose("vpc")])]),
            ("wasn't there", vec![known(), change(vec![remove_deposed()])]),
            ("isn't there", vec![change(vec![rename("vpc", "main")])]),
            ("taken", vec![known(), change(vec![put("main", "2"), rename("main", "vpc")])]),
            ("twice at once", vec![known(), change(vec![rename("vpc", "a"), rename("vpc", "b")])]),
            (
                "renamed while",
                vec![
                    known(),
                    run(1),
                    intent(1, 2, "vpc", update("vpc-1")),
                    change(vec![rename("vpc", "main")]),
                ],
            ),
            (
                "taken",
                vec![known(), run(1), intent(1, 2, "main", create()), change(vec![rename("vpc", "main")])],
            ),
        ];
        for (expected, mut records) in cases {
            let last = records.pop().unwrap();
            let error = folded(&records).apply(&last).unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            let names =
                ["platform/cluster.", operation(1).as_str(), operation(2).as_str()].map(str::to_owned);
            assert!(names.iter().any(|name| error.subject.starts_with(name)), "{expected}: {error}");
        }
    }
}
