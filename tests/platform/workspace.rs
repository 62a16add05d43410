//! The repository's own workspace, copied so that a test can change it.

use std::path::Path;

use crate::bench::Bench;

/// A copy of the repository's workspace.
pub fn platform() -> Bench {
    let bench = Bench::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["phases", "stacks", "templates"] {
        copy(&root.join(folder), &bench.path(folder));
    }
    bench
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
