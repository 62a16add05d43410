//! What is known of values of free shape. A manifest of Kubernetes can be anything, and yet some of
//! its parts must not be shown: which ones depends on what the manifest says it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Field, FieldDefault, Finding, Shape};
use crate::model::{FieldPath, Json, Step, Value};

/// The schema of what no schema describes.
pub static ANY: Field = Field {
    shape: Shape::Any,
    description: String::new(),
    required: false,
    immutable: false,
    immutable_paths: Vec::new(),
    sensitive: false,
    described: None,
    parts: BTreeMap::new(),
    secrets: false,
    write_only: false,
    exclusive: false,
    default: FieldDefault::Absent,
    form: None,
    refers: Vec::new(),
    holds: false,
};

/// A field of free shape, as it is where its value says of itself what it is.
#[derive(Debug, Clone)]
pub struct Described {
    /// What the value says, where: `kind` and `Secret`. Without it, every value is such a one.
    when: Option<(FieldPath, String)>,
    /// The field with its `parts`.
    field: Field,
}

impl Described {
    /// Of a field with these sensitive paths.
    pub(super) fn new(field: &Field, sensitive: &[FieldPath], when: Option<(FieldPath, String)>) -> Self {
        let mut field = field.clone();
        for path in sensitive {
            mark_sensitive(&mut field, path.steps());
        }
        Self { when, field }
    }

    /// Whether a value can be such a one: also where what it says isn't known, or isn't to be shown.
    fn fits(&self, value: &Value) -> bool {
        self.when.as_ref().is_none_or(|(path, wanted)| {
            value.at(path).and_then(Value::as_str).is_none_or(|said| said == wanted.as_str())
        })
    }

    fn fits_json(&self, json: &Json) -> bool {
        self.when.as_ref().is_none_or(|(path, wanted)| {
            let said = path.steps().iter().try_fold(json, |json, step| match step {
                Step::Key(key) => json.get(&**key),
                _ => None,
            });
            said.and_then(Json::as_str).is_none_or(|said| said == wanted.as_str())
        })
    }
}

fn mark_sensitive(field: &mut Field, path: &[Step]) {
    match path {
        [] => field.sensitive = true,
        [Step::Key(key), rest @ ..] => mark_sensitive(field.parts.entry(key.clone()).or_default(), rest),
        _ => panic!("a sensitive path has keys only"),
    }
}

impl Field {
    /// This field as it is for what is asked for and what is there: with its sensitive parts, where
    /// one of them can have any.
    #[must_use]
    pub fn described_by(&self, desired: Option<&Value>, others: [Option<&Json>; 2]) -> &Field {
        match &self.described {
            Some(described)
                if desired.is_some_and(|value| described.fits(value))
                    || others.into_iter().flatten().any(|json| described.fits_json(json)) =>
            {
                &described.field
            }
            _ => self,
        }
    }

    /// The schema of a key of a value of free shape.
    #[must_use]
    pub fn part(&self, key: &Arc<str>) -> &Field {
        self.parts.get(key).unwrap_or(&ANY)
    }

    /// What doesn't fit a field of free shape: secrets where they would be shown.
    pub(super) fn check_free(
        &self,
        may_hold_secrets: bool,
        value: &Value,
        path: &FieldPath,
        findings: &mut Vec<Finding>,
    ) {
        let field = self.described_by(Some(value), [None, None]);
        let may_hold_secrets = may_hold_secrets || field.sensitive || field.secrets;
        match value {
            Value::Secret(_) if !may_hold_secrets => findings.push(Finding::secret(path)),
            Value::Sensitive(inner) => field.check_free(may_hold_secrets, inner, path, findings),
            Value::List(items) => {
                for (index, element) in items.iter().enumerate() {
                    ANY.check_free(may_hold_secrets, element, &path.index(index), findings);
                }
            }
            Value::Map(map) => {
                for (key, element) in map {
                    field.part(key).check_free(may_hold_secrets, element, &path.key(key), findings);
                }
            }
            _ => {}
        }
    }
}

/// What stands in for a part of free shape that isn't known: a text that can be most things, such as
/// the name of an object.
const SAMPLE: &str = "unknown";

/// A value of free shape with samples in the place of what isn't known.
pub(super) fn complete(value: &Value) -> Json {
    match value {
        Value::Unknown(_) | Value::StandIn(_) | Value::Secret(_) => Json::from(SAMPLE),
        Value::Sensitive(inner) => complete(inner),
        Value::List(items) => Json::Array(items.iter().map(complete).collect()),
        Value::Map(map) => map.iter().map(|(key, value)| (key.to_string(), complete(value))).collect(),
        scalar => scalar.reveal().unwrap_or_default(),
    }
}
