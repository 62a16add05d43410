//! What the tests of kinds share: a world of a few objects, specs that are changed at one place, and
//! what a kind says of them.

use super::kind::Erased;
use super::{AnyKind, Call, Cloud, CloudObject, Field, Kind, Refusal};
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

    /// The same with an object in a region.
    pub fn with(mut self, kind: &'static str, id: &str, region: &'static str, mut attributes: Json) -> Self {
        attributes["id"] = Json::from(id);
        self.objects.push((kind, PhysicalId::new(id), region, attributes));
        self
    }

    /// The attributes that creating something gives it, or the code of the refusal.
    pub fn create<K: Kind>(&self, spec: &Json) -> Result<Json, String> {
        let typed: K::Spec = serde_json::from_value(spec.clone()).unwrap();
        let mut attributes = spec.as_object().unwrap().clone();
        answer(K::simulate(Call::Create { spec: &typed, attributes: &mut attributes }, self))?;
        Ok(Json::Object(attributes))
    }

    pub fn update<K: Kind>(&self, id: &str, spec: &Json) -> Result<Json, String> {
        let typed: K::Spec = serde_json::from_value(spec.clone()).unwrap();
        let mut attributes = spec.as_object().unwrap().clone();
        let call = Call::Update { spec: &typed, id: &PhysicalId::new(id), attributes: &mut attributes };
        answer(K::simulate(call, self))?;
        Ok(Json::Object(attributes))
    }

    pub fn delete<K: Kind>(&self, id: &str, spec: &Json) -> Result<(), String> {
        let typed: K::Spec = serde_json::from_value(spec.clone()).unwrap();
        answer(K::simulate(Call::Delete { spec: &typed, id: &PhysicalId::new(id) }, self))
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

fn code(answer: Result<(), Refusal>) -> String {
    answer.err().map(|refusal| refusal.code).unwrap_or_default()
}

fn answer(result: Result<(), Refusal>) -> Result<(), String> {
    result.map_err(|refusal| refusal.code)
}

/// A copy of a document with the values at some JSON pointers replaced; what leads there is made.
pub(crate) fn edited(base: &Json, changes: &[(&str, Json)]) -> Json {
    let mut document = base.clone();
    for (pointer, value) in changes {
        let mut place = &mut document;
        for step in pointer.split('/').skip(1) {
            place = match place {
                Json::Array(items) => &mut items[step.parse::<usize>().unwrap()],
                other => &mut other[step],
            };
        }
        *place = value.clone();
    }
    document
}

/// Every fault of a changed spec, by its schema and by the kind's own rules, each with its help.
pub(crate) fn all_faults<K: Kind>(base: &Json, changes: &[(&str, Json)]) -> String {
    let json = edited(base, changes);
    let value = Value::from_json(&json);
    let mut findings = Vec::new();
    Field::of::<K::Spec>().check(&value, &FieldPath::root(), &mut findings);
    if findings.is_empty() {
        findings = K::validate(&serde_json::from_value(json).unwrap());
    }
    for finding in &findings {
        assert!(!finding.paths.is_empty(), "{finding:?} points nowhere");
    }
    findings
        .into_iter()
        .map(|finding| format!("{} ({})\n", finding.message, finding.help.unwrap_or_default()))
        .collect()
}

/// Asserts that a spec has no fault, and that each change alone gives the fault beside it.
pub(crate) fn assert_rules<K: Kind>(base: &Json, rules: &[(&[(&str, Json)], &str)]) {
    assert_eq!(all_faults::<K>(base, &[]), "");
    for (changes, fault) in rules {
        let found = all_faults::<K>(base, changes);
        match *fault {
            "" => assert_eq!(found, "", "{changes:?}"),
            fault => assert!(found.contains(fault), "{changes:?}: expected {fault:?}, found {found:?}"),
        }
    }
}

/// Asserts that a spec with the attributes that the profile computes is a whole thing of its kind,
/// whose projection gives the spec again, and that the profile computes nothing else.
pub(crate) fn assert_whole<K: Kind>(spec: &Json) {
    let typed: K::Spec = serde_json::from_value(spec.clone()).unwrap();
    let schema = Field::of::<K::Observed>();
    let placeholder = regex::Regex::new(r"\{[a-z]+(:[0-9]+|\.[a-z_]+)?\}").unwrap();
    let mut attributes = spec.clone();
    for computed in K::profile(&typed).computed {
        let name = computed.attribute;
        assert!(schema.field(name).is_some(), "{} has no attribute {name}", K::TYPE);
        for field in computed.changes_with {
            assert!(schema.field(field).is_some(), "{} has no field {field}", K::TYPE);
        }
        let text = placeholder.replace_all(&computed.pattern, "x");
        let value = match text.strip_prefix("json:") {
            Some(json) => serde_json::from_str(json).unwrap(),
            None => Json::from(text),
        };
        if attributes.get(name).is_none() {
            attributes[name] = value;
        }
    }
    let observed: K::Observed = serde_json::from_value(attributes).unwrap();
    let projected = serde_json::to_value(K::project(&observed)).unwrap();
    for (field, value) in spec.as_object().unwrap() {
        assert!(contains(&projected[field], value), "{field}: {} isn't {value}", projected[field]);
    }
}

/// Whether one document is the other with nothing but nulls besides.
fn contains(whole: &Json, part: &Json) -> bool {
    match (whole, part) {
        (Json::Object(whole), Json::Object(part)) => whole
            .iter()
            .all(|(key, value)| part.get(key).map_or(value.is_null(), |part| contains(value, part))),
        (Json::Array(whole), Json::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        (whole, part) => whole == part,
    }
}
