use std::sync::Arc;

use futures::join;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::*;
use crate::state::testing::{change, claim, put};
use crate::state::{Record, StateDocument, Writer, WriterLoop};
use crate::world::World;

async fn open(store: &Arc<dyn ObjectStore>, world: &World) -> Result<(Writer, WriterLoop), StateError> {
    Writer::open(store.clone(), "staging", world.clone(), &claim("kim@laptop"), &|_| {}).await
}

/// A log of 12 objects with a snapshot after the fourth and the eighth.
async fn store(world: &World) -> Arc<dyn ObjectStore> {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let (writer, writing) = open(&store, world).await.unwrap();
    let work = async move {
        for number in 1..=12 {
            let name = format!("r{number}");
            writer.commit(vec![change(vec![put(&name, &name)])]).await.unwrap();
            if number == 4 || number == 8 {
                writer.snapshot().await.unwrap();
            }
        }
    };
    join!(work, writing.run());
    store
}

fn log(serial: u64) -> Path {
    Folder::Log.key("staging", serial)
}

fn snapshot(serial: u64) -> Path {
    Folder::Snapshot.key("staging", serial)
}

/// What happens to an object, and what is said of it.
struct Damaged {
    key: Path,
    to: Option<&'static str>,
    says: &'static str,
    restorable: Vec<RangeInclusive<u64>>,
    loads: bool,
}

#[test]
fn everything_that_can_be_restored_is_found_and_the_rest_named() {
    let damaged = |key, to, says, restorable, loads| Damaged { key, to, says, restorable, loads };
    for Damaged { key, to, says, restorable, loads } in [
        damaged(log(6), Some("{"), "is truncated", vec![1..=5, 8..=12], true),
        damaged(log(6), Some("\0\0"), "is torn", vec![1..=5, 8..=12], true),
        // Before the oldest snapshot it may have been pruned.
        damaged(log(2), None, "", vec![1..=1, 4..=12], true),
        damaged(log(10), Some("{\"format_version\":7}"), "format version 7", vec![1..=9], false),
        damaged(log(10), Some("{\"version\":4}"), "doesn't belong there", vec![1..=9], false),
        damaged(log(10), None, "is missing", vec![1..=9], false),
        damaged(snapshot(8), Some("["), "Delete this snapshot", vec![1..=12], false),
        damaged(snapshot(4), None, "", vec![1..=12], true),
        damaged(Path::from("staging/log/notes.txt"), Some("x"), "none of Ninefold's", vec![1..=12], false),
    ] {
        let world = World::virtual_from(7, 0);
        world.run(async {
            let store = store(&world).await;
            match to {
                Some(text) => drop(store.put(&key, text.into()).await.unwrap()),
                None => store.delete(&key).await.unwrap(),
            }
            let reader = Reader::new(store, "staging");
            let past = reader.past().await.unwrap();
            assert_eq!((&past.restorable, past.last), (&restorable, 12), "{key}: {says}");
            let told: Vec<String> = past.damage.iter().map(ToString::to_string).collect();
            assert_eq!(told.len(), usize::from(!says.is_empty()), "{told:?}");
            assert!(told.iter().all(|told| told.contains(says) && told.contains(key.as_ref())), "{told:?}");
            assert_eq!(reader.load().await.is_ok(), loads, "{key}");
            for serial in 1..=12 {
                let state = reader.at(serial).await;
                assert_eq!(state.is_ok(), past.is_restorable(serial), "{key}, {serial}: {state:?}");
                if let Ok(state) = state {
                    assert_eq!((state.serial, state.resources.len() as u64), (serial, serial));
                }
            }
        });
    }
}

#[test]
fn what_is_restored_is_the_state_from_then_on() {
    let world = World::virtual_from(7, 0);
    world.run(async {
        let store = store(&world).await;
        store.put(&log(10), "garbage".into()).await.unwrap();
        let opened =
            Writer::open_at(store.clone(), "staging", world.clone(), &claim("kim@laptop"), 9, &|_| {}).await;
        let (writer, writing) = opened.unwrap();
        let reader = Reader::new(store.clone(), "staging");
        let then = reader.at(9).await.unwrap();
        let record = Record::Set {
            reason: "state restore 9".into(),
            state: Arc::new(StateDocument::of(&then, "staging")),
        };
        let work = async move {
            assert_eq!(writer.commit(vec![record]).await.unwrap(), 13);
            writer.snapshot().await.unwrap();
            writer.commit(vec![change(vec![put("new", "new")])]).await.unwrap();
        };
        join!(work, writing.run());
        let state = reader.load().await.unwrap();
        assert_eq!((state.serial, state.resources.len()), (14, 10));
        assert_eq!(reader.past().await.unwrap().restorable, [1..=9, 13..=14]);
        // Who writes now doesn't miss anything.
        drop(open(&store, &world).await.unwrap());
    });
}

#[test]
fn what_cannot_be_restored_says_why() {
    let world = World::virtual_from(7, 0);
    world.run(async {
        let store = store(&world).await;
        store.delete(&log(6)).await.unwrap();
        let error = Reader::new(store, "staging").at(7).await.unwrap_err().to_string();
        let expected =
            "the state after serial 7 can't be restored: `staging/log/00000000000000000006.json` is missing";
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains("`ninefold state history` shows which can"), "{error}");
    });
}

#[test]
fn a_log_that_has_lost_its_end_is_not_written_on() {
    let world = World::virtual_from(7, 0);
    world.run(async {
        let store = store(&world).await;
        store.delete(&log(12)).await.unwrap();
        let Err(error) = open(&store, &world).await else { panic!("it was opened") };
        let expected = "`staging/log/00000000000000000012.json` is missing: the log ends with serial 11, and the last \
                        run had written until serial 12";
        assert!(error.to_string().starts_with(expected), "{error}");
        // Nor at the second try, whose own lease was given back.
        assert!(matches!(open(&store, &world).await, Err(StateError::Shortened { found: 11, expected: 12, .. })));
    });
}
