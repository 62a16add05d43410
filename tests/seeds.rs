//! docs/seeds.md: nothing that was wished for is lost, and whatever is named as meeting it is there.

#![allow(clippy::disallowed_methods, reason = "tests read the source tree")]

#[path = "workspace/known.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod known;

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;
use ninefold::cli::args::Cli;
use ninefold::kinds::Registry;

/// How many lines of the seeds have something to be met.
const LEAST_ROWS: usize = 200;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of the tables: what was asked for, and what meets it.
fn rows(text: &str) -> Vec<(String, String)> {
    let is_head = |line: &str| line.ends_with("| what meets it |") || line.starts_with("| ---");
    text.lines()
        .filter(|line| line.starts_with('|') && !is_head(line))
        .map(|line| {
            let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
            let (asked, met) = inner.split_once(" | ").unwrap_or((inner, ""));
            (asked.trim().to_owned(), met.trim().to_owned())
        })
        .collect()
}

/// Resources and checks of production and of staging, as `phase.name`.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    known::each_environment(|_, environment| {
        for (_, node) in environment.graph.nodes() {
            let address = &node.address;
            names.insert(format!(
                "{}.{}",
                address.phase().unwrap_or_else(|| address.stack()),
                address.name()
            ));
        }
    });
    names
}

/// Whether what stands between backticks is there.
fn is_there(name: &str, declared: &BTreeSet<String>) -> bool {
    if let Some(command) = name.strip_prefix("ninefold ") {
        let known = Cli::command();
        return known.get_subcommands().any(|it| Some(it.get_name()) == command.split(' ').next());
    }
    if let Some((file, test)) = name.split_once("::") {
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        return text.contains(&format!("fn {test}()"));
    }
    let looks_like_file = name.contains('/') || name.ends_with(".md");
    if looks_like_file {
        return root().join(name).exists();
    }
    declared.contains(name) || Registry::all().get(name).is_some()
}

/// What is named in a cell: that which is there by now, and that which comes later.
fn named(cell: &str) -> (Vec<&str>, Vec<&str>) {
    let mut now = Vec::new();
    let mut later = Vec::new();
    for part in cell.split(';') {
        // Everything after the word, up to the next semicolon.
        let (before, after) = part.split_once("later:").unwrap_or((part, ""));
        now.extend(before.split('`').skip(1).step_by(2));
        later.extend(after.split('`').skip(1).step_by(2));
    }
    (now, later)
}

/// A word that isn't a name of anything, such as a setting's value.
fn is_word(name: &str) -> bool {
    !name.contains(['.', '/', ' '])
}

/// What is wrong with a row.
fn faults(asked: &str, met: &str, declared: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    if asked.is_empty() || met.is_empty() {
        faults.push(format!("{asked}: nothing meets it"));
    }
    if met.contains("not taken") && !met.contains("because") {
        faults.push(format!("{asked}: not taken, and no reason"));
    }
    let (now, later) = named(met);
    if now.is_empty() && later.is_empty() && !met.contains("later:") && !met.contains("not taken") {
        faults.push(format!("{asked}: nothing is named"));
    }
    for name in now.into_iter().filter(|name| !is_word(name) && !is_there(name, declared)) {
        faults.push(format!("{asked}: there is no {name}"));
    }
    for name in later.into_iter().filter(|name| !is_word(name) && is_there(name, declared)) {
        faults.push(format!("{asked}: {name} is no longer later"));
    }
    for part in met.split("later:").skip(1) {
        let said = part.split(';').next().unwrap_or_default();
        if !said.contains("waits for ") && !said.contains("wait for ") {
            faults.push(format!("{asked}: later, and it doesn't say what it waits for"));
        }
    }
    faults
}

#[test]
fn nothing_is_lost_and_what_is_named_is_there() {
    let text = std::fs::read_to_string(root().join("docs/seeds.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() >= LEAST_ROWS, "{} rows", rows.len());
    let declared = declared();
    let faults: Vec<String> = rows.iter().flat_map(|(asked, met)| faults(asked, met, &declared)).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The names of the form `phase.name` in a page, of which there ought to be one each.
fn qualified<'a>(text: &'a str, declared: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let owners: BTreeSet<&str> = declared.iter().filter_map(|name| Some(name.split_once('.')?.0)).collect();
    let is_name = |name: &&str| {
        name.split_once('.').is_some_and(|(owner, rest)| {
            let plain = rest.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
            owners.contains(owner) && plain && !matches!(rest, "md" | "json" | "yaml")
        })
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
}

#[test]
fn what_pages_name_is_there() {
    let declared = declared();
    let mut pages = vec![root().join("README.md")];
    for folder in ["docs", "docs/phases", "docs/stacks", "docs/decisions"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(entries.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    // The language is explained by phases of its own.
    pages.retain(|page| !page.ends_with("language.md"));
    let mut count = 0;
    let mut faults = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for name in qualified(&text, &declared) {
            count += 1;
            if !declared.contains(name) {
                faults.push(format!("{}: there is no {name}", page.display()));
            }
        }
    }
    assert!(count > 200, "only {count} names were found");
    assert!(faults.is_empty(), "{faults:#?}");
    let sample = BTreeSet::from(["cluster.vpc".to_owned()]);
    let text = "`cluster.vpc` cluster.x `cluster.vcp` `aws.ec2.vpc` `cluster.md`";
    assert_eq!(qualified(text, &sample), BTreeSet::from(["cluster.vcp", "cluster.vpc"]));
}

#[test]
fn what_is_there_is_not_called_later() {
    let declared = BTreeSet::from(["cluster.vpc".to_owned()]);
    for (met, count) in [
        ("`cluster.vpc`", 0),
        ("later: waits for the runtime", 0),
        ("`cluster.vpc`; later: `cluster.moon` waits for a rocket", 0),
        ("later: `cluster.vpc` waits for a rocket", 1),
        ("later: `README.md` waits for a rocket; `cluster.vpc`", 1),
        ("later: `cluster.moon`", 1),
        ("not taken", 1),
        ("", 2),
        ("something", 1),
    ] {
        assert_eq!(faults("x", met, &declared).len(), count, "{met}");
    }
}

#[test]
fn an_empty_cell_and_a_wrong_name_are_found() {
    assert_eq!(
        rows("| a | b `c.d` |\n| e | |\n| --- | --- |"),
        [("a".to_owned(), "b `c.d`".to_owned()), ("e".to_owned(), String::new()),]
    );
    assert_eq!(named("`a.b`, x; later: `c.d`, `e.f`; `g.h`"), (vec!["a.b", "g.h"], vec!["c.d", "e.f"]));
    let declared = BTreeSet::from(["cluster.vpc".to_owned()]);
    for (name, there) in [
        ("cluster.vpc", true),
        ("cluster.vcp", false),
        ("aws.ec2.vpc", true),
        ("aws.ec2.vcp", false),
        ("README.md", true),
        ("docs/nothing.md", false),
        ("ninefold verify", true),
        ("ninefold varify", false),
        ("tests/seeds.rs::an_empty_cell_and_a_wrong_name_are_found", true),
        ("tests/seeds.rs::a_test_that_is_not_there", false),
    ] {
        assert_eq!(is_there(name, &declared), there, "{name}");
    }
}
