//! A kill at every boundary, as often as each stage reaches it.

use ninefold::world::Boundary;

use crate::place::Place;
use crate::stage::{Stage, Template};
use crate::tally::{Tally, alone, on_two_threads};

/// No boundary is reached more often here: a run that came to one again and again would be a fault.
const OFTEN: u64 = 200;

/// So many are killed before one is followed to its end: a destroy is a stage, and is killed, itself.
const TO_THE_END: u64 = 4;

/// The boundaries that each stage has to have come to: without them, this would prove nothing. A lease
/// is renewed only in runs of minutes, and nothing is pruned within a week: the simulation kills there.
fn expected(stage: Stage) -> Vec<Boundary> {
    use Boundary::{
        CallAnswered, CallBeginning, LeaseReleased, LeaseReleasing, LeaseTaken, LeaseTaking, RecordsDurable,
        RecordsPutting, SnapshotDurable, SnapshotPutting,
    };
    let mut boundaries =
        vec![LeaseTaking, LeaseTaken, LeaseReleasing, LeaseReleased, RecordsPutting, RecordsDurable];
    if stage != Stage::Import {
        boundaries.extend([CallBeginning, CallAnswered]);
    }
    if stage == Stage::Create {
        boundaries.extend([SnapshotPutting, SnapshotDurable]);
    }
    boundaries
}

#[test]
fn a_kill_at_every_boundary_leaves_nothing_behind() {
    let _alone = alone();
    let template = Template::new();
    let mut work: Vec<(Stage, Boundary)> = Vec::new();
    // What is reached most often comes first, so that neither thread has long to wait for the other.
    let frequent =
        |boundary: &Boundary| boundary.name().starts_with("call") || boundary.name().starts_with("records");
    for wanted in [true, false] {
        for boundary in Boundary::ALL.into_iter().filter(|boundary| frequent(boundary) == wanted) {
            work.extend(Stage::ALL.into_iter().map(|stage| (stage, boundary)));
        }
    }
    let tally = on_two_threads(work, |(stage, boundary)| at(&template, stage, boundary));
    for stage in Stage::ALL {
        let reached: Vec<String> = Boundary::ALL
            .into_iter()
            .filter_map(|boundary| {
                let count = tally.reached.get(&(stage, boundary.to_string()))?;
                Some(format!("{boundary} {count}"))
            })
            .collect();
        println!("{stage:?}: {}", reached.join(", "));
        for boundary in expected(stage) {
            assert!(
                tally.reached.contains_key(&(stage, boundary.to_string())),
                "{stage:?} never came to {boundary}"
            );
        }
    }
    tally.judge("at every boundary");
}

/// Kills where a boundary is reached for the first time, the second, … until a run ends before that.
fn at(template: &Template, stage: Stage, boundary: Boundary) -> Tally {
    let mut tally = Tally::default();
    for nth in 1..=OFTEN {
        let place = Place::copy(template.of(stage).path());
        let failpoint = format!("{boundary}:{nth}");
        if !place.killed_at(&failpoint, stage.command()) {
            return tally;
        }
        tally.kills += 1;
        *tally.reached.entry((stage, boundary.to_string())).or_default() += 1;
        tally.goes_on(
            &place,
            stage,
            nth % TO_THE_END == 1,
            &format!("{stage:?}, NINEFOLD_FAILPOINT={failpoint}"),
        );
    }
    panic!("{stage:?} came to {boundary} {OFTEN} times");
}

#[test]
fn what_is_no_failpoint_is_an_error() {
    let template = Template::new();
    let place = Place::copy(template.fresh.path());
    let ran = place.run_at("somewhere:1", &["plan"]);
    assert_eq!(ran.status.code(), Some(1), "{}", ran.told());
    assert!(ran.err.contains("`somewhere:1` is no failpoint"), "{}", ran.err);
}
