//! Putting operations in order: what each waits for, and how long all of it takes.

use std::collections::{BTreeMap, BTreeSet};

use super::planner::Planner;
use super::{FORMAT_VERSION, Operation, Plan, PlanError, Replacement};
use crate::graph::{CriticalPath, Edge, EdgeKind, Graph, NodeIndex};
use crate::model::{Action, Address};

impl Planner<'_> {
    /// For each address those of the state that were made after it.
    pub(super) fn dependents(&self) -> BTreeMap<&Address, Vec<&Address>> {
        let mut dependents: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
        for (address, resource) in &self.resources {
            for dependency in &resource.dependencies {
                dependents.entry(dependency).or_default().push(address);
            }
        }
        dependents
    }

    /// Orders the operations.
    pub(super) fn assemble(mut self) -> Result<Plan, PlanError> {
        let edges = self.edges();
        let mut graph: Graph<Operation> = Graph::default();
        for operation in std::mem::take(&mut self.operations) {
            graph.add(operation);
        }
        for (from, to) in edges {
            let edge = Edge { to: NodeIndex::at(to), kind: EdgeKind::Reference, at: None };
            graph.connect(NodeIndex::at(from), edge);
        }
        let order = graph.order().map_err(|cycle| self.entangled(&graph, &cycle))?;
        let path = CriticalPath::of(&graph, &order, |operation| operation.estimate_ms);
        let mut position_of = vec![0; order.len()];
        for (position, index) in order.iter().enumerate() {
            position_of[index.position()] = position;
        }
        for index in (0..position_of.len()).map(NodeIndex::at) {
            let waits_for = graph.dependencies(index).iter().map(|edge| position_of[edge.to.position()]);
            let mut waits_for: Vec<usize> = waits_for.collect();
            waits_for.sort_unstable();
            graph.node_mut(index).waits_for = waits_for;
        }
        let mut operations: Vec<(usize, Operation)> =
            position_of.into_iter().zip(graph.into_nodes()).collect();
        operations.sort_unstable_by_key(|(position, _)| *position);
        let operations = operations.into_iter().map(|(_, operation)| operation).collect();
        self.warnings.sort();
        Ok(Plan {
            format_version: FORMAT_VERSION,
            environment: self.input.environment.to_owned(),
            configuration: self.input.configuration.clone(),
            state_serial: self.input.serial,
            destroy: self.input.selection.destroy,
            operations,
            unchanged: self.unchanged,
            estimate_ms: path.total_ms,
            usd_per_month_before: self.usd_before,
            usd_per_month_after: self.usd_after,
            warnings: self.warnings,
        })
    }

    /// Pairs of operations: the first waits for the second.
    fn edges(&self) -> BTreeSet<(usize, usize)> {
        let mut edges = BTreeSet::new();
        self.forward_edges(&mut edges);
        self.backward_edges(&mut edges);
        edges
    }

    /// What is made or changed waits for what it depends on, through all that stays as it is.
    fn forward_edges(&self, edges: &mut BTreeSet<(usize, usize)>) {
        let graph = self.input.graph;
        // For each instance the operations that something after it has to wait for.
        let mut frontier: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.len()];
        for &index in self.input.order {
            let before: BTreeSet<usize> = graph
                .dependencies(index)
                .iter()
                .flat_map(|edge| frontier[edge.to.position()].iter().copied())
                .collect();
            let steps = self.steps.get(&graph.node(index).address).copied().unwrap_or_default();
            if let (Some(forward), Some(moved)) = (steps.forward, steps.moved) {
                edges.insert((forward, moved));
            }
            frontier[index.position()] = match steps.forward.or(steps.moved) {
                Some(operation) => {
                    edges.extend(before.iter().map(|&earlier| (operation, earlier)));
                    BTreeSet::from([operation])
                }
                None => before,
            };
        }
    }

    /// What goes waits until nothing needs it any more.
    fn backward_edges(&self, edges: &mut BTreeSet<(usize, usize)>) {
        if self.steps.values().all(|steps| steps.backward.is_none()) {
            return self.deposed_edges(edges);
        }
        let dependents = self.dependents();
        for (address, steps) in &self.steps {
            let Some(removal) = steps.backward else { continue };
            let operation = &self.operations[removal];
            // State knows it by its new address only after the move.
            if let Some(moved) = steps.moved {
                edges.insert((removal, moved));
            }
            if let Some(forward) = steps.forward {
                match operation.replacement {
                    Some(Replacement::CreateFirst) => edges.insert((removal, forward)),
                    _ => edges.insert((forward, removal)),
                };
            }
            // What is gone already holds nothing up: its successor needn't wait until all that was made
            // after it has gone, too.
            if operation.action == Action::Forget && steps.forward.is_some() {
                continue;
            }
            for dependent in dependents.get(address).into_iter().flatten() {
                let Some(other) = self.steps.get(dependent) else { continue };
                if let Some(other_removal) = other.backward {
                    edges.insert((removal, other_removal));
                }
                // A change that makes a dependent let go comes before the removal, except where
                // that change itself waits for the successor of what is removed.
                let lets_go_first = steps.forward.is_none();
                if let Some(change) = other.forward
                    && lets_go_first
                    && self.operations[change].action != Action::Create
                {
                    edges.insert((removal, change));
                }
                if let Some(change) = other.forward
                    && operation.replacement == Some(Replacement::CreateFirst)
                {
                    edges.insert((removal, change));
                }
            }
        }
        self.deposed_edges(edges);
    }

    /// What a former object was made after goes after it.
    fn former_edges(&self, deposed: &[usize], edges: &mut BTreeSet<(usize, usize)>) {
        for &former in deposed {
            let operation = &self.operations[former];
            let objects = self.input.deposed.get(&operation.address).into_iter().flatten();
            let object =
                objects.map(|object| &object.resource).find(|it| Some(&it.id) == operation.id.as_ref());
            for address in object.into_iter().flat_map(|object| &object.dependencies) {
                if let Some(removal) = self.steps.get(address).and_then(|steps| steps.backward) {
                    edges.insert((removal, former));
                }
            }
        }
    }

    /// Former objects of one address go after what was made after them.
    fn deposed_edges(&self, edges: &mut BTreeSet<(usize, usize)>) {
        let deposed: Vec<usize> = (0..self.operations.len())
            .filter(|&position| {
                let operation = &self.operations[position];
                operation.deposed && operation.replacement.is_none()
            })
            .collect();
        self.former_edges(&deposed, edges);
        for &one in &deposed {
            for &other in &deposed {
                let needs = |first: usize, second: usize| {
                    let objects = self.input.deposed.get(&self.operations[first].address);
                    objects.into_iter().flatten().any(|object| {
                        Some(&object.resource.id) == self.operations[first].id.as_ref()
                            && object.resource.dependencies.contains(&self.operations[second].address)
                    })
                };
                if one != other && needs(other, one) && !needs(one, other) {
                    edges.insert((one, other));
                }
            }
        }
    }

    fn entangled(&mut self, graph: &Graph<Operation>, cycle: &crate::graph::Cycle) -> PlanError {
        let steps: Vec<String> = cycle
            .path
            .iter()
            .map(|(index, _)| {
                let operation = graph.node(*index);
                format!("{} {}", operation.action, operation.address)
            })
            .collect();
        if let Some((first, _)) = cycle.path.first() {
            let address = graph.node(*first).address.clone();
            self.refuse(
                &address,
                format!("these wait for each other: {}", steps.join(", ")),
                "make the change in two steps, or set replace: create_first on what is replaced".into(),
            );
        }
        PlanError::Refused(std::mem::take(&mut self.refused))
    }
}
