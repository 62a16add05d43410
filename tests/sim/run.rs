//! One process at a time on a machine of its own: faults of calls and of the store, changes from
//! outside, kills and power losses, and after each change of the workspace the checkers.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use ninefold::kinds::Target;
use ninefold::plan::Selection;
use ninefold::targets::sandbox::Faults;
use ninefold::world::World;
use object_store::ObjectStore;

use crate::bench::{Bench, Ended, Own, Wire, claim, left_to_do};
use crate::check;
use crate::dated::Dated;
use crate::disk::{Care, Disk};
use crate::fate::{Fate, Fated, What};
use crate::hooked::Hooked;
use crate::ledger::{Ledger, Watch};
use crate::outside::meddle;
use crate::program::Program;
use crate::recorder::misplaced;
use crate::store::Shaky;
use crate::trouble::Troubled;

/// How many runs a change may take under faults; after so many the faults end.
const RUNS_UNDER_FAULTS: u64 = 4;
/// How many runs a change may take without faults.
const RUNS: u64 = 4;
/// What stalls ends within that.
const STALLS_FOR: Duration = Duration::from_secs(7 * 3600);
/// What is as old is pruned.
const OLD: Duration = Duration::from_secs(8 * 24 * 3600);

/// What a simulation is to leave out, to see whether somebody notices.
#[derive(Clone, Copy)]
pub struct Sabotage<'a> {
    /// What is put between each process and the store.
    pub store: &'a dyn Fn(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
    pub care: Care,
    pub recovers: bool,
}

impl Sabotage<'_> {
    pub const NONE: Self = Self { store: &|store| store, care: Care::Synced, recovers: true };
}

/// One environment on one machine.
struct Machine<'a> {
    bench: Bench,
    disk: Disk,
    /// The disk, without what is left out.
    store: Arc<dyn ObjectStore>,
    dice: World,
    calm: Faults,
    ledger: Ledger,
    sabotage: Sabotage<'a>,
}

/// Runs one seed and says what the checkers found.
pub fn simulate(seed: u64, ledger: &Ledger, sabotage: Sabotage<'_>) -> Vec<String> {
    // What happens is drawn apart from what the engine draws, so that a change of the engine leaves
    // the programs as they are.
    let dice = World::virtual_from(seed, 0);
    let mut program = Program::random(&dice);
    let mut bench = Bench::new(seed, &program.text());
    let disk = Disk::new(bench.world.clone(), ledger.clone(), sabotage.care);
    let store = dated(Arc::new(disk.clone()), &bench.world);
    bench.store = (sabotage.store)(store.clone());
    bench.recovers = sabotage.recovers;
    let calm = Faults { eventual: dice.random_below(2) == 0, ..Faults::default() };
    let mut machine = Machine { bench, disk, store, dice, calm, ledger: ledger.clone(), sabotage };
    for round in 0..2 {
        let faults = machine.go_through(&Selection::default());
        if !faults.is_empty() {
            return told(&faults, &format!("round {round}"), &program);
        }
        program.change(&machine.dice);
        machine.bench.set(&program.text());
    }
    let destroy = Selection { destroy: true, ..Selection::default() };
    let mut faults = machine.go_through(&destroy);
    faults.extend(left_over(&machine.bench));
    if faults.is_empty() { faults } else { told(&faults, "the destruction", &program) }
}

/// A store whose objects are as old as the world says.
pub fn dated(store: Arc<dyn ObjectStore>, world: &World) -> Arc<dyn ObjectStore> {
    let world = world.clone();
    Arc::new(Dated::new(store, move || world.unix_ms()))
}

/// What a destruction has left.
pub fn left_over(bench: &Bench) -> Option<String> {
    let (objects, state) = (bench.objects(), bench.state());
    let is_empty = objects.is_empty() && state.resources.is_empty() && state.deposed.is_empty();
    (!is_empty).then(|| format!("the destruction left {objects:?} and {:?}", bench.ids()))
}

fn told(faults: &[String], when: &str, program: &Program) -> Vec<String> {
    let mut told = vec![format!("in {when}:")];
    told.extend_from_slice(faults);
    told.push(program.text());
    told
}

pub fn random_faults(dice: &World, calm: &Faults) -> Faults {
    let chance = |most| u32::try_from(dice.random_below(most)).unwrap();
    let rarely = |most| if dice.random_below(4) == 0 { chance(most) } else { 0 };
    Faults {
        eventual: calm.eventual,
        without_tokens: dice.random_below(2) == 0,
        throttled_per_mille: chance(60),
        server_error_per_mille: chance(60),
        lost_answer_per_mille: chance(120),
        // Each may cost a run all of its patience.
        stalled_per_mille: rarely(120),
        failed_creation_per_mille: chance(40),
        rules: Vec::new(),
    }
}

impl Machine<'_> {
    /// Applies under faults and kills, then without them until it is done.
    fn go_through(&mut self, selection: &Selection) -> Vec<String> {
        for _ in 0..self.dice.random_below(RUNS_UNDER_FAULTS) {
            if self.dice.random_below(5) == 0 {
                self.meddle();
            }
            self.bench.set_faults(random_faults(&self.dice, &self.calm));
            self.run_under_faults(selection);
        }
        if self.dice.random_below(4) == 0 {
            self.meddle();
        }
        self.bench.set_faults(self.calm.clone());
        wait(&self.bench, &self.dice);
        settle(&self.bench, selection)
    }

    fn meddle(&self) {
        if let Some(fault) = meddle(&self.bench.sandbox(), &self.dice) {
            self.ledger.count(fault, None);
        }
    }

    fn run_under_faults(&self, selection: &Selection) {
        let Self { bench, dice, ledger, .. } = self;
        let fate = random_fate(dice);
        let (world, journey) = bench.world.process(fate.failpoint);
        let watch = Watch { ledger: ledger.clone(), journey };
        let trouble = Trouble { timed_out_per_mille: if dice.random_below(3) == 0 { 60 } else { 0 } };
        let shaky = Shaky {
            world: bench.world.clone(),
            watch: watch.clone(),
            faults_per_mille: if dice.random_below(2) == 0 { 60 } else { 0 },
            far: None,
        };
        let own = Own {
            world,
            store: (self.sabotage.store)(Arc::new(Hooked { inner: self.store.clone(), hook: shaky })),
            wire: Some(trouble.wire(bench, &watch)),
            tidies: dice.random_below(2) == 0,
        };
        let loses_power = fate.loses_power;
        let mine = claim("bench", true);
        let process = bench.process_with(own, &mine, selection).boxed_local();
        let fated = Fated::new(process, fate, watch, &bench.world, bench.sandbox());
        let died = bench.world.run(fated).is_none();
        if died && loses_power {
            self.disk.lose_power(dice);
        }
    }
}

/// Lets what has stalled go on, and sometimes what is there get old.
pub fn wait(bench: &Bench, dice: &World) {
    bench.world.run(bench.world.sleep(if dice.random_below(3) == 0 { OLD } else { STALLS_FOR }));
}

/// What befalls the calls of a process beside what the sandbox does.
#[derive(Debug, Clone, Copy)]
pub struct Trouble {
    pub timed_out_per_mille: u64,
}

impl Trouble {
    /// Puts it between a process and the sandbox.
    pub fn wire(self, bench: &Bench, watch: &Watch) -> Wire {
        let (sandbox, world, watch) = (bench.sandbox(), bench.world.clone(), watch.clone());
        Arc::new(move |target| {
            Arc::new(Troubled {
                target,
                sandbox: sandbox.clone(),
                world: world.clone(),
                watch: watch.clone(),
                timed_out_per_mille: self.timed_out_per_mille,
                failed: std::sync::Mutex::default(),
            }) as Arc<dyn Target>
        })
    }
}

fn random_fate(dice: &World) -> Fate {
    let mut fate = Fate { loses_power: dice.random_below(3) == 0, ..Fate::default() };
    match dice.random_below(6) {
        0 => {}
        1 | 2 => fate.failpoint = Some(Fate::failpoint(dice)),
        3 => fate.strokes.push((Fate::when(dice, 120), What::Die)),
        4 => fate.strokes.push((crate::fate::When::Poll(dice.random_below(120)), What::Die)),
        _ => fate
            .strokes
            .push((Fate::when(dice, 120), What::Stand(Duration::from_secs(1 + dice.random_below(600))))),
    }
    if dice.random_below(3) == 0 {
        fate.strokes.push((Fate::when(dice, 120), What::Meddle));
    }
    fate
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
    faults.extend(misplaced(&bench.log()));
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
