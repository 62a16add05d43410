//! Values that can be written in several ways: what is compared is the one form that all of them share.

use crate::model::{Json, Value};

/// What is written in a field, where it can be written in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A policy document of AWS: the order of its statements means nothing.
    Policy,
}

impl Form {
    /// Reads the attribute `x-form`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        (text == "policy").then_some(Form::Policy)
    }

    /// The one form of a value; what isn't known in it, or isn't to be shown, stays as it is.
    #[must_use]
    pub fn canonical(self, value: &Value) -> Value {
        match self {
            Form::Policy => super::aws::canonical_policy(value),
        }
    }

    /// The same of what is there, or was recorded.
    #[must_use]
    pub fn canonical_json(self, json: &Json) -> Json {
        self.canonical(&Value::from_json(json)).reveal().unwrap_or_else(|| json.clone())
    }
}
