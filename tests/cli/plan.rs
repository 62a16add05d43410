//! Plans: when there is nothing to do, what is refused, and when a saved one is stale.

use crate::bench::{Bench, NETWORK, SANDBOX, VPC};

#[test]
fn a_second_plan_has_nothing_to_do() {
    let bench = Bench::new();
    let first = bench.exits(2, &["plan", "--detailed-exitcode", "--format", "json"]);
    assert_eq!(first.json()["changes"], true);
    bench.ok(&["apply", "--yes"]);
    let second = bench.ok(&["plan", "--detailed-exitcode", "--format", "json"]).json();
    assert_eq!((&second["changes"], &second["format_version"]), (&false.into(), &1.into()));
    let vpcs = bench.ok(&["output", "platform.vpcs"]).out;
    assert!(vpcs.contains("vpc-"), "{vpcs}");
}

#[test]
fn an_immutable_change_plans_a_replacement_with_its_reason_and_line() {
    let bench = Bench::applied();
    bench.replace(SANDBOX, "10.0.0.0/16 }\n  #", "10.9.0.0/16 }\n  #");
    let plan = bench.exits(2, &["plan", "--detailed-exitcode"]).out;
    assert!(plan.contains("cidr_block") && plan.contains("replace"), "{plan}");
    let line =
        bench.read(NETWORK).lines().position(|line| line.contains("cidr_block: \"{{ each.value.n")).unwrap();
    assert!(plan.contains(&format!("{NETWORK}:{}", line + 1)), "{plan}");
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
}

#[test]
fn what_is_protected_is_neither_replaced_nor_deleted() {
    let bench = Bench::new();
    bench.replace(
        NETWORK,
        "    spec:\n      cidr_block: \"{{ each.value.network }}\"",
        "    protect: true\n    spec:\n      cidr_block: \"{{ each.value.network }}\"",
    );
    bench.ok(&["apply", "--yes"]);
    let objects = bench.objects();
    bench.replace(SANDBOX, "10.0.0.0/16 }\n  #", "10.9.0.0/16 }\n  #");
    let refused = bench.exits(3, &["plan"]);
    assert!(refused.err.contains(VPC), "{}", refused.err);
    bench.exits(3, &["apply", "--yes"]);
    bench.exits(3, &["destroy", "--yes"]);
    bench.write(NETWORK, "phase: network\nsettings: { owner: { type: string } }\noutputs: { vpcs: none }\n");
    let refused = bench.exits(3, &["apply", "--yes"]);
    assert!(refused.err.contains(VPC), "{}", refused.err);
    assert_eq!(bench.objects(), objects);
}

#[test]
fn a_saved_plan_is_applied_as_it_was_approved() {
    let bench = Bench::new();
    bench.ok(&["plan", "--out", "plan.json"]);
    bench.ok(&["show", "plan.json"]);
    bench.ok(&["apply", "plan.json"]);
    bench.is_settled();
}

#[test]
fn a_saved_plan_is_refused_when_the_configuration_has_changed() {
    let bench = Bench::new();
    bench.ok(&["plan", "--out", "plan.json"]);
    bench.replace(SANDBOX, "somebody@example.com", "another@example.com");
    let refused = bench.exits(3, &["apply", "plan.json"]);
    assert!(refused.err.contains("configuration"), "{}", refused.err);
    assert_eq!(bench.objects(), 0);
}

#[test]
fn a_saved_plan_is_refused_when_the_state_has_changed() {
    let bench = Bench::applied();
    bench.replace(SANDBOX, "somebody@example.com", "another@example.com");
    bench.ok(&["plan", "--out", "plan.json"]);
    bench.ok(&["state", "rm", "platform/network.inventory", "--yes"]);
    bench.exits(3, &["apply", "plan.json"]);
}

#[test]
fn without_a_terminal_nobody_is_asked_and_nothing_done() {
    let bench = Bench::new();
    let refused = bench.exits(3, &["apply"]);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(bench.objects(), 0);
    bench.ok(&["apply", "--yes"]);
    for command in [&["destroy"][..], &["sandbox", "reset"], &["state", "rm", "platform/network.inventory"]] {
        bench.exits(3, command);
    }
    bench.is_settled();
}

#[test]
fn destroy_leaves_nothing() {
    let bench = Bench::applied();
    assert!(bench.objects() > 0);
    bench.ok(&["destroy", "--yes"]);
    assert_eq!((bench.objects(), bench.ok(&["state", "list"]).out.as_str()), (0, ""));
}

#[test]
fn the_environment_may_come_from_a_variable() {
    let bench = Bench::new();
    let text = bench.read(SANDBOX).replace("environment: sandbox", "environment: second");
    bench.write("stacks/environments/second.yaml", &text);
    let applied = bench.run_with(("NINEFOLD_ENV", "second"), &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}", applied.err);
    assert_eq!(bench.ok(&["state", "list"]).out, "");
    assert!(bench.ok(&["state", "list", "-e", "second"]).out.contains(VPC));
    assert_eq!(bench.run_with(("NINEFOLD_ENV", "nowhere"), &["plan"]).code, 1);
}

#[test]
fn a_selection_of_what_is_not_there_is_an_error() {
    let bench = Bench::applied();
    for (arguments, hint) in [
        (["plan", "--stack", "plattform"], "`platform`"),
        (["plan", "--phase", "netwrk"], "`network`"),
        (["plan", "--only", "platform/network.vcp[primary]"], VPC),
        (["plan", "--target", "platform/network.vcp[primary]"], VPC),
        (["plan", "--exclude", "platform/network.subnet[primary-a]"], "platform/network.subnets[primary-a]"),
        (["plan", "--replace", "platform/network.vpc[primry]"], VPC),
        (["drift", "--only", "platform/network.vcp[primary]"], VPC),
        (["graph", "--phase", "netwrk"], "`network`"),
        (["destroy", "--stack", "plattform"], "`platform`"),
        (["verify", "--phase", "netwrk"], "`network`"),
    ] {
        let failed = bench.exits(1, &arguments);
        assert!(
            failed.err.contains("there is no") && failed.err.contains(hint),
            "{arguments:?}: {}",
            failed.err
        );
    }
    // A name without a key stands for all instances, and what only state knows is there too.
    bench.ok(&["plan", "--only", "platform/network.subnets", "--detailed-exitcode"]);
    bench.replace(NETWORK, "  inventory:\n", "  other:\n");
    bench.exits(2, &["plan", "--only", "platform/network.inventory", "--detailed-exitcode"]);
}

#[test]
fn what_asks_no_provider_needs_no_build_that_can_reach_one() {
    let bench = Bench::new();
    let production = bench.read(SANDBOX).replace("sandbox", "production");
    bench.write(
        "stacks/environments/production.yaml",
        &production.replace("target: production", "target: aws"),
    );
    bench.ok(&["validate", "-e", "production"]);
    assert_eq!(bench.ok(&["eval", "-e", "production", "env.name"]).out, "\"production\"\n");
    bench.ok(&["graph", "-e", "production"]);
    assert_eq!(bench.ok(&["state", "list", "-e", "production"]).out, "");
    let by_variable = bench.run_with(("NINEFOLD_ENV", "production"), &["eval", "env.name"]);
    assert_eq!(by_variable.out, "\"production\"\n", "{}", by_variable.text());
    // With no passphrase, or with no calls in this build, it stops before anything is done.
    bench.exits(1, &["plan", "-e", "production"]);
    bench.exits(1, &["drift", "-e", "production"]);
}
