//! What the sandbox does when something is to be deleted.

use super::calls::Trouble;
use super::create::STALL_MS;
use super::ground::Effect;
use super::object::{Key, Object, Phase, Work};
use super::refer;
use super::refuse::{from_refusal, invalid, not_found, unsupported};
use super::session::Session;
use super::view::View;
use crate::kinds::{Answer, Call, CallError, ErrorKind};
use crate::model::Json;

/// Begins to delete an object, unless another one holds it. What lives in it goes at once.
pub(super) fn delete(session: &mut Session<'_>, key: &Key, recorded: &Json, trouble: Trouble) -> Answer<()> {
    let kind = session.registry.get(&key.kind).cloned().ok_or_else(|| unsupported(&key.kind))?;
    let mut object = session.get(key).ok_or_else(|| not_found(key))?;
    if session.ground.phase(&object, session.now_ms) == Phase::Deleting {
        return Ok(());
    }
    if let Some(holder) = refer::holder(session, &object) {
        let message = format!("{key} can't be deleted while {} depends on it", holder.key);
        return Err(CallError::refused(ErrorKind::Conflict, "DependencyViolation", message));
    }
    // What was edited from outside counts, as far as it still is a spec of the kind.
    let spec = kind.project(&object.attributes).unwrap_or_else(|_| recorded.clone());
    let profile = kind.profile(&spec).map_err(invalid)?;
    kind.simulate(Call::Delete { spec: &spec, id: &key.id }, &View::new(session, &key.place))
        .map_err(from_refusal)?;
    let takes_ms = session.vary_ms(profile.delete) + if trouble.stalls { STALL_MS } else { 0 };
    let mut effects = contents(session, &object);
    object.work = Work::Delete;
    object.since_ms = session.now_ms;
    object.until_ms = session.now_ms.saturating_add(takes_ms);
    object.fails = None;
    effects.push(Effect::Put(Box::new(object)));
    session.commit(effects)?;
    Ok(())
}

/// The removal of all that lives in an object: in a cluster, its objects.
pub(super) fn contents(session: &Session<'_>, object: &Object) -> Vec<Effect> {
    let is_container = session.registry.get(&object.key.kind).is_some_and(|kind| kind.is_container());
    if !is_container {
        return Vec::new();
    }
    session
        .ground
        .live(session.now_ms)
        .filter(|inner| {
            inner.key.place.region() == object.key.place.region()
                && inner.key.place.cluster().is_some_and(|cluster| object.goes_by(cluster))
        })
        .map(|inner| Effect::Remove(inner.key.clone()))
        .collect()
}
