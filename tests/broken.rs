//! Broken workspaces: each folder of `tests/broken/` is one, with the full text of what is said of
//! it in `expected.txt`. `NINEFOLD_UPDATE=1 cargo test --test broken` writes these anew.

#![allow(clippy::disallowed_methods, reason = "tests read and write files of their own")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ninefold::kinds::Registry;
use ninefold::report::{Look, diagnostics};
use ninefold::workspace::Workspace;

/// Every kind; making their schemas takes longer than most tests, so it is done once.
fn registry() -> Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::all);
    REGISTRY.clone()
}

/// What `validate` says of a workspace: of its files, or else of each environment.
fn report(root: &Path) -> String {
    let workspace = Workspace::load(root, registry()).unwrap();
    let show = |faults: &_| diagnostics::human(faults, workspace.sources(), Look::PLAIN);
    if workspace.diagnostics().has_errors() {
        return show(workspace.diagnostics());
    }
    let mut text = String::new();
    for name in workspace.environments() {
        match workspace.environment(name).and_then(|environment| environment.validate()) {
            Ok(()) => writeln!(text, "nothing is wrong with {name}").unwrap(),
            Err(faults) => text += &show(&faults),
        }
    }
    text
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

#[test]
fn every_broken_workspace_is_told_what_is_wrong_with_it() {
    let bless = std::env::var_os("NINEFOLD_UPDATE").is_some();
    let mut differing = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let found = report(&case);
        let expected = case.join("expected.txt");
        if bless {
            std::fs::write(&expected, &found).unwrap();
            continue;
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            differing.push(format!("--- {name}\n{found}"));
        }
    }
    assert!(differing.is_empty(), "these say something else now:\n{}", differing.join("\n"));
}

#[test]
fn every_fault_has_a_place_and_there_are_enough_of_them() {
    let mut count = 0;
    for case in cases() {
        let workspace = Workspace::load(&case, registry()).unwrap();
        let mut faults = workspace.diagnostics().clone();
        for name in workspace.environments() {
            if let Err(more) = workspace.environment(name).and_then(|environment| environment.validate()) {
                faults.extend(more);
            }
        }
        assert!(faults.has_errors(), "nothing is wrong with {}", case.display());
        for fault in faults.iter() {
            let at = fault.labels.first().unwrap_or_else(|| panic!("{}: {fault:?}", case.display())).at;
            let text = workspace.sources().text(at.source).unwrap();
            let lines = text.lines().count().max(1);
            assert!((1..=lines).contains(&(at.line as usize)), "{}: {fault:?}", case.display());
            assert!(at.column >= 1 && text.len() >= (at.offset + at.length) as usize, "{fault:?}");
        }
        count += 1;
    }
    assert!(count >= 25, "{count}");
}
