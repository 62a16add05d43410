//! From declarations to the graph of one environment: settings, instances, edges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use super::declaration::{Check, Common, Declarations, Resource};
use super::digest::digest;
use super::edges::join;
use super::environment::{Binding, Environment};
use super::evaluate;
use super::fields;
use super::files::{EnvironmentFile, Files, Stack};
use super::given::{UNSET, environment_value, plain, regions, report_unknown_settings, settings};
use super::scope::{Container, Each, Instances, Scope, Shared, Templates};
use super::template::Template;
use super::yaml::Key;
use crate::graph::{Body, CheckBody, Graph, Instance, Known, NodeIndex};
use crate::kinds::{AnyKind, Habitat, Registry};
use crate::model::{Address, Diagnostic, Diagnostics, Location, Value};

/// How long the history of a state is kept when nobody says.
const HISTORY: Duration = Duration::from_secs(90 * 24 * 3600);

/// Makes the graph of an environment.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn environment(
    files: &Files,
    registry: &Registry,
    name: &str,
) -> Result<Environment, Diagnostics> {
    if files.diagnostics.has_errors() {
        return Err(files.diagnostics.clone());
    }
    let Some(file) = files.environments.get(name) else {
        let names: Vec<&str> = files.environments.keys().map(AsRef::as_ref).collect();
        return Err(Diagnostic::error(format!("there is no environment `{name}`"))
            .did_you_mean(name, names.iter().copied())
            .or_help(|| format!("stacks/environments/ has {}", names.join(", ")))
            .into());
    };
    let mut expansion = Expansion::begin(files, registry, file);
    // What is wrong with one instance is no reason to keep silent about the others.
    expansion.instances();
    expansion.outputs();
    expansion.edges();
    expansion.finish()
}

/// One declaration of a container, before it has instances.
pub(super) enum Declared<'f> {
    Resource(&'f Resource),
    Check(&'f Check),
}

impl<'f> Declared<'f> {
    pub(super) fn common(&self) -> &'f Common {
        match self {
            Declared::Resource(resource) => &resource.common,
            Declared::Check(check) => &check.common,
        }
    }
}

pub(super) struct Expansion<'f> {
    pub(super) files: &'f Files,
    pub(super) registry: &'f Registry,
    pub(super) file: &'f EnvironmentFile,
    pub(super) diagnostics: Diagnostics,
    pub(super) shared: Arc<Shared>,
    pub(super) declared: Vec<(usize, Declared<'f>)>,
    pub(super) graph: Graph<Instance>,
    pub(super) bindings: Vec<Binding>,
    pub(super) node_declarations: Vec<usize>,
    /// Instances whose references are wrong: evaluating them would tell the same once more.
    pub(super) faulty: BTreeSet<NodeIndex>,
    /// Whether what outputs refer to is wrong.
    pub(super) outputs_are_faulty: bool,
    /// Whether outputs read each other in a circle, which no evaluation would get out of.
    pub(super) outputs_are_circular: bool,
}

/// What an instance is, what it is evaluated from, and the schema that this has to fit.
type Evaluable = (Body, Arc<Template>, Option<Arc<dyn AnyKind>>);

/// Something is wrong, and has been reported.
struct Reported;

impl<'f> Expansion<'f> {
    fn begin(files: &'f Files, registry: &'f Registry, file: &'f EnvironmentFile) -> Self {
        let mut diagnostics = Diagnostics::default();
        let environment = environment_value(file, &mut diagnostics);
        let evidence = files
            .evidence
            .get(&file.name.text)
            .and_then(|(_, template)| plain(template, "evidence", &mut diagnostics))
            .map(Arc::new);
        let mut shared = Shared {
            environment: Arc::new(environment),
            evidence,
            containers: Vec::new(),
            places: BTreeMap::new(),
            declared: Vec::new(),
            instances: OnceLock::new(),
            addresses: OnceLock::new(),
            known: RwLock::new(Vec::new()),
            templates: Templates(Arc::new(files.templates.clone())),
        };
        let mut declared = Vec::new();
        report_unknown_settings(files, file, &mut diagnostics);
        for stack in files.stacks.values() {
            let mut places = vec![(None, &stack.declarations)];
            let mut listed: BTreeMap<&str, Location> = BTreeMap::new();
            for (name, at) in &stack.phases {
                if let Some(earlier) = listed.insert(name, *at) {
                    diagnostics.push(fields::twice(&Key { text: name.clone(), at: *at }, earlier));
                    continue;
                }
                match files.phases.get(name) {
                    Some(phase) => places.push((Some(name.clone()), &phase.declarations)),
                    None => diagnostics.push(
                        Diagnostic::error(format!("there is no phase `{name}`"))
                            .at(*at, "named here")
                            .did_you_mean(name, files.phases.keys().map(AsRef::as_ref))
                            .or_help(|| format!("phases/ has {}", join(files.phases.keys()))),
                    ),
                }
            }
            for (phase, declarations) in places {
                let settings = settings(
                    file,
                    stack,
                    phase.as_ref(),
                    declarations,
                    &shared.environment,
                    &mut diagnostics,
                );
                container(&mut shared, &mut declared, stack, phase, declarations, settings);
            }
        }
        Self {
            files,
            registry,
            file,
            diagnostics,
            shared: Arc::new(shared),
            declared,
            graph: Graph::default(),
            bindings: Vec::new(),
            node_declarations: Vec::new(),
            faulty: BTreeSet::new(),
            outputs_are_faulty: false,
            outputs_are_circular: false,
        }
    }

    fn sorted(mut self) -> Diagnostics {
        self.diagnostics.sort();
        self.diagnostics
    }

    /// Expands every declaration into its instances.
    fn instances(&mut self) {
        let mut all = Vec::with_capacity(self.declared.len());
        for declaration in 0..self.declared.len() {
            all.push(self.expand(declaration));
        }
        // Each is set once: this is the only place.
        let _ = self.shared.instances.set(all);
        let addresses: Vec<Address> = self.graph.nodes().map(|(_, node)| node.address.clone()).collect();
        let nothing = Arc::new(Known { others_unknown: true, ..Known::default() });
        let known = vec![nothing; addresses.len()];
        let _ = self.shared.addresses.set(addresses);
        *self.shared.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn expand(&mut self, declaration: usize) -> Instances {
        let (container, ref declared) = self.declared[declaration];
        let common = declared.common();
        let Some(for_each) = &common.for_each else {
            return match self.instance(declaration, container, None) {
                Ok(node) => node.map_or(Instances::Skipped, Instances::One),
                Err(Reported) => Instances::Faulty,
            };
        };
        let scope = Scope::new(&self.shared, container, None);
        let Ok(set) = self.meta(for_each, &scope, "for_each") else { return Instances::Faulty };
        let Some(elements) = self.elements(&set, for_each.at) else { return Instances::Faulty };
        let mut keyed = BTreeMap::new();
        let mut is_faulty = false;
        for (key, value) in elements {
            match self.instance(declaration, container, Some((key.clone(), Arc::new(value)))) {
                Ok(node) => keyed.extend(node.map(|node| (key, node))),
                Err(Reported) => is_faulty = true,
            }
        }
        if is_faulty { Instances::Faulty } else { Instances::Keyed(keyed) }
    }

    /// The keys and values that `for_each` goes over.
    fn elements(&mut self, set: &Value, at: Location) -> Option<Vec<(Arc<str>, Value)>> {
        match set {
            Value::Map(map) => Some(map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
            Value::List(items) => {
                let mut elements: BTreeMap<Arc<str>, Value> = BTreeMap::new();
                for item in items {
                    let Value::String(key) = item else {
                        self.diagnostics.push(
                            Diagnostic::error(format!(
                                "`for_each` goes over strings, and this list has {}",
                                item.type_name()
                            ))
                            .at(at, "this list")
                            .help("the key of an instance is its identity: give a map from keys to values"),
                        );
                        return None;
                    };
                    if elements.insert(key.clone(), item.clone()).is_some() {
                        self.diagnostics.push(
                            Diagnostic::error(format!("`for_each` has `{key}` twice"))
                                .at(at, "this list")
                                .help("remove one: the key of an instance is its identity"),
                        );
                        return None;
                    }
                }
                Some(elements.into_iter().collect())
            }
            other => {
                self.diagnostics.push(
                    Diagnostic::error(format!(
                        "`for_each` goes over a map or a list of strings, not {}",
                        other.type_name()
                    ))
                    .at(at, "this value")
                    .help("the key of an instance is its identity: give a map from keys to values"),
                );
                None
            }
        }
    }

    /// Evaluates what has to be known before anything is applied.
    fn meta(&mut self, template: &Template, scope: &Arc<Scope>, what: &str) -> Result<Value, Reported> {
        let mut faults = Diagnostics::default();
        let value = evaluate::template(template, scope, &mut faults);
        if faults.has_errors() {
            self.diagnostics.extend(faults);
            return Err(Reported);
        }
        let Value::Unknown(unknown) = value else { return Ok(value) };
        if unknown.reads().iter().any(|read| read.starts_with(UNSET)) {
            return Err(Reported);
        }
        self.diagnostics.push(
            Diagnostic::error(format!(
                "`{what}` reads {}, which is known only after apply",
                unknown.reads().join(", ")
            ))
            .at(template.at, "this has to be known when planning")
            .help("which instances there are, and where, follows from env, settings and each alone"),
        );
        Err(Reported)
    }

    /// `false` where it isn't given.
    fn meta_bool(
        &mut self,
        template: Option<&Template>,
        scope: &Arc<Scope>,
        what: &str,
    ) -> Result<bool, Reported> {
        let Some(template) = template else { return Ok(false) };
        match self.meta(template, scope, what)? {
            Value::Bool(value) => Ok(value),
            other => {
                self.diagnostics.push(
                    Diagnostic::error(format!("`{what}` should be true or false, not {}", other.type_name()))
                        .at(template.at, "this value")
                        .help("write true or false, or an expression that compares"),
                );
                Err(Reported)
            }
        }
    }

    fn meta_text(
        &mut self,
        template: Option<&Template>,
        scope: &Arc<Scope>,
        what: &str,
    ) -> Result<Option<Arc<str>>, Reported> {
        let Some(template) = template else { return Ok(None) };
        match self.meta(template, scope, what)? {
            Value::String(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            other => {
                self.diagnostics.push(
                    Diagnostic::error(format!("`{what}` should be text, not {}", other.type_name()))
                        .at(template.at, "this value")
                        .help(format!("put it in quotes: \"{other}\"")),
                );
                Err(Reported)
            }
        }
    }

    /// Adds one instance, unless `when` leaves it out or something is wrong with it.
    fn instance(
        &mut self,
        declaration: usize,
        container: usize,
        each: Option<Each>,
    ) -> Result<Option<NodeIndex>, Reported> {
        let common = self.declared[declaration].1.common();
        let scope = Scope::new(&self.shared, container, each);
        if let Some(when) = &common.when
            && !self.meta_bool(Some(when), &scope, "when")?
        {
            return Ok(None);
        }
        let region = self.meta_text(common.region.as_deref(), &scope, "region")?;
        let place = &self.shared.containers[container];
        let key = scope.each.as_ref().map(|(key, _)| key.as_ref());
        let address = Address::new(&place.stack, place.phase.as_deref(), &common.name, key);
        let (body, template, kind) = match self.declared[declaration].1 {
            Declared::Resource(resource) => self.resource(resource, &scope, region.is_some())?,
            Declared::Check(check) => {
                let body = CheckBody {
                    probe: check.probe.0.clone(),
                    subject: None,
                    within: check.within,
                    every: check.every,
                };
                (Body::Check(body), check.question.clone(), None)
            }
        };
        let instance = Instance { address, body, at: common.at, region, cluster: None };
        self.bindings.push(Binding { template, scope, kind });
        self.node_declarations.push(declaration);
        Ok(Some(self.graph.add(instance)))
    }

    fn resource(
        &mut self,
        resource: &Resource,
        scope: &Arc<Scope>,
        has_region: bool,
    ) -> Result<Evaluable, Reported> {
        let (name, at) = &resource.kind;
        let Some(kind) = self.registry.get(name) else {
            self.diagnostics.push(
                Diagnostic::error(format!("there is no kind `{name}`"))
                    .at(*at, "unknown kind")
                    .did_you_mean(name, self.registry.names())
                    .or_help(|| "`ninefold kinds` lists them".to_owned()),
            );
            return Err(Reported);
        };
        let habitat = Habitat::of(name);
        let mut needs = |field: &str, example: &str| {
            self.diagnostics.push(
                Diagnostic::error(format!("`{field}` is missing: every {name} lives in one"))
                    .at(resource.common.at, "this resource")
                    .help(format!("add {field}: \"{example}\"")),
            );
        };
        if habitat == Habitat::Region && !has_region {
            needs("region", "{{ each.value.name }}");
        }
        if habitat == Habitat::Cluster && resource.cluster.is_none() {
            needs("cluster", "{{ cluster[each.key] }}");
        }
        let body = Body::Resource {
            kind: name.clone(),
            protect: self.meta_bool(resource.protect.as_deref(), scope, "protect")?,
            retain: self.meta_bool(resource.retain.as_deref(), scope, "retain")?,
            adopt: self.meta_text(resource.adopt.as_deref(), scope, "adopt")?,
            lookup: self.meta_text(resource.lookup.as_deref(), scope, "lookup")?,
            ignore: resource.ignore.clone(),
            replace: resource.replace,
            timeouts: resource.timeouts,
        };
        Ok((body, resource.spec.clone(), Some(kind.clone())))
    }

    fn finish(mut self) -> Result<Environment, Diagnostics> {
        let moved = self.moves();
        let order = match self.graph.order() {
            Ok(order) => order,
            Err(cycle) => {
                let address = |node: NodeIndex| self.graph.node(node).address.to_string();
                let fault = circle("resources wait for each other", "waits for", &cycle, &address);
                self.diagnostics.push(fault);
                return Err(self.sorted());
            }
        };
        let environment = Environment {
            name: self.file.name.text.clone(),
            target: self.file.target.as_ref().map_or_else(|| "sandbox".into(), |(target, _)| target.clone()),
            account: self.file.account.as_ref().map(|(account, _)| account.clone()),
            state: self.file.state.as_ref().map(|state| state.url.clone()),
            encryption: self.file.encryption.clone(),
            fingerprints: self.file.fingerprints.clone(),
            state_at: self.file.state.as_ref().map(|state| state.at),
            history: self.file.state.as_ref().and_then(|state| state.history).unwrap_or(HISTORY),
            regions: regions(&self.shared.environment),
            digest: digest(self.files, self.file),
            graph: self.graph,
            order,
            moved,
            shared: self.shared,
            bindings: self.bindings,
        };
        if !self.diagnostics.has_errors() {
            return Ok(environment);
        }
        // The rest of what is wrong, so that it needn't be found one by one.
        if !self.outputs_are_circular {
            environment.evaluate_all(&self.faulty, &mut self.diagnostics);
        }
        if !self.outputs_are_circular
            && !self.outputs_are_faulty
            && let Err(faults) = environment.outputs()
        {
            self.diagnostics.extend(faults);
        }
        self.diagnostics.sort();
        Err(self.diagnostics)
    }
}

/// A circle, as the path of the lines that close it.
pub(super) fn circle(
    what: &str,
    how: &str,
    cycle: &crate::graph::Cycle,
    name: &dyn Fn(NodeIndex) -> String,
) -> Diagnostic {
    let first = cycle.path.first();
    let names: Vec<String> = cycle.path.iter().chain(first).map(|(node, _)| name(*node)).collect();
    let mut fault = Diagnostic::error(format!("{what} in a circle: {}", names.join(" → ")));
    for (node, edge) in &cycle.path {
        if let Some(at) = edge.at {
            fault = fault.at(at, format!("{} {how} {}", name(*node), name(edge.to)));
        }
    }
    fault.help("remove one of these references")
}

fn container<'f>(
    shared: &mut Shared,
    declared: &mut Vec<(usize, Declared<'f>)>,
    stack: &Stack,
    phase: Option<Arc<str>>,
    declarations: &'f Declarations,
    settings: Value,
) {
    let index = shared.containers.len();
    let prefix = match &phase {
        Some(phase) => format!("{}/{phase}.", stack.name.text),
        None => format!("{}/", stack.name.text),
    };
    let mut names = BTreeMap::new();
    let resources = declarations.resources.iter().map(Declared::Resource);
    for declaration in resources.chain(declarations.checks.iter().map(Declared::Check)) {
        let name = &declaration.common().name;
        names.insert(name.clone(), declared.len());
        shared.declared.push(format!("{prefix}{name}"));
        declared.push((index, declaration));
    }
    let outputs =
        declarations.outputs.iter().map(|output| (output.name.clone(), output.value.clone())).collect();
    shared.containers.push(Container {
        stack: stack.name.text.clone(),
        phase: phase.clone(),
        names,
        settings: Arc::new(settings),
        outputs,
    });
    shared.places.entry(stack.name.text.clone()).or_default().insert(phase, index);
}
