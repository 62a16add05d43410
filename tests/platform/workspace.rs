//! The repository's own workspace, copied so that a test can change it.

use std::path::Path;

use crate::bench::Bench;

/// A copy of the repository's workspace.
pub fn platform() -> Bench {
    let bench = Bench::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["phases", "stacks", "templates"] {
        copy(&bench, root, &root.join(folder));
    }
    bench
}

fn copy(bench: &Bench, root: &Path, folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            copy(bench, root, &path);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            bench.write(&name, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
