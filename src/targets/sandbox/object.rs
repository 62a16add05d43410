//! One thing that lives in the sandbox, and how far it is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kinds::{Field, Scope, Shape};
use crate::model::{Address, FieldPath, Json, OperationId, PhysicalId};

/// Where in the sandbox an object lives: `global`, a region such as `eu-west-1`, or a cluster in
/// one, such as `eu-west-1/production-secondary`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Place(Arc<str>);

const GLOBAL: &str = "global";

impl Place {
    /// The place of a call's scope.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        match (&scope.cluster, &scope.region) {
            (Some(cluster), _) => Self(format!("{}/{}", cluster.region, cluster.name).into()),
            (None, Some(region)) => Self(region.as_str().into()),
            (None, None) => Self(GLOBAL.into()),
        }
    }

    /// The region; `global` for what has none.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split_once('/').map_or(&self.0, |(region, _)| region)
    }

    /// The name of the cluster, for what lives in one.
    #[must_use]
    pub fn cluster(&self) -> Option<&str> {
        self.0.split_once('/').map(|(_, cluster)| cluster)
    }

    #[must_use]
    pub fn is_global(&self) -> bool {
        &*self.0 == GLOBAL
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What identifies an object: a physical id is only unique for its kind, and a name often only
/// within its region or cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    pub kind: Arc<str>,
    pub place: Place,
    pub id: PhysicalId,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in {}", self.kind, self.id, self.place)
    }
}

/// Whose an object is: the tags or annotations that Ninefold leaves on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    pub environment: String,
    pub address: Address,
    pub operation: OperationId,
}

/// What the provider last began with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Create,
    Update,
    Delete,
}

/// A change behind Ninefold's back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// Milliseconds on the sandbox's clock.
    pub at_ms: u64,
    pub by: String,
    pub path: FieldPath,
}

/// One thing that lives in the sandbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    pub key: Key,
    /// A map of its spec's fields with their defaults, and its computed attributes.
    pub attributes: Json,
    /// What was last begun, and on the sandbox's clock when it began and when it ends.
    pub work: Work,
    pub since_ms: u64,
    pub until_ms: u64,
    /// Why its creation ends in failure, when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// The operation that made it, which is what a replayed token and `find` look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<OperationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
    pub created_ms: u64,
    /// Until when readers don't see it yet.
    pub visible_ms: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

/// How far an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Creating,
    Updating,
    Ready,
    Failed,
    Deleting,
    Gone,
}

impl Object {
    /// How far it is at a point of the sandbox's clock.
    #[must_use]
    pub fn phase(&self, at_ms: u64) -> Phase {
        match (self.work, at_ms < self.until_ms) {
            (Work::Create, true) => Phase::Creating,
            (Work::Update, true) => Phase::Updating,
            (Work::Delete, true) => Phase::Deleting,
            (Work::Delete, false) => Phase::Gone,
            (Work::Create, false) if self.fails.is_some() => Phase::Failed,
            (Work::Create | Work::Update, false) => Phase::Ready,
        }
    }

    /// Whether a text names it: its id, or any text among its attributes but those by which, says
    /// the schema of its kind, it names others.
    pub(super) fn is_called(&self, schema: Option<&Field>, text: &str) -> bool {
        self.key.id.as_str() == text || holds_text(schema, &self.attributes, text)
    }

    /// Whether a text is its id or its name.
    pub(super) fn goes_by(&self, text: &str) -> bool {
        self.key.id.as_str() == text || self.text("name") == Some(text)
    }

    /// An attribute that is a text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }
}

fn holds_text(schema: Option<&Field>, value: &Json, text: &str) -> bool {
    if schema.is_some_and(|field| !field.refers.is_empty()) {
        return false;
    }
    let shape = schema.map(|field| &field.shape);
    match value {
        Json::String(own) => own == text || is_part_of(text, own),
        Json::Object(map) => map.iter().any(|(key, value)| {
            let field = match shape {
                Some(Shape::Object(fields)) => fields.get(key.as_str()),
                Some(Shape::Map { value, .. }) => Some(&**value),
                _ => None,
            };
            holds_text(field, value, text)
        }),
        Json::Array(items) => {
            let item = match shape {
                Some(Shape::List { item, .. }) => Some(&**item),
                _ => None,
            };
            items.iter().any(|value| holds_text(item, value, text))
        }
        _ => false,
    }
}

/// Whether an ARN names something within what another names: `arn:aws:s3:::logs/eu/*` of
/// `arn:aws:s3:::logs`.
fn is_part_of(text: &str, whole: &str) -> bool {
    whole.starts_with("arn:")
        && text.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/') || rest.starts_with(':'))
}
