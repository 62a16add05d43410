//! Secrets that a run needs: those that resources refer to, and the keys of state and of fingerprints.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use super::session::Session;
use crate::apply::Secrets;
use crate::model::{Json, Scope, SecretReference, SecretStore};
use crate::state::{FingerprintKey, KeyKeeper, Keys, Passphrase};
use crate::targets::sandbox::Fingerprint;
use crate::workspace::Environment;
use crate::world::{files, process};

/// The variable that holds the passphrase of the environment's fingerprints.
pub(super) const PASSPHRASE: &str = "NINEFOLD_PASSPHRASE";

#[async_trait]
impl Secrets for Session {
    async fn fetch(&self, reference: &SecretReference, scope: &Scope) -> Result<String, String> {
        let text = match reference.from {
            SecretStore::Env | SecretStore::File => at_hand(reference, self.workspace.root())?,
            SecretStore::SecretsManager | SecretStore::Ssm => self
                .target
                .secret(reference, scope)
                .await
                .map_err(|error| format!("the secret {} can't be fetched: {error}", reference.name))?,
        };
        part(&text, reference)
    }
}

/// The keyed fingerprints of an environment. The key is worked out when the first is asked for.
pub(super) fn fingerprints(environment: &Arc<str>) -> Fingerprint {
    let (environment, key) = (environment.clone(), OnceLock::new());
    Arc::new(move |value| {
        let key = key.get_or_init(|| match process::variable(PASSPHRASE) {
            Some(passphrase) => FingerprintKey::from_passphrase(&passphrase, &environment),
            // What the sandbox holds is made up: a key that everybody knows betrays nothing.
            None => FingerprintKey::from_bytes(environment.as_bytes()),
        });
        key.fingerprint_json(value).as_str().to_owned()
    })
}

/// The keys of an environment's state. That one can't be had is an error only where it is needed.
pub(super) fn keys(environment: &Environment, root: &Path) -> Result<Keys, String> {
    let Some(encryption) = &environment.encryption else { return Ok(Keys::default()) };
    let keeper = |reference: &SecretReference| -> Result<Box<dyn KeyKeeper>, String> {
        let found = at_hand(reference, root).and_then(|text| part(&text, reference));
        let passphrase = found.map_err(|why| format!("the passphrase of its state can't be had: {why}"))?;
        Ok(Box::new(Passphrase::new(passphrase, &environment.name)))
    };
    let current = encryption.passphrase.as_ref().map(keeper).transpose()?;
    let before = encryption.before.iter().map(keeper).collect::<Result<_, _>>()?;
    Ok(Keys::new(current, before))
}

/// A secret that is kept on this machine.
fn at_hand(reference: &SecretReference, root: &Path) -> Result<String, String> {
    let name = &reference.name;
    match reference.from {
        SecretStore::Env => process::variable(name)
            .ok_or_else(|| format!("the environment variable {name}, which a secret refers to, isn't set")),
        SecretStore::File => files::read_to_string(&root.join(name))
            .map(|text| text.trim_end().to_owned())
            .map_err(|error| format!("the secret's file {name} can't be read: {error}")),
        SecretStore::SecretsManager | SecretStore::Ssm => Err(format!("{name} isn't kept on this machine")),
    }
}

/// The part of a secret's text that a reference means.
fn part(text: &str, SecretReference { name, key, .. }: &SecretReference) -> Result<String, String> {
    let Some(key) = key else { return Ok(text.to_owned()) };
    let json: Json = serde_json::from_str(text)
        .map_err(|_| format!("the secret {name} isn't JSON, so that it has no key `{key}`"))?;
    let value = json.get(key).and_then(Json::as_str);
    value.map(str::to_owned).ok_or_else(|| format!("the secret {name} has no key `{key}`"))
}
