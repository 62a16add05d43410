//! Changes behind our back, and what the next apply makes of them.

use ninefold::targets::sandbox::Selector;

use crate::bench::{Bench, shown};
use crate::create::NETWORK;

#[test]
fn an_outside_edit_is_repaired_and_nothing_else_is_touched() {
    let bench = Bench::new(1, &NETWORK.replace("10.0.0.0/16 }", "10.0.0.0/16, enable_dns_hostnames: true }"));
    bench.apply().succeeded();
    bench.edit("s/p.vpc", "enable_dns_hostnames", Some(false.into()));
    bench.edit("s/p.vpc", "tags.owner", Some("somebody".into()));
    let before = bench.objects();
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.vpc"]);
    let paths: Vec<String> =
        applied.plan.operations[0].changes.iter().map(|change| change.path.to_string()).collect();
    assert_eq!(paths, ["enable_dns_hostnames"]);
    for object in bench.objects() {
        if &*object.key.kind == "aws.ec2.vpc" {
            assert_eq!(object.attributes["enable_dns_hostnames"], true);
            assert_eq!(object.attributes["tags"]["owner"], "somebody");
        } else {
            assert!(before.contains(&object));
        }
    }
    bench.assert_settled();
}

#[test]
fn an_ignored_field_is_others() {
    let bench = Bench::new(
        1,
        "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  ignore: [{ field: enable_dns_hostnames, reason: theirs }]\n  spec: { cidr_block: 10.0.0.0/16, enable_dns_hostnames: true }\n",
    );
    bench.apply().succeeded();
    bench.edit("s/p.vpc", "enable_dns_hostnames", Some(false.into()));
    bench.assert_settled();
}

#[test]
fn an_ignored_field_is_ours_again_when_its_last_day_is_over() {
    let network = |until: &str| {
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  ignore: [{{ field: enable_dns_hostnames, reason: theirs, until: {until} }}]\n  spec: {{ cidr_block: 10.0.0.0/16, enable_dns_hostnames: true }}\n"
        )
    };
    let mut bench = Bench::new(1, &network("2026-01-01"));
    bench.apply().succeeded();
    bench.edit("s/p.vpc", "enable_dns_hostnames", Some(false.into()));
    bench.assert_settled();
    bench.set(&network("2025-12-31"));
    assert_eq!(shown(&bench.apply().succeeded().plan), ["update s/p.vpc"]);
    let vpc = bench.objects().into_iter().find(|object| &*object.key.kind == "aws.ec2.vpc").unwrap();
    assert_eq!(vpc.attributes["enable_dns_hostnames"], true);
    bench.assert_settled();
}

#[test]
fn what_is_gone_from_the_world_is_made_again_with_what_needs_it() {
    let bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.sandbox().remove(&Selector::named("s/p.inner")).unwrap();
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["forget s/p.inner", "create s/p.inner", "update s/p.note"]);
    bench.assert_settled();
}

#[test]
fn a_network_that_is_gone_takes_its_subnet_along() {
    let bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.sandbox().remove(&Selector::named("s/p.inner")).unwrap();
    bench.sandbox().remove(&Selector::named("s/p.vpc")).unwrap();
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn a_network_that_is_gone_is_made_again_before_what_replaces_its_subnet() {
    let text = "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: { cidr_block: 10.0.0.0/16 }\ninner:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  replace: create_first\n  spec: { vpc_id: \"{{ vpc.id }}\", cidr_block: 10.0.1.0/24 }\n";
    let bench = Bench::new(1, text);
    bench.apply().succeeded();
    bench.sandbox().remove(&Selector::named("s/p.vpc")).unwrap();
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn what_was_removed_from_the_world_and_from_the_configuration_is_forgotten() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.sandbox().remove(&Selector::named("s/p.inner")).unwrap();
    bench.set("vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: { cidr_block: 10.0.0.0/16 }\n");
    let applied = bench.apply().succeeded();
    assert!(shown(&applied.plan).contains(&"forget s/p.inner".to_owned()), "{:?}", shown(&applied.plan));
    bench.assert_settled();
}
