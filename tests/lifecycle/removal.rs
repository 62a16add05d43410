//! What goes, in which order.

use ninefold::apply::Event;

use crate::bench::{Bench, shown, sorted};
use crate::create::NETWORK;

#[test]
fn removal_goes_backwards() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.set("other: { kind: core.value, spec: { value: 1 } }\n");
    let applied = bench.apply().succeeded();
    let order: Vec<String> =
        shown(&applied.plan).into_iter().filter(|step| step.starts_with("delete")).collect();
    assert_eq!(order, ["delete s/p.note", "delete s/p.inner", "delete s/p.vpc"]);
    bench.assert_settled();
    let _ = Event::Stopping;
}

#[test]
fn a_key_that_goes_takes_only_its_own_along() {
    let zones = |zones: &str| {
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  for_each: {zones}\n  region: us-east-1\n  spec: {{ cidr_block: \"10.{{{{ each.value }}}}.0.0/16\" }}\ninner:\n  kind: aws.ec2.subnet\n  for_each: {zones}\n  region: us-east-1\n  spec: {{ vpc_id: \"{{{{ vpc[each.key].id }}}}\", cidr_block: \"10.{{{{ each.value }}}}.1.0/24\" }}\n"
        )
    };
    let mut bench = Bench::new(1, &zones("{ a: 1, b: 2, c: 3 }"));
    bench.apply().succeeded();
    bench.set(&zones("{ a: 1, c: 3 }"));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.inner[b]", "delete s/p.vpc[b]"]);
    bench.assert_settled();
}

#[test]
fn what_lets_go_is_changed_before_the_other_goes() {
    let groups = |referenced: &str, with_b: bool| {
        let b = "b:\n  kind: aws.ec2.security_group\n  region: us-east-1\n  spec: { group_name: b, description: b, vpc_id: \"{{ vpc.id }}\" }\n";
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: {{ cidr_block: 10.0.0.0/16 }}\n{}a:\n  kind: aws.ec2.security_group\n  region: us-east-1\n  spec: {{ group_name: a, description: a, vpc_id: \"{{{{ vpc.id }}}}\", ingress: [{referenced}] }}\n",
            if with_b { b } else { "" }
        )
    };
    let reference = "{ ip_protocol: tcp, from_port: 443, to_port: 443, referenced_group_id: \"{{ b.id }}\" }";
    let mut bench = Bench::new(1, &groups(reference, true));
    bench.apply().succeeded();
    bench.set(&groups("", false));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.a", "delete s/p.b"]);
    bench.assert_settled();
}

#[test]
fn a_failed_change_doesnt_lose_what_it_depends_on() {
    use ninefold::targets::sandbox::{CallKind, Fault, FaultRule, Faults};
    let groups = |reference: &str, with_b: bool| {
        let b = "b:\n  kind: aws.ec2.security_group\n  region: us-east-1\n  spec: { group_name: b, description: b, vpc_id: \"{{ vpc.id }}\" }\n";
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: {{ cidr_block: 10.0.0.0/16 }}\n{}a:\n  kind: aws.ec2.security_group\n  region: us-east-1\n  spec: {{ group_name: a, description: a, vpc_id: \"{{{{ vpc.id }}}}\", ingress: [{reference}] }}\n",
            if with_b { b } else { "" }
        )
    };
    let reference = "{ ip_protocol: tcp, from_port: 443, to_port: 443, referenced_group_id: \"{{ b.id }}\" }";
    let mut bench = Bench::new(1, &groups(reference, true));
    bench.apply().succeeded();
    bench.set(&groups("", false));
    let denied = Fault::Refused {
        kind: ninefold::kinds::ErrorKind::Denied,
        code: "UnauthorizedOperation".into(),
        message: "not now".into(),
    };
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Update, "aws.ec2.security_group", 1, denied)],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    assert_eq!(applied.summary.failed.len(), 1);
    assert_eq!(applied.summary.not_tried.len(), 1);
    // What the first run couldn't change still comes first.
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.a", "delete s/p.b"]);
    bench.assert_settled();
}

#[test]
fn deletions_are_never_refused_by_the_cloud() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.set("other: { kind: core.value, spec: { value: 1 } }\n");
    let applied = bench.apply().succeeded();
    // A refused deletion is tried again after a pause: none of them took one.
    for (address, _, took_ms) in &applied.summary.done {
        assert!(*took_ms < 8_000, "{address} took {took_ms} ms");
    }
    assert_eq!(sorted(&applied.plan).len(), 4);
}
