//! What state has to remember of resources that don't change: the edges, and whether they are
//! protected or retained, as the configuration says it now.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::{Body, Graph, Instance, NodeIndex};
use crate::model::{Address, Resource};

/// The addresses that an instance waits for, checks left out.
pub fn dependencies(graph: &Graph<Instance>, index: NodeIndex) -> Vec<Address> {
    let mut addresses: Vec<Address> = graph
        .dependencies(index)
        .iter()
        .map(|edge| graph.node(edge.to))
        .filter(|node| matches!(node.body, Body::Resource { .. }))
        .map(|node| node.address.clone())
        .collect();
    addresses.sort_unstable();
    addresses
}

/// The resources of the state that it remembers something outdated of, as they should be.
#[must_use]
pub fn bookkeeping(
    graph: &Graph<Instance>,
    resources: &BTreeMap<Address, Arc<Resource>>,
) -> Vec<Arc<Resource>> {
    let mut outdated = Vec::new();
    for (index, node) in graph.nodes() {
        let Body::Resource { protect, retain, .. } = &node.body else { continue };
        let Some(resource) = resources.get(&node.address) else { continue };
        let dependencies = dependencies(graph, index);
        if (resource.protect, resource.retain) != (*protect, *retain) || resource.dependencies != dependencies
        {
            let mut resource = Resource::clone(resource);
            resource.protect = *protect;
            resource.retain = *retain;
            resource.dependencies = dependencies;
            outdated.push(Arc::new(resource));
        }
    }
    outdated
}
