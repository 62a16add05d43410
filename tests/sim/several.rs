//! Several processes that change one environment, on machines of their own: some start late, some are
//! suspended for seconds or for days, some die, and requests that were sent go on without them.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use ninefold::kinds::Target;
use ninefold::plan::Selection;
use ninefold::state::Claim;
use ninefold::targets::sandbox::Faults;
use ninefold::world::World;
use object_store::ObjectStore;
use object_store::memory::InMemory;

use crate::bench::{Bench, Own, claim};
use crate::fate::{Fate, Fated, What};
use crate::hooked::Hooked;
use crate::ledger::{Ledger, Watch};
use crate::outside::meddle;
use crate::program::Program;
use crate::recorder::Recorder;
use crate::run::{Trouble, dated, left_over, random_faults, settle, wait};
use crate::store::Shaky;
use crate::wire::{Far, Wired, wire};

const DAY_S: u64 = 24 * 3600;

/// What a simulation is to leave out, to see whether somebody notices.
#[derive(Clone, Copy)]
pub struct Sabotage<'a> {
    /// What a process asks for the lease with.
    pub claim: &'a dyn Fn(&str) -> Claim,
    /// What is put between each process and the store.
    pub store: &'a dyn Fn(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>,
}

impl Sabotage<'_> {
    pub const NONE: Self = Self { claim: &|holder| claim(holder, false), store: &|store| store };
}

/// One environment that several work on.
struct Site<'a> {
    bench: Bench,
    dice: World,
    calm: Faults,
    ledger: Ledger,
    recorder: Recorder,
    sabotage: Sabotage<'a>,
}

/// Runs one seed and says what the checkers found.
pub fn several(seed: u64, ledger: &Ledger, sabotage: Sabotage<'_>) -> Vec<String> {
    let dice = World::virtual_from(seed, 0);
    let mut program = Program::random(&dice);
    let mut bench = Bench::new(seed, &program.text());
    let recorder = Recorder::new(ledger.clone());
    let store = dated(Arc::new(InMemory::new()), &bench.world);
    bench.store = Arc::new(Hooked { inner: store, hook: recorder.clone() });
    let calm = Faults { eventual: dice.random_below(2) == 0, ..Faults::default() };
    let mut site = Site { bench, dice, calm, ledger: ledger.clone(), recorder, sabotage };
    let destroy = Selection { destroy: true, ..Selection::default() };
    for (round, selection) in [Selection::default(), Selection::default(), destroy].iter().enumerate() {
        let mut faults = site.go_through(selection);
        if selection.destroy {
            faults.extend(left_over(&site.bench));
        }
        if !faults.is_empty() {
            faults.insert(0, format!("in round {round}:"));
            faults.push(program.text());
            return faults;
        }
        program.change(&site.dice);
        site.bench.set(&program.text());
    }
    Vec::new()
}

impl Site<'_> {
    fn go_through(&mut self, selection: &Selection) -> Vec<String> {
        let (far, server) = wire();
        self.bench.set_faults(random_faults(&self.dice, &self.calm));
        let claims = ["kim", "lee", "jo"].map(|holder| self.claim(holder));
        self.bench.world.run(async {
            let processes = claims.iter().map(|claim| self.process(claim, selection, &far));
            let processes = futures::future::join_all(processes.collect::<Vec<_>>());
            server.serve(processes.map(drop)).await;
        });
        let faults = self.recorder.faults();
        if !faults.is_empty() {
            return faults;
        }
        if self.dice.random_below(4) == 0
            && let Some(fault) = meddle(&self.bench.sandbox(), &self.dice)
        {
            self.ledger.count(fault, None);
        }
        self.bench.set_faults(self.calm.clone());
        wait(&self.bench, &self.dice);
        settle(&self.bench, selection)
    }

    fn claim(&self, holder: &str) -> Claim {
        let patience = Duration::from_secs(if self.dice.random_below(2) == 0 { 0 } else { 3_600 });
        Claim { patience, ..(self.sabotage.claim)(holder) }
    }

    fn process<'a>(
        &'a self,
        claim: &'a Claim,
        selection: &'a Selection,
        far: &Far,
    ) -> impl Future<Output = ()> + 'a {
        let Self { bench, dice, ledger, .. } = self;
        let late = Duration::from_secs(match dice.random_below(6) {
            0 => dice.random_below(9 * DAY_S),
            1 | 2 => dice.random_below(600),
            _ => 0,
        });
        let fate = random_fate(dice);
        let (world, journey) = bench.world.process(fate.failpoint);
        let watch = Watch { ledger: ledger.clone(), journey };
        let shaky = Shaky {
            world: bench.world.clone(),
            watch: watch.clone(),
            faults_per_mille: 80,
            far: Some((far.clone(), bench.store.clone())),
        };
        let store = Arc::new(Hooked { inner: bench.store.clone(), hook: shaky });
        let trouble = Trouble { timed_out_per_mille: if dice.random_below(2) == 0 { 100 } else { 0 } };
        let (near, far) = (trouble.wire(bench, &watch), far.clone());
        let own = Own {
            world,
            store: (self.sabotage.store)(store),
            wire: Some(Arc::new(move |target| {
                Arc::new(Wired { target: near(target), far: far.clone() }) as Arc<dyn Target>
            })),
            tidies: dice.random_below(2) == 0,
        };
        async move {
            bench.world.sleep(late).await;
            let process = bench.process_with(own, claim, selection).boxed_local();
            Fated::new(process, fate, watch, &bench.world, bench.sandbox()).await;
        }
    }
}

fn random_fate(dice: &World) -> Fate {
    let mut fate = Fate::default();
    match dice.random_below(6) {
        0 | 1 => fate.failpoint = Some(Fate::failpoint(dice)),
        2 => fate.strokes.push((Fate::when(dice, 150), What::Die)),
        _ => {}
    }
    if dice.random_below(2) == 0 {
        let time_s = match dice.random_below(4) {
            0 => dice.random_below(10 * DAY_S),
            _ => dice.random_below(900),
        };
        fate.strokes.push((Fate::when(dice, 150), What::Stand(Duration::from_secs(time_s))));
    }
    if dice.random_below(4) == 0 {
        fate.strokes.push((Fate::when(dice, 150), What::Meddle));
    }
    fate
}
