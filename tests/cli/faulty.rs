//! A configuration with faults: what needs only state and world goes on without it.

use crate::bench::{Bench, NETWORK, SANDBOX, VPC};

const SUBNET: &str = "platform/network.subnets[primary-a]";
const OTHER: &str = "platform/network.subnets[primary-b]";

/// Everything that reads or changes state and world, and asks for no graph.
fn works_alone(bench: &Bench) {
    bench.exits(1, &["plan"]);
    bench.exits(1, &["validate"]);
    assert_eq!(bench.ok(&["state", "list"]).out.lines().count(), 4);
    assert!(bench.ok(&["state", "show", VPC]).out.contains("10.0.0.0/16"));
    assert!(bench.ok(&["state", "history"]).out.contains("begins"));
    bench.ok(&["sandbox", "status"]);
    bench.ok(&["sandbox", "faults", "--throttled", "1"]);
    bench.ok(&["sandbox", "faults", "--clear"]);
    let none = bench.exits(1, &["sandbox", "break", "us-west-1"]);
    assert!(none.err.contains("eu-west-1"), "{}", none.err);
    bench.ok(&["sandbox", "break", "eu-west-1"]);
    bench.ok(&["sandbox", "heal"]);
    bench.ok(&["drift"]);
    bench.ok(&["sandbox", "edit", VPC, "enable_dns_hostnames=false", "--by", "carol"]);
    let drift = bench.exits(2, &["drift"]);
    for part in [VPC, "enable_dns_hostnames", "carol"] {
        assert!(drift.out.contains(part), "{part} is missing: {}", drift.text());
    }
    assert!(drift.err.contains("`ninefold validate`"), "{}", drift.err);
    bench.ok(&["state", "mv", OTHER, "platform/network.other", "--yes"]);
    let removed = bench.ok(&["state", "rm", "platform/network.other", "--yes"]);
    assert!(!removed.err.contains("declares"), "what it declares isn't known: {}", removed.err);
    bench.ok(&["sandbox", "reset", "--yes"]);
    assert_eq!(bench.objects(), 0);
}

#[test]
fn a_file_that_is_no_yaml_stops_neither_state_nor_sandbox_nor_drift() {
    let bench = Bench::applied();
    bench.write(NETWORK, "phase: [network\n");
    works_alone(&bench);
    let drift = bench.run(&["drift"]);
    assert!(drift.err.contains(NETWORK) && drift.err.contains("`ignore`"), "{}", drift.err);
}

#[test]
fn nor_does_a_fault_of_the_graph() {
    let bench = Bench::applied();
    bench.replace(NETWORK, "{{ vpc[each.value.region.key].id }}", "{{ vcp[each.value.region.key].id }}");
    works_alone(&bench);
}

#[test]
fn nor_does_a_file_that_can_not_be_read_at_all() {
    let bench = Bench::applied();
    std::fs::create_dir_all(bench.path("templates")).unwrap();
    std::fs::write(bench.path("templates/picture.png"), [0x89, 0xff, 0xfe]).unwrap();
    works_alone(&bench);
}

#[test]
fn what_is_ignored_is_no_drift_where_its_file_can_be_read() {
    let bench = Bench::new();
    bench.replace(NETWORK, "      - field: tags.cost-centre\n", "      - field: tags.Name\n");
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["sandbox", "edit", SUBNET, "tags.Name=theirs"]);
    bench.ok(&["drift"]);
    bench.replace(NETWORK, "{{ vpc[each.value.region.key].id }}", "{{ vcp[each.value.region.key].id }}");
    let drift = bench.ok(&["drift"]);
    assert!(!drift.err.contains("`ignore`"), "they were all read: {}", drift.err);
    bench.write(NETWORK, "phase: [network\n");
    let drift = bench.exits(2, &["drift"]);
    assert!(drift.out.contains(SUBNET) && drift.err.contains("`ignore`"), "{}", drift.text());
}

#[test]
fn the_file_of_the_environment_is_needed() {
    let bench = Bench::applied();
    bench.replace(SANDBOX, "target: sandbox", "target: sandbx");
    for arguments in [&["state", "list"][..], &["sandbox", "status"], &["drift"]] {
        let failed = bench.exits(1, arguments);
        assert!(failed.err.contains("sandbx") && failed.err.contains(SANDBOX), "{}", failed.err);
    }
    let unknown = bench.exits(1, &["state", "list", "-e", "sandbax"]);
    assert!(unknown.err.contains("sandbax"), "{}", unknown.err);
}
