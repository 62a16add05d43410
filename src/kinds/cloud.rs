//! What a kind sees of the sandbox when it says how it behaves there.

use crate::model::{Json, PhysicalId};

/// One thing that lives in the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct CloudObject<'a> {
    pub kind: &'a str,
    pub id: &'a PhysicalId,
    pub region: &'a str,
    /// Its spec's fields and its computed attributes.
    pub attributes: &'a Json,
}

/// The sandbox's world, as far as a kind may look.
pub trait Cloud {
    /// The region that the call goes to; `global` for services without one.
    fn region(&self) -> &str;
    /// The account that the call is made with: twelve digits.
    fn account(&self) -> &str;
    /// The cluster that the call goes to; absent for what isn't in one. From within a cluster only
    /// its own objects are seen of those that live in clusters.
    fn cluster(&self) -> Option<&str> {
        None
    }
    /// The object of a kind with an attribute of that value, in any region.
    fn find(&self, kind: &str, attribute: &str, value: &str) -> Option<CloudObject<'_>>;
    /// Every object of a kind, in any region.
    fn all(&self, kind: &str) -> Vec<CloudObject<'_>>;
}

/// A call to the sandbox, seen by the kind of what it is about.
pub enum Call<'a, Spec: ?Sized> {
    /// `attributes` hold the spec's fields and those of the profile; the kind may add and change.
    Create {
        spec: &'a Spec,
        attributes: &'a mut serde_json::Map<String, Json>,
    },
    /// `spec` is what it becomes.
    Update {
        spec: &'a Spec,
        id: &'a PhysicalId,
        attributes: &'a mut serde_json::Map<String, Json>,
    },
    Delete {
        spec: &'a Spec,
        id: &'a PhysicalId,
    },
}

impl<'a, Spec: ?Sized> Call<'a, Spec> {
    /// The spec that the call is about.
    #[must_use]
    pub fn spec(&self) -> &'a Spec {
        match self {
            Call::Create { spec, .. } | Call::Update { spec, .. } | Call::Delete { spec, .. } => spec,
        }
    }

    /// The same call with its spec in another form.
    #[must_use]
    pub fn with_spec<Other: ?Sized>(self, spec: &'a Other) -> Call<'a, Other> {
        match self {
            Call::Create { attributes, .. } => Call::Create { spec, attributes },
            Call::Update { id, attributes, .. } => Call::Update { spec, id, attributes },
            Call::Delete { id, .. } => Call::Delete { spec, id },
        }
    }
}

/// The error with which an API refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The API's own name of the error, such as `DependencyViolation`.
    pub code: String,
    pub message: String,
}

impl Refusal {
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }

    /// The spec can't be one of this kind.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }
}
