//! Runs seeds, adds up what they injected, and says which of them failed.
//!
//! Of four seeds, three are a machine of its own (`run.rs`) and one is several of them (`several.rs`).

use std::io::Write as _;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use ninefold::world::{Stopwatch, World, process};

use crate::coverage;
use crate::ledger::{Counts, Ledger};
use crate::run::{self, simulate};
use crate::several::{self, several};

/// How many seeds are tried when nobody says.
const SEEDS: u64 = 2_000;
/// How often a run without end says how far it is.
const TELL_EVERY_MS: u64 = 10_000;

#[test]
fn nothing_is_lost_doubled_or_orphaned() {
    let number = |variable| process::variable(variable).map(|text| text.parse::<u64>());
    if let Some(seed) = number("NINEFOLD_SIM_SEED") {
        let seed = seed.expect("NINEFOLD_SIM_SEED is a number");
        return say_failures(&Seeds::new(seed..seed + 1, false).run());
    }
    if process::variable("NINEFOLD_SIM_SEEDS").as_deref() == Some("forever") {
        // Where nobody has been yet.
        let first = World::real().unwrap().random_below(1 << 48);
        say(&format!("seeds from {first} on, until one fails or this is stopped"));
        return say_failures(&Seeds::new(first..u64::MAX, true).run());
    }
    let seeds = number("NINEFOLD_SIM_SEEDS").map_or(SEEDS, |seeds| seeds.expect("a number, or `forever`"));
    let ran = Seeds::new(0..seeds, false).run();
    say(&ran.told());
    say_failures(&ran);
    let gaps = coverage::faults(&ran.counts);
    // So few seeds can't meet everything.
    assert!(
        seeds < SEEDS || gaps.is_empty(),
        "the seeds didn't cover what they should:\n{}",
        gaps.join("\n")
    );
}

/// The same seed gives the same run, or else no failure could be replayed.
#[test]
fn a_seed_replays_exactly() {
    for seed in [0, 1, 2, 3, 7, 11] {
        let run = || {
            let ledger = Ledger::default();
            (one(seed, &ledger), ledger.counts())
        };
        assert_eq!(run(), run(), "seed {seed}");
    }
}

/// One seed, and what the checkers found.
fn one(seed: u64, ledger: &Ledger) -> Vec<String> {
    let simulate = || match seed % 4 {
        3 => several(seed, ledger, several::Sabotage::NONE),
        _ => simulate(seed, ledger, run::Sabotage::NONE),
    };
    catch_unwind(AssertUnwindSafe(simulate)).unwrap_or_else(|_| vec!["it panicked".to_owned()])
}

/// Written where the test's harness doesn't keep it.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

struct Seeds {
    next: Mutex<Range<u64>>,
    ends_at_failure: bool,
    watch: Stopwatch,
    ran: Mutex<Ran>,
}

/// What came of seeds.
#[derive(Debug, Default)]
struct Ran {
    seeds: u64,
    took_ms: u64,
    told_ms: u64,
    counts: Counts,
    failed: Vec<(u64, String)>,
}

impl Ran {
    fn told(&self) -> String {
        let seconds = self.took_ms / 1_000;
        format!("{} seeds in {seconds} s\n{}", self.seeds, coverage::table(&self.counts))
    }
}

impl Seeds {
    fn new(seeds: Range<u64>, ends_at_failure: bool) -> Self {
        Self { next: Mutex::new(seeds), ends_at_failure, watch: Stopwatch::start(), ran: Mutex::default() }
    }

    /// Seeds know nothing of each other: each thread takes the next one.
    fn run(self) -> Ran {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(seed) = self.take() {
                        let ledger = Ledger::default();
                        let faults = one(seed, &ledger);
                        self.count(seed, &faults, &ledger.counts());
                    }
                });
            }
        });
        let mut ran = self.ran.into_inner().unwrap();
        ran.took_ms = self.watch.elapsed_ms();
        ran.failed.sort();
        ran
    }

    fn take(&self) -> Option<u64> {
        if self.ends_at_failure && !self.ran.lock().unwrap().failed.is_empty() {
            return None;
        }
        self.next.lock().unwrap().next()
    }

    fn count(&self, seed: u64, faults: &[String], counts: &Counts) {
        let mut ran = self.ran.lock().unwrap();
        ran.seeds += 1;
        ran.counts.add(counts);
        if !faults.is_empty() {
            ran.failed.push((seed, faults.join("\n")));
        }
        let now_ms = self.watch.elapsed_ms();
        if self.ends_at_failure && now_ms >= ran.told_ms + TELL_EVERY_MS {
            ran.told_ms = now_ms;
            let faults: u64 = ran.counts.faults.values().sum();
            let each_s = ran.seeds * 1_000 / now_ms.max(1);
            say(&format!("{} seeds, {each_s} each second, {faults} faults", ran.seeds));
        }
    }
}

fn say_failures(ran: &Ran) {
    let told = ran
        .failed
        .iter()
        .map(|(seed, faults)| format!("seed {seed}: {faults}\nreplay it with NINEFOLD_SIM_SEED={seed}"));
    assert!(ran.failed.is_empty(), "{}", told.collect::<Vec<_>>().join("\n\n"));
}
