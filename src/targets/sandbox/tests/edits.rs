//! Changes behind Ninefold's back.

use super::kinds::{CLUSTER, OBJECT};
use super::*;
use crate::targets::sandbox::{EditError, Selector};

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

#[test]
fn an_edit_is_read_and_remembered_with_who_and_when() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let which = Selector::named(id.as_str());
        lab.sandbox.edit(&which, &path("enable_dns_hostnames"), Some(json!(true)), "alice").unwrap();
        lab.sandbox.edit(&which, &path("tags.team"), Some(json!("a")), "alice").unwrap();
        let read = lab.read(VPC, &primary(), &id).await.unwrap().unwrap();
        assert_eq!((&read["enable_dns_hostnames"], &read["tags"]), (&json!(true), &json!({ "team": "a" })));
        lab.sandbox.edit(&which, &path("tags.team"), None, "bob").unwrap();
        let object = lab.reopened().sandbox.objects().unwrap().remove(0);
        assert_eq!(object.attributes["tags"], json!({}));
        let by: Vec<_> = object.edits.iter().map(|edit| (edit.by.as_str(), edit.path.to_string())).collect();
        assert_eq!(
            by,
            [
                ("alice", "enable_dns_hostnames".to_owned()),
                ("alice", "tags.team".to_owned()),
                ("bob", "tags.team".to_owned())
            ]
        );
        assert!(object.edits[0].at_ms > 0);
    });
}

#[test]
fn elements_are_named_by_position_or_added() {
    let lab = Lab::new();
    run(&lab, async {
        let network = lab.make(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let which = Selector::named("one");
        lab.make(CLUSTER, &primary(), 2, json!({ "name": "one" })).await;
        lab.sandbox.add_element(&which, &path("subnet_ids"), json!("subnet-1"), "alice").unwrap();
        lab.sandbox.add_element(&which, &path("subnet_ids"), json!("subnet-2"), "alice").unwrap();
        lab.sandbox.edit(&which, &path("subnet_ids[0]"), Some(json!("subnet-3")), "alice").unwrap();
        let ids = |lab: &Lab| {
            let objects = lab.sandbox.objects().unwrap();
            objects.iter().find(|o| o.key.id.as_str() == "one").unwrap().attributes["subnet_ids"].clone()
        };
        assert_eq!(ids(&lab), json!(["subnet-3", "subnet-2"]));
        lab.sandbox.edit(&which, &path("subnet_ids[0]"), None, "alice").unwrap();
        assert_eq!(ids(&lab), json!(["subnet-2"]));
        for wrong in ["subnet_ids[7]", "name.x", "verison", ""] {
            let error = lab.sandbox.edit(&which, &path(wrong), Some(json!(1)), "alice").unwrap_err();
            assert!(matches!(error, EditError::NoSuchField { .. }), "{wrong}: {error}");
        }
        let error = lab.sandbox.edit(&which, &path("verison"), None, "alice").unwrap_err().to_string();
        assert!(error.contains("did you mean `version`"), "{error}");
        let wrong =
            lab.sandbox.add_element(&Selector::named(network.as_str()), &path("cidr_block"), json!(1), "a");
        assert!(wrong.is_err());
    });
}

#[test]
fn an_object_is_named_by_id_arn_name_or_address() {
    let lab = Lab::new();
    run(&lab, async {
        lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        lab.make(CLUSTER, &region("eu-west-1"), 2, json!({ "name": "one" })).await;
        let set = |which: &Selector| {
            lab.sandbox
                .edit(which, &path("version"), Some(json!("9")), "alice")
                .map(|key| key.place.to_string())
        };
        let error = set(&Selector::named("one")).unwrap_err().to_string();
        assert!(error.contains("us-east-1") && error.contains("eu-west-1"), "{error}");
        let which = Selector { region: Some("eu-west-1".into()), ..Selector::named("one") };
        assert_eq!(set(&which).unwrap(), "eu-west-1");
        let arn = "arn:test:us-east-1:123456789012:cluster/one";
        assert_eq!(set(&Selector::named(arn)).unwrap(), "us-east-1");
        assert_eq!(set(&Selector::named("platform/cluster.r2")).unwrap(), "eu-west-1");
        let which = Selector { kind: Some(VPC.into()), ..Selector::named(arn) };
        assert!(matches!(set(&which), Err(EditError::Nothing(_))));
    });
}

#[test]
fn what_is_planted_is_nobodys() {
    let lab = Lab::new();
    run(&lab, async {
        let key = lab.sandbox.plant(VPC, &primary(), &vpc("10.0.0.0/16")).unwrap();
        assert!(lab.read(VPC, &primary(), &key.id).await.unwrap().is_some());
        assert_eq!(lab.list(VPC, &primary()).await, []);
        assert!(lab.sandbox.plant(VPC, &primary(), &vpc("ten")).is_err());
        lab.sandbox.mark(&intent(1, VPC, &primary()), &key.id).await.unwrap();
        assert_eq!(lab.list(VPC, &primary()).await, std::slice::from_ref(&key.id));
        // To adopt it is not to have made it.
        assert_eq!(lab.find(VPC, &primary(), 1, &vpc("10.0.0.0/16")).await, Presence::Absent);
    });
}

#[test]
fn what_is_removed_is_gone_at_once_with_what_lives_in_it() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let manifest = json!({ "manifest": { "metadata": { "name": "a", "namespace": "web" } } });
        lab.make(OBJECT, &cluster("us-east-1", "one"), 2, manifest).await;
        lab.sandbox.remove(&Selector { kind: Some(CLUSTER.into()), ..Selector::named("one") }).unwrap();
        assert_eq!(lab.read(CLUSTER, &primary(), &id).await.unwrap(), None);
        assert!(lab.sandbox.is_empty().unwrap());
        let found = lab.find(CLUSTER, &primary(), 1, &json!({ "name": "one" })).await;
        assert_eq!(found, Presence::Absent);
    });
}
