//! What the log can be read back to, also where a part of it is damaged: the states that can be
//! restored, and every object that can't be read.

use std::ops::RangeInclusive;

use futures::{StreamExt as _, stream};

use super::log::Folder;
use super::reader::{READS_AT_ONCE, Reader, Tail};
use super::{LogObject, SealError, State, StateError};

/// The log of an environment, as far as it can be read.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// Every object that can be read, oldest first.
    pub log: Vec<LogObject>,
    /// What is wrong with the others, and with snapshots.
    pub damage: Vec<StateError>,
    /// The serials after which the state is known, in ascending ranges.
    pub restorable: Vec<RangeInclusive<u64>>,
    /// The highest serial that an object of the log or a snapshot has; 0 when there is none.
    pub last: u64,
}

impl Past {
    /// Whether the state after a serial is known.
    #[must_use]
    pub fn is_restorable(&self, serial: u64) -> bool {
        self.restorable.iter().any(|range| range.contains(&serial))
    }
}

impl Reader {
    /// Reads everything that is there, and says of the rest what is wrong with it.
    ///
    /// # Errors
    /// When the store doesn't answer, or a key is missing: what can't be read for that may be whole.
    pub async fn past(&self) -> Result<Past, StateError> {
        let mut past = Past::default();
        let (log, strays) = self.sorted(Folder::Log, None).await?;
        past.damage.extend(strays);
        let serials: Vec<u64> = log.iter().map(|object| object.serial).collect();
        let objects: Vec<_> = stream::iter(serials.clone())
            .map(|serial| self.clone().object(serial, serial))
            .buffered(READS_AT_ONCE)
            .collect()
            .await;
        for object in objects {
            match object {
                Ok((object, _)) => past.log.push(object),
                Err(error) => past.damage.push(damage(error)?),
            }
        }
        let (snapshots, strays) = self.sorted(Folder::Snapshot, None).await?;
        past.damage.extend(strays);
        past.last = log.iter().chain(&snapshots).map(|object| object.serial).max().unwrap_or(0);
        let mut bases = vec![State::default()];
        for snapshot in &snapshots {
            match self.snapshot(snapshot.serial).await {
                Ok((base, _)) => bases.push(base),
                Err(error) => past.damage.push(damage(error)?),
            }
        }
        past.name_gaps(self.environment(), &serials, snapshots.first().map(|snapshot| snapshot.serial));
        past.read_forward(self.environment(), bases);
        Ok(past)
    }

    /// The highest serial that an object of the log or a snapshot has, whatever is in it; 0 when there is
    /// none.
    pub(super) async fn last_serial(&self) -> Result<u64, StateError> {
        let (log, _) = self.sorted(Folder::Log, None).await?;
        let (snapshots, _) = self.sorted(Folder::Snapshot, None).await?;
        Ok(log.iter().chain(&snapshots).map(|object| object.serial).max().unwrap_or(0))
    }

    /// The state after an object of the log.
    ///
    /// # Errors
    /// [`StateError::NotRestorable`], and as [`Reader::load`].
    pub async fn at(&self, serial: u64) -> Result<State, StateError> {
        let mut snapshots = self.serials(Folder::Snapshot, None).await.unwrap_or_default();
        snapshots.retain(|&snapshot| snapshot <= serial);
        // What is wrong with the latest base may not be wrong with one before it.
        let mut wrong = None;
        while let Some(snapshot) = snapshots.pop() {
            match self.after_snapshot(snapshot, serial).await {
                Ok(state) => return Ok(state),
                Err(error) => wrong = wrong.or(Some(damage(error)?)),
            }
        }
        match self.forward(State::default(), serial).await {
            Ok(state) => Ok(state),
            Err(error) => {
                let reason = wrong.unwrap_or(damage(error)?);
                Err(StateError::NotRestorable { serial, reason: Box::new(reason) })
            }
        }
    }

    async fn after_snapshot(&self, snapshot: u64, serial: u64) -> Result<State, StateError> {
        let (base, _) = self.snapshot(snapshot).await?;
        self.forward(base, serial).await
    }

    /// The state after an object, from one before it.
    async fn forward(&self, mut state: State, serial: u64) -> Result<State, StateError> {
        let mut tail = Tail::default();
        if state.serial < serial {
            self.fold_until(&mut state, &mut tail, serial).await?;
        }
        Ok(state)
    }
}

impl Past {
    /// Finds out which states are known, from each base as far as the log goes on from there.
    fn read_forward(&mut self, environment: &str, bases: Vec<State>) {
        for base in bases {
            let from = base.serial;
            // The ranges before have gone on to here, or they end before it.
            if self.is_restorable(from) {
                continue;
            }
            let mut state = base;
            let start = self.log.partition_point(|object| object.serial <= from);
            for object in &self.log[start..] {
                if object.serial != state.serial + 1 {
                    break;
                }
                if let Err(reason) = state.take(object) {
                    let key = Folder::Log.key(environment, object.serial).to_string();
                    self.damage.push(StateError::Contradiction { key, reason });
                    break;
                }
            }
            // Of an environment that nothing was recorded of there is nothing to restore.
            let first = from.max(1);
            if first <= state.serial {
                self.restorable.push(first..=state.serial);
            }
        }
    }

    /// Names the objects that are missing: between others, and not because they were pruned.
    fn name_gaps(&mut self, environment: &str, listed: &[u64], oldest_snapshot: Option<u64>) {
        // Without a snapshot, the log begins with serial 1.
        let first = oldest_snapshot.map_or(1, |serial| serial.saturating_add(1));
        let mut expected = first;
        for &serial in listed.iter().filter(|&&serial| serial >= first) {
            if serial > expected {
                let key = Folder::Log.key(environment, expected).to_string();
                self.damage.push(StateError::Gap { key, last: self.last });
            }
            expected = serial.saturating_add(1);
        }
    }
}

/// What is wrong with one object, unless all may be whole and only can't be read now.
fn damage(error: StateError) -> Result<StateError, StateError> {
    match error {
        StateError::Io { .. }
        | StateError::Sealed(
            SealError::NoKey { .. } | SealError::WrongKey { .. } | SealError::Unusable { .. },
        ) => Err(error),
        damage => Ok(damage),
    }
}

#[cfg(test)]
mod tests;
