//! Finding one circle among nodes that wait for each other.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

use super::{Edge, Graph, NodeIndex};

/// Nodes that wait for each other in a circle: the first waits for the second, and so on; the last
/// waits for the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Each node of the circle with the edge to the next.
    pub path: Vec<(NodeIndex, Edge)>,
}

/// A shortest circle through the first node that is on any.
///
/// # Panics
/// When there is none; it is asked only after ordering has failed.
pub(super) fn find<N>(graph: &Graph<N>) -> Cycle {
    let mut plain = DiGraph::<(), ()>::new();
    let nodes: Vec<_> = graph.nodes().map(|_| plain.add_node(())).collect();
    for (index, _) in graph.nodes() {
        for edge in graph.dependencies(index) {
            plain.add_edge(nodes[index.position()], nodes[edge.to.position()], ());
        }
    }
    // Of the two algorithms that there are, this one doesn't recurse: a chain of resources may be
    // longer than the stack is deep.
    let start = kosaraju_scc(&plain)
        .into_iter()
        .filter(|component| component.len() > 1 || plain.contains_edge(component[0], component[0]))
        .flatten()
        .min()
        .expect("ordering fails only where there is a circle");
    Cycle { path: shortest_way_back(graph, NodeIndex::at(start.index())) }
}

/// Breadth first from `start` along the edges until it is met again.
fn shortest_way_back<N>(graph: &Graph<N>, start: NodeIndex) -> Vec<(NodeIndex, Edge)> {
    let mut came_by: Vec<Option<(NodeIndex, Edge)>> = vec![None; graph.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(index) = queue.pop_front() {
        for edge in graph.dependencies(index) {
            if edge.to == start {
                let mut path = vec![(index, *edge)];
                let mut at = index;
                while at != start {
                    let Some(step) = came_by[at.position()] else { break };
                    path.push(step);
                    at = step.0;
                }
                path.reverse();
                return path;
            }
            if came_by[edge.to.position()].is_none() {
                came_by[edge.to.position()] = Some((index, *edge));
                queue.push_back(edge.to);
            }
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;

    fn path(edges: &[(u32, u32)], nodes: usize) -> Vec<u32> {
        let cycle = graph(edges, nodes).order().unwrap_err();
        cycle.path.iter().map(|(index, _)| index.0).collect()
    }

    #[test]
    fn the_shortest_circle_is_shown() {
        assert_eq!(path(&[(0, 1), (1, 2), (2, 3), (3, 1), (2, 1)], 4), [1, 2]);
    }

    #[test]
    fn a_long_chain_before_a_circle_is_no_trouble() {
        let nodes = 200_000;
        let mut edges: Vec<(u32, u32)> = (1..nodes).map(|node| (node, node - 1)).collect();
        edges.push((0, 1));
        assert_eq!(path(&edges, nodes as usize), [0, 1]);
    }

    #[test]
    fn a_node_can_wait_for_itself() {
        assert_eq!(path(&[(1, 1)], 2), [1]);
    }
}
