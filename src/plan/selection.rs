//! Which instances a plan acts on, when it doesn't act on all.

use super::Selection;
use crate::graph::{Graph, Instance, NodeIndex};

/// For each instance whether it is acted on: with `only`, what it waits for is too; with `exclude`,
/// what waits for it isn't.
#[must_use]
pub fn selected(graph: &Graph<Instance>, order: &[NodeIndex], selection: &Selection) -> Vec<bool> {
    let Selection { only, exclude, .. } = selection;
    let mut selected: Vec<bool> = graph.nodes().map(|(_, node)| selection.admits(&node.address)).collect();
    if !only.is_empty() {
        for &index in order.iter().rev() {
            if selected[index.position()] {
                for edge in graph.dependencies(index) {
                    selected[edge.to.position()] = true;
                }
            }
        }
    }
    if !exclude.is_empty() {
        let mut excluded: Vec<bool> = graph
            .nodes()
            .map(|(_, node)| exclude.iter().any(|pattern| node.address.is_within(pattern)))
            .collect();
        for &index in order {
            let waits_for_excluded =
                |index: NodeIndex| graph.dependencies(index).iter().any(|edge| excluded[edge.to.position()]);
            if waits_for_excluded(index) {
                excluded[index.position()] = true;
            }
            if excluded[index.position()] {
                selected[index.position()] = false;
            }
        }
    }
    selected
}
