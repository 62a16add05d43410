use std::sync::{Arc, Mutex};

use futures::future::select;
use futures::join;
use object_store::ObjectStore;
use object_store::memory::InMemory;

use super::*;
use crate::state::testing::{Fault, FaultyStore, change, claim as alone, create, intent, put, run};
use crate::state::{Record, Writer, WriterLoop};

const LIFE: Duration = Duration::from_secs(60);

fn world() -> World {
    World::virtual_from(7, 1_800_000_000_000)
}

/// A claim from another machine.
fn claim(holder: &str) -> Claim {
    Claim { machine: format!("machine of {holder}"), alone_on_machine: false, ..alone(holder) }
}

fn reader(store: &Arc<InMemory>) -> Reader {
    Reader::new(store.clone(), "staging")
}

async fn take(store: &Arc<InMemory>, world: &World, claim: &Claim) -> Result<Lease, StateError> {
    Lease::take(&reader(store), world, claim, &|_| {}).await
}

async fn open(
    store: &Arc<InMemory>,
    world: &World,
    claim: &Claim,
) -> Result<(Writer, WriterLoop), StateError> {
    let store: Arc<dyn ObjectStore> = store.clone();
    Writer::open(store, "staging", world.clone(), claim, &|_| {}).await
}

fn seconds(world: &World) -> u64 {
    world.steady().since_start_ms / 1_000
}

#[test]
fn who_has_given_it_back_is_not_waited_for() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        for epoch in 1..=3 {
            let lease = take(&store, &world, &claim("kim")).await.unwrap();
            assert_eq!(lease.epoch(), epoch);
            lease.release(false).await.unwrap();
        }
        assert_eq!(seconds(&world), 0);
        let last = reader(&store).lease().await.unwrap().unwrap();
        assert!(last.released && last.holder == "kim" && last.epoch == 3, "{last:?}");
    });
}

#[test]
fn who_is_dead_is_followed_when_the_lease_has_expired() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let _dead = take(&store, &world, &claim("kim")).await.unwrap();
        let told = Mutex::new(Vec::new());
        let tell = |waiting| told.lock().unwrap().push(waiting);
        let lease = Lease::take(&reader(&store), &world, &claim("lee"), &tell).await.unwrap();
        assert_eq!(lease.epoch(), 2);
        // It is seen in steps of a twenty-fourth of its life.
        assert!((60..=63).contains(&seconds(&world)), "{}", seconds(&world));
        assert_eq!(*told.lock().unwrap(), [Waiting::ForASign { of: "kim: apply".into() }]);
    });
}

#[test]
fn who_is_alive_is_respected_as_soon_as_that_is_known() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let first = take(&store, &world, &claim("kim")).await.unwrap();
        let second = async {
            let refused = take(&store, &world, &claim("lee")).await.unwrap_err();
            assert!(
                matches!(&refused, StateError::Locked { holder, .. } if holder == "kim: apply"),
                "{refused}"
            );
            assert!(seconds(&world) <= 13, "{}", seconds(&world));
        };
        futures::future::select(std::pin::pin!(first.keep()), std::pin::pin!(second)).await;
        assert!(first.check().is_ok());
    });
}

#[test]
fn who_is_patient_waits_for_the_end_of_who_is_alive() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let first = take(&store, &world, &claim("kim")).await.unwrap();
        let holding = async {
            let work = world.sleep(Duration::from_secs(300));
            futures::future::select(std::pin::pin!(first.keep()), std::pin::pin!(work)).await;
            first.release(false).await.unwrap();
        };
        let patient = Claim { patience: Duration::from_secs(3_600), ..claim("lee") };
        let (second, ()) = join!(take(&store, &world, &patient), holding);
        assert_eq!(second.unwrap().epoch(), 2);
        assert!((300..=303).contains(&seconds(&world)), "{}", seconds(&world));
        // Patience that is too short ends as none does.
        let impatient = Claim { patience: LIFE * 2, ..claim("kim") };
        assert_eq!(take(&store, &world, &impatient).await.unwrap().epoch(), 3);
    });
}

#[test]
fn of_many_at_once_one_has_it() {
    for seed in 0..50 {
        let (world, store) = (World::virtual_from(seed, 0), Arc::new(InMemory::new()));
        let taken = world.run(async {
            let all = (0..5).map(|number| {
                let (store, world, claim) = (&store, &world, claim(&format!("kim{number}")));
                async move {
                    let lease = take(store, world, &claim).await.ok()?;
                    // A holder that lives.
                    let work = world.sleep(Duration::from_secs(90));
                    futures::future::select(std::pin::pin!(lease.keep()), std::pin::pin!(work)).await;
                    lease.check().ok().map(|()| lease.epoch())
                }
            });
            futures::future::join_all(all).await
        });
        assert_eq!(taken.iter().flatten().count(), 1, "seed {seed}: {taken:?}");
    }
}

#[test]
fn the_lock_of_a_machine_proves_that_its_last_holder_is_gone() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let _dead = take(&store, &world, &alone("kim")).await.unwrap();
        // On this machine, nobody else holds the lock.
        assert_eq!(take(&store, &world, &alone("lee")).await.unwrap().epoch(), 2);
        assert_eq!(seconds(&world), 0);
        // That says nothing of another machine.
        let elsewhere = Claim { machine: "desk".into(), ..alone("jo") };
        assert_eq!(take(&store, &world, &elsewhere).await.unwrap().epoch(), 3);
        assert!(seconds(&world) >= 60);
    });
}

#[test]
fn who_could_not_renew_in_time_may_do_nothing_more() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let lease = take(&store, &world, &claim("kim")).await.unwrap();
        lease.may_call().await.unwrap();
        // Suspended: nothing of it runs.
        world.sleep(LIFE + Duration::from_secs(1)).await;
        let lost = lease.check().unwrap_err().to_string();
        assert!(lost.contains("it couldn't renew it in time"), "{lost}");
        assert!(lease.may_call().await.is_err());
        // Renewing late doesn't bring it back.
        lease.renew().await;
        assert!(lease.check().is_err());
    });
}

#[test]
fn a_call_that_could_outlive_the_lease_waits_for_the_next_renewal() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let lease = take(&store, &world, &claim("kim")).await.unwrap();
        world.sleep(Duration::from_secs(51)).await;
        let waits = async {
            lease.may_call().await.unwrap();
            assert!(seconds(&world) >= 55, "{}", seconds(&world));
        };
        let renews = async {
            world.sleep(Duration::from_secs(4)).await;
            lease.renew().await;
        };
        join!(waits, renews);
    });
}

#[test]
fn no_run_lasts_longer_than_a_day() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let lease = take(&store, &world, &claim("kim")).await.unwrap();
        lease.keep().await;
        assert_eq!(seconds(&world) / 3_600, 24);
        assert!(lease.check().unwrap_err().to_string().contains("no run may last longer"));
    });
}

/// Begins something that a process leaves behind.
async fn leave_behind(store: &Arc<InMemory>, world: &World, claim: &Claim) {
    let (writer, writing) = open(store, world, claim).await.unwrap();
    let work = writer.commit(vec![run(1), intent(1, 2, "vpc", create())]);
    // The process dies here: the writing isn't ended, and nothing is given back.
    futures::future::select(std::pin::pin!(work), std::pin::pin!(writing.run())).await;
}

#[test]
fn who_takes_over_fences_first_and_waits_for_calls_that_may_be_under_way() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        leave_behind(&store, &world, &alone("kim")).await;
        let before = seconds(&world);
        let (writer, _writing) = open(&store, &world, &alone("lee")).await.unwrap();
        assert_eq!(seconds(&world) - before, 10);
        let history = reader(&store).history().await.unwrap();
        assert!(matches!(&history[1].records[..], [Record::Epoch { epoch: 2, .. }]), "{history:?}");
        assert_eq!(writer.with_state(|state| (state.epoch, state.serial, state.open.len())), (2, 2, 1));
    });
}

#[test]
fn where_the_lease_has_expired_no_call_is_under_way() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        leave_behind(&store, &world, &claim("kim")).await;
        let before = seconds(&world);
        let _opened = open(&store, &world, &claim("lee")).await.unwrap();
        assert!((60..=63).contains(&(seconds(&world) - before)));
    });
}

#[test]
fn a_writer_that_was_suspended_writes_nothing_after_another_has_taken_over() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (first, writing_first) = open(&store, &world, &claim("kim")).await.unwrap();
        // Nothing of the first runs while the second waits, takes over and ends.
        let (second, writing_second) = open(&store, &world, &claim("lee")).await.unwrap();
        let work = async move { second.commit(vec![change(vec![put("theirs", "1")])]).await.unwrap() };
        join!(work, writing_second.run());
        let work = async move {
            assert!(matches!(first.may_call().await, Err(StateError::LeaseLost { .. })));
            first.commit(vec![change(vec![put("ours", "2")])]).await
        };
        let (late, ()) = join!(work, writing_first.run());
        assert!(matches!(late, Err(StateError::LeaseLost { .. })), "{late:?}");
        let state = reader(&store).load().await.unwrap();
        assert_eq!((state.serial, state.resources.len()), (1, 1));
    });
}

#[test]
fn who_is_thrown_out_learns_it_at_the_next_beat() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (first, writing) = open(&store, &world, &claim("kim")).await.unwrap();
        let work = async {
            let (first, claim) = (first, claim("lee"));
            first.commit(vec![change(vec![put("a", "1")])]).await.unwrap();
            let thrown_out = Writer::throw_out(store.clone(), "staging", world.clone(), &claim);
            thrown_out.await.unwrap();
            world.sleep(LIFE / BEATS_IN_A_LIFE * 2).await;
            let lost = first.may_call().await.unwrap_err().to_string();
            assert!(lost.contains("lee: apply has taken it over"), "{lost}");
            // Nobody has to wait for the one who threw out.
            assert!(reader(&store).lease().await.unwrap().unwrap().released);
        };
        join!(work, writing.run());
    });
}

#[test]
fn who_is_thrown_out_can_write_nothing_before_it_has_learnt_it() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let (first, writing) = open(&store, &world, &claim("kim")).await.unwrap();
        let work = async {
            let (first, claim) = (first, claim("lee"));
            first.commit(vec![change(vec![put("a", "1")])]).await.unwrap();
            Writer::throw_out(store.clone(), "staging", world.clone(), &claim).await.unwrap();
            let fenced = first.commit(vec![change(vec![put("b", "2")])]).await;
            assert!(matches!(fenced, Err(StateError::Fenced { .. })), "{fenced:?}");
            assert!(matches!(first.may_call().await, Err(StateError::Fenced { .. })));
        };
        join!(work, writing.run());
    });
}

#[test]
fn an_answer_that_is_lost_gives_no_second_lease() {
    for fault in [Fault::SaysExists, Fault::LosesAnswer, Fault::LosesEffect] {
        let (world, store) = (world(), Arc::new(FaultyStore::of("/lease/")));
        *store.hook.coming.lock().unwrap() = vec![fault];
        let reader = Reader::new(store, "staging");
        let taken = world.run(Lease::take(&reader, &world, &claim("kim"), &|_| {}));
        assert_eq!(taken.unwrap().epoch(), 1, "{fault:?}");
    }
}

#[test]
fn a_lease_that_cant_be_read_is_named() {
    let (world, store) = (world(), Arc::new(InMemory::new()));
    world.run(async {
        let key = Folder::Lease.key("staging", 1);
        store.put_opts(&key, "{".into(), PutOptions::default()).await.unwrap();
        let error = take(&store, &world, &claim("kim")).await.unwrap_err().to_string();
        assert!(error.starts_with("`staging/lease/00000000000000000001.json` is truncated"), "{error}");
    });
}

#[test]
fn it_is_renewed_while_a_world_whose_clock_jumps_waits_for_an_answer() {
    let (world, store) = (World::virtual_from_now(), Arc::new(InMemory::new()));
    let terms = Terms { time_to_live: Duration::from_secs(6), longest_call: Duration::ZERO };
    let claim = Claim { terms, ..claim("kim") };
    world.run(async {
        let lease = take(&store, &world, &claim).await.unwrap();
        let outside = world.outside().clone();
        let call = world.outside().call(async move { outside.pause(Duration::from_millis(2_500)).await });
        select(std::pin::pin!(lease.keep()), std::pin::pin!(call)).await;
        // As many beats as are in that time; none was given up for want of the world's own time.
        assert!(reader(&store).lease().await.unwrap().unwrap().beats >= 1);
        assert_eq!(world.now().since_start_ms, 0);
    });
}
