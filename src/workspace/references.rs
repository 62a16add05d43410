//! From the path that an expression reads to the instances that it waits for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expression::{Path, Segment, StaticValue};
use super::scope::{Each, Instances, Shared};
use super::template::Template;
use crate::graph::NodeIndex;
use crate::model::{Diagnostic, Location, Value};

/// What a path refers to.
pub(super) enum Referent {
    /// Something that is known before anything is applied.
    Data,
    /// Instances of a declaration, and what is read of each.
    Instances { declaration: usize, nodes: Vec<NodeIndex>, attribute: Option<String> },
    /// An output: it reads what its own expression reads.
    Output { container: usize, template: Arc<Template> },
}

/// Where an expression stands.
pub(super) struct Place<'a> {
    pub shared: &'a Shared,
    pub container: usize,
    pub each: Option<&'a Each>,
    pub at: Location,
}

impl Place<'_> {
    /// Follows a path to what it refers to.
    ///
    /// # Errors
    /// What is wrong with it, with its place.
    pub(super) fn resolve(&self, path: &Path) -> Result<Referent, Diagnostic> {
        let here = &self.shared.containers[self.container];
        match path.root.as_str() {
            "env" | "settings" | "evidence" => Ok(Referent::Data),
            "each" if self.each.is_some() => Ok(Referent::Data),
            "each" => Err(self
                .fault("`each` means nothing here: there is no `for_each`")
                .help("add for_each, or name the instance")),
            "phases" => {
                let phases = self.shared.places.get(&here.stack);
                let names = || phases.into_iter().flat_map(|all| all.keys().flatten());
                let (name, rest) = self.next("phases", &path.segments)?;
                let container = phases.and_then(|all| all.get(&Some(name.into())));
                let container = container.ok_or_else(|| {
                    self.fault(format!("the stack `{}` has no phase `{name}`", here.stack))
                        .did_you_mean(name, names().map(AsRef::as_ref))
                })?;
                self.within(*container, &format!("phases.{name}"), rest)
            }
            "stacks" => {
                let (name, rest) = self.next("stacks", &path.segments)?;
                let stack = self.shared.places.get(name).and_then(|places| places.get(&None));
                let stack = stack.ok_or_else(|| {
                    self.fault(format!("there is no stack `{name}`"))
                        .did_you_mean(name, self.shared.places.keys().map(AsRef::as_ref))
                })?;
                match self.next(name, rest)? {
                    ("outputs", rest) => self.output(*stack, &format!("stacks.{name}"), rest),
                    (other, _) => Err(self
                        .fault(format!(
                            "`stacks.{name}.{other}` can't be read: of other stacks only outputs can"
                        ))
                        .help(format!(
                            "add an output to the stack `{name}` and read stacks.{name}.outputs.…"
                        ))),
                }
            }
            name => self.declared(self.container, "", name, &path.segments),
        }
    }

    fn within(&self, container: usize, prefix: &str, segments: &[Segment]) -> Result<Referent, Diagnostic> {
        match self.next(prefix, segments)? {
            ("outputs", rest) => self.output(container, prefix, rest),
            (name, rest) => self.declared(container, prefix, name, rest),
        }
    }

    fn output(&self, container: usize, prefix: &str, segments: &[Segment]) -> Result<Referent, Diagnostic> {
        let (name, rest) = self.next(&format!("{prefix}.outputs"), segments)?;
        let outputs = &self.shared.containers[container].outputs;
        match outputs.get(name) {
            Some(template) => match template.as_resource() {
                Some(path) => self.handed_on(container, path, rest),
                None => Ok(Referent::Output { container, template: template.clone() }),
            },
            None => Err(self
                .fault(format!("`{prefix}` has no output `{name}`"))
                .did_you_mean(name, outputs.keys().map(AsRef::as_ref))),
        }
    }

    /// Follows a path on into a resource that an output hands on: so its subscripts select instances.
    fn handed_on(&self, container: usize, path: &Path, rest: &[Segment]) -> Result<Referent, Diagnostic> {
        let there = Place { shared: self.shared, container, each: None, at: self.at };
        // Subscripts mean what they mean where they stand.
        let rest = rest.iter().map(|segment| match segment {
            Segment::Static(value) => self.work_out(value).map_or(Segment::Dynamic, Segment::Name),
            other => other.clone(),
        });
        let segments = path.segments.iter().cloned().chain(rest).collect();
        there.resolve(&Path { root: path.root.clone(), segments })
    }

    fn declared(
        &self,
        container: usize,
        prefix: &str,
        name: &str,
        segments: &[Segment],
    ) -> Result<Referent, Diagnostic> {
        let names = &self.shared.containers[container].names;
        let Some(&declaration) = names.get(name) else {
            let of = if prefix.is_empty() { "here".to_owned() } else { format!("in `{prefix}`") };
            let known = names.keys().map(AsRef::as_ref);
            let roots: &[&str] = if prefix.is_empty() { &super::fields::RESERVED } else { &[] };
            let elsewhere = if prefix.is_empty() { self.elsewhere(name) } else { None };
            let fault = self.fault(format!("there is no `{name}` {of}"));
            if let Some(place) = elsewhere {
                return Err(fault.help(format!("did you mean `{place}`?")));
            }
            return Err(fault
                .did_you_mean(name, known.chain(roots.iter().copied()))
                .or_help(|| "a resource of another phase is phases.PHASE.NAME".to_owned()));
        };
        let instances = self.shared.instances.get().map(|all| &all[declaration]);
        let (nodes, rest) = match instances {
            None | Some(Instances::Skipped | Instances::Faulty) => (Vec::new(), &[][..]),
            Some(Instances::One(node)) => (vec![*node], segments),
            Some(Instances::Keyed(keyed)) => self.select(keyed, segments),
        };
        let attribute = match rest.first() {
            Some(Segment::Name(name)) => Some(name.clone()),
            _ => None,
        };
        Ok(Referent::Instances { declaration, nodes, attribute })
    }

    /// How a name is written that another phase of the stack has.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let places = self.shared.places.get(&self.shared.containers[self.container].stack)?;
        places.iter().find_map(|(phase, container)| {
            let declares = self.shared.containers[*container].names.contains_key(name);
            phase.as_ref().filter(|_| declares).map(|phase| format!("phases.{phase}.{name}"))
        })
    }

    /// The instances that a subscript means. One that can't be told before the expression is
    /// evaluated means all of them; a key that no instance has means none, and is reported if the
    /// expression really reads it.
    fn select<'s>(
        &self,
        keyed: &BTreeMap<Arc<str>, NodeIndex>,
        segments: &'s [Segment],
    ) -> (Vec<NodeIndex>, &'s [Segment]) {
        let key = match segments.first() {
            Some(Segment::Name(name)) => Some(name.clone()),
            Some(Segment::Static(value)) => self.work_out(value),
            Some(Segment::Dynamic) | None => None,
        };
        match key {
            Some(key) => (keyed.get(key.as_str()).copied().into_iter().collect(), &segments[1..]),
            None => (keyed.values().copied().collect(), segments.get(1..).unwrap_or_default()),
        }
    }

    fn work_out(&self, value: &StaticValue) -> Option<String> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.to_string()),
            Value::Integer(n) => Some(n.to_string()),
            _ => None,
        };
        match value {
            StaticValue::Constant(text) => Some(text.clone()),
            StaticValue::Joined(first, second) => Some(self.work_out(first)? + &self.work_out(second)?),
            StaticValue::Read(names) => {
                let (root, path) = names.split_first()?;
                let settings = &self.shared.containers[self.container].settings;
                let (start, path) = match (root.as_str(), path) {
                    ("env", path) => (&*self.shared.environment, path),
                    ("settings", path) => (&**settings, path),
                    ("each", [first]) if first == "key" => return self.each.map(|(key, _)| key.to_string()),
                    ("each", [first, path @ ..]) if first == "value" => (&*self.each?.1, path),
                    _ => return None,
                };
                let found = path.iter().try_fold(start, |value, name| value.get(name))?;
                text(found)
            }
        }
    }

    fn next<'s>(&self, of: &str, segments: &'s [Segment]) -> Result<(&'s str, &'s [Segment]), Diagnostic> {
        match segments.split_first() {
            Some((Segment::Name(name), rest)) => Ok((name, rest)),
            _ => Err(self
                .fault(format!("`{of}` can't be read as a whole"))
                .help(format!("name what is meant: {of}.NAME"))),
        }
    }

    fn fault(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(self.at, "in this expression")
    }
}
