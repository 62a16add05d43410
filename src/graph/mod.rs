//! A directed graph whose nodes wait for others: edges, order, cycles, the critical path.
//!
//! Knows nothing of what its nodes are. The workspace's resources and a plan's operations are both
//! graphs of this kind. Indices are positions, so that walking one is walking vectors.

mod critical_path;
mod cycle;
mod instance;

use serde::{Deserialize, Serialize};

pub use critical_path::CriticalPath;
pub use cycle::Cycle;
pub use instance::{
    Body, CheckBody, Evaluate, Evaluated, Ignore, Instance, Known, ReplaceOrder, StoodIn, Timeouts,
};

use crate::model::Location;

/// The position of a node in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeIndex(pub u32);

impl NodeIndex {
    /// The node at a position.
    ///
    /// # Panics
    /// Beyond 2^32 nodes.
    #[must_use]
    pub fn at(position: usize) -> Self {
        Self(u32::try_from(position).expect("a graph has fewer than 2^32 nodes"))
    }

    #[must_use]
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// Why a node waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeKind {
    /// An expression reads the other's attributes.
    Reference,
    /// It lives within the other (a Kubernetes object in its cluster).
    Cluster,
    /// `after:` asks for it.
    After,
}

/// One node's waiting for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// What is waited for.
    pub to: NodeIndex,
    pub kind: EdgeKind,
    /// The text that asks for it.
    pub at: Option<Location>,
}

/// Nodes, and for each the nodes that it waits for.
#[derive(Debug, Clone)]
pub struct Graph<N> {
    nodes: Vec<N>,
    dependencies: Vec<Vec<Edge>>,
}

impl<N> Default for Graph<N> {
    fn default() -> Self {
        Self { nodes: Vec::new(), dependencies: Vec::new() }
    }
}

impl<N> Graph<N> {
    pub fn add(&mut self, node: N) -> NodeIndex {
        let index = NodeIndex::at(self.nodes.len());
        self.nodes.push(node);
        self.dependencies.push(Vec::new());
        index
    }

    /// Lets `from` wait for `edge.to`. Waiting twice for the same node is waiting once; the first
    /// reason stands.
    pub fn connect(&mut self, from: NodeIndex, edge: Edge) {
        let edges = &mut self.dependencies[from.position()];
        if !edges.iter().any(|known| known.to == edge.to) {
            edges.push(edge);
        }
    }

    /// Lets `from` wait for many: as [`Graph::connect`] for each, but in time that grows with their
    /// number alone.
    pub fn connect_all(&mut self, from: NodeIndex, more: impl IntoIterator<Item = Edge>) {
        let edges = &mut self.dependencies[from.position()];
        let mut known: std::collections::BTreeSet<NodeIndex> = edges.iter().map(|edge| edge.to).collect();
        edges.extend(more.into_iter().filter(|edge| known.insert(edge.to)));
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[must_use]
    pub fn node(&self, index: NodeIndex) -> &N {
        &self.nodes[index.position()]
    }

    pub fn node_mut(&mut self, index: NodeIndex) -> &mut N {
        &mut self.nodes[index.position()]
    }

    /// Every node, in the order in which they were added.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeIndex, &N)> {
        self.nodes.iter().enumerate().map(|(position, node)| (NodeIndex::at(position), node))
    }

    /// The nodes alone, in the order in which they were added.
    #[must_use]
    pub fn into_nodes(self) -> Vec<N> {
        self.nodes
    }

    /// What a node waits for.
    #[must_use]
    pub fn dependencies(&self, index: NodeIndex) -> &[Edge] {
        &self.dependencies[index.position()]
    }

    /// For each node, the nodes that wait for it, in ascending order.
    #[must_use]
    pub fn dependents(&self) -> Vec<Vec<NodeIndex>> {
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (position, edges) in self.dependencies.iter().enumerate() {
            for edge in edges {
                dependents[edge.to.position()].push(NodeIndex::at(position));
            }
        }
        dependents
    }

    /// An order in which every node comes after what it waits for; among those that could come
    /// next, the one that was added first.
    ///
    /// # Errors
    /// A [`Cycle`] when nodes wait for each other in a circle.
    pub fn order(&self) -> Result<Vec<NodeIndex>, Cycle> {
        let mut waits_for: Vec<usize> = self.dependencies.iter().map(Vec::len).collect();
        let mut ready: std::collections::BTreeSet<usize> =
            (0..self.nodes.len()).filter(|&position| waits_for[position] == 0).collect();
        let dependents = self.dependents();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(position) = ready.pop_first() {
            order.push(NodeIndex::at(position));
            for dependent in &dependents[position] {
                let left = &mut waits_for[dependent.position()];
                *left -= 1;
                if *left == 0 {
                    ready.insert(dependent.position());
                }
            }
        }
        if order.len() == self.nodes.len() { Ok(order) } else { Err(cycle::find(self)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn graph(edges: &[(u32, u32)], nodes: usize) -> Graph<usize> {
        let mut graph = Graph::default();
        for node in 0..nodes {
            graph.add(node);
        }
        for (from, to) in edges {
            let edge = Edge { to: NodeIndex(*to), kind: EdgeKind::Reference, at: None };
            graph.connect(NodeIndex(*from), edge);
        }
        graph
    }

    #[test]
    fn everything_comes_after_what_it_waits_for() {
        let order = graph(&[(0, 2), (1, 0), (3, 0)], 4).order().unwrap();
        assert_eq!(order, [2, 0, 1, 3].map(NodeIndex));
    }

    #[test]
    fn waiting_twice_is_waiting_once() {
        let graph = graph(&[(0, 1), (0, 1)], 2);
        assert_eq!(graph.dependencies(NodeIndex(0)).len(), 1);
        assert_eq!(graph.dependents()[1], [NodeIndex(0)]);
        let mut graph = graph;
        let edge = |to, kind| Edge { to: NodeIndex(to), kind, at: None };
        graph.connect_all(
            NodeIndex(0),
            [edge(1, EdgeKind::After), edge(0, EdgeKind::After), edge(0, EdgeKind::Cluster)],
        );
        let edges = [edge(1, EdgeKind::Reference), edge(0, EdgeKind::After)];
        assert_eq!(graph.dependencies(NodeIndex(0)), edges);
    }
}
