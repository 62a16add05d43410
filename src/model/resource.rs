//! What state knows of one resource.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Address, JsonText, OperationId, PhysicalId, Scope};

/// The object that an address stands for at present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub address: Address,
    pub kind: String,
    /// The version of the kind that `recorded` and `observed` were written by.
    pub kind_version: u32,
    #[serde(default)]
    pub scope: Scope,
    pub id: PhysicalId,
    /// What we last set, sensitive values replaced by fingerprints. Null for an adopted resource
    /// that nothing was set of yet, and for a lookup.
    #[serde(default, skip_serializing_if = "JsonText::is_null")]
    pub recorded: JsonText,
    /// Its attributes as they were last read.
    #[serde(default, skip_serializing_if = "JsonText::is_null")]
    pub observed: JsonText,
    /// What it was made after: it has to be deleted before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Address>,
    /// Whether it outlives the deletion of its lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// Whether deleting its lines only forgets it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retain: bool,
    /// Whether somebody else made it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopted: bool,
    /// Whether it is only read, never changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lookup: bool,
    #[serde(default, skip_serializing_if = "Condition::is_ready")]
    pub condition: Condition,
}

/// Whether a resource can be relied on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// It settled after the last operation.
    #[default]
    Ready,
    /// The last operation's call succeeded, and it wasn't waited for to the end.
    Unsettled,
    /// It will never get ready: it has to be replaced.
    Tainted { reason: String },
}

impl Condition {
    #[must_use]
    pub fn is_ready(&self) -> bool {
        *self == Condition::Ready
    }
}

/// A former object of an address, which was replaced and is still to be deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposed {
    /// All that was known of it, because deleting it takes its kind, scope, id and dependencies.
    pub resource: Arc<Resource>,
    /// The operation that made its successor.
    pub operation: OperationId,
}
