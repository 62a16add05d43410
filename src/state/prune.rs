//! Deletes what nobody needs any more: the log that a snapshot of last week stands for, older snapshots,
//! and leases that nobody can wake up in.
//!
//! Whoever was thrown out finds out by an object where its own next one would go. So nothing goes that
//! is younger than a week, while no run may last longer than a day. Ages are told by the store's clock alone.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::StateError;
use super::lease::Lease;
use super::log::Folder;
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
    let mut doomed: Vec<(Folder, Listed)> = Vec::new();
    if let Some(base) = snapshots.iter().rfind(is_old) {
        pruned.from = Some(base.serial);
        // Snapshots first: where this is interrupted, the oldest one that is left still has all that it needs.
        let before = snapshots.iter().filter(|it| it.serial < base.serial);
        doomed.extend(before.map(|it| (Folder::Snapshot, *it)));
        let log = reader.listed(Folder::Log, None).await?;
        let covered = log.iter().filter(|it| it.serial <= base.serial).filter(is_old);
        doomed.extend(covered.map(|it| (Folder::Log, *it)));
    }
    let ended = leases.iter().filter(|it| it.serial < lease.epoch()).filter(is_old);
    doomed.extend(ended.map(|it| (Folder::Lease, *it)));
    for part in doomed.chunk_by(|one, next| one.0 == next.0).flat_map(|part| part.chunks(DELETED_AT_ONCE)) {
        lease.check()?;
        world.reach(Boundary::Pruning).await;
        delete(reader, part).await?;
        world.reach(Boundary::Pruned).await;
        pruned.objects += part.len() as u64;
        pruned.bytes += part.iter().map(|(_, object)| object.bytes).sum::<u64>();
    }
    Ok(pruned)
}

async fn delete(reader: &Reader, objects: &[(Folder, Listed)]) -> Result<(), StateError> {
    let keys = objects.iter().map(|(folder, object)| folder.key(reader.environment(), object.serial));
    let keys: Vec<_> = keys.collect();
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
