//! Secrets that a run needs: those that resources refer to, and the keys of state and of fingerprints.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use super::error::Error;
use super::session::Session;
use crate::apply::Secrets;
use crate::model::{Json, Scope, SecretReference, SecretStore};
use crate::state::{ByKms, FingerprintKey, KeyKeeper, Keys, KmsKey, Passphrase};
use crate::targets::sandbox::Fingerprint;
use crate::workspace::{EncryptionKey, Environment, KmsReference};
use crate::world::{self, World, files, process};

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

/// The key of an environment's fingerprints, once it is known.
#[derive(Clone)]
pub(super) struct FingerprintKeys {
    environment: Arc<str>,
    /// The key of KMS that gives it, where the environment names one.
    kms: Option<KmsReference>,
    key: Arc<OnceLock<FingerprintKey>>,
}

impl FingerprintKeys {
    pub(super) fn of(environment: &Environment) -> Self {
        let kms = environment.fingerprints.clone();
        Self { environment: environment.name.clone(), kms, key: Arc::default() }
    }

    /// Whether KMS gives it.
    pub(super) fn are_of_kms(&self) -> bool {
        self.kms.is_some()
    }

    /// Asks KMS for it, where that gives it: an error here is told, and one in the midst of a plan
    /// couldn't be.
    pub(super) fn fetch(&self, world: &World) -> Result<(), Error> {
        let Some(kms) = &self.kms else { return Ok(()) };
        if self.key.get().is_none() {
            let key = world.run(FingerprintKey::from_kms(&kms_key(kms, world), &self.environment));
            let key = key.map_err(|fault| {
                Error::new(format!("the key of the environment's fingerprints can't be had: {fault}"))
            })?;
            // Nobody else sets it meanwhile.
            let _ = self.key.set(key);
        }
        Ok(())
    }

    /// The keyed fingerprint of a value. A passphrase is stretched when the first is asked for.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let keys = self.clone();
        Arc::new(move |value| {
            let key = keys.key.get_or_init(|| match (&keys.kms, process::variable(PASSPHRASE)) {
                // A command that hasn't asked KMS has no use for fingerprints. Should it have one after all,
                // it fits no other, and betrays nothing.
                (Some(_), _) => FingerprintKey::from_bytes(&world::secret_bytes::<32>()),
                (None, Some(passphrase)) => FingerprintKey::from_passphrase(&passphrase, &keys.environment),
                // What the sandbox holds is made up: a key that everybody knows betrays nothing.
                (None, None) => FingerprintKey::from_bytes(keys.environment.as_bytes()),
            });
            key.fingerprint_json(value).as_str().to_owned()
        })
    }
}

fn kms_key(reference: &KmsReference, world: &World) -> KmsKey {
    KmsKey::new(&reference.key_id, &reference.region, world.outside())
}

/// The keys of an environment's state. That one can't be had is an error only where it is needed.
pub(super) fn keys(environment: &Environment, root: &Path, world: &World) -> Result<Keys, String> {
    let Some(encryption) = &environment.encryption else { return Ok(Keys::default()) };
    let keeper = |key: &EncryptionKey| -> Result<Box<dyn KeyKeeper>, String> {
        let reference = match key {
            EncryptionKey::Kms(kms) => {
                return Ok(Box::new(ByKms::new(kms_key(kms, world), &environment.name)));
            }
            EncryptionKey::Passphrase(reference) => reference,
        };
        let found = at_hand(reference, root).and_then(|text| part(&text, reference));
        let passphrase = found.map_err(|why| format!("the passphrase of its state can't be had: {why}"))?;
        Ok(Box::new(Passphrase::new(passphrase, &environment.name)))
    };
    let current = encryption.current.as_ref().map(keeper).transpose()?;
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
