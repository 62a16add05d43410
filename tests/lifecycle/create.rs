//! Making resources, and changing them in place.

use crate::bench::{Bench, shown, sorted};

pub const NETWORK: &str = r#"
vpc:
  kind: aws.ec2.vpc
  region: us-east-1
  spec: { cidr_block: 10.0.0.0/16 }
inner:
  kind: aws.ec2.subnet
  region: us-east-1
  spec: { vpc_id: "{{ vpc.id }}", cidr_block: 10.0.1.0/24 }
note:
  kind: core.value
  spec: { value: "{{ inner.id }} in {{ vpc.id }}" }
"#;

#[test]
fn what_others_read_is_made_before_them_and_then_nothing_is_left_to_do() {
    let bench = Bench::new(1, NETWORK);
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.vpc", "create s/p.inner", "create s/p.note"]);
    bench.assert_settled();
    let note = &bench.state().resources[&crate::bench::address("s/p.note")];
    let expected = format!("{} in {}", bench.id("s/p.inner"), bench.id("s/p.vpc"));
    assert_eq!(note.observed.read()["value"], expected.as_str());
}

#[test]
fn values_that_are_unknown_when_planned_are_known_to_the_calls() {
    let bench = Bench::new(1, NETWORK);
    let plan = bench.plan().unwrap();
    let deferred: Vec<bool> = plan.operations.iter().map(|operation| operation.deferred).collect();
    assert_eq!(deferred, [false, true, true]);
    bench.apply().succeeded();
    let subnet = &bench.state().resources[&crate::bench::address("s/p.inner")];
    assert_eq!(subnet.observed.read()["vpc_id"], bench.id("s/p.vpc").as_str());
}

#[test]
fn an_update_touches_nothing_else() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let before = bench.objects();
    bench.set(&NETWORK.replace("10.0.0.0/16 }", "10.0.0.0/16, enable_dns_hostnames: true }"));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.vpc"]);
    let touched: Vec<String> = bench
        .objects()
        .into_iter()
        .filter(|object| !before.contains(object))
        .map(|object| object.key.kind.to_string())
        .collect();
    assert_eq!(touched, ["aws.ec2.vpc"]);
    bench.assert_settled();
}

#[test]
fn an_update_that_reaches_others_is_followed_by_them() {
    let mut bench = Bench::new(
        1,
        "a: { kind: core.value, spec: { value: 1 } }\nb: { kind: core.value, spec: { value: \"{{ a.value }}\" } }\n",
    );
    bench.apply().succeeded();
    bench.set("a: { kind: core.value, spec: { value: 2 } }\nb: { kind: core.value, spec: { value: \"{{ a.value }}\" } }\n");
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.a", "update s/p.b"]);
    assert_eq!(bench.state().resources[&crate::bench::address("s/p.b")].observed.read()["value"], 2);
    bench.assert_settled();
}

#[test]
fn a_map_that_others_add_to_is_read_with_what_they_added() {
    let tagged = |team: &str| {
        format!(
            "{}vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: {{ cidr_block: 10.0.0.0/16, tags: {{ team: {team} }} }}\nnote: {{ kind: core.value, spec: {{ value: \"{{{{ vpc.tags }}}}\" }} }}\n",
            ""
        )
    };
    let mut bench = Bench::new(1, &tagged("red"));
    bench.apply().succeeded();
    bench.edit("s/p.vpc", "tags.owner", Some("somebody".into()));
    bench.set(&tagged("blue"));
    let applied = bench.apply().succeeded();
    assert_eq!(sorted(&applied.plan), ["update s/p.note", "update s/p.vpc"]);
    let note = &bench.state().resources[&crate::bench::address("s/p.note")];
    assert_eq!(note.observed.read()["value"], serde_json::json!({ "team": "blue", "owner": "somebody" }));
    bench.assert_settled();
}

#[test]
fn a_plan_reads_as_it_was_written() {
    let mut bench = Bench::new(1, NETWORK);
    let first = bench.plan().unwrap();
    bench.apply().succeeded();
    bench.set("vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: { cidr_block: 10.1.0.0/16 }\n");
    let second = bench.plan().unwrap();
    for plan in [first, second] {
        let text = serde_json::to_string(&plan).unwrap();
        let read: ninefold::plan::Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(read, plan);
        assert_eq!(read.digest(), plan.digest());
    }
}
