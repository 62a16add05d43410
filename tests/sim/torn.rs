//! Objects of the state that aren't what was written: cut off, garbled, or somebody else's. Our own
//! stores leave none (`disk.rs`); others might. Each is refused by its name before anything is done, and
//! once it is what it was, or gone if nobody was told of it, nothing is lost.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::{FutureExt as _, TryStreamExt as _};
use ninefold::plan::Selection;
use ninefold::world::{Boundary, Failpoint, World};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::bench::{Bench, Ended, Own, claim};
use crate::program::Program;
use crate::run::{dated, settle};

const SEEDS: u64 = 12;

/// A bench whose process was killed when it had put an object of the log, and before it knew.
fn killed(seed: u64, dice: &World) -> Bench {
    let mut bench = Bench::new(seed, &Program::random(dice).text());
    bench.store = dated(Arc::new(InMemory::new()), &bench.world);
    if dice.random_below(2) == 0 {
        // With a snapshot, and another lease.
        let own = Own { tidies: true, ..bench.own() };
        bench.apply().succeeded();
        bench.world.run(bench.process_with(own, &claim("bench", true), &Selection::default()));
        let mut program = Program::random(dice);
        program.change(dice);
        bench.set(&program.text());
    }
    let nth = 1 + dice.random_below(4);
    let (world, journey) = bench.world.process(Some(Failpoint { boundary: Boundary::RecordsDurable, nth }));
    let own = Own { world, ..bench.own() };
    let mine = claim("bench", true);
    let selection = Selection::default();
    let process = bench.process_with(own, &mine, &selection).boxed_local();
    let _ = bench.world.run_until_death(&journey, process);
    bench
}

fn objects(bench: &Bench) -> BTreeMap<Path, Bytes> {
    bench.world.run(async {
        let listed: Vec<_> = bench.store.list(None).try_collect().await.unwrap();
        let mut objects = BTreeMap::new();
        for object in listed {
            let text = bench.store.get(&object.location).await.unwrap().bytes().await.unwrap();
            objects.insert(object.location, text);
        }
        objects
    })
}

fn put(bench: &Bench, key: &Path, text: &Bytes) {
    bench.world.run(bench.store.put(key, text.clone().into())).unwrap();
}

/// What a store without care, or somebody else, may have left of a text.
fn damaged(text: &Bytes, dice: &World) -> Bytes {
    let below = |bound: usize| usize::try_from(dice.random_below(bound as u64)).unwrap();
    // The last character ends the line, and is no part of the object.
    let length = text.len() - 1;
    match dice.random_below(5) {
        0 => Bytes::new(),
        1 => text.slice(..below(length)),
        // As long as it should be, and the end was never written.
        2 => {
            let mut bytes = text.to_vec();
            let written = below(length);
            bytes[written..].fill(0);
            bytes.into()
        }
        3 => Bytes::from(String::from_utf8(text.to_vec()).unwrap().replacen("\"test\"", "\"other\"", 1)),
        _ => Bytes::from_static(b"{ \"what\": \"something else\" }\n"),
    }
}

/// The objects that the next process reads: the last snapshot, the log after it, and the last lease.
fn needed(objects: &BTreeMap<Path, Bytes>) -> Vec<Path> {
    let last = |folder: &str| objects.keys().rfind(|key| key.as_ref().contains(folder));
    let snapshot = last("/snapshot/");
    let after = snapshot.and_then(|key| key.filename()).unwrap_or_default().to_owned();
    let log = objects.keys().filter(|key| key.as_ref().contains("/log/"));
    let log = log.filter(|key| key.filename().unwrap_or_default() > &*after);
    // The lease first: whoever is refused for another reason has taken the next one.
    last("/lease/").into_iter().chain(log).chain(snapshot).cloned().collect()
}

/// Panics unless the next process refuses to begin because of this object, and does nothing else.
fn assert_refused(bench: &Bench, key: &Path) {
    let world = bench.objects();
    let before = objects(bench);
    let Ended::Stopped(why) = bench.apply() else { panic!("{key} was taken for whole") };
    assert!(why.contains(&format!("`{key}`")), "{key}: {why}");
    assert_eq!(bench.objects(), world, "{key}: {why}");
    let without_leases = |mut objects: BTreeMap<Path, Bytes>| {
        objects.retain(|key, _| !key.as_ref().contains("/lease/"));
        objects
    };
    assert_eq!(without_leases(objects(bench)), without_leases(before), "{key}: {why}");
}

fn assert_settles(bench: &Bench, seed: u64) {
    let faults = settle(bench, &Selection::default());
    assert!(faults.is_empty(), "seed {seed}: {}", faults.join("\n"));
}

#[test]
fn each_object_is_refused_when_it_is_damaged_and_nothing_is_lost_once_it_is_restored() {
    for seed in 0..SEEDS {
        let dice = World::virtual_from(seed, 0);
        let bench = killed(seed, &dice);
        let whole = objects(&bench);
        for key in needed(&whole) {
            put(&bench, &key, &damaged(&whole[&key], &dice));
            assert_refused(&bench, &key);
            put(&bench, &key, &whole[&key]);
        }
        assert_settles(&bench, seed);
    }
}

#[test]
fn the_last_object_of_a_killed_process_is_refused_when_it_is_torn_and_may_be_deleted() {
    for seed in 0..SEEDS {
        let dice = World::virtual_from(seed, 1);
        let bench = killed(seed, &dice);
        let whole = objects(&bench);
        let last = whole.keys().rfind(|key| key.as_ref().contains("/log/")).unwrap().clone();
        put(&bench, &last, &damaged(&whole[&last], &dice));
        assert_refused(&bench, &last);
        // Nobody was told of it, so that nothing was done because of it.
        bench.world.run(bench.store.delete(&last)).unwrap();
        assert_settles(&bench, seed);
    }
}

#[test]
fn a_lease_is_refused_when_it_is_damaged_and_may_be_deleted() {
    for seed in 0..SEEDS {
        let dice = World::virtual_from(seed, 2);
        let bench = killed(seed, &dice);
        let whole = objects(&bench);
        let leases: Vec<_> = whole.keys().filter(|key| key.as_ref().contains("/lease/")).collect();
        let last = leases.last().unwrap();
        put(&bench, last, &damaged(&whole[*last], &dice));
        assert_refused(&bench, last);
        for lease in leases {
            bench.world.run(bench.store.delete(lease)).unwrap();
        }
        let applied = bench.apply();
        assert!(matches!(applied, Ended::Applied(_)), "seed {seed}: {applied:?}");
        assert_settles(&bench, seed);
    }
}
