//! What the sandbox shows of what has been made.

use super::object::{Object, Place};
use super::refuse::{invalid, unsupported};
use super::session::Session;
use crate::kinds::{Answer, Filter, Intent, Presence};
use crate::model::{Json, PhysicalId};

/// What an operation has made. Nothing is certain before its kind's visibility window has passed
/// since this process first asked: what was made before can't show up after that.
pub(super) fn find(session: &mut Session<'_>, intent: &Intent, spec: &Json) -> Answer<Presence> {
    let kind = session.registry.get(&intent.kind).cloned().ok_or_else(|| unsupported(&intent.kind))?;
    let made: Vec<Object> = session
        .ground
        .made_by(&intent.operation, &intent.kind, session.now_ms)
        .into_iter()
        .filter(|object| object.visible_ms <= session.now_ms)
        .cloned()
        .collect();
    if !made.is_empty() {
        made.iter().for_each(|object| session.witness(object));
        return Ok(Presence::Found(made.into_iter().map(|object| object.key.id).collect()));
    }
    if !session.ground.faults.eventual {
        return Ok(Presence::Absent);
    }
    let now_ms = session.now_ms;
    let first_ms = *session.surroundings.first_finds.entry(intent.operation.clone()).or_insert(now_ms);
    let visibility = kind.profile(spec).map_err(invalid)?.visibility;
    let passed = std::time::Duration::from_millis(now_ms - first_ms);
    Ok(match visibility.checked_sub(passed) {
        Some(left) if !left.is_zero() => Presence::TooEarly(left),
        _ => Presence::Absent,
    })
}

/// The objects of a kind in a place that a filter admits.
pub(super) fn list(session: &mut Session<'_>, kind: &str, place: &Place, filter: &Filter) -> Vec<PhysicalId> {
    let admitted = |object: &&Object| {
        let Filter::Environment(environment) = filter;
        object.marks.as_ref().is_some_and(|marks| marks.environment == *environment)
    };
    let seen: Vec<Object> = session
        .ground
        .of_kind(kind, session.now_ms)
        .filter(|object| object.key.place == *place && object.visible_ms <= session.now_ms)
        .filter(admitted)
        .cloned()
        .collect();
    seen.iter().for_each(|object| session.witness(object));
    seen.into_iter().map(|object| object.key.id).collect()
}
