//! Resources that outlive their lines.

use ninefold::plan::PlanError;

use crate::bench::{Bench, shown};

fn vpc(meta: &str, cidr: &str) -> String {
    format!("vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  {meta}\n  spec: {{ cidr_block: {cidr} }}\n")
}

const OTHER: &str = "other: { kind: core.value, spec: { value: 1 } }\n";

#[track_caller]
fn refused(bench: &Bench) -> String {
    match bench.plan() {
        Err(PlanError::Refused(refused)) => refused[0].why.clone(),
        other => panic!("it isn't refused: {other:?}"),
    }
}

#[test]
fn a_protected_resource_is_neither_replaced_nor_deleted() {
    let mut bench = Bench::new(1, &vpc("protect: true", "10.0.0.0/16"));
    bench.apply().succeeded();
    bench.set(&vpc("protect: true", "10.1.0.0/16"));
    assert!(refused(&bench).contains("would be replaced because of `cidr_block`"));
    bench.set(OTHER);
    assert!(refused(&bench).contains("its lines are gone"));
    let Err(PlanError::Refused(_)) =
        bench.plan_selected(&ninefold::plan::Selection { destroy: true, ..Default::default() })
    else {
        panic!("it would be destroyed")
    };
}

#[test]
fn protection_that_comes_or_goes_is_remembered_though_nothing_else_changes() {
    let mut bench = Bench::new(1, &vpc("protect: false", "10.0.0.0/16"));
    bench.apply().succeeded();
    bench.set(&vpc("protect: true", "10.0.0.0/16"));
    bench.apply().succeeded();
    bench.set(OTHER);
    refused(&bench);
    bench.set(&vpc("protect: false", "10.0.0.0/16"));
    bench.apply().succeeded();
    bench.set(OTHER);
    bench.apply().succeeded();
    assert!(bench.objects().is_empty());
}

#[test]
fn a_retained_resource_is_forgotten() {
    let mut bench = Bench::new(1, &vpc("retain: true", "10.0.0.0/16"));
    bench.apply().succeeded();
    bench.set(OTHER);
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.other", "forget s/p.vpc"]);
    assert_eq!(bench.objects().len(), 1);
    assert_eq!(bench.ids().keys().collect::<Vec<_>>(), ["s/p.other"]);
}
