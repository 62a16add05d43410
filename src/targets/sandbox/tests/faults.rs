//! Each fault by itself.

use std::time::Duration;

use super::kinds::CLUSTER;
use super::*;
use crate::targets::sandbox::{CallKind, Fault, FaultRule, Faults};

fn lab_with(faults: Faults) -> Lab {
    let lab = Lab::new();
    lab.sandbox.set_faults(faults).unwrap();
    lab
}

fn one(call: CallKind, kind: &str, nth: u32, fault: Fault) -> Lab {
    lab_with(Faults { rules: vec![FaultRule::on(call, kind, nth, fault)], ..Faults::default() })
}

/// Creates networks until `count` calls are made, and gives their errors.
async fn errors(lab: &Lab, count: u128) -> Vec<Option<(ErrorKind, Effect)>> {
    let mut errors = Vec::new();
    for n in 1..=count {
        let answer = lab.try_create(VPC, &primary(), n, vpc("10.0.0.0/16")).await;
        errors.push(answer.err().map(|error| (error.kind, error.effect)));
    }
    errors
}

#[test]
fn a_rule_befalls_one_exact_call() {
    let lab = one(CallKind::Create, VPC, 3, Fault::ServerError);
    run(&lab, async {
        lab.create(CLUSTER, &primary(), 100, json!({ "name": "one" })).await;
        let failed = Some((ErrorKind::Transient, Effect::None));
        assert_eq!(errors(&lab, 2).await, [None, None]);
        // A rule that has counted goes on counting in the next process.
        let again = lab.reopened();
        let error = run(&again, again.try_create(VPC, &primary(), 3, vpc("10.0.0.0/16"))).unwrap_err();
        assert_eq!(Some((error.kind, error.effect)), failed);
        assert_eq!(again.sandbox.faults().unwrap(), Faults::default());
        assert_eq!(lab.try_create(VPC, &primary(), 3, vpc("10.0.0.0/16")).await.err(), None);
        assert_eq!(lab.ids().len(), 4, "the refused call had no effect");
    });
}

#[test]
fn a_rule_may_name_a_service() {
    let lab = one(CallKind::Create, "aws.ec2", 1, Fault::Throttled);
    run(&lab, async {
        let error = lab.try_create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await.unwrap_err();
        assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::Throttled, Some(500)));
        assert!(lab.sandbox.is_empty().unwrap());
    });
    let lab = one(CallKind::Create, "aws.ec", 1, Fault::Throttled);
    run(&lab, lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")));
}

#[test]
fn a_lost_answer_has_had_its_effect() {
    let lab = one(CallKind::Create, VPC, 1, Fault::LostAnswer);
    run(&lab, async {
        let begun = lab.world.now();
        let error = lab.try_create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await.unwrap_err();
        assert_eq!((error.kind, error.effect), (ErrorKind::Transient, Effect::Unknown));
        assert!(lab.world.now().since(begun) > Duration::from_secs(29), "a client waits before it gives up");
        assert_eq!(lab.ids().len(), 1);
        assert!(matches!(lab.find(VPC, &primary(), 1, &vpc("10.0.0.0/16")).await, Presence::Found(_)));
    });
}

#[test]
fn a_lost_answer_befalls_updates_and_deletions_too() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let rules = [CallKind::Update, CallKind::Delete]
            .map(|call| FaultRule::on(call, CLUSTER, 1, Fault::LostAnswer));
        lab.sandbox.set_faults(Faults { rules: rules.into(), ..Faults::default() }).unwrap();
        let spec = json!({ "name": "one", "version": "2" });
        let error = lab.update(CLUSTER, &primary(), &id, "version", spec).await.unwrap_err();
        assert_eq!(error.effect, Effect::Unknown);
        assert_eq!(lab.read(CLUSTER, &primary(), &id).await.unwrap().unwrap()["version"], "2");
        assert_eq!(lab.delete(CLUSTER, &primary(), &id).await.unwrap_err().effect, Effect::Unknown);
        assert_eq!(lab.wait(CLUSTER, &primary(), &id, Goal::Gone).await, Settling::Done);
    });
}

#[test]
fn a_creation_may_end_in_failure() {
    let lab = one(CallKind::Create, CLUSTER, 1, Fault::FailedCreation);
    run(&lab, async {
        let id = lab.create(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let end = lab.wait(CLUSTER, &primary(), &id, Goal::Ready).await;
        assert!(matches!(end, Settling::Failed { .. }), "{end:?}");
        assert_eq!(lab.read(CLUSTER, &primary(), &id).await.unwrap().unwrap()["status"], "CREATE_FAILED");
        let spec = json!({ "name": "one", "version": "2" });
        assert!(lab.update(CLUSTER, &primary(), &id, "version", spec).await.is_err());
        lab.delete(CLUSTER, &primary(), &id).await.unwrap();
        assert_eq!(lab.wait(CLUSTER, &primary(), &id, Goal::Gone).await, Settling::Done);
    });
}

#[test]
fn what_stalls_takes_hours() {
    let lab = one(CallKind::Create, VPC, 1, Fault::Stalled);
    run(&lab, async {
        let id = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        lab.world.sleep(Duration::from_secs(3600)).await;
        let answer = lab.sandbox.settle(VPC, &primary(), &id, Goal::Ready).await.unwrap();
        assert!(matches!(answer, Settling::Waiting { .. }), "{answer:?}");
    });
}

#[test]
fn any_refusal_can_be_asked_for() {
    let refused =
        Fault::Refused { kind: ErrorKind::Denied, code: "AccessDenied".into(), message: "no".into() };
    let lab = one(CallKind::Delete, VPC, 1, refused);
    run(&lab, async {
        let id = lab.make(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let error = lab.delete(VPC, &primary(), &id).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Denied, "AccessDenied"));
        lab.delete(VPC, &primary(), &id).await.unwrap();
    });
}

#[test]
fn chances_are_what_they_say() {
    let faults = [
        Faults { throttled_per_mille: 300, ..Faults::default() },
        Faults { server_error_per_mille: 300, ..Faults::default() },
        Faults { lost_answer_per_mille: 300, ..Faults::default() },
    ];
    let expected = [
        (ErrorKind::Throttled, Effect::None),
        (ErrorKind::Transient, Effect::None),
        (ErrorKind::Transient, Effect::Unknown),
    ];
    for (faults, expected) in faults.into_iter().zip(expected) {
        let lab = lab_with(faults);
        let errors = run(&lab, errors(&lab, 300));
        let failed: Vec<_> = errors.into_iter().flatten().collect();
        assert!((60..120).contains(&failed.len()), "about 90 of 300, not {}", failed.len());
        assert!(failed.iter().all(|error| *error == expected), "{expected:?}");
    }
    let lab = lab_with(Faults { failed_creation_per_mille: 1000, ..Faults::default() });
    run(&lab, async {
        let id = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        assert!(matches!(lab.wait(VPC, &primary(), &id, Goal::Ready).await, Settling::Failed { .. }));
    });
    let lab = lab_with(Faults { stalled_per_mille: 1000, ..Faults::default() });
    run(&lab, async {
        let id = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        lab.wait(VPC, &primary(), &id, Goal::Ready).await;
        assert!(lab.sandbox.now_ms().unwrap() > 6 * 3_600_000);
    });
}

#[test]
fn readers_see_what_is_new_only_later() {
    let lab = lab_with(Faults { eventual: true, ..Faults::default() });
    run(&lab, async {
        let id = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        assert_eq!(lab.read(VPC, &primary(), &id).await.unwrap(), None);
        assert_eq!(lab.list(VPC, &primary()).await, []);
        // Another process asks: it can be sure of nothing until the window has passed.
        let again = lab.reopened();
        run(&again, async {
            let spec = vpc("10.0.0.0/16");
            let early = again.find(VPC, &primary(), 1, &spec).await;
            assert!(
                matches!(early, Presence::TooEarly(left) if left <= Duration::from_secs(30)),
                "{early:?}"
            );
            let nothing = again.find(VPC, &primary(), 2, &spec).await;
            assert!(matches!(nothing, Presence::TooEarly(_)), "{nothing:?}");
            again.world.sleep(Duration::from_secs(31)).await;
            assert_eq!(again.find(VPC, &primary(), 1, &spec).await, Presence::Found(vec![id.clone()]));
            assert_eq!(again.find(VPC, &primary(), 2, &spec).await, Presence::Absent);
            assert_eq!(again.list(VPC, &primary()).await, std::slice::from_ref(&id));
        });
        // It is ready when it is seen.
        assert_eq!(lab.wait(VPC, &primary(), &id, Goal::Ready).await, Settling::Done);
        assert!(lab.read(VPC, &primary(), &id).await.unwrap().is_some());
    });
}

#[test]
fn faults_are_a_file_that_people_write() {
    let text = r#"{"eventual": true, "rules": [{"call": "create", "kind": "aws.ec2.vpc", "nth": 3, "fault": "lost_answer"}]}"#;
    let faults: Faults = serde_json::from_str(text).unwrap();
    assert_eq!(faults.rules, [FaultRule::on(CallKind::Create, VPC, 3, Fault::LostAnswer)]);
    assert!(serde_json::from_str::<Faults>(r#"{"evenutal": true}"#).is_err());
}
