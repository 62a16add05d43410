//! What the sandbox does when something is to be changed.

use serde_json::Map;

use super::calls::Trouble;
use super::create::STALL_MS;
use super::ground::Effect;
use super::object::{Key, Phase, Work};
use super::refer;
use super::refuse::{from_refusal, invalid, not_found, unsupported};
use super::session::Session;
use super::view::View;
use super::{compute, conceal};
use crate::kinds::{Answer, Call, CallError, Changes, ErrorKind, Field, FieldDefault};
use crate::model::{FieldPath, Json, Step};

/// Changes the fields that `changes` touch, and only those, as the APIs do.
pub(super) fn update(
    session: &mut Session<'_>,
    key: &Key,
    changes: &Changes,
    recorded: &Json,
    trouble: Trouble,
) -> Answer<()> {
    let kind = session.registry.get(&key.kind).cloned().ok_or_else(|| unsupported(&key.kind))?;
    let mut object = session.get(key).ok_or_else(|| not_found(key))?;
    match session.ground.phase(&object, session.now_ms) {
        Phase::Ready => {}
        Phase::Failed => return Err(invalid(format!("{key} has failed: it can only be deleted"))),
        Phase::Deleting | Phase::Gone => return Err(not_found(key)),
        Phase::Creating | Phase::Updating => {
            let message = format!("{key} is busy with an earlier change");
            return Err(CallError::refused(ErrorKind::Conflict, "ResourceInUseException", message));
        }
    }
    let spec = whole_spec(kind.spec(), changes, &object.attributes);
    refer::check(session, kind.spec(), &touched_part(changes)).map_err(from_refusal)?;
    let Json::Object(mut attributes) = object.attributes.clone() else {
        return Err(invalid("the attributes are no map"));
    };
    replace_touched(kind.spec(), changes, &mut attributes);
    refuse_immutable(kind.spec(), &object.attributes, &Json::Object(attributes.clone()))?;
    let profile = kind.profile(&spec).map_err(invalid)?;
    compute::again(session, &key.place, &profile, |field| changes.touches(field), &mut attributes)
        .map_err(invalid)?;
    let call = Call::Update { spec: &spec, id: &key.id, attributes: &mut attributes };
    kind.simulate(call, &View::new(session, &key.place)).map_err(from_refusal)?;
    object.attributes = Json::Object(attributes);
    compute::drop_secrets(kind.spec(), &mut object.attributes);
    conceal::by_schema(kind.observed(), &mut object.attributes, session.fingerprint);
    conceal::as_recorded(kind.observed(), &mut object.attributes, recorded, session.fingerprint);
    let takes_ms = session.vary_ms(profile.update) + if trouble.stalls { STALL_MS } else { 0 };
    object.work = Work::Update;
    object.since_ms = session.now_ms;
    object.until_ms = session.now_ms.saturating_add(takes_ms);
    session.commit(vec![Effect::Put(Box::new(object))])?;
    Ok(())
}

/// The new spec with what its writer can't have read: the write-only fields as they were set.
fn whole_spec(schema: &Field, changes: &Changes, attributes: &Json) -> Json {
    let mut spec = changes.spec.clone();
    if let Json::Object(map) = &mut spec {
        for (name, field) in schema.fields().into_iter().flatten() {
            if field.write_only
                && !changes.touches(name)
                && let Some(value) = attributes.get(&**name)
            {
                map.entry(name.to_string()).or_insert_with(|| value.clone());
            }
        }
    }
    spec
}

/// The fields of the new spec that change: an API looks at nothing else.
fn touched_part(changes: &Changes) -> Json {
    let fields = changes.spec.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| changes.touches(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Takes the top-level fields that changed from the new spec. One that the spec no longer has goes
/// back to its default; where the provider chooses, it stays.
fn replace_touched(schema: &Field, changes: &Changes, attributes: &mut Map<String, Json>) {
    let everything = changes.fields.iter().any(|change| change.path.first_key().is_none());
    let wanted = compute::with_defaults(schema, changes.spec.clone());
    for (name, field) in schema.fields().into_iter().flatten() {
        if !everything && !changes.touches(name) {
            continue;
        }
        match wanted.get(&**name) {
            Some(value) => {
                attributes.insert(name.to_string(), value.clone());
            }
            None if field.default == FieldDefault::Provider => {}
            None => {
                attributes.remove(&**name);
            }
        }
    }
}

/// The value at a path of keys.
fn at<'j>(json: &'j Json, path: &FieldPath) -> Option<&'j Json> {
    path.steps().iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get(&**key),
        Step::Index(_) | Step::Element(_) => None,
    })
}

/// Refuses a change of what can't be changed.
fn refuse_immutable(schema: &Field, before: &Json, after: &Json) -> Answer<()> {
    for (name, field) in schema.fields().into_iter().flatten() {
        let (before, after) = (before.get(&**name), after.get(&**name));
        if before == after || field.write_only {
            continue;
        }
        if field.immutable {
            return Err(invalid(format!("`{name}` can't be changed once the resource is there")));
        }
        if let (Some(before), Some(after)) = (before, after) {
            if let Some(path) = field.immutable_paths.iter().find(|path| at(before, path) != at(after, path))
            {
                return Err(invalid(format!("`{name}.{path}` can't be changed once the resource is there")));
            }
            refuse_immutable(field, before, after)?;
        }
    }
    Ok(())
}
