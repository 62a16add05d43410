//! The sandbox's rules, one file each, on a virtual world.

mod clusters;
mod edits;
mod faults;
mod journal;
pub(crate) mod kinds;
mod lifecycle;
mod names;
mod probes;
mod references;
mod regions;

use serde_json::json;

use super::{Place, Sandbox, Store};
use crate::kinds::{
    Answer, Changes, Connection, Created, Effect, ErrorKind, Filter, Goal, Intent, Presence, Reading as _,
    Registry, Scope, Settling, Target as _,
};
use crate::model::{Changed, FieldChange, FieldPath, Json, OperationId, PhysicalId};
use crate::world::World;

/// A sandbox in a virtual world, with what a test needs to talk to it.
struct Lab {
    world: World,
    store: Store,
    sandbox: Sandbox,
}

impl Lab {
    fn new() -> Self {
        Self::with_seed(1)
    }

    fn with_seed(seed: u64) -> Self {
        Self::over(Store::memory(), World::virtual_from(seed, 0))
    }

    fn over(store: Store, world: World) -> Self {
        let sandbox = Sandbox::open(&store, kinds::registry(), world.clone()).unwrap();
        Self { world, store, sandbox }
    }

    /// What a new process would find, in a new world.
    fn reopened(&self) -> Self {
        Self::over(self.store.clone(), World::virtual_from(99, 0))
    }

    async fn try_create(&self, kind: &str, scope: &Scope, operation: u128, spec: Json) -> Answer<PhysicalId> {
        let created = self.sandbox.create(&intent(operation, kind, scope), &spec).await;
        created.map(|Created { id }| id)
    }

    async fn create(&self, kind: &str, scope: &Scope, operation: u128, spec: Json) -> PhysicalId {
        self.try_create(kind, scope, operation, spec).await.unwrap()
    }

    /// Creates something and waits until it is ready.
    async fn make(&self, kind: &str, scope: &Scope, operation: u128, spec: Json) -> PhysicalId {
        let id = self.create(kind, scope, operation, spec).await;
        assert_eq!(self.wait(kind, scope, &id, Goal::Ready).await, Settling::Done);
        id
    }

    async fn wait(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Settling {
        for _ in 0..10_000 {
            match self.sandbox.settle(kind, scope, id, goal).await.unwrap() {
                Settling::Waiting { ask_again, .. } => self.world.sleep(ask_again).await,
                end => return end,
            }
        }
        panic!("{id} never settles");
    }

    /// Changes one top-level field.
    async fn update(
        &self,
        kind: &str,
        scope: &Scope,
        id: &PhysicalId,
        field: &str,
        spec: Json,
    ) -> Answer<()> {
        let observed = self.read(kind, scope, id).await.unwrap().unwrap_or_default();
        let change = FieldChange {
            path: FieldPath::root().key(field),
            changed: Changed::Set,
            from: None,
            to: None,
            forces_replacement: false,
        };
        let changes = Changes { fields: vec![change], spec };
        self.sandbox.update(&intent(7777, kind, scope), id, &observed, &changes).await
    }

    async fn delete(&self, kind: &str, scope: &Scope, id: &PhysicalId) -> Answer<()> {
        self.sandbox.delete(&intent(8888, kind, scope), id, &json!({})).await
    }

    async fn read(&self, kind: &str, scope: &Scope, id: &PhysicalId) -> Answer<Option<Json>> {
        self.sandbox.read_many(kind, scope, std::slice::from_ref(id)).await.remove(0)
    }

    async fn find(&self, kind: &str, scope: &Scope, operation: u128, spec: &Json) -> Presence {
        self.sandbox.find(&intent(operation, kind, scope), spec).await.unwrap()
    }

    async fn list(&self, kind: &str, scope: &Scope) -> Vec<PhysicalId> {
        self.sandbox.list(kind, scope, &Filter::Environment("sandbox".into())).await.unwrap()
    }

    fn ids(&self) -> Vec<String> {
        self.sandbox.objects().unwrap().iter().map(|object| object.key.id.to_string()).collect()
    }
}

fn run<T>(lab: &Lab, test: impl Future<Output = T>) -> T {
    lab.world.run(test)
}

fn intent(operation: u128, kind: &str, scope: &Scope) -> Intent {
    Intent {
        operation: OperationId::from_random(operation),
        environment: "sandbox".into(),
        address: format!("platform/cluster.r{operation}").parse().unwrap(),
        kind: kind.into(),
        scope: scope.clone(),
        recorded: Json::Null,
    }
}

fn region(name: &str) -> Scope {
    Scope { region: Some(name.into()), cluster: None }
}

fn primary() -> Scope {
    region("us-east-1")
}

fn cluster(region: &str, name: &str) -> Scope {
    let connection = Connection {
        name: name.into(),
        endpoint: String::new(),
        certificate_authority: String::new(),
        region: region.into(),
    };
    Scope { region: None, cluster: Some(connection) }
}

fn vpc(range: &str) -> Json {
    json!({ "cidr_block": range })
}

const VPC: &str = "aws.ec2.vpc";
const SUBNET: &str = "aws.ec2.subnet";
