//! Walking the graph: each instance is evaluated, compared, and turned into operations.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::declared::{Decision, Declared, Verdict};
use super::{Input, Operation, Plan, PlanError, Reason, Refused, Replacement};
use crate::graph::{Body, EdgeKind, Known, NodeIndex, ReplaceOrder};
use crate::kinds::region_price_factor;
use crate::model::{Action, Address, Diagnostics, FieldPath, PhysicalId, Resource, Value};

/// How long asking a check takes, typically, in milliseconds.
const CHECK_MS: u64 = 5_000;

/// Makes the plan.
///
/// # Errors
/// Faults of the configuration that show only now, and what must not be done.
pub fn plan(input: &Input<'_>) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(input);
    planner.moves();
    if input.selection.destroy {
        planner.provide_state();
    } else {
        for &index in input.order {
            planner.visit(index);
        }
    }
    planner.removals();
    planner.spread_create_first();
    if planner.faults.has_errors() {
        planner.faults.sort();
        return Err(PlanError::Faults(planner.faults));
    }
    if !planner.refused.is_empty() {
        return Err(PlanError::Refused(planner.refused));
    }
    planner.assemble()
}

/// The operations of one instance or one address.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    /// What brings it to what is asked for: a creation, an update, an adoption, a read, a check.
    pub forward: Option<usize>,
    /// What removes the object that is there.
    pub backward: Option<usize>,
    /// What gives it its new address.
    pub moved: Option<usize>,
}

pub(super) struct Planner<'a> {
    pub input: &'a Input<'a>,
    /// The resources of the state, under their new addresses.
    pub resources: BTreeMap<Address, Arc<Resource>>,
    pub operations: Vec<Operation>,
    pub steps: BTreeMap<Address, Steps>,
    /// For each instance whether it, or something that it waits for, has an operation.
    changes_before: Vec<bool>,
    pub selected: Vec<bool>,
    pub unchanged: usize,
    pub usd_before: f64,
    pub usd_after: f64,
    pub warnings: Vec<String>,
    pub refused: Vec<Refused>,
    faults: Diagnostics,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        Self {
            input,
            resources: input.resources.clone(),
            operations: Vec::new(),
            steps: BTreeMap::new(),
            changes_before: vec![false; input.graph.len()],
            selected: super::selected(input.graph, input.order, input.selection),
            unchanged: 0,
            usd_before: 0.0,
            usd_after: 0.0,
            warnings: Vec::new(),
            refused: Vec::new(),
            faults: Diagnostics::default(),
        }
    }

    /// Gives resources their new addresses.
    fn moves(&mut self) {
        for (from, to) in self.input.moved {
            let matching: Vec<Address> = self
                .resources
                .range(from.clone()..)
                .map(|(address, _)| address)
                .take_while(|address| address.stack() == from.stack())
                .filter(|address| address.is_within(from))
                .cloned()
                .collect();
            for old in matching {
                let new = if to.key().is_some() { to.clone() } else { to.with_key(old.key()) };
                if self.resources.contains_key(&new) {
                    continue;
                }
                let Some(resource) = self.resources.remove(&old) else { continue };
                let mut operation =
                    self.operation(&new, &resource.kind, Action::Move, vec![Reason::Moved { from: old }]);
                operation.id = Some(resource.id.clone());
                operation.region.clone_from(&resource.scope.region);
                self.steps.entry(new.clone()).or_default().moved = Some(self.push(operation));
                self.resources.insert(new, resource);
            }
        }
        self.rename_dependencies();
    }

    /// What was made after a resource that moves was made after its new address.
    fn rename_dependencies(&mut self) {
        let renamed: BTreeMap<Address, Address> = self
            .resources
            .iter()
            .filter(|(address, resource)| **address != resource.address)
            .map(|(address, resource)| (resource.address.clone(), address.clone()))
            .collect();
        if renamed.is_empty() {
            return;
        }
        for resource in self.resources.values_mut() {
            if resource.dependencies.iter().any(|address| renamed.contains_key(address)) {
                for address in &mut Arc::make_mut(resource).dependencies {
                    if let Some(new) = renamed.get(address) {
                        *address = new.clone();
                    }
                }
            }
        }
    }

    /// Lets expressions read what state knows: nothing is evaluated for a destruction.
    fn provide_state(&self) {
        for (index, node) in self.input.graph.nodes() {
            if let (Some(resource), Some(kind)) = (self.resources.get(&node.address), self.kind(index)) {
                self.input.evaluate.provide(
                    index,
                    super::known::of_observed(
                        kind.as_ref(),
                        &resource.observed.read(),
                        Some(&resource.recorded.read()),
                    ),
                );
            }
        }
    }

    fn kind(&self, index: NodeIndex) -> Option<&'a Arc<dyn crate::kinds::AnyKind>> {
        match &self.input.graph.node(index).body {
            Body::Resource { kind, .. } => self.input.kinds.get(kind),
            Body::Check(_) => None,
        }
    }

    fn visit(&mut self, index: NodeIndex) {
        let input = self.input;
        let changes_before =
            input.graph.dependencies(index).iter().any(|edge| self.changes_before[edge.to.position()]);
        self.changes_before[index.position()] = changes_before;
        match self.kind(index) {
            Some(kind) => self.resource(index, kind),
            None => self.check(index),
        }
    }

    fn check(&mut self, index: NodeIndex) {
        let node = self.input.graph.node(index);
        let due = if self.changes_before[index.position()] {
            Reason::BeforeItChanges
        } else if self.input.proven.contains(&node.address) {
            return;
        } else {
            Reason::EvidenceDue
        };
        if !self.selected[index.position()] {
            return;
        }
        let question = match self.input.evaluate.evaluate(index) {
            Ok(evaluated) => evaluated.value,
            Err(faults) => return self.faults.extend(faults),
        };
        let mut operation = self.operation(&node.address, "check", Action::Check, vec![due]);
        operation.region = node.region.as_deref().map(str::to_owned);
        operation.source = Some((self.input.display)(node.at));
        operation.instance = Some(index);
        operation.deferred = !question.is_known();
        operation.desired = Some(question);
        operation.estimate_ms = CHECK_MS;
        let position = self.push(operation);
        self.steps.entry(node.address.clone()).or_default().forward = Some(position);
    }

    fn resource(&mut self, index: NodeIndex, kind: &'a Arc<dyn crate::kinds::AnyKind>) {
        let input = self.input;
        let node = input.graph.node(index);
        let resource = self.resources.get(&node.address).cloned();
        if !self.selected[index.position()] {
            let known = match &resource {
                Some(resource) => super::known::of_observed(
                    kind.as_ref(),
                    &resource.observed.read(),
                    Some(&resource.recorded.read()),
                ),
                None => Known { others_unknown: true, ..Known::default() },
            };
            return input.evaluate.provide(index, known);
        }
        if let Some(absent) = self.left_out(index) {
            self.refuse(
                &node.address,
                format!("it waits for {absent}, which isn't there and isn't selected"),
                "select that too, or apply it first".into(),
            );
            return input.evaluate.provide(index, Known { others_unknown: true, ..Known::default() });
        }
        let desired = match input.evaluate.evaluate(index) {
            Ok(evaluated) => evaluated.value,
            Err(faults) => {
                self.faults.extend(faults);
                return input.evaluate.provide(index, Known { others_unknown: true, ..Known::default() });
            }
        };
        let declared = Declared {
            input,
            index,
            kind,
            desired: &desired,
            resource: resource.as_ref(),
            container_replaced: self.container_replaced(index),
        };
        let decision = declared.decide();
        input.evaluate.provide(index, decision.known.clone());
        self.settle(index, desired, resource, decision);
    }

    /// Something that an instance waits for, which isn't there and isn't to be made either.
    fn left_out(&self, index: NodeIndex) -> Option<&'a Address> {
        let graph = self.input.graph;
        let before = graph.dependencies(index).iter().filter(|edge| edge.kind != EdgeKind::After);
        let mut left_out =
            before.filter(|edge| !self.selected[edge.to.position()]).map(|edge| graph.node(edge.to));
        left_out
            .find(|node| {
                matches!(node.body, Body::Resource { .. }) && !self.resources.contains_key(&node.address)
            })
            .map(|node| &node.address)
    }

    /// The reason that the cluster that an instance lives in gives it to be made anew.
    fn container_replaced(&self, index: NodeIndex) -> Option<Reason> {
        let cluster = self.input.graph.node(index).cluster?;
        let address = &self.input.graph.node(cluster).address;
        let steps = self.steps.get(address)?;
        let replaced = steps.forward.is_some_and(|forward| {
            let operation = &self.operations[forward];
            operation.replacement.is_some() || operation.reasons.contains(&Reason::Missing)
        });
        replaced.then(|| Reason::ContainerReplaced { container: address.clone() })
    }

    /// Turns a decision into operations.
    fn settle(
        &mut self,
        index: NodeIndex,
        desired: Value,
        resource: Option<Arc<Resource>>,
        decision: Decision,
    ) {
        let node = self.input.graph.node(index);
        let Decision { verdict, changes, profile, profile_before, warning, .. } = decision;
        self.warnings.extend(warning);
        let factor = region_price_factor(self.kind_name(index), node.region.as_deref());
        let before = profile_before.as_ref().map_or(0.0, crate::kinds::Profile::usd_per_month) * factor;
        let after = profile.usd_per_month() * factor;
        self.usd_before += before;
        self.usd_after += after;
        let (action, reasons, replaces) = match verdict {
            Verdict::Unchanged => {
                self.unchanged += 1;
                return;
            }
            Verdict::Refuse(why, help) => return self.refuse(&node.address, why, help),
            Verdict::Do(action, reasons) => (action, reasons, false),
            Verdict::Replace(reasons) => (Action::Create, reasons, true),
        };
        self.changes_before[index.position()] = true;
        let mut operation = self.operation(&node.address, self.kind_name(index), action, reasons);
        operation.region = node.region.as_deref().map(str::to_owned);
        operation.source = Some(self.source(index, &operation.reasons, &changes));
        operation.instance = Some(index);
        operation.deferred = !desired.is_known();
        operation.desired = Some(desired);
        operation.changes = changes;
        operation.usd_per_month_before = before;
        operation.usd_per_month_after = after;
        operation.estimate_ms = milliseconds(match action {
            Action::Create => profile.create,
            Action::Update | Action::Adopt if !super::is_state_only(&operation.changes) => profile.update,
            _ => std::time::Duration::ZERO,
        });
        operation.id = if replaces { None } else { resource.as_ref().map(|resource| resource.id.clone()) };
        if action == Action::Create
            && let Some(old) = resource
        {
            self.give_up(index, &mut operation, &old, replaces, &profile_before.unwrap_or(profile));
        }
        let position = self.push(operation);
        self.steps.entry(node.address.clone()).or_default().forward = Some(position);
    }

    /// Plans what happens to the object that a creation takes the place of.
    fn give_up(
        &mut self,
        index: NodeIndex,
        creation: &mut Operation,
        old: &Arc<Resource>,
        replaces: bool,
        profile: &crate::kinds::Profile,
    ) {
        let node = self.input.graph.node(index);
        let Body::Resource { protect, replace, .. } = &node.body else { return };
        let reasons = creation.reasons.clone();
        let gone = !replaces;
        if !gone && *protect {
            let fields: Vec<String> = creation
                .changes
                .iter()
                .filter(|change| change.forces_replacement)
                .map(|change| format!("`{}`", change.path))
                .collect();
            let because =
                if fields.is_empty() { String::new() } else { format!(" because of {}", fields.join(", ")) };
            return self.refuse_at(
                &node.address,
                creation.source.clone(),
                format!("it is protected, and would be replaced{because}"),
                "set protect: false and apply that first, if it is really to go".into(),
            );
        }
        // What is gone, or went with its container, only has to be forgotten.
        let action = if gone { Action::Forget } else { Action::Delete };
        // What never got ready serves nobody: it makes room first.
        let tainted = matches!(old.condition, crate::model::Condition::Tainted { .. });
        let order = match replace {
            ReplaceOrder::CreateFirst if !gone && !tainted => Replacement::CreateFirst,
            _ => Replacement::DeleteFirst,
        };
        let mut removal = self.operation(&node.address, &old.kind, action, reasons);
        removal.region.clone_from(&old.scope.region);
        removal.source.clone_from(&creation.source);
        removal.id = Some(old.id.clone());
        removal.instance = Some(index);
        if !gone {
            removal.replacement = Some(order);
            removal.deposed = order == Replacement::CreateFirst;
            removal.estimate_ms = milliseconds(profile.delete);
            creation.replacement = Some(order);
        }
        let position = self.push(removal);
        self.steps.entry(node.address.clone()).or_default().backward = Some(position);
    }

    fn kind_name(&self, index: NodeIndex) -> &'static str {
        self.kind(index).map_or("check", |kind| kind.name())
    }

    /// The line that asks for an operation: that of the field which decides, else of the resource.
    fn source(&self, index: NodeIndex, reasons: &[Reason], changes: &[crate::model::FieldChange]) -> String {
        let decisive = changes.iter().find(|change| change.forces_replacement).or(match reasons {
            [Reason::Differs, ..] => changes.first(),
            _ => None,
        });
        let at = match decisive {
            Some(change) => self.input.evaluate.locate(index, &declared_part(&change.path)),
            None => self.input.graph.node(index).at,
        };
        (self.input.display)(at)
    }

    pub(super) fn refuse(&mut self, address: &Address, why: String, help: String) {
        let node = self.input.graph.nodes().find(|(_, node)| node.address == *address);
        let source = node.map(|(_, node)| (self.input.display)(node.at));
        self.refuse_at(address, source, why, help);
    }

    pub(super) fn refuse_at(&mut self, address: &Address, source: Option<String>, why: String, help: String) {
        self.refused.push(Refused { address: address.clone(), why, source, help });
    }

    pub(super) fn push(&mut self, operation: Operation) -> usize {
        self.operations.push(operation);
        self.operations.len() - 1
    }

    /// An operation with nothing but its reason.
    pub(super) fn operation(
        &self,
        address: &Address,
        kind: &str,
        action: Action,
        reasons: Vec<Reason>,
    ) -> Operation {
        Operation {
            address: address.clone(),
            kind: kind.to_owned(),
            action,
            region: None,
            reasons,
            source: None,
            instance: None,
            id: None::<PhysicalId>,
            desired: None,
            changes: Vec::new(),
            replacement: None,
            deposed: false,
            deferred: false,
            waits_for: Vec::new(),
            estimate_ms: 0,
            usd_per_month_before: 0.0,
            usd_per_month_after: 0.0,
        }
    }

    /// A replacement that creates first needs what it depends on to stay until the old object is
    /// gone: where that is replaced too, it creates first as well.
    fn spread_create_first(&mut self) {
        for &index in self.input.order.iter().rev() {
            let address = &self.input.graph.node(index).address;
            if !self.replaces(address, Replacement::CreateFirst) {
                continue;
            }
            self.check_identity(index);
            for edge in self.input.graph.dependencies(index) {
                let dependency = &self.input.graph.node(edge.to).address;
                if edge.kind != EdgeKind::After && self.replaces(dependency, Replacement::DeleteFirst) {
                    self.set_create_first(dependency);
                }
            }
        }
    }

    fn replaces(&self, address: &Address, order: Replacement) -> bool {
        let forward = self.steps.get(address).and_then(|steps| steps.forward);
        forward.is_some_and(|forward| self.operations[forward].replacement == Some(order))
    }

    fn set_create_first(&mut self, address: &Address) {
        let Some(steps) = self.steps.get(address).copied() else { return };
        if let Some(forward) = steps.forward {
            self.operations[forward].replacement = Some(Replacement::CreateFirst);
        }
        if let Some(backward) = steps.backward {
            self.operations[backward].replacement = Some(Replacement::CreateFirst);
            self.operations[backward].deposed = true;
        }
    }

    /// Two objects can't have the same identity at a time.
    fn check_identity(&mut self, index: NodeIndex) {
        let Some(kind) = self.kind(index) else { return };
        let address = self.input.graph.node(index).address.clone();
        let Some(forward) = self.steps.get(&address).and_then(|steps| steps.forward) else { return };
        let operation = &self.operations[forward];
        let changed =
            |field: &&str| operation.changes.iter().any(|change| change.path.first_key() == Some(field));
        if kind.identity().is_empty() || kind.identity().iter().any(changed) {
            return;
        }
        let fields = kind.identity().join("`, `");
        let source = operation.source.clone();
        self.refuse_at(
            &address,
            source,
            format!(
                "its replacement can't be created first: `{fields}` stays the same, and only one can have it"
            ),
            format!("let `{fields}` change with what forces the replacement, or set replace: delete_first"),
        );
    }
}

/// A path as far as the configuration can be followed: elements have no place of their own there.
fn declared_part(path: &FieldPath) -> FieldPath {
    path.steps()
        .iter()
        .take_while(|step| !matches!(step, crate::model::Step::Element(_)))
        .fold(FieldPath::root(), |path, step| path.join(step.clone()))
}

pub(super) fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
