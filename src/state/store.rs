//! Where state is kept, and how that is opened: a folder, memory, or an object store over the network.

#[cfg(feature = "stores")]
mod connector;
mod fault;
#[cfg(feature = "stores")]
mod open;
#[cfg(feature = "stores")]
mod proven;
mod remote;
#[cfg(all(feature = "stores", feature = "aws"))]
mod shared_credentials;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Prefix;
use object_store::prefix::PrefixStore;

pub use fault::{FaultKind, StoreFault, fences_nobody, is_lasting, told};
pub use remote::{RemoteLocation, Service};

use crate::world::{World, files};

/// Where state is kept, as an environment's file says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// A folder, relative to the workspace unless it is absolute.
    Folder(PathBuf),
    /// Nowhere: it ends with the process.
    Memory,
    /// A bucket or container of an object store.
    Remote(RemoteLocation),
}

/// Why a store can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error(
        "state can't be kept in `{text}`: {reason}; give a folder, such as `file:.ninefold/state`, a bucket, such \
         as `s3://bucket/prefix`, or `memory:`"
    )]
    Unknown { text: String, reason: String },
    #[error("state can't be kept in `{text}`: {reason}")]
    Incomplete { text: String, reason: String },
    #[error(
        "state is kept in `{text}`, which this build of Ninefold can't reach: it was built without the feature \
         `stores`. Use a build with the default features"
    )]
    NotInThisBuild { text: String },
    #[error("the state's store `{text}` can't be opened: {reason}")]
    Unopened { text: String, reason: String },
    #[error("the state's folder `{folder}` can't be opened: {reason}; check the path and your rights to it")]
    NoFolder { folder: String, reason: String },
}

impl StoreLocation {
    /// Reads `file:.ninefold/state`, a plain path, `memory:`, or `s3://bucket/prefix?region=eu-north-1`.
    ///
    /// # Errors
    /// When it names no store, or says too little to find it.
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
            Some((scheme, rest))
                if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) =>
            {
                let Some(service) = Service::of(scheme) else {
                    return Err(unknown(&format!("`{scheme}:` is no kind of store")));
                };
                let location = RemoteLocation::parse(service, rest)
                    .map_err(|reason| StoreError::Incomplete { text: text.to_owned(), reason })?;
                return Ok(StoreLocation::Remote(location));
            }
            _ => text,
        };
        if folder.is_empty() {
            return Err(unknown("it names no folder"));
        }
        Ok(StoreLocation::Folder(folder.into()))
    }

    /// Opens the store. A folder is made with the first write, not before; a bucket has to be there,
    /// which the first read of it finds out.
    ///
    /// # Errors
    /// When the folder's name or those above it can't be used, or this build has no such stores.
    pub fn open(&self, workspace: &Path, world: &World) -> Result<Arc<dyn ObjectStore>, StoreError> {
        match self {
            StoreLocation::Memory => Ok(Arc::new(InMemory::new())),
            StoreLocation::Folder(folder) => open_folder(&workspace.join(folder)),
            StoreLocation::Remote(location) => open_remote(location, world),
        }
    }
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreLocation::Memory => f.write_str("memory:"),
            StoreLocation::Folder(folder) => write!(f, "file:{}", folder.display()),
            StoreLocation::Remote(location) => location.fmt(f),
        }
    }
}

#[cfg(feature = "stores")]
fn open_remote(location: &RemoteLocation, world: &World) -> Result<Arc<dyn ObjectStore>, StoreError> {
    open::open(location, world)
        .map_err(|error| StoreError::Unopened { text: location.to_string(), reason: told(&error).what })
}

#[cfg(not(feature = "stores"))]
fn open_remote(location: &RemoteLocation, _world: &World) -> Result<Arc<dyn ObjectStore>, StoreError> {
    Err(StoreError::NotInThisBuild { text: location.to_string() })
}

/// The store starts at the first folder above that exists: what is missing below it is then made by
/// the store, which syncs the folders it makes.
fn open_folder(folder: &Path) -> Result<Arc<dyn ObjectStore>, StoreError> {
    let unopened = |reason: String| StoreError::NoFolder { folder: folder.display().to_string(), reason };
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
        let store = folder(".ninefold/state").open(&above, &world).unwrap();
        assert!(world.run(store.list(None).try_collect::<Vec<_>>()).unwrap().is_empty());
        assert!(files::list(&above).unwrap().is_empty());
        world.run(store.put(&key, "text".into())).unwrap();
        let file = above.join(".ninefold/state/staging/log/1.json");
        assert_eq!(files::read_to_string(&file).unwrap(), "text");
        // Opened again, now that it is there.
        let store = folder(".ninefold/state").open(&above, &world).unwrap();
        let listed = world.run(store.list(None).try_collect::<Vec<_>>()).unwrap();
        assert_eq!(listed[0].location, key);
    }

    #[test]
    fn a_file_in_its_place_is_an_error() {
        let above = tempfile::tempdir().unwrap();
        files::write_atomically(&above.path().join("state"), b"").unwrap();
        let world = World::virtual_from(1, 0);
        let error = folder("state").open(above.path(), &world).unwrap_err().to_string();
        assert!(error.contains("there is a file of that name"), "{error}");
    }

    #[cfg(not(feature = "stores"))]
    #[test]
    fn a_build_without_remote_stores_says_so() {
        let world = World::virtual_from(1, 0);
        let location = StoreLocation::parse("gs://states/ninefold").unwrap();
        let error = location.open(Path::new("/"), &world).unwrap_err().to_string();
        assert!(error.contains("`gs://states/ninefold`") && error.contains("default features"), "{error}");
    }
}
