//! The repository's own workspace: every environment is complete, and keeps the platform's rules.

use std::path::Path;

use ninefold::kinds::Registry;
use ninefold::report::{Look, diagnostics};
use ninefold::workspace::{Environment, Workspace};

fn workspace() -> Workspace {
    Workspace::load(Path::new(env!("CARGO_MANIFEST_DIR")), Registry::all()).unwrap()
}

fn environment(workspace: &Workspace, name: &str) -> Environment {
    workspace
        .environment(name)
        .unwrap_or_else(|faults| panic!("{}", diagnostics::human(&faults, workspace.sources(), Look::PLAIN)))
}

#[test]
fn every_environment_is_valid() {
    let workspace = workspace();
    for name in ["production", "sandbox", "staging"] {
        assert!(workspace.environments().any(|known| known == name), "there is no environment {name}");
    }
    for name in workspace.environments() {
        if let Err(faults) = environment(&workspace, name).validate() {
            panic!("{name}:\n{}", diagnostics::human(&faults, workspace.sources(), Look::PLAIN));
        }
    }
}
