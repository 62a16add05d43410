//! Plans that were saved, approved, and carried out later.

use crate::bench::{Bench, Ended};
use crate::create::NETWORK;

#[track_caller]
fn refused(ended: Ended) -> String {
    match ended {
        Ended::Stopped(why) => why,
        other => panic!("it isn't refused: {other:?}"),
    }
}

#[test]
fn a_saved_plan_is_carried_out_as_it_stands() {
    let bench = Bench::new(1, NETWORK);
    let plan = bench.plan().unwrap();
    let plan = serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
    bench.apply_saved(&plan).succeeded();
    bench.assert_settled();
    // A second time there is nothing to do.
    let again = bench.apply_saved(&plan).succeeded();
    assert!(again.summary.done.is_empty(), "{:?}", again.summary.done);
}

#[test]
fn a_saved_plan_reads_what_it_leaves_as_it_is() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    bench.set(&format!("{NETWORK}more: {{ kind: core.value, spec: {{ value: \"{{{{ vpc.id }}}}\" }} }}\n"));
    let plan = bench.plan().unwrap();
    bench.apply_saved(&plan).succeeded();
    bench.assert_settled();
}

#[test]
fn a_saved_plan_is_refused_when_the_state_has_moved_on() {
    let mut bench = Bench::new(1, NETWORK);
    let plan = bench.plan().unwrap();
    bench.set("other: { kind: core.value, spec: { value: 1 } }\n");
    bench.apply().succeeded();
    bench.set(NETWORK);
    assert!(refused(bench.apply_saved(&plan)).contains("serial"));
    assert!(bench.objects().is_empty());
}

fn replaced(order: &str, cidr: &str) -> String {
    format!(
        "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  replace: {order}\n  spec: {{ cidr_block: {cidr}.0.0/16 }}\ninner:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  replace: {order}\n  spec: {{ vpc_id: \"{{{{ vpc.id }}}}\", cidr_block: {cidr}.1.0/24 }}\n"
    )
}

/// Kills the same plan at each of its wake-ups, and carries it out again.
fn killed_everywhere(order: &str) {
    let mut polls = 0;
    loop {
        let mut bench = Bench::new(1, &replaced(order, "10.0"));
        bench.apply().succeeded();
        bench.set(&replaced(order, "10.1"));
        let plan = bench.plan().unwrap();
        let ended = bench.apply_saved_until_crash(&plan, polls);
        let again = bench.apply_saved(&plan);
        let Ended::Applied(again) = again else { panic!("killed at {polls}: {again:?}") };
        assert!(again.summary.failed.is_empty(), "killed at {polls}: {:?}", again.summary.failed);
        bench.assert_settled();
        assert_eq!(bench.objects().len(), 2, "killed at {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 20);
}

#[test]
fn a_killed_plan_goes_on_where_it_stood_deleting_first() {
    killed_everywhere("delete_first");
}

#[test]
fn a_killed_plan_goes_on_where_it_stood_creating_first() {
    killed_everywhere("create_first");
}

#[test]
fn a_killed_update_is_not_taken_for_done() {
    let vpc = |hostnames: bool| {
        format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: {{ cidr_block: 10.0.0.0/16, enable_dns_hostnames: {hostnames} }}\n"
        )
    };
    let mut polls = 0;
    loop {
        let mut bench = Bench::new(1, &vpc(false));
        bench.apply().succeeded();
        bench.set(&vpc(true));
        let plan = bench.plan().unwrap();
        let ended = bench.apply_saved_until_crash(&plan, polls);
        bench.apply_saved(&plan).succeeded();
        bench.assert_settled();
        assert_eq!(bench.objects()[0].attributes["enable_dns_hostnames"], true, "killed at {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
}
