//! References to secrets: where a value is to be had at the moment of the call, never the value; and
//! what stands in for a value that isn't written.

use serde::{Deserialize, Serialize};

use super::Json;

/// The key of the map that stands in for a value that isn't written; its value is the fingerprint.
pub const FINGERPRINT: &str = "$fingerprint";

/// The text that stands in for a text that isn't written, where a map wouldn't fit its type.
#[must_use]
pub fn fingerprint_text(fingerprint: &str) -> String {
    format!("{FINGERPRINT}:{fingerprint}")
}

/// The fingerprint in such a text.
#[must_use]
pub fn fingerprint_in_text(text: &str) -> Option<&str> {
    text.strip_prefix(FINGERPRINT)?.strip_prefix(':')
}

/// Whether a value stands in for one that isn't written.
#[must_use]
pub fn is_stand_in(value: &Json) -> bool {
    match value {
        Json::String(text) => fingerprint_in_text(text).is_some(),
        Json::Object(map) => map.len() == 1 && map.contains_key(FINGERPRINT),
        _ => false,
    }
}

/// A place that secrets are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretStore {
    /// AWS Secrets Manager: `name` is the secret's name or ARN.
    SecretsManager,
    /// An AWS Systems Manager parameter of type `SecureString`.
    Ssm,
    /// An environment variable of the process that applies.
    Env,
    /// A file, relative to the workspace, that is not committed.
    File,
}

/// `secret: { from: secretsmanager, name: prod/db, key: password }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    pub from: SecretStore,
    pub name: String,
    /// The key within a secret whose value is a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The region of the store, where it isn't the resource's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}
