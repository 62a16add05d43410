//! Puts an object where there is none, whatever answers get lost.

use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, PutMode, PutOptions};

use super::reader::Reader;
use super::store::{fences_nobody, is_lasting};
use super::{SealError, StateError};
use crate::world::World;

/// How often an object is put before the store counts as broken.
pub(super) const PUTS_AT_MOST: u32 = 8;
const FIRST_PAUSE_MS: u64 = 100;
const LONGEST_PAUSE_MS: u64 = 5_000;

/// Puts an object; `None` when it is there, or what another has put there before.
///
/// After any answer but success the key itself says what happened: the answer may have been lost, or
/// be about our own first try. The text tells who put it, because it holds what no other has.
pub(super) async fn put_new(
    reader: &Reader,
    world: &World,
    key: &Path,
    text: &Bytes,
) -> Result<Option<Bytes>, StateError> {
    let mut puts = 0;
    loop {
        puts += 1;
        let create = PutOptions::from(PutMode::Create);
        let Err(error) = reader.store().put_opts(key, text.clone().into(), create).await else {
            return Ok(None);
        };
        if fences_nobody(&error) {
            return Err(unwritable(key, error));
        }
        // Where the key can't be read either, putting again does no harm: at most one of all the
        // puts takes effect.
        if let Ok(Some(found)) = reader.read(key).await {
            return Ok((found != *text).then_some(found));
        }
        if puts == PUTS_AT_MOST || is_lasting(&error) || SealError::of(&error).is_some() {
            return Err(unwritable(key, error));
        }
        let longest_ms = (FIRST_PAUSE_MS << puts).min(LONGEST_PAUSE_MS);
        world.sleep(Duration::from_millis(world.random_below(longest_ms))).await;
    }
}

pub(super) fn unwritable(key: &Path, source: Error) -> StateError {
    let hint = "Check that the state store can be reached, that you may write to it and that it has space left, \
                and run the command again: what was begun is found then";
    StateError::io("write", key, source, hint)
}
