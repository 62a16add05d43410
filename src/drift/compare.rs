//! How what is there differs from what was last set.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Ignore;
use crate::kinds::{AnyKind, ErrorKind, Filter, Reading, Registry};
use crate::model::{Address, FieldChange, FieldPath, Json, PhysicalId, Resource, Scope};
use crate::plan::{self, Refreshed};
use crate::state::State;

/// Something that isn't as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// What is in no state has none.
    pub address: Option<Address>,
    pub kind: String,
    pub scope: Scope,
    pub id: Option<PhysicalId>,
    pub what: Difference,
}

/// How it isn't as it was left.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// Fields differ: in each, `to` is what was set and `from` is what is there.
    Fields(Vec<FieldChange>),
    /// It is in state and gone.
    Missing,
    /// It carries our tags and is in no state.
    Unmanaged,
    /// It couldn't be read: nothing is known of it.
    Unreadable { why: String },
}

/// The fields that others own, by address: those of each resource that count on a day.
#[must_use]
pub fn ignored<'a>(
    declared: impl IntoIterator<Item = (Address, &'a [Ignore])>,
    today: &str,
) -> BTreeMap<Address, Vec<FieldPath>> {
    declared.into_iter().map(|(address, ignore)| (address, Ignore::in_force(ignore, today))).collect()
}

/// Compares each resource of a state with what reading it gave, in the order of addresses.
#[must_use]
pub fn compare(
    kinds: &Registry,
    state: &State,
    refreshed: &BTreeMap<Address, Refreshed>,
    ignored: &BTreeMap<Address, Vec<FieldPath>>,
    fingerprint: &dyn Fn(&Json) -> String,
) -> Vec<Drifted> {
    let mut found = Vec::new();
    for resource in state.resources.values() {
        let ignore = ignored.get(&resource.address).map_or(&[][..], Vec::as_slice);
        let what = match (refreshed.get(&resource.address), kinds.get(&resource.kind)) {
            (Some(Refreshed::Gone), _) => Difference::Missing,
            (Some(Refreshed::Unreadable { why }), _) => Difference::Unreadable { why: why.clone() },
            (Some(Refreshed::Found(observed)), Some(kind)) => {
                match fields(kind.as_ref(), resource, observed, ignore, fingerprint) {
                    Ok(fields) if fields.is_empty() => continue,
                    Ok(fields) => Difference::Fields(fields),
                    Err(why) => Difference::Unreadable { why },
                }
            }
            // What lives only in state isn't read.
            _ => continue,
        };
        found.push(Drifted {
            address: Some(resource.address.clone()),
            kind: resource.kind.clone(),
            scope: resource.scope.clone(),
            id: Some(resource.id.clone()),
            what,
        });
    }
    found
}

fn fields(
    kind: &dyn AnyKind,
    resource: &Resource,
    observed: &Json,
    ignore: &[FieldPath],
    fingerprint: &dyn Fn(&Json) -> String,
) -> Result<Vec<FieldChange>, String> {
    // Of what was only looked up or imported, nothing was set.
    if resource.lookup || resource.recorded.is_null() {
        return Ok(Vec::new());
    }
    let recorded = kind.migrate(resource.kind_version, resource.recorded.read())?;
    let observed = kind.project(observed)?;
    Ok(plan::drift(kind.spec(), &recorded, &observed, ignore, fingerprint))
}

/// Lists what carries the environment's tags and is in no state, wherever state has something of
/// that kind.
pub async fn unmanaged(
    reading: &dyn Reading,
    kinds: &Registry,
    environment: &str,
    state: &State,
) -> Vec<Drifted> {
    let former = state.deposed.values().flatten().map(|former| &former.resource);
    let mut known: BTreeMap<(String, Scope), BTreeSet<PhysicalId>> = BTreeMap::new();
    for resource in state.resources.values().chain(former) {
        let place = (resource.kind.clone(), resource.scope.clone());
        known.entry(place).or_default().insert(resource.id.clone());
    }
    // What is being made is recorded when it is made.
    let in_flight: BTreeSet<&PhysicalId> =
        state.open.values().filter_map(|open| open.created.as_ref()).collect();
    let filter = Filter::Environment(environment.to_owned());
    let mut found = Vec::new();
    for ((kind, scope), ids) in known {
        if kinds.get(&kind).is_none_or(|kind| kind.lives_in_state()) {
            continue;
        }
        let drifted =
            |id, what| Drifted { address: None, kind: kind.clone(), scope: scope.clone(), id, what };
        match reading.list(&kind, &scope, &filter).await {
            Ok(listed) => found.extend(
                listed
                    .into_iter()
                    .filter(|id| !ids.contains(id) && !in_flight.contains(id))
                    .map(|id| drifted(Some(id), Difference::Unmanaged)),
            ),
            // What can't be listed has nothing that could be found by listing.
            Err(error) if error.kind == ErrorKind::Unsupported => {}
            Err(error) => {
                let why = format!("what carries our tags can't be listed: {error}");
                found.push(drifted(None, Difference::Unreadable { why }));
            }
        }
    }
    found
}
