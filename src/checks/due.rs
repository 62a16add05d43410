//! Which checks have to be asked again. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::evidence::{Provenance, Record};
use crate::graph::{Body, Evaluate, Graph, Instance, NodeIndex};
use crate::model::{Action, Address, Json, Value};
use crate::plan::Plan;

/// The checks whose evidence is still good: it has passed, is about what is asked now, comes from
/// where it has to, and is younger than `every`. Without `every` it stays good until something
/// before the check changes.
///
/// `evaluate` has to know what each resource declares, as after validating the workspace.
#[must_use]
pub fn proven(
    records: &BTreeMap<Address, Record>,
    graph: &Graph<Instance>,
    evaluate: &dyn Evaluate,
    now_unix_ms: i64,
    needed: Provenance,
) -> BTreeSet<Address> {
    let is_proven = |index: NodeIndex, node: &Instance| {
        let Body::Check(check) = &node.body else { return false };
        let Some(record) = records.get(&node.address) else { return false };
        let latest = &record.latest;
        !record.doubted
            && latest.satisfies(needed)
            && *latest.probe == *check.probe
            && check.every.is_none_or(|every| is_young(latest.at_unix_ms, now_unix_ms, every))
            && evaluate.evaluate(index).is_ok_and(|question| agrees(&question.value, &latest.question))
    };
    graph
        .nodes()
        .filter(|(index, node)| is_proven(*index, node))
        .map(|(_, node)| node.address.clone())
        .collect()
}

/// Whether less than `every` lies between two times. Another machine's clock may be ahead, and the
/// sandbox's is: so that what comes from the future isn't old yet, but doesn't stay young for ever.
fn is_young(at_unix_ms: i64, now_unix_ms: i64, every: Duration) -> bool {
    u128::from(now_unix_ms.abs_diff(at_unix_ms)) < every.as_millis()
}

/// Whether a question can be the one that was asked: what isn't known of it can.
fn agrees(now: &Value, then: &Json) -> bool {
    match (now, then) {
        (Value::Unknown(_), _) => true,
        (Value::Map(map), Json::Object(object)) => {
            object.keys().all(|key| map.contains_key(&**key))
                && map.iter().all(|(key, value)| match object.get(&**key) {
                    Some(then) => agrees(value, then),
                    // A field that is null isn't asked at all.
                    None => matches!(value, Value::Null),
                })
        }
        (Value::List(items), Json::Array(elements)) => {
            items.len() == elements.len() && items.iter().zip(elements).all(|(now, then)| agrees(now, then))
        }
        _ => now.reveal().is_some_and(|now| now == *then),
    }
}

/// The checks that something before which a plan changes: their evidence is to be doubted before
/// the first call of it.
#[must_use]
pub fn doubted(plan: &Plan, graph: &Graph<Instance>) -> BTreeSet<Address> {
    let changed: BTreeSet<&Address> = plan
        .operations
        .iter()
        .filter(|operation| operation.action != Action::Check)
        .map(|operation| &operation.address)
        .collect();
    let dependents = graph.dependents();
    let mut reached = vec![false; graph.len()];
    let mut queue: Vec<NodeIndex> =
        graph.nodes().filter(|(_, node)| changed.contains(&node.address)).map(|(index, _)| index).collect();
    while let Some(index) = queue.pop() {
        if !std::mem::replace(&mut reached[index.position()], true) {
            queue.extend(&dependents[index.position()]);
        }
    }
    graph
        .nodes()
        .filter(|(index, node)| reached[index.position()] && matches!(node.body, Body::Check(_)))
        .map(|(_, node)| node.address.clone())
        .collect()
}
