//! What always has to hold when nothing is in flight: state and world are the same things.

use std::collections::{BTreeMap, BTreeSet};

use super::bench::Bench;

/// Every way in which state and world disagree.
pub fn faults(bench: &Bench) -> Vec<String> {
    let state = bench.state();
    let mut faults = Vec::new();
    for open in state.open.values() {
        faults.push(format!("{} is open: {:?}", open.intent.address, open.intent.step));
    }
    let objects = bench.objects();
    let marked = objects.iter().filter(|object| object.marks.is_some());
    let mut in_world: BTreeMap<(String, String, String), String> = BTreeMap::new();
    let mut by_operation = BTreeMap::new();
    for object in marked {
        let marks = object.marks.as_ref().unwrap();
        let key =
            (object.key.kind.to_string(), object.key.place.region().to_owned(), object.key.id.to_string());
        in_world.insert(key, marks.address.to_string());
        if let Some(operation) = &object.created_by
            && let Some(other) = by_operation.insert(operation.clone(), object.key.to_string())
        {
            faults.push(format!("duplicate: {other} and {} were made by {operation}", object.key));
        }
    }
    let mut known = BTreeSet::new();
    let former = state.deposed.values().flatten().map(|deposed| &deposed.resource);
    let current = state.resources.values().filter(|resource| !resource.lookup);
    for resource in current.chain(former).filter(|resource| !resource.kind.starts_with("core.")) {
        let key = (
            resource.kind.clone(),
            resource.scope.region.clone().unwrap_or_else(|| "global".into()),
            resource.id.to_string(),
        );
        match in_world.get(&key) {
            None => faults.push(format!("lost: {} is in state as {key:?}", resource.address)),
            Some(address) if *address != resource.address.to_string() => {
                faults.push(format!("{} is marked as {address}", resource.address));
            }
            Some(_) => {}
        }
        if !known.insert(key.clone()) {
            faults.push(format!("state knows {key:?} twice"));
        }
    }
    for (key, address) in &in_world {
        if !known.contains(key) {
            faults.push(format!("orphan: {key:?}, marked as {address}, is in no state"));
        }
    }
    faults
}
