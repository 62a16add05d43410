//! Objects as they are read, applied and deleted, one at a time.

use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PropagationPolicy, ValidationDirective};

use super::clients::Cluster;
use super::error::call_error;
use super::fields::MANAGER;
use crate::kinds::kubernetes::manifest::Identity;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::model::{Changed, FieldChange, FieldPath, Json, Step, Value};

/// An object as the server shows it, where it is there.
pub(super) async fn read(cluster: &Cluster, identity: &Identity) -> Answer<Option<Json>> {
    let api = match cluster.api(identity).await {
        Ok(api) => api,
        // Its definition is gone, and all of its objects went with it.
        Err(error) if error.code == "NoKindMatch" => return Ok(None),
        Err(error) => return Err(error),
    };
    match api.get_opt(&identity.name).await.map_err(call_error("get")) {
        Ok(Some(object)) => Ok(Some(as_json(&object)?)),
        // Without its definition not even the object's path is there.
        Err(error) if error.kind != ErrorKind::NotFound => Err(error),
        Ok(None) | Err(_) => {
            cluster.forget(identity);
            Ok(None)
        }
    }
}

fn as_json(object: &DynamicObject) -> Answer<Json> {
    serde_json::to_value(object)
        .map_err(|error| CallError::refused(ErrorKind::Invalid, "MalformedObject", error.to_string()))
}

/// Applies a manifest: all that it has is ours from then on, and what it no longer has isn't.
pub(super) async fn apply(
    cluster: &Cluster,
    identity: &Identity,
    manifest: &Json,
    force: bool,
) -> Answer<()> {
    let params = PatchParams {
        field_manager: Some(MANAGER.to_owned()),
        force,
        // A field that the server doesn't know would be dropped without a word.
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::default()
    };
    let api = cluster.api(identity).await?;
    match api.patch(&identity.name, &params, &Patch::Apply(manifest)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if is_field_conflict(&status) => Err(CallError::refused(
            ErrorKind::Invalid,
            "FieldConflict",
            format!(
                "{identity} has fields that another manager owns: {}; set `force_conflicts: true` to take them over",
                status.message
            ),
        )),
        Err(error) => {
            let error = call_error("apply")(error);
            if error.kind == ErrorKind::NotFound {
                cluster.forget(identity);
            }
            Err(error)
        }
    }
}

/// Whether an apply was refused because of others' fields, rather than because the object moved on.
fn is_field_conflict(status: &kube::core::Status) -> bool {
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    causes.iter().any(|cause| cause.reason == "FieldManagerConflict")
}

/// Begins the deletion of an object, which waits for what it owns. One that is gone is no error.
pub(super) async fn delete(cluster: &Cluster, identity: &Identity) -> Answer<()> {
    let api = match cluster.api(identity).await {
        Ok(api) => api,
        Err(error) if error.code == "NoKindMatch" => return Ok(()),
        Err(error) => return Err(error),
    };
    let params =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Foreground), ..DeleteParams::default() };
    match api.delete(&identity.name, &params).await.map_err(call_error("delete")) {
        Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
        other => other.map(|_| ()),
    }
}

/// A manifest with the changes made that lie at or below `prefix`. A list is changed as a whole.
///
/// What stands in the manifest already is what is ours, and not all that is there: to apply a field
/// means to own it.
pub(super) fn changed(mut manifest: Json, prefix: &FieldPath, changes: &[FieldChange]) -> Answer<Json> {
    for change in changes.iter().filter(|change| change.path.is_within(prefix)) {
        let keys = change.path.steps()[prefix.steps().len()..]
            .iter()
            .map(|step| match step {
                Step::Key(key) => Ok(key.as_ref()),
                Step::Index(_) | Step::Element(_) => Err(CallError::refused(
                    ErrorKind::Invalid,
                    "UnsupportedChange",
                    format!("`{}` changes a part of a list, which is applied as a whole", change.path),
                )),
            })
            .collect::<Answer<Vec<&str>>>()?;
        match (change.changed, change.to.as_ref().and_then(Value::reveal)) {
            (Changed::Set | Changed::Reset, Some(value)) => set(&mut manifest, &keys, value),
            _ => remove(&mut manifest, &keys),
        }
    }
    Ok(manifest)
}

fn set(place: &mut Json, keys: &[&str], value: Json) {
    let Some((key, rest)) = keys.split_first() else {
        *place = value;
        return;
    };
    if !place.is_object() {
        *place = Json::Object(serde_json::Map::new());
    }
    set(&mut place[*key], rest, value);
}

fn remove(place: &mut Json, keys: &[&str]) {
    let Some((key, rest)) = keys.split_first() else {
        return;
    };
    let Some(map) = place.as_object_mut() else {
        return;
    };
    if rest.is_empty() {
        map.remove(*key);
    } else if let Some(inner) = map.get_mut(*key) {
        remove(inner, rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(path: FieldPath, changed: Changed, to: Option<Json>) -> FieldChange {
        let to = to.as_ref().map(Value::from_json);
        FieldChange { path, changed, from: None, to, forces_replacement: false }
    }

    #[test]
    fn only_what_a_plan_says_is_changed() {
        let manifest = FieldPath::root().key("manifest");
        let ours = json!({ "metadata": { "name": "a" }, "data": { "a": "1", "b": "2" } });
        let changes = [
            change(manifest.key("data").key("a"), Changed::Set, Some(json!("3"))),
            change(manifest.key("data").key("b"), Changed::Reset, None),
            change(manifest.key("spec").key("list"), Changed::Set, Some(json!([1, 2]))),
            change(FieldPath::root().key("wait").key("until"), Changed::Set, Some(json!("applied"))),
        ];
        assert_eq!(
            changed(ours.clone(), &manifest, &changes),
            Ok(json!({ "metadata": { "name": "a" }, "data": { "a": "3" }, "spec": { "list": [1, 2] } }))
        );
        let inside = [change(manifest.key("spec").key("list").index(0), Changed::Set, Some(json!(1)))];
        assert_eq!(
            changed(ours, &manifest, &inside).map_err(|error| error.code),
            Err("UnsupportedChange".into())
        );
    }
}
