//! The generated parts of the documentation: one page for each service's kinds, and tables between two
//! markers. Run with `NINEFOLD_UPDATE=1` to write them anew.

#![allow(clippy::disallowed_methods, reason = "tests read and write the source tree")]

#[path = "docs/decisions.rs"]
mod decisions;
#[path = "workspace/known.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod known;
#[path = "docs/links.rs"]
mod links;
#[path = "docs/phases.rs"]
mod phases;
#[path = "docs/readme.rs"]
mod readme;
#[path = "docs/recovery.rs"]
mod recovery;
#[path = "docs/text.rs"]
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use ninefold::cost::{By, Estimate, PARTS};
use ninefold::graph::Body;
use ninefold::kinds::{AnyKind, Registry};
use ninefold::report::{Look, dollars, kind};
use ninefold::workspace::Environment;

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

/// Asserts that a page has a text between its markers of a name, or writes it there.
fn assert_marked(page: &str, name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (start, end) = (format!("<!-- {name}: by tests/docs.rs -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&start).unwrap_or_else(|| panic!("{page} has no {start}")) + start.len();
    let to = from + text[from..].find(&end).unwrap_or_else(|| panic!("{page} has no {end}"));
    let wanted = format!("\n{wanted}\n");
    if std::env::var("NINEFOLD_UPDATE").is_ok() {
        std::fs::write(&path, format!("{}{wanted}{}", &text[..from], &text[to..])).unwrap();
    } else {
        assert_eq!(text[from..to], wanted, "run with NINEFOLD_UPDATE=1: {name} in {page} isn't so any more");
    }
}

/// How many resources and checks each phase has, and each stack of its own, in some environments.
fn sizes(environments: &[&Environment]) -> String {
    let count = |environment: &Environment, stack: &str, phase: &str, checks: bool| {
        let nodes = environment.graph.nodes().filter(|(_, node)| {
            let address = &node.address;
            address.stack() == stack
                && address.phase().unwrap_or("") == phase
                && matches!(node.body, Body::Check(_)) == checks
        });
        nodes.count()
    };
    let groups: BTreeSet<(String, String)> = environments
        .iter()
        .flat_map(|environment| environment.graph.nodes())
        .map(|(_, node)| (node.address.stack().to_owned(), node.address.phase().unwrap_or("").to_owned()))
        .collect();
    let mut table = "| stack | phase |".to_owned();
    for environment in environments {
        let _ = write!(table, " {} | checks |", environment.name);
    }
    let _ = write!(table, "\n| --- | --- |{}\n", " ---: | ---: |".repeat(environments.len()));
    let mut sums = vec![(0, 0); environments.len()];
    for (stack, phase) in &groups {
        let shown = if phase.is_empty() { "(its own)" } else { phase };
        let _ = write!(table, "| {stack} | {shown} |");
        for (environment, sum) in environments.iter().zip(&mut sums) {
            let of = |checks| count(environment, stack, phase, checks);
            let (resources, checks) = (of(false), of(true));
            *sum = (sum.0 + resources, sum.1 + checks);
            let _ = write!(table, " {resources} | {checks} |");
        }
        table.push('\n');
    }
    table += "| **together** | |";
    for (resources, checks) in sums {
        let _ = write!(table, " **{resources}** | **{checks}** |");
    }
    table + "\n"
}

#[test]
fn the_readme_counts_resources_by_phase_and_stack() {
    let workspace = known::workspace();
    let [production, staging] = ["production", "staging"]
        .map(|name| workspace.environment(name).unwrap_or_else(|faults| panic!("{name}: {faults:?}")));
    assert_marked("README.md", "sizes", &sizes(&[&production, &staging]));
}

/// What an environment costs by part and region.
fn bill(environment: &Environment) -> String {
    environment.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", environment.name));
    let estimate =
        Estimate::of(&environment.graph, &environment.order, environment, &Registry::all()).unwrap();
    let regions: Vec<String> = estimate.by(By::Region).into_keys().collect();
    let mut table = format!("| {} | {} | together |\n", environment.name, regions.join(" | "));
    let _ = writeln!(table, "| --- |{}", " ---: |".repeat(regions.len() + 1));
    for part in PARTS {
        let sum = |region: &str| -> f64 {
            let lines =
                estimate.lines.iter().filter(|line| line.part == part && line.group(By::Region) == region);
            lines.map(|line| line.usd_per_month).sum()
        };
        let sums: Vec<f64> = regions.iter().map(|region| sum(region)).collect();
        if sums.iter().sum::<f64>() > 0.0 {
            let cells: Vec<String> = sums.iter().copied().chain([sums.iter().sum()]).map(dollars).collect();
            let _ = writeln!(table, "| {part} | {} |", cells.join(" | "));
        }
    }
    let sums: Vec<String> = estimate.by(By::Region).into_values().map(dollars).collect();
    let total = dollars(estimate.usd_per_month());
    let _ = writeln!(table, "| **at list prices** | {} | **{total}** |", sums.join(" | "));
    let empty = " |".repeat(regions.len());
    let _ = writeln!(table, "| with every node that may run |{empty} {} |", dollars(estimate.usd_at_peak()));
    let _ = writeln!(table, "| with commitments for a year |{empty} {} |", dollars(estimate.usd_committed()));
    table
}

#[test]
fn the_page_of_costs_has_the_estimates() {
    let workspace = known::workspace();
    let bills = ["production", "staging"].map(|name| {
        let environment = workspace.environment(name);
        bill(&environment.unwrap_or_else(|faults| panic!("{name}: {faults:?}")))
    });
    assert_marked("docs/phases/9-cost.md", "estimates", &bills.join("\n"));
}
