//! The values of secrets. None is ever stored: each is worked out of its secret's own identity, so
//! that it is the same whenever it is fetched, and worth nothing outside of the sandbox.

use super::object::{Object, Place};
use super::session::Session;
use crate::kinds::{Answer, CallError, ErrorKind};
use crate::model::{Digest, Json, SecretReference, SecretStore};

/// The value of a secret that is here, by its name or ARN.
pub(super) fn fetch(session: &mut Session<'_>, place: &Place, reference: &SecretReference) -> Answer<String> {
    let kind = match reference.from {
        SecretStore::Ssm => "aws.ssm.parameter",
        _ => "aws.secretsmanager.secret",
    };
    let is_it = |object: &&Object| {
        ["name", "arn", "id"].iter().any(|attribute| {
            object.attributes.get(*attribute).and_then(Json::as_str) == Some(&reference.name)
        })
    };
    let found = session
        .ground
        .of_kind(kind, session.now_ms)
        .filter(|object| object.key.place.region() == place.region())
        .find(is_it)
        .cloned();
    let Some(object) = found else {
        return Err(CallError::refused(
            ErrorKind::NotFound,
            "ResourceNotFoundException",
            format!("there is no secret {} in {}", reference.name, place.region()),
        ));
    };
    session.witness(&object);
    let value = Digest::of(object.key.to_string().as_bytes()).as_str()[..32].to_owned();
    Ok(match &reference.key {
        None => value,
        Some(key) => serde_json::json!({ key.as_str(): value }).to_string(),
    })
}
