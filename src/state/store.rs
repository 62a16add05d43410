//! Opens the object store that an environment's file names.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Prefix;
use object_store::prefix::PrefixStore;

use crate::world::files;

/// Where state is kept, as an environment's file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// A folder, relative to the workspace unless it is absolute.
    Folder(PathBuf),
    /// Nowhere: it ends with the process.
    Memory,
}

/// Why a store can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error(
        "state can't be kept in `{text}`: {reason}; give a folder, such as `file:.ninefold/state`, or `memory:`"
    )]
    Unknown { text: String, reason: String },
    #[error(
        "state can't be kept in `{text}` yet: stores of kind `{scheme}:` come with the feature for remote \
         stores; until then give a folder, such as `file:.ninefold/state`"
    )]
    Remote { text: String, scheme: String },
    #[error("the state's folder `{folder}` can't be opened: {reason}; check the path and your rights to it")]
    Unopened { folder: String, reason: String },
}

impl StoreLocation {
    /// Reads `file:.ninefold/state`, a plain path, or `memory:`.
    ///
    /// # Errors
    /// When it names no store, or one of a kind that isn't there yet.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let unknown = |reason: &str| StoreError::Unknown { text: text.to_owned(), reason: reason.to_owned() };
        let folder = match text.split_once(':') {
            Some(("memory", "")) => return Ok(StoreLocation::Memory),
            Some(("file", path)) => match path.strip_prefix("//") {
                Some(path) if !path.starts_with('/') => {
                    return Err(unknown(
                        "`file://` is followed by a host, and state is kept on this machine",
                    ));
                }
                Some(path) => path,
                None => path,
            },
            Some((scheme @ ("s3" | "gs" | "az"), _)) => {
                return Err(StoreError::Remote { text: text.to_owned(), scheme: scheme.to_owned() });
            }
            Some((scheme, _)) if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(unknown(&format!("`{scheme}:` is no kind of store")));
            }
            _ => text,
        };
        if folder.is_empty() {
            return Err(unknown("it names no folder"));
        }
        Ok(StoreLocation::Folder(folder.into()))
    }

    /// Opens the store. A folder is made with the first write, not before.
    ///
    /// # Errors
    /// When the folder's name or those above it can't be used.
    pub fn open(&self, workspace: &Path) -> Result<Arc<dyn ObjectStore>, StoreError> {
        match self {
            StoreLocation::Memory => Ok(Arc::new(InMemory::new())),
            StoreLocation::Folder(folder) => open_folder(&workspace.join(folder)),
        }
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreLocation::Memory => f.write_str("memory:"),
            StoreLocation::Folder(folder) => write!(f, "file:{}", folder.display()),
        }
    }
}

/// The store starts at the first folder above that exists: what is missing below it is then made by
/// the store, which syncs the folders it makes.
fn open_folder(folder: &Path) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let unopened = |reason: String| StoreError::Unopened { folder: folder.display().to_string(), reason };
    let root = folder.ancestors().find(|above| files::is_dir(above));
    let root = root.ok_or_else(|| unopened("no folder above it exists".to_owned()))?;
    let local = LocalFileSystem::new_with_prefix(root).map_err(|error| unopened(error.to_string()))?;
    let local = local.with_fsync(true).with_automatic_cleanup(false);
    // `root` is one of its ancestors.
    let missing = folder.strip_prefix(root).unwrap_or(Path::new(""));
    if files::exists(folder) && root != folder {
        return Err(unopened("there is a file of that name".to_owned()));
    }
    if missing.as_os_str().is_empty() {
        return Ok(Arc::new(local));
    }
    let text = missing.to_str().ok_or_else(|| unopened("its name isn't UTF-8".to_owned()))?;
    let prefix = Prefix::parse(text).map_err(|error| unopened(error.to_string()))?;
    Ok(Arc::new(PrefixStore::new(local, prefix)))
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use object_store::ObjectStoreExt as _;

    use super::*;
    use crate::world::World;

    fn folder(path: &str) -> StoreLocation {
        StoreLocation::Folder(path.into())
    }

    #[test]
    fn a_location_is_a_folder_or_memory() {
        for (text, location) in [
            ("file:.ninefold/state", folder(".ninefold/state")),
            (".ninefold/state", folder(".ninefold/state")),
            ("file:///var/lib/ninefold", folder("/var/lib/ninefold")),
            ("file:/var/lib/ninefold", folder("/var/lib/ninefold")),
            ("./odd:name", folder("./odd:name")),
            ("memory:", StoreLocation::Memory),
        ] {
            assert_eq!(StoreLocation::parse(text).unwrap(), location, "{text}");
        }
    }

    #[test]
    fn other_locations_are_refused_with_the_reason() {
        for (text, reason) in [
            ("s3://bucket/path", "`s3:` come with the feature for remote stores"),
            ("gs://bucket", "`gs:` come with"),
            ("az://container", "`az:` come with"),
            ("ftp://host/path", "`ftp:` is no kind of store"),
            ("file://host/path", "followed by a host"),
            ("memory:shared", "`memory:` is no kind of store"),
            ("file:", "names no folder"),
            ("", "names no folder"),
        ] {
            let error = StoreLocation::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("file:.ninefold/state"), "{text}: {error}");
        }
    }

    #[test]
    fn a_folder_is_made_by_the_first_write_and_not_by_reading() {
        let above = tempfile::tempdir().unwrap();
        let above = above.path().join("a b#1%20");
        files::create_folder(&above).unwrap();
        let world = World::virtual_from(1, 0);
        let key = Prefix::from("staging/log/1.json");
        let store = folder(".ninefold/state").open(&above).unwrap();
        assert!(world.run(store.list(None).try_collect::<Vec<_>>()).unwrap().is_empty());
        assert!(files::list(&above).unwrap().is_empty());
        world.run(store.put(&key, "text".into())).unwrap();
        let file = above.join(".ninefold/state/staging/log/1.json");
        assert_eq!(files::read_to_string(&file).unwrap(), "text");
        // Opened again, now that it is there.
        let store = folder(".ninefold/state").open(&above).unwrap();
        let listed = world.run(store.list(None).try_collect::<Vec<_>>()).unwrap();
        assert_eq!(listed[0].location, key);
    }

    #[test]
    fn a_file_in_its_place_is_an_error() {
        let above = tempfile::tempdir().unwrap();
        files::write_atomically(&above.path().join("state"), b"").unwrap();
        let error = folder("state").open(above.path()).unwrap_err().to_string();
        assert!(error.contains("there is a file of that name"), "{error}");
    }
}
