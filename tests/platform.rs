//! The repository's own platform on the sandbox, by the real program: it applies whole, each of its
//! checks fails in some world, and a region comes and goes by itself.

#![allow(clippy::disallowed_methods, reason = "tests read and write files of their own")]

#[path = "cli/bench.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod bench;

// What is about one phase or stack only stands in a file of its own.
#[path = "platform/cluster.rs"]
mod cluster;
#[path = "platform/cost.rs"]
mod cost;
#[path = "platform/database.rs"]
mod database;
#[path = "platform/domains.rs"]
mod domains;
#[path = "platform/failure_agent.rs"]
mod failure_agent;
#[path = "harness/folders.rs"]
mod folders;
#[path = "platform/gitops.rs"]
mod gitops;
#[path = "platform/observability.rs"]
mod observability;
#[path = "platform/recovery.rs"]
mod recovery;
#[path = "platform/scaling.rs"]
mod scaling;
#[path = "platform/settings.rs"]
mod settings;
#[path = "platform/testing.rs"]
mod testing;
#[path = "platform/workspace.rs"]
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bench::Bench;
use folders::copy;
use workspace::platform;

/// The platform after its first apply, which each test has a copy of: its state and its world are files.
fn applied() -> Bench {
    static APPLIED: LazyLock<Bench> = LazyLock::new(|| {
        let bench = platform();
        bench.ok(&["apply", "-e", "sandbox", "--yes"]);
        bench
    });
    let bench = Bench::empty();
    copy(&APPLIED.path(""), &bench.path(""));
    bench
}

/// The checks that `verify` isn't satisfied with, and all of them, as `name[key]`.
fn verified(bench: &Bench) -> (BTreeSet<String>, BTreeSet<String>) {
    let json = bench.run(&["verify", "--format", "json"]).json();
    let name = |check: &serde_json::Value| {
        let address = check["address"].as_str().unwrap();
        let rest = address.split_once('/').unwrap().1;
        // A stack's own checks belong to no phase.
        rest.split_once('.').map_or(rest, |(_, name)| name).to_owned()
    };
    let checks = json["checks"].as_array().unwrap();
    let failing = checks.iter().filter(|check| check["satisfied"] == false).map(name).collect();
    (failing, checks.iter().map(name).collect())
}

#[test]
fn it_applies_whole_and_leaves_nothing_behind() {
    let bench = applied();
    bench.exits(0, &["plan", "--detailed-exitcode"]);
    assert_eq!(bench.ok(&["plan", "--format", "json"]).json()["changes"], false);
    let listed = bench.ok(&["state", "list"]).out;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for line in listed.lines() {
        let stack = line.split_once('/').map_or(line, |(stack, _)| stack);
        *counts.entry(line.split_once('.').map_or(stack, |(phase, _)| phase)).or_default() += 1;
    }
    insta::assert_debug_snapshot!(counts);
    bench.ok(&["destroy", "--yes"]);
    assert!(bench.ok(&["sandbox", "status"]).out.contains("nothing is there"));
    assert_eq!(bench.ok(&["state", "list"]).out, "");
}

/// Checks whose keys name no region, and which fail with one all the same.
const IN_A_REGION: &[(&str, &str)] =
    &[("cdn_certificate_issued", "primary"), ("host_answers[api]", "primary")];

/// Checks that pass whichever single region is broken: their worlds are in the tests of their phases.
const OF_NO_REGION: &[&str] = &["authorities_named[", "delegated[", "sites_deployed["];

#[test]
fn every_check_fails_in_a_world_where_its_region_is_broken_and_in_no_other() {
    let bench = applied();
    let (failing, all) = verified(&bench);
    assert!(failing.is_empty(), "{failing:?}");
    let mut ever = BTreeSet::new();
    for (key, region) in
        [("primary", "us-east-1"), ("secondary", "eu-west-1"), ("failover", "ap-southeast-1")]
    {
        bench.ok(&["sandbox", "break", region]);
        let (failing, _) = verified(&bench);
        let lies_there = |check: &&String| {
            check.ends_with(&format!("[{key}]")) || IN_A_REGION.contains(&(check.as_str(), key))
        };
        assert_eq!(failing, all.iter().filter(lies_there).cloned().collect(), "{region} is broken");
        bench.ok(&["sandbox", "heal", region]);
        ever.extend(failing);
    }
    // What is asked of the whole has no region that could break: its own tests make it fail.
    let is_of_the_whole = |check: &&String| {
        let lies_in_one = check.ends_with(']') || IN_A_REGION.iter().any(|(name, _)| name == check);
        !lies_in_one || OF_NO_REGION.iter().any(|name| check.starts_with(name))
    };
    assert_eq!(&all - &ever, all.iter().filter(is_of_the_whole).cloned().collect());
}

/// What is done to the applied platform, and the checks that have to fail for it.
struct Cause {
    command: Vec<String>,
    fails: Vec<String>,
}

impl Cause {
    fn new(command: &[&str], fails: Vec<String>) -> Self {
        Self { command: command.iter().map(|&word| word.to_owned()).collect(), fails }
    }
}

/// Asserts that each cause makes its checks fail, and no other ones.
///
/// Every verification takes seconds, so that not each cause has one of its own: cause number n is there in
/// the rounds of the bits of n, and its checks have to fail in exactly those.
fn assert_causes(causes: &[Cause]) {
    let rounds = usize::BITS - causes.len().leading_zeros();
    for round in 0..rounds {
        let bench = applied();
        let of_round = causes.iter().enumerate().filter(|(index, _)| (index + 1) >> round & 1 == 1);
        let (mut expected, mut done) = (BTreeSet::new(), Vec::new());
        for (_, cause) in of_round {
            let command: Vec<&str> = cause.command.iter().map(String::as_str).collect();
            bench.ok(&command);
            expected.extend(cause.fails.iter().cloned());
            done.push(command.join(" "));
        }
        assert_eq!(verified(&bench).0, expected, "after {done:#?}");
    }
}

/// Asserts that each edit of what is there makes its check fail, and no other one.
fn assert_damages(damages: &[(&str, &[&str])]) {
    let cause = |(check, edit): &(&str, &[&str])| {
        Cause::new(&[&["sandbox", "edit"], *edit].concat(), vec![(*check).to_owned()])
    };
    assert_causes(&damages.iter().map(cause).collect::<Vec<_>>());
}

/// Asserts that each figure of the sandbox makes its check fail, and no other one.
fn assert_figures(figures: &[(&str, &str, &str)]) {
    let cause = |(check, figure, value): &(&str, &str, &str)| {
        Cause::new(&["sandbox", "figure", figure, value], vec![(*check).to_owned()])
    };
    assert_causes(&figures.iter().map(cause).collect::<Vec<_>>());
}

/// The same of checks that have an instance for each region, which all fail.
fn assert_figures_everywhere(figures: &[(&str, &str, &str)]) {
    let (_, all) = verified(&applied());
    let cause = |(check, figure, value): &(&str, &str, &str)| {
        let instances: Vec<_> =
            all.iter().filter(|name| name.split('[').next() == Some(check)).cloned().collect();
        assert!(!instances.is_empty(), "there is no check {check}");
        Cause::new(&["sandbox", "figure", figure, value], instances)
    };
    assert_causes(&figures.iter().map(cause).collect::<Vec<_>>());
}

/// What of the others changes when a region goes, and how the paths of its fields begin.
const FOLLOWING: &[(&str, &[&str])] = &[
    // Secrets had a replica there.
    ("database.credential[", &["replica_regions[=ap-southeast-1]"]),
    ("scaling.cache_credential[", &["replica_regions[=ap-southeast-1]"]),
    ("failure-agent/key[", &["replica_regions[=ap-southeast-1]"]),
    // Images went there too.
    ("gitops.image_replication", &["rules"]),
    // Of two regions each bears more of the other's load than of three.
    ("scaling.forecast[", &["manifest.spec.jobTemplate.spec.template"]),
    ("scaling.", &["manifest.spec.maxReplicas", "value.failure-agent.maxReplicas"]),
    // Runbooks name every region, and each region asks the others.
    ("observability.probes[", &["manifest"]),
    ("recovery.names[", &[""]),
    ("recovery.runbooks[", &[""]),
    ("recovery.probe[", &[""]),
    ("recovery.nobody_took_over", &["child_health_checks", "health_threshold"]),
    ("recovery.stands_by", &["child_health_checks", "health_threshold"]),
    ("failover/", &[""]),
];

#[test]
fn a_region_that_goes_takes_only_its_own_along() {
    let bench = applied();
    let environment = "stacks/environments/sandbox.yaml";
    let text = bench.read(environment);
    let start = text.find("  failover:\n").unwrap();
    let end = text.find("settings:\n").unwrap();
    bench.write(environment, &format!("{}{}", &text[..start], &text[end..]));
    let plan = bench.ok(&["plan", "--format", "json"]).json();
    for operation in plan["operations"].as_array().unwrap() {
        let address = operation["address"].as_str().unwrap();
        match operation["action"].as_str().unwrap() {
            "check" => {}
            "delete" => {
                assert!(address.contains("[failover") || address.ends_with("-failover]"), "{address}");
            }
            "update" => {
                let (_, fields) = FOLLOWING
                    .iter()
                    .find(|(of, _)| address.contains(of))
                    .unwrap_or_else(|| panic!("{address} changes too"));
                for change in operation["changes"].as_array().unwrap() {
                    let path = change["path"].as_str().unwrap();
                    assert!(fields.iter().any(|start| path.starts_with(start)), "{address}: {path}");
                }
            }
            other => panic!("{other} {address}"),
        }
    }
}

#[test]
fn a_region_that_breaks_in_the_middle_stops_only_what_needs_it() {
    let bench = platform();
    bench.ok(&["sandbox", "break", "us-east-1", "--at", "12m"]);
    let ran = bench.exits(4, &["apply", "--yes"]);
    assert!(ran.err.contains("not tried"), "{}", ran.err);
    let made = bench.ok(&["state", "list"]).out;
    let of = |key: &str| made.lines().filter(|line| line.contains("/cluster.") && line.contains(key)).count();
    assert_eq!(of("[secondary"), of("[failover"));
    assert!(of("[primary") < of("[secondary"), "{made}");
    bench.ok(&["sandbox", "heal", "us-east-1"]);
    bench.ok(&["apply", "--yes"]);
    bench.exits(0, &["plan", "--detailed-exitcode"]);
}
