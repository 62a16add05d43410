//! What has to hold when nothing is in flight, told from the world as it is and from the document that
//! `state pull` prints. Knows nothing of how either came about.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// One thing that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    pub kind: String,
    pub region: String,
    pub id: String,
    /// The address that it says it has; absent where nothing of ours was left on it.
    pub address: Option<String>,
    /// The operation that made it; absent for what others have made.
    pub made_by: Option<String>,
}

type Key = (String, String, String);

impl Thing {
    fn key(&self) -> Key {
        (self.kind.clone(), self.region.clone(), self.id.clone())
    }
}

/// Every way in which state and world disagree, a sentence each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// It is ours, and in no state.
    pub orphans: Vec<String>,
    /// One operation has made it and another thing, or two things have one address.
    pub duplicates: Vec<String>,
    /// It is in state, and isn't there.
    pub lost: Vec<String>,
    pub others: Vec<String>,
}

impl Faults {
    pub fn of(world: &[Thing], state: &Value) -> Self {
        let mut faults = Self::default();
        for open in list(state, "open") {
            faults.others.push(format!("an operation on {} has no outcome", open["intent"]["address"]));
        }
        let there: BTreeMap<Key, &Thing> = world.iter().map(|thing| (thing.key(), thing)).collect();
        let mut known = BTreeSet::new();
        for resource in resources(state) {
            let (address, key) = (text(&resource["address"]), key_of(resource));
            match there.get(&key).map(|thing| thing.address.as_deref()) {
                None => faults.lost.push(format!("{address} is in state as {key:?}")),
                // Files carry no marks.
                Some(None) if key.0 == "local.file" => {}
                Some(marked) if marked != Some(address) => {
                    faults.others.push(format!("{address} is marked as {marked:?}"));
                }
                Some(_) => {}
            }
            if !known.insert(key.clone()) {
                faults.others.push(format!("state knows {key:?} twice"));
            }
        }
        faults.compare_things(world, &known);
        faults
    }

    fn compare_things(&mut self, world: &[Thing], known: &BTreeSet<Key>) {
        let (mut made, mut named) = (BTreeMap::new(), BTreeMap::new());
        for thing in world.iter().filter(|thing| thing.address.is_some() || thing.made_by.is_some()) {
            let key = thing.key();
            if let Some(operation) = &thing.made_by
                && let Some(other) = made.insert(operation, key.clone())
            {
                self.duplicates.push(format!("{other:?} and {key:?} were made by {operation}"));
            }
            if let Some(address) = &thing.address
                && let Some(other) = named.insert(address, key.clone())
            {
                self.duplicates.push(format!("{other:?} and {key:?} are both marked as {address}"));
            }
            if !known.contains(&key) {
                self.orphans.push(format!("{key:?}, marked as {:?}, is in no state", thing.address));
            }
        }
    }

    pub fn all(&self) -> Vec<String> {
        let told = |what: &str, all: &[String]| -> Vec<String> {
            all.iter().map(|one| format!("{what}: {one}")).collect()
        };
        [
            told("orphan", &self.orphans),
            told("duplicate", &self.duplicates),
            told("lost", &self.lost),
            told("wrong", &self.others),
        ]
        .concat()
    }
}

/// What state says is there: neither what it only reads nor what lives in state alone.
fn resources(state: &Value) -> impl Iterator<Item = &Value> {
    let former = state["deposed"].as_object().into_iter().flat_map(|map| map.values());
    let former = former.flat_map(|all| all.as_array().into_iter().flatten()).map(|one| &one["resource"]);
    let current = list(state, "resources").iter().filter(|resource| resource["lookup"] != true);
    current.chain(former).filter(|resource| !text(&resource["kind"]).starts_with("core."))
}

fn key_of(resource: &Value) -> Key {
    let region = resource["scope"]["region"].as_str().unwrap_or("global");
    (text(&resource["kind"]).to_owned(), region.to_owned(), text(&resource["id"]).to_owned())
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, and not {value}"))
}
