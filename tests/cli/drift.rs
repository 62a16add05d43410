//! Drift: what is told, what isn't ours, and that an apply repairs it and nothing else.

use crate::bench::{Bench, VPC};

#[test]
fn an_edit_is_told_with_address_field_expected_and_found_and_repaired() {
    let bench = Bench::applied();
    bench.ok(&["drift"]);
    bench.ok(&["sandbox", "edit", VPC, "enable_dns_hostnames=false", "--by", "carol"]);
    let human = bench.exits(2, &["drift"]).out;
    for part in [VPC, "enable_dns_hostnames", "true", "false", "carol", "phases/1-network.yaml:"] {
        assert!(human.contains(part), "{part} is missing: {human}");
    }
    let json = bench.exits(2, &["drift", "--format", "json"]).out;
    assert!(json.contains("enable_dns_hostnames") && json.contains("format_version"), "{json}");
    for format in ["junit", "sarif", "markdown"] {
        let text = bench.exits(2, &["drift", "--format", format]).out;
        assert!(text.contains("enable_dns_hostnames"), "{format}: {text}");
    }
    let plan = bench.exits(2, &["plan", "--detailed-exitcode", "--format", "json"]).json();
    assert_eq!(plan["summary"]["update"], 1, "{}", plan["summary"]);
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["drift"]);
    bench.is_settled();
}

#[test]
fn what_is_ignored_or_was_never_set_is_no_drift() {
    let bench = Bench::applied();
    let subnet = "platform/network.subnets[primary-a]";
    bench.ok(&["sandbox", "edit", subnet, "tags.cost-centre=north"]);
    bench.ok(&["sandbox", "edit", VPC, "enable_network_address_usage_metrics=true"]);
    bench.ok(&["drift"]);
    bench.is_settled();
}

#[test]
fn what_is_gone_is_drift_and_made_again() {
    let bench = Bench::applied();
    let subnet = "platform/network.subnets[primary-b]";
    bench.ok(&["sandbox", "edit", subnet, "--delete"]);
    let found = bench.exits(2, &["drift"]).out;
    assert!(found.contains(subnet), "{found}");
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["drift"]);
}

#[test]
fn what_can_not_be_read_is_an_error_and_no_drift() {
    let bench = Bench::applied();
    bench.ok(&["sandbox", "break", "eu-west-1"]);
    bench.exits(1, &["drift"]);
    bench.ok(&["sandbox", "heal"]);
    bench.ok(&["drift"]);
}

#[test]
fn what_carries_our_tags_and_is_in_no_state_is_drift() {
    let bench = Bench::applied();
    bench.ok(&["state", "rm", "platform/network.subnets[primary-b]", "--yes"]);
    let found = bench.exits(2, &["drift"]).out;
    assert!(found.contains("subnet-"), "{found}");
}
