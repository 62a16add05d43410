//! What expressions see: objects that look values up, and record what was read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, ValueKind};
use minijinja::{Error, ErrorKind, Value as Jinja};

use super::template::Template;
use crate::graph::{Known, NodeIndex};
use crate::model::{Address, Json, Value};

/// Where a declaration stands: one phase within one stack, or a stack itself.
#[derive(Debug)]
pub(super) struct Container {
    pub stack: Arc<str>,
    pub phase: Option<Arc<str>>,
    /// Its resources and checks, by name.
    pub names: BTreeMap<Arc<str>, usize>,
    pub settings: Value,
    pub outputs: BTreeMap<Arc<str>, Arc<Template>>,
}

/// The instances of one declaration.
#[derive(Debug, Clone)]
pub(super) enum Instances {
    /// `when` left it out.
    Skipped,
    One(NodeIndex),
    Keyed(BTreeMap<Arc<str>, NodeIndex>),
}

/// Everything that the expressions of an environment share.
#[derive(Debug)]
pub(super) struct Shared {
    pub environment: Value,
    pub evidence: Option<Value>,
    pub containers: Vec<Container>,
    /// By stack, then by phase; the stack itself has no phase.
    pub places: BTreeMap<Arc<str>, BTreeMap<Option<Arc<str>>, usize>>,
    /// The full name of each declaration, such as `platform/cluster.vpc`.
    pub declared: Vec<String>,
    /// By declaration; set once all are expanded. Until then reading any of them is unknown.
    pub instances: OnceLock<Vec<Instances>>,
    pub addresses: OnceLock<Vec<Address>>,
    pub known: RwLock<Vec<Known>>,
    pub templates: Templates,
}

/// The texts of `templates/`, for the functions that read them.
#[derive(Debug, Clone)]
pub(super) struct Templates(pub Arc<BTreeMap<String, Arc<str>>>);

impl Object for Templates {}

/// What an evaluation has read.
#[derive(Debug, Default)]
pub(super) struct Reads {
    /// Attributes that aren't known yet.
    pub unknown: Vec<String>,
    pub sensitive: bool,
    /// The last thing that was looked up and isn't there, and what is there instead.
    pub missing: Option<Missing>,
    /// The full name of a resource that `when` left out.
    pub skipped: Option<String>,
    /// The instances whose attributes were read.
    pub nodes: Vec<NodeIndex>,
}

/// A name that was looked up in vain.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    pub name: String,
    pub of: String,
    pub candidates: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Tracker(Mutex<Reads>);

impl Tracker {
    pub(super) fn reads(&self) -> MutexGuard<'_, Reads> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read since the last time.
    pub(super) fn take(&self) -> Reads {
        std::mem::take(&mut self.reads())
    }

    fn missing(&self, name: &str, of: &str, candidates: impl IntoIterator<Item = String>) {
        self.reads().missing = Some(Missing {
            name: name.to_owned(),
            of: of.to_owned(),
            candidates: candidates.into_iter().collect(),
        });
    }
}

/// The root of an expression's variables.
#[derive(Debug)]
pub(super) struct Scope {
    pub shared: Arc<Shared>,
    pub container: usize,
    /// The key and the value of `for_each`.
    pub each: Option<(Arc<str>, Value)>,
    pub tracker: Arc<Tracker>,
}

impl Scope {
    pub(super) fn new(shared: &Arc<Shared>, container: usize, each: Option<(Arc<str>, Value)>) -> Arc<Self> {
        Arc::new(Self { shared: shared.clone(), container, each, tracker: Arc::new(Tracker::default()) })
    }

    fn data(&self, value: &Value, path: &str) -> Jinja {
        to_jinja(value, path, &self.tracker)
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
            "each" => self.each.as_ref().map(|(key, value)| {
                let each = [("key".into(), Value::String(key.clone())), ("value".into(), value.clone())];
                self.data(&Value::Map(each.into()), "each")
            }),
            "evidence" => self.shared.evidence.as_ref().map(|value| self.data(value, "evidence")),
            "phases" => Some(Jinja::from_object(Phases { scope: self.clone() })),
            "stacks" => Some(Jinja::from_object(Stacks { scope: self.clone() })),
            _ => self.resource(self.container, name),
        }
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
        let inner = Scope::new(shared, self.container, None);
        let mut diagnostics = crate::model::Diagnostics::default();
        let value = super::evaluate::template(&template, &inner, &mut diagnostics);
        let mut reads = self.scope.tracker.reads();
        reads.nodes.extend(inner.tracker.take().nodes);
        drop(reads);
        match diagnostics.iter().next() {
            Some(fault) => Some(Jinja::from(Error::new(ErrorKind::InvalidOperation, fault.message.clone()))),
            None => Some(to_jinja(&value, key.as_str()?, &self.scope.tracker)),
        }
    }
}

/// A resource: its only instance, or a map of them.
fn resource(shared: &Arc<Shared>, declaration: usize, tracker: &Arc<Tracker>) -> Jinja {
    match shared.instances.get().map(|all| &all[declaration]) {
        None => {
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
        self.tracker.missing(name, of, instances.keys().map(ToString::to_string));
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
    fn address(&self) -> String {
        let addresses = self.shared.addresses.get();
        addresses.map_or_else(String::new, |all| all[self.node.position()].to_string())
    }
}

impl Object for Instance {
    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        let name = key.as_str()?;
        let known = self.shared.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = &known[self.node.position()];
        self.tracker.reads().nodes.push(self.node);
        match known.attributes.get(name) {
            Some(value) => Some(to_jinja(value, &format!("{}.{name}", self.address()), &self.tracker)),
            None if known.others_unknown => {
                self.tracker.reads().unknown.push(format!("{}.{name}", self.address()));
                Some(Jinja::from_object(NotKnown))
            }
            None => {
                let candidates = known.attributes.keys().map(ToString::to_string);
                self.tracker.missing(name, &self.address(), candidates);
                None
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let known = self.shared.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = &known[self.node.position()];
        if known.others_unknown {
            self.tracker.reads().unknown.push(self.address());
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

/// A map or a list, which records what is looked up in it.
#[derive(Debug)]
struct Data {
    value: Value,
    path: String,
    tracker: Arc<Tracker>,
}

impl Object for Data {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.value, Value::List(_)) { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Jinja) -> Option<Jinja> {
        match &self.value {
            Value::List(items) => {
                let index = key.as_usize()?;
                let path = format!("{}[{index}]", self.path);
                items.get(index).map(|item| to_jinja(item, &path, &self.tracker))
            }
            Value::Map(map) => {
                let name = key.as_str()?;
                if let Some(value) = map.get(name) {
                    return Some(to_jinja(value, &format!("{}.{name}", self.path), &self.tracker));
                }
                self.tracker.missing(name, &self.path, map.keys().map(ToString::to_string));
                None
            }
            _ => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.value {
            Value::List(items) => Enumerator::Seq(items.len()),
            Value::Map(map) => Enumerator::Values(map.keys().cloned().map(Jinja::from).collect()),
            _ => Enumerator::NonEnumerable,
        }
    }
}

/// A value as expressions see it.
fn to_jinja(value: &Value, path: &str, tracker: &Arc<Tracker>) -> Jinja {
    match value {
        Value::Null => Jinja::from(()),
        Value::Bool(b) => Jinja::from(*b),
        Value::Integer(n) => Jinja::from(*n),
        Value::Float(n) => Jinja::from(*n),
        Value::String(text) => Jinja::from(text.clone()),
        Value::List(_) | Value::Map(_) => {
            Jinja::from_object(Data { value: value.clone(), path: path.to_owned(), tracker: tracker.clone() })
        }
        Value::Unknown(unknown) => {
            let mut reads = tracker.reads();
            if unknown.reads().is_empty() {
                reads.unknown.push(path.to_owned());
            } else {
                reads.unknown.extend_from_slice(unknown.reads());
            }
            Jinja::from_object(NotKnown)
        }
        Value::Sensitive(inner) => {
            tracker.reads().sensitive = true;
            to_jinja(inner, path, tracker)
        }
        // Its value is to be had only at the moment of a call, and never in an expression.
        Value::Secret(_) => {
            let mut reads = tracker.reads();
            reads.sensitive = true;
            reads.unknown.push(path.to_owned());
            Jinja::from_object(NotKnown)
        }
    }
}

/// The value that an expression has come to.
///
/// # Errors
/// When it is none that the configuration can hold.
pub(super) fn from_jinja(value: &Jinja) -> Result<Value, Error> {
    let unfit = |what: &str| Error::new(ErrorKind::InvalidOperation, format!("the result is {what}"));
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
