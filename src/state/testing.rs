//! Records, histories and stores for the tests of this module.

pub(super) mod dated;
mod hooked;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use hooked::{Hooked, PutHook};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutOptions, PutPayload, PutResult, Result};
use serde_json::json;

use super::{
    CallResult, Claim, Condition, Entry, IntentRecord, Record, Resource, RunOutcome, RunRecord, State,
    StepKind, Terms,
};
use crate::model::{Address, OperationId, PhysicalId, Scope};
use crate::world::World;

pub(super) fn operation(number: u128) -> OperationId {
    OperationId::from_random(number)
}

pub(super) fn address(name: &str) -> Address {
    Address::new("platform", Some("cluster"), name, None)
}

pub(super) fn id(text: &str) -> PhysicalId {
    PhysicalId::new(text)
}

pub(super) fn resource(name: &str, of: &str) -> Resource {
    Resource {
        address: address(name),
        kind: "aws.ec2.vpc".into(),
        kind_version: 1,
        scope: Scope { region: Some("us-east-1".into()), cluster: None },
        id: id(of),
        recorded: json!({ "cidr_block": "10.0.0.0/16" }).into(),
        observed: json!({ "cidr_block": "10.0.0.0/16", "id": of }).into(),
        dependencies: Vec::new(),
        protect: false,
        retain: false,
        adopted: false,
        lookup: false,
        condition: Condition::Ready,
    }
}

pub(super) fn put(name: &str, of: &str) -> Entry {
    Entry::Put(Arc::new(resource(name, of)))
}

/// A claim of who is vouched for as the only one on its machine.
pub(super) fn claim(holder: &str) -> Claim {
    Claim {
        holder: holder.into(),
        reason: "apply".into(),
        machine: "laptop".into(),
        alone_on_machine: true,
        patience: Duration::ZERO,
        terms: Terms { time_to_live: Duration::from_secs(60), longest_call: Duration::from_secs(10) },
    }
}

pub(super) fn run(number: u128) -> Record {
    Record::Run(RunRecord {
        run: operation(number),
        command: "apply".into(),
        holder: "kim@laptop".into(),
        started_unix_ms: 1_000,
        plan: None,
        configuration: None,
    })
}

pub(super) fn intent(of_run: u128, number: u128, name: &str, step: StepKind) -> Record {
    Record::Intent(Arc::new(IntentRecord {
        operation: operation(number),
        run: operation(of_run),
        address: address(name),
        step,
        kind: "aws.ec2.vpc".into(),
        kind_version: 1,
        scope: Scope::default(),
        desired: json!({ "cidr_block": "10.0.0.0/16" }),
        dependencies: Vec::new(),
        protect: false,
        retain: false,
    }))
}

pub(super) fn create() -> StepKind {
    StepKind::Create { was_free: None }
}

pub(super) fn succeeded(number: u128, entries: Vec<Entry>) -> Record {
    Record::Outcome { operation: operation(number), result: CallResult::Succeeded, entries }
}

pub(super) fn failed(number: u128) -> Record {
    let result = CallResult::Failed { error: "no".into(), code: Some("Denied".into()) };
    Record::Outcome { operation: operation(number), result, entries: Vec::new() }
}

pub(super) fn change(entries: Vec<Entry>) -> Record {
    Record::Change { reason: "test".into(), entries }
}

pub(super) fn folded(records: &[Record]) -> State {
    let mut state = State::default();
    for record in records {
        state.apply(record).unwrap();
    }
    state
}

/// A record that can come after `state`, chosen by the world's randomness.
pub(super) fn next_record(world: &World, state: &State) -> Record {
    let fresh = || OperationId::from_random(u128::from(world.random()));
    let number = |bound: usize| usize::try_from(world.random_below(bound as u64)).unwrap();
    let begin = || {
        let Record::Run(run) = run(1) else { unreachable!() };
        Record::Run(RunRecord { run: fresh(), ..run })
    };
    let Some(last) = state.last_run.as_ref().filter(|last| last.outcome.is_none()) else {
        return begin();
    };
    let begins = |name: &Address, step| {
        let Record::Intent(intent) = intent(0, 0, name.name(), step) else { unreachable!() };
        let dependencies = state.resources.keys().take(number(3)).cloned().collect();
        let run = last.run.run.clone();
        Record::Intent(Arc::new(IntentRecord {
            operation: fresh(),
            run,
            dependencies,
            ..Arc::unwrap_or_clone(intent)
        }))
    };
    let is_free = |name: &Address| !state.open.values().any(|open| open.intent.address == *name);
    let anywhere = address(&format!("r{}", number(12)));
    let somewhere = state.resources.values().nth(number(state.resources.len().max(1)));
    let somewhere = somewhere.filter(|resource| is_free(&resource.address));
    match (number(12), somewhere) {
        (0, _) => Record::End { run: last.run.run.clone(), outcome: RunOutcome::Succeeded },
        (1, _) => begin(),
        (2..4, _) if is_free(&anywhere) => begins(&anywhere, create()),
        (4, Some(known)) => begins(&known.address, StepKind::Update { id: known.id.clone() }),
        (5, Some(known)) => begins(&known.address, StepKind::Delete { id: known.id.clone(), deposed: false }),
        (6, _) if !state.deposed.is_empty() => {
            let (name, all) = state.deposed.iter().nth(number(state.deposed.len())).unwrap();
            let former = all[number(all.len())].resource.id.clone();
            if is_free(name) { begins(name, StepKind::Delete { id: former, deposed: true }) } else { begin() }
        }
        (7, Some(known)) => {
            let taken = state.resources.contains_key(&anywhere) || state.deposed.contains_key(&anywhere);
            if taken || !is_free(&anywhere) {
                return begin();
            }
            change(vec![Entry::Rename { from: known.address.clone(), to: anywhere }])
        }
        (8, Some(known)) => {
            let observed = json!({ "read": world.random() });
            change(vec![Entry::Put(Arc::new(Resource { observed: observed.into(), ..(**known).clone() }))])
        }
        _ => {
            let Some(open) = state.open.values().nth(number(state.open.len().max(1))) else {
                return begin();
            };
            let (intent, done) = (&open.intent, open.intent.operation.clone());
            let made = |of: &str| {
                let dependencies = intent.dependencies.clone();
                Entry::Put(Arc::new(Resource { dependencies, ..resource(intent.address.name(), of) }))
            };
            let entries = match (&intent.step, &open.created) {
                (StepKind::Create { .. }, None) => {
                    return if number(4) == 0 {
                        let result = CallResult::Failed { error: "no".into(), code: None };
                        Record::Outcome { operation: done, result, entries: Vec::new() }
                    } else {
                        Record::Created { operation: done, id: id(&format!("vpc-{}", world.random())) }
                    };
                }
                (StepKind::Create { .. }, Some(of)) => {
                    let current = state.resources.contains_key(&intent.address);
                    let depose = Entry::Depose { address: intent.address.clone(), operation: done.clone() };
                    current.then_some(depose).into_iter().chain([made(of.as_str())]).collect()
                }
                (StepKind::Update { id }, _) => vec![made(id.as_str())],
                (StepKind::Delete { deposed: false, .. }, _) => {
                    vec![Entry::Remove { address: intent.address.clone() }]
                }
                (StepKind::Delete { id, deposed: true }, _) => {
                    vec![Entry::RemoveDeposed { address: intent.address.clone(), id: id.clone() }]
                }
            };
            Record::Outcome { operation: done, result: CallResult::Succeeded, entries }
        }
    }
}

/// What a [`FaultyStore`] does with a put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Carries it out.
    None,
    /// Carries it out and answers that the object exists already.
    SaysExists,
    /// Carries it out and loses the answer.
    LosesAnswer,
    /// Doesn't carry it out and answers with an error that may pass.
    LosesEffect,
    /// Refuses it for good.
    Denies,
}

/// A store in memory whose next puts go wrong as they are told to; after that all goes well.
pub(super) type FaultyStore = Hooked<Faults>;

/// What goes wrong with puts.
#[derive(Debug)]
pub(super) struct Faults {
    /// What the keys have in them whose puts can go wrong.
    folder: &'static str,
    /// For the coming puts, the next one last.
    pub coming: Mutex<Vec<Fault>>,
    pub puts: Mutex<Vec<Path>>,
    /// Where every put takes a random time, before its effect and after it.
    pub world: Option<World>,
}

impl FaultyStore {
    pub(super) fn new() -> Self {
        Self::of("/log/")
    }

    /// One that has its faults in another folder than the log's.
    pub(super) fn of(folder: &'static str) -> Self {
        let (coming, puts) = (Mutex::default(), Mutex::default());
        Self { inner: Arc::new(InMemory::new()), hook: Faults { folder, coming, puts, world: None } }
    }

    pub(super) fn slow(world: &World) -> Self {
        let mut store = Self::new();
        store.hook.world = Some(world.clone());
        store
    }
}

impl Faults {
    async fn pause(&self) {
        if let Some(world) = &self.world {
            world.sleep(Duration::from_millis(world.random_below(10))).await;
        }
    }
}

#[async_trait]
impl PutHook for Faults {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let mut fault = Fault::None;
        if key.as_ref().contains(self.folder) {
            self.puts.lock().unwrap().push(key.clone());
            fault = self.coming.lock().unwrap().pop().unwrap_or(fault);
        }
        let passing = |text: &str| Err(Error::Generic { store: "FaultyStore", source: text.into() });
        self.pause().await;
        let answer = match fault {
            Fault::None => inner.put_opts(key, payload, options).await,
            Fault::SaysExists => {
                inner.put_opts(key, payload, options).await?;
                Err(Error::AlreadyExists { path: key.to_string(), source: "first try".into() })
            }
            Fault::LosesAnswer => {
                inner.put_opts(key, payload, options).await?;
                passing("connection reset")
            }
            Fault::LosesEffect => passing("503 slow down"),
            Fault::Denies => {
                Err(Error::PermissionDenied { path: key.to_string(), source: "read-only".into() })
            }
        };
        self.pause().await;
        answer
    }
}
