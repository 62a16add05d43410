//! One writer at a time where state is a folder of this machine.
//!
//! The log's fence lets only one of two writers commit, but it can't keep a second run from settling
//! what the first one still has in flight. This lock does: whoever holds it is alive, because the
//! operating system releases it when its holder dies, however it dies. Nobody has to unlock anything.

use std::path::Path;

use super::{StateError, StoreLocation};
use crate::world::files::{HeldLock, LockFile};

/// While this lives, no other process writes the environment's state.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "it is held, not read")] HeldLock);

impl StoreLocation {
    /// Takes the lock of an environment, and leaves in it who holds it and why. Memory needs none, and a
    /// store over the network has none: there the log's fence alone decides who writes.
    ///
    /// # Errors
    /// Who holds it, or why the file can't be opened.
    pub fn lock(
        &self,
        workspace: &Path,
        environment: &str,
        holder: &str,
    ) -> Result<Option<Lock>, StateError> {
        let StoreLocation::Folder(folder) = self else { return Ok(None) };
        let path = workspace.join(folder).join(environment).join("lock");
        let unusable = |error: std::io::Error| StateError::Unlockable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        let file = LockFile::open(&path).map_err(unusable)?;
        match file.try_hold().map_err(unusable)? {
            Some(held) => {
                file.write(holder).map_err(unusable)?;
                Ok(Some(Lock(held)))
            }
            None => {
                let holder = file.read_when_written().map_err(unusable)?;
                Err(StateError::Locked { environment: environment.to_owned(), holder })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_held_by_one_who_says_so() {
        let workspace = tempfile::tempdir().unwrap();
        let location = StoreLocation::parse("file:state").unwrap();
        let take = |environment: &str, holder: &str| location.lock(workspace.path(), environment, holder);
        let held = take("staging", "kim@laptop, process 12: ninefold apply").unwrap();
        assert!(take("production", "lee@desk").unwrap().is_some());
        let refused = take("staging", "lee@desk").unwrap_err().to_string();
        assert!(refused.contains("kim@laptop, process 12: ninefold apply"), "{refused}");
        drop(held);
        assert!(take("staging", "lee").unwrap().is_some());
        // A shorter name leaves nothing of a longer one behind.
        let _held = take("staging", "jo").unwrap();
        assert!(take("staging", "x").unwrap_err().to_string().contains("by jo."));
    }

    #[test]
    fn who_has_just_taken_it_is_given_time_to_say_who_they_are() {
        let workspace = tempfile::tempdir().unwrap();
        let location = StoreLocation::parse("file:state").unwrap();
        let held = location.lock(workspace.path(), "staging", "").unwrap();
        let path = workspace.path().join("state/staging/lock");
        let file = LockFile::open(&path).unwrap();
        let refused = std::thread::scope(|scope| {
            let refused =
                scope.spawn(|| location.lock(workspace.path(), "staging", "lee").unwrap_err().to_string());
            file.write("kim@laptop").unwrap();
            refused.join().unwrap()
        });
        assert!(refused.contains("kim@laptop"), "{refused}");
        drop(held);
    }

    #[test]
    fn memory_needs_none() {
        assert!(StoreLocation::Memory.lock(Path::new("/"), "staging", "kim").unwrap().is_none());
    }
}
