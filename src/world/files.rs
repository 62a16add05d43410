//! Files of the workspace and of the sandbox's world.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads a whole file as UTF-8.
///
/// # Errors
/// As [`fs::read_to_string`].
pub fn read_to_string(path: &Path) -> io::Result<String> {
    fs::read_to_string(path)
}

/// Reads a whole file.
///
/// # Errors
/// As [`fs::read`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    fs::read(path)
}

#[must_use]
pub fn exists(path: &Path) -> bool {
    path.exists()
}

#[must_use]
pub fn is_dir(path: &Path) -> bool {
    path.is_dir()
}

/// Writes a file so that a reader sees the old text or the new one, never a part, and makes the
/// folders above it.
///
/// # Errors
/// As the system calls it makes.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(name);
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// Removes a file; it is no error when there is none.
///
/// # Errors
/// As [`fs::remove_file`].
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// As [`fs::create_dir_all`].
pub fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Tries whether a file can be made in a folder, or in the first one above that is there. Nothing
/// stays behind.
///
/// # Errors
/// As [`File::create`].
pub fn writable(folder: &Path) -> io::Result<()> {
    let there = folder.ancestors().find(|above| above.is_dir()).unwrap_or_else(|| Path::new("."));
    let path = there.join(format!(".ninefold-{}.tmp", std::process::id()));
    File::create(&path)?;
    fs::remove_file(&path)
}

/// The entries of a folder, sorted by name. A folder that isn't there has none.
///
/// # Errors
/// As [`fs::read_dir`].
pub fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The length of a file in bytes; `None` when there is none.
///
/// # Errors
/// As [`fs::metadata`].
pub fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(|data| Some(data.len())),
    }
}

/// Reads a file from a position to its end.
///
/// # Errors
/// As the system calls it makes.
pub fn read_from(path: &Path, offset: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Cuts a file off at a length.
///
/// # Errors
/// As [`File::set_len`].
pub fn truncate(path: &Path, length: u64) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.set_len(length)
}

/// Who may do what with a file: the lowest nine bits of its mode, as `chmod` has them.
///
/// # Errors
/// As [`fs::metadata`].
pub fn mode(path: &Path) -> io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// Sets who may do what with a file.
///
/// # Errors
/// As [`fs::set_permissions`].
pub fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// A file whose lock processes take turns in holding. The operating system releases it when its
/// holder dies.
#[derive(Debug, Clone)]
pub struct LockFile(Arc<File>);

impl LockFile {
    /// Opens the file, making it and the folders above it where they aren't there.
    ///
    /// # Errors
    /// As the system calls it makes.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path)?;
        Ok(Self(Arc::new(file)))
    }

    /// Its text.
    ///
    /// # Errors
    /// As the system calls it makes.
    pub fn read(&self) -> io::Result<String> {
        let mut file = &*self.0;
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        Ok(text)
    }

    /// Puts a text in the place of its own.
    ///
    /// # Errors
    /// As the system calls it makes.
    pub fn write(&self, text: &str) -> io::Result<()> {
        let mut file = &*self.0;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
    }

    /// Its text, once it has some: who has just taken the lock is about to say so. Whoever says
    /// nothing for a second isn't waited for.
    ///
    /// # Errors
    /// As the system calls it makes.
    pub fn read_when_written(&self) -> io::Result<String> {
        for _ in 0..100 {
            let text = self.read()?;
            if !text.is_empty() {
                return Ok(text);
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Ok("a run that doesn't say whose it is".to_owned())
    }

    /// Takes the lock where nobody holds it.
    ///
    /// # Errors
    /// As [`File::try_lock`], but for its being held.
    pub fn try_hold(&self) -> io::Result<Option<HeldLock>> {
        match self.0.try_lock() {
            Ok(()) => Ok(Some(HeldLock(self.0.clone()))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the lock and holds it until the guard is dropped.
    ///
    /// # Errors
    /// As [`File::lock`].
    pub fn hold(&self) -> io::Result<HeldLock> {
        self.0.lock()?;
        Ok(HeldLock(self.0.clone()))
    }
}

/// While this lives, no other process holds the lock.
#[derive(Debug)]
pub struct HeldLock(Arc<File>);

impl Drop for HeldLock {
    fn drop(&mut self) {
        // Closing the file would release it too: there is nothing to do about an error.
        let _ = self.0.unlock();
    }
}

/// A file that only grows. Appended bytes survive the death of the process at once, and that of
/// the machine only after [`Appender::sync`].
#[derive(Debug)]
pub struct Appender(File);

impl Appender {
    /// Opens a file for appending, making it and the folders above it where they aren't there.
    ///
    /// # Errors
    /// As the system calls it makes.
    pub fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        OpenOptions::new().create(true).append(true).open(path).map(Self)
    }

    /// Appends with one system call.
    ///
    /// # Errors
    /// As [`File::write_all`].
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Waits until what was appended is on disk.
    ///
    /// # Errors
    /// As [`File::sync_data`].
    pub fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
