//! Which instances a plan acts on, when it doesn't act on all.

use super::{Input, Selection};
use crate::graph::NodeIndex;

/// For each instance whether it is acted on: with `only`, what it waits for is too; with `exclude`,
/// what waits for it isn't.
pub(super) fn selected(input: &Input<'_>) -> Vec<bool> {
    let Selection { only, exclude, .. } = input.selection;
    let mut selected: Vec<bool> =
        input.graph.nodes().map(|(_, node)| input.selection.admits(&node.address)).collect();
    if !only.is_empty() {
        for &index in input.order.iter().rev() {
            if selected[index.position()] {
                for edge in input.graph.dependencies(index) {
                    selected[edge.to.position()] = true;
                }
            }
        }
    }
    if !exclude.is_empty() {
        let mut excluded: Vec<bool> = input
            .graph
            .nodes()
            .map(|(_, node)| exclude.iter().any(|pattern| node.address.is_within(pattern)))
            .collect();
        for &index in input.order {
            let waits_for_excluded = |index: NodeIndex| {
                input.graph.dependencies(index).iter().any(|edge| excluded[edge.to.position()])
            };
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
