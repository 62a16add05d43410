//! `examples/`: each workspace there works as it stands, and does what it says.
#![allow(clippy::disallowed_methods, reason = "tests run the program and write its files")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[allow(dead_code, reason = "the tests of the command line use the rest of it")]
#[path = "cli/bench.rs"]
mod bench;
#[path = "harness/folders.rs"]
mod folders;

use bench::Bench;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

fn names() -> BTreeSet<String> {
    std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn example(name: &str) -> Bench {
    let bench = Bench::empty();
    folders::copy(&folder().join(name), &bench.path("."));
    // What somebody has left behind who tried it.
    let _ = std::fs::remove_dir_all(bench.path(".ninefold"));
    bench
}

#[test]
fn each_is_planned_applied_settled_and_destroyed() {
    for name in names() {
        let bench = example(&name);
        bench.ok(&["fmt", "--check"]);
        bench.ok(&["validate"]);
        bench.exits(2, &["plan", "--detailed-exitcode"]);
        bench.ok(&["apply", "--yes"]);
        let again = bench.ok(&["plan", "--detailed-exitcode", "--format", "json"]).json();
        assert_eq!(again["changes"], false, "{name}: {again}");
        bench.ok(&["drift"]);
        bench.ok(&["output"]);
        bench.ok(&["destroy", "--yes"]);
        assert_eq!(bench.objects(), 0, "{name}");
        assert_eq!(bench.ok(&["state", "list"]).out, "", "{name}");
    }
}

#[test]
fn the_page_names_each() {
    let page = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let links = |line: &str| {
        let (_, rest) = line.split_once("](")?;
        Some(rest.split_once(')')?.0.to_owned())
    };
    let linked: BTreeSet<String> = page.lines().filter_map(links).collect();
    for link in &linked {
        assert!(folder().join(link).exists(), "{link} isn't there");
    }
    let named: BTreeSet<String> =
        linked.iter().map(|link| link.split('/').next().unwrap().to_owned()).collect();
    assert_eq!(named, names());
}

#[test]
fn a_file_that_is_edited_is_drift() {
    let bench = example("first");
    bench.ok(&["apply", "--yes"]);
    assert_eq!(bench.read("greeting.txt"), "Hello, world!\n");
    bench.write("greeting.txt", "Good bye\n");
    assert!(bench.exits(2, &["drift"]).out.contains("content"));
    bench.ok(&["apply", "--yes"]);
    assert_eq!(bench.read("greeting.txt"), "Hello, world!\n");
    bench.ok(&["destroy", "--yes"]);
    assert!(!bench.path("greeting.txt").exists());
}

#[test]
fn a_region_goes_by_itself() {
    let bench = example("references-and-regions");
    bench.ok(&["apply", "--yes"]);
    let environment = "stacks/environments/sandbox.yaml";
    bench.replace(environment, "  second: { name: us-east-1, network: 10.1.0.0/16 }\n", "");
    let plan = bench.ok(&["plan", "--format", "json"]).json();
    for operation in plan["operations"].as_array().unwrap() {
        assert_eq!(operation["action"], "delete", "{operation}");
        assert!(operation["address"].as_str().unwrap().contains("[second"), "{operation}");
    }
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    assert_eq!(bench.objects(), 3);
}

#[test]
fn another_name_is_a_move_and_a_bucket_that_is_there_is_adopted() {
    let phase = "phases/storage.yaml";
    let bench = example("moved-and-adopted");
    let text = bench.read(phase);
    // As it was before the name changed.
    bench.write(
        phase,
        &text.replace("  logs:\n", "  bucket:\n").replace("moved:\n  - { from: bucket, to: logs }\n", ""),
    );
    bench.ok(&["apply", "--yes"]);
    bench.write(phase, &text);
    let plan = bench.exits(2, &["plan", "--detailed-exitcode", "--format", "json"]).json();
    let summary = &plan["summary"];
    assert_eq!((&summary["move"], &summary["create"], &summary["delete"]), (&1.into(), &0.into(), &0.into()));
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["state", "rm", "platform/storage.backups", "--yes"]);
    let environment = "stacks/environments/sandbox.yaml";
    bench.replace(environment, "# settings:\n#   storage:", "settings:\n  storage:");
    let plan = bench.exits(2, &["plan", "--detailed-exitcode", "--format", "json"]).json();
    assert_eq!((&plan["summary"]["adopt"], &plan["summary"]["create"]), (&1.into(), &0.into()), "{plan}");
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    assert_eq!(bench.objects(), 2);
}
