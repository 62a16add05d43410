//! Replacements, in both orders.

use ninefold::model::Action;
use ninefold::plan::{PlanError, Reason, Selection};
use ninefold::targets::sandbox::{CallKind, Fault, FaultRule, Faults};

use crate::bench::{Bench, address, shown};

fn network(order: &str, cidr: &str) -> String {
    format!(
        "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  replace: {order}\n  spec: {{ cidr_block: {cidr}.0.0/16 }}\ninner:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  replace: {order}\n  spec: {{ vpc_id: \"{{{{ vpc.id }}}}\", cidr_block: {cidr}.1.0/24 }}\n"
    )
}

#[test]
fn deleting_first_goes_down_one_way_and_up_the_other() {
    let mut bench = Bench::new(1, &network("delete_first", "10.0"));
    bench.apply().succeeded();
    bench.set(&network("delete_first", "10.1"));
    let applied = bench.apply().succeeded();
    assert_eq!(
        shown(&applied.plan),
        ["delete s/p.inner", "delete s/p.vpc", "create s/p.vpc", "create s/p.inner"]
    );
    bench.assert_settled();
}

#[test]
fn creating_first_keeps_the_old_objects_in_state_until_they_are_deleted() {
    let mut bench = Bench::new(1, &network("create_first", "10.0"));
    bench.apply().succeeded();
    let old = bench.id("s/p.vpc");
    bench.set(&network("create_first", "10.1"));
    let refused = Fault::Refused {
        kind: ninefold::kinds::ErrorKind::Denied,
        code: "UnauthorizedOperation".into(),
        message: "not now".into(),
    };
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Delete, "aws.ec2.vpc", 1, refused)],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    assert_eq!(
        shown(&applied.plan),
        ["create s/p.vpc", "create s/p.inner", "delete s/p.inner", "delete s/p.vpc"]
    );
    assert_eq!(applied.summary.failed.len(), 1);
    let state = bench.state();
    assert_eq!(state.deposed[&address("s/p.vpc")][0].resource.id.as_str(), old);
    assert_ne!(bench.id("s/p.vpc"), old);
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.vpc"]);
    assert!(bench.state().deposed.is_empty());
    bench.assert_settled();
}

#[test]
fn creating_first_spreads_to_what_it_depends_on() {
    let workspace = |cidr: &str| network("create_first", cidr).replacen("create_first", "delete_first", 1);
    let mut bench = Bench::new(1, &workspace("10.0"));
    bench.apply().succeeded();
    bench.set(&workspace("10.1"));
    let applied = bench.apply().succeeded();
    assert_eq!(
        shown(&applied.plan),
        ["create s/p.vpc", "create s/p.inner", "delete s/p.inner", "delete s/p.vpc"]
    );
    bench.assert_settled();
}

fn role(path: &str) -> String {
    format!(
        "role:\n  kind: aws.iam.role\n  replace: create_first\n  spec:\n    name: one\n    path: {path}\n    assume_role_policy: {{ Version: \"2012-10-17\", Statement: [{{ Effect: Allow, Principal: {{ Service: ec2.amazonaws.com }}, Action: \"sts:AssumeRole\" }}] }}\n"
    )
}

#[test]
fn two_objects_cant_have_one_identity_at_a_time() {
    let mut bench = Bench::new(1, &role("/"));
    bench.apply().succeeded();
    bench.set(&role("/team/"));
    let Err(PlanError::Refused(refused)) = bench.plan() else { panic!("it isn't refused") };
    assert!(refused[0].why.contains("`name` stays the same"), "{refused:?}");
    bench.set(&role("/team/").replace("create_first", "delete_first"));
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn what_failed_to_get_ready_is_replaced() {
    let bench = Bench::new(1, &network("delete_first", "10.0"));
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Create, "aws.ec2.vpc", 1, Fault::FailedCreation)],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    assert_eq!(applied.summary.failed.len(), 1);
    let plan = bench.plan().unwrap();
    assert_eq!(shown(&plan), ["delete s/p.vpc", "create s/p.vpc", "create s/p.inner"]);
    assert!(matches!(plan.operations[0].reasons[0], Reason::Tainted { .. }));
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn a_replacement_can_be_asked_for() {
    let bench = Bench::new(1, &network("delete_first", "10.0"));
    bench.apply().succeeded();
    let selection = Selection { replace: vec![address("s/p.inner")], ..Selection::default() };
    let applied = bench.apply_selected(&selection).succeeded();
    assert_eq!(shown(&applied.plan), ["delete s/p.inner", "create s/p.inner"]);
    assert_eq!(applied.plan.operations[0].reasons, [Reason::Requested]);
    bench.assert_settled();
}

#[test]
fn another_region_or_kind_is_another_resource() {
    let mut bench = Bench::new(1, &network("delete_first", "10.0"));
    bench.apply().succeeded();
    bench.set(&network("delete_first", "10.0").replace("us-east-1", "eu-west-1"));
    let applied = bench.apply().succeeded();
    assert_eq!(
        shown(&applied.plan),
        ["delete s/p.inner", "delete s/p.vpc", "create s/p.vpc", "create s/p.inner"]
    );
    bench.assert_settled();
    bench.set("vpc:\n  kind: aws.ec2.elastic_ip\n  region: us-east-1\n");
    bench.apply().succeeded();
    bench.assert_settled();
    assert_eq!(bench.objects().len(), 1);
}

#[test]
fn what_holds_by_a_name_is_replaced_with_what_it_holds() {
    let workspace = |cidr: &str| {
        format!(
            "role:\n  kind: aws.iam.role\n  spec:\n    name: node\n    path: {cidr}\n    assume_role_policy: {{ Version: \"2012-10-17\", Statement: [{{ Effect: Allow, Principal: {{ Service: ec2.amazonaws.com }}, Action: \"sts:AssumeRole\" }}] }}\nprofile:\n  kind: aws.iam.instance_profile\n  spec: {{ name: node, role: \"{{{{ role.name }}}}\" }}\n"
        )
    };
    let mut bench = Bench::new(1, &workspace("/a/"));
    bench.apply().succeeded();
    bench.set(&workspace("/b/"));
    let plan = bench.plan().unwrap();
    assert!(plan.operations.iter().any(|operation| operation.action == Action::Delete), "{:?}", shown(&plan));
}
