//! What expressions see: objects that look values up, and record what was read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Value as Jinja};

use super::expression::{Path, Segment};
use super::template::Template;
use crate::graph::{Known, NodeIndex, StoodIn};
use crate::model::{Address, Diagnostic, Json, Location, SourceId, Step, Value};

/// Where a declaration stands: one phase within one stack, or a stack itself.
#[derive(Debug)]
pub(super) struct Container {
    pub stack: Arc<str>,
    pub phase: Option<Arc<str>>,
    /// Its resources and checks, by name.
    pub names: BTreeMap<Arc<str>, usize>,
    pub settings: Arc<Value>,
    pub outputs: BTreeMap<Arc<str>, Arc<Template>>,
}

/// The instances of one declaration.
#[derive(Debug, Clone)]
pub(super) enum Instances {
    /// `when` left it out.
    Skipped,
    /// Something is wrong with it, which has been reported: what reads it isn't to blame.
    Faulty,
    One(NodeIndex),
    Keyed(BTreeMap<Arc<str>, NodeIndex>),
}

/// Everything that the expressions of an environment share.
#[derive(Debug)]
pub(super) struct Shared {
    pub environment: Arc<Value>,
    pub evidence: Option<Arc<Value>>,
    pub containers: Vec<Container>,
    /// By stack, then by phase; the stack itself has no phase.
    pub places: BTreeMap<Arc<str>, BTreeMap<Option<Arc<str>>, usize>>,
    /// The full name of each declaration, such as `platform/cluster.vpc`.
    pub declared: Vec<String>,
    /// By declaration; set once all are expanded. Until then reading any of them is unknown.
    pub instances: OnceLock<Vec<Instances>>,
    pub addresses: OnceLock<Vec<Address>>,
    pub known: RwLock<Vec<Arc<Known>>>,
    pub templates: Templates,
}

/// The texts of `templates/` by their path below it, for the functions that read them.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates(pub Arc<BTreeMap<String, (SourceId, Arc<str>)>>);

impl Object for Templates {}

/// What an expression has read.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Attributes that aren't known yet.
    pub unknown: Vec<String>,
    pub sensitive: bool,
    /// Attributes that only a fingerprint is known of, with the instance that has each.
    pub stood_in: Vec<(Option<NodeIndex>, String)>,
    /// Whether something was looked up within one of those.
    pub used_stand_in: bool,
    /// The last thing that was looked up and isn't there, and what is there instead.
    pub missing: Option<Missing>,
    /// The full name of a resource that `when` left out.
    pub skipped: Option<String>,
    /// What is wrong with the outputs that it read.
    pub faults: Vec<Diagnostic>,
}

/// A name that was looked up in vain.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub name: String,
    /// Such as `` `env` ``.
    pub of: String,
    pub candidates: Vec<String>,
    /// What to do where no candidate is close.
    pub help: Option<String>,
}

/// Records what is read while an expression is evaluated.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    reads: Mutex<Reads>,
    /// The instances whose attributes were read, for the assertion that each has its edge.
    nodes: Mutex<Vec<NodeIndex>>,
    /// What only a fingerprint is known of, among all that was read since the last time.
    stood_in: Mutex<Vec<StoodIn>>,
}

impl Tracker {
    pub(super) fn reads(&self) -> MutexGuard<'_, Reads> {
        // Nothing panics while it holds the lock.
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read since the last time.
    pub(super) fn take(&self) -> Reads {
        std::mem::take(&mut self.reads())
    }

    /// The instances that were read since the last time.
    pub(super) fn take_nodes(&self) -> Vec<NodeIndex> {
        std::mem::take(&mut self.nodes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers what an expression has read that only a fingerprint is known of.
    pub(super) fn stood_in(&self, read: Vec<(Option<NodeIndex>, String)>, at: Location) {
        // Of an output its own expressions have remembered it.
        let known = read.into_iter().filter_map(|(node, path)| Some(StoodIn { node: node?, path, at }));
        self.add_stood_in(known);
    }

    fn add_stood_in(&self, read: impl IntoIterator<Item = StoodIn>) {
        self.stood_in.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
    }

    /// What only a fingerprint is known of, among what was read since the last time.
    pub(super) fn take_stood_in(&self) -> Vec<StoodIn> {
        std::mem::take(&mut self.stood_in.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, nodes: impl IntoIterator<Item = NodeIndex>) {
        // Only the assertion asks for them.
        if cfg!(debug_assertions) {
            self.nodes.lock().unwrap_or_else(PoisonError::into_inner).extend(nodes);
        }
    }

    fn missing(&self, name: &str, of: &str, candidates: impl IntoIterator<Item = String>) {
        self.reads().missing = Some(Missing {
            name: name.to_owned(),
            of: format!("`{of}`"),
            candidates: candidates.into_iter().collect(),
            help: None,
        });
    }
}

/// The key and the value of one element of `for_each`.
pub(super) type Each = (Arc<str>, Arc<Value>);

/// The root of an expression's variables.
#[derive(Debug)]
pub(super) struct Scope {
    pub shared: Arc<Shared>,
    pub container: usize,
    pub each: Option<Each>,
    pub tracker: Arc<Tracker>,
}

impl Scope {
    pub(super) fn new(shared: &Arc<Shared>, container: usize, each: Option<Each>) -> Arc<Self> {
        Arc::new(Self { shared: shared.clone(), container, each, tracker: Arc::new(Tracker::default()) })
    }

    fn data(&self, value: &Arc<Value>, name: &str) -> Jinja {
        show(Root::Named { name: name.into(), value: value.clone() }, &self.tracker)
    }

    fn resource(&self, container: usize, name: &str) -> Option<Jinja> {
        let declaration = *self.shared.containers[container].names.get(name)?;
        Some(resource(&self.shared, declaration, &self.tracker))
    }
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let name = key.as_str()?;
        let container = &self.shared.containers[self.container];
        match name {
            super::functions::TEMPLATES => Some(Jinja::from_object(self.shared.templates.clone())),
            "env" => Some(self.data(&self.shared.environment, "env")),
            "settings" => Some(self.data(&container.settings, "settings")),
            "each" => self.each.as_ref().map(|_| Jinja::from_object(EachElement { scope: self.clone() })),
            "evidence" => match &self.shared.evidence {
                Some(evidence) => Some(self.data(evidence, "evidence")),
                None => {
                    let name = self.shared.environment.get("name").and_then(Value::as_str);
                    let name = name.unwrap_or_default();
                    self.tracker.reads().missing = Some(Missing {
                        name: "evidence".to_owned(),
                        of: format!("the environment `{name}`"),
                        candidates: Vec::new(),
                        help: Some(format!("write it into stacks/environments/{name}.evidence.yaml")),
                    });
                    None
                }
            },
            "phases" => Some(Jinja::from_object(Phases { scope: self.clone() })),
            "stacks" => Some(Jinja::from_object(Stacks { scope: self.clone() })),
            _ => self.resource(self.container, name),
        }
    }
}

/// `each`: the key and the value of this instance.
#[derive(Debug)]
struct EachElement {
    scope: Arc<Scope>,
}

impl Object for EachElement {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let (each_key, value) = self.scope.each.as_ref()?;
        match key.as_str()? {
            "key" => Some(Jinja::from(each_key.clone())),
            "value" => Some(self.scope.data(value, "each.value")),
            other => {
                self.scope.tracker.missing(other, "each", ["key".to_owned(), "value".to_owned()]);
                None
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["key", "value"])
    }
}

/// `phases`, then `phases.NAME`.
#[derive(Debug)]
struct Phases {
    scope: Arc<Scope>,
}

impl Object for Phases {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let shared = &self.scope.shared;
        let stack = &shared.containers[self.scope.container].stack;
        let container = *shared.places.get(stack)?.get(&Some(key.as_str()?.into()))?;
        Some(Jinja::from_object(Phase { scope: self.scope.clone(), container }))
    }
}

#[derive(Debug)]
struct Phase {
    scope: Arc<Scope>,
    container: usize,
}

impl Object for Phase {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match key.as_str()? {
            "outputs" => {
                Some(Jinja::from_object(Outputs { scope: self.scope.clone(), container: self.container }))
            }
            name => self.scope.resource(self.container, name),
        }
    }
}

/// `stacks`; `stacks.NAME` has only `outputs`.
#[derive(Debug)]
struct Stacks {
    scope: Arc<Scope>,
}

impl Object for Stacks {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let container = *self.scope.shared.places.get(key.as_str()?)?.get(&None)?;
        let outputs = Jinja::from_object(Outputs { scope: self.scope.clone(), container });
        Some(Jinja::from_pairs([("outputs", outputs)]))
    }
}

/// The outputs of a phase or a stack. One is worked out when it is read.
#[derive(Debug)]
struct Outputs {
    scope: Arc<Scope>,
    container: usize,
}

impl Object for Outputs {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let shared = &self.scope.shared;
        let template = shared.containers[self.container].outputs.get(key.as_str()?)?.clone();
        if let Some(path) = template.as_resource() {
            return self.handed_on(path);
        }
        let inner = Scope::new(shared, self.container, None);
        let mut diagnostics = crate::model::Diagnostics::default();
        let value = super::evaluate::template(&template, &inner, &mut diagnostics);
        self.scope.tracker.read(inner.tracker.take_nodes());
        self.scope.tracker.add_stood_in(inner.tracker.take_stood_in());
        if diagnostics.has_errors() {
            self.scope.tracker.reads().faults.extend(diagnostics.iter().cloned());
            return Some(Jinja::from_object(NotKnown));
        }
        let name = key.as_str()?.into();
        Some(show(Root::Named { name, value: Arc::new(value) }, &self.scope.tracker))
    }
}

impl Outputs {
    /// The resource itself: only what is read of it is read.
    fn handed_on(&self, path: &Path) -> Option<Jinja> {
        let (shared, tracker) = (self.scope.shared.clone(), self.scope.tracker.clone());
        let there = Scope { shared, container: self.container, each: None, tracker };
        let root = Arc::new(there).get_value(&Jinja::from(path.root.as_str()))?;
        path.segments.iter().try_fold(root, |value, segment| match segment {
            Segment::Name(name) => value.get_attr(name).ok(),
            Segment::Static(_) | Segment::Dynamic => None,
        })
    }
}

/// A resource: its only instance, or a map of them.
fn resource(shared: &Arc<Shared>, declaration: usize, tracker: &Arc<Tracker>) -> Jinja {
    match shared.instances.get().map(|all| &all[declaration]) {
        None | Some(Instances::Faulty) => {
            tracker.reads().unknown.push(shared.declared[declaration].clone());
            Jinja::from_object(NotKnown)
        }
        Some(Instances::Skipped) => {
            tracker.reads().skipped = Some(shared.declared[declaration].clone());
            Jinja::UNDEFINED
        }
        Some(Instances::One(node)) => instance(shared, *node, tracker),
        Some(Instances::Keyed(_)) => {
            Jinja::from_object(Keyed { shared: shared.clone(), declaration, tracker: tracker.clone() })
        }
    }
}

fn instance(shared: &Arc<Shared>, node: NodeIndex, tracker: &Arc<Tracker>) -> Jinja {
    Jinja::from_object(Instance { shared: shared.clone(), node, tracker: tracker.clone() })
}

/// A resource with `for_each`: its instances by key.
#[derive(Debug)]
struct Keyed {
    shared: Arc<Shared>,
    declaration: usize,
    tracker: Arc<Tracker>,
}

impl Keyed {
    fn instances(&self) -> Option<&BTreeMap<Arc<str>, NodeIndex>> {
        match self.shared.instances.get()?.get(self.declaration)? {
            Instances::Keyed(instances) => Some(instances),
            _ => None,
        }
    }
}

impl Object for Keyed {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let instances = self.instances()?;
        let name = key.as_str()?;
        if let Some(node) = instances.get(name) {
            return Some(instance(&self.shared, *node, &self.tracker));
        }
        let of = &self.shared.declared[self.declaration];
        let candidates: Vec<String> = instances.keys().map(ToString::to_string).collect();
        let short = of.rsplit(['/', '.']).next().unwrap_or(of);
        let help = match candidates.first() {
            None => "its for_each is empty here".to_owned(),
            Some(first) => format!(
                "it has the instances {}: read one, as {short}[\"{first}\"].{name}, or all, as {short} | attr(\"{name}\")",
                candidates.join(", ")
            ),
        };
        self.tracker.reads().missing =
            Some(Missing { name: name.to_owned(), of: format!("`{of}`"), candidates, help: Some(help) });
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let keys = self.instances().map(|instances| instances.keys().cloned().map(Jinja::from).collect());
        Enumerator::Values(keys.unwrap_or_default())
    }
}

/// One instance: its attributes, as far as they are known.
#[derive(Debug)]
struct Instance {
    shared: Arc<Shared>,
    node: NodeIndex,
    tracker: Arc<Tracker>,
}

impl Instance {
    fn known(&self) -> Arc<Known> {
        self.shared.known.read().unwrap_or_else(PoisonError::into_inner)[self.node.position()].clone()
    }
}

impl Shared {
    fn address(&self, node: NodeIndex) -> String {
        self.addresses.get().map_or_else(String::new, |all| all[node.position()].to_string())
    }
}

impl Object for Instance {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let name = key.as_str()?;
        let known = self.known();
        self.tracker.read([self.node]);
        if let Some((name, _)) = known.attributes.get_key_value(name) {
            let (shared, name) = (self.shared.clone(), name.clone());
            return Some(show(Root::Attribute { shared, node: self.node, name, known }, &self.tracker));
        }
        let address = self.shared.address(self.node);
        if known.others_unknown {
            self.tracker.reads().unknown.push(format!("{address}.{name}"));
            return Some(Jinja::from_object(NotKnown));
        }
        self.tracker.missing(name, &address, known.attributes.keys().map(ToString::to_string));
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let known = self.known();
        self.tracker.read([self.node]);
        if known.others_unknown {
            self.tracker.reads().unknown.push(self.shared.address(self.node));
        }
        Enumerator::Values(known.attributes.keys().cloned().map(Jinja::from).collect())
    }
}

/// What stands for a value that isn't known yet. Whatever is read of it isn't known either; that it
/// was touched is recorded, so that what is made of it never counts.
#[derive(Debug)]
struct NotKnown;

impl Object for NotKnown {
    fn get_value(self: &Arc<Self>, _key: &Jinja) -> Option<Jinja> {
        Some(Jinja::from_dyn_object(self.clone()))
    }
}

/// What stands for a value that only a fingerprint is known of. It can be handed on, and nothing else.
#[derive(Debug)]
struct OnlyFingerprint {
    fingerprint: Arc<str>,
    tracker: Arc<Tracker>,
}

impl Object for OnlyFingerprint {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, _key: &Jinja) -> Option<Jinja> {
        self.tracker.reads().used_stand_in = true;
        Some(Jinja::from_object(NotKnown))
    }

    /// No text of it may be mistaken for the value.
    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(sensitive)")
    }
}

/// What data is kept in: it is shared, so that reading a part of it copies nothing.
#[derive(Debug, Clone)]
enum Root {
    Named { name: Arc<str>, value: Arc<Value> },
    Attribute { shared: Arc<Shared>, node: NodeIndex, name: Arc<str>, known: Arc<Known> },
}

impl Root {
    fn value(&self) -> Option<&Value> {
        match self {
            Root::Named { value, .. } => Some(value),
            Root::Attribute { name, known, .. } => known.attributes.get(name),
        }
    }

    fn node(&self) -> Option<NodeIndex> {
        match self {
            Root::Named { .. } => None,
            Root::Attribute { node, .. } => Some(*node),
        }
    }

    fn name(&self) -> String {
        match self {
            Root::Named { name, .. } => name.to_string(),
            Root::Attribute { shared, node, name, .. } => format!("{}.{name}", shared.address(*node)),
        }
    }
}

/// A map or a list, which records what is looked up in it.
#[derive(Debug)]
struct Data {
    root: Root,
    /// The way from the root to this.
    steps: Vec<Step>,
    tracker: Arc<Tracker>,
}

impl Data {
    fn value(&self) -> Option<&Value> {
        let start = self.root.value().map(revealed)?;
        self.steps.iter().try_fold(start, |value, step| {
            Some(revealed(match (value, step) {
                (Value::List(items), Step::Index(index)) => items.get(*index)?,
                (Value::Map(map), Step::Key(key)) => map.get(key)?,
                _ => return None,
            }))
        })
    }

    /// How the configuration writes it, for messages.
    fn path(&self) -> String {
        let mut path = self.root.name();
        for step in &self.steps {
            match step {
                Step::Index(index) => path += &format!("[{index}]"),
                Step::Key(key) => path += &format!(".{key}"),
                Step::Element(element) => path += &format!("[{element}]"),
            }
        }
        path
    }

    fn part(&self, step: Step) -> Data {
        let mut steps = Vec::with_capacity(self.steps.len() + 1);
        steps.extend_from_slice(&self.steps);
        steps.push(step);
        Data { root: self.root.clone(), steps, tracker: self.tracker.clone() }
    }

    /// The value as expressions see it; `value` is what stands at the end of its steps.
    fn show(self, value: &Value) -> Jinja {
        match value {
            Value::Null => Jinja::from(()),
            Value::Bool(b) => Jinja::from(*b),
            Value::Integer(n) => Jinja::from(*n),
            Value::Float(n) => Jinja::from(*n),
            Value::String(text) => Jinja::from(text.clone()),
            Value::List(_) | Value::Map(_) => Jinja::from_object(self),
            Value::Unknown(unknown) => {
                let mut reads = self.tracker.reads();
                if unknown.reads().is_empty() {
                    reads.unknown.push(self.path());
                } else {
                    reads.unknown.extend_from_slice(unknown.reads());
                }
                Jinja::from_object(NotKnown)
            }
            Value::Sensitive(inner) => {
                self.tracker.reads().sensitive = true;
                self.show(inner)
            }
            Value::StandIn(fingerprint) => {
                let (path, tracker) = (self.path(), self.tracker.clone());
                let mut reads = self.tracker.reads();
                reads.sensitive = true;
                reads.stood_in.push((self.root.node(), path));
                Jinja::from_object(OnlyFingerprint { fingerprint: fingerprint.clone(), tracker })
            }
            // Its value is to be had only at the moment of a call, and never in an expression.
            Value::Secret(_) => {
                let mut reads = self.tracker.reads();
                reads.sensitive = true;
                reads.unknown.push(self.path());
                Jinja::from_object(NotKnown)
            }
        }
    }
}

fn revealed(value: &Value) -> &Value {
    match value {
        Value::Sensitive(inner) => revealed(inner),
        other => other,
    }
}

fn show(root: Root, tracker: &Arc<Tracker>) -> Jinja {
    let data = Data { root: root.clone(), steps: Vec::new(), tracker: tracker.clone() };
    root.value().map_or(Jinja::UNDEFINED, |value| data.show(value))
}

impl Object for Data {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.value(), Some(Value::List(_))) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match self.value()? {
            Value::List(items) => {
                let index = key.as_usize()?;
                items.get(index).map(|item| self.part(Step::Index(index)).show(item))
            }
            Value::Map(map) => {
                let name = key.as_str()?;
                if let Some((key, value)) = map.get_key_value(name) {
                    return Some(self.part(Step::Key(key.clone())).show(value));
                }
                self.tracker.missing(name, &self.path(), map.keys().map(ToString::to_string));
                None
            }
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.value() {
            Some(Value::List(items)) => Enumerator::Seq(items.len()),
            Some(Value::Map(map)) => Enumerator::Values(map.keys().cloned().map(Jinja::from).collect()),
            _ => Enumerator::NonEnumerable,
        }
    }
}

/// The value that an expression has come to.
///
/// # Errors
/// When it is none that the configuration can hold.
pub(super) fn from_jinja(value: &Jinja) -> Result<Value, Error> {
    let unfit = |what: &str| Error::new(ErrorKind::InvalidOperation, format!("the result is {what}"));
    if let Some(stands_in) = value.downcast_object_ref::<OnlyFingerprint>() {
        return Ok(Value::stand_in(&stands_in.fingerprint));
    }
    Ok(match value.kind() {
        ValueKind::None => Value::Null,
        ValueKind::Bool => Value::Bool(value.is_true()),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(n) if value.is_integer() => Value::Integer(n),
            _ => Value::Float(f64::try_from(value.clone())?),
        },
        ValueKind::String => Value::from(value.as_str().ok_or_else(|| unfit("no text"))?),
        ValueKind::Seq | ValueKind::Iterable => {
            Value::List(value.try_iter()?.map(|item| from_jinja(&item)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => Value::Map(
            value
                .try_iter()?
                .map(|key| {
                    let item = from_jinja(&value.get_item(&key)?)?;
                    let key: Arc<str> = key.as_str().map_or_else(|| key.to_string().into(), Into::into);
                    Ok((key, item))
                })
                .collect::<Result<_, Error>>()?,
        ),
        // Its place is recorded: the whole evaluation is unknown.
        ValueKind::Plain if value.downcast_object_ref::<NotKnown>().is_some() => Value::Null,
        ValueKind::Undefined => return Err(Error::new(ErrorKind::UndefinedError, "it is not defined")),
        other => return Err(unfit(&format!("{other}, which no field can hold"))),
    })
}

/// The plain data of an expression's value.
///
/// # Errors
/// When it is none that JSON can hold.
pub(super) fn to_json(value: &Jinja) -> Result<Json, Error> {
    from_jinja(value).map(|value| value.reveal().unwrap_or(Json::Null))
}

/// Plain data as expressions see it.
pub(super) fn from_json(json: &Json) -> Jinja {
    match json {
        Json::Null => Jinja::from(()),
        Json::Bool(b) => Jinja::from(*b),
        Json::Number(n) => {
            n.as_i64().map_or_else(|| Jinja::from(n.as_f64().unwrap_or(f64::NAN)), Jinja::from)
        }
        Json::String(text) => Jinja::from(text.as_str()),
        Json::Array(items) => items.iter().map(from_json).collect(),
        Json::Object(map) => {
            Jinja::from_pairs(map.iter().map(|(key, value)| (key.clone(), from_json(value))))
        }
    }
}
