//! What has come of kills: what was found wrong after each, and the sum of it.

use std::collections::BTreeMap;

use crate::check::Faults;
use crate::place::Place;
use crate::stage::Stage;

#[derive(Debug, Default)]
pub struct Tally {
    pub kills: usize,
    /// How often a process died at each boundary; empty where the moment was drawn.
    pub reached: BTreeMap<(Stage, String), u64>,
    pub orphans: usize,
    pub duplicates: usize,
    pub lost: usize,
    /// Everything that is wrong, with where it came from.
    pub faults: Vec<String>,
}

impl Tally {
    /// Goes on after kills in a stage, and checks what is there then. `to_the_end` takes everything away
    /// too, and looks whether anything stays.
    pub fn goes_on(&mut self, place: &Place, stage: Stage, to_the_end: bool, killed: &str) {
        if let Err(why) = stage.again(place) {
            self.faults.push(format!("{killed}: {why}"));
            return;
        }
        self.settled(place, stage, killed);
        if to_the_end && stage != Stage::Destroy {
            if let Err(why) = Stage::Destroy.again(place) {
                self.faults.push(format!("{killed}: {why}"));
                return;
            }
            self.gone(place, killed);
        }
    }

    /// State and world have to be the same things, and nothing be left to do.
    pub fn settled(&mut self, place: &Place, stage: Stage, killed: &str) {
        self.compare(place, killed);
        if stage == Stage::Destroy {
            self.gone(place, killed);
            return;
        }
        let plan = place.run(&["plan", "--detailed-exitcode"]);
        if !plan.status.success() {
            let code = plan.status.code().unwrap_or_default();
            self.faults.push(format!("{killed}: the next plan isn't empty (exit {code}): {}", plan.told()));
        }
    }

    fn compare(&mut self, place: &Place, killed: &str) {
        let faults = Faults::of(&place.world(), &place.state());
        self.orphans += faults.orphans.len();
        self.duplicates += faults.duplicates.len();
        self.lost += faults.lost.len();
        self.faults.extend(faults.all().into_iter().map(|fault| format!("{killed}: {fault}")));
    }

    fn gone(&mut self, place: &Place, killed: &str) {
        let ours =
            place.world().into_iter().filter(|thing| thing.address.is_some() || thing.made_by.is_some());
        let ours: Vec<_> = ours.collect();
        let state = place.state();
        let known = state["resources"].as_array().map_or(0, Vec::len);
        if !ours.is_empty() || known > 0 || state.get("deposed").is_some() || state.get("open").is_some() {
            self.orphans += ours.len();
            self.faults.push(format!("{killed}: destroy left {ours:?} and {known} resources of state"));
        }
    }

    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.orphans += other.orphans;
        self.duplicates += other.duplicates;
        self.lost += other.lost;
        self.faults.extend(other.faults);
        for (at, count) in other.reached {
            *self.reached.entry(at).or_default() += count;
        }
    }

    /// Says what has come of it, and fails where that is anything but nothing.
    pub fn judge(&self, what: &str) {
        let Self { kills, orphans, duplicates, lost, faults, .. } = self;
        println!("{what}: kills done: {kills}, orphans {orphans}, duplicates {duplicates}, lost {lost}");
        assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    }
}

/// Does work on two threads, each taking the next piece when it is done with one.
pub fn on_two_threads<W: Send>(work: Vec<W>, run: impl Fn(W) -> Tally + Sync) -> Tally {
    let next = std::sync::Mutex::new(work.into_iter());
    let total = std::sync::Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(piece) = next.lock().unwrap().next() else { break };
                    let tally = run(piece);
                    total.lock().unwrap().add(tally);
                }
            });
        }
    });
    total.into_inner().unwrap()
}

/// What kills takes both cores: of such tests one runs at a time.
pub fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
