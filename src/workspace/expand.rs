//! From declarations to the graph of one environment: settings, instances, edges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::declaration::{Check, Common, Declarations, Resource};
use super::evaluate;
use super::expression::Expression;
use super::files::{EnvironmentFile, Files, Stack};
use super::references::{Place, Referent};
use super::scope::{Container, Instances, Scope, Shared, Templates};
use super::settings::{Given, Setting};
use super::template::{Template, TemplateShape};
use crate::graph::{Body, CheckBody, Edge, EdgeKind, Evaluate, Evaluated, Graph, Instance, Known, NodeIndex};
use crate::kinds::{AnyKind, Habitat, Registry};
use crate::model::{Address, Diagnostic, Diagnostics, Digest, FieldPath, Location, SourceId, Value, closest};

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
    expansion.instances();
    if expansion.diagnostics.has_errors() {
        return Err(expansion.sorted());
    }
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
}

impl<'f> Expansion<'f> {
    fn begin(files: &'f Files, registry: &'f Registry, file: &'f EnvironmentFile) -> Self {
        let mut diagnostics = Diagnostics::default();
        let environment = environment_value(file, &mut diagnostics);
        let evidence = files
            .evidence
            .get(&file.name.text)
            .and_then(|(_, template)| plain(template, "evidence", &mut diagnostics));
        let mut shared = Shared {
            environment,
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
            for (name, at) in &stack.phases {
                match files.phases.get(name) {
                    Some(phase) => places.push((Some(name.clone()), &phase.declarations)),
                    None => diagnostics.push(
                        Diagnostic::error(format!("there is no phase `{name}`"))
                            .at(*at, "named here")
                            .did_you_mean(name, files.phases.keys().map(AsRef::as_ref)),
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
        let known = vec![Known { others_unknown: true, ..Known::default() }; addresses.len()];
        let _ = self.shared.addresses.set(addresses);
        *self.shared.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    fn expand(&mut self, declaration: usize) -> Instances {
        let (container, ref declared) = self.declared[declaration];
        let common = declared.common();
        let Some(for_each) = &common.for_each else {
            return self.instance(declaration, container, None).map_or(Instances::Skipped, Instances::One);
        };
        let scope = Scope::new(&self.shared, container, None);
        let Some(set) = self.meta(for_each, &scope, "for_each") else { return Instances::Skipped };
        let Some(elements) = self.elements(&set, for_each.at) else { return Instances::Skipped };
        let mut keyed = BTreeMap::new();
        for (key, value) in elements {
            if let Some(node) = self.instance(declaration, container, Some((key.clone(), value))) {
                keyed.insert(key, node);
            }
        }
        Instances::Keyed(keyed)
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
                            Diagnostic::error(format!("`for_each` has `{key}` twice")).at(at, "this list"),
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
                    .at(at, "this value"),
                );
                None
            }
        }
    }

    /// Evaluates what has to be known before anything is applied.
    fn meta(&mut self, template: &Template, scope: &Arc<Scope>, what: &str) -> Option<Value> {
        let before = self.diagnostics.len();
        let value = evaluate::template(template, scope, &mut self.diagnostics);
        match value {
            _ if self.diagnostics.len() > before => None,
            Value::Unknown(unknown) => {
                self.diagnostics.push(
                    Diagnostic::error(format!(
                        "`{what}` reads {}, which is known only after apply",
                        unknown.reads().join(", ")
                    ))
                    .at(template.at, "this has to be known when planning")
                    .help("which instances there are, and where, follows from env, settings and each alone"),
                );
                None
            }
            value => Some(value),
        }
    }

    fn meta_bool(&mut self, template: Option<&Template>, scope: &Arc<Scope>, what: &str) -> Option<bool> {
        let template = template?;
        match self.meta(template, scope, what)? {
            Value::Bool(value) => Some(value),
            other => {
                self.diagnostics.push(
                    Diagnostic::error(format!("`{what}` should be true or false, not {}", other.type_name()))
                        .at(template.at, "this value"),
                );
                None
            }
        }
    }

    fn meta_text(&mut self, template: Option<&Template>, scope: &Arc<Scope>, what: &str) -> Option<Arc<str>> {
        let template = template?;
        match self.meta(template, scope, what)? {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => {
                self.diagnostics.push(
                    Diagnostic::error(format!("`{what}` should be text, not {}", other.type_name()))
                        .at(template.at, "this value"),
                );
                None
            }
        }
    }

    /// Adds one instance, unless `when` leaves it out or something is wrong with it.
    fn instance(
        &mut self,
        declaration: usize,
        container: usize,
        each: Option<(Arc<str>, Value)>,
    ) -> Option<NodeIndex> {
        let common = self.declared[declaration].1.common();
        let scope = Scope::new(&self.shared, container, each);
        if let Some(when) = &common.when
            && !self.meta_bool(Some(when), &scope, "when")?
        {
            return None;
        }
        let region = self.meta_text(common.region.as_ref(), &scope, "region");
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
        Some(self.graph.add(instance))
    }

    fn resource(
        &mut self,
        resource: &Resource,
        scope: &Arc<Scope>,
        has_region: bool,
    ) -> Option<(Body, Arc<Template>, Option<Arc<dyn AnyKind>>)> {
        let (name, at) = &resource.kind;
        let Some(kind) = self.registry.get(name) else {
            self.diagnostics.push(
                Diagnostic::error(format!("there is no kind `{name}`"))
                    .at(*at, "unknown kind")
                    .did_you_mean(name, self.registry.names())
                    .or_help(|| "`ninefold kinds` lists them".to_owned()),
            );
            return None;
        };
        let habitat = Habitat::of(name);
        let mut needs = |field: &str, example: &str| {
            self.diagnostics.push(
                Diagnostic::error(format!("`{field}` is missing: a {name} lives in one"))
                    .at(resource.common.at, "this resource")
                    .help(format!("add {field}: \"{example}\"")),
            );
        };
        if habitat == Habitat::Region && resource.common.region.is_none() && !has_region {
            needs("region", "{{ each.value.name }}");
        }
        if habitat == Habitat::Cluster && resource.cluster.is_none() {
            needs("cluster", "{{ cluster[each.key] }}");
        }
        let body = Body::Resource {
            kind: name.clone(),
            protect: self.meta_bool(resource.protect.as_ref(), scope, "protect").unwrap_or(false),
            retain: self.meta_bool(resource.retain.as_ref(), scope, "retain").unwrap_or(false),
            adopt: self.meta_text(resource.adopt.as_ref(), scope, "adopt"),
            lookup: self.meta_text(resource.lookup.as_ref(), scope, "lookup"),
            ignore: resource.ignore.clone(),
            replace: resource.replace,
            timeouts: resource.timeouts,
        };
        Some((body, resource.spec.clone(), Some(kind.clone())))
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
            if let Some(subject) = subject {
                self.subject(node, container, subject);
            }
            let template = self.bindings[position].template.clone();
            let metas = [&common.for_each, &common.when, &common.region];
            let expressions =
                metas.into_iter().flatten().flat_map(Template::expressions).chain(template.expressions());
            for expression in expressions {
                self.references(node, container, expression, EdgeKind::Reference);
            }
            for expression in &common.after {
                self.references(node, container, expression, EdgeKind::After);
            }
        }
    }

    /// Joins an instance to the one resource that it is in, or asks about.
    fn subject(&mut self, node: NodeIndex, container: usize, template: &Template) {
        let TemplateShape::Whole(expression) = &template.shape else {
            self.diagnostics.push(
                Diagnostic::error("this should refer to one resource")
                    .at(template.at, "here")
                    .help("write it as \"{{ cluster[each.key] }}\""),
            );
            return;
        };
        let found = self.references(node, container, expression, EdgeKind::Cluster);
        let [subject] = found.as_slice() else {
            if !self.diagnostics.has_errors() {
                self.diagnostics.push(
                    Diagnostic::error(format!("this refers to {} resources, and should to one", found.len()))
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
    ) -> Vec<NodeIndex> {
        let scope = self.bindings[node.position()].scope.clone();
        let mut found = Vec::new();
        let mut outputs = BTreeSet::new();
        let place = Place { shared: &scope.shared, container, each: scope.each.as_ref(), at: expression.at };
        self.follow(&place, expression, kind, &mut found, &mut outputs);
        for to in &found {
            self.graph.connect(node, Edge { to: *to, kind, at: Some(expression.at) });
        }
        found
    }

    fn follow(
        &mut self,
        place: &Place<'_>,
        expression: &Expression,
        kind: EdgeKind,
        found: &mut Vec<NodeIndex>,
        outputs: &mut BTreeSet<usize>,
    ) {
        for path in &expression.paths {
            match place.resolve(path) {
                Ok(Referent::Data) => {}
                Ok(Referent::Instances { declaration, nodes, attribute }) => {
                    self.check_attribute(declaration, attribute.as_deref(), kind, place.at);
                    found.extend(nodes);
                }
                Ok(Referent::Output { container, template }) => {
                    // An output that reads itself is read once.
                    if outputs.insert(Arc::as_ptr(&template) as usize) {
                        for inner in template.expressions() {
                            let place = Place { shared: place.shared, container, each: None, at: inner.at };
                            self.follow(&place, inner, kind, found, outputs);
                        }
                    }
                }
                Err(fault) => self.diagnostics.push(fault),
            }
        }
    }

    /// Reports a reference to an attribute that the kind doesn't have.
    fn check_attribute(&mut self, declaration: usize, attribute: Option<&str>, kind: EdgeKind, at: Location) {
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
            return;
        };
        let (Some(attribute), Some(observed)) =
            (attribute, self.registry.get(&resource.kind.0).map(|kind| kind.observed()))
        else {
            return;
        };
        match observed.field(attribute) {
            Some(field) if field.write_only => self.diagnostics.push(
                Diagnostic::error(format!("`{attribute}` of a {} can't be read back", resource.kind.0))
                    .at(at, "read here")
                    .help("refer to the secret's store instead"),
            ),
            Some(_) => {}
            None => {
                let names: Vec<&str> = observed
                    .fields()
                    .into_iter()
                    .flat_map(|fields| fields.keys().map(AsRef::as_ref))
                    .collect();
                self.diagnostics.push(
                    Diagnostic::error(format!("a {} has no attribute `{attribute}`", resource.kind.0))
                        .at(at, "read here")
                        .did_you_mean(attribute, names.iter().copied())
                        .or_help(|| format!("it has {}", names.join(", "))),
                );
            }
        }
    }

    fn finish(mut self) -> Result<Environment, Diagnostics> {
        let moved = self.moves();
        if self.diagnostics.has_errors() {
            return Err(self.sorted());
        }
        let order = match self.graph.order() {
            Ok(order) => order,
            Err(cycle) => return Err(self.circle(&cycle).into()),
        };
        let regions = regions(&self.shared.environment);
        Ok(Environment {
            name: self.file.name.text.clone(),
            target: self.file.target.as_ref().map_or_else(|| "sandbox".into(), |(target, _)| target.clone()),
            account: self.file.account.as_ref().map(|(account, _)| account.clone()),
            state: self.file.state.as_ref().map(|(state, _)| state.clone()),
            regions,
            digest: digest(self.files, self.file),
            graph: self.graph,
            order,
            moved,
            shared: self.shared,
            bindings: self.bindings,
        })
    }

    fn circle(&self, cycle: &crate::graph::Cycle) -> Diagnostic {
        let address = |node: NodeIndex| &self.graph.node(node).address;
        let names: Vec<String> = cycle
            .path
            .iter()
            .map(|(node, _)| *node)
            .chain(cycle.path.first().map(|(node, _)| *node))
            .map(|node| address(node).to_string())
            .collect();
        let mut fault =
            Diagnostic::error(format!("resources wait for each other in a circle: {}", names.join(" → ")));
        for (node, edge) in &cycle.path {
            if let Some(at) = edge.at {
                fault = fault.at(at, format!("{} waits for {}", address(*node), address(edge.to)));
            }
        }
        fault.help("remove one of these references")
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
        settings,
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
    environment: &Value,
    diagnostics: &mut Diagnostics,
) -> Value {
    let group = phase.unwrap_or(&stack.name.text);
    let refined = stack.refinements.get(&file.name.text);
    let given = |given: Option<&'_ Given>, name: &str| -> Option<(Location, Value)> {
        let (_, template) = given?.get(group)?.get(name)?;
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
            None if setting.default.is_none() => diagnostics.push(
                Diagnostic::error(format!(
                    "the environment `{}` gives no value to the setting `{}` of `{group}`, which has no default",
                    file.name.text, setting.name
                ))
                .at(setting.at, "declared here")
                .help(format!("add settings: {{ {group}: {{ {}: … }} }} to it", setting.name)),
            ),
            None => {}
        }
    }
    Value::Map(values)
}

/// The default of a setting, which may read `env`.
fn default(
    setting: &Setting,
    environment: &Value,
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
            settings: Value::EMPTY_MAP,
            outputs: BTreeMap::new(),
        }],
        places: BTreeMap::new(),
        declared: Vec::new(),
        instances: OnceLock::new(),
        addresses: OnceLock::new(),
        known: RwLock::new(Vec::new()),
        templates: Templates(Arc::default()),
    });
    let before = diagnostics.len();
    let value = evaluate::template(template, &Scope::new(&shared, 0, None), diagnostics);
    (diagnostics.len() == before).then_some((template.at, value))
}

/// Values that are given to settings that nobody declares.
fn report_unknown_settings(files: &Files, file: &EnvironmentFile, diagnostics: &mut Diagnostics) {
    let groups: BTreeMap<&str, &Declarations> = files
        .phases
        .iter()
        .map(|(name, phase)| (name.as_ref(), &phase.declarations))
        .chain(files.stacks.iter().map(|(name, stack)| (name.as_ref(), &stack.declarations)))
        .collect();
    let refinements = files.stacks.values().filter_map(|stack| stack.refinements.get(&file.name.text));
    for given in std::iter::once(&file.settings).chain(refinements) {
        for (group, values) in given {
            for (name, (key, template)) in values {
                let declared = groups.get(&**group).map(|declarations| &declarations.settings);
                let names = || declared.into_iter().flatten().map(|setting| setting.name.as_ref());
                let fault = match declared {
                    None => {
                        Diagnostic::error(format!("there is no phase or stack `{group}` to give settings to"))
                            .at(key.at, "given here")
                            .did_you_mean(group, groups.keys().copied())
                    }
                    Some(_) if !names().any(|known| *known == **name) => {
                        Diagnostic::error(format!("`{group}` has no setting `{name}`"))
                            .at(key.at, "given here")
                            .did_you_mean(name, names())
                    }
                    Some(_) if evaluate::plain(template).is_none() => {
                        Diagnostic::error("values of settings can't hold expressions").at(template.at, "here")
                    }
                    Some(_) => continue,
                };
                diagnostics.push(fault);
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
        .chain(files.evidence.values().map(|(source, _)| *source))
        .filter(|source| {
            *source != file.source
                && files.evidence.get(&file.name.text).is_none_or(|(pinned, _)| pinned != source)
        })
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
    for (name, text) in &files.templates {
        add(name, text);
    }
    Digest::of(&bytes)
}

impl Evaluate for Environment {
    fn provide(&self, index: NodeIndex, known: Known) {
        self.shared.known.write().unwrap_or_else(PoisonError::into_inner)[index.position()] = known;
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
    for finding in findings {
        let at = finding.paths.first().map_or(template.at, |path| template.locate(path));
        let mut fault = Diagnostic::error(finding.message).at(at, format!("in this {}", kind.name()));
        if let Some(help) = finding.help {
            fault = fault.help(help);
        }
        diagnostics.push(fault);
    }
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
    /// Whether everything that the last evaluation of an instance has read is among its edges.
    fn reads_have_edges(&self, index: NodeIndex) -> bool {
        let reads = self.bindings[index.position()].scope.tracker.take();
        let edges = self.graph.dependencies(index);
        reads.nodes.iter().all(|node| edges.iter().any(|edge| edge.to == *node))
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
        for &index in &self.order {
            match self.evaluate(index) {
                Ok(evaluated) => self.provide(index, declared(&evaluated.value)),
                Err(faults) => diagnostics.extend(faults),
            }
        }
        diagnostics.sort();
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
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

    /// Evaluates an expression that a person gives, as a phase of a stack (or the stack itself)
    /// would see it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn eval(&self, source: &str, stack: &str, phase: Option<&str>) -> Result<Value, String> {
        let places = self.shared.places.get(stack).ok_or_else(|| {
            let close = closest(stack, self.shared.places.keys().map(AsRef::as_ref));
            format!(
                "there is no stack `{stack}`{}",
                close.map_or_else(String::new, |c| format!("; did you mean `{c}`?"))
            )
        })?;
        let container = places
            .get(&phase.map(Into::into))
            .ok_or_else(|| format!("the stack `{stack}` has no phase `{}`", phase.unwrap_or_default()))?;
        let nowhere = Location { source: SourceId(0), offset: 0, length: 0, line: 1, column: 1 };
        let expression = super::expression::compile(source, nowhere)?;
        let mut diagnostics = Diagnostics::default();
        let scope = Scope::new(&self.shared, *container, None);
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
