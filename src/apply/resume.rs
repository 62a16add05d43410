//! What of a saved plan an earlier run of the same plan has done.

use std::collections::BTreeSet;

use super::Failure;
use crate::model::{Action, Address, Digest, OperationId};
use crate::plan::Plan;
use crate::state::{CallResult, Entry, LogObject, Record, State, StepKind};

/// The operations of a plan that are done already, by position.
pub(super) type DoneBefore = BTreeSet<usize>;

/// Compares a saved plan with the state and the log: it may be carried out when nothing has happened
/// since it was made but its own earlier runs.
///
/// # Errors
/// When something else has happened.
pub(super) fn done_before(
    plan: &Plan,
    digest: &Digest,
    state: &State,
    log: &[LogObject],
) -> Result<DoneBefore, Failure> {
    if state.serial == plan.state_serial {
        return Ok(DoneBefore::new());
    }
    let stale = || {
        Failure::Plan(format!(
            "the plan was made from serial {} of the state, which is at {} now",
            plan.state_serial, state.serial
        ))
    };
    let mut since = log.iter().filter(|object| object.serial > plan.state_serial).peekable();
    if since.peek().is_none_or(|first| first.serial != plan.state_serial + 1) {
        return Err(stale());
    }
    let mut run_is_ours = false;
    let mut steps: BTreeSet<(Address, Action, bool)> = BTreeSet::new();
    let mut intents: std::collections::BTreeMap<&OperationId, (Address, Action, bool)> = Default::default();
    for record in since.flat_map(|object| &object.records) {
        match record {
            Record::Run(run) => run_is_ours = run.plan.as_ref() == Some(digest),
            // That somebody may write changes nothing by itself.
            Record::Epoch { .. } | Record::End { .. } => {}
            _ if !run_is_ours => return Err(stale()),
            Record::Intent(intent) => {
                let (action, deposed) = match &intent.step {
                    StepKind::Create { .. } => (Action::Create, false),
                    StepKind::Update { .. } => (Action::Update, false),
                    StepKind::Delete { deposed, .. } => (Action::Delete, *deposed),
                };
                intents.insert(&intent.operation, (intent.address.clone(), action, deposed));
            }
            Record::Created { .. } => {}
            // Neither is part of a run.
            Record::Set { .. } | Record::Moved { .. } => return Err(stale()),
            Record::Outcome { operation, result: CallResult::Succeeded, .. } => {
                steps.extend(intents.get(operation).cloned());
            }
            Record::Outcome { .. } => {}
            Record::Change { entries, .. } => {
                for entry in entries {
                    match entry {
                        Entry::Remove { address } => {
                            steps.insert((address.clone(), Action::Forget, false));
                        }
                        Entry::Rename { to, .. } => {
                            steps.insert((to.clone(), Action::Move, false));
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    let done = plan.operations.iter().enumerate().filter(|(_, operation)| {
        let ready =
            state.resources.get(&operation.address).is_none_or(|resource| resource.condition.is_ready());
        let step = (operation.address.clone(), operation.action, operation.deposed);
        // What was made and isn't ready yet is waited for again, by updating it to what it is.
        steps.contains(&step) && (ready || operation.action != Action::Create)
    });
    Ok(done.map(|(position, _)| position).collect())
}
