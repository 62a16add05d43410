//! A page for each phase: what it makes, why so, what it costs, how it is checked, what to do when a check
//! fails; with what can be counted counted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ninefold::cost::{Estimate, PARTS};
use ninefold::graph::{Body, Instance};
use ninefold::kinds::Registry;
use ninefold::report::dollars;
use ninefold::workspace::Environment;

use crate::text::{code, names, read, sections};
use crate::{assert_marked, known};

/// What people look for in the page of a phase.
const SECTIONS: [&str; 4] = ["What it makes", "Why so", "What it costs", "How it is checked"];

/// The phases by the names of their files, such as `1-cluster`, and as they call themselves.
fn phases() -> Vec<(String, String)> {
    let files = names("phases");
    let stems = files.iter().filter_map(|file| file.strip_suffix(".yaml"));
    let phases: Vec<_> = stems
        .map(|stem| {
            let name = stem.split_once('-').unwrap_or_else(|| panic!("{stem} has no number")).1;
            (stem.to_owned(), name.to_owned())
        })
        .collect();
    assert_eq!(phases.len(), 9);
    phases
}

/// The environments whose figures the pages show.
fn environments() -> [Environment; 2] {
    let workspace = known::workspace();
    ["production", "staging"]
        .map(|name| workspace.environment(name).unwrap_or_else(|faults| panic!("{name}: {faults:?}")))
}

/// What a phase declares, in the order of its lines.
fn of<'a>(environment: &'a Environment, phase: &str) -> Vec<&'a Instance> {
    let nodes = environment.graph.nodes().map(|(_, node)| node);
    let mut nodes: Vec<_> = nodes.filter(|node| node.address.phase() == Some(phase)).collect();
    nodes.sort_by_key(|node| node.at.line);
    nodes
}

/// How many instances of each resource an environment has.
fn counts(environment: &Environment, phase: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for node in of(environment, phase) {
        *counts.entry(node.address.name().to_owned()).or_insert(0) += 1;
    }
    counts
}

/// Each resource of a phase with its kind, and how many there are.
fn resources(environments: &[Environment], phase: &str) -> String {
    let counted: Vec<_> = environments.iter().map(|environment| counts(environment, phase)).collect();
    let mut table = "| resource | kind |".to_owned();
    for environment in environments {
        let _ = write!(table, " {} |", environment.name);
    }
    let _ = writeln!(table, "\n| --- | --- |{}", " ---: |".repeat(environments.len()));
    let mut seen = BTreeSet::new();
    for node in environments.iter().flat_map(|environment| of(environment, phase)) {
        let name = node.address.name();
        if let Body::Resource { kind, .. } = &node.body
            && seen.insert(name)
        {
            let cells: Vec<String> =
                counted.iter().map(|counts| counts.get(name).copied().unwrap_or(0).to_string()).collect();
            let _ = writeln!(table, "| `{name}` | `{kind}` | {} |", cells.join(" | "));
        }
    }
    table
}

/// What a phase costs a month by part.
fn costs(environments: &[Environment], estimates: &[Estimate], phase: &str) -> String {
    let mut table = "| a month, at list prices |".to_owned();
    for environment in environments {
        let _ = write!(table, " {} |", environment.name);
    }
    let _ = writeln!(table, "\n| --- |{}", " ---: |".repeat(environments.len()));
    let sum = |estimate: &Estimate, part: Option<&str>| -> f64 {
        let lines = estimate.lines.iter().filter(|line| line.address.phase() == Some(phase));
        lines.filter(|line| part.is_none_or(|part| line.part == part)).map(|line| line.usd_per_month).sum()
    };
    for part in PARTS {
        let sums: Vec<f64> = estimates.iter().map(|estimate| sum(estimate, Some(part))).collect();
        if sums.iter().sum::<f64>() > 0.0 {
            let cells: Vec<String> = sums.into_iter().map(dollars).collect();
            let _ = writeln!(table, "| {part} | {} |", cells.join(" | "));
        }
    }
    let sums: Vec<String> =
        estimates.iter().map(|estimate| format!("**{}**", dollars(sum(estimate, None)))).collect();
    let _ = writeln!(table, "| **together** | {} |", sums.join(" | "));
    table
}

#[test]
fn each_phase_has_a_page_that_counts_and_reckons() {
    let environments = environments();
    for environment in &environments {
        environment.validate().unwrap_or_else(|faults| panic!("{}: {faults:?}", environment.name));
    }
    let estimates = environments.each_ref().map(|environment| {
        Estimate::of(&environment.graph, &environment.order, environment, &Registry::all()).unwrap()
    });
    for (file, phase) in phases() {
        let page = format!("docs/phases/{file}.md");
        assert_marked(&page, "resources", &resources(&environments, &phase));
        // The last one's page has the whole bill instead.
        if phase != "cost" {
            assert_marked(&page, "costs", &costs(&environments, &estimates, &phase));
        }
    }
}

#[test]
fn each_page_says_what_why_how_dear_how_proved_and_what_to_do() {
    let production = &environments()[0];
    let mut faults = Vec::new();
    for (file, phase) in phases() {
        let text = read(format!("docs/phases/{file}.md"));
        let sections = sections(&text, 2);
        for wanted in SECTIONS {
            match sections.iter().find(|(heading, _)| *heading == wanted) {
                None => faults.push(format!("{file}: no section is called {wanted}")),
                Some((_, body)) if body.trim().len() < 100 => {
                    faults.push(format!("{file}: {wanted} says next to nothing"));
                }
                Some(_) => {}
            }
        }
        let find = |wanted: &str| {
            let found = sections.iter().find(|(heading, _)| *heading == wanted);
            found.map_or("", |(_, body)| body.as_str())
        };
        let (proved, failed) = (find("How it is checked"), find("When a check fails"));
        if failed.is_empty() && !proved.contains("when it fails |") {
            faults.push(format!("{file}: nothing says what to do when a check fails"));
        }
        // A check is called by its name, with or without a key.
        let named = |body: &str| -> BTreeSet<String> {
            code(body).map(|name| name.split('[').next().unwrap_or_default().to_owned()).collect()
        };
        let (proved, failed) = (named(proved), named(failed));
        let checks = of(production, &phase).into_iter().filter(|node| matches!(node.body, Body::Check(_)));
        for check in checks.map(|node| node.address.name().to_owned()).collect::<BTreeSet<_>>() {
            if !proved.contains(&check) {
                faults.push(format!("{file}: {check} isn't among what is checked"));
            }
            if !failed.is_empty() && !failed.contains(&check) {
                faults.push(format!("{file}: nothing says what to do when {check} fails"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
