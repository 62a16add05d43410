//! `core.value`: a value that lives only in state.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Kind, Profile};
use crate::model::{Json, PhysicalId};

/// A value that is worked out once and kept in state: to pass a result on, to remember what a
/// decision was based on, to replace other resources when it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The value itself.
    pub value: Json,
    /// Whatever is to give the resource a new id when it changes.
    #[schemars(extend("x-immutable" = true))]
    pub triggers: Option<Json>,
}

/// What state knows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The id of the operation that made it.
    pub id: String,
}

/// The kind itself.
pub struct Value;

impl Kind for Value {
    const TYPE: &'static str = "core.value";
    const LIVES_IN_STATE: bool = true;
    type Spec = Spec;
    type Observed = Observed;

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(0, 0, 0).computes("id", "{hex:26}")
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        Err(format!("core.value lives only in state: `{text}` can't be imported"))
    }
}
