//! Making, reading, changing and deleting.

use super::kinds::{CLUSTER, NODE_GROUP, ROLE};
use super::*;

#[test]
fn what_is_called_so_cannot_be_changed_within_what_is_free() {
    let lab = Lab::new();
    run(&lab, async {
        lab.make(super::kinds::CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let scope = cluster("us-east-1", "one");
        let map = |name: &str, mode: &str| {
            let metadata = json!({ "name": name });
            json!({ "manifest": {
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": { "mode": mode },
            } })
        };
        let one = lab.make("kubernetes.object", &scope, 2, map("a", "on")).await;
        lab.update("kubernetes.object", &scope, &one, "manifest", map("a", "off")).await.unwrap();
        lab.wait("kubernetes.object", &scope, &one, Goal::Ready).await;
        let refused = lab.update("kubernetes.object", &scope, &one, "manifest", map("b", "off")).await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains("`manifest.metadata.name` can't be changed"), "{error}");
        let read = lab.read("kubernetes.object", &scope, &one).await.unwrap().unwrap();
        assert_eq!((&read["id"], &read["manifest"]["data"]["mode"]), (&json!(one.as_str()), &json!("off")));
    });
}

#[test]
fn what_is_made_has_its_defaults_and_computed_attributes() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let read = lab.read(VPC, &primary(), &id).await.unwrap().unwrap();
        assert!(id.as_str().starts_with("vpc-") && id.as_str().len() == 21, "{id}");
        assert_eq!(read["id"], id.as_str());
        assert_eq!(read["arn"], format!("arn:aws:ec2:us-east-1:123456789012:vpc/{id}"));
        assert_eq!(read["enable_dns_support"], true);
        assert_eq!(read["instance_tenancy"], "default");
        // What a kind makes of what is read is what was asked for.
        let kind = lab.sandbox.registry().get(VPC).unwrap().clone();
        assert_eq!(kind.project(&read).unwrap()["cidr_block"], "10.0.0.0/16");
    });
}

#[test]
fn patterns_know_every_placeholder() {
    let lab = Lab::new();
    run(&lab, async {
        lab.sandbox.set_account("111122223333").unwrap();
        let spec = json!({ "name": "say \"hi\"", "network": {}, "platform": null });
        let id = lab.create(CLUSTER, &region("eu-west-1"), 1, spec).await;
        let read = lab.read(CLUSTER, &region("eu-west-1"), &id).await.unwrap().unwrap();
        assert_eq!(id.as_str(), "say \"hi\"");
        assert_eq!(read["arn"], "arn:test:eu-west-1:111122223333:cluster/say \"hi\"");
        assert_eq!(read["issuer"]["oidc"]["of"], "say \"hi\"");
        assert_eq!(read["issuer"]["oidc"]["net"], json!({ "family": "ipv4" }));
        assert_eq!(read["issuer"]["oidc"]["issuer"].as_str().unwrap().len(), "https://".len() + 4);
        assert!(read["platform"].as_str().unwrap().starts_with("eks."));
    });
}

#[test]
fn operations_take_their_time_and_say_so_in_the_providers_words() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let id = lab.create(CLUSTER, &scope, 1, json!({ "name": "one" })).await;
        let begun = lab.world.now();
        let waiting = lab.sandbox.settle(CLUSTER, &scope, &id, Goal::Ready).await.unwrap();
        assert!(matches!(&waiting, Settling::Waiting { status, .. } if status == "CREATING"), "{waiting:?}");
        assert_eq!(lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap()["status"], "CREATING");
        assert_eq!(lab.wait(CLUSTER, &scope, &id, Goal::Ready).await, Settling::Done);
        let took = lab.world.now().since(begun).as_secs();
        assert!((540..=665).contains(&took), "600 s give or take a tenth, not {took}");
        assert_eq!(lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap()["status"], "ACTIVE");

        let spec = json!({ "name": "one", "version": "1.36" });
        lab.update(CLUSTER, &scope, &id, "version", spec.clone()).await.unwrap();
        assert_eq!(lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap()["status"], "UPDATING");
        let busy = lab.update(CLUSTER, &scope, &id, "version", spec).await.unwrap_err();
        assert_eq!((busy.kind, busy.effect), (ErrorKind::Conflict, Effect::None));
        assert_eq!(lab.wait(CLUSTER, &scope, &id, Goal::Ready).await, Settling::Done);

        lab.delete(CLUSTER, &scope, &id).await.unwrap();
        assert_eq!(lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap()["status"], "DELETING");
        assert!(matches!(
            lab.sandbox.settle(CLUSTER, &scope, &id, Goal::Ready).await.unwrap(),
            Settling::Failed { .. }
        ));
        // Until it is gone, its name is taken; after that, it isn't.
        let taken = lab.try_create(CLUSTER, &scope, 2, json!({ "name": "one" })).await.unwrap_err();
        assert_eq!(taken.kind, ErrorKind::AlreadyExists);
        assert_eq!(lab.wait(CLUSTER, &scope, &id, Goal::Gone).await, Settling::Done);
        assert_eq!(lab.read(CLUSTER, &scope, &id).await.unwrap(), None);
        assert!(lab.sandbox.is_empty().unwrap());
        lab.create(CLUSTER, &scope, 3, json!({ "name": "one" })).await;
    });
}

#[test]
fn an_update_changes_what_it_touches_and_nothing_else() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let spec = json!({ "name": "one", "version": "1.34", "platform": "eks.9" });
        let id = lab.make(CLUSTER, &scope, 1, spec).await;
        let before = lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap();
        assert_eq!(before["platform"], "eks.9");

        // The spec says more than the changes: only what they name is set.
        let spec = json!({ "name": "one", "version": "1.36", "platform": "eks.0" });
        lab.update(CLUSTER, &scope, &id, "version", spec).await.unwrap();
        lab.wait(CLUSTER, &scope, &id, Goal::Ready).await;
        let after = lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap();
        assert_eq!((&after["version"], &after["platform"]), (&json!("1.36"), &json!("eks.9")));
        assert_ne!(after["revision"], before["revision"], "it changes with the version");
        assert_eq!(after["endpoint"], before["endpoint"]);

        // A withdrawn field goes back to its default; where the provider chooses, it stays.
        lab.update(CLUSTER, &scope, &id, "version", json!({ "name": "one" })).await.unwrap();
        lab.wait(CLUSTER, &scope, &id, Goal::Ready).await;
        lab.update(CLUSTER, &scope, &id, "platform", json!({ "name": "one" })).await.unwrap();
        let after = lab.read(CLUSTER, &scope, &id).await.unwrap().unwrap();
        assert_eq!((&after["version"], &after["platform"]), (&json!("1.35"), &json!("eks.9")));
    });
}

#[test]
fn what_is_immutable_and_what_is_wrong_is_refused() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let id = lab.make(VPC, &scope, 1, vpc("10.0.0.0/16")).await;
        let error = lab.update(VPC, &scope, &id, "cidr_block", vpc("10.1.0.0/16")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains("cidr_block"), "{error}");

        let error = lab.try_create(VPC, &scope, 2, vpc("10.0.0.0/8")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        let error = lab.try_create("aws.no.such", &scope, 3, json!({})).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);

        // A kind's own refusals come through with their codes.
        lab.make(CLUSTER, &scope, 4, json!({ "name": "one" })).await;
        let spec = json!({ "cluster_name": "one", "name": "a", "scaling": { "desired_size": 101 } });
        let error = lab.try_create(NODE_GROUP, &scope, 5, spec).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Quota, "ResourceLimitExceeded"));

        let nobody = PhysicalId::new("vpc-00000000000000000");
        let error = lab.delete(VPC, &scope, &nobody).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::NotFound, "InvalidVpcID.NotFound"));
        let error = lab.update(VPC, &scope, &nobody, "tags", vpc("10.0.0.0/16")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
    });
}

#[test]
fn what_is_write_only_is_never_read_and_its_secrets_never_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::Folder(folder.path().to_owned());
    let lab = Lab::over(store, World::virtual_from(1, 0));
    run(&lab, async {
        let spec = json!({ "name": "one", "password": "swordfish", "wait": true });
        let id = lab.create(CLUSTER, &primary(), 1, spec).await;
        let read = lab.read(CLUSTER, &primary(), &id).await.unwrap().unwrap();
        assert_eq!((read.get("password"), read.get("wait")), (None, None));
        // What is no secret is kept, for the rules of other kinds.
        assert_eq!(lab.sandbox.objects().unwrap()[0].attributes["wait"], true);
        // An update that says nothing of it leaves it as it was set.
        lab.wait(CLUSTER, &primary(), &id, Goal::Ready).await;
        let spec = json!({ "name": "one", "version": "2" });
        lab.update(CLUSTER, &primary(), &id, "version", spec).await.unwrap();
        let read = lab.read(CLUSTER, &primary(), &id).await.unwrap().unwrap();
        assert_eq!((&read["version"], &read["was_told_to_wait"]), (&json!("2"), &json!(true)));
    });
    for path in crate::world::files::list(folder.path()).unwrap() {
        let text = crate::world::files::read_to_string(&path).unwrap();
        assert!(!text.contains("swordfish"));
    }
}

#[test]
fn an_operation_makes_one_thing_however_often_it_is_sent() {
    let lab = Lab::new();
    run(&lab, async {
        let scope = primary();
        let first = lab.create(VPC, &scope, 1, vpc("10.0.0.0/16")).await;
        assert_eq!(lab.create(VPC, &scope, 1, vpc("10.0.0.0/16")).await, first);
        assert_ne!(lab.create(VPC, &scope, 2, vpc("10.0.0.0/16")).await, first);

        let faults = super::super::Faults { without_tokens: true, ..Default::default() };
        lab.sandbox.set_faults(faults).unwrap();
        let second = lab.create(VPC, &scope, 1, vpc("10.0.0.0/16")).await;
        assert_ne!(second, first);
        let Presence::Found(mut found) = lab.find(VPC, &scope, 1, &vpc("10.0.0.0/16")).await else {
            panic!("it made two")
        };
        let mut both = vec![first, second];
        both.sort();
        found.sort();
        assert_eq!(found, both);
    });
}

#[test]
fn listings_show_what_carries_our_marks_in_a_place() {
    let lab = Lab::new();
    run(&lab, async {
        let here = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let there = lab.create(VPC, &region("eu-west-1"), 2, vpc("10.0.0.0/16")).await;
        assert_eq!(lab.list(VPC, &primary()).await, std::slice::from_ref(&here));
        assert_eq!(lab.list(VPC, &region("eu-west-1")).await, [there]);
        assert_eq!(
            lab.find(VPC, &primary(), 1, &vpc("10.0.0.0/16")).await,
            Presence::Found(vec![here.clone()])
        );
        assert_eq!(lab.find(VPC, &primary(), 3, &vpc("10.0.0.0/16")).await, Presence::Absent);

        let mut moved = intent(9, VPC, &primary());
        moved.environment = "production".into();
        lab.sandbox.mark(&moved, &here).await.unwrap();
        assert_eq!(lab.list(VPC, &primary()).await, []);
        let object = lab.sandbox.objects().unwrap().into_iter().find(|object| object.key.id == here).unwrap();
        assert_eq!(object.marks.unwrap().address, moved.address);
    });
}

#[test]
fn a_name_is_taken_only_in_its_place() {
    let lab = Lab::new();
    run(&lab, async {
        lab.create(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        lab.create(CLUSTER, &region("eu-west-1"), 2, json!({ "name": "one" })).await;
        lab.create(ROLE, &Scope::default(), 3, json!({ "name": "one" })).await;
        let error = lab.try_create(ROLE, &Scope::default(), 4, json!({ "name": "one" })).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
        assert_eq!(Place::of(&Scope::default()).as_str(), "global");
    });
}

#[test]
fn the_same_seed_gives_the_same_world() {
    let history = |seed| {
        let lab = Lab::with_seed(seed);
        run(&lab, async {
            let scopes = [region("us-east-1"), region("eu-west-1")];
            let make = |n: usize| lab.make(VPC, &scopes[n % 2], n as u128, vpc("10.0.0.0/16"));
            futures::future::join_all((0..20).map(make)).await;
            (lab.sandbox.objects().unwrap(), lab.world.now())
        })
    };
    assert_eq!(history(7), history(7));
    assert_ne!(history(7), history(8));
}
