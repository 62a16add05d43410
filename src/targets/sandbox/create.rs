//! What the sandbox does when something is to be made.

use serde_json::Map;

use super::calls::Trouble;
use super::compute;
use super::ground::Effect;
use super::object::{Key, Marks, Object, Place, Work};
use super::refuse::{from_refusal, invalid, unsupported};
use super::session::Session;
use super::view::View;
use super::{conceal, refer, words};
use crate::kinds::{Answer, AnyKind, Call, CallError, Created, ErrorKind, Intent, Profile};
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
    if !session.ground.faults.without_tokens
        && let Some(object) = session.ground.made_by(&intent.operation, &intent.kind, session.now_ms).first()
    {
        return Ok(Created { id: object.key.id.clone() });
    }
    let (mut object, profile) = shape(session, place, &intent.kind, spec)?;
    if let Some(kind) = session.registry.get(&intent.kind) {
        conceal::as_recorded(kind.observed(), &mut object.attributes, &intent.recorded, session.fingerprint);
    }
    if session.ground.faults.eventual {
        let window_ms = u64::try_from(profile.visibility.as_millis()).unwrap_or(u64::MAX);
        object.visible_ms = session.now_ms.saturating_add(window_ms);
    }
    let takes_ms = session.vary_ms(profile.create) + if trouble.stalls { STALL_MS } else { 0 };
    object.until_ms = session.now_ms.saturating_add(takes_ms);
    object.fails = trouble.fails.then(|| "the provider gave up creating it: internal failure".to_owned());
    object.created_by = Some(intent.operation.clone());
    object.marks = Some(marks(intent));
    let id = object.key.id.clone();
    session.commit(vec![Effect::Put(Box::new(object))])?;
    Ok(Created { id })
}

/// Makes an object that Ninefold knows nothing of, ready at once.
pub(super) fn plant(session: &mut Session<'_>, place: &Place, kind: &str, spec: &Json) -> Answer<Key> {
    let (object, _) = shape(session, place, kind, spec)?;
    let key = object.key.clone();
    session.commit(vec![Effect::Put(Box::new(object))])?;
    Ok(key)
}

/// Works out what a spec makes, if nothing refuses it: ready, and nobody's.
fn shape(
    session: &mut Session<'_>,
    place: &Place,
    kind_name: &str,
    spec: &Json,
) -> Answer<(Object, Profile)> {
    let kind = session.registry.get(kind_name).cloned().ok_or_else(|| unsupported(kind_name))?;
    let kind = kind.as_ref();
    check(session, kind, spec)?;
    let profile = kind.profile(spec).map_err(invalid)?;
    let Json::Object(mut attributes) = compute::with_defaults(kind.spec(), spec.clone()) else {
        return Err(invalid("the spec is no map"));
    };
    compute::all(session, place, &profile, &mut attributes).map_err(invalid)?;
    // What lives in a cluster shows its name: kinds tell their neighbours by it.
    if let Some(cluster) = place.cluster() {
        attributes.insert("cluster".to_owned(), Json::from(cluster));
    }
    if let Some((name, word)) = words::ready(kind) {
        attributes.entry(name).or_insert_with(|| Json::from(word));
    }
    refuse_namesake(session, kind, place, &attributes)?;
    kind.simulate(Call::Create { spec, attributes: &mut attributes }, &View::new(session, place))
        .map_err(from_refusal)?;
    let Some(id) = attributes.get("id").and_then(Json::as_str).map(PhysicalId::new) else {
        return Err(invalid(format!("the profile of {kind_name} computes no id")));
    };
    let key = Key { kind: kind_name.into(), place: place.clone(), id };
    if session.get(&key).is_some() {
        return Err(already_exists(&format!("{key} is there already")));
    }
    let mut attributes = Json::Object(attributes);
    compute::drop_secrets(kind.spec(), &mut attributes);
    conceal::by_schema(kind.observed(), &mut attributes, session.fingerprint);
    let now_ms = session.now_ms;
    let object = Object {
        key,
        attributes,
        work: Work::Create,
        since_ms: now_ms,
        until_ms: now_ms,
        fails: None,
        created_by: None,
        marks: None,
        created_ms: now_ms,
        visible_ms: now_ms,
        edits: Vec::new(),
    };
    Ok((object, profile))
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
fn check(session: &Session<'_>, kind: &dyn AnyKind, spec: &Json) -> Answer<()> {
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
