//! What is to be done with one resource that the configuration declares.

use std::sync::Arc;

use super::diff::{Sides, diff};
use super::{Input, Reason, Refreshed, known};
use crate::graph::{Body, Ignore, Known, NodeIndex};
use crate::kinds::{AnyKind, Profile};
use crate::model::{Action, Condition, Connection, FieldChange, Json, Resource, Value};

/// What is to be done with a resource, and what others may read of it meanwhile.
pub(super) struct Decision {
    pub verdict: Verdict,
    pub known: Known,
    pub changes: Vec<FieldChange>,
    /// Typical of it as it is to be.
    pub profile: Profile,
    /// Typical of it as it is.
    pub profile_before: Option<Profile>,
    pub warning: Option<String>,
}

pub(super) enum Verdict {
    Unchanged,
    Do(Action, Vec<Reason>),
    Replace(Vec<Reason>),
    /// It can't be planned: why, and what to do.
    Refuse(String, String),
}

/// One declared resource with all that is known of it.
pub(super) struct Declared<'a> {
    pub input: &'a Input<'a>,
    pub index: NodeIndex,
    pub kind: &'a Arc<dyn AnyKind>,
    pub desired: &'a Value,
    pub resource: Option<&'a Arc<Resource>>,
    /// The container that it lives in is replaced.
    pub container_replaced: Option<Reason>,
}

impl Declared<'_> {
    pub(super) fn decide(&self) -> Decision {
        let node = self.input.graph.node(self.index);
        let Body::Resource { lookup, adopt, .. } = &node.body else {
            // Checks never come here: the planner asks resources only.
            return self.unchanged(Known::default());
        };
        // What was read of a resource that moves was read under its old address.
        let address = self.resource.map_or(&node.address, |resource| &resource.address);
        let refreshed = self.input.refreshed.get(address);
        if lookup.is_some() {
            return self.looked_up(refreshed);
        }
        match (self.resource, refreshed) {
            (None, _) if self.container_replaced.is_some() => self.create(Reason::New),
            (None, Some(Refreshed::Found(observed))) if adopt.is_some() => self.adopted(observed),
            (None, _) => match adopt {
                Some(id) => self.refuse(
                    format!("`adopt` names {id}, which can't be read"),
                    "check the id, the region and the rights, or remove `adopt` to make a new one".into(),
                ),
                None => self.create(Reason::New),
            },
            (Some(_), _) if self.container_replaced.is_some() => {
                self.create(self.container_replaced.clone().unwrap_or(Reason::New))
            }
            (Some(_), Some(Refreshed::Gone)) => self.create(Reason::Missing),
            (Some(resource), _) if self.elsewhere(resource).is_some() => self.anew(resource),
            (Some(resource), Some(Refreshed::Found(observed))) => self.compare(resource, observed, None),
            (Some(resource), Some(Refreshed::Unreadable { why })) => {
                let warning =
                    format!("{} can't be read ({why}): what state knows of it counts", node.address);
                self.compare_remembered(resource, Some(warning))
            }
            (Some(resource), None) => self.compare_remembered(resource, None),
        }
    }

    fn looked_up(&self, refreshed: Option<&Refreshed>) -> Decision {
        let observed = match (refreshed, self.resource) {
            (Some(Refreshed::Found(observed)), _) => observed,
            (None, Some(resource)) => &resource.observed.read(),
            (other, _) => {
                let why = match other {
                    Some(Refreshed::Unreadable { why }) => why.clone(),
                    _ => "it isn't there".to_owned(),
                };
                return self.refuse(
                    format!("`lookup` names something that can't be read: {why}"),
                    "check the id, the region and the rights".into(),
                );
            }
        };
        let known = known::of_observed(self.kind.as_ref(), observed, None);
        let concealed = super::record(
            self.kind.observed(),
            &super::hide(self.kind.observed(), observed, None),
            &self.input.fingerprint,
        );
        if self.resource.is_some_and(|resource| resource.observed == concealed) {
            return self.unchanged(known);
        }
        Decision { verdict: Verdict::Do(Action::Read, vec![Reason::Lookup]), ..self.unchanged(known) }
    }

    fn create(&self, reason: Reason) -> Decision {
        if let Some(finding) = self.kind.consent(self.desired).into_iter().next() {
            return self.refuse(finding.message, finding.help.unwrap_or_default());
        }
        let known = known::of_creation(self.kind.as_ref(), self.desired);
        Decision { verdict: Verdict::Do(Action::Create, vec![reason]), ..self.unchanged(known) }
    }

    /// What the address stood for is of another kind or in another place, which can't be changed.
    fn elsewhere(&self, resource: &Resource) -> Option<&'static str> {
        let node = self.input.graph.node(self.index);
        let cluster = node.cluster.map(|cluster| &self.input.graph.node(cluster).address);
        let connection = cluster.and_then(|address| {
            self.input.resources.get(address).and_then(|cluster| Connection::of(cluster))
        });
        let another = |name: fn(&Connection) -> (&String, &String)| {
            let was = resource.scope.cluster.as_ref().map(name);
            connection.as_ref().is_some_and(|is| was != Some(name(is)))
        };
        if resource.kind != self.kind.name() {
            Some("kind")
        } else if resource.scope.region.as_deref() != node.region.as_deref() {
            Some("region")
        } else if another(|connection| (&connection.region, &connection.name)) {
            Some("cluster")
        } else {
            None
        }
    }

    fn anew(&self, resource: &Resource) -> Decision {
        let field = self.elsewhere(resource).unwrap_or_default().to_owned();
        let known = known::of_creation(self.kind.as_ref(), self.desired);
        let kind = self.input.kinds.get(&resource.kind);
        let profile_before =
            kind.and_then(|kind| kind.profile(&kind.project(&resource.observed.read()).ok()?).ok());
        let verdict = Verdict::Replace(vec![Reason::Immutable { field }]);
        Decision { verdict, profile_before, ..self.unchanged(known) }
    }

    /// Compares with the attributes that state remembers; of what was never read, with the fields
    /// that were set.
    fn compare_remembered(&self, resource: &Resource, warning: Option<String>) -> Decision {
        if !resource.observed.is_null() {
            let observed = super::fitting(self.kind.observed(), &resource.observed.read());
            return self.compare(resource, &observed, warning);
        }
        let observed = super::sketch(self.kind.observed(), &resource.recorded.read());
        let known = known::of_creation(self.kind.as_ref(), self.desired);
        Decision { known, ..self.compare(resource, &observed, warning) }
    }

    fn adopted(&self, observed: &Json) -> Decision {
        match self.changes(None, observed) {
            Err(why) => self.unreadable_type(&why),
            Ok(changes) => {
                let known = known::of_update(
                    self.kind.as_ref(),
                    observed,
                    None,
                    self.desired,
                    &changes,
                    &self.profile_of_desired(),
                );
                if let Some(change) = changes.iter().find(|change| change.forces_replacement) {
                    return self.refuse(
                        format!("the adopted resource differs in `{}`, which can't be changed", change.path),
                        "describe it as it is, or remove `adopt` to make a new one".into(),
                    );
                }
                let verdict = Verdict::Do(Action::Adopt, vec![Reason::Adopted]);
                Decision { verdict, changes, ..self.unchanged(known) }
            }
        }
    }

    fn compare(&self, resource: &Resource, observed: &Json, warning: Option<String>) -> Decision {
        let recorded = (!resource.recorded.is_null()).then(|| resource.recorded.read());
        let recorded = recorded.as_ref();
        let changes = match self.changes(recorded, observed) {
            Ok(changes) => changes,
            Err(why) => return self.unreadable_type(&why),
        };
        let profile_before = self.kind.project(observed).and_then(|spec| self.kind.profile(&spec)).ok();
        let requested = |patterns: &[crate::model::Address]| {
            patterns.iter().any(|pattern| self.input.graph.node(self.index).address.is_within(pattern))
        };
        let mut reasons = Vec::new();
        if let Condition::Tainted { reason } = &resource.condition {
            reasons.push(Reason::Tainted { why: reason.clone() });
        }
        if requested(&self.input.selection.replace) {
            reasons.push(Reason::Requested);
        }
        reasons.extend(
            changes
                .iter()
                .filter(|change| change.forces_replacement)
                .map(|change| Reason::Immutable { field: change.path.to_string() }),
        );
        let (verdict, known) = if !reasons.is_empty() {
            (Verdict::Replace(reasons), known::of_creation(self.kind.as_ref(), self.desired))
        } else if changes.is_empty() && resource.condition.is_ready() && recorded.is_some() {
            (Verdict::Unchanged, known::of_observed(self.kind.as_ref(), observed, recorded))
        } else {
            let known = known::of_update(
                self.kind.as_ref(),
                observed,
                recorded,
                self.desired,
                &changes,
                &self.profile_of_desired(),
            );
            let is_right = changes.is_empty() && resource.condition.is_ready();
            let reason = if is_right { Reason::Unrecorded } else { Reason::Differs };
            (Verdict::Do(Action::Update, vec![reason]), known)
        };
        let known = self.restored(known);
        Decision { verdict, changes, profile_before, warning, ..self.unchanged(known) }
    }

    /// Puts back what state or the target keeps as a fingerprint, where the configuration gives it.
    fn restored(&self, known: Known) -> Known {
        let given = Some(self.desired);
        let restored = super::restore(
            self.kind.observed(),
            Value::Map(known.attributes),
            given,
            &self.input.fingerprint,
        );
        let attributes = match restored {
            Value::Map(attributes) => attributes,
            _ => std::collections::BTreeMap::new(),
        };
        Known { attributes, ..known }
    }

    fn changes(&self, recorded: Option<&Json>, observed: &Json) -> Result<Vec<FieldChange>, String> {
        let projected = self.kind.project(observed)?;
        let Body::Resource { ignore, .. } = &self.input.graph.node(self.index).body else {
            return Ok(Vec::new());
        };
        let ignore = Ignore::in_force(ignore, self.input.today);
        Ok(diff(&Sides {
            schema: self.kind.spec(),
            desired: self.desired,
            recorded,
            observed: &projected,
            ignore: &ignore,
            fingerprint: &self.input.fingerprint,
        }))
    }

    fn profile_of_desired(&self) -> Profile {
        let spec = self.kind.spec().complete(self.desired);
        self.kind.profile(&spec).unwrap_or_else(|_| Profile::seconds(0, 0, 0))
    }

    fn unchanged(&self, known: Known) -> Decision {
        Decision {
            verdict: Verdict::Unchanged,
            known,
            changes: Vec::new(),
            profile: self.profile_of_desired(),
            profile_before: None,
            warning: None,
        }
    }

    fn refuse(&self, why: String, help: String) -> Decision {
        let known = Known { others_unknown: true, ..Known::default() };
        Decision { verdict: Verdict::Refuse(why, help), ..self.unchanged(known) }
    }

    fn unreadable_type(&self, why: &str) -> Decision {
        self.refuse(
            format!("what was read isn't what a {} looks like: {why}", self.kind.name()),
            "this is a fault of Ninefold or of the target: please report it".into(),
        )
    }
}
