//! Everything that one environment consists of, in memory: a workspace of texts, a state store, a
//! sandbox, and a virtual world that can be killed.
//!
//! Each call that changes something is what one process does: it opens state and sandbox anew, recovers
//! what an earlier one left open, reads what is there, plans, and carries the plan out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use ninefold::apply::{self, Event, Gate, GateAnswer, Options, Resume, Secrets, Setting, Summary};
use ninefold::drift;
use ninefold::kinds::{Registry, Target};
use ninefold::model::{Address, Json, Location, Scope, SecretReference};
use ninefold::plan::{self, Input, Plan, PlanError, Refreshed, Selection};
use ninefold::state::{Claim, FingerprintKey, LogObject, Reader, State, StateError, Terms, Writer};
use ninefold::targets::core::Core;
use ninefold::targets::router::Router;
use ninefold::targets::sandbox::{Faults, Object, Sandbox, Selector, Store};
use ninefold::workspace::{Environment, Workspace};
use ninefold::world::{World, files};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, PutOptions, PutPayload, PutResult};

use crate::hooked::{Hooked, PutHook};

pub const ENVIRONMENT: &str = "\
environment: test
target: sandbox
account: \"123456789012\"
regions:
  primary: { name: us-east-1 }
  second: { name: eu-west-1 }
";

/// Every kind, whose schemas are worked out once for all tests.
fn kinds() -> Registry {
    static KINDS: OnceLock<Registry> = OnceLock::new();
    KINDS.get_or_init(Registry::all).clone()
}

/// One environment and all that it lives in.
pub struct Bench {
    pub world: World,
    pub store: Arc<dyn ObjectStore>,
    pub cloud: Store,
    pub files: BTreeMap<String, String>,
    /// What each secret's name stands for.
    pub secrets: BTreeMap<String, String>,
    /// What each check answers; one that isn't here passes.
    pub answers: BTreeMap<Address, GateAnswer>,
    pub options: Options,
    pub proven: BTreeSet<Address>,
    /// What lies between processes and the sandbox, where it isn't nothing.
    pub wire: Option<Wire>,
    /// Whether what is there is read before a plan is made; without, state is taken for the truth.
    pub refresh: bool,
    /// Whether a process finds out about what an earlier one left open.
    pub recovers: bool,
    /// The workspace as it was last read, and the files that it was read from.
    read: Mutex<Option<(BTreeMap<String, String>, Read)>>,
    /// The sandbox as those see it who are no process.
    window: OnceLock<Sandbox>,
}

/// A workspace and its one environment.
type Read = Arc<(Workspace, Environment)>;

/// What a process has that another one beside it hasn't.
#[derive(Clone)]
pub struct Own {
    pub world: World,
    pub store: Arc<dyn ObjectStore>,
    pub wire: Option<Wire>,
    /// Whether it writes a snapshot before it plans, however small the log is, and deletes what is old.
    pub tidies: bool,
}

/// How one process ended that wasn't killed.
#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub enum Ended {
    Applied(Box<Applied>),
    /// There is no plan.
    Unplanned(PlanError),
    /// It stopped before the end of its plan, or before its beginning.
    Stopped(String),
}

#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub struct Applied {
    pub plan: Plan,
    pub summary: Summary,
    pub recovered: Vec<apply::Recovered>,
}

impl Ended {
    #[track_caller]
    pub fn applied(self) -> Applied {
        match self {
            Ended::Applied(applied) => *applied,
            other => panic!("it wasn't applied: {other:?}"),
        }
    }

    #[track_caller]
    pub fn succeeded(self) -> Applied {
        let applied = self.applied();
        assert!(applied.summary.failed.is_empty(), "{:#?}", applied.summary.failed);
        assert!(applied.summary.not_tried.is_empty(), "{:?}", applied.summary.not_tried);
        applied
    }
}

impl Bench {
    /// An empty environment; `resources` is the YAML below `resources:` of its one phase `p`.
    pub fn new(seed: u64, resources: &str) -> Self {
        let world = World::virtual_from(seed, 1_767_225_600_000);
        let store = Arc::new(Hooked { inner: Arc::new(InMemory::new()), hook: Slow(world.clone()) });
        let mut bench = Self {
            world,
            store,
            cloud: Store::memory(),
            files: BTreeMap::new(),
            secrets: BTreeMap::new(),
            answers: BTreeMap::new(),
            options: Options::default(),
            proven: BTreeSet::new(),
            wire: None,
            refresh: true,
            recovers: true,
            read: Mutex::default(),
            window: OnceLock::new(),
        };
        bench.set_file("stacks/environments/test.yaml", ENVIRONMENT);
        bench.set_file("stacks/s/stack.yaml", "stack: s\nphases: [p]\n");
        bench.set(resources);
        bench
    }

    /// Replaces the resources of the phase.
    pub fn set(&mut self, resources: &str) {
        let indented: String = resources.lines().map(|line| format!("  {line}\n")).collect();
        self.set_file("phases/p.yaml", &format!("phase: p\nresources:\n{indented}"));
    }

    pub fn set_file(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
    }

    /// The workspace as its files are now. Reading it takes longer than most of what is done with it.
    pub fn environment(&self) -> Read {
        let mut read = self.read.lock().unwrap();
        if let Some((files, read)) = &*read
            && *files == self.files
        {
            return read.clone();
        }
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in &self.files {
            files::write_atomically(&folder.path().join(path), text.as_bytes()).unwrap();
        }
        let workspace = Workspace::load(folder.path(), kinds()).unwrap();
        let environment =
            workspace.environment("test").unwrap_or_else(|faults| panic!("{faults:#?}\n{:#?}", self.files));
        let anew = Arc::new((workspace, environment));
        *read = Some((self.files.clone(), anew.clone()));
        anew
    }

    /// The sandbox as it is seen from outside of all processes.
    pub fn sandbox(&self) -> Sandbox {
        self.window.get_or_init(|| self.open_sandbox()).clone()
    }

    /// The sandbox as a new process sees it.
    fn open_sandbox(&self) -> Sandbox {
        let (store, world) = (&self.cloud, self.world.clone());
        Sandbox::open_keyed(store, kinds(), world, Arc::new(fingerprint)).unwrap()
    }

    pub fn state(&self) -> State {
        self.world.run(Reader::new(self.store.clone(), "test").load()).unwrap()
    }

    pub fn log(&self) -> Vec<LogObject> {
        self.world.run(Reader::new(self.store.clone(), "test").history()).unwrap()
    }

    pub fn set_faults(&self, faults: Faults) {
        self.sandbox().set_faults(faults).unwrap();
    }

    /// Changes something behind Ninefold's back.
    pub fn edit(&self, address: &str, path: &str, value: Option<Json>) {
        let which = Selector::named(address);
        self.sandbox().edit(&which, &path.parse().unwrap(), value, "somebody").unwrap();
    }

    /// Plans as a process of its own, and changes nothing.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        self.plan_selected(&Selection::default())
    }

    pub fn plan_selected(&self, selection: &Selection) -> Result<Plan, PlanError> {
        self.world.run(async {
            let process = Process::start(self, self.own());
            let state = Reader::new(self.store.clone(), "test").load().await.unwrap();
            process.plan(&state, selection).await
        })
    }

    /// Plans and carries it out, as one process.
    pub fn apply(&self) -> Ended {
        self.apply_selected(&Selection::default())
    }

    pub fn apply_selected(&self, selection: &Selection) -> Ended {
        self.world.run(self.process(selection))
    }

    /// As [`Bench::apply`], killed at one of its wake-ups; `None` when it was killed.
    pub fn apply_until_crash(&self, selection: &Selection, polls: u64) -> Option<Ended> {
        self.world.run_until_crash(self.process(selection), polls).ok()
    }

    pub fn destroy(&self) -> Ended {
        self.apply_selected(&Selection { destroy: true, ..Selection::default() })
    }

    /// Carries out a plan that was saved.
    pub fn apply_saved(&self, plan: &Plan) -> Ended {
        self.world.run(self.saved(plan))
    }

    pub fn apply_saved_until_crash(&self, plan: &Plan, polls: u64) -> Option<Ended> {
        self.world.run_until_crash(self.saved(plan), polls).ok()
    }

    async fn process(&self, selection: &Selection) -> Ended {
        // Only one process of a bench lives at a time, unless a test starts more itself.
        self.process_as(&claim("bench", true), selection).await
    }

    /// What a process has that has nothing for itself.
    pub fn own(&self) -> Own {
        let (world, store, wire) = (self.world.clone(), self.store.clone(), self.wire.clone());
        Own { world, store, wire, tidies: false }
    }

    /// One process among others.
    pub async fn process_as(&self, claim: &Claim, selection: &Selection) -> Ended {
        self.process_with(self.own(), claim, selection).await
    }

    /// The same, with things of its own.
    pub async fn process_with(&self, own: Own, claim: &Claim, selection: &Selection) -> Ended {
        let process = Process::start(self, own);
        process
            .writing(claim, async |writer| {
                let setting = process.setting(&writer);
                let recovered = match process.recover(&setting).await {
                    Ok(recovered) => recovered,
                    Err(ended) => return ended,
                };
                if process.own.tidies
                    && let Err(error) = tidy(&writer).await
                {
                    return Ended::Stopped(error.to_string());
                }
                let state = writer.with_state(Clone::clone);
                let plan = match process.plan(&state, selection).await {
                    Ok(plan) => plan,
                    Err(error) => return Ended::Unplanned(error),
                };
                process.carry_out(&setting, plan, Resume::Fresh, recovered).await
            })
            .await
    }

    async fn saved(&self, plan: &Plan) -> Ended {
        let process = Process::start(self, self.own());
        process
            .writing(&claim("bench", true), async |writer| {
                let setting = process.setting(&writer);
                let log = Reader::new(self.store.clone(), "test").history().await.unwrap();
                let recovered = match process.recover(&setting).await {
                    Ok(recovered) => recovered,
                    Err(ended) => return ended,
                };
                process.carry_out(&setting, plan.clone(), Resume::Saved(&log), recovered).await
            })
            .await
    }

    /// What lives in the sandbox and carries our marks, without what is gone.
    pub fn objects(&self) -> Vec<Object> {
        self.sandbox().objects().unwrap()
    }

    /// The ids that state knows, by address, as text.
    pub fn ids(&self) -> BTreeMap<String, String> {
        self.state()
            .resources
            .iter()
            .map(|(address, resource)| (address.to_string(), resource.id.to_string()))
            .collect()
    }

    #[track_caller]
    pub fn id(&self, address: &str) -> String {
        self.ids().get(address).unwrap_or_else(|| panic!("{address} isn't in state")).clone()
    }

    /// Panics unless state and world hold the same things, nothing is open, and nothing is left to
    /// do.
    #[track_caller]
    pub fn assert_settled(&self) {
        let faults = super::check::faults(self);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        let plan = self.plan().unwrap_or_else(|error| panic!("{error:?}"));
        let left = left_to_do(&plan);
        assert!(left.is_empty(), "{}", left.join("\n"));
    }
}

/// Puts something between a process and its target.
pub type Wire = Arc<dyn Fn(Arc<dyn Target>) -> Arc<dyn Target> + Send + Sync>;

/// What a process asks for the lease with: for one that is alone on a machine of its own, or else on
/// one that it shares with others.
pub fn claim(holder: &str, alone: bool) -> Claim {
    // Calls end with the process, unless they go over a wire.
    let longest_call = if alone { Duration::ZERO } else { crate::bench::LONGEST_CALL };
    Claim {
        holder: holder.to_owned(),
        reason: "apply".to_owned(),
        machine: if alone { "this".to_owned() } else { format!("machine of {holder}") },
        alone_on_machine: alone,
        patience: Duration::ZERO,
        terms: Terms { time_to_live: Duration::from_secs(180), longest_call },
    }
}

/// How long a call to the sandbox can take, the time after which no answer is waited for included.
pub const LONGEST_CALL: Duration = Duration::from_secs(60);

/// One process: what it reads once and holds until it dies.
struct Process<'a> {
    bench: &'a Bench,
    own: Own,
    read: Read,
    kinds: Registry,
    target: Router,
    events: Mutex<Vec<Event>>,
    /// How a place in the workspace is written.
    display: Box<dyn Fn(Location) -> String + Sync>,
}

/// As an apply does once there is enough to be worth it.
async fn tidy(writer: &Writer) -> Result<(), StateError> {
    writer.snapshot().await?;
    writer.prune(Duration::ZERO).await.map(drop)
}

/// The day of every run.
const TODAY: &str = "2026-01-01";

fn fingerprint(value: &Json) -> String {
    FingerprintKey::from_bytes(b"a key of the test").fingerprint_json(value).as_str().to_owned()
}

impl<'a> Process<'a> {
    fn start(bench: &'a Bench, own: Own) -> Self {
        let read = bench.environment();
        let sandbox: Arc<dyn Target> = Arc::new(bench.open_sandbox());
        let cloud = own.wire.as_ref().map_or_else(|| sandbox.clone(), |wire| wire(sandbox.clone()));
        let target = Router::default().with("core", Arc::new(Core)).otherwise(cloud);
        let sources = read.0.sources().clone();
        let display = Box::new(move |at| sources.display(at));
        Self { bench, own, read, kinds: kinds(), target, events: Mutex::default(), display }
    }

    async fn writing(&self, claim: &Claim, work: impl AsyncFnOnce(Writer) -> Ended) -> Ended {
        let Own { world, store, .. } = &self.own;
        let opened = Writer::open(store.clone(), "test", world.clone(), claim, &|_| {});
        let (writer, writing) = match opened.await {
            Ok(opened) => opened,
            Err(error) => return Ended::Stopped(error.to_string()),
        };
        futures::join!(work(writer), writing.run()).0
    }

    async fn recover(&self, setting: &Setting<'_>) -> Result<Vec<apply::Recovered>, Ended> {
        if !self.bench.recovers {
            return Ok(Vec::new());
        }
        let recovered = apply::recover(setting).await;
        recovered.map_err(|(address, failure)| Ended::Stopped(format!("{address}: {failure}")))
    }

    fn setting<'s>(&'s self, writer: &'s Writer) -> Setting<'s> {
        Setting {
            world: &self.own.world,
            target: &self.target as &dyn Target,
            writer,
            graph: &self.read.1.graph,
            order: &self.read.1.order,
            evaluate: &self.read.1,
            kinds: &self.kinds,
            environment: "test",
            today: TODAY.to_owned(),
            fingerprint: &fingerprint,
            display: &*self.display,
            secrets: self,
            gate: self,
            events: self,
        }
    }

    async fn plan(&self, state: &State, selection: &Selection) -> Result<Plan, PlanError> {
        let (workspace, environment) = &*self.read;
        let graph = &environment.graph;
        let refreshed: BTreeMap<Address, Refreshed> = if self.bench.refresh {
            drift::refresh(&self.target, &self.kinds, state, graph, &self.own.world).await
        } else {
            BTreeMap::new()
        };
        let sources = workspace.sources();
        plan::plan(&Input {
            environment: "test",
            configuration: environment.digest.clone(),
            graph,
            order: &environment.order,
            evaluate: environment,
            kinds: &self.kinds,
            moved: &environment.moved,
            serial: state.serial,
            resources: &state.resources,
            deposed: &state.deposed,
            refreshed: &refreshed,
            proven: &self.bench.proven,
            selection,
            today: TODAY,
            fingerprint: &fingerprint,
            display: &|at| sources.display(at),
        })
    }

    async fn carry_out(
        &self,
        setting: &Setting<'_>,
        plan: Plan,
        resume: Resume<'_>,
        recovered: Vec<apply::Recovered>,
    ) -> Ended {
        let options = self.bench.options;
        match apply::apply(setting, &plan, resume, options, "apply", "bench").await {
            Ok(summary) => Ended::Applied(Box::new(Applied { plan, summary, recovered })),
            Err(failure) => Ended::Stopped(failure.to_string()),
        }
    }
}

impl apply::Events for Process<'_> {
    fn send(&self, event: Event) {
        self.events.lock().unwrap().push(event);
    }
}

#[async_trait]
impl Secrets for Process<'_> {
    async fn fetch(&self, reference: &SecretReference, _scope: &Scope) -> Result<String, String> {
        let found = self.bench.secrets.get(&reference.name);
        found.cloned().ok_or_else(|| format!("there is no secret {}", reference.name))
    }
}

#[async_trait]
impl Gate for Process<'_> {
    async fn ask(&self, question: &apply::GateQuestion<'_>) -> GateAnswer {
        let answer = self.bench.answers.get(question.address);
        answer.cloned().unwrap_or_else(|| GateAnswer::Passed { seen: "true".into() })
    }

    async fn passed(&self, _address: &Address, _seen: &str) {}
}

/// The operations of a plan, each as `action address`, in their order.
pub fn shown(plan: &Plan) -> Vec<String> {
    plan.operations.iter().map(|operation| format!("{} {}", operation.action, operation.address)).collect()
}

/// The same, without checks, which are asked again when their evidence has aged.
pub fn left_to_do(plan: &Plan) -> Vec<String> {
    let mut left = shown(plan);
    left.retain(|operation| !operation.starts_with("check "));
    left
}

/// All of them, sorted.
pub fn sorted(plan: &Plan) -> Vec<String> {
    let mut shown = shown(plan);
    shown.sort();
    shown
}

pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// Puts take time before their effect and after it, so that a process can be killed between the two.
#[derive(Debug)]
pub struct Slow(pub World);

impl Slow {
    async fn pause(&self) {
        self.0.sleep(std::time::Duration::from_millis(1 + self.0.random_below(10))).await;
    }
}

#[async_trait]
impl PutHook for Slow {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.pause().await;
        let answer = inner.put_opts(key, payload, options).await;
        self.pause().await;
        answer
    }
}
