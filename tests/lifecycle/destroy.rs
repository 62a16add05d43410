//! The end of everything.

use ninefold::targets::sandbox::{CallKind, Fault, FaultRule, Faults};

use crate::bench::{Bench, shown};
use crate::create::NETWORK;

#[test]
fn destroying_empties_world_and_state() {
    let bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let applied = bench.destroy().succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.note", "delete s/p.inner", "delete s/p.vpc"]);
    assert!(bench.objects().is_empty());
    assert!(bench.state().resources.is_empty());
    assert!(bench.destroy().succeeded().plan.operations.is_empty());
}

#[test]
fn destroying_takes_what_replacements_left_behind_along_in_order() {
    let network = |cidr: &str| {
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: {{ cidr_block: 10.0.0.0/16 }}\ninner:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  replace: create_first\n  spec: {{ vpc_id: \"{{{{ vpc.id }}}}\", cidr_block: {cidr} }}\n"
        )
    };
    let mut bench = Bench::new(1, &network("10.0.1.0/24"));
    bench.apply().succeeded();
    bench.set(&network("10.0.2.0/24"));
    let denied = Fault::Refused {
        kind: ninefold::kinds::ErrorKind::Denied,
        code: "UnauthorizedOperation".into(),
        message: "no".into(),
    };
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Delete, "aws.ec2.subnet", 1, denied)],
        ..Faults::default()
    });
    assert_eq!(bench.apply().applied().summary.failed.len(), 1);
    let applied = bench.destroy().succeeded();
    let steps = shown(&applied.plan);
    assert_eq!(steps.last().unwrap(), "delete s/p.vpc");
    let last = applied.plan.operations.last().unwrap();
    assert_eq!(last.waits_for.len(), 2, "{:#?}", applied.plan.operations);
    assert!(bench.objects().is_empty());
    assert!(bench.state().deposed.is_empty());
}
