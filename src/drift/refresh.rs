//! Reads everything that state knows of, in pages, many at once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt as _, stream};

use crate::graph::{Body, Graph, Instance};
use crate::kinds::{AnyKind, CallError, ErrorKind, Reading, Registry};
use crate::model::{Address, Json, PhysicalId, Resource, Scope};
use crate::plan::{Refreshed, sketch};
use crate::state::State;
use crate::world::{Instant, World};

/// How many resources are read by one call.
const PAGE: usize = 100;
/// How many calls are in flight at once.
const PAGES_AT_ONCE: usize = 32;
/// How often what can't be read now is asked for.
const TRIES: u32 = 5;
const FIRST_PAUSE_MS: u64 = 500;
const LONGEST_PAUSE_MS: u64 = 20_000;
/// How often what may not be visible yet is asked for.
const LOOK_AGAIN_MS: u64 = 2_000;

/// Reads every resource of a state, and those that a graph looks up or adopts. What lives only in
/// state isn't read.
pub async fn refresh(
    reading: &dyn Reading,
    kinds: &Registry,
    state: &State,
    graph: &Graph<Instance>,
    world: &World,
) -> BTreeMap<Address, Refreshed> {
    let mut wanted = Wanted::default();
    for resource in state.resources.values() {
        wanted.add_known(kinds, resource);
    }
    wanted.add_named(kinds, state, graph);
    let pages = wanted.things.into_iter().flat_map(|((kind, scope), things)| {
        let things: Vec<(Address, Thing)> = things.into_iter().collect();
        let page = |things: &[(Address, Thing)]| Page {
            kind: kind.clone(),
            scope: scope.clone(),
            things: things.to_vec(),
        };
        things.chunks(PAGE).map(page).collect::<Vec<_>>()
    });
    let read = stream::iter(pages).map(|page| page.read(reading, world)).buffer_unordered(PAGES_AT_ONCE);
    let mut refreshed = wanted.unreadable;
    refreshed.extend(read.collect::<Vec<_>>().await.into_iter().flatten());
    refreshed
}

/// One thing to be read.
#[derive(Debug, Clone)]
struct Thing {
    id: PhysicalId,
    /// For how long its absence proves nothing.
    visibility: Duration,
}

/// Everything to be read, by kind and place.
#[derive(Debug, Default)]
struct Wanted {
    things: BTreeMap<(String, Scope), BTreeMap<Address, Thing>>,
    unreadable: BTreeMap<Address, Refreshed>,
}

impl Wanted {
    fn add_known(&mut self, kinds: &Registry, resource: &Resource) {
        let address = &resource.address;
        let Some(kind) = kinds.get(&resource.kind) else {
            let why = format!("this Ninefold knows no kind `{}`", resource.kind);
            self.unreadable.insert(address.clone(), Refreshed::Unreadable { why });
            return;
        };
        if kind.lives_in_state() {
            return;
        }
        // What settled has been seen before.
        let visibility = if resource.condition.is_ready() {
            Duration::ZERO
        } else {
            visibility(kind.as_ref(), &resource.recorded.read())
        };
        let thing = Thing { id: resource.id.clone(), visibility };
        let place = (resource.kind.clone(), resource.scope.clone());
        self.things.entry(place).or_default().insert(address.clone(), thing);
    }

    /// Adds what the configuration names by its id.
    fn add_named(&mut self, kinds: &Registry, state: &State, graph: &Graph<Instance>) {
        for (_, node) in graph.nodes() {
            let Body::Resource { kind: name, lookup, adopt, .. } = &node.body else { continue };
            let known = state.resources.get(&node.address);
            let text = match (lookup, adopt) {
                (Some(id), _) => id,
                (None, Some(id)) if known.is_none() => id,
                _ => continue,
            };
            let Some(kind) = kinds.get(name).filter(|kind| !kind.lives_in_state()) else { continue };
            if let Some(known) = known {
                let place = (known.kind.clone(), known.scope.clone());
                self.things.entry(place).or_default().remove(&node.address);
            }
            let scope = node.scope(graph, |address| state.resources.get(address).cloned());
            match (kind.import_id(text), scope) {
                (Ok(id), Ok(scope)) => {
                    let thing = Thing { id, visibility: Duration::ZERO };
                    let place = (name.to_string(), scope);
                    self.things.entry(place).or_default().insert(node.address.clone(), thing);
                }
                (Err(why), _) | (_, Err(why)) => {
                    self.unreadable.insert(node.address.clone(), Refreshed::Unreadable { why });
                }
            }
        }
    }
}

/// For how long something new may not be seen.
fn visibility(kind: &dyn AnyKind, recorded: &Json) -> Duration {
    kind.profile(&sketch(kind.spec(), recorded)).map_or(Duration::ZERO, |profile| profile.visibility)
}

/// What one call reads.
struct Page {
    kind: String,
    scope: Scope,
    things: Vec<(Address, Thing)>,
}

impl Page {
    async fn read(self, reading: &dyn Reading, world: &World) -> Vec<(Address, Refreshed)> {
        let Page { kind, scope, mut things } = self;
        let began = world.now();
        let mut refreshed = Vec::with_capacity(things.len());
        let mut tries = 0;
        loop {
            tries += 1;
            let ids: Vec<PhysicalId> = things.iter().map(|(_, thing)| thing.id.clone()).collect();
            let mut answers = reading.read_many(&kind, &scope, &ids).await.into_iter();
            let mut pause_ms = 0;
            let mut again = Vec::new();
            for (address, thing) in things {
                match conclude(answers.next(), &thing, tries, began, world) {
                    Conclusion::Certain(what) => refreshed.push((address, what)),
                    Conclusion::AskAgain { in_ms } => {
                        pause_ms = in_ms.max(pause_ms);
                        again.push((address, thing));
                    }
                }
            }
            if again.is_empty() {
                return refreshed;
            }
            things = again;
            world.sleep(Duration::from_millis(pause_ms)).await;
        }
    }
}

enum Conclusion {
    Certain(Refreshed),
    AskAgain { in_ms: u64 },
}

/// What an answer says of a thing.
fn conclude(
    answer: Option<Result<Option<Json>, CallError>>,
    thing: &Thing,
    tries: u32,
    began: Instant,
    world: &World,
) -> Conclusion {
    let unreadable = |why: String| Conclusion::Certain(Refreshed::Unreadable { why });
    match answer {
        Some(Ok(Some(observed))) => Conclusion::Certain(Refreshed::Found(observed)),
        Some(Ok(None)) => gone(thing, began, world),
        Some(Err(error)) => match error.kind {
            ErrorKind::NotFound => gone(thing, began, world),
            ErrorKind::Throttled | ErrorKind::Transient | ErrorKind::Conflict if tries < TRIES => {
                let most_ms = (FIRST_PAUSE_MS << tries).min(LONGEST_PAUSE_MS);
                let in_ms = world.random_below(most_ms).max(error.retry_after_ms.unwrap_or(0)).max(1);
                Conclusion::AskAgain { in_ms }
            }
            _ => unreadable(error.message),
        },
        None => unreadable("the target read nothing".to_owned()),
    }
}

/// Concludes that a thing isn't there, once it would be seen if it were.
fn gone(thing: &Thing, began: Instant, world: &World) -> Conclusion {
    if world.now().since(began) < thing.visibility {
        return Conclusion::AskAgain { in_ms: LOOK_AGAIN_MS };
    }
    Conclusion::Certain(Refreshed::Gone)
}
