//! What the tests of kinds share: a world of a few objects, and kinds asked through their erased form.

use super::kind::Erased;
use super::{AnyKind, Call, Cloud, CloudObject, Kind};
use crate::model::{FieldPath, Json, PhysicalId, Value};

/// A world that holds what a test puts into it.
pub(crate) struct World {
    pub region: &'static str,
    objects: Vec<(&'static str, PhysicalId, &'static str, Json)>,
}

impl Default for World {
    fn default() -> Self {
        Self { region: "us-east-1", objects: Vec::new() }
    }
}

impl World {
    /// Adds an object in the region that the world is in at that moment.
    pub fn add(&mut self, kind: &'static str, id: &str, mut attributes: Json) {
        attributes["id"] = Json::from(id);
        self.objects.push((kind, PhysicalId::new(id), self.region, attributes));
    }
}

impl Cloud for World {
    fn region(&self) -> &str {
        self.region
    }

    fn account(&self) -> &'static str {
        "123456789012"
    }

    fn find(&self, kind: &str, attribute: &str, value: &str) -> Option<CloudObject<'_>> {
        self.all(kind).into_iter().find(|object| object.attributes[attribute] == value)
    }

    fn all(&self, kind: &str) -> Vec<CloudObject<'_>> {
        self.objects
            .iter()
            .filter(|(of, ..)| *of == kind)
            .map(|(kind, id, region, attributes)| CloudObject { kind, id, region, attributes })
            .collect()
    }
}

/// A spec with some of its fields changed; null takes one away.
fn changed(mut spec: Json, change: &Json) -> Json {
    let (Some(spec_fields), Some(change)) = (spec.as_object_mut(), change.as_object()) else {
        panic!("a spec and its change are maps");
    };
    for (field, value) in change {
        if value.is_null() {
            spec_fields.remove(field);
        } else {
            spec_fields.insert(field.clone(), value.clone());
        }
    }
    spec
}

/// What is wrong with a changed spec by its schema and by its kind's rules: `path: message (help)`.
pub(crate) fn faults<K: Kind>(spec: Json, change: Json) -> Vec<String> {
    let kind = Erased::<K>::new();
    let spec = changed(spec, &change);
    let mut findings = Vec::new();
    kind.spec().check(&Value::from_json(&spec), &FieldPath::root(), &mut findings);
    findings.extend(kind.validate(&spec));
    findings
        .into_iter()
        .map(|f| format!("{}: {} ({})", f.paths[0], f.message, f.help.unwrap_or_default()))
        .collect()
}

/// The code with which the creation of a changed spec is refused; nothing where it isn't.
pub(crate) fn refusal<K: Kind>(world: &World, spec: Json, change: Json) -> String {
    let spec = changed(spec, &change);
    let mut attributes = spec.as_object().expect("a spec is a map").clone();
    // As a cluster's objects have it in the sandbox; the spec itself has no such field.
    attributes.entry("cluster").or_insert_with(|| Json::from("main"));
    let call = Call::Create { spec: &spec, attributes: &mut attributes };
    code(Erased::<K>::new().simulate(call, world))
}

/// The code with which a deletion is refused; nothing where it isn't.
pub(crate) fn deletion<K: Kind>(world: &World, spec: Json, id: &str) -> String {
    let id = PhysicalId::new(id);
    code(Erased::<K>::new().simulate(Call::Delete { spec: &spec, id: &id }, world))
}

fn code(answer: Result<(), super::Refusal>) -> String {
    answer.err().map(|refusal| refusal.code).unwrap_or_default()
}
