//! Looking into the state, putting it right, and taking existing things over.

use crate::bench::{Bench, VPC};

const SUBNET: &str = "platform/network.subnets[primary-b]";

#[test]
fn list_prints_one_address_a_line() {
    let bench = Bench::applied();
    let all = bench.ok(&["state", "list"]).out;
    assert_eq!(all.lines().count(), 4, "{all}");
    let subnets = bench.ok(&["state", "list", "platform/network.subnets"]).out;
    assert_eq!(subnets, "platform/network.subnets[primary-a]\nplatform/network.subnets[primary-b]\n");
    let unknown = bench.exits(1, &["state", "show", "platform/network.vpc[primry]"]);
    assert!(unknown.err.contains(VPC), "{}", unknown.err);
    let vpc = bench.ok(&["state", "show", VPC, "--format", "json"]).json();
    assert_eq!(
        (&vpc["kind"], &vpc["recorded"]["cidr_block"]),
        (&"aws.ec2.vpc".into(), &"10.0.0.0/16".into())
    );
    assert!(bench.ok(&["state", "show", VPC]).out.contains("10.0.0.0/16"));
}

#[test]
fn what_is_forgotten_can_be_imported_and_nothing_changes() {
    let bench = Bench::applied();
    let id =
        bench.ok(&["state", "show", SUBNET, "--format", "json"]).json()["id"].as_str().unwrap().to_owned();
    let objects = bench.objects();
    let taken = bench.exits(3, &["import", SUBNET, &id]);
    assert!(taken.err.contains("already"), "{}", taken.err);
    bench.ok(&["state", "rm", SUBNET, "--yes"]);
    bench.exits(1, &["import", SUBNET, "subnet-00000000000000000"]);
    bench.exits(1, &["import", SUBNET, "nonsense"]);
    bench.ok(&["import", SUBNET, &id]);
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    assert_eq!(bench.objects(), objects);
    let history = bench.ok(&["state", "history"]).out;
    assert!(history.contains(&format!("import {SUBNET} {id}")), "{history}");
    assert!(history.contains(&format!("state rm {SUBNET}")), "{history}");
}

#[test]
fn an_edit_of_what_was_imported_is_drift_at_once() {
    let bench = Bench::applied();
    let id =
        bench.ok(&["state", "show", SUBNET, "--format", "json"]).json()["id"].as_str().unwrap().to_owned();
    bench.ok(&["state", "rm", SUBNET, "--yes"]);
    let imported = bench.ok(&["import", SUBNET, &id]);
    assert!(imported.err.contains("as the configuration declares it"), "{}", imported.err);
    bench.ok(&["plan", "--detailed-exitcode"]);
    bench.ok(&["drift"]);
    bench.ok(&["sandbox", "edit", SUBNET, "tags.Name=theirs", "tags.cost-centre=north"]);
    let drift = bench.exits(2, &["drift"]).out;
    assert!(drift.contains("tags.Name") && !drift.contains("cost-centre"), "{drift}");
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["drift"]);
    bench.is_settled();
}

#[test]
fn of_what_was_imported_only_what_matches_counts_as_set() {
    let bench = Bench::applied();
    let id = bench.ok(&["state", "show", VPC, "--format", "json"]).json()["id"].as_str().unwrap().to_owned();
    bench.ok(&["state", "rm", VPC, "--yes"]);
    bench.ok(&["sandbox", "edit", &id, "enable_dns_hostnames=false", "tags.owner=them"]);
    bench.ok(&["import", VPC, &id]);
    let vpc = bench.ok(&["state", "show", VPC, "--format", "json"]).json();
    let recorded = &vpc["recorded"];
    assert_eq!(recorded["cidr_block"], "10.0.0.0/16");
    assert_eq!(recorded["tags"], serde_json::json!({ "Name": "sandbox-primary" }));
    assert!(recorded.get("enable_dns_hostnames").is_none(), "{recorded}");
    // What differs was never set by us: a plan shows it, and drift has nothing to compare it with.
    bench.ok(&["drift"]);
    bench.exits(2, &["plan", "--detailed-exitcode"]);
    bench.ok(&["sandbox", "edit", VPC, "tags.Name=theirs"]);
    let drift = bench.exits(2, &["drift"]).out;
    assert!(drift.contains("tags.Name") && !drift.contains("tags.owner"), "{drift}");
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["drift"]);
    bench.is_settled();
}

#[test]
fn another_address_is_no_change_of_the_thing() {
    let bench = Bench::applied();
    bench.exits(3, &["state", "mv", SUBNET, "platform/network.subnets[primary-a]", "--yes"]);
    bench.exits(3, &["state", "mv", SUBNET, "platform/network.inventory", "--yes"]);
    bench.replace("phases/1-network.yaml", "  subnets:\n", "  part:\n");
    bench.replace("phases/1-network.yaml", "{{ subnets | attr('id') }}", "{{ part | attr('id') }}");
    bench.ok(&["state", "mv", "platform/network.subnets", "platform/network.part", "--yes"]);
    bench.is_settled();
    bench.ok(&["drift"]);
}
