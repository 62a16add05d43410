//! How long a graph takes when everything that is ready goes on at once.

use super::{Graph, NodeIndex};

/// The longest way through a graph, by the nodes' durations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriticalPath {
    /// The sum of the durations along it, in milliseconds.
    pub total_ms: u64,
    /// Its nodes, first to last.
    pub nodes: Vec<NodeIndex>,
    /// For each node of the graph, the milliseconds from its start to the end of everything that
    /// waits for it: what decides who goes first when not all can.
    pub remaining_ms: Vec<u64>,
}

impl CriticalPath {
    /// Works it out. `order` is one of the graph, `duration_ms` of a node in milliseconds.
    #[must_use]
    pub fn of<N>(graph: &Graph<N>, order: &[NodeIndex], duration_ms: impl Fn(&N) -> u64) -> Self {
        let mut remaining_ms = vec![0; graph.len()];
        let mut next: Vec<Option<NodeIndex>> = vec![None; graph.len()];
        // From the end to the start: by the time a node's turn comes, all that wait for it had
        // theirs and have left their longest remainder with it.
        let mut after_ms = vec![0; graph.len()];
        for &index in order.iter().rev() {
            let total = duration_ms(graph.node(index)) + after_ms[index.position()];
            remaining_ms[index.position()] = total;
            for edge in graph.dependencies(index) {
                let to = edge.to.position();
                if total > after_ms[to] {
                    after_ms[to] = total;
                    next[to] = Some(index);
                }
            }
        }
        let start = order.iter().copied().max_by_key(|index| {
            // Of several longest ways the one that starts first.
            (remaining_ms[index.position()], std::cmp::Reverse(*index))
        });
        let mut nodes = Vec::new();
        let mut at = start;
        while let Some(index) = at {
            nodes.push(index);
            at = next[index.position()];
        }
        let total_ms = start.map_or(0, |index| remaining_ms[index.position()]);
        Self { total_ms, nodes, remaining_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::graph;
    use super::*;

    #[test]
    fn the_longest_way_counts() {
        // 0 -> 1 -> 3 takes 1 + 5 + 1, 0 -> 2 -> 3 takes 1 + 2 + 1.
        let graph = graph(&[(1, 0), (2, 0), (3, 1), (3, 2)], 4);
        let order = graph.order().unwrap();
        let durations = [1, 5, 2, 1];
        let path = CriticalPath::of(&graph, &order, |node| durations[*node]);
        assert_eq!(path.total_ms, 7);
        assert_eq!(path.nodes, [0, 1, 3].map(NodeIndex));
        assert_eq!(path.remaining_ms, [7, 6, 3, 1]);
    }

    #[test]
    fn nothing_takes_no_time() {
        let path = CriticalPath::of(&graph(&[], 0), &[], |_| 1);
        assert_eq!((path.total_ms, path.nodes.len()), (0, 0));
    }
}
