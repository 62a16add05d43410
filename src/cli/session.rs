//! What commands have in common: the workspace, one environment of it, its state and its target.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use object_store::ObjectStore;

use super::args::Global;
use super::error::Error;
use super::exit::Exit;
use super::secrets::{self, FingerprintKeys, PASSPHRASE};
use super::store;
use super::terminal::{self, Terminal};
use crate::checks::{self, Asker, EvidenceLog, Provenance, Record};
use crate::cost::Estimate;
use crate::graph::{Body, Instance, NodeIndex};
use crate::kinds::{Intent, Registry, Target};
use crate::model::{Address, Diagnostics, Json, OperationId, Resource};
use crate::plan::{Input, Plan, PlanError, Refreshed, Refused, Selection};
use crate::report;
use crate::state::{Keys, Reader, SealedStore, State, StateError, StoreLocation};
use crate::targets::core::Core;
use crate::targets::local::Local;
use crate::targets::router::Router;
use crate::targets::sandbox::{Fingerprint, Sandbox, Store};
use crate::workspace::{Environment, Workspace};
use crate::world::{World, process};

/// The variable that says where a test ends this process: see [`crate::world::Boundary`].
const FAILPOINT: &str = "NINEFOLD_FAILPOINT";
/// Where the sandbox keeps its worlds.
const SANDBOX: &str = ".ninefold/sandbox";
/// Whether this build has the calls to AWS.
const REACHES_AWS: bool = cfg!(feature = "aws");

/// One environment of a workspace, with everything that reads or changes it.
pub(super) struct Session {
    pub terminal: Terminal,
    pub world: World,
    pub registry: Registry,
    pub workspace: Workspace,
    pub environment: Environment,
    /// Where state is kept.
    pub location: StoreLocation,
    pub store: Arc<dyn ObjectStore>,
    /// The same, as what encrypts.
    pub sealed: SealedStore,
    pub target: Arc<dyn Target>,
    /// The embedded cloud, where the environment lives in it.
    pub sandbox: Option<Sandbox>,
    /// What checks have proven.
    pub evidence: EvidenceLog,
    /// What is wrong with the configuration, where the command goes on without it: the graph is
    /// empty then.
    pub faulty: Option<Faulty>,
    fingerprint_keys: FingerprintKeys,
    fingerprint: Fingerprint,
    usd_per_month: OnceLock<Option<f64>>,
}

/// A configuration that no graph can be made of.
pub(super) struct Faulty {
    /// The files that weren't read, or not as a whole.
    pub files: Vec<String>,
}

/// The workspace's folder.
pub(super) fn root(global: &Global) -> Result<PathBuf, Error> {
    match &global.workspace {
        Some(folder) => Ok(folder.clone()),
        None => {
            let here = process::working_folder()
                .map_err(|error| Error::new(format!("the working folder can't be read: {error}")))?;
            Workspace::find(&here).map_err(|error| {
                Error::new(error.to_string())
                    .hint("`ninefold init DIR` makes one; --workspace names one elsewhere")
            })
        }
    }
}

/// Reads the workspace. What is wrong with its files is shown.
pub(super) fn workspace(global: &Global, terminal: Terminal) -> Result<Workspace, Error> {
    let workspace =
        Workspace::load(&root(global)?, Registry::all()).map_err(|e| Error::new(e.to_string()))?;
    if workspace.diagnostics().has_errors() {
        return Err(faults(&workspace, workspace.diagnostics(), terminal));
    }
    Ok(workspace)
}

/// Shows what is wrong with the configuration.
pub(super) fn faults(workspace: &Workspace, diagnostics: &Diagnostics, terminal: Terminal) -> Error {
    terminal::message(&report::diagnostics::human(diagnostics, workspace.sources(), terminal.err));
    Error::new("the configuration has faults").hint("they are shown above, each with its place")
}

impl Session {
    /// Opens an environment: reads the workspace, makes the graph, opens state and target.
    pub(super) fn open(global: &Global, name: &str, terminal: Terminal) -> Result<Self, Error> {
        let workspace = workspace(global, terminal)?;
        let environment =
            workspace.environment(name).map_err(|found| faults(&workspace, &found, terminal))?;
        Self::of(workspace, environment, terminal)
    }

    /// Opens an environment for what needs nothing but its state and its target: of the workspace only
    /// the environment's own file is read, and the graph is empty.
    pub(super) fn open_alone(global: &Global, name: &str, terminal: Terminal) -> Result<Self, Error> {
        let workspace = Workspace::load_environment(&root(global)?, Registry::all(), name)
            .map_err(|error| Error::new(error.to_string()))?;
        let environment =
            workspace.environment(name).map_err(|found| faults(&workspace, &found, terminal))?;
        Self::of(workspace, environment, terminal)
    }

    /// Opens an environment with the configuration, or alone where that has faults: they are told, and
    /// are no reason to stop.
    pub(super) fn open_anyway(global: &Global, name: &str, terminal: Terminal) -> Result<Self, Error> {
        let loaded = match Workspace::load(&root(global)?, Registry::all()) {
            Ok(workspace) => match workspace.environment(name) {
                Ok(environment) => return Self::of(workspace, environment, terminal),
                Err(_) => Ok(workspace),
            },
            Err(error) => Err(error),
        };
        let mut alone = Self::open_alone(global, name, terminal)?;
        let files = match loaded {
            Ok(workspace) => {
                alone.workspace = workspace;
                alone.workspace.faulty_files().into_iter().collect()
            }
            Err(error) => {
                terminal::message(&format!("{error}\n"));
                vec!["every phase and stack".to_owned()]
            }
        };
        terminal::message(
            "the configuration has faults, which `ninefold validate` shows: going on without it\n",
        );
        alone.faulty = Some(Faulty { files });
        Ok(alone)
    }

    fn of(workspace: Workspace, environment: Environment, terminal: Terminal) -> Result<Self, Error> {
        let registry = Registry::all();
        let location = store::location(&environment).map_err(|found| faults(&workspace, &found, terminal))?;
        let fingerprint_keys = FingerprintKeys::of(&environment);
        let fingerprint = fingerprint_keys.fingerprint();
        let (world, sandbox) = if &*environment.target == "sandbox" {
            let sandbox = open_sandbox(&environment, workspace.root(), &registry, &fingerprint)?;
            let world = sandbox.world().clone();
            // It hides by fingerprints whatever is read of it.
            fingerprint_keys.fetch(&world)?;
            (world, Some(sandbox))
        } else {
            let world = World::real()
                .map_err(|error| Error::new(format!("no threads or timers can be had: {error}")))?;
            (world, None)
        };
        let world = match process::variable(FAILPOINT).map(|text| text.parse()).transpose() {
            Ok(Some(failpoint)) => world.deadly(failpoint),
            Ok(None) => world,
            Err(error) => return Err(Error::new(format!("{FAILPOINT}: {error}"))),
        };
        let sealed = open_store(&location, &environment, workspace.root(), &world)?;
        let store: Arc<dyn ObjectStore> = Arc::new(sealed.clone());
        let target = router(&environment, workspace.root(), sandbox.as_ref(), &world)?;
        let evidence = EvidenceLog::new(store.clone(), &environment.name);
        Ok(Self {
            terminal,
            world,
            registry,
            workspace,
            environment,
            location,
            store,
            sealed,
            target,
            sandbox,
            evidence,
            faulty: None,
            fingerprint_keys,
            fingerprint,
            usd_per_month: OnceLock::new(),
        })
    }

    /// What reads the environment's state.
    pub(super) fn reader(&self) -> Reader {
        Reader::new(self.store.clone(), &self.environment.name)
    }

    /// The state as it is now.
    pub(super) fn state(&self) -> Result<State, Error> {
        self.world.run(self.reader().load()).map_err(|error| state_error(&error))
    }

    /// The keyed fingerprint of a value that must not be written.
    pub(super) fn fingerprint(&self, value: &Json) -> String {
        (self.fingerprint)(value)
    }

    /// The instance of an address that the configuration declares.
    pub(super) fn declared(&self, address: &Address) -> Option<(NodeIndex, &Instance)> {
        self.environment.graph.nodes().find(|(_, node)| node.address == *address)
    }

    /// Lets a thing name its address too, so that it is found again. State is right without that,
    /// so that a failure is only told.
    pub(super) async fn mark(&self, resource: &Resource) {
        if resource.lookup {
            return;
        }
        let bits = u128::from(self.world.random()) << 64 | u128::from(self.world.random());
        let intent = Intent {
            operation: OperationId::from_random(bits),
            environment: self.environment.name.to_string(),
            address: resource.address.clone(),
            kind: resource.kind.clone(),
            scope: resource.scope.clone(),
            recorded: Json::Null,
        };
        if let Err(error) = self.target.mark(&intent, &resource.id).await {
            let (id, address) = (&resource.id, &resource.address);
            terminal::message(&format!("{id} couldn't be marked as {address}: {error}\n"));
        }
    }

    /// Refuses what only a build with other features could do.
    pub(super) fn require_target(&self) -> Result<(), Error> {
        let target = &self.environment.target;
        if self.sandbox.is_some() || REACHES_AWS {
            return Ok(());
        }
        Err(Error::new(format!("this build can't reach the target `{target}`"))
            .hint("build it with its default features"))
    }

    /// Refuses to work on what is real without the key that fingerprints of secrets need.
    pub(super) fn require_key(&self) -> Result<(), Error> {
        self.require_target()?;
        if self.fingerprint_keys.are_of_kms() {
            return self.fingerprint_keys.fetch(&self.world);
        }
        if self.sandbox.is_some() || process::variable(PASSPHRASE).is_some() {
            return Ok(());
        }
        Err(Error::new(format!("{PASSPHRASE} isn't set")).hint(
            "fingerprints of secrets are keyed by it: take it from your secret store, the same for each run, or name a \
             key of KMS under `fingerprints` in the environment's file",
        ))
    }

    /// Reads everything that the state and the configuration name.
    pub(super) async fn refresh(&self, state: &State) -> BTreeMap<Address, Refreshed> {
        let graph = &self.environment.graph;
        crate::drift::refresh(self.target.as_ref(), &self.registry, state, graph, &self.world).await
    }

    /// Lets expressions read what state knows.
    pub(super) fn provide(&self, state: &State) {
        use crate::graph::Evaluate as _;
        for (index, node) in self.environment.graph.nodes() {
            if let (Some(resource), Some(kind)) =
                (state.resources.get(&node.address), self.environment.kind(index))
            {
                let known = crate::plan::known::of_observed(
                    kind.as_ref(),
                    &resource.observed.read(),
                    Some(&resource.recorded.read()),
                );
                self.environment.provide(index, known);
            }
        }
    }

    /// What everything that is declared costs a month, as `ninefold cost` says it; worked out once, and
    /// only where a check asks for it.
    fn usd_per_month(&self) -> Option<f64> {
        *self.usd_per_month.get_or_init(|| {
            let asks =
                |node: &Instance| matches!(&node.body, Body::Check(check) if &*check.probe == "estimate");
            self.environment.graph.nodes().find(|(_, node)| asks(node))?;
            // Another one, in which nothing is there yet: what is there doesn't change what is declared.
            let declared = self.workspace.environment(&self.environment.name).ok()?;
            declared.validate().ok()?;
            let estimate = Estimate::of(&declared.graph, &declared.order, &declared, &self.registry).ok()?;
            Some(estimate.usd_per_month())
        })
    }

    /// What asks checks, and what its answers are worth.
    pub(super) fn asker(&self) -> Asker<'_> {
        Asker {
            reading: self.target.as_ref(),
            provenance: self.provenance(),
            usd_per_month: self.usd_per_month(),
        }
    }

    fn provenance(&self) -> Provenance {
        if self.sandbox.is_some() { Provenance::Simulated } else { Provenance::Measured }
    }

    /// The evidence that is kept, by check.
    pub(super) async fn records(&self) -> Result<BTreeMap<Address, Record>, Error> {
        self.evidence.load().await.map_err(|error| Error::new(error.to_string()))
    }

    /// The checks whose evidence is still good.
    async fn proven(&self) -> Result<BTreeSet<Address>, Error> {
        let records = self.records().await?;
        if records.is_empty() {
            return Ok(BTreeSet::new());
        }
        // Questions read what resources declare. Faults are the plan's to report.
        let _ = self.environment.validate();
        let (graph, now) = (&self.environment.graph, self.world.unix_ms());
        Ok(checks::proven(&records, graph, &self.environment, now, self.provenance()))
    }

    /// The day, as `ignore: { until }` is compared with it.
    pub(super) fn today(&self) -> String {
        today(self.world.unix_ms())
    }

    /// Makes a plan.
    pub(super) async fn plan(
        &self,
        state: &State,
        selection: &Selection,
        refresh: bool,
    ) -> Result<Plan, Error> {
        let refreshed = if refresh { self.refresh(state).await } else { BTreeMap::new() };
        let proven = self.proven().await?;
        let today = self.today();
        let fingerprint = |value: &Json| self.fingerprint(value);
        let sources = self.workspace.sources();
        let input = Input {
            environment: &self.environment.name,
            configuration: self.environment.digest.clone(),
            graph: &self.environment.graph,
            order: &self.environment.order,
            evaluate: &self.environment,
            kinds: &self.registry,
            moved: &self.environment.moved,
            serial: state.serial,
            resources: &state.resources,
            deposed: &state.deposed,
            refreshed: &refreshed,
            proven: &proven,
            selection,
            today: &today,
            fingerprint: &fingerprint,
            display: &|at| sources.display(at),
        };
        crate::plan::plan(&input).map_err(|error| match error {
            PlanError::Faults(found) => faults(&self.workspace, &found, self.terminal),
            PlanError::Refused(refused) => refusal(&refused),
        })
    }
}

/// The day of a moment, in UTC.
fn today(unix_ms: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// What a plan must not do, as an error with its own exit code.
fn refusal(refused: &[Refused]) -> Error {
    let lines: Vec<String> = refused
        .iter()
        .map(|refused| {
            let source = refused.source.as_ref().map_or_else(String::new, |source| format!(" ({source})"));
            format!("  {}: {}{source}\n    {}", refused.address, refused.why, refused.help)
        })
        .collect();
    let mut error = Error::new(format!("the plan is refused, and nothing was done:\n{}", lines.join("\n")));
    error.exit = Exit::Refused;
    error
}

/// An error of the state, with its own exit code where somebody else holds it.
pub(super) fn state_error(error: &StateError) -> Error {
    let mut failure = Error::new(error.to_string());
    if matches!(error, StateError::Fenced { .. } | StateError::Locked { .. } | StateError::LeaseLost { .. }) {
        failure.exit = Exit::Locked;
    }
    failure
}

/// Opens a store of an environment's state, which is encrypted as that says.
pub(super) fn open_store(
    location: &StoreLocation,
    environment: &Environment,
    root: &Path,
    world: &World,
) -> Result<SealedStore, Error> {
    let opened = location.open(root, world).map_err(|error| Error::new(error.to_string()))?;
    Ok(SealedStore::new(opened, secrets::keys(environment, root, world).unwrap_or_else(Keys::missing)))
}

fn open_sandbox(
    environment: &Environment,
    root: &Path,
    registry: &Registry,
    fingerprint: &Fingerprint,
) -> Result<Sandbox, Error> {
    let store = Store::Folder(root.join(SANDBOX).join(&*environment.name));
    let sandbox = Sandbox::resume(&store, registry.clone(), fingerprint.clone())?;
    if let Some(account) = &environment.account {
        sandbox.set_account(account)?;
    }
    Ok(sandbox)
}

fn router(
    environment: &Environment,
    root: &Path,
    sandbox: Option<&Sandbox>,
    world: &World,
) -> Result<Arc<dyn Target>, Error> {
    let router = Router::default().with("core", Arc::new(Core)).with("local", Arc::new(Local::new(root)));
    match sandbox {
        Some(sandbox) => Ok(Arc::new(router.otherwise(Arc::new(sandbox.clone())))),
        None => real(router, &environment.target, world),
    }
}

/// The targets of real clouds. Their kinds are those that have calls; the others say so.
#[cfg(feature = "aws")]
fn real(router: Router, _target: &str, world: &World) -> Result<Arc<dyn Target>, Error> {
    use crate::targets::aws;
    let clients = world.run(aws::clients::Clients::from_environment());
    Ok(Arc::new(router.with("aws", Arc::new(aws::target(world.clone(), clients)))))
}

/// Without them there is what lives in state or in files. Commands that need more ask for it by
/// [`Session::require_target`].
#[cfg(not(feature = "aws"))]
#[allow(clippy::unnecessary_wraps, reason = "as the one that can fail")]
fn real(router: Router, _target: &str, _world: &World) -> Result<Arc<dyn Target>, Error> {
    Ok(Arc::new(router))
}
