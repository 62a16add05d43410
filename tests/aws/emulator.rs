//! An account of its own at an emulator, and the steps that tests of different kinds share.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::Credentials;
use ninefold::kinds::{
    Changes, Filter, Goal, Intent, Presence, Reading as _, Registry, Scope, Settling, Target as _,
};
use ninefold::model::{Address, Changed, FieldChange, Json, OperationId, PhysicalId, Value};
use ninefold::targets::aws::{clients::Clients, target};
use ninefold::targets::calls::CallTable;
use ninefold::world::{World, process};

pub const REGION: &str = "eu-west-1";

/// The emulators that a test can run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emulator {
    Ministack,
    Moto,
}

impl Emulator {
    pub fn endpoint(self) -> String {
        let variable = match self {
            Emulator::Ministack => "NINEFOLD_TEST_MINISTACK",
            Emulator::Moto => "NINEFOLD_TEST_MOTO",
        };
        process::variable(variable)
            .unwrap_or_else(|| panic!("{variable} is not set: run it by `bash tests/run aws`"))
    }
}

/// Ninefold's calls and the SDK's own, in an environment that no other test uses.
pub struct Account {
    pub target: CallTable,
    pub sdk: SdkConfig,
    pub scope: Scope,
    pub environment: String,
    world: World,
}

/// Runs a test against each of the emulators.
pub fn on<F: Future<Output = ()>>(emulators: &[Emulator], test: impl Fn(Account, Emulator) -> F) {
    for emulator in emulators {
        let world = World::real().expect("a runtime");
        world.clone().run(async {
            println!("on {emulator:?}");
            test(account(world, &emulator.endpoint()).await, *emulator).await;
        });
    }
}

/// An account at an endpoint.
pub async fn account(world: World, endpoint: &str) -> Account {
    let number = format!("{:012}", world.random() % 1_000_000_000_000);
    account_of(world, endpoint, &number).await
}

/// The account of a number. ministack takes an access key of twelve digits for that.
pub async fn account_of(world: World, endpoint: &str, number: &str) -> Account {
    let random = world.random();
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(number, "secret", None, None, "tests"))
        .load()
        .await;
    Account {
        target: target(world.clone(), Clients::new(sdk.clone())),
        sdk,
        scope: Scope { region: Some(REGION.into()), ..Scope::default() },
        environment: format!("test-{random:x}"),
        world,
    }
}

impl Account {
    /// The intent of an operation of its own.
    pub fn intent(&self, kind: &str, address: &str) -> Intent {
        let bits = (u128::from(self.world.random()) << 64) | u128::from(self.world.random());
        Intent {
            operation: OperationId::from_random(bits),
            environment: self.environment.clone(),
            address: address.parse::<Address>().expect("an address"),
            kind: kind.to_owned(),
            scope: self.scope.clone(),
            recorded: serde_json::Value::Null,
        }
    }

    /// A name that nothing else has.
    pub fn name(&self, prefix: &str) -> String {
        format!("{prefix}-{:x}", self.world.random())
    }

    /// The attributes of something that is there.
    pub async fn read(&self, kind: &str, id: &PhysicalId) -> Json {
        self.look(kind, id).await.unwrap_or_else(|| panic!("{id} isn't there"))
    }

    /// The attributes of something that may be there.
    pub async fn look(&self, kind: &str, id: &PhysicalId) -> Option<Json> {
        let mut answers = self.target.read_many(kind, &self.scope, std::slice::from_ref(id)).await;
        assert_eq!(answers.len(), 1);
        answers.remove(0).expect("an answer")
    }

    /// The specification that would give what is there.
    pub async fn projected(&self, kind: &str, id: &PhysicalId) -> Json {
        let observed = self.read(kind, id).await;
        Registry::all().get(kind).expect("a kind").project(&observed).expect("a projection")
    }

    /// Waits for a goal; only where an emulator takes its time is there anything to wait for.
    pub async fn settle(&self, kind: &str, id: &PhysicalId, goal: Goal) {
        for _ in 0..100 {
            match self.target.settle(kind, &self.scope, id, goal).await.expect("an answer") {
                Settling::Done => return,
                Settling::Failed { reason } => panic!("{id} failed: {reason}"),
                Settling::Waiting { .. } => self.world.sleep(Duration::from_millis(100)).await,
            }
        }
        panic!("{id} didn't settle");
    }

    /// Makes the changes of fields that lead to a specification.
    pub async fn update(&self, intent: &Intent, id: &PhysicalId, fields: &[(&str, Changed)], spec: &Json) {
        let observed = self.read(&intent.kind, id).await;
        let changes = changes(fields, spec);
        self.target.update(intent, id, &observed, &changes).await.expect("an update");
    }

    /// What every kind has to keep: an operation makes one thing, however often it is called, and it
    /// is found by its operation and listed by its environment.
    pub async fn create_once(&self, intent: &Intent, spec: &Json) -> PhysicalId {
        let early = self.target.find(intent, spec).await.expect("an answer");
        assert!(matches!(early, Presence::TooEarly(_)), "nothing is there, but who knows: {early:?}");

        let first = self.target.create(intent, spec).await.expect("a creation").id;
        // Its answer is lost: it is found, and repeating it makes no second one.
        assert_eq!(self.target.find(intent, spec).await, Ok(Presence::Found(vec![first.clone()])));
        let second = self.target.create(intent, spec).await.expect("the same creation").id;
        assert_eq!(second, first);
        assert_eq!(self.target.find(intent, spec).await, Ok(Presence::Found(vec![first.clone()])));

        let ours = Filter::Environment(self.environment.clone());
        assert_eq!(self.target.list(&intent.kind, &self.scope, &ours).await, Ok(vec![first.clone()]));
        let others = Filter::Environment("another".into());
        assert_eq!(self.target.list(&intent.kind, &self.scope, &others).await, Ok(vec![]));
        first
    }

    /// Marks something for another operation: it is that one's from then on.
    pub async fn pass_on(&self, intent: &Intent, id: &PhysicalId, spec: &Json) {
        let other = self.intent(&intent.kind, "platform/other.address[x]");
        self.target.mark(&other, id).await.expect("marks");
        assert_eq!(self.target.find(&other, spec).await, Ok(Presence::Found(vec![id.clone()])));
        assert!(matches!(self.target.find(intent, spec).await, Ok(Presence::TooEarly(_))));
    }

    /// Deletes something, twice: the second time it is gone.
    pub async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) {
        self.target.delete(intent, id, recorded).await.expect("a deletion");
        self.settle(&intent.kind, id, Goal::Gone).await;
        assert_eq!(self.look(&intent.kind, id).await, None);
        self.target.delete(intent, id, recorded).await.expect("a deletion of what is gone");
    }
}

pub fn changes(fields: &[(&str, Changed)], spec: &Json) -> Changes {
    let field = |(path, changed): &(&str, Changed)| {
        let to = spec.pointer(&format!("/{path}")).map(Value::from_json);
        FieldChange {
            path: path.parse().expect("a path"),
            changed: *changed,
            from: None,
            to,
            forces_replacement: false,
        }
    };
    Changes { fields: fields.iter().map(field).collect(), spec: spec.clone() }
}

/// A document whose lists are in one order, because the order of rules and tags means nothing.
pub fn unordered(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(unordered).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        Json::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), unordered(value)))
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect(),
        scalar => scalar.clone(),
    }
}

/// Asserts that everything which a specification sets is so; what it leaves open may be anything.
pub fn assert_covers(seen: &Json, set: &Json) {
    fn covers(seen: &Json, set: &Json, path: &str) {
        match (seen, set) {
            (Json::Object(seen), Json::Object(set)) => {
                for (key, value) in set {
                    let there = seen.get(key).unwrap_or(&Json::Null);
                    covers(there, value, &format!("{path}/{key}"));
                }
            }
            _ => assert_eq!(unordered(seen), unordered(set), "{path}"),
        }
    }
    covers(seen, set, "");
}
