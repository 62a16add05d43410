//! What every instance waits for: references become edges between instances.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expand::{Declared, Expansion, circle};
use super::expression::Expression;
use super::references::{Place, Referent};
use super::scope::Container;
use super::template::{Template, TemplateShape};
use crate::graph::{Body, Edge, EdgeKind, Graph, NodeIndex};
use crate::model::{Diagnostic, Location};

/// What the expressions of one instance refer to.
#[derive(Default)]
struct Found {
    nodes: Vec<NodeIndex>,
    /// The outputs that were followed, by container and template: one that reads itself is read once.
    outputs: BTreeSet<(usize, usize)>,
    is_faulty: bool,
}

impl Expansion<'_> {
    /// Follows every output, whether or not anybody reads it.
    pub(super) fn outputs(&mut self) {
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
    pub(super) fn edges(&mut self) {
        for position in 0..self.bindings.len() {
            let node = NodeIndex::at(position);
            let declaration = self.node_declarations[position];
            let (container, ref declared) = self.declared[declaration];
            let common = declared.common();
            let subject = match declared {
                Declared::Resource(resource) => resource.cluster.as_deref(),
                Declared::Check(check) => check.subject.as_deref(),
            };
            let mut edges = Vec::new();
            if let Some(subject) = subject {
                self.subject(node, container, subject, &mut edges);
            }
            let template = self.bindings[position].template.clone();
            let metas = [&common.for_each, &common.when, &common.region];
            let expressions = metas
                .into_iter()
                .flatten()
                .flat_map(|template| template.expressions())
                .chain(template.expressions());
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
}

/// What an output is known by: a phase's own stand in every stack that has it.
fn identity(container: usize, template: &Arc<Template>) -> (usize, usize) {
    (container, Arc::as_ptr(template) as usize)
}

pub(super) fn join<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> String {
    names.map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}
