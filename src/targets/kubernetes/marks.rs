//! The annotations by which Ninefold knows what it has made, and what it has to know of an object
//! when it has nothing but its name.

use crate::kinds::Intent;
use crate::kinds::kubernetes::object::{Spec, Until};
use crate::model::{Json, PhysicalId};

/// What every key of Ninefold's starts with.
const PREFIX: &str = "ninefold/";
/// Which environment an object belongs to: an annotation, and a label to select by.
pub(super) const ENVIRONMENT: &str = "ninefold/environment";
const ADDRESS: &str = "ninefold/address";
const OPERATION: &str = "ninefold/operation";
/// The whole id of the resource, which may be of several objects.
pub(super) const ID: &str = "ninefold/id";
/// Whether the resource was written as a list of manifests.
const LIST: &str = "ninefold/list";
/// What counts as done, where it isn't being ready.
const WAIT: &str = "ninefold/wait";
/// Whether fields of other managers are taken over.
const FORCE: &str = "ninefold/force-conflicts";

/// Puts the marks of an intent on a manifest that is about to be applied.
pub(super) fn put(manifest: &mut Json, intent: &Intent, id: &PhysicalId, settings: &Settings) {
    let metadata = &mut manifest["metadata"];
    metadata["labels"][ENVIRONMENT] = Json::from(intent.environment.as_str());
    let annotations = &mut metadata["annotations"];
    annotations[ENVIRONMENT] = Json::from(intent.environment.as_str());
    annotations[ADDRESS] = Json::from(intent.address.to_string());
    annotations[OPERATION] = Json::from(intent.operation.as_str());
    annotations[ID] = Json::from(id.as_str());
    if let Some(wait) = &settings.wait {
        annotations[WAIT] = Json::from(wait.as_str());
    }
    for (key, set) in [(LIST, settings.is_list), (FORCE, settings.force)] {
        if set {
            annotations[key] = Json::from("true");
        }
    }
}

/// Takes every mark off, and what is empty without them.
pub(super) fn take(manifest: &mut Json) {
    let Some(metadata) = manifest.get_mut("metadata").and_then(Json::as_object_mut) else {
        return;
    };
    for field in ["labels", "annotations"] {
        let Some(keys) = metadata.get_mut(field).and_then(Json::as_object_mut) else {
            continue;
        };
        let before = keys.len();
        keys.retain(|key, _| !key.starts_with(PREFIX));
        if keys.is_empty() && before > 0 {
            metadata.remove(field);
        }
    }
}

/// Whether an operation has made an object, or marked it last.
pub(super) fn is_made_by(object: &Json, intent: &Intent) -> bool {
    annotation(object, OPERATION) == Some(intent.operation.as_str())
}

fn annotation<'a>(object: &'a Json, key: &str) -> Option<&'a str> {
    object["metadata"]["annotations"][key].as_str()
}

/// What the specification says beside its manifests: it is kept with the objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) is_list: bool,
    wait: Option<String>,
    pub(super) force: bool,
}

impl Settings {
    /// Those of a specification.
    pub(super) fn of(spec: &Spec) -> Self {
        let until = spec.wait.as_ref().and_then(|wait| wait.until).unwrap_or(Until::Ready);
        let condition = spec.wait.as_ref().and_then(|wait| wait.condition.as_deref());
        Self {
            is_list: spec.manifests.is_some(),
            wait: match (until, condition) {
                (Until::Applied, _) => Some("applied".to_owned()),
                (Until::Condition, Some(condition)) => Some(format!("condition={condition}")),
                (Until::Ready | Until::Condition, _) => None,
            },
            force: spec.force_conflicts.unwrap_or(false),
        }
    }

    /// Those that an object carries.
    pub(super) fn carried_by(object: &Json) -> Self {
        Self {
            is_list: annotation(object, LIST) == Some("true"),
            wait: annotation(object, WAIT).map(str::to_owned),
            force: annotation(object, FORCE) == Some("true"),
        }
    }

    /// These, with what counts as done from others.
    pub(super) fn waiting_as(self, other: &Self) -> Self {
        Self { wait: other.wait.clone(), ..self }
    }

    /// What counts as done: `None` for being ready.
    pub(super) fn goal(&self) -> Option<Awaited<'_>> {
        let wait = self.wait.as_deref()?;
        Some(wait.strip_prefix("condition=").map_or(Awaited::Applied, Awaited::Condition))
    }
}

/// What counts as done, where it isn't being ready.
pub(super) enum Awaited<'a> {
    Applied,
    Condition(&'a str),
}
