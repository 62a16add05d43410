//! Several processes that change one environment at once: some are suspended, some die, and requests
//! that were sent go on without them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use ninefold::plan::Selection;
use ninefold::state::{Claim, LogObject, Record};
use ninefold::world::World;
use object_store::ObjectStore;

use crate::bench::{Bench, Ended, claim};
use crate::check;
use crate::hooked::Hooked;
use crate::program::Program;
use crate::run::{failing_seeds, settle};
use crate::store::Shaky;
use crate::wire::wire;

/// How many seeds are tried when nobody says.
const SEEDS: u64 = 100;

#[test]
fn several_processes_at_once_lose_double_and_orphan_nothing() {
    failing_seeds(SEEDS, |seed| several(seed, |holder| claim(holder, false), |store| store));
}

/// What may happen to a process.
struct Fate {
    /// After so many wake-ups it is suspended for so long.
    suspended: Option<(u64, Duration)>,
    /// After so many wake-ups it is killed.
    killed: Option<u64>,
}

impl Fate {
    fn random(dice: &World) -> Self {
        let polls = || 1 + dice.random_below(150);
        let suspended =
            (dice.random_below(2) == 0).then(|| (polls(), Duration::from_secs(dice.random_below(600))));
        let killed = (dice.random_below(3) == 0).then(polls);
        Self { suspended, killed }
    }
}

/// A process under its fate; `None` when it was killed.
struct Fated<'a> {
    process: Option<LocalBoxFuture<'a, Ended>>,
    fate: Fate,
    world: World,
    polls: u64,
    sleep: Option<LocalBoxFuture<'a, ()>>,
}

impl Future for Fated<'_> {
    type Output = Option<Ended>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Ended>> {
        if let Some(sleep) = &mut self.sleep {
            // Nothing of the process runs meanwhile, however often it is woken.
            std::task::ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        self.polls += 1;
        if self.fate.killed.is_some_and(|at| self.polls > at) {
            self.process = None;
            return Poll::Ready(None);
        }
        let polls = self.polls;
        if let Some((_, time)) = self.fate.suspended.take_if(|(at, _)| polls > *at) {
            let world = self.world.clone();
            self.sleep = Some(Box::pin(async move { world.sleep(time).await }));
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let process = self.process.as_mut().expect("it isn't polled after its end");
        process.as_mut().poll(context).map(Some)
    }
}

/// Runs one seed and says what the checkers found. Each process asks for the lease as `claim` says, and
/// uses the store that `worsen` makes of the one with the usual faults.
pub fn several(
    seed: u64,
    claim: impl Fn(&str) -> Claim,
    worsen: impl Fn(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
) -> Vec<String> {
    let dice = World::virtual_from(seed, 0);
    let mut program = Program::random(&dice);
    let mut bench = Bench::new(seed, &program.text());
    let calm = bench.store.clone();
    for round in 0..3 {
        let hook = Shaky(bench.world.clone());
        bench.store = worsen(Arc::new(Hooked { inner: calm.clone(), hook }));
        let (wire, server) = wire();
        bench.wire = Some(wire);
        let claims = ["kim", "lee", "jo"].map(&claim);
        let selection = Selection::default();
        bench.world.run(async {
            let processes = claims.iter().map(|claim| {
                let (fate, world) = (Fate::random(&dice), bench.world.clone());
                let process = bench.process_as(claim, &selection);
                Fated { process: Some(Box::pin(process)), fate, world, polls: 0, sleep: None }
            });
            let processes = futures::future::join_all(processes);
            server.serve(processes.map(drop)).await;
        });
        bench.store = calm.clone();
        bench.wire = None;
        let mut faults = fenced_writers_that_wrote(&bench.log());
        if faults.is_empty() {
            faults = settle(&bench, &selection);
        }
        if !faults.is_empty() {
            faults.extend(check::faults(&bench));
            faults.insert(0, format!("in round {round}:"));
            faults.push(program.text());
            return faults;
        }
        program.change(&dice);
        bench.set(&program.text());
    }
    Vec::new()
}

/// Everything that was written by who wasn't the last to begin an epoch.
pub fn fenced_writers_that_wrote(log: &[LogObject]) -> Vec<String> {
    let mut writer = String::new();
    let mut faults = Vec::new();
    for (place, object) in log.iter().enumerate() {
        if object.serial != place as u64 + 1 {
            faults.push(format!("a gap: object {place} has serial {}", object.serial));
        }
        if object.records.iter().any(|record| matches!(record, Record::Epoch { .. })) {
            writer.clone_from(&object.writer);
        }
        if object.writer != writer {
            faults.push(format!("{} wrote serial {} in the epoch of {writer}", object.writer, object.serial));
        }
    }
    faults
}
