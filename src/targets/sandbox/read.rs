//! What the sandbox says of an object, and of how far it is.

use std::time::Duration;

use super::object::{Key, Object, Phase, Place};
use super::session::Session;
use super::{compute, words};
use crate::kinds::{Goal, Settling};
use crate::model::{Json, PhysicalId};

/// The attributes of each id; `None` for one that isn't there or isn't seen yet.
pub(super) fn read(
    session: &mut Session<'_>,
    kind: &str,
    place: &Place,
    ids: &[PhysicalId],
) -> Vec<Option<Json>> {
    let mut key = Key { kind: kind.into(), place: place.clone(), id: PhysicalId::new("") };
    ids.iter()
        .map(|id| {
            key.id = id.clone();
            let object = session.get(&key)?;
            session.witness(&object);
            (object.visible_ms <= session.now_ms).then(|| described(session, object))
        })
        .collect()
}

/// Its attributes as far as they can be read, with the provider's word for how far it is.
fn described(session: &Session<'_>, mut object: Object) -> Json {
    let phase = session.ground.phase(&object, session.now_ms);
    if let Some(kind) = session.registry.get(&object.key.kind) {
        compute::drop_write_only(kind.spec(), &mut object.attributes);
    }
    let word =
        session.registry.get(&object.key.kind).and_then(|kind| words::of(kind.as_ref(), &object, phase));
    if let (Some((name, word)), Json::Object(attributes)) = (word, &mut object.attributes) {
        attributes.insert(name.to_owned(), Json::from(word));
    }
    object.attributes
}

/// How often a waiting client is asked to look again: at most ten times for one operation, within
/// these bounds.
const ASK_AGAIN_MIN_MS: u64 = 1000;
const ASK_AGAIN_MAX_MS: u64 = 30_000;

/// How far an object is from a goal.
pub(super) fn settle(session: &mut Session<'_>, key: &Key, goal: Goal) -> Settling {
    let Some(object) = session.get(key) else {
        session.time_matters();
        return match goal {
            Goal::Gone => Settling::Done,
            Goal::Ready => Settling::Failed { reason: format!("{key} is gone") },
        };
    };
    session.witness(&object);
    let phase = session.ground.phase(&object, session.now_ms);
    let wait = |session: &Session<'_>, until_ms: u64| {
        let kind = session.registry.get(&key.kind);
        let status = words::for_waiting(kind.map(AsRef::as_ref), &object, phase);
        let a_tenth_ms = (object.until_ms - object.since_ms) / 10;
        let left_ms = until_ms.saturating_sub(session.now_ms).max(1);
        let ask_again_ms = a_tenth_ms.clamp(ASK_AGAIN_MIN_MS, ASK_AGAIN_MAX_MS).min(left_ms);
        Settling::Waiting { status, ask_again: Duration::from_millis(ask_again_ms) }
    };
    match (goal, phase) {
        (Goal::Ready, Phase::Ready) if object.visible_ms > session.now_ms => wait(session, object.visible_ms),
        (Goal::Ready, Phase::Ready) | (Goal::Gone, Phase::Gone) => Settling::Done,
        (Goal::Ready, Phase::Creating | Phase::Updating) | (Goal::Gone, Phase::Deleting) => {
            wait(session, object.until_ms)
        }
        (Goal::Ready, Phase::Failed) => {
            Settling::Failed { reason: object.fails.clone().unwrap_or_else(|| "it failed".to_owned()) }
        }
        (Goal::Ready, Phase::Deleting | Phase::Gone) => {
            Settling::Failed { reason: format!("{key} is being deleted") }
        }
        (Goal::Gone, Phase::Creating | Phase::Updating | Phase::Ready | Phase::Failed) => {
            Settling::Failed { reason: format!("{key} is there, and nobody is deleting it") }
        }
    }
}
