//! Carrying out a plan in front of people: the question, the progress, the summary.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use indicatif::ProgressDrawTarget;

use super::apply::Walking;
use super::args::{self, Format};
use super::error::Error;
use super::exit::Exit;
use super::plan::Planning;
use super::session::{Session, state_error};
use super::terminal;
use crate::apply::{self, Event, Failure, Options, Recovered, Resume, Setting};
use crate::checks::{self, CheckGate};
use crate::model::{Address, Json, Location};
use crate::plan::{Plan, bookkeeping};
use crate::report;
use crate::report::plan::Detail;
use crate::report::progress::terminal::Display;
use crate::report::progress::{self, Moment, Progress};
use crate::report::summary::{self, ApplySummary, Done, NotTried, TakenUp};
use crate::state::{LogObject, Writer};
use crate::world::{Instant, Stopwatch, process};

/// Lines of a terminal that progress may take.
const DISPLAY_HEIGHT: usize = 12;
/// How often what is in flight is drawn anew.
const TICK: Duration = Duration::from_millis(250);

/// What an apply needs beside the plan.
pub(super) struct Walk<'a> {
    pub session: &'a Session,
    pub writer: &'a Writer,
    pub walking: &'a Walking,
}

impl Walk<'_> {
    /// Finds out what became of operations that an earlier run left open.
    pub(super) async fn recover(&self) -> Result<Vec<TakenUp>, Error> {
        let fingerprint = |value: &Json| self.session.fingerprint(value);
        // Recovery asks no checks.
        let session = self.session;
        let gate = CheckGate::new(&session.world, session.asker(), &session.evidence, BTreeMap::new());
        let quiet = |_: Event| {};
        let sources = self.session.workspace.sources();
        let display = |at| sources.display(at);
        let setting = self.setting(&fingerprint, &display, &gate, &quiet);
        self.tell_what_was_left();
        let recovering = async { Ok(apply::recover(&setting).await) };
        let recovered = session.unless_interrupted(recovering).await?.map_err(|(address, failure)| {
            let mut error = failed(&failure);
            error.message = format!(
                "an earlier run was interrupted at {address}, and what became of it can't be told: {}",
                error.message
            );
            error
        })?;
        let recovered: Vec<TakenUp> = recovered.into_iter().map(taken_up).collect();
        for one in &recovered {
            terminal::message(&format!("  {}\n", one.told(session.terminal.err)));
        }
        Ok(recovered)
    }

    /// Says whose operations have to be found out about: that may take a while.
    fn tell_what_was_left(&self) {
        let (open, last) = self.writer.with_state(|state| (state.open.len(), state.last_run.clone()));
        let ended = last.as_ref().is_none_or(|last| last.outcome.is_some());
        let whose =
            last.map_or_else(String::new, |last| format!(" ({}: {})", last.run.holder, last.run.command));
        if open > 0 {
            let operations = report::counted(open, "operation");
            terminal::message(&format!(
                "The last run{whose} was interrupted: finding out what became of {operations} in flight\n"
            ));
        } else if !ended {
            terminal::message(&format!("The last run{whose} was killed, with nothing in flight\n"));
        }
    }

    /// Plans what is selected, shows it, asks, and carries it out.
    pub(super) async fn plan_and_apply(
        &self,
        selection: &args::Selection,
        planning: &Planning,
        destroy: bool,
        detail: Detail,
    ) -> Result<Exit, Error> {
        let recovered = self.recover().await?;
        let state = self.writer.with_state(Clone::clone);
        let selection = self.session.selection(selection, planning, destroy, &state)?;
        let planned = self.session.plan(&state, &selection, planning.refresh);
        let plan = self.session.unless_interrupted(planned).await?;
        terminal::message(&report::plan::human(&plan, detail, self.session.terminal.err));
        if plan.operations.is_empty() {
            // What state has to remember (protection, edges) may have changed all the same. Where
            // things are to go, that is nothing to run for.
            let outdated = bookkeeping(&self.session.environment.graph, &state.resources);
            let nothing_to_do = plan.destroy || outdated.is_empty();
            if !nothing_to_do {
                return self.apply(&plan, None, recovered).await;
            }
            self.write_json(&ApplySummary { recovered, ..ApplySummary::default() })?;
            return Ok(Exit::Done);
        }
        if !self.confirm(if plan.destroy { "Remove all of this?" } else { "Carry this out?" }).await? {
            return Ok(Exit::Refused);
        }
        self.apply(&plan, None, recovered).await
    }

    /// Asks whether to go on, unless that was said beforehand.
    async fn confirm(&self, question: &str) -> Result<bool, Error> {
        let hint = "give --yes, or save the plan with `plan --out FILE` and apply that";
        let agreed = terminal::agreed(&self.session.world, self.walking.yes, question, hint);
        self.session.unless_interrupted(agreed).await
    }

    /// Carries a plan out, and shows how it goes.
    pub(super) async fn apply(
        &self,
        plan: &Plan,
        log: Option<&[LogObject]>,
        recovered: Vec<TakenUp>,
    ) -> Result<Exit, Error> {
        let session = self.session;
        let view = View::new(session, plan);
        let fingerprint = |value: &Json| session.fingerprint(value);
        let mut records = session.records().await?;
        let doubted = checks::doubted(plan, &session.environment.graph);
        let kept = session.evidence.doubt(&mut records, &doubted).await;
        kept.map_err(|error| Error::new(error.to_string()))?;
        let gate = CheckGate::new(&session.world, session.asker(), &session.evidence, records);
        let tell = |event: Event| view.tell(event);
        let sources = session.workspace.sources();
        let display = |at| sources.display(at);
        let setting = self.setting(&fingerprint, &display, &gate, &tell);
        let options = Options {
            fail_fast: self.walking.fail_fast,
            parallelism: self.walking.parallelism.get(),
            history: session.environment.history,
            ..Options::default()
        };
        let resume = log.map_or(Resume::Fresh, Resume::Saved);
        let command = process::command_line();
        let holder = process::holder();
        let applying = apply::apply(&setting, plan, resume, options, &command, &holder);
        let result = view.ticking(applying).await;
        let moment = view.finish();
        for fault in gate.faults() {
            terminal::message(&format!("evidence couldn't be kept: {fault}\n"));
        }
        let result = result.map_err(|failure| failed(&failure))?;
        if let Some(error) = &result.not_tidied {
            terminal::message(&format!(
                "what was done is recorded, but the state couldn't be tidied up: {error}\n"
            ));
        }
        let report = ApplySummary {
            done: result
                .done
                .into_iter()
                .map(|(address, action, duration_ms)| Done { address, action, duration_ms })
                .collect(),
            failed: result
                .failed
                .into_iter()
                .map(|failed| summary::Failure {
                    address: failed.address,
                    action: failed.action,
                    error: failed.failure.to_string(),
                    hint: failed.failure.hint(),
                })
                .collect(),
            not_tried: result
                .not_tried
                .into_iter()
                .map(|(address, action, because)| NotTried { address, action, because })
                .collect(),
            interrupted: result.interrupted,
            virtual_ms: moment.virtual_ms,
            wall_ms: moment.wall_ms,
            in_flight: result.in_flight,
            recovered,
        };
        terminal::message(&summary::human(&report, session.terminal.err));
        self.write_json(&report)?;
        Ok(Exit::of_apply(&report))
    }

    /// Writes the summary for programs, where one was asked for.
    fn write_json(&self, report: &ApplySummary) -> Result<(), Error> {
        if self.walking.format == Format::Json {
            terminal::result(&format!("{:#}\n", summary::json(report)))?;
        }
        Ok(())
    }

    fn setting<'s>(
        &'s self,
        fingerprint: &'s (dyn Fn(&Json) -> String + Sync),
        display: &'s (dyn Fn(Location) -> String + Sync),
        gate: &'s dyn apply::Gate,
        events: &'s dyn apply::Events,
    ) -> Setting<'s> {
        let session = self.session;
        Setting {
            world: &session.world,
            target: session.target.as_ref(),
            writer: self.writer,
            graph: &session.environment.graph,
            order: &session.environment.order,
            evaluate: &session.environment,
            kinds: &session.registry,
            environment: &session.environment.name,
            today: session.today(),
            fingerprint,
            display,
            secrets: session,
            gate,
            events,
        }
    }
}

fn taken_up(recovered: Recovered) -> TakenUp {
    let Recovered { address, action, is_known, what } = recovered;
    TakenUp { address, action, is_known, what }
}

/// What ends a run before its end.
fn failed(failure: &Failure) -> Error {
    let mut error = match failure {
        Failure::State(error) => return state_error(error),
        Failure::Plan(why) => {
            let mut error = Error::new(format!("the plan is refused, and nothing was done: {why}"));
            error.exit = Exit::Refused;
            error.hint = Some("plan again".into());
            return error;
        }
        other => Error::new(other.to_string()),
    };
    error.hint = failure.hint();
    error
}

/// The progress of one apply, on a terminal or as lines.
struct View<'a> {
    session: &'a Session,
    stopwatch: Stopwatch,
    began: Instant,
    state: Mutex<ViewState>,
}

struct ViewState {
    shown: Shown,
    /// The operation that is in flight for an address.
    in_flight: BTreeMap<Address, usize>,
}

enum Shown {
    Lines(Progress),
    Terminal(Display),
    Over,
}

impl<'a> View<'a> {
    fn new(session: &'a Session, plan: &Plan) -> Self {
        let progress = Progress::of(plan);
        let shown = if terminal::can_redraw() {
            let target = ProgressDrawTarget::stderr();
            Shown::Terminal(Display::new(progress, target, DISPLAY_HEIGHT, session.terminal.err))
        } else {
            Shown::Lines(progress)
        };
        let state = Mutex::new(ViewState { shown, in_flight: BTreeMap::new() });
        Self { session, stopwatch: Stopwatch::start(), began: session.world.now(), state }
    }

    fn moment(&self) -> Moment {
        let world = &self.session.world;
        let virtual_ms = world
            .is_virtual()
            .then(|| u64::try_from(world.now().since(self.began).as_millis()).unwrap_or(u64::MAX));
        Moment { wall_ms: self.stopwatch.elapsed_ms(), virtual_ms }
    }

    fn tell(&self, event: Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let event = match event {
            Event::Started { operation, address } => {
                state.in_flight.insert(address, operation);
                progress::Event::Started { operation }
            }
            Event::Status { address, status } => match state.in_flight.get(&address) {
                Some(&operation) => progress::Event::Status { operation, status },
                None => return,
            },
            Event::Retrying { address, error, .. } => match state.in_flight.get(&address) {
                Some(&operation) => {
                    progress::Event::Status { operation, status: format!("trying again: {error}") }
                }
                None => return,
            },
            Event::Finished { operation, id } => progress::Event::Finished { operation, id },
            Event::Failed { operation, error } => progress::Event::Failed { operation, error },
            Event::Skipped { operation, because } => progress::Event::Skipped { operation, because },
            Event::Stopping => {
                match &mut state.shown {
                    Shown::Terminal(display) => display.stopping(),
                    Shown::Lines(progress) => {
                        let text = progress::lines::stopping(progress, self.session.terminal.err);
                        terminal::message(&format!("{text}\n"));
                    }
                    Shown::Over => {}
                }
                return;
            }
        };
        let now = self.moment();
        match &mut state.shown {
            Shown::Terminal(display) => display.record(&event, now),
            Shown::Lines(progress) => {
                progress.record(&event, now);
                if let Some(line) = progress::lines::line(progress, &event, self.session.terminal.err) {
                    terminal::message(&format!("{line}\n"));
                }
            }
            Shown::Over => {}
        }
    }

    /// Shows how time passes while something is done that may take long. Virtual time passes with
    /// what happens, and needs no other sign.
    async fn ticking<T>(&self, work: impl Future<Output = T>) -> T {
        if self.session.world.is_virtual() {
            return work.await;
        }
        let (work, ticks) = (pin!(work), pin!(self.tick_for_ever()));
        match select(work, ticks).await {
            Either::Left((result, _)) => result,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn tick_for_ever(&self) -> Infallible {
        loop {
            self.session.world.sleep(TICK).await;
            let now = self.moment();
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if let Shown::Terminal(display) = &mut state.shown {
                display.tick(now);
            }
        }
    }

    /// Takes the display away.
    fn finish(&self) -> Moment {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Shown::Terminal(display) = std::mem::replace(&mut state.shown, Shown::Over) {
            let _ = display.finish();
        }
        self.moment()
    }
}
