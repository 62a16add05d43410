//! Whether what state says of things is how they are.

use crate::bench::Bench;

/// Every field that was set and isn't in the world as state says it was last seen.
pub fn unlike(bench: &Bench) -> Vec<String> {
    let (state, objects) = (bench.state(), bench.objects());
    let mut faults = Vec::new();
    for resource in state.resources.values().filter(|resource| !resource.lookup) {
        let Some(object) = objects.iter().find(|object| {
            *object.key.kind == *resource.kind
                && object.key.id == resource.id
                && resource.scope.region.as_deref().is_none_or(|region| region == object.key.place.region())
        }) else {
            continue;
        };
        let (recorded, observed) = (resource.recorded.read(), resource.observed.read());
        let Some(set) = recorded.as_object() else { continue };
        for field in set.keys().filter(|field| observed[*field] != object.attributes[*field]) {
            faults.push(format!(
                "{}.{field} is {} in state and {} in the world",
                resource.address, observed[field], object.attributes[field]
            ));
        }
    }
    faults
}
