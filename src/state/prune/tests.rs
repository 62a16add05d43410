use std::sync::Arc;

use futures::join;
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt as _};

use super::*;
use crate::state::testing::dated::Dated;
use crate::state::testing::{change, claim, put};
use crate::state::{Reader, Writer, WriterLoop};
use crate::world::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

struct Ground {
    world: World,
    store: Arc<dyn ObjectStore>,
}

impl Ground {
    fn new() -> Self {
        let world = World::virtual_from(3, 1_800_000_000_000);
        let clock = world.clone();
        let store = Arc::new(Dated::new(Arc::new(InMemory::new()), move || clock.unix_ms()));
        Self { world, store }
    }

    async fn open(&self) -> (Writer, WriterLoop) {
        let claim = claim("kim@laptop");
        let opened = Writer::open(self.store.clone(), "staging", self.world.clone(), &claim, &|_| {});
        opened.await.unwrap()
    }

    async fn under<T>(&self, work: impl AsyncFnOnce(Writer) -> T) -> T {
        let (writer, writing) = self.open().await;
        join!(work(writer), writing.run()).0
    }

    /// A run that records so many resources, with a snapshot after it, a day before the next one.
    async fn day(&self, name: &str, resources: usize) {
        self.under(async |writer| {
            for number in 0..resources {
                let name = format!("{name}{number}");
                writer.commit(vec![change(vec![put(&name, &name)])]).await.unwrap();
            }
            writer.snapshot().await.unwrap();
        })
        .await;
        self.world.sleep(DAY).await;
    }

    async fn prune(&self, kept: Duration) -> Pruned {
        self.under(async |writer| writer.prune(kept).await.unwrap()).await
    }

    async fn serials(&self, folder: Folder) -> Vec<u64> {
        Reader::new(self.store.clone(), "staging").serials(folder, None).await.unwrap()
    }
}

#[test]
fn what_a_snapshot_of_last_week_stands_for_goes_and_nothing_younger() {
    let ground = Ground::new();
    ground.world.run(async {
        for day in 0..10 {
            ground.day(&format!("d{day}-"), 2).await;
        }
        let before = Reader::new(ground.store.clone(), "staging").load().await.unwrap();
        let pruned = ground.prune(Duration::ZERO).await;
        // Days 0, 1 and 2 are more than a week old; the snapshot of day 2 is what the rest starts from.
        assert_eq!(ground.serials(Folder::Snapshot).await, [6, 8, 10, 12, 14, 16, 18, 20]);
        assert_eq!(ground.serials(Folder::Log).await, (7..=20).collect::<Vec<_>>());
        assert_eq!(ground.serials(Folder::Lease).await, (4..=11).collect::<Vec<_>>());
        assert_eq!((pruned.objects, pruned.from), (2 + 6 + 3, Some(6)));
        assert!(pruned.bytes > 1_000, "{pruned:?}");
        let reader = Reader::new(ground.store.clone(), "staging");
        assert_eq!(reader.load().await.unwrap(), before);
        assert_eq!(reader.history().await.unwrap().len(), 14);
        let past = reader.past().await.unwrap();
        assert!(past.damage.is_empty(), "{:?}", past.damage);
        assert_eq!(past.restorable, [6..=20]);
        assert_eq!(reader.at(6).await.unwrap().resources.len(), 6);
        // A second time there is nothing to do.
        assert_eq!(ground.prune(Duration::ZERO).await.objects, 0);
    });
}

#[test]
fn more_can_be_kept_and_less_than_a_week_cannot() {
    let ground = Ground::new();
    ground.world.run(async {
        for day in 0..10 {
            ground.day(&format!("d{day}-"), 1).await;
        }
        assert_eq!(ground.prune(9 * DAY).await.from, Some(1));
        assert_eq!(ground.prune(DAY).await.from, Some(3));
    });
}

#[test]
fn without_an_old_snapshot_the_whole_log_stays() {
    let ground = Ground::new();
    ground.world.run(async {
        ground
            .under(async |writer| {
                for name in ["a", "b"] {
                    writer.commit(vec![change(vec![put(name, name)])]).await.unwrap();
                }
            })
            .await;
        ground.world.sleep(30 * DAY).await;
        ground.day("c", 1).await;
        // Its lease alone is of no use any more.
        let pruned = ground.prune(Duration::ZERO).await;
        assert_eq!((pruned.objects, pruned.from), (1, Some(3)));
        assert_eq!(ground.serials(Folder::Log).await, [1, 2, 3]);
    });
}

#[test]
fn pruning_that_was_interrupted_leaves_a_log_that_can_be_read() {
    for deleted in [&[1][..], &[2, 4], &[1, 2, 3, 5]] {
        let ground = Ground::new();
        ground.world.run(async {
            for day in 0..10 {
                ground.day(&format!("d{day}-"), 2).await;
            }
            // Snapshots go first; of the log, some parts before others.
            for (folder, serials) in [(Folder::Snapshot, &[2, 4][..]), (Folder::Log, deleted)] {
                for serial in serials {
                    ground.store.delete(&folder.key("staging", *serial)).await.unwrap();
                }
            }
            let reader = Reader::new(ground.store.clone(), "staging");
            assert_eq!(reader.load().await.unwrap().resources.len(), 20);
            assert_eq!(reader.history().await.unwrap().last().unwrap().serial, 20);
            let past = reader.past().await.unwrap();
            assert!(past.damage.is_empty(), "{:?}", past.damage);
            ground.prune(Duration::ZERO).await;
            assert_eq!(ground.serials(Folder::Log).await, (7..=20).collect::<Vec<_>>());
        });
    }
}

#[test]
fn a_writer_that_slept_through_the_pruning_makes_no_call_and_leaves_nothing_that_is_read() {
    let ground = Ground::new();
    ground.world.run(async {
        ground.day("a", 1).await;
        let (sleeper, writing) = ground.open().await;
        // It is woken when its next serial was taken, and pruned.
        for day in 0..12 {
            ground.day(&format!("d{day}-"), 1).await;
        }
        ground.prune(Duration::ZERO).await;
        assert!(!ground.serials(Folder::Log).await.contains(&2));
        let work = async {
            assert!(sleeper.may_call().await.is_err());
            let refused = sleeper.commit(vec![change(vec![put("b", "b")])]).await;
            drop(sleeper);
            refused
        };
        let (refused, ()) = join!(work, writing.run());
        assert!(matches!(refused, Err(StateError::LeaseLost { .. })), "{refused:?}");
        assert!(!ground.serials(Folder::Log).await.contains(&2));
    });
}
