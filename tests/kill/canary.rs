//! The checks of this test can fail: each is given what it has to find. Without these, a run that
//! finds nothing would prove nothing.

use serde_json::{Value, json};

use crate::check::{Faults, Thing};
use crate::place::Place;
use crate::stage::{Stage, Template};
use crate::tally::Tally;

fn vpc(id: &str, address: &str, operation: &str) -> Thing {
    Thing {
        kind: "aws.ec2.vpc".into(),
        region: "eu-west-1".into(),
        id: id.into(),
        address: Some(address.into()),
        made_by: Some(operation.into()),
    }
}

fn state(ids: &[(&str, &str)]) -> Value {
    let resource = |(id, address): &(&str, &str)| json!({ "address": address, "kind": "aws.ec2.vpc", "scope": { "region": "eu-west-1" }, "id": id });
    json!({ "resources": ids.iter().map(resource).collect::<Vec<_>>() })
}

#[test]
fn what_agrees_has_no_fault() {
    let world = [vpc("vpc-1", "s/p.a", "1"), vpc("vpc-2", "s/p.b", "2")];
    let faults = Faults::of(&world, &state(&[("vpc-1", "s/p.a"), ("vpc-2", "s/p.b")]));
    assert_eq!(faults, Faults::default());
}

#[test]
fn an_orphan_is_found() {
    let world = [vpc("vpc-1", "s/p.a", "1"), vpc("vpc-2", "s/p.b", "2")];
    let faults = Faults::of(&world, &state(&[("vpc-1", "s/p.a")]));
    assert_eq!((faults.orphans.len(), faults.all().len()), (1, 1), "{faults:?}");
    // Also one on which the marks haven't been left yet.
    let unmarked = Thing { address: None, ..vpc("vpc-2", "s/p.b", "2") };
    let faults = Faults::of(&[world[0].clone(), unmarked], &state(&[("vpc-1", "s/p.a")]));
    assert_eq!((faults.orphans.len(), faults.all().len()), (1, 1), "{faults:?}");
}

#[test]
fn what_others_have_made_is_no_orphan() {
    let foreign = Thing { address: None, made_by: None, ..vpc("vpc-9", "s/p.a", "1") };
    assert_eq!(Faults::of(&[foreign], &state(&[])), Faults::default());
}

#[test]
fn a_duplicate_is_found() {
    let world = [vpc("vpc-1", "s/p.a", "1"), vpc("vpc-2", "s/p.b", "1")];
    let faults = Faults::of(&world, &state(&[("vpc-1", "s/p.a"), ("vpc-2", "s/p.b")]));
    assert_eq!((faults.duplicates.len(), faults.all().len()), (1, 1), "{faults:?}");
    let world = [vpc("vpc-1", "s/p.a", "1"), vpc("vpc-2", "s/p.a", "2")];
    let faults = Faults::of(&world, &state(&[("vpc-1", "s/p.a")]));
    assert_eq!((faults.duplicates.len(), faults.orphans.len()), (1, 1), "{faults:?}");
}

#[test]
fn what_is_lost_is_found() {
    let faults = Faults::of(&[], &state(&[("vpc-1", "s/p.a")]));
    assert_eq!((faults.lost.len(), faults.all().len()), (1, 1), "{faults:?}");
}

#[test]
fn what_is_neither_is_found_too() {
    let open = json!({ "resources": [], "open": [{ "intent": { "address": "s/p.a" } }] });
    assert_eq!(Faults::of(&[], &open).others.len(), 1);
    let world = [vpc("vpc-1", "s/p.other", "1")];
    assert_eq!(Faults::of(&world, &state(&[("vpc-1", "s/p.a")])).others.len(), 1);
    let twice = state(&[("vpc-1", "s/p.a"), ("vpc-1", "s/p.b")]);
    assert!(!Faults::of(&[vpc("vpc-1", "s/p.a", "1")], &twice).others.is_empty());
}

/// The whole of it, from the program to the tally, on what was broken on purpose.
#[test]
fn a_world_that_was_broken_is_told() {
    let template = Template::new();
    let place = Place::copy(template.made.path());
    let told = |place: &Place| {
        let mut tally = Tally::default();
        tally.settled(place, Stage::Create, "the canary");
        tally
    };
    assert_eq!(told(&place).faults, Vec::<String>::new());
    assert_eq!(place.pulled(), place.state(), "what is compared is what `state pull` prints");
    // State forgets what is there.
    let forgetful = Place::copy(place.path());
    forgetful.ok(&["state", "rm", "platform/all.doomed", "--yes"]);
    let tally = told(&forgetful);
    assert_eq!((tally.orphans, tally.lost), (1, 0), "{:?}", tally.faults);
    assert!(
        tally.faults.iter().any(|fault| fault.contains("exit 2")),
        "the plan isn't empty: {:?}",
        tally.faults
    );
    // What state knows is taken away.
    place.remove_from_the_world("platform/all.doomed");
    let tally = told(&place);
    assert_eq!((tally.orphans, tally.lost), (0, 1), "{:?}", tally.faults);
    // An apply that was killed before it was done isn't settled.
    let killed = Place::copy(template.fresh.path());
    assert!(killed.killed_at("call-answered:3", Stage::Create.command()));
    let tally = told(&killed);
    assert!(
        tally.orphans > 0 && tally.faults.iter().any(|fault| fault.contains("no outcome")),
        "{:?}",
        tally.faults
    );
}
