//! A folder on a disk that loses its power: what a file system keeps of writes that weren't synced.
//!
//! It does what `object_store` does for a folder with `with_fsync(true)` (its `local.rs`): a put writes a
//! staged file and syncs it, links or renames it to its name, and syncs the folder before it answers. So
//! a name never shows half a file; but until the folder is synced, a name that everybody sees may be gone
//! after a power loss, or show what it showed before. Deletions aren't synced at all.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use ninefold::world::{Instant, World};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::ledger::{Event, Ledger};

/// What nobody has synced is written by the system itself, within seconds; it is given an hour.
const WRITTEN_BACK: Duration = Duration::from_secs(3600);

/// How a folder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// As ours is.
    Synced,
    /// As one that trusts the system to write sooner or later, straight to the name.
    Unsynced,
}

/// A folder, seen by every process of its machine.
#[derive(Debug, Clone)]
pub struct Disk {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    world: World,
    ledger: Ledger,
    care: Care,
    /// What is seen.
    seen: InMemory,
    /// What names showed when their folder was last synced, of those that have changed since, and when
    /// they did first.
    unsynced: Mutex<BTreeMap<Path, (Instant, Option<Bytes>)>>,
    /// Puts between the first byte of their staged file and its removal.
    staged: Mutex<u64>,
}

/// A file that is left over when its put is dropped in the middle.
struct Staged<'a> {
    shared: &'a Shared,
    is_removed: bool,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.is_removed {
            *self.shared.staged.lock().unwrap() += 1;
            self.shared.ledger.tell(Event::LeftOver, 1);
        }
    }
}

impl Disk {
    pub fn new(world: World, ledger: Ledger, care: Care) -> Self {
        let (unsynced, staged) = (Mutex::default(), Mutex::default());
        Self { shared: Arc::new(Shared { world, ledger, care, seen: InMemory::new(), unsynced, staged }) }
    }

    /// Loses what wasn't synced, or doesn't: each entry for itself, as `dice` says. No process may run.
    pub fn lose_power(&self, dice: &World) {
        let shared = &self.shared;
        let unsynced = std::mem::take(&mut *shared.unsynced.lock().unwrap());
        for (name, (since, before)) in unsynced {
            let was_written_back = shared.world.now().since(since) > WRITTEN_BACK;
            if was_written_back || dice.random_below(2) == 0 {
                continue;
            }
            shared.ledger.tell(Event::Undone, 1);
            shared.world.run(async {
                let now = shared.read(&name).await;
                let after = match (shared.care, &now) {
                    // The name is there, and only some of what it stands for.
                    (Care::Unsynced, Some(now)) if dice.random_below(2) == 0 => {
                        let length = usize::try_from(dice.random_below(now.len() as u64)).unwrap();
                        Some(now.slice(..length))
                    }
                    _ => before,
                };
                match after {
                    Some(text) => drop(shared.seen.put(&name, text.into()).await.unwrap()),
                    None if now.is_some() => shared.seen.delete(&name).await.unwrap(),
                    None => {}
                }
            });
        }
    }
}

impl Shared {
    async fn read(&self, name: &Path) -> Option<Bytes> {
        match self.seen.get(name).await {
            Ok(found) => Some(found.bytes().await.unwrap()),
            Err(object_store::Error::NotFound { .. }) => None,
            Err(error) => panic!("{error}"),
        }
    }

    async fn pause(&self) {
        self.world.sleep(Duration::from_millis(1 + self.world.random_below(5))).await;
    }

    /// Notes that a name is about to change.
    async fn touch(&self, name: &Path) {
        let before = self.read(name).await;
        self.changes(name, before);
    }

    fn changes(&self, name: &Path, before: Option<Bytes>) {
        let now = self.world.now();
        self.unsynced.lock().unwrap().entry(name.clone()).or_insert((now, before));
    }

    /// Whatever changed in the folder of a name is durable from now on.
    fn sync_folder(&self, name: &Path) {
        let folder = |name: &Path| name.as_ref().rsplit_once('/').map(|(folder, _)| folder.to_owned());
        self.unsynced.lock().unwrap().retain(|other, _| folder(other) != folder(name));
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a disk")
    }
}

#[async_trait]
impl ObjectStore for Disk {
    async fn put_opts(&self, name: &Path, text: PutPayload, options: PutOptions) -> Result<PutResult> {
        let shared = &*self.shared;
        // The staged file is made, written and synced.
        shared.pause().await;
        let mut staged = Staged { shared, is_removed: false };
        shared.pause().await;
        let before = shared.read(name).await;
        let put = shared.seen.put_opts(name, text, options).await;
        if put.is_ok() {
            shared.changes(name, before);
        }
        // It has its name, and its folder isn't synced.
        shared.pause().await;
        if put.is_ok() && shared.care == Care::Synced {
            shared.sync_folder(name);
        }
        shared.pause().await;
        staged.is_removed = true;
        put
    }

    async fn put_multipart_opts(
        &self,
        name: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.shared.seen.put_multipart_opts(name, options).await
    }

    async fn get_opts(&self, name: &Path, options: GetOptions) -> Result<GetResult> {
        self.shared.seen.get_opts(name, options).await
    }

    fn delete_stream(&self, names: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let shared = self.shared.clone();
        names
            .then(move |name| {
                let shared = shared.clone();
                async move {
                    let name = name?;
                    shared.pause().await;
                    shared.touch(&name).await;
                    shared.seen.delete(&name).await?;
                    Ok(name)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        // Staged files have names that a listing leaves out.
        self.shared.seen.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.shared.seen.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.shared.seen.copy_opts(from, to, options).await
    }
}
