//! Regions that break, and are whole again.

use std::time::Duration;

use super::kinds::{CLUSTER, ROLE};
use super::*;

#[test]
fn a_region_breaks_in_the_middle_and_the_others_go_on() {
    let lab = Lab::new();
    run(&lab, async {
        lab.sandbox.break_region("us-east-1", 300_000).unwrap();
        let (broken, whole) = (primary(), region("eu-west-1"));
        let one = lab.create(CLUSTER, &broken, 1, json!({ "name": "one" })).await;
        let other = lab.create(CLUSTER, &whole, 2, json!({ "name": "one" })).await;
        lab.world.sleep(Duration::from_secs(301)).await;

        let error = lab.sandbox.settle(CLUSTER, &broken, &one, Goal::Ready).await.unwrap_err();
        assert_eq!((error.kind, error.effect), (ErrorKind::Unreachable, Effect::None));
        assert!(lab.read(CLUSTER, &broken, &one).await.is_err());
        assert!(lab.try_create(VPC, &broken, 3, vpc("10.0.0.0/16")).await.is_err());
        assert!(lab.delete(CLUSTER, &broken, &one).await.is_err());
        assert!(lab.sandbox.list(VPC, &broken, &Filter::Environment("sandbox".into())).await.is_err());
        let found = lab.sandbox.find(&intent(1, CLUSTER, &broken), &json!({ "name": "one" })).await;
        assert_eq!(found.unwrap_err().kind, ErrorKind::Unreachable);
        assert_eq!(lab.wait(CLUSTER, &whole, &other, Goal::Ready).await, Settling::Done);

        // What stood still goes on when the region is whole again: half of it was left.
        lab.world.sleep(Duration::from_secs(7200)).await;
        assert!(lab.sandbox.heal_region("us-east-1").unwrap());
        let answer = lab.sandbox.settle(CLUSTER, &broken, &one, Goal::Ready).await.unwrap();
        assert!(matches!(answer, Settling::Waiting { .. }), "{answer:?}");
        let begun = lab.world.now();
        assert_eq!(lab.wait(CLUSTER, &broken, &one, Goal::Ready).await, Settling::Done);
        let took = lab.world.now().since(begun).as_secs();
        assert!((230..=365).contains(&took), "{took}");
        assert!(!lab.sandbox.heal_region("us-east-1").unwrap());
    });
}

#[test]
fn a_region_that_breaks_under_way_swallows_the_answer() {
    let lab = Lab::new();
    run(&lab, async {
        // Calls travel for 15 to 100 ms in either direction: at some moment it breaks in between.
        let mut unknown = 0;
        for n in 0..50 {
            let now_ms = lab.sandbox.now_ms().unwrap();
            lab.sandbox.break_region("us-east-1", now_ms + 75).unwrap();
            let answer = lab.try_create(VPC, &primary(), n, vpc("10.0.0.0/16")).await;
            lab.world.sleep(Duration::from_secs(1)).await;
            lab.sandbox.heal_region("us-east-1").unwrap();
            let found = lab.find(VPC, &primary(), n, &vpc("10.0.0.0/16")).await;
            match answer {
                Ok(id) => assert_eq!(found, Presence::Found(vec![id])),
                Err(error) => {
                    assert_eq!(error.kind, ErrorKind::Unreachable);
                    if error.effect == Effect::None {
                        assert_eq!(found, Presence::Absent);
                    } else {
                        unknown += 1;
                        assert!(matches!(found, Presence::Found(_)));
                    }
                }
            }
        }
        assert!(unknown > 0, "it broke between the effect and the answer at least once");
    });
}

#[test]
fn global_services_are_changed_in_one_region_and_read_everywhere() {
    let lab = Lab::new();
    run(&lab, async {
        let global = Scope::default();
        let role = lab.create(ROLE, &global, 1, json!({ "name": "one" })).await;
        lab.sandbox.break_region("us-east-1", 0).unwrap();
        assert!(lab.read(ROLE, &global, &role).await.unwrap().is_some());
        let error = lab.try_create(ROLE, &global, 2, json!({ "name": "two" })).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
        lab.sandbox.heal_region("us-east-1").unwrap();
        lab.sandbox.break_region("eu-west-1", 0).unwrap();
        lab.create(ROLE, &global, 2, json!({ "name": "two" })).await;
    });
}

#[test]
fn breaking_what_is_broken_changes_nothing() {
    let lab = Lab::new();
    run(&lab, async {
        lab.sandbox.break_region("us-east-1", 0).unwrap();
        let since = lab.sandbox.status().unwrap().broken_at_ms["us-east-1"];
        lab.world.sleep(Duration::from_secs(60)).await;
        lab.sandbox.break_region("us-east-1", 900_000).unwrap();
        assert_eq!(lab.sandbox.status().unwrap().broken_at_ms["us-east-1"], since);
        let again = lab.reopened();
        let error = run(&again, again.try_create(VPC, &primary(), 1, vpc("10.0.0.0/16"))).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "the next process meets it too");
    });
}
