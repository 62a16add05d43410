//! The repository's own workspace, copied so that a test can change it.

use std::path::Path;

use crate::bench::Bench;
use crate::folders::copy;

/// A copy of the repository's workspace.
pub fn platform() -> Bench {
    let bench = Bench::empty();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["phases", "stacks", "templates"] {
        copy(&root.join(folder), &bench.path(folder));
    }
    bench
}
