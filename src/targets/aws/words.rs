//! The API's own words for what our types name: both sides write them alike, so that serde's names
//! are the only table.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::kinds::{Answer, CallError, ErrorKind};
use crate::model::Json;

/// The API's word for a value of one of our enums.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Json::String(word)) => word,
        other => unreachable!("an enum of words is a string, not {other:?}"),
    }
}

/// The value of one of our enums that the API's word stands for.
///
/// # Errors
/// When the service says something that Ninefold doesn't know yet.
pub(super) fn meaning<T: DeserializeOwned>(word: &str) -> Answer<T> {
    serde_json::from_value(Json::from(word)).map_err(|error| {
        let message = format!("AWS says `{word}`, which Ninefold doesn't know: {error}");
        CallError::refused(ErrorKind::Unsupported, "UnknownWord", message)
    })
}

/// A field that the API always gives.
///
/// # Errors
/// When it doesn't.
pub(super) fn given<T>(field: &str, value: Option<T>) -> Answer<T> {
    value.ok_or_else(|| {
        CallError::refused(ErrorKind::Transient, "IncompleteAnswer", format!("AWS's answer has no `{field}`"))
    })
}
