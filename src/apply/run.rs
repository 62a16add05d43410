//! One run: walking a plan from its first operation to its last.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{Either, select};
use futures::stream::FuturesUnordered;

use super::context::{Context, Setting, service};
use super::scheduler::Scheduler;
use super::{Event, Failed, Failure};
use crate::graph::Body;
use crate::model::{Action, Address, OperationId, PhysicalId};
use crate::plan::{Operation, Plan};
use crate::state::{Entry, LogObject, Record, RunOutcome, RunRecord, StateError, Writer};
use crate::world::Interrupt;

/// How a run goes.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The first failure starts nothing new.
    pub fail_fast: bool,
    /// How many operations may be in flight at once…
    pub parallelism: usize,
    /// …and how many of them to one service in one region.
    pub parallelism_of_service: usize,
    /// How long the history of the state is kept.
    pub history: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { fail_fast: false, parallelism: 64, parallelism_of_service: 16, history: Duration::ZERO }
    }
}

/// What is known of earlier runs of the same plan.
pub enum Resume<'a> {
    /// The plan was made just now, from this very state.
    Fresh,
    /// The plan was saved: the log tells what has happened since.
    Saved(&'a [LogObject]),
}

/// How a run went.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Each with the milliseconds that it took.
    pub done: Vec<(Address, Action, u64)>,
    pub failed: Vec<Failed>,
    /// What was never started, with the failure that it would have come after.
    pub not_tried: Vec<(Address, Action, Option<Address>)>,
    pub interrupted: bool,
    /// Why no snapshot could be written, or nothing old deleted: the state is whole all the same.
    pub not_tidied: Option<StateError>,
    /// What was under way when it had to leave at once: the next run finds out what became of it.
    pub in_flight: Vec<(Address, Action)>,
}

/// Carries out a plan.
///
/// # Errors
/// When the plan doesn't fit the state, or state can't be written any more. What fails in between
/// is in the summary.
pub async fn apply(
    setting: &Setting<'_>,
    plan: &Plan,
    resume: Resume<'_>,
    options: Options,
    command: &str,
    holder: &str,
) -> Result<Summary, Failure> {
    let digest = plan.digest();
    let is_saved = matches!(resume, Resume::Saved(_));
    let done_before = match resume {
        Resume::Fresh => BTreeSet::new(),
        Resume::Saved(log) => {
            setting.writer.with_state(|state| super::resume::done_before(plan, &digest, state, log))?
        }
    };
    let world = setting.world;
    let run = OperationId::from_random(u128::from(world.random()) << 64 | u128::from(world.random()));
    let begun = RunRecord {
        run: run.clone(),
        command: command.to_owned(),
        holder: holder.to_owned(),
        started_unix_ms: world.unix_ms(),
        plan: Some(digest),
        configuration: Some(plan.configuration.clone()),
    };
    setting.writer.commit(vec![Record::Run(begun)]).await?;
    let context = Context::new(setting, run.clone());
    context.provide_what_is_there(plan, is_saved)?;
    let mut summary = walk(&context, plan, &done_before, options).await?;
    // Who has to leave at once has seconds: what the books lack, the next run records.
    let at_once = world.interrupts().level() == Interrupt::AtOnce;
    if !at_once {
        context.keep_books(plan, &summary).await?;
    }
    let outcome = match (summary.interrupted, summary.failed.is_empty(), summary.done.is_empty()) {
        (true, ..) => RunOutcome::Interrupted,
        (false, true, _) => RunOutcome::Succeeded,
        (false, false, true) => RunOutcome::Failed,
        (false, false, false) => RunOutcome::Partial,
    };
    setting.writer.commit(vec![Record::End { run, outcome }]).await?;
    if !at_once {
        summary.not_tidied = tidied(setting.writer, options.history).await.err();
    }
    Ok(summary)
}

/// Keeps the reading of the state short, and the store small.
async fn tidied(writer: &Writer, history: Duration) -> Result<(), StateError> {
    if writer.snapshot_if_worth().await? {
        writer.prune(history).await?;
    }
    Ok(())
}

async fn walk(
    context: &Context<'_>,
    plan: &Plan,
    done_before: &BTreeSet<usize>,
    options: Options,
) -> Result<Summary, Failure> {
    let mut scheduler = schedule(plan, options);
    let mut summary = Summary::default();
    for &position in done_before {
        scheduler.done(position);
    }
    let mut running = FuturesUnordered::new();
    let mut in_flight = BTreeSet::new();
    let mut stopping = false;
    loop {
        let asked = context.setting.world.interrupts().level();
        if asked != Interrupt::None && !summary.interrupted {
            summary.interrupted = true;
            context.tell(Event::Stopping);
        }
        if asked == Interrupt::AtOnce {
            // What is in flight is journalled: the next run finds out what became of it.
            break;
        }
        if !stopping && !summary.interrupted {
            while let Some(position) = scheduler.next() {
                in_flight.insert(position);
                running.push(carry_out(context, plan, position));
            }
        }
        if running.is_empty() {
            break;
        }
        let Some(finished) = next(context, &mut running, asked).await else { continue };
        in_flight.remove(&finished.position);
        let operation = &plan.operations[finished.position];
        let (address, action) = (operation.address.clone(), operation.action);
        match finished.result {
            Ok(id) => {
                scheduler.done(finished.position);
                context.tell(Event::Finished { operation: finished.position, id });
                summary.done.push((address, action, finished.took_ms));
            }
            // Without a journal nothing more may be done.
            Err(failure @ Failure::State(_)) => return Err(failure),
            Err(failure) => {
                scheduler.failed(finished.position);
                stopping |= options.fail_fast;
                let error = failure.to_string();
                context.tell(Event::Failed { operation: finished.position, error });
                summary.failed.push(Failed { address, action, failure });
            }
        }
    }
    summary.in_flight = in_flight
        .into_iter()
        .map(|position| (plan.operations[position].address.clone(), plan.operations[position].action))
        .collect();
    for (position, because) in scheduler.not_tried() {
        let operation = &plan.operations[position];
        let because = because.map(|because| plan.operations[because].address.clone());
        if let Some(because) = &because {
            context.tell(Event::Skipped { operation: position, because: because.clone() });
        }
        summary.not_tried.push((operation.address.clone(), operation.action, because));
    }
    Ok(summary)
}

/// Waits for the next operation to finish, or until it is more urgent to stop.
async fn next<F: Future<Output = Finished>>(
    context: &Context<'_>,
    running: &mut FuturesUnordered<F>,
    asked: Interrupt,
) -> Option<Finished> {
    let interrupts = context.setting.world.interrupts();
    match select(running.next(), pin!(interrupts.beyond(asked))).await {
        Either::Left((finished, _)) => finished,
        Either::Right(_) => None,
    }
}

fn schedule(plan: &Plan, options: Options) -> Scheduler {
    let operations = &plan.operations;
    let waits_for: Vec<BTreeSet<usize>> =
        operations.iter().map(|operation| operation.waits_for.iter().copied().collect()).collect();
    let mut remaining_ms = vec![0; operations.len()];
    // Operations come after what they wait for, so that from the end every successor is known.
    for (position, operation) in operations.iter().enumerate().rev() {
        remaining_ms[position] += operation.estimate_ms;
        for &earlier in &waits_for[position] {
            remaining_ms[earlier] = remaining_ms[earlier].max(remaining_ms[position]);
        }
    }
    let services = operations.iter().map(service).collect();
    Scheduler::new(waits_for, remaining_ms, services, options.parallelism, options.parallelism_of_service)
}

/// How one operation ended.
struct Finished {
    position: usize,
    took_ms: u64,
    result: Result<Option<PhysicalId>, Failure>,
}

async fn carry_out(context: &Context<'_>, plan: &Plan, position: usize) -> Finished {
    let operation = &plan.operations[position];
    let started = context.setting.world.now();
    context.tell(Event::Started { operation: position, address: operation.address.clone() });
    let result = match context.certain(&operation.address) {
        Ok(()) => context.act(plan, operation).await,
        Err(failure) => Err(failure),
    };
    let took = context.setting.world.now().since(started);
    Finished { position, took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX), result }
}

impl Context<'_> {
    async fn act(&self, plan: &Plan, operation: &Operation) -> Result<Option<PhysicalId>, Failure> {
        match operation.action {
            // A recovered creation stands in state already and only has to become ready.
            Action::Create if self.was_recovered(plan, operation) => self.update(operation).await.map(Some),
            Action::Create => self.create(operation).await.map(Some),
            Action::Update => self.update(operation).await.map(Some),
            Action::Adopt => self.adopt(operation).await.map(Some),
            Action::Read => self.look_up(operation).await.map(Some),
            Action::Move => self.rename_to(operation).await.map(Some),
            Action::Delete => self.delete(operation).await.map(|()| None),
            Action::Forget => self.forget(operation).await.map(|()| None),
            Action::Check => self.check(operation).await.map(|()| None),
        }
    }

    fn was_recovered(&self, plan: &Plan, operation: &Operation) -> bool {
        let is_old = |id: &PhysicalId| {
            plan.operations.iter().any(|other| {
                other.action == Action::Delete
                    && other.address == operation.address
                    && other.id.as_ref() == Some(id)
            })
        };
        let resource = self.resource(&operation.address);
        resource.is_some_and(|resource| {
            resource.condition == crate::model::Condition::Unsettled && !is_old(&resource.id)
        })
    }

    /// Lets expressions read the resources that the plan leaves as they are.
    fn provide_what_is_there(&self, plan: &Plan, is_saved: bool) -> Result<(), Failure> {
        let planned: BTreeSet<&Address> =
            plan.operations.iter().map(|operation| &operation.address).collect();
        let renamed: std::collections::BTreeMap<&Address, &Address> = plan
            .operations
            .iter()
            .flat_map(|operation| {
                operation.reasons.iter().filter_map(|reason| match reason {
                    crate::plan::Reason::Moved { from } => Some((&operation.address, from)),
                    _ => None,
                })
            })
            .collect();
        for (index, node) in self.setting.graph.nodes() {
            let Body::Resource { kind, .. } = &node.body else { continue };
            let address = renamed.get(&node.address).copied().unwrap_or(&node.address);
            let Some(resource) = self.resource(address) else { continue };
            // A fresh plan's own knowledge of what it leaves alone is newer than the state's.
            if is_saved || planned.contains(&node.address) || plan.destroy {
                self.provide(
                    index,
                    self.kind(kind)?.as_ref(),
                    &resource.observed.read(),
                    &resource.recorded.read(),
                );
            }
        }
        Ok(())
    }

    /// Records what state has outdated of resources that don't change.
    async fn keep_books(&self, plan: &Plan, summary: &Summary) -> Result<(), Failure> {
        if plan.destroy {
            return Ok(());
        }
        // What wasn't brought to what is asked for still depends on what it did before.
        let done: BTreeSet<&Address> = summary.done.iter().map(|(address, ..)| address).collect();
        let undone: BTreeSet<&Address> = plan
            .operations
            .iter()
            .map(|operation| &operation.address)
            .filter(|address| !done.contains(address))
            .chain(summary.failed.iter().map(|failed| &failed.address))
            .chain(summary.not_tried.iter().map(|(address, ..)| address))
            .collect();
        // What the last operations have queued counts too: it must not be overwritten by what was there
        // before.
        self.setting.writer.commit(Vec::new()).await?;
        let mut outdated = self
            .setting
            .writer
            .with_state(|state| crate::plan::bookkeeping(self.setting.graph, &state.resources));
        outdated.retain(|resource| {
            !undone.contains(&resource.address) && !self.uncertain.contains(&resource.address)
        });
        if outdated.is_empty() {
            return Ok(());
        }
        self.record("bookkeeping", outdated.into_iter().map(Entry::Put).collect()).await
    }
}
