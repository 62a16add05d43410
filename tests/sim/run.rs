//! One seed: a workspace, changes of it, faults and kills, and after each the checkers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use ninefold::plan::Selection;
use ninefold::targets::sandbox::Faults;
use ninefold::world::World;

use crate::bench::{Bench, Ended, left_to_do};
use crate::check;
use crate::program::Program;

/// How many seeds are tried when nobody says.
const SEEDS: u64 = 300;
/// How many runs a change may take under faults; after so many the faults end.
const RUNS_UNDER_FAULTS: u64 = 4;
/// How many runs a change may take without faults.
const RUNS: u64 = 4;

fn number(variable: &str) -> Option<u64> {
    ninefold::world::process::variable(variable).and_then(|text| text.parse().ok())
}

#[test]
fn nothing_is_lost_doubled_or_orphaned() {
    failing_seeds(SEEDS, |seed| simulate(seed, |bench| bench));
}

/// Runs seeds, or the one that is asked for, and panics with what the checkers found.
pub fn failing_seeds(seeds: u64, simulate: impl Fn(u64) -> Vec<String> + Sync) {
    let seeds = match number("NINEFOLD_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("NINEFOLD_SIM_SEEDS").unwrap_or(seeds),
    };
    // Seeds know nothing of each other: each thread takes the next one.
    let (next, failed) = (Mutex::new(seeds), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let Some(seed) = next.lock().unwrap().next() else { break };
                    let outcome = catch_unwind(AssertUnwindSafe(|| simulate(seed)));
                    let faults = outcome.unwrap_or_else(|_| vec!["it panicked".to_owned()]);
                    if !faults.is_empty() {
                        failed.lock().unwrap().push((seed, faults.join("\n")));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    let told = failed
        .iter()
        .map(|(seed, faults)| format!("seed {seed}: {faults}\nreplay it with NINEFOLD_SIM_SEED={seed}"));
    assert!(failed.is_empty(), "{}", told.collect::<Vec<_>>().join("\n\n"));
}

/// Runs one seed and says what the checkers found.
pub fn simulate(seed: u64, prepare: impl FnOnce(Bench) -> Bench) -> Vec<String> {
    // What happens is drawn apart from what the engine draws, so that a change of the engine leaves
    // the programs as they are.
    let dice = World::virtual_from(seed, 0);
    let mut program = Program::random(&dice);
    let mut bench = prepare(Bench::new(seed, &program.text()));
    let calm = Faults { eventual: dice.random_below(2) == 0, ..Faults::default() };
    for round in 0..3 {
        let faults = go_through(&bench, &dice, &calm, &Selection::default());
        if !faults.is_empty() {
            return told(&faults, &format!("round {round}"), &program);
        }
        program.change(&dice);
        bench.set(&program.text());
    }
    let destroy = Selection { destroy: true, ..Selection::default() };
    let faults = go_through(&bench, &dice, &calm, &destroy);
    if !faults.is_empty() {
        return told(&faults, "the destruction", &program);
    }
    if !bench.objects().is_empty() || !bench.state().resources.is_empty() || !bench.state().deposed.is_empty()
    {
        return vec![format!("the destruction left {:?} and {:?}", bench.objects(), bench.ids())];
    }
    Vec::new()
}

fn told(faults: &[String], when: &str, program: &Program) -> Vec<String> {
    let mut told = vec![format!("in {when}:")];
    told.extend_from_slice(faults);
    told.push(program.text());
    told
}

fn random_faults(dice: &World, calm: &Faults) -> Faults {
    let chance = |most| u32::try_from(dice.random_below(most)).unwrap();
    Faults {
        eventual: calm.eventual,
        without_tokens: dice.random_below(2) == 0,
        throttled_per_mille: chance(60),
        server_error_per_mille: chance(60),
        lost_answer_per_mille: chance(120),
        stalled_per_mille: 0,
        failed_creation_per_mille: chance(40),
        rules: Vec::new(),
    }
}

/// Applies under faults and kills, then without them until it is done.
fn go_through(bench: &Bench, dice: &World, calm: &Faults, selection: &Selection) -> Vec<String> {
    for _ in 0..dice.random_below(RUNS_UNDER_FAULTS) {
        bench.set_faults(random_faults(dice, calm));
        if dice.random_below(3) == 0 {
            bench.apply_selected(selection);
        } else {
            bench.apply_until_crash(selection, dice.random_below(120));
        }
    }
    bench.set_faults(calm.clone());
    settle(bench, selection)
}

/// Applies until it is done, and says what the checkers find then.
pub fn settle(bench: &Bench, selection: &Selection) -> Vec<String> {
    let mut last = String::new();
    for _ in 0..RUNS {
        match bench.apply_selected(selection) {
            Ended::Applied(applied) if applied.summary.failed.is_empty() => return settled(bench, selection),
            Ended::Applied(applied) => last = format!("{:?}", applied.summary.failed),
            other => last = format!("{other:?}"),
        }
    }
    let mut faults = check::faults(bench);
    faults.push(format!("it doesn't get done: {last}"));
    faults
}

/// What the checkers say now that nothing is in flight.
fn settled(bench: &Bench, selection: &Selection) -> Vec<String> {
    let mut faults = check::faults(bench);
    match bench.plan_selected(selection) {
        Ok(plan) if !left_to_do(&plan).is_empty() => {
            faults.push(format!("there is something left to do: {}", left_to_do(&plan).join(", ")));
            faults.extend(plan.operations.iter().flat_map(|it| &it.changes).map(|it| format!("{it:?}")));
        }
        Ok(_) => {}
        Err(error) => faults.push(format!("the next plan is none: {error:?}")),
    }
    faults
}
