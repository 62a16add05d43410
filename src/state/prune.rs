//! Deletes what nobody needs any more: the log that a snapshot of last week stands for, older snapshots,
//! and leases that nobody can wake up in.
//!
//! Whoever was thrown out finds out by an object where its own next one would go. So nothing goes that
//! is younger than a week, while no run may last longer than a day. Ages are told by the store's clock alone.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::PutOptions;

use super::StateError;
use super::lease::Lease;
use super::log::Folder;
use super::put::unwritable;
use super::reader::{Listed, Reader};
use crate::world::{Boundary, World};

/// How old something is at least that is deleted.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many objects are deleted between two looks at the lease.
const DELETED_AT_ONCE: usize = 1_000;

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    pub objects: u64,
    pub bytes: u64,
    /// The lowest serial after which the state can still be restored, where there is a snapshot.
    pub from: Option<u64>,
}

/// Deletes, under a lease, what is older than `kept`, but for what the state of that time needs.
pub(super) async fn prune(
    reader: &Reader,
    world: &World,
    lease: &Lease,
    kept: Duration,
) -> Result<Pruned, StateError> {
    let leases = reader.listed(Folder::Lease, None).await?;
    // The lease that is held was put by the store's clock, and renewed since.
    let Some(now) = leases.iter().find(|it| it.serial == lease.epoch()).map(|it| it.put_unix_ms) else {
        return Ok(Pruned::default());
    };
    let kept_ms = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
    let is_old = |object: &&Listed| object.put_unix_ms < now.saturating_sub(kept_ms);
    let snapshots = reader.listed(Folder::Snapshot, None).await?;
    let mut pruned = Pruned { from: snapshots.first().map(|it| it.serial), ..Pruned::default() };
    let mut doomed: Vec<(Folder, Vec<Listed>)> = Vec::new();
    if let Some(base) = snapshots.iter().rfind(is_old) {
        pruned.from = Some(base.serial);
        // Snapshots first: where this is interrupted, the oldest one that is left still has all that it needs.
        let before = snapshots.iter().filter(|it| it.serial < base.serial).copied();
        doomed.push((Folder::Snapshot, before.collect()));
        let log = reader.listed(Folder::Log, None).await?;
        let covered = log.iter().filter(|it| it.serial <= base.serial).filter(is_old).copied();
        doomed.push((Folder::Log, covered.collect()));
    }
    let ended = leases.iter().filter(|it| it.serial < lease.epoch()).filter(is_old).copied();
    doomed.push((Folder::Lease, ended.collect()));
    for (folder, objects) in doomed {
        for part in objects.chunks(DELETED_AT_ONCE) {
            lease.check()?;
            world.reach(Boundary::Pruning).await;
            delete(reader, folder, part).await?;
            world.reach(Boundary::Pruned).await;
            pruned.objects += part.len() as u64;
            pruned.bytes += part.iter().map(|object| object.bytes).sum::<u64>();
        }
        if folder == Folder::Snapshot && !objects.is_empty() {
            put_again(reader, &snapshots).await?;
        }
    }
    Ok(pruned)
}

/// Puts the last snapshot again, as it is. In a folder of a machine deletions are only durable with the
/// next put there: a loss of power could bring a snapshot back otherwise, and not the log that it needs.
async fn put_again(reader: &Reader, snapshots: &[Listed]) -> Result<(), StateError> {
    let Some(last) = snapshots.last() else { return Ok(()) };
    let key = Folder::Snapshot.key(reader.environment(), last.serial);
    let Some(text) = reader.read_or_say(&key).await? else { return Ok(()) };
    let put = reader.store().put_opts(&key, text.into(), PutOptions::default()).await;
    put.map(drop).map_err(|source| unwritable(&key, source))
}

async fn delete(reader: &Reader, folder: Folder, objects: &[Listed]) -> Result<(), StateError> {
    let keys: Vec<_> = objects.iter().map(|object| folder.key(reader.environment(), object.serial)).collect();
    let first = keys.first().cloned().unwrap_or_default();
    let mut deleted = reader.store().delete_stream(stream::iter(keys.into_iter().map(Ok)).boxed());
    loop {
        match deleted.try_next().await {
            Ok(Some(_)) | Err(object_store::Error::NotFound { .. }) => {}
            Ok(None) => return Ok(()),
            Err(source) => {
                let hint = "Nothing is wrong with the state: what isn't deleted now is the next time. It takes the right \
                            to delete, which is s3:DeleteObject on S3";
                return Err(StateError::io("delete", &first, source, hint));
            }
        }
    }
}

#[cfg(test)]
mod tests;
