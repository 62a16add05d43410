//! References to secrets: where a value is to be had at the moment of the call, never the value.

use serde::{Deserialize, Serialize};

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
