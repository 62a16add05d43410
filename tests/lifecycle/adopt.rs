//! Things that others have made.

use ninefold::kinds::Scope;
use ninefold::model::FieldPath;
use ninefold::plan::PlanError;
use ninefold::targets::sandbox::Selector;
use serde_json::json;

use crate::bench::{Bench, address, shown};

fn planted(bench: &Bench) -> String {
    let scope = Scope { region: Some("us-east-1".into()), cluster: None };
    let spec = json!({ "cidr_block": "10.9.0.0/16", "tags": { "owner": "somebody" } });
    bench.sandbox().plant("aws.ec2.vpc", &scope, &spec).unwrap().id.to_string()
}

fn vpc(meta: &str, spec: &str) -> String {
    format!(
        "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  {meta}\n  spec: {{ {spec} }}\nnote: {{ kind: core.value, spec: {{ value: \"{{{{ vpc.cidr_block }}}}\" }} }}\n"
    )
}

#[test]
fn an_adopted_thing_is_ours_from_then_on() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    bench.set(&vpc(&format!("adopt: {id}"), "cidr_block: 10.9.0.0/16, enable_dns_hostnames: true"));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["adopt s/p.vpc", "create s/p.note"]);
    assert_eq!(bench.id("s/p.vpc"), id);
    bench.assert_settled();
    let object = &bench.objects()[0];
    assert_eq!(object.attributes["enable_dns_hostnames"], true);
    assert_eq!(object.attributes["tags"]["owner"], "somebody");
}

#[test]
fn an_adoption_that_is_killed_is_made_again() {
    let mut polls = 0;
    loop {
        let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
        let id = planted(&bench);
        bench.set(&vpc(&format!("adopt: {id}"), "cidr_block: 10.9.0.0/16, enable_dns_hostnames: true"));
        let ended = bench.apply_until_crash(&Default::default(), polls);
        bench.apply().succeeded();
        bench.assert_settled();
        let state = bench.state();
        assert!(!state.resources[&address("s/p.vpc")].recorded.is_null(), "killed at {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
}

#[test]
fn what_cant_be_adopted_is_refused() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    bench.set(&vpc(&format!("adopt: {id}"), "cidr_block: 10.8.0.0/16"));
    let Err(PlanError::Refused(refused)) = bench.plan() else { panic!("it isn't refused") };
    assert!(refused[0].why.contains("`cidr_block`"), "{refused:?}");
    bench.set(&vpc("adopt: vpc-00000000000000000", "cidr_block: 10.9.0.0/16"));
    let Err(PlanError::Refused(refused)) = bench.plan() else { panic!("it isn't refused") };
    assert!(refused[0].why.contains("can't be read"), "{refused:?}");
}

#[test]
fn what_is_looked_up_is_read_and_never_changed() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    bench.set(&vpc(&format!("lookup: {id}"), "cidr_block: 10.9.0.0/16"));
    let before = bench.objects();
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["read s/p.vpc", "create s/p.note"]);
    assert_eq!(bench.state().resources[&address("s/p.note")].observed.read()["value"], "10.9.0.0/16");
    assert!(bench.plan().unwrap().operations.is_empty());
    bench.destroy().succeeded();
    assert_eq!(bench.objects(), before);
    assert!(bench.state().resources.is_empty());
}

#[test]
fn what_is_looked_up_needs_no_spec() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    for spec in ["", "  spec: {}\n", "  spec: { tags: { owner: somebody } }\n"] {
        bench.set(&format!(
            "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  lookup: {id}\n{spec}\
             part:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  spec:\n    vpc_id: \"{{{{ vpc.id }}}}\"\n    \
             cidr_block: \"{{{{ subnet(vpc.cidr_block, 8, 1) }}}}\"\n    availability_zone: us-east-1a\n"
        ));
        // What only reading tells isn't known to those who don't read.
        bench.environment().1.validate().unwrap_or_else(|faults| panic!("{faults:#?}"));
        bench.apply().succeeded();
        let subnet = &bench.state().resources[&address("s/p.part")];
        assert_eq!(subnet.observed.read()["cidr_block"], "10.9.1.0/24");
        assert_eq!(subnet.observed.read()["vpc_id"], id);
        bench.assert_settled();
        bench.destroy().succeeded();
        assert_eq!(bench.objects().len(), 1);
    }
}

#[test]
fn what_is_said_of_a_looked_up_thing_still_has_to_fit() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    for (spec, fault) in [
        ("cidr_blok: 10.9.0.0/16", "`cidr_blok` is no field"),
        ("enable_dns_support: [1]", "`enable_dns_support` should be"),
    ] {
        bench.set(&vpc("lookup: vpc-00000000000000000", spec));
        let faults = bench.environment().1.validate().unwrap_err();
        let texts: Vec<&str> = faults.iter().map(|fault| &*fault.message).collect();
        assert!(texts.iter().any(|text| text.contains(fault)), "{texts:?}");
    }
}

#[test]
fn what_is_looked_up_and_not_there_is_told() {
    let bench =
        Bench::new(1, "vpc: { kind: aws.ec2.vpc, region: us-east-1, lookup: vpc-00000000000000000 }\n");
    let Err(PlanError::Refused(refused)) = bench.plan() else { panic!("it isn't refused") };
    assert!(refused[0].why.contains("`lookup`"), "{refused:?}");
}

#[test]
fn what_state_only_has_to_take_note_of_is_no_change() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    bench.set(&vpc(&format!("adopt: {id}"), "cidr_block: 10.9.0.0/16"));
    // Killed after the adoption was recorded and before what its lines say was.
    let found = (0..1000).find(|polls| {
        let mut fresh = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
        let id = planted(&fresh);
        fresh.set(&vpc(&format!("adopt: {id}"), "cidr_block: 10.9.0.0/16"));
        assert!(fresh.apply_until_crash(&Default::default(), *polls).is_none(), "it was never so");
        let state = fresh.state();
        let is_so = state.resources.get(&address("s/p.vpc")).is_some_and(|vpc| vpc.recorded.is_null());
        if is_so {
            let plan = fresh.plan().unwrap();
            let note = plan.operations.iter().find(|operation| operation.address == address("s/p.vpc"));
            assert!(note.unwrap().is_bookkeeping(), "{note:?}");
            let before = fresh.objects();
            fresh.apply().succeeded();
            assert_eq!(fresh.objects(), before);
            assert!(!fresh.state().resources[&address("s/p.vpc")].recorded.is_null());
            fresh.assert_settled();
        }
        is_so
    });
    assert!(found.is_some());
}

#[test]
fn what_is_only_looked_up_again_is_no_difference() {
    let mut bench = Bench::new(1, "other: { kind: core.value, spec: { value: 1 } }\n");
    let id = planted(&bench);
    bench.set(&vpc(&format!("lookup: {id}"), "cidr_block: 10.9.0.0/16"));
    bench.apply().succeeded();
    bench.sandbox().edit(&Selector::named(&id), &path("tags.owner"), Some(json!("another")), "them").unwrap();
    let plan = bench.plan().unwrap();
    assert_eq!(shown(&plan), ["read s/p.vpc"]);
    assert!(!plan.has_changes());
    bench.apply().succeeded();
    assert_eq!(bench.state().resources[&address("s/p.vpc")].observed.read()["tags"]["owner"], "another");
    bench.assert_settled();
    // What reads it differs with it.
    bench
        .sandbox()
        .edit(&Selector::named(&id), &path("cidr_block"), Some(json!("10.7.0.0/16")), "them")
        .unwrap();
    let plan = bench.plan().unwrap();
    assert_eq!(shown(&plan), ["read s/p.vpc", "update s/p.note"]);
    assert!(plan.has_changes());
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}
