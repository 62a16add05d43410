//! What fails, what goes on, and what is left for the next run.

use ninefold::apply::{Failed, Failure};
use ninefold::kinds::ErrorKind;
use ninefold::plan::Selection;
use ninefold::targets::sandbox::{CallKind, Fault, FaultRule, Faults};
use ninefold::world::{Boundary, Failpoint};

use crate::bench::{Bench, Own, address, claim, shown};

const TWO: &str = r#"
vpc:
  kind: aws.ec2.vpc
  for_each: { primary: us-east-1, second: eu-west-1 }
  region: "{{ each.value }}"
  spec: { cidr_block: 10.0.0.0/16 }
inner:
  kind: aws.ec2.subnet
  for_each: { primary: us-east-1, second: eu-west-1 }
  region: "{{ each.value }}"
  spec: { vpc_id: "{{ vpc[each.key].id }}", cidr_block: 10.0.1.0/24 }
"#;

fn denied() -> Fault {
    Fault::Refused { kind: ErrorKind::Denied, code: "UnauthorizedOperation".into(), message: "no".into() }
}

#[test]
fn the_rest_goes_on_and_what_wasnt_tried_says_why() {
    let bench = Bench::new(1, TWO);
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Create, "aws.ec2.vpc", 1, denied())],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    let [failed] = applied.summary.failed.as_slice() else { panic!("{:?}", applied.summary.failed) };
    let key = failed.address.key().unwrap().to_owned();
    let [(not_tried, _, because)] = applied.summary.not_tried.as_slice() else {
        panic!("{:?}", applied.summary.not_tried)
    };
    assert_eq!(*not_tried, address(&format!("s/p.inner[{key}]")));
    assert_eq!(because.as_ref(), Some(&failed.address));
    assert_eq!(applied.summary.done.len(), 2);
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn what_passes_is_waited_for() {
    let bench = Bench::new(1, TWO);
    let rules = [Fault::Throttled, Fault::ServerError, Fault::LostAnswer, Fault::LostAnswer]
        .into_iter()
        .map(|fault| FaultRule::on(CallKind::Create, "aws.ec2.vpc", 1, fault));
    bench.set_faults(Faults {
        eventual: true,
        without_tokens: true,
        rules: rules.collect(),
        ..Faults::default()
    });
    bench.apply().succeeded();
    bench.assert_settled();
    assert_eq!(bench.objects().len(), 4);
}

#[test]
fn a_creation_that_failed_unseen_is_made_anew_even_where_somebody_has_changed_it() {
    let role = "role:\n  kind: aws.iam.role\n  spec: { name: r, description: ours, assume_role_policy: { Version: \"2012-10-17\", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: \"sts:AssumeRole\" }] } }\n";
    let bench = Bench::new(1, role);
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Create, "aws.iam.role", 1, Fault::FailedCreation)],
        ..Faults::default()
    });
    let failpoint = Failpoint { boundary: Boundary::CallAnswered, nth: 1 };
    let (world, journey) = bench.world.process(Some(failpoint));
    let (own, claim, selection) = (Own { world, ..bench.own() }, claim("bench", true), Selection::default());
    let killed = bench.process_with(own, &claim, &selection);
    assert!(bench.world.run_until_death(&journey, killed).is_err());
    bench.edit("s/p.role", "description", Some("theirs".into()));
    let failed = bench.apply().applied().summary.failed;
    assert!(matches!(&failed[..], [Failed { failure: Failure::GaveUp { .. }, .. }]), "{failed:?}");
    assert_eq!(shown(&bench.apply().succeeded().plan), ["delete s/p.role", "create s/p.role"]);
    bench.assert_settled();
}

#[test]
fn what_didnt_settle_in_time_is_waited_for_by_the_next_run() {
    let bench = Bench::new(1, TWO);
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Create, "aws.ec2.vpc", 1, Fault::Stalled)],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    assert_eq!(applied.summary.failed.len(), 1, "{:?}", applied.summary.failed);
    bench.world.run(bench.world.sleep(std::time::Duration::from_secs(7 * 3600)));
    bench.apply().succeeded();
    bench.assert_settled();
    assert_eq!(bench.objects().len(), 4);
}

#[test]
fn a_region_that_breaks_in_the_middle_stops_only_what_is_in_it() {
    let bench = Bench::new(1, TWO);
    let now_ms = bench.sandbox().now_ms().unwrap();
    bench.sandbox().break_region("us-east-1", now_ms + 1_000).unwrap();
    let applied = bench.apply().applied();
    assert!(!applied.summary.failed.is_empty());
    assert!(applied.summary.failed.iter().all(|failed| failed.address.key() == Some("primary")));
    let done: Vec<_> = applied.summary.done.iter().filter(|(it, ..)| it.key() == Some("second")).collect();
    assert_eq!(done.len(), 2);
    bench.sandbox().heal_region("us-east-1").unwrap();
    bench.apply().succeeded();
    bench.assert_settled();
    assert_eq!(bench.objects().len(), 4);
}

#[test]
fn a_broken_region_doesnt_stop_the_next_run_elsewhere() {
    for break_after_ms in [100, 300, 500, 1_000, 3_000] {
        let mut bench = Bench::new(1, TWO);
        let now_ms = bench.sandbox().now_ms().unwrap();
        bench.sandbox().break_region("us-east-1", now_ms + break_after_ms).unwrap();
        bench.apply().applied();
        bench.set(&TWO.replace("10.0.0.0/16 }", "10.0.0.0/16, enable_dns_hostnames: true }"));
        let applied = bench.apply().applied();
        let updated = applied.summary.done.iter().any(|(it, ..)| *it == address("s/p.vpc[second]"));
        assert!(updated, "broken after {break_after_ms} ms: {:?}", applied.summary);
        bench.sandbox().heal_region("us-east-1").unwrap();
        bench.apply().succeeded();
        bench.assert_settled();
        assert_eq!(bench.objects().len(), 4);
    }
}

#[test]
fn failing_fast_starts_nothing_new() {
    let mut bench = Bench::new(1, TWO);
    bench.options.fail_fast = true;
    bench.options.parallelism = 1;
    bench.set_faults(Faults {
        rules: vec![FaultRule::on(CallKind::Create, "aws.ec2.vpc", 1, denied())],
        ..Faults::default()
    });
    let applied = bench.apply().applied();
    assert_eq!((applied.summary.done.len(), applied.summary.failed.len()), (0, 1));
    assert_eq!(applied.summary.not_tried.len(), 3);
}

#[test]
fn a_name_that_others_have_taken_is_never_adopted() {
    let role = "role:\n  kind: aws.iam.role\n  spec:\n    name: one\n    assume_role_policy: { Version: \"2012-10-17\", Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: \"sts:AssumeRole\" }] }\n";
    let bench = Bench::new(1, role);
    let spec = serde_json::json!({ "name": "one", "assume_role_policy": { "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }
    ] } });
    bench.sandbox().plant("aws.iam.role", &ninefold::kinds::Scope::default(), &spec).unwrap();
    let applied = bench.apply().applied();
    assert_eq!(applied.summary.failed.len(), 1);
    assert!(bench.state().resources.is_empty() && bench.state().open.is_empty());
}
