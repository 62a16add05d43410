//! `kubernetes.object`: objects of any kind, applied by the server and owned field by field.

use std::time::Duration;

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use ninefold::kinds::{
    Changes, ErrorKind, Filter, Goal, Intent, Presence, Reading as _, Registry, Scope, Settling, Target as _,
};
use ninefold::model::{Address, Changed, FieldChange, FieldPath, Json, OperationId, PhysicalId, Value};
use ninefold::targets::calls::CallTable;
use ninefold::world::World;
use serde_json::json;

use crate::plane;

const KIND: &str = "kubernetes.object";

/// A namespace of its own in the cluster, and Ninefold's calls to it.
struct Bench {
    world: World,
    target: CallTable,
    client: kube::Client,
    scope: Scope,
    environment: String,
    namespace: String,
}

/// Runs a test in a namespace of its own.
fn bench<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    let world = World::real().expect("a runtime");
    world.clone().run(async {
        let name = format!("test-{:x}", world.random());
        let client = plane::client().await;
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        let resource = kube::discovery::ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Namespace"));
        let namespaces = Api::<DynamicObject>::all_with(client.clone(), &resource);
        let params = PatchParams::apply("tests");
        namespaces.patch(&name, &params, &Patch::Apply(&namespace)).await.expect("a namespace");
        let scope = Scope { cluster: Some(plane::connection()), ..Scope::default() };
        let target = plane::target(&world);
        test(Bench { world, target, client, scope, environment: name.clone(), namespace: name }).await;
    });
}

impl Bench {
    fn intent(&self, address: &str) -> Intent {
        let bits = (u128::from(self.world.random()) << 64) | u128::from(self.world.random());
        Intent {
            operation: OperationId::from_random(bits),
            environment: self.environment.clone(),
            address: address.parse::<Address>().expect("an address"),
            kind: KIND.to_owned(),
            scope: self.scope.clone(),
            recorded: serde_json::Value::Null,
        }
    }

    async fn look(&self, id: &PhysicalId) -> Option<Json> {
        let mut answers = self.target.read_many(KIND, &self.scope, std::slice::from_ref(id)).await;
        assert_eq!(answers.len(), 1);
        answers.remove(0).expect("an answer")
    }

    async fn projected(&self, id: &PhysicalId) -> Json {
        let observed = self.look(id).await.unwrap_or_else(|| panic!("{id} isn't there"));
        Registry::all().get(KIND).expect("a kind").project(&observed).expect("a projection")
    }

    async fn settle(&self, id: &PhysicalId, goal: Goal) {
        let mut last = String::new();
        for _ in 0..600 {
            match self.target.settle(KIND, &self.scope, id, goal).await.expect("an answer") {
                Settling::Done => return,
                Settling::Failed { reason } => panic!("{reason}"),
                Settling::Waiting { status, .. } => last = status,
            }
            self.world.sleep(Duration::from_millis(100)).await;
        }
        panic!("{id} didn't settle: {last}");
    }

    async fn create(&self, intent: &Intent, spec: &Json) -> PhysicalId {
        self.target.create(intent, spec).await.expect("a creation").id
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        changes: &Changes,
    ) -> Result<(), (ErrorKind, String)> {
        let observed = self.look(id).await.expect("it is there");
        let answer = self.target.update(intent, id, &observed, changes).await;
        answer.map_err(|error| (error.kind, error.code))
    }

    /// Applies something as somebody else.
    async fn as_another(&self, gvk: GroupVersionKind, plural: &str, name: &str, manifest: &Json) {
        let mut resource = kube::discovery::ApiResource::from_gvk(&gvk);
        resource.plural = plural.to_owned();
        let api = Api::<DynamicObject>::namespaced_with(self.client.clone(), &self.namespace, &resource);
        let params = PatchParams { field_manager: Some("somebody".into()), ..PatchParams::default() };
        api.patch(name, &params, &Patch::Merge(manifest)).await.expect("a change by somebody else");
    }

    fn deployment(&self) -> Json {
        json!({ "manifest": {
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "namespace": self.namespace, "labels": { "app": "web", "tier": "front" } },
            "spec": {
                "replicas": 2,
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    "metadata": { "labels": { "app": "web" } },
                    "spec": {
                        "terminationGracePeriodSeconds": 5,
                        "containers": [{ "name": "web", "image": "web:1", "ports": [{ "containerPort": 80 }] }],
                    },
                },
            },
        } })
    }
}

/// A change of the field at a JSON pointer of a specification, to what the specification has there.
fn change(pointer: &str, changed: Changed, spec: &Json) -> FieldChange {
    let path = pointer.split('/').skip(1).fold(FieldPath::root(), |path, key| path.key(key));
    let to = spec.pointer(pointer).map(Value::from_json);
    FieldChange { path, changed, from: None, to, forces_replacement: false }
}

fn changes(fields: &[(&str, Changed)], spec: &Json) -> Changes {
    Changes {
        fields: fields.iter().map(|(pointer, changed)| change(pointer, *changed, spec)).collect(),
        spec: spec.clone(),
    }
}

#[test]
fn the_life_of_a_deployment() {
    bench(async |bench| {
        let spec = bench.deployment();
        let intent = bench.intent("platform/cluster.web[primary]");
        assert_eq!(bench.target.find(&intent, &spec).await, Ok(Presence::Absent));
        let id = bench.create(&intent, &spec).await;
        assert_eq!(id.as_str(), format!("apps/v1/Deployment/{}/web", bench.namespace));

        // Its answer is lost: it is found, and repeating it makes no second one.
        assert_eq!(bench.target.find(&intent, &spec).await, Ok(Presence::Found(vec![id.clone()])));
        assert_eq!(bench.create(&intent, &spec).await, id);
        bench.settle(&id, Goal::Ready).await;
        assert_eq!(bench.projected(&id).await, spec);

        let ours = Filter::Environment(bench.environment.clone());
        assert_eq!(bench.target.list(KIND, &bench.scope, &ours).await, Ok(vec![id.clone()]));
        let others = Filter::Environment("another".into());
        assert_eq!(bench.target.list(KIND, &bench.scope, &others).await, Ok(vec![]));

        // A field changes, a list changes, two fields are withdrawn.
        let mut wanted = spec.clone();
        let manifest = &mut wanted["manifest"];
        manifest["spec"]["replicas"] = json!(3);
        manifest["spec"]["template"]["spec"]["containers"][0]["image"] = json!("web:2");
        manifest["metadata"]["labels"].as_object_mut().expect("labels").remove("tier");
        let pod = &mut manifest["spec"]["template"]["spec"];
        pod.as_object_mut().expect("a map").remove("terminationGracePeriodSeconds");
        let fields = [
            ("/manifest/spec/replicas", Changed::Set),
            ("/manifest/spec/template/spec/containers", Changed::Set),
            ("/manifest/metadata/labels/tier", Changed::Reset),
            ("/manifest/spec/template/spec/terminationGracePeriodSeconds", Changed::Reset),
        ];
        assert_eq!(bench.update(&intent, &id, &changes(&fields, &wanted)).await, Ok(()));
        bench.settle(&id, Goal::Ready).await;
        assert_eq!(bench.projected(&id).await, wanted);

        // It passes on to another operation, and keeps its fields.
        let other = bench.intent("platform/other.web");
        bench.target.mark(&other, &id).await.expect("marks");
        assert_eq!(bench.target.find(&other, &wanted).await, Ok(Presence::Found(vec![id.clone()])));
        assert_eq!(bench.target.find(&intent, &wanted).await, Ok(Presence::Absent));
        assert_eq!(bench.projected(&id).await, wanted);

        bench.target.delete(&other, &id, &wanted).await.expect("a deletion");
        bench.settle(&id, Goal::Gone).await;
        assert_eq!(bench.look(&id).await, None);
        bench.target.delete(&other, &id, &wanted).await.expect("a deletion of what is gone");
    });
}

#[test]
fn what_others_write_is_seen_left_alone_and_taken_over_only_when_asked_for() {
    bench(async |bench| {
        let spec = bench.deployment();
        let intent = bench.intent("platform/cluster.web");
        let id = bench.create(&intent, &spec).await;
        let gvk = GroupVersionKind::gvk("apps", "v1", "Deployment");
        let foreign = json!({ "spec": { "replicas": 5, "paused": true } });
        bench.as_another(gvk, "deployments", "web", &foreign).await;
        let seen = bench.projected(&id).await;
        assert_eq!(
            (&seen["manifest"]["spec"]["replicas"], &seen["manifest"]["spec"]["paused"]),
            (&json!(5), &json!(true))
        );

        // The whole spec of an update has all that was observed; what others own stays theirs.
        let mut wanted = seen.clone();
        wanted["manifest"]["metadata"]["labels"]["tier"] = json!("back");
        let label = changes(&[("/manifest/metadata/labels/tier", Changed::Set)], &wanted);
        assert_eq!(bench.update(&intent, &id, &label).await, Ok(()));
        let seen = bench.projected(&id).await;
        assert_eq!(seen["manifest"]["metadata"]["labels"]["tier"], "back");
        assert_eq!(seen["manifest"]["spec"]["replicas"], 5);

        // Without leave a field of another manager is refused, with leave it is ours again.
        wanted["manifest"]["spec"]["replicas"] = json!(2);
        let mut repair = changes(&[("/manifest/spec/replicas", Changed::Set)], &wanted);
        let refused = bench.update(&intent, &id, &repair).await;
        assert_eq!(refused, Err((ErrorKind::Invalid, "FieldConflict".into())));
        repair.spec["force_conflicts"] = json!(true);
        repair.fields.push(change("/force_conflicts", Changed::Set, &repair.spec));
        assert_eq!(bench.update(&intent, &id, &repair).await, Ok(()));
        let seen = bench.projected(&id).await;
        assert_eq!(
            (&seen["manifest"]["spec"]["replicas"], &seen["manifest"]["spec"]["paused"]),
            (&json!(2), &json!(true))
        );
    });
}

#[test]
fn what_was_there_before_is_never_taken_over() {
    bench(async |bench| {
        let spec = bench.deployment();
        bench.create(&bench.intent("platform/cluster.web"), &spec).await;
        let second = bench.intent("platform/cluster.web");
        let error = bench.target.create(&second, &spec).await.expect_err("it is there already");
        assert_eq!(error.kind, ErrorKind::AlreadyExists);
    });
}

#[test]
fn a_rollout_that_can_never_end_fails() {
    bench(async |bench| {
        let mut spec = bench.deployment();
        spec["manifest"]["spec"]["progressDeadlineSeconds"] = json!(1);
        spec["manifest"]["spec"]["template"]["spec"]["nodeSelector"] = json!({ "nowhere": "true" });
        let id = bench.create(&bench.intent("platform/cluster.web"), &spec).await;
        for _ in 0..300 {
            match bench.target.settle(KIND, &bench.scope, &id, Goal::Ready).await.expect("an answer") {
                Settling::Failed { reason } => {
                    assert!(reason.contains("ProgressDeadlineExceeded"), "{reason}");
                    return;
                }
                Settling::Done => panic!("it can't be ready"),
                Settling::Waiting { .. } => bench.world.sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("it still waits");
    });
}

#[test]
fn a_definition_and_its_objects_come_and_go_together() {
    bench(async |bench| {
        let group = format!("{}.audityzer.com", bench.namespace);
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": { "name": format!("gadgets.{group}") },
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": { "kind": "Gadget", "plural": "gadgets", "singular": "gadget", "listKind": "GadgetList" },
                "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": {
                    "type": "object", "properties": { "spec": { "type": "object", "properties": { "size": { "type": "integer" } } } },
                } } }],
            },
        });
        let gadget = |spec: Json| {
            json!({
                "apiVersion": format!("{group}/v1"), "kind": "Gadget",
                "metadata": { "name": "one", "namespace": bench.namespace, "finalizers": ["audityzer.com/hold"] },
                "spec": spec,
            })
        };

        // Without its definition it isn't served, and so there is none of it.
        let lone = PhysicalId::new(format!("{group}/v1/Gadget/{}/one", bench.namespace));
        assert_eq!(bench.look(&lone).await, None);

        let spec = json!({ "manifests": [gadget(json!({ "size": 3 })), definition] });
        let intent = bench.intent("platform/cluster.gadgets");
        let id = bench.create(&intent, &spec).await;
        bench.settle(&id, Goal::Ready).await;
        let seen = bench.projected(&id).await;
        let manifests = seen["manifests"].as_array().expect("a list");
        assert!(manifests.contains(&spec["manifests"][0]), "{seen}");
        assert_eq!(manifests.len(), 2);
        let ours = Filter::Environment(bench.environment.clone());
        assert_eq!(bench.target.list(KIND, &bench.scope, &ours).await, Ok(vec![id.clone()]));

        // An element of the list changes by its identity.
        let mut wanted = spec.clone();
        wanted["manifests"][0] = gadget(json!({ "size": 4 }));
        let element =
            FieldPath::root().key("manifests").element(&format!("{group}/v1 Gadget {} one", bench.namespace));
        let size = FieldChange {
            path: element.key("spec").key("size"),
            changed: Changed::Set,
            from: None,
            to: Some(Value::Integer(4)),
            forces_replacement: false,
        };
        let update = Changes { fields: vec![size], spec: wanted.clone() };
        assert_eq!(bench.update(&intent, &id, &update).await, Ok(()));
        let seen = bench.projected(&id).await;
        assert!(seen["manifests"].as_array().expect("a list").contains(&wanted["manifests"][0]), "{seen}");

        // Deleting waits for the finalizer, and says so.
        bench.target.delete(&intent, &id, &wanted).await.expect("a deletion");
        let waiting = bench.target.settle(KIND, &bench.scope, &id, Goal::Gone).await.expect("an answer");
        assert!(format!("{waiting:?}").contains("audityzer.com/hold"), "{waiting:?}");
        let gvk = GroupVersionKind::gvk(&group, "v1", "Gadget");
        let free = json!({ "metadata": { "finalizers": null } });
        bench.as_another(gvk, "gadgets", "one", &free).await;
        bench.settle(&id, Goal::Gone).await;
        assert_eq!(bench.look(&id).await, None);
    });
}

#[test]
fn a_field_that_the_server_does_not_know_is_refused() {
    bench(async |bench| {
        let mut spec = bench.deployment();
        spec["manifest"]["spec"]["replicaz"] = json!(2);
        let error = bench.target.create(&bench.intent("platform/cluster.web"), &spec).await;
        let error = error.expect_err("there is no such field");
        assert!(error.kind == ErrorKind::Invalid && error.message.contains("replicaz"), "{error:?}");
    });
}

#[test]
fn what_counts_as_done_is_kept_with_the_object() {
    bench(async |bench| {
        let mut spec = bench.deployment();
        spec["manifest"]["spec"]["template"]["spec"]["nodeSelector"] = json!({ "nowhere": "true" });
        spec["wait"] = json!({ "until": "applied" });
        let intent = bench.intent("platform/cluster.web");
        let id = bench.create(&intent, &spec).await;
        assert_eq!(bench.target.settle(KIND, &bench.scope, &id, Goal::Ready).await, Ok(Settling::Done));

        spec["wait"] = json!({ "until": "condition", "condition": "Available" });
        let fields = [("/wait/until", Changed::Set), ("/wait/condition", Changed::Set)];
        assert_eq!(bench.update(&intent, &id, &changes(&fields, &spec)).await, Ok(()));
        let waiting = bench.target.settle(KIND, &bench.scope, &id, Goal::Ready).await.expect("an answer");
        assert!(matches!(waiting, Settling::Waiting { .. }), "{waiting:?}");
    });
}

#[test]
fn an_unreachable_cluster_is_unreadable_and_not_gone() {
    bench(async |bench| {
        let mut scope = bench.scope.clone();
        if let Some(cluster) = &mut scope.cluster {
            cluster.endpoint = "https://127.0.0.1:1".into();
        }
        let id = PhysicalId::new("v1/Namespace//default");
        let answer = bench.target.read_many(KIND, &scope, &[id]).await.remove(0);
        assert_eq!(answer.map_err(|error| error.kind), Err(ErrorKind::Unreachable));
    });
}
