//! What goes: resources that are no longer declared, and objects that replacements left behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::planner::{Planner, milliseconds};
use super::{Operation, Reason, Refreshed};
use crate::kinds::region_price_factor;
use crate::model::{Action, Address, Resource};

impl Planner<'_> {
    /// Plans the removal of everything in state that is not to stay.
    pub(super) fn removals(&mut self) {
        let input = self.input;
        let declared: BTreeSet<&Address> = if input.selection.destroy {
            BTreeSet::new()
        } else {
            input.graph.nodes().map(|(_, node)| &node.address).collect()
        };
        let undeclared: Vec<(Address, Arc<Resource>)> = self
            .resources
            .iter()
            .filter(|(address, _)| !declared.contains(address) && input.selection.admits(address))
            .map(|(address, resource)| (address.clone(), resource.clone()))
            .collect();
        let reason = if input.selection.destroy { Reason::Destroy } else { Reason::NoLongerDeclared };
        for (address, resource) in &undeclared {
            self.remove(address, resource, reason.clone());
        }
        if !input.selection.destroy {
            self.warn_of_endangered(undeclared.iter().map(|(address, _)| address));
        }
        for (address, objects) in input.deposed {
            if !input.selection.admits(address) {
                continue;
            }
            for object in objects {
                let mut operation = self.removal(&object.resource, Action::Delete, Reason::Deposed);
                operation.address = address.clone();
                operation.deposed = true;
                self.push(operation);
            }
        }
    }

    fn remove(&mut self, address: &Address, resource: &Arc<Resource>, reason: Reason) {
        if resource.protect {
            let why = match reason {
                Reason::Destroy => "it is protected",
                _ => "it is protected, and its lines are gone",
            };
            return self.refuse_at(
                address,
                None,
                why.into(),
                "bring the lines back with protect: false and apply that first, if it is really to go".into(),
            );
        }
        let gone = matches!(self.input.refreshed.get(&resource.address), Some(Refreshed::Gone));
        let action = if gone || resource.retain || resource.lookup { Action::Forget } else { Action::Delete };
        let mut operation = self.removal(resource, action, reason);
        operation.address = address.clone();
        if action == Action::Forget {
            operation.estimate_ms = 0;
        }
        self.usd_before += operation.usd_per_month_before;
        let position = self.push(operation);
        self.steps.entry(address.clone()).or_default().backward = Some(position);
    }

    /// Says which resources stay as they are though they were made after one that goes.
    fn warn_of_endangered<'r>(&mut self, going: impl Iterator<Item = &'r Address>) {
        let mut going = going.peekable();
        if going.peek().is_none() {
            return;
        }
        let dependents = self.dependents();
        let mut warnings = Vec::new();
        for address in going {
            let endangered: Vec<String> = dependents
                .get(address)
                .into_iter()
                .flatten()
                .filter(|dependent| !self.steps.contains_key(dependent))
                .map(ToString::to_string)
                .collect();
            if !endangered.is_empty() {
                warnings.push(format!("{address} goes, and {} was made after it", endangered.join(", ")));
            }
        }
        self.warnings.extend(warnings);
    }

    fn removal(&self, resource: &Arc<Resource>, action: Action, reason: Reason) -> Operation {
        let mut operation = self.operation(&resource.address, &resource.kind, action, vec![reason]);
        operation.region.clone_from(&resource.scope.region);
        operation.id = Some(resource.id.clone());
        let kind = self.input.kinds.get(&resource.kind);
        let profile = kind.and_then(|kind| kind.profile(&kind.project(&resource.observed.read()).ok()?).ok());
        if let Some(profile) = profile {
            operation.estimate_ms = milliseconds(profile.delete);
            let factor = region_price_factor(&resource.kind, resource.scope.region.as_deref());
            operation.usd_per_month_before = profile.usd_per_month() * factor;
        }
        operation
    }
}
