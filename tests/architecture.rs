//! Which module uses which: the table of docs/architecture.md, held against the source.

#![allow(clippy::disallowed_methods, reason = "tests read the source tree")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the table: each module with those that it may use.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, section) = text.split_once("## Who may use whom").expect("the section is there");
    let rows = section.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let module = cells.next().unwrap_or_default().to_owned();
            let uses = cells.next().unwrap_or_default();
            (
                module,
                uses.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
            )
        })
        .collect()
}

/// Every Rust file below a folder that isn't only for tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if matches!(name.as_str(), "tests" | "property_tests" | "testing" | "sample") {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The part of a file before its tests, without comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules that a piece of code names as `crate::NAME`, in a path or in a list of imports.
fn used(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match rest.strip_prefix('{') {
            None => {
                names.insert(word(rest));
            }
            Some(list) => {
                let mut depth = 0;
                let mut start = true;
                for (offset, character) in list.char_indices() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            names.insert(word(&list[offset..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let allowed = allowed();
    let mut breaches = Vec::new();
    for (module, may_use) in &allowed {
        let mut files = Vec::new();
        sources(&root().join("src").join(module), &mut files);
        assert!(!files.is_empty(), "the table names a module `{module}` that isn't there");
        for file in files {
            for name in used(&code(&file)) {
                if allowed.contains_key(&name) && name != *module && !may_use.contains(&name) {
                    let file = file.strip_prefix(root()).unwrap().display();
                    breaches.push(format!("{file}: `{module}` may not use `{name}`"));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn every_module_stands_in_the_table() {
    let allowed = allowed();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert!(allowed.contains_key(&name), "docs/architecture.md doesn't say what `{name}` may use");
        }
    }
}

#[test]
fn a_use_is_found_in_paths_and_in_lists() {
    let found = used("use crate::{model::Value, plan::{Plan, Input}};\nlet a = crate::state::x();");
    assert_eq!(found, ["model", "plan", "state"].map(str::to_owned).into());
}

#[test]
fn no_file_holds_more_than_one_idea_needs() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let long: Vec<String> = files
        .iter()
        .map(|file| (code(file).lines().count(), file.strip_prefix(root()).unwrap()))
        .filter(|(lines, _)| *lines > 700)
        .map(|(lines, file)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "cut these in two: {}", long.join(", "));
}
