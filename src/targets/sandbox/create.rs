//! What the sandbox does when something is to be made.

use serde_json::Map;

use super::calls::Trouble;
use super::compute;
use super::ground::Effect;
use super::object::{Key, Marks, Object, Place, Work};
use super::refuse::{from_refusal, invalid, unsupported};
use super::session::Session;
use super::view::View;
use super::{refer, words};
use crate::kinds::{Answer, AnyKind, Call, CallError, Created, ErrorKind, Intent};
use crate::model::{Json, PhysicalId};

/// How much longer than is typical a stalled operation takes.
pub(super) const STALL_MS: u64 = 6 * 60 * 60 * 1000;

/// Makes an object, or answers with the one that the operation has made already.
pub(super) fn create(
    session: &mut Session<'_>,
    place: &Place,
    intent: &Intent,
    spec: &Json,
    trouble: Trouble,
) -> Answer<Created> {
    let kind = session.registry.get(&intent.kind).cloned().ok_or_else(|| unsupported(&intent.kind))?;
    let kind = kind.as_ref();
    if !session.ground.faults.without_tokens
        && let Some(object) = session.ground.made_by(&intent.operation, &intent.kind, session.now_ms).first()
    {
        return Ok(Created { id: object.key.id.clone() });
    }
    check(session, kind, spec)?;
    let profile = kind.profile(spec).map_err(invalid)?;
    let Json::Object(mut attributes) = compute::with_defaults(kind.spec(), spec.clone()) else {
        return Err(invalid("the spec is no map"));
    };
    compute::all(session, place, &profile, &mut attributes).map_err(invalid)?;
    if let Some((name, word)) = words::ready(kind) {
        attributes.entry(name).or_insert_with(|| Json::from(word));
    }
    refuse_namesake(session, kind, place, &attributes)?;
    kind.simulate(Call::Create { spec, attributes: &mut attributes }, &View::new(session, place))
        .map_err(from_refusal)?;
    let Some(id) = attributes.get("id").and_then(Json::as_str).map(PhysicalId::new) else {
        return Err(invalid(format!("the profile of {} computes no id", kind.name())));
    };
    let key = Key { kind: intent.kind.as_str().into(), place: place.clone(), id };
    if session.get(&key).is_some() {
        return Err(already_exists(&format!("{} is there already", key)));
    }
    let mut attributes = Json::Object(attributes);
    compute::drop_write_only(kind.spec(), &mut attributes);
    let visible_ms = if session.ground.faults.eventual {
        session.now_ms.saturating_add(u64::try_from(profile.visibility.as_millis()).unwrap_or(u64::MAX))
    } else {
        session.now_ms
    };
    let takes_ms = session.vary_ms(profile.create) + if trouble.stalls { STALL_MS } else { 0 };
    let object = Object {
        key: key.clone(),
        attributes,
        work: Work::Create,
        since_ms: session.now_ms,
        until_ms: session.now_ms.saturating_add(takes_ms),
        fails: trouble.fails.then(|| "the provider gave up creating it: internal failure".to_owned()),
        created_by: Some(intent.operation.clone()),
        marks: Some(marks(intent)),
        created_ms: session.now_ms,
        visible_ms,
        edits: Vec::new(),
    };
    session.commit(vec![Effect::Put(Box::new(object))])?;
    Ok(Created { id: key.id })
}

/// The marks that an operation leaves.
pub(super) fn marks(intent: &Intent) -> Marks {
    Marks {
        environment: intent.environment.clone(),
        address: intent.address.clone(),
        operation: intent.operation.clone(),
    }
}

/// Refuses a spec that breaks its kind's rules, or that refers to what isn't there.
pub(super) fn check(session: &Session<'_>, kind: &dyn AnyKind, spec: &Json) -> Answer<()> {
    if let Some(finding) = kind.validate(spec).into_iter().next() {
        return Err(invalid(finding.message));
    }
    refer::check(session, kind.spec(), spec).map_err(from_refusal)
}

fn already_exists(message: &str) -> CallError {
    CallError::refused(ErrorKind::AlreadyExists, "ResourceAlreadyExists", message)
}

/// Refuses something whose identity is taken.
fn refuse_namesake(
    session: &Session<'_>,
    kind: &dyn AnyKind,
    place: &Place,
    attributes: &Map<String, Json>,
) -> Answer<()> {
    let identity = kind.identity();
    if identity.is_empty() || identity.iter().any(|field| !attributes.contains_key(*field)) {
        return Ok(());
    }
    let namesake = session.ground.of_kind(kind.name(), session.now_ms).find(|other| {
        other.key.place == *place
            && identity.iter().all(|field| other.attributes.get(*field) == attributes.get(*field))
    });
    match namesake {
        None => Ok(()),
        Some(other) => {
            Err(already_exists(&format!("{} has the same {} already", other.key, identity.join(" and "))))
        }
    }
}
