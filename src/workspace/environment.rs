//! The graph of one environment, and the door through which its expressions are evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::encryption::{Encryption, KmsReference};
use super::evaluate;
use super::scope::{Scope, Shared};
use super::template::Template;
use crate::graph::{Body, CheckBody, Evaluate, Evaluated, Graph, Instance, Known, NodeIndex};
use crate::kinds::{AnyKind, Field, Finding, Shape, probe};
use crate::model::{
    Address, Diagnostic, Diagnostics, Digest, FieldPath, Location, Redaction, SourceId, Step, Value, closest,
};

/// The graph of one environment, and the door through which its expressions are evaluated.
pub struct Environment {
    pub name: Arc<str>,
    /// `sandbox` or `aws`.
    pub target: Arc<str>,
    pub account: Option<Arc<str>>,
    /// Where its state is kept, as one URL.
    pub state: Option<Arc<str>>,
    /// By what its state is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// What keys the fingerprints of its secrets, if that isn't a passphrase.
    pub fingerprints: Option<KmsReference>,
    /// Where the file says that.
    pub state_at: Option<Location>,
    /// How long what was done to it can be looked up and restored.
    pub history: Duration,
    /// The names of its AWS regions.
    pub regions: BTreeSet<Arc<str>>,
    pub graph: Graph<Instance>,
    /// Each instance after all that it waits for.
    pub order: Vec<NodeIndex>,
    /// Old and new addresses.
    pub moved: Vec<(Address, Address)>,
    /// Of every text that it was made of.
    pub digest: Digest,
    pub(super) shared: Arc<Shared>,
    pub(super) bindings: Vec<Binding>,
}

/// The values of outputs, by stack and name; those of a phase are called `phase.name`.
pub type Outputs = BTreeMap<(Arc<str>, Arc<str>), Value>;

/// What an instance is evaluated from.
pub(super) struct Binding {
    pub(super) template: Arc<Template>,
    pub(super) scope: Arc<Scope>,
    /// The schema that it has to fit; checks have none.
    pub(super) kind: Option<Arc<dyn AnyKind>>,
}

impl Evaluate for Environment {
    fn provide(&self, index: NodeIndex, known: Known) {
        self.shared.known.write().unwrap_or_else(PoisonError::into_inner)[index.position()] = Arc::new(known);
    }

    fn evaluate(&self, index: NodeIndex) -> Result<Evaluated, Diagnostics> {
        let binding = &self.bindings[index.position()];
        let mut diagnostics = Diagnostics::default();
        // What an evaluation that failed has left there.
        binding.scope.tracker.take_stood_in();
        let value = evaluate::template(&binding.template, &binding.scope, &mut diagnostics);
        debug_assert!(
            self.reads_have_edges(index),
            "{} reads what it has no edge to",
            self.graph.node(index).address
        );
        if let (Some(kind), false) = (&binding.kind, diagnostics.has_errors()) {
            check(kind.as_ref(), &value, self.is_lookup(index), &binding.template, &mut diagnostics);
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
        Ok(Evaluated { value, stood_in: binding.scope.tracker.take_stood_in() })
    }

    fn locate(&self, index: NodeIndex, path: &FieldPath) -> Location {
        self.bindings[index.position()].template.locate(path)
    }
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
        let field = probe::subject_field(&asked.probe).filter(|_| probe::needs_subject(&asked.probe));
        if let (Some(field), None) = (field, subject) {
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

    /// Whether an instance is only read.
    fn is_lookup(&self, index: NodeIndex) -> bool {
        matches!(&self.graph.node(index).body, Body::Resource { lookup: Some(_), .. })
    }

    /// Reports what keeps something from being made that is neither adopted nor only looked up.
    fn check_consent(&self, index: NodeIndex, value: &Value, diagnostics: &mut Diagnostics) {
        let binding = &self.bindings[index.position()];
        if let (Some(kind), Body::Resource { adopt: None, lookup: None, .. }) =
            (&binding.kind, &self.graph.node(index).body)
        {
            let mut findings = kind.consent(value);
            findings.retain(|finding| finding.paths.iter().all(|path| is_known_at(value, path)));
            report(findings, &binding.template, Some(kind.spec()), kind.name(), "its kind", diagnostics);
        }
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
    pub(super) fn evaluate_all(&self, but: &BTreeSet<NodeIndex>, diagnostics: &mut Diagnostics) {
        for &index in self.order.iter().filter(|index| !but.contains(index)) {
            match self.evaluate(index) {
                // Of what others manage, only reading it tells anything.
                Ok(_) if self.is_lookup(index) => self.provide(index, declared(&Value::Null)),
                Ok(evaluated) => {
                    self.check_consent(index, &evaluated.value, diagnostics);
                    self.provide(index, declared(&evaluated.value));
                }
                Err(faults) => diagnostics.extend(faults),
            }
        }
    }

    /// Evaluates the outputs of a stack, or of all of them: by stack and name.
    ///
    /// # Errors
    /// What fails in their expressions.
    pub fn outputs(&self) -> Result<Outputs, Diagnostics> {
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
    /// the first stack that is built of phases.
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
            None => {
                let containers = &self.shared.containers;
                let with_phases = containers.iter().find(|it| it.phase.is_some()).map(|it| &it.stack);
                let own =
                    containers.iter().position(|it| it.phase.is_none() && Some(&it.stack) == with_phases);
                Scope::new(&self.shared, own.unwrap_or_default(), None)
            }
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

/// Reports everything in a spec that doesn't fit its kind. What is only read is described as far as
/// somebody likes to: what is said has to fit, and nothing has to be said.
fn check(
    kind: &dyn AnyKind,
    value: &Value,
    is_lookup: bool,
    template: &Template,
    diagnostics: &mut Diagnostics,
) {
    let mut findings = Vec::new();
    if is_lookup {
        kind.spec().optional().check(value, &FieldPath::root(), &mut findings);
    } else {
        kind.spec().check(value, &FieldPath::root(), &mut findings);
        if findings.is_empty() {
            findings = kind.validate(&kind.spec().complete(value));
            // A rule about a field that isn't known was asked of a sample.
            findings.retain(|finding| finding.paths.iter().all(|path| is_known_at(value, path)));
        }
    }
    // A rule that says what is wrong may repeat what it was given.
    let hidden = Redaction::of(&kind.spec().conceal(value.clone()));
    for finding in &mut findings {
        finding.message = hidden.apply(&finding.message);
        finding.help = finding.help.as_ref().map(|help| hidden.apply(help));
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
        Value::Unknown(_) | Value::StandIn(_) | Value::Secret(_) => false,
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
        let there = value.at(&at);
        if matches!(there, Some(Value::Unknown(_) | Value::Secret(_)))
            || there.is_some_and(Value::is_stand_in)
        {
            return false;
        }
        at = at.join(step.clone());
    }
    value.at(&at).is_none_or(is_complete)
}

/// What is known of an instance that hasn't been applied: the fields that it sets.
fn declared(value: &Value) -> Known {
    Known { attributes: value.as_map().cloned().unwrap_or_default(), others_unknown: true }
}
