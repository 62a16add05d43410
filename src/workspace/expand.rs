//! From declarations to the graph of one environment: settings, instances, edges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::declaration::{Check, Common, Declarations, Resource};
use super::evaluate;
use super::expression::Expression;
use super::fields;
use super::files::{EnvironmentFile, Files, Stack};
use super::references::{Place, Referent};
use super::scope::{Container, Each, Instances, Scope, Shared, Templates};
use super::settings::{Given, Setting};
use super::template::{Template, TemplateShape};
use super::yaml::Key;
use crate::graph::{Body, CheckBody, Edge, EdgeKind, Evaluate, Evaluated, Graph, Instance, Known, NodeIndex};
use crate::kinds::{AnyKind, Field, Finding, Habitat, Registry, Shape, probe};
use crate::model::{
    Address, Diagnostic, Diagnostics, Digest, FieldPath, Location, SourceId, Step, Unknown, Value, closest,
};

/// The graph of one environment, and the door through which its expressions are evaluated.
pub struct Environment {
    pub name: Arc<str>,
    /// `sandbox` or `aws`.
    pub target: Arc<str>,
    pub account: Option<Arc<str>>,
    /// Where its state is kept, as the file says it.
    pub state: Option<Arc<str>>,
    /// The names of its AWS regions.
    pub regions: BTreeSet<Arc<str>>,
    pub graph: Graph<Instance>,
    /// Each instance after all that it waits for.
    pub order: Vec<NodeIndex>,
    /// Old and new addresses.
    pub moved: Vec<(Address, Address)>,
    /// Of every text that it was made of.
    pub digest: Digest,
    shared: Arc<Shared>,
    bindings: Vec<Binding>,
}

/// What an instance is evaluated from.
struct Binding {
    template: Arc<Template>,
    scope: Arc<Scope>,
    /// The schema that it has to fit; checks have none.
    kind: Option<Arc<dyn AnyKind>>,
}

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
enum Declared<'f> {
    Resource(&'f Resource),
    Check(&'f Check),
}

impl<'f> Declared<'f> {
    fn common(&self) -> &'f Common {
        match self {
            Declared::Resource(resource) => &resource.common,
            Declared::Check(check) => &check.common,
        }
    }
}

struct Expansion<'f> {
    files: &'f Files,
    registry: &'f Registry,
    file: &'f EnvironmentFile,
    diagnostics: Diagnostics,
    shared: Arc<Shared>,
    declared: Vec<(usize, Declared<'f>)>,
    graph: Graph<Instance>,
    bindings: Vec<Binding>,
    node_declarations: Vec<usize>,
    /// Instances whose references are wrong: evaluating them would tell the same once more.
    faulty: BTreeSet<NodeIndex>,
    /// Whether what outputs refer to is wrong.
    outputs_are_faulty: bool,
    /// Whether outputs read each other in a circle, which no evaluation would get out of.
    outputs_are_circular: bool,
}

/// Something is wrong, and has been reported.
struct Reported;

/// How the reads of a setting start that has no value, which has been reported.
const UNSET: &str = "settings.";

/// What the expressions of one instance refer to.
#[derive(Default)]
struct Found {
    nodes: Vec<NodeIndex>,
    /// The outputs that were followed, by container and template: one that reads itself is read once.
    outputs: BTreeSet<(usize, usize)>,
    is_faulty: bool,
}

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
        let region = self.meta_text(common.region.as_ref(), &scope, "region")?;
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
    ) -> Result<(Body, Arc<Template>, Option<Arc<dyn AnyKind>>), Reported> {
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
            protect: self.meta_bool(resource.protect.as_ref(), scope, "protect")?,
            retain: self.meta_bool(resource.retain.as_ref(), scope, "retain")?,
            adopt: self.meta_text(resource.adopt.as_ref(), scope, "adopt")?,
            lookup: self.meta_text(resource.lookup.as_ref(), scope, "lookup")?,
            ignore: resource.ignore.clone(),
            replace: resource.replace,
            timeouts: resource.timeouts,
        };
        Ok((body, resource.spec.clone(), Some(kind.clone())))
    }

    /// Follows every output, whether or not anybody reads it.
    fn outputs(&mut self) {
        let shared = self.shared.clone();
        let mut graph = Graph::default();
        let mut indices = BTreeMap::new();
        for (container, place) in shared.containers.iter().enumerate() {
            for (name, template) in &place.outputs {
                let index = graph.add((container, name.clone(), template.clone()));
                indices.insert(identity(container, template), index);
            }
        }
        for position in 0..graph.len() {
            let index = NodeIndex::at(position);
            let (container, _, template) = graph.node(index).clone();
            for expression in template.expressions() {
                let place = Place { shared: &shared, container, each: None, at: expression.at };
                for path in &expression.paths {
                    match place.resolve(path) {
                        Ok(Referent::Data) => {}
                        Ok(Referent::Instances { declaration, attribute, .. }) => {
                            let attribute = attribute.as_deref();
                            self.outputs_are_faulty |=
                                !self.has_attribute(declaration, attribute, EdgeKind::Reference, place.at);
                        }
                        Ok(Referent::Output { container, template }) => {
                            if let Some(&to) = indices.get(&identity(container, &template)) {
                                let (kind, at) = (EdgeKind::Reference, Some(expression.at));
                                graph.connect(index, Edge { to, kind, at });
                            }
                        }
                        Err(fault) => {
                            self.outputs_are_faulty = true;
                            self.diagnostics.push(fault);
                        }
                    }
                }
            }
        }
        if let Err(cycle) = graph.order() {
            self.outputs_are_circular = true;
            let name = |index: NodeIndex| {
                let (container, name, _) = graph.node(index);
                let Container { stack, phase, .. } = &shared.containers[*container];
                let prefix = phase.as_ref().map_or_else(String::new, |phase| format!("{phase}."));
                format!("{stack}/{prefix}outputs.{name}")
            };
            self.diagnostics.push(circle("outputs read each other", "reads", &cycle, &name));
        }
    }

    /// Finds what every instance waits for.
    fn edges(&mut self) {
        for position in 0..self.bindings.len() {
            let node = NodeIndex::at(position);
            let declaration = self.node_declarations[position];
            let (container, ref declared) = self.declared[declaration];
            let common = declared.common();
            let subject = match declared {
                Declared::Resource(resource) => resource.cluster.as_ref(),
                Declared::Check(check) => check.subject.as_ref(),
            };
            let mut edges = Vec::new();
            if let Some(subject) = subject {
                self.subject(node, container, subject, &mut edges);
            }
            let template = self.bindings[position].template.clone();
            let metas = [&common.for_each, &common.when, &common.region];
            let expressions =
                metas.into_iter().flatten().flat_map(Template::expressions).chain(template.expressions());
            for expression in expressions {
                self.references(node, container, expression, EdgeKind::Reference, &mut edges);
            }
            for expression in &common.after {
                self.references(node, container, expression, EdgeKind::After, &mut edges);
            }
            self.graph.connect_all(node, edges);
        }
    }

    /// Joins an instance to the one resource that it is in, or asks about.
    fn subject(&mut self, node: NodeIndex, container: usize, template: &Template, edges: &mut Vec<Edge>) {
        let TemplateShape::Whole(expression) = &template.shape else {
            self.diagnostics.push(
                Diagnostic::error("this should refer to one resource")
                    .at(template.at, "here")
                    .help("write it as \"{{ cluster[each.key] }}\""),
            );
            return;
        };
        let found = self.references(node, container, expression, EdgeKind::Cluster, edges);
        let [subject] = found.nodes.as_slice() else {
            // What refers to nothing because something else is wrong has been reported there.
            let is_all_right = !found.is_faulty && !self.diagnostics.has_errors();
            if !found.nodes.is_empty() || is_all_right {
                let message = format!("this refers to {} resources, and should to one", found.nodes.len());
                self.diagnostics.push(
                    Diagnostic::error(message)
                        .at(template.at, "here")
                        .help("name the instance: \"{{ cluster[each.key] }}\""),
                );
            }
            return;
        };
        let instance = self.graph.node_mut(node);
        match &mut instance.body {
            Body::Check(check) if &*check.probe == "attribute" => check.subject = Some(*subject),
            _ => instance.cluster = Some(*subject),
        }
    }

    /// Adds the edges of one expression, and gives the instances that it reads.
    fn references(
        &mut self,
        node: NodeIndex,
        container: usize,
        expression: &Expression,
        kind: EdgeKind,
        edges: &mut Vec<Edge>,
    ) -> Found {
        let scope = self.bindings[node.position()].scope.clone();
        let mut found = Found::default();
        let place = Place { shared: &scope.shared, container, each: scope.each.as_ref(), at: expression.at };
        self.follow(&place, expression, kind, &mut found);
        edges.extend(found.nodes.iter().map(|to| Edge { to: *to, kind, at: Some(expression.at) }));
        if found.is_faulty {
            self.faulty.insert(node);
        }
        found
    }

    fn follow(&mut self, place: &Place<'_>, expression: &Expression, kind: EdgeKind, found: &mut Found) {
        for path in &expression.paths {
            match place.resolve(path) {
                Ok(Referent::Data) => {}
                Ok(Referent::Instances { declaration, nodes, attribute }) => {
                    found.is_faulty |= !self.has_attribute(declaration, attribute.as_deref(), kind, place.at);
                    found.nodes.extend(nodes);
                }
                Ok(Referent::Output { container, template }) => {
                    if found.outputs.insert(identity(container, &template)) {
                        for inner in template.expressions() {
                            let place = Place { shared: place.shared, container, each: None, at: inner.at };
                            self.follow(&place, inner, kind, found);
                        }
                    }
                }
                Err(fault) => {
                    found.is_faulty = true;
                    self.diagnostics.push(fault);
                }
            }
        }
    }

    /// Whether an attribute can be read; it is reported where it can't.
    fn has_attribute(
        &mut self,
        declaration: usize,
        attribute: Option<&str>,
        kind: EdgeKind,
        at: Location,
    ) -> bool {
        let Declared::Resource(resource) = self.declared[declaration].1 else {
            if kind == EdgeKind::Reference {
                self.diagnostics.push(
                    Diagnostic::error(format!(
                        "`{}` is a check, and checks have no attributes",
                        self.shared.declared[declaration]
                    ))
                    .at(at, "read here")
                    .help("wait for it with `after`"),
                );
            }
            return kind != EdgeKind::Reference;
        };
        let (Some(attribute), Some(observed)) =
            (attribute, self.registry.get(&resource.kind.0).map(|kind| kind.observed()))
        else {
            return true;
        };
        match observed.field(attribute) {
            Some(field) if field.write_only => {
                self.diagnostics.push(
                    Diagnostic::error(format!("`{attribute}` of a {} can't be read back", resource.kind.0))
                        .at(at, "read here")
                        .help("refer to the secret's store instead"),
                );
                false
            }
            Some(_) => true,
            None => {
                let names: Vec<&str> = observed
                    .fields()
                    .into_iter()
                    .flat_map(|fields| fields.keys().map(AsRef::as_ref))
                    .collect();
                self.diagnostics.push(
                    Diagnostic::error(format!("{} has no attribute `{attribute}`", resource.kind.0))
                        .at(at, "read here")
                        .did_you_mean(attribute, names.iter().copied())
                        .or_help(|| format!("it has {}", names.join(", "))),
                );
                false
            }
        }
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
            state: self.file.state.as_ref().map(|(state, _)| state.clone()),
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

    /// The moves of every stack, as addresses.
    fn moves(&mut self) -> Vec<(Address, Address)> {
        let mut moves = Vec::new();
        for stack in self.files.stacks.values() {
            let phases = stack.phases.iter().filter_map(|(name, _)| self.files.phases.get(name));
            let declarations = std::iter::once((None, &stack.declarations))
                .chain(phases.map(|phase| (Some(&phase.name.text), &phase.declarations)));
            for (phase, declarations) in declarations {
                for moved in &declarations.moved {
                    let read = |text: &str| moved_address(text, &stack.name.text, phase.map(AsRef::as_ref));
                    match (read(&moved.from.0), read(&moved.to.0)) {
                        (Ok(from), Ok(to)) => moves.push((from, to)),
                        (Err(fault), _) => {
                            self.diagnostics.push(Diagnostic::error(fault).at(moved.from.1, "here"));
                        }
                        (_, Err(fault)) => {
                            self.diagnostics.push(Diagnostic::error(fault).at(moved.to.1, "here"));
                        }
                    }
                }
            }
        }
        moves
    }
}

/// What an output is known by: a phase's own stand in every stack that has it.
fn identity(container: usize, template: &Arc<Template>) -> (usize, usize) {
    (container, Arc::as_ptr(template) as usize)
}

fn join<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> String {
    names.map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}

/// A circle, as the path of the lines that close it.
fn circle(
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

/// Reads `name`, `phase.name` or a whole address, each with or without a key.
fn moved_address(text: &str, stack: &str, phase: Option<&str>) -> Result<Address, String> {
    let full = if text.contains('/') && text.find('/') < text.find('[').or(Some(text.len())) {
        text.to_owned()
    } else if text.split('[').next().is_some_and(|path| path.contains('.')) || phase.is_none() {
        format!("{stack}/{text}")
    } else {
        format!("{stack}/{}.{text}", phase.unwrap_or_default())
    };
    full.parse().map_err(|error: crate::model::AddressError| error.to_string())
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

fn plain(template: &Template, what: &str, diagnostics: &mut Diagnostics) -> Option<Value> {
    let value = evaluate::plain(template);
    if value.is_none() {
        diagnostics.push(
            Diagnostic::error(format!("`{what}` can't hold expressions")).at(template.at, "in this value"),
        );
    }
    value
}

/// `env`, as expressions see it.
fn environment_value(file: &EnvironmentFile, diagnostics: &mut Diagnostics) -> Value {
    let mut map: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    map.insert("name".into(), Value::String(file.name.text.clone()));
    if let Some((target, at)) = &file.target {
        if !["sandbox", "aws"].contains(&&**target) {
            diagnostics.push(
                Diagnostic::error(format!("there is no target `{target}`"))
                    .at(*at, "unknown target")
                    .help("targets are sandbox and aws"),
            );
        }
        map.insert("target".into(), Value::String(target.clone()));
    }
    if let Some((account, at)) = &file.account {
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            diagnostics.push(
                Diagnostic::error(format!("`{account}` is no AWS account"))
                    .at(*at, "twelve digits, in quotes"),
            );
        }
        map.insert("account".into(), Value::String(account.clone()));
    }
    let regions = file.regions.as_ref().and_then(|template| {
        let value = plain(template, "regions", diagnostics)?;
        for (key, region) in value.as_map().into_iter().flatten() {
            if region.get("name").and_then(Value::as_str).is_none() {
                diagnostics.push(
                    Diagnostic::error(format!("the region `{key}` has no `name`"))
                        .at(template.locate(&FieldPath::root().key(key)), "this region")
                        .help("write it as { name: us-east-1, … }"),
                );
            }
        }
        Some(value)
    });
    map.insert("regions".into(), regions.unwrap_or(Value::EMPTY_MAP));
    Value::Map(map)
}

fn regions(environment: &Value) -> BTreeSet<Arc<str>> {
    let regions = environment.get("regions").and_then(Value::as_map);
    let names = regions.into_iter().flat_map(BTreeMap::values).filter_map(|region| region.get("name"));
    names.filter_map(Value::as_str).map(Into::into).collect()
}

/// The settings of a container: what the stack refines, else what the environment gives, else the
/// default.
fn settings(
    file: &EnvironmentFile,
    stack: &Stack,
    phase: Option<&Arc<str>>,
    declarations: &Declarations,
    environment: &Arc<Value>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let group = phase.unwrap_or(&stack.name.text);
    let refined = stack.refinements.get(&file.name.text).map(|(_, given)| given);
    let given = |given: Option<&'_ Given>, name: &str| -> Option<(Location, Value)> {
        let (_, template) = given?.get(group)?.1.get(name)?;
        Some((template.at, evaluate::plain(template)?))
    };
    let mut values = BTreeMap::new();
    for setting in &declarations.settings {
        let value = given(refined, &setting.name)
            .or_else(|| given(Some(&file.settings), &setting.name))
            .or_else(|| default(setting, environment, diagnostics));
        match value {
            Some((at, value)) => {
                if let Some(fault) = setting.check(&value, at) {
                    diagnostics.push(fault);
                }
                values.insert(setting.name.clone(), value);
            }
            None if setting.default.is_none() => {
                let unset = Unknown::new(vec![format!("{UNSET}{}", setting.name)]);
                values.insert(setting.name.clone(), Value::Unknown(unset));
                diagnostics.push(
                Diagnostic::error(format!(
                    "the environment `{}` gives no value to the setting `{}` of `{group}`, which has no default",
                    file.name.text, setting.name
                ))
                .at(setting.at, "declared here")
                .help(format!("add settings: {{ {group}: {{ {}: … }} }} to it", setting.name)),
            );
            }
            None => {}
        }
    }
    Value::Map(values)
}

/// The default of a setting, which may read `env`.
fn default(
    setting: &Setting,
    environment: &Arc<Value>,
    diagnostics: &mut Diagnostics,
) -> Option<(Location, Value)> {
    let template = setting.default.as_ref()?;
    if let Some(value) = evaluate::plain(template) {
        return Some((template.at, value));
    }
    let shared = Arc::new(Shared {
        environment: environment.clone(),
        evidence: None,
        containers: vec![Container {
            stack: "".into(),
            phase: None,
            names: BTreeMap::new(),
            settings: Arc::new(Value::EMPTY_MAP),
            outputs: BTreeMap::new(),
        }],
        places: BTreeMap::new(),
        declared: Vec::new(),
        instances: OnceLock::new(),
        addresses: OnceLock::new(),
        known: RwLock::new(Vec::new()),
        templates: Templates::default(),
    });
    let mut faults = Diagnostics::default();
    let value = evaluate::template(template, &Scope::new(&shared, 0, None), &mut faults);
    let is_right = !faults.has_errors();
    diagnostics.extend(faults);
    is_right.then_some((template.at, value))
}

/// Values that are given to settings that nobody declares.
fn report_unknown_settings(files: &Files, file: &EnvironmentFile, diagnostics: &mut Diagnostics) {
    let groups: BTreeMap<&str, &Declarations> = files
        .phases
        .iter()
        .map(|(name, phase)| (name.as_ref(), &phase.declarations))
        .chain(files.stacks.iter().map(|(name, stack)| (name.as_ref(), &stack.declarations)))
        .collect();
    let refinements = files
        .stacks
        .values()
        .filter_map(|stack| stack.refinements.get(&file.name.text).map(|(_, given)| given));
    for given in std::iter::once(&file.settings).chain(refinements) {
        for (group, (group_key, values)) in given {
            let Some(declarations) = groups.get(&**group) else {
                diagnostics.push(
                    Diagnostic::error(format!("there is no phase or stack `{group}` to give settings to"))
                        .at(group_key.at, "given here")
                        .did_you_mean(group, groups.keys().copied()),
                );
                continue;
            };
            let names: Vec<&str> =
                declarations.settings.iter().map(|setting| setting.name.as_ref()).collect();
            for (name, (key, template)) in values {
                if !names.contains(&&**name) {
                    diagnostics.push(
                        Diagnostic::error(format!("`{group}` has no setting `{name}`"))
                            .at(key.at, "given here")
                            .did_you_mean(name, names.iter().copied())
                            .or_help(|| match names.as_slice() {
                                [] => "it has none at all".to_owned(),
                                some => format!("its settings are {}", some.join(", ")),
                            }),
                    );
                } else if evaluate::plain(template).is_none() {
                    diagnostics.push(
                        Diagnostic::error("values of settings can't hold expressions")
                            .at(template.at, "here")
                            .help("write the value itself, or give the setting a `default` that reads env"),
                    );
                }
            }
        }
    }
}

/// The digest of every text that an environment is made of.
fn digest(files: &Files, file: &EnvironmentFile) -> Digest {
    let others: BTreeSet<SourceId> = files
        .environments
        .values()
        .map(|other| other.source)
        .filter(|source| *source != file.source)
        .chain(of_others(&files.evidence, &file.name.text))
        .chain(files.stacks.values().flat_map(|stack| of_others(&stack.refinements, &file.name.text)))
        .collect();
    let mut bytes = Vec::new();
    let mut add = |name: &str, text: &str| {
        for part in [name, text] {
            bytes.extend_from_slice(&part.len().to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
    };
    add("environment", &file.name.text);
    for (index, (path, text)) in files.sources.iter().enumerate() {
        if !others.contains(&SourceId(u32::try_from(index).unwrap_or(u32::MAX))) {
            add(&path.to_string_lossy(), text);
        }
    }
    Digest::of(&bytes)
}

/// The texts that are those of other environments.
fn of_others<'a, T>(
    texts: &'a BTreeMap<Arc<str>, (SourceId, T)>,
    environment: &'a str,
) -> impl Iterator<Item = SourceId> + 'a {
    texts.iter().filter(move |(name, _)| name.as_ref() != environment).map(|(_, (source, _))| *source)
}

impl Evaluate for Environment {
    fn provide(&self, index: NodeIndex, known: Known) {
        self.shared.known.write().unwrap_or_else(PoisonError::into_inner)[index.position()] = Arc::new(known);
    }

    fn evaluate(&self, index: NodeIndex) -> Result<Evaluated, Diagnostics> {
        let binding = &self.bindings[index.position()];
        let mut diagnostics = Diagnostics::default();
        let value = evaluate::template(&binding.template, &binding.scope, &mut diagnostics);
        debug_assert!(
            self.reads_have_edges(index),
            "{} reads what it has no edge to",
            self.graph.node(index).address
        );
        if let (Some(kind), false) = (&binding.kind, diagnostics.has_errors()) {
            check(kind.as_ref(), &value, &binding.template, &mut diagnostics);
        }
        if let (Body::Check(asked), false) = (&self.graph.node(index).body, diagnostics.has_errors()) {
            self.check_question(index, asked, &value, &mut diagnostics);
        }
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        // From here on nobody can show, or save, what the kind's schema says is sensitive.
        let value = match &binding.kind {
            Some(kind) => kind.spec().conceal(value),
            None => value,
        };
        Ok(Evaluated { value })
    }

    fn locate(&self, index: NodeIndex, path: &FieldPath) -> Location {
        self.bindings[index.position()].template.locate(path)
    }
}

/// Reports everything in a spec that doesn't fit its kind.
fn check(kind: &dyn AnyKind, value: &Value, template: &Template, diagnostics: &mut Diagnostics) {
    let mut findings = Vec::new();
    kind.spec().check(value, &FieldPath::root(), &mut findings);
    if findings.is_empty() {
        findings = kind.validate(&kind.spec().complete(value));
        // A rule about a field that isn't known was asked of a sample.
        findings.retain(|finding| finding.paths.iter().all(|path| is_known_at(value, path)));
    }
    let described = format!("`ninefold explain {}`", kind.name());
    report(findings, template, Some(kind.spec()), kind.name(), &described, diagnostics);
}

/// Reports findings about a value; those about a field that its schema doesn't have point to the key.
fn report(
    findings: Vec<Finding>,
    template: &Template,
    schema: Option<&Field>,
    what: &str,
    described: &str,
    diagnostics: &mut Diagnostics,
) {
    for finding in findings {
        let at = finding.paths.first().map_or(template.at, |path| {
            match schema.is_none_or(|schema| field_at(schema, path).is_some()) {
                true => template.locate(path),
                false => template.locate_key(path),
            }
        });
        let help = finding.help.unwrap_or_else(|| format!("{described} describes it"));
        diagnostics.push(Diagnostic::error(finding.message).at(at, format!("in this {what}")).help(help));
    }
}

/// What the schema says of the field at a path; nothing where it has no such field.
fn field_at<'a>(schema: &'a Field, path: &FieldPath) -> Option<&'a Field> {
    path.steps().iter().try_fold(schema, |field, step| match (&field.shape, step) {
        (Shape::Object(fields), Step::Key(key)) => fields.get(key),
        (Shape::Map { value, .. }, _) => Some(value.as_ref()),
        (Shape::List { item, .. }, _) => Some(item.as_ref()),
        (Shape::Any, _) => Some(field),
        _ => None,
    })
}

/// Whether a value is all there: a secret is known only at the moment of the call.
fn is_complete(value: &Value) -> bool {
    match value {
        Value::Unknown(_) | Value::Secret(_) => false,
        Value::Sensitive(inner) => is_complete(inner),
        Value::List(items) => items.iter().all(is_complete),
        Value::Map(map) => map.values().all(is_complete),
        _ => true,
    }
}

/// Whether everything on the way to a field and below it is known.
fn is_known_at(value: &Value, path: &FieldPath) -> bool {
    let mut at = FieldPath::root();
    for step in path.steps() {
        if matches!(value.at(&at), Some(Value::Unknown(_) | Value::Secret(_))) {
            return false;
        }
        at = at.join(step.clone());
    }
    value.at(&at).is_none_or(is_complete)
}

impl Environment {
    /// Reports everything in the question of a check that doesn't fit its probe.
    fn check_question(
        &self,
        index: NodeIndex,
        asked: &CheckBody,
        question: &Value,
        diagnostics: &mut Diagnostics,
    ) {
        let template = &self.bindings[index.position()].template;
        let place = format!("`{}` check", asked.probe);
        let subject = asked.subject.or(self.graph.node(index).cluster);
        if let (Some(field), None) = (probe::subject_field(&asked.probe), subject) {
            diagnostics.push(
                Diagnostic::error(format!("`{field}` is missing in `{}`", asked.probe))
                    .at(template.at, format!("in this {place}"))
                    .help(format!("say which resource it asks about: {field}: \"{{{{ name[each.key] }}}}\"")),
            );
            return;
        }
        let kind = asked.subject.and_then(|subject| self.kind(subject));
        let mut findings = probe::findings(&asked.probe, question, kind.map(AsRef::as_ref));
        findings.retain(|finding| finding.paths.iter().all(|path| is_known_at(question, path)));
        report(findings, template, None, &place, "docs/language.md", diagnostics);
    }

    /// Whether everything that the last evaluation of an instance has read is among its edges.
    fn reads_have_edges(&self, index: NodeIndex) -> bool {
        let nodes = self.bindings[index.position()].scope.tracker.take_nodes();
        let edges = self.graph.dependencies(index);
        nodes.iter().all(|node| edges.iter().any(|edge| edge.to == *node))
    }

    /// The schema and behaviour of an instance's kind; checks have none.
    #[must_use]
    pub fn kind(&self, index: NodeIndex) -> Option<&Arc<dyn AnyKind>> {
        self.bindings[index.position()].kind.as_ref()
    }

    /// Evaluates every instance with nothing applied yet: all faults of the whole graph.
    ///
    /// # Errors
    /// Those faults.
    pub fn validate(&self) -> Result<(), Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        self.evaluate_all(&BTreeSet::new(), &mut diagnostics);
        if let Err(faults) = self.outputs() {
            diagnostics.extend(faults);
        }
        diagnostics.sort();
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
    }

    /// Evaluates every instance but some.
    fn evaluate_all(&self, but: &BTreeSet<NodeIndex>, diagnostics: &mut Diagnostics) {
        for &index in self.order.iter().filter(|index| !but.contains(index)) {
            match self.evaluate(index) {
                Ok(evaluated) => self.provide(index, declared(&evaluated.value)),
                Err(faults) => diagnostics.extend(faults),
            }
        }
    }

    /// Evaluates the outputs of a stack, or of all of them: by stack and name.
    ///
    /// # Errors
    /// What fails in their expressions.
    pub fn outputs(&self) -> Result<BTreeMap<(Arc<str>, Arc<str>), Value>, Diagnostics> {
        let mut diagnostics = Diagnostics::default();
        let mut outputs = BTreeMap::new();
        for (index, container) in self.shared.containers.iter().enumerate() {
            let prefix = container.phase.as_ref().map_or_else(String::new, |phase| format!("{phase}."));
            for (name, template) in &container.outputs {
                let scope = Scope::new(&self.shared, index, None);
                let value = evaluate::template(template, &scope, &mut diagnostics);
                outputs.insert((container.stack.clone(), format!("{prefix}{name}").into()), value);
            }
        }
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(outputs) }
    }

    /// Evaluates an expression that a person gives: as it would be seen by an instance, or else by
    /// the first stack.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn eval(&self, source: &str, at: Option<&Address>) -> Result<Value, String> {
        let scope = match at {
            Some(address) => {
                let found = self.graph.nodes().find(|(_, node)| node.address == *address);
                let (index, _) = found.ok_or_else(|| {
                    let addresses: Vec<String> =
                        self.graph.nodes().map(|(_, node)| node.address.to_string()).collect();
                    let close = closest(&address.to_string(), addresses.iter().map(String::as_str));
                    let hint = close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
                    format!("there is no {address}{hint}")
                })?;
                // A scope of its own: what a person reads isn't what the instance reads.
                let scope = &self.bindings[index.position()].scope;
                Scope::new(&self.shared, scope.container, scope.each.clone())
            }
            None => Scope::new(&self.shared, 0, None),
        };
        let nowhere = Location { source: SourceId(0), offset: 0, length: 0, line: 1, column: 1 };
        let expression = super::expression::compile(source, nowhere)?;
        let mut diagnostics = Diagnostics::default();
        let value = evaluate::expression(&expression, &scope, &mut diagnostics);
        match diagnostics.iter().next() {
            Some(fault) => Err(match &fault.help {
                Some(help) => format!("{}; {help}", fault.message),
                None => fault.message.clone(),
            }),
            None => Ok(value),
        }
    }
}

/// What is known of an instance that hasn't been applied: the fields that it sets.
fn declared(value: &Value) -> Known {
    Known { attributes: value.as_map().cloned().unwrap_or_default(), others_unknown: true }
}
