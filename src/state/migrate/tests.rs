//! Moving, with everything that can come in between.

use std::sync::LazyLock;

use futures::join;
use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;

use super::super::testing::{Fault, FaultyStore, change, claim, put, run, succeeded};
use super::super::testing::{create, intent};
use super::*;

/// Whom the operating system vouches for: whoever held a lease before is dead.
static KIM: LazyLock<Claim> = LazyLock::new(|| claim("kim@laptop"));

const OLD: &str = "file:old";
const NEW: &str = "s3://states/new?region=eu-north-1";

async fn written(
    store: &Arc<dyn ObjectStore>,
    world: &World,
    records: Vec<Vec<Record>>,
) -> Result<(), StateError> {
    let (writer, writing) =
        Writer::open(store.clone(), "staging", world.clone(), &claim("kim@laptop"), &|_| {}).await?;
    let work = async move {
        for batch in records {
            writer.commit(batch).await?;
        }
        writer.snapshot_if_worth().await.map(drop)
    };
    join!(work, writing.run()).0
}

/// A store with a log of `length` objects and some evidence.
async fn old(world: &World, length: usize) -> Arc<dyn ObjectStore> {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let mut records = vec![
        vec![run(1)],
        vec![intent(1, 2, "vpc", create())],
        vec![succeeded(2, vec![put("vpc", "vpc-1")])],
    ];
    records.extend((3..length).map(|n| vec![change(vec![put(&format!("r{n}"), "1")])]));
    written(&store, world, records).await.unwrap();
    store.put(&Path::from("staging/evidence/platform/ready.json"), "{}".into()).await.unwrap();
    store.put(&Path::from("staging/lock"), "kim".into()).await.unwrap();
    store.put(&Path::from("production/log/1"), "another's".into()).await.unwrap();
    store
}

fn migration<'a>(from: &Arc<dyn ObjectStore>, to: &Arc<dyn ObjectStore>, world: &'a World) -> Migration<'a> {
    let (from, to) = (from.clone(), to.clone());
    Migration {
        environment: "staging",
        from,
        from_url: OLD,
        to,
        to_url: NEW,
        world,
        from_claim: &KIM,
        to_claim: &KIM,
        tell: &|_| {},
    }
}

async fn load(store: &Arc<dyn ObjectStore>) -> Result<State, StateError> {
    Reader::new(store.clone(), "staging").load().await
}

/// The state with another serial, and without the epoch in which it was written.
fn at(serial: u64, mut state: State) -> State {
    (state.serial, state.epoch) = (serial, 0);
    state
}

fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(InMemory::new())
}

#[test]
fn everything_is_moved_and_the_old_store_says_where_to() {
    let world = World::virtual_from(1, 0);
    world.run(async {
        // Long enough for a snapshot.
        let (from, to) = (old(&world, 300).await, memory());
        let before = load(&from).await.unwrap();
        let moved = migration(&from, &to, &world).run().await.unwrap();
        assert_eq!((moved.serial, moved.objects), (300, 302));
        let after = load(&to).await.unwrap();
        assert_eq!(at(300, after.clone()), at(300, before));
        assert_eq!(after.serial, 301, "the log says where it comes from");
        assert!(to.get(&Path::from("staging/evidence/platform/ready.json")).await.is_ok());
        assert!(to.get(&Path::from("staging/lock")).await.is_err());
        assert!(to.get(&Path::from("production/log/1")).await.is_err());
        let error = load(&from).await.unwrap_err().to_string();
        assert!(error.contains("was moved to `s3://states/new?region=eu-north-1`"), "{error}");
        assert!(matches!(written(&from, &world, vec![vec![run(9)]]).await, Err(StateError::Moved { .. })));
        written(&to, &world, vec![vec![run(9)]]).await.unwrap();
    });
}

#[test]
fn who_writes_on_in_the_old_store_is_fenced() {
    let world = World::virtual_from(1, 0);
    world.run(async {
        let (from, to) = (old(&world, 5).await, memory());
        let (writer, writing) =
            Writer::open(from.clone(), "staging", world.clone(), &claim("lee@desk"), &|_| {}).await.unwrap();
        migration(&from, &to, &world).run().await.unwrap();
        let work = async move { writer.commit(vec![run(9)]).await };
        assert!(join!(work, writing.run()).0.is_err());
        let log = Reader::new(from, "staging").history().await.unwrap();
        assert!(matches!(log.last().unwrap().records.last(), Some(Record::Moved { .. })), "it wrote on");
    });
}

#[test]
fn it_goes_on_wherever_it_was_killed_and_never_are_both_stores_usable() {
    for polls in 1.. {
        let world = World::virtual_from(polls, 0);
        let (from, to, before) = world.run(async {
            let from = old(&world, 6).await;
            let before = load(&from).await.unwrap();
            // Every put takes a while, so that there is something to be killed in.
            let to: Arc<dyn ObjectStore> = Arc::new(FaultyStore::slow(&world));
            (from, to, before)
        });
        let killed = world.run_until_crash(migration(&from, &to, &world).run(), polls).is_err();
        world.run(async {
            let both = (load(&from).await, load(&to).await);
            let copy_is_empty = both.1.as_ref().is_ok_and(|state| *state == State::default());
            assert!(!(both.0.is_ok() && both.1.is_ok() && !copy_is_empty), "after {polls}: {both:?}");
            let again = migration(&from, &to, &world).run().await;
            assert!(matches!(again, Ok(_) | Err(MigrateError::Already { .. })), "after {polls}: {again:?}");
            let after = load(&to).await.unwrap();
            assert_eq!(at(6, after), at(6, before), "after {polls}");
        });
        if !killed {
            assert!(polls > 10, "it was never killed");
            return;
        }
    }
}

#[test]
fn a_store_that_holds_something_else_is_refused() {
    let world = World::virtual_from(1, 0);
    world.run(async {
        for key in [
            "staging/log/00000000000000000002.json",
            "staging/log/00000000000000000009.json",
            "staging/evidence/x.json",
        ] {
            let (from, to) = (old(&world, 5).await, memory());
            to.put(&Path::from(key), "another's".into()).await.unwrap();
            let error = migration(&from, &to, &world).run().await.unwrap_err().to_string();
            assert!(error.contains("isn't empty") && error.contains(key), "{error}");
            assert!(load(&from).await.is_ok(), "the old store goes on");
        }
    });
}

#[test]
fn nothing_to_move_and_moved_elsewhere_are_errors() {
    let world = World::virtual_from(1, 0);
    world.run(async {
        let (from, to) = (memory(), memory());
        let error = migration(&from, &to, &world).run().await.unwrap_err();
        assert!(matches!(error, MigrateError::Nothing { .. }), "{error}");
        let from = old(&world, 5).await;
        migration(&from, &to, &world).run().await.unwrap();
        let elsewhere = Migration { to_url: "file:elsewhere", ..migration(&from, &memory(), &world) };
        let error = elsewhere.run().await.unwrap_err();
        assert!(matches!(error, MigrateError::State(StateError::Moved { .. })), "{error}");
    });
}

#[test]
fn an_answer_that_is_lost_is_no_failure() {
    let world = World::virtual_from(1, 0);
    world.run(async {
        let from = old(&world, 5).await;
        let to = FaultyStore::new();
        to.hook.coming.lock().unwrap().extend([Fault::SaysExists, Fault::LosesAnswer]);
        let to: Arc<dyn ObjectStore> = Arc::new(to);
        migration(&from, &to, &world).run().await.unwrap();
        assert_eq!(load(&to).await.unwrap().serial, 6);
    });
}
