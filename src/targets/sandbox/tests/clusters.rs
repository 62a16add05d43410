//! What lives in clusters.

use super::kinds::{CLUSTER, OBJECT};
use super::*;

fn manifest(name: &str) -> Json {
    json!({ "manifest": { "kind": "Deployment", "metadata": { "name": name, "namespace": "web" } } })
}

#[test]
fn a_cluster_has_to_be_ready_and_its_region_whole() {
    let lab = Lab::new();
    run(&lab, async {
        let inside = cluster("us-east-1", "one");
        let error = lab.try_create(OBJECT, &inside, 1, manifest("a")).await.unwrap_err();
        assert_eq!((error.kind, error.code.as_str()), (ErrorKind::Unreachable, "ClusterUnreachable"));
        let id = lab.create(CLUSTER, &primary(), 2, json!({ "name": "one" })).await;
        assert!(lab.try_create(OBJECT, &inside, 1, manifest("a")).await.is_err(), "it isn't ready yet");
        lab.wait(CLUSTER, &primary(), &id, Goal::Ready).await;
        let object = lab.make(OBJECT, &inside, 1, manifest("a")).await;
        assert_eq!(object.as_str(), "web/a");
        let read = lab.read(OBJECT, &inside, &object).await.unwrap().unwrap();
        assert_eq!(read["cluster"], "one", "kinds tell their neighbours by it");

        // While it is updated it goes on answering; in a broken region it doesn't.
        let spec = json!({ "name": "one", "version": "2" });
        lab.update(CLUSTER, &primary(), &id, "version", spec).await.unwrap();
        assert!(lab.read(OBJECT, &inside, &object).await.unwrap().is_some());
        lab.sandbox.break_region("us-east-1", 0).unwrap();
        assert_eq!(lab.read(OBJECT, &inside, &object).await.unwrap_err().kind, ErrorKind::Unreachable);
    });
}

#[test]
fn what_lives_in_a_cluster_is_seen_from_there_alone() {
    let lab = Lab::new();
    run(&lab, async {
        lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        lab.make(CLUSTER, &primary(), 2, json!({ "name": "two" })).await;
        let (one, two) = (cluster("us-east-1", "one"), cluster("us-east-1", "two"));
        lab.create(OBJECT, &one, 3, manifest("a")).await;
        let error = lab.try_create(OBJECT, &one, 4, manifest("a")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
        lab.create(OBJECT, &two, 5, manifest("a")).await;
        assert_eq!(lab.list(OBJECT, &two).await.len(), 1);
        assert!(lab.try_create(OBJECT, &primary(), 6, manifest("b")).await.is_err());
    });
}

#[test]
fn a_cluster_takes_what_lives_in_it_along() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        lab.make(CLUSTER, &region("eu-west-1"), 2, json!({ "name": "one" })).await;
        let (inside, other) = (cluster("us-east-1", "one"), cluster("eu-west-1", "one"));
        let object = lab.make(OBJECT, &inside, 3, manifest("a")).await;
        lab.make(OBJECT, &other, 4, manifest("a")).await;
        lab.delete(CLUSTER, &primary(), &id).await.unwrap();
        // It can't be read any more, which is not the same as gone.
        assert_eq!(lab.read(OBJECT, &inside, &object).await.unwrap_err().kind, ErrorKind::Unreachable);
        lab.wait(CLUSTER, &primary(), &id, Goal::Gone).await;
        assert_eq!(lab.ids(), ["one", "web/a"], "those of the other region");
        // A new cluster of that name begins empty.
        lab.make(CLUSTER, &primary(), 5, json!({ "name": "one" })).await;
        assert_eq!(lab.read(OBJECT, &inside, &object).await.unwrap(), None);
    });
}
