//! Kills from outside, at moments that nobody chose; also of the run that recovers from one.

use std::time::Duration;

use ninefold::world::{World, process};

use crate::place::Place;
use crate::stage::{Stage, Template};
use crate::tally::{Tally, alone, on_two_threads};

/// How many runs are killed where nobody says.
const KILLS: u64 = 40;

fn number(variable: &str) -> Option<u64> {
    process::variable(variable).and_then(|text| text.parse().ok())
}

#[test]
fn a_kill_at_any_time_leaves_nothing_behind() {
    let _alone = alone();
    let template = Template::new();
    let seed =
        number("NINEFOLD_KILL_SEED").unwrap_or_else(|| World::virtual_from_now().random_below(1_000_000));
    println!("drawn with NINEFOLD_KILL_SEED={seed}");
    let usual: Vec<(Stage, Duration)> = Stage::ALL.map(|stage| (stage, usual(&template, stage))).to_vec();
    let dice = World::virtual_from(seed, 0);
    let mut work = Vec::new();
    for _ in 0..number("NINEFOLD_KILLS").unwrap_or(KILLS) {
        let (stage, usual) = usual[usize::try_from(dice.random_below(usual.len() as u64)).unwrap()];
        let within = |dice: &World| {
            usual.mul_f64(f64::from(u32::try_from(dice.random_below(1_000)).unwrap()) / 1_000.0)
        };
        // Every second one is killed again while it finds out what the first has left.
        let times = (0..=dice.random_below(2)).map(|_| within(&dice)).collect::<Vec<_>>();
        work.push((stage, times));
    }
    let tally = on_two_threads(work, |(stage, times)| after(&template, stage, &times, seed));
    assert!(tally.kills > 0, "no run was killed");
    tally.judge("at random");
}

/// How long a stage takes where nobody kills it.
fn usual(template: &Template, stage: Stage) -> Duration {
    Place::copy(template.of(stage).path()).ok(stage.command()).took
}

fn after(template: &Template, stage: Stage, times: &[Duration], seed: u64) -> Tally {
    let mut tally = Tally::default();
    let place = Place::copy(template.of(stage).path());
    for time in times {
        let killed = place.killed_after(*time, stage.command());
        tally.kills += usize::from(killed);
    }
    tally.goes_on(
        &place,
        stage,
        true,
        &format!("{stage:?}, killed after {times:?}, NINEFOLD_KILL_SEED={seed}"),
    );
    tally
}
