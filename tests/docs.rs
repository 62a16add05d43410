//! The generated part of the documentation: one page for each service's kinds. Run with
//! `NINEFOLD_UPDATE=1` to write it anew.

#![allow(clippy::disallowed_methods, reason = "tests read and write the source tree")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ninefold::kinds::{AnyKind, Registry};
use ninefold::report::{Look, kind};

/// The pages, by their names below docs/kinds.
fn pages() -> BTreeMap<String, String> {
    let registry = Registry::all();
    let mut services: BTreeMap<String, Vec<&dyn AnyKind>> = BTreeMap::new();
    for kind in registry.iter() {
        let (service, _) = kind.name().rsplit_once('.').expect("kinds have a service and a name");
        services.entry(service.to_owned()).or_default().push(kind.as_ref());
    }
    let mut index =
        "# Kinds\n\nGenerated from the kinds' own types: `ninefold explain KIND` shows the same.\n\n\
                     | service | kinds |\n| --- | --- |\n"
            .to_owned();
    let mut pages = BTreeMap::new();
    for (service, kinds) in services {
        let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
        let _ = writeln!(index, "| [{service}]({service}.md) | {} |", names.join(", "));
        let mut page = format!("# {service}\n");
        for kind in kinds {
            let text = kind::explain(kind, Look::PLAIN);
            let body = text.split_once('\n').map_or("", |(_, body)| body).trim();
            let _ = write!(page, "\n## {}\n\n```text\n{body}\n```\n", kind.name());
        }
        pages.insert(format!("{service}.md"), page);
    }
    pages.insert("README.md".to_owned(), index);
    pages
}

#[test]
fn the_pages_of_kinds_are_what_the_kinds_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds");
    let pages = pages();
    if std::env::var("NINEFOLD_UPDATE").is_ok() {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let mut stale: Vec<&String> = pages
        .iter()
        .filter(|(name, text)| std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name)
        .collect();
    let known = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left_over: Vec<String> = known
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| !pages.contains_key(name))
        .collect();
    stale.extend(&left_over);
    assert!(stale.is_empty(), "run with NINEFOLD_UPDATE=1: {stale:?} in docs/kinds differ from the kinds");
}
