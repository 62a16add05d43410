use futures::future::join_all;
use futures::join;
use object_store::memory::InMemory;
use object_store::{ObjectStoreExt as _, path::Path};

use super::*;
use crate::model::Json;
use crate::state::testing::{
    Fault, FaultyStore, address, change, claim, create, intent, next_record, put, run, succeeded,
};
use crate::state::{Entry, Resource, StoreLocation};

fn world() -> World {
    World::virtual_from(7, 1_800_000_000_000)
}

async fn open(store: &Arc<impl ObjectStore>, world: &World) -> (Writer, WriterLoop) {
    Writer::open(store.clone(), "staging", world.clone(), &claim("kim@laptop"), &|_| {}).await.unwrap()
}

fn adopts(name: &str) -> Vec<Record> {
    vec![change(vec![put(name, name)])]
}

/// Commits records one after the other and drops the writer.
async fn commit_all(
    store: &Arc<impl ObjectStore>,
    world: &World,
    commits: Vec<Vec<Record>>,
) -> Result<u64, StateError> {
    let (writer, writing) = open(store, world).await;
    let work = async move {
        let mut last = 0;
        for records in commits {
            last = writer.commit(records).await?;
        }
        Ok(last)
    };
    join!(work, writing.run()).0
}

async fn log_keys(store: &impl ObjectStore) -> Vec<String> {
    let listed = store.list_with_delimiter(Some(&Path::from("staging/log"))).await.unwrap();
    listed.objects.iter().map(|object| object.location.to_string()).collect()
}

fn key_of(serial: u64) -> Path {
    Folder::Log.key("staging", serial)
}

#[test]
fn what_is_ready_together_goes_into_one_object() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let work = async {
            let all = (0..20).map(|number| {
                let (writer, name) = (writer.clone(), format!("r{number}"));
                async move { writer.commit(adopts(&name)).await.unwrap() }
            });
            let serials = join_all(all).await;
            assert_eq!(writer.with_state(|state| state.resources.len()), 20);
            drop(writer);
            serials
        };
        let (serials, ()) = join!(work, writing.run());
        assert_eq!(serials, [1; 20]);
        assert_eq!(log_keys(&store).await, ["staging/log/00000000000000000001.json"]);
    });
}

#[test]
fn the_order_of_calls_is_the_order_of_the_log() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let first = writer.commit(vec![run(1), intent(1, 2, "vpc", create())]);
        let second = writer.commit(vec![succeeded(2, vec![put("vpc", "vpc-1")])]);
        drop(writer);
        // Awaited the other way round.
        let (second, first, ()) = join!(second, first, writing.run());
        assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
        let history = Reader::new(store.clone(), "staging").history().await.unwrap();
        let types: Vec<_> = history[0].records.iter().map(serde_json::to_value).map(Result::unwrap).collect();
        let types: Vec<_> = types.iter().map(|record| record["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["epoch", "run", "intent", "outcome"]);
    });
}

#[test]
fn what_nobody_waits_for_shares_the_object_of_the_next_commit() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let work = async {
            writer.queue(adopts("a")).unwrap();
            world.sleep(LINGER / 2).await;
            writer.queue(adopts("b")).unwrap();
            let serial = writer.commit(adopts("c")).await.unwrap();
            assert_eq!((serial, world.now().since_start_ms), (1, 50));
            drop(writer);
        };
        join!(work, writing.run());
    });
}

#[test]
fn what_nobody_waits_for_is_written_before_long_all_the_same() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let work = async {
            writer.queue(adopts("a")).unwrap();
            world.sleep(LINGER / 2).await;
            writer.queue(adopts("b")).unwrap();
            assert_eq!(writer.with_state(|state| state.resources.len()), 0);
            world.sleep(LINGER).await;
            assert_eq!(writer.with_state(|state| state.resources.len()), 2);
            // Nor does it wait when nobody can come any more.
            writer.queue(adopts("c")).unwrap();
            drop(writer);
        };
        join!(work, writing.run());
        assert_eq!(world.now().since_start_ms, 150);
        let state = Reader::new(store.clone(), "staging").load().await.unwrap();
        assert_eq!((state.serial, state.resources.len()), (2, 3));
    });
}

#[test]
fn a_commit_without_records_waits_and_writes_nothing() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    let last = world.run(commit_all(&store, &world, vec![vec![], adopts("a"), vec![]]));
    assert_eq!(last.unwrap(), 1);
    assert_eq!(world.run(log_keys(&*store)).len(), 1);
}

#[test]
fn a_second_writer_fences_the_first_for_good() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (first, writing_first) = open(&store, &world).await;
        commit_all(&store, &world, vec![adopts("theirs")]).await.unwrap();
        let work = async move {
            let (a, b) = join!(first.commit(adopts("ours")), first.commit(adopts("ours-too")));
            let again = first.commit(adopts("later")).await;
            assert_eq!(first.with_state(|state| state.resources.len()), 0);
            [a, b, again]
        };
        let (answers, ()) = join!(work, writing_first.run());
        for answer in answers {
            let error = answer.unwrap_err();
            assert!(
                matches!(&error, StateError::Fenced { serial: 1, other, .. } if other.starts_with("kim@"))
            );
            assert!(error.to_string().starts_with("`staging/log/00000000000000000001.json` was written by"));
        }
        let state = Reader::new(store.clone(), "staging").load().await.unwrap();
        assert_eq!(state.resources.keys().collect::<Vec<_>>(), [&address("theirs")]);
    });
}

#[test]
fn of_two_writers_at_once_exactly_one_commits() {
    for seed in 0..50 {
        let world = World::virtual_from(seed, 0);
        let store = Arc::new(FaultyStore::slow(&world));
        world.run(async {
            // As if both held the lease: the log is a fence of its own.
            let reader = Reader::new(store.clone(), "staging");
            let opened = async |holder| {
                let lease = Arc::new(Lease::seize(&reader, &world, &claim(holder)).await.unwrap());
                let loaded = reader.load_with_tail().await.unwrap();
                Writer::under(lease, reader.clone(), world.clone(), &claim(holder), loaded).unwrap()
            };
            let ((first, writing_first), (second, writing_second)) =
                (opened("kim").await, opened("lee").await);
            let commits = async |writer: Writer, names: [&str; 2]| {
                writer.commit(adopts(names[0])).await?;
                writer.commit(adopts(names[1])).await
            };
            let (one, two, (), ()) = join!(
                commits(first, ["a", "b"]),
                commits(second, ["c", "d"]),
                writing_first.run(),
                writing_second.run()
            );
            assert!(one.is_ok() != two.is_ok(), "seed {seed}: {one:?} {two:?}");
            assert_eq!(log_keys(&*store).await.len(), 2);
        });
    }
}

#[test]
fn an_object_is_written_once_whatever_the_answer_was() {
    for fault in [Fault::SaysExists, Fault::LosesAnswer] {
        let (world, store) = (world(), Arc::new(FaultyStore::new()));
        *store.hook.coming.lock().unwrap() = vec![fault];
        let last = world.run(commit_all(&store, &world, vec![adopts("a"), adopts("b")]));
        assert_eq!(last.unwrap(), 2, "{fault:?}");
        assert_eq!(*store.hook.puts.lock().unwrap(), [key_of(1), key_of(2)], "{fault:?}");
        let state = world.run(Reader::new(store, "staging").load()).unwrap();
        assert_eq!((state.serial, state.resources.len()), (2, 2), "{fault:?}");
    }
}

#[test]
fn a_put_without_effect_is_put_again() {
    let (world, store) = (world(), Arc::new(FaultyStore::new()));
    *store.hook.coming.lock().unwrap() = vec![Fault::LosesAnswer, Fault::LosesEffect, Fault::LosesEffect];
    assert_eq!(world.run(commit_all(&store, &world, vec![adopts("a")])).unwrap(), 1);
    assert_eq!(*store.hook.puts.lock().unwrap(), [key_of(1), key_of(1), key_of(1)]);
    assert_eq!(world.run(Reader::new(store, "staging").load()).unwrap().resources.len(), 1);
}

#[test]
fn a_store_that_stays_broken_is_given_up() {
    let puts = |faults: Vec<Fault>| {
        let (world, store) = (world(), Arc::new(FaultyStore::new()));
        *store.hook.coming.lock().unwrap() = faults;
        let error = world.run(commit_all(&store, &world, vec![adopts("a")])).unwrap_err().to_string();
        assert!(error.starts_with("can't write `staging/log/00000000000000000001.json`"), "{error}");
        store.hook.puts.lock().unwrap().len()
    };
    assert_eq!(puts(vec![Fault::LosesEffect; 100]), crate::state::put::PUTS_AT_MOST as usize);
    assert_eq!(puts(vec![Fault::Denies; 100]), 1);
}

#[test]
fn a_torn_object_at_the_next_serial_is_reported() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        store.put(&key_of(1), "{\"format".into()).await.unwrap();
        let work = async move { writer.commit(adopts("a")).await };
        let (answer, ()) = join!(work, writing.run());
        assert!(matches!(answer, Err(StateError::Truncated { .. })), "{answer:?}");
    });
}

#[test]
fn an_impossible_commit_is_refused_whole_and_others_go_on() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let good = writer.commit(adopts("a"));
        // The first half of it would fit.
        let bad = writer.commit(vec![change(vec![put("b", "b")]), succeeded(9, vec![])]);
        let next = writer.commit(adopts("c"));
        drop(writer);
        let (good, bad, next, ()) = join!(good, bad, next, writing.run());
        assert_eq!((good.unwrap(), next.unwrap()), (1, 1));
        let error = bad.unwrap_err();
        assert!(matches!(error, StateError::Impossible(_)), "{error}");
        assert!(error.to_string().contains("outcome without an intent"), "{error}");
        let state = Reader::new(store.clone(), "staging").load().await.unwrap();
        assert_eq!(state.resources.keys().collect::<Vec<_>>(), [&address("a"), &address("c")]);
    });
}

#[test]
fn a_commit_after_the_loop_has_gone_says_so() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (writer, writing) = open(&store, &world).await;
        let before = writer.commit(adopts("a"));
        drop(writing);
        assert!(matches!(before.await, Err(StateError::Stopped)));
        assert!(matches!(writer.commit(adopts("b")).await, Err(StateError::Stopped)));
    });
}

/// Commits random records in random groups; snapshots now and then if told to. Gives the state
/// that the writer ended with.
async fn random_history(store: &Arc<impl ObjectStore>, world: &World, snapshots: bool) -> State {
    let (writer, writing) = open(store, world).await;
    let work = async {
        for _ in 0..60 {
            let mut ahead = writer.with_state(Clone::clone);
            let mut records = Vec::new();
            for _ in 0..=world.random_below(4) {
                let record = next_record(world, &ahead);
                ahead.apply(&record).unwrap();
                records.push(record);
            }
            writer.commit(records).await.unwrap();
            if world.random_below(10) == 0 && snapshots {
                writer.snapshot().await.unwrap();
            }
        }
        let state = writer.with_state(Clone::clone);
        drop(writer);
        state
    };
    join!(work, writing.run()).0
}

#[test]
fn a_snapshot_and_what_follows_is_the_whole_log() {
    for seed in 0..100 {
        let (world, store) = (World::virtual_from(seed, 0), Arc::new(InMemory::new()));
        world.run(async {
            let written = random_history(&store, &world, true).await;
            let reader = Reader::new(store.clone(), "staging");
            let loaded = reader.load_with_tail().await.unwrap();
            assert_eq!(loaded.state, written, "seed {seed}");
            let mut whole = State::default();
            let history = reader.history().await.unwrap();
            assert_eq!(history.len(), 60);
            for object in history {
                object.records.iter().for_each(|record| whole.apply(record).unwrap());
                whole.serial = object.serial;
            }
            assert_eq!(loaded.state, whole, "seed {seed}");
        });
    }
}

#[test]
fn a_snapshot_spares_the_log_before_it() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let written = random_history(&store, &world, false).await;
        let (writer, writing) = open(&store, &world).await;
        drop(writing);
        writer.snapshot().await.unwrap();
        for serial in 1..=60 {
            store.delete(&key_of(serial)).await.unwrap();
        }
        assert_eq!(Reader::new(store.clone(), "staging").load().await.unwrap(), written);
    });
}

/// Ends the process at every point at which it could, and looks at what is left.
#[test]
fn a_kill_at_any_point_loses_nothing_that_was_acknowledged() {
    let mut killed = 0;
    for polls in 0.. {
        let world = world();
        let store = Arc::new(FaultyStore::slow(&world));
        *store.hook.coming.lock().unwrap() =
            vec![Fault::None, Fault::LosesEffect, Fault::SaysExists, Fault::LosesAnswer, Fault::None];
        let acknowledged = Mutex::new(0);
        let work = async {
            let (writer, writing) = open(&store, &world).await;
            let acknowledged = &acknowledged;
            let commits = async move {
                for number in 0..6 {
                    let pair = ["x", "y"].map(|half| writer.commit(adopts(&format!("{half}{number}"))));
                    let serials = join_all(pair).await;
                    *acknowledged.lock().unwrap() = *serials[1].as_ref().unwrap();
                    // A snapshot that fails does no harm.
                    let _ = writer.snapshot().await;
                }
            };
            join!(commits, writing.run());
        };
        let crashed = world.run_until_crash(work, polls).is_err();
        let after = World::virtual_from(polls, 0);
        // What the dead process was still doing there ends with it.
        let store = Arc::new(store.inner.clone());
        let state = after.run(Reader::new(store.clone(), "staging").load()).unwrap();
        let acknowledged = *acknowledged.lock().unwrap();
        assert!(state.serial == acknowledged || state.serial == acknowledged + 1, "poll {polls}");
        assert_eq!(state.resources.len() as u64, 2 * state.serial, "poll {polls}");
        // And the next one goes on from there.
        let next = after.run(commit_all(&store, &after, vec![adopts("next")])).unwrap();
        assert_eq!(next, state.serial + 1, "poll {polls}");
        if !crashed {
            break;
        }
        killed += 1;
    }
    assert!(killed > 30, "only {killed} points");
}

#[test]
fn snapshots_are_worth_it_when_the_log_has_grown_with_them() {
    let tail = |bytes, snapshot_bytes| Tail { bytes, snapshot_bytes };
    assert!(!tail(1_000, 0).is_worth_a_snapshot());
    assert!(tail(70_000, 0).is_worth_a_snapshot());
    assert!(!tail(70_000, 200_000).is_worth_a_snapshot());
    assert!(tail(200_001, 200_000).is_worth_a_snapshot());
}

#[test]
fn the_bytes_for_one_operation_dont_grow_with_the_state() {
    // What is written for 2,000 commits to a state of so many resources.
    let bytes_for = |resources: usize| {
        let (world, store) = (world(), Arc::new(InMemory::new()));
        world.run(async {
            let names = (0..resources).map(|number| put(&format!("r{number:05}"), "id")).collect();
            commit_all(&store, &world, vec![vec![change(names)]]).await.unwrap();
            let size = async || -> u64 {
                let all = store.list(None).map(|object| object.unwrap().size).collect::<Vec<_>>().await;
                all.iter().sum()
            };
            let (writer, writing) = open(&store, &world).await;
            writer.snapshot().await.unwrap();
            let before = size().await;
            let work = async move {
                for _ in 0..2_000 {
                    writer.commit(adopts("one")).await.unwrap();
                    writer.snapshot_if_worth().await.unwrap();
                }
            };
            join!(work, writing.run());
            size().await - before
        })
    };
    let (small, large) = (bytes_for(10), bytes_for(4_000));
    assert!(large < small * 3, "{small} {large}");
}

#[test]
fn a_folder_keeps_state_from_one_process_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let location = StoreLocation::parse("file:.ninefold/state").unwrap();
    for (world, serial) in [(World::real().unwrap(), 1), (world(), 2)] {
        let store = location.open(folder.path(), &world).unwrap();
        let (last, state) = world.run(async {
            let claim = claim("kim@laptop");
            let opened = Writer::open(store.clone(), "staging", world.clone(), &claim, &|_| {});
            let (writer, writing) = opened.await.unwrap();
            let work = async move { writer.commit(adopts(&format!("r{serial}"))).await.unwrap() };
            let (last, ()) = join!(work, writing.run());
            (last, Reader::new(store, "staging").load().await.unwrap())
        });
        assert_eq!((last, state.resources.len() as u64), (serial, serial));
    }
    let log = folder.path().join(".ninefold/state/staging/log");
    let names: Vec<_> = crate::world::files::list(&log).unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_condition_survives_the_store() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    let tainted = |reason: &str| {
        let condition = crate::state::Condition::Tainted { reason: reason.into() };
        let resource =
            Resource { condition, recorded: Json::Null.into(), ..crate::state::testing::resource("a", "a") };
        vec![change(vec![Entry::Put(Arc::new(resource))])]
    };
    world.run(commit_all(&store, &world, vec![tainted("failed"), adopts("b")])).unwrap();
    let state = world.run(Reader::new(store, "staging").load()).unwrap();
    let a = &state.resources[&address("a")];
    assert_eq!(a.condition, crate::state::Condition::Tainted { reason: "failed".into() });
    assert_eq!(a.recorded, Json::Null);
}
