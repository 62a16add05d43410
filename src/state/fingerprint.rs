//! Keyed fingerprints: enough to see that a secret has changed, useless without the key.
//!
//! The key comes from the caller and is never written anywhere, least of all beside the state.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::kms::{KmsFault, KmsKey};
use crate::model::Json;

/// How often a passphrase is hashed, so that guessing it from a known secret's fingerprint is slow.
const PASSPHRASE_ROUNDS: u32 = 600_000;

/// The fingerprint of a secret value: `hmac:` and 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of an environment's fingerprints.
#[derive(Clone)]
pub struct FingerprintKey(Hmac<Sha256>);

impl FingerprintKey {
    /// A key from a key service: at least 16 random bytes.
    #[must_use]
    pub fn from_bytes(key: &[u8]) -> Self {
        Self(keyed(key))
    }

    /// A key from a passphrase; `environment` makes it another one for each environment. Takes a
    /// noticeable part of a second by design: derive it once, and only where there is a secret.
    #[must_use]
    pub fn from_passphrase(passphrase: &str, environment: &str) -> Self {
        let salt = format!("ninefold fingerprint {environment}");
        Self(keyed(&stretched(passphrase.as_bytes(), salt.as_bytes(), PASSPHRASE_ROUNDS)))
    }

    /// A key that a key of AWS KMS for HMACs gives, the same each time: nothing of it is kept anywhere.
    /// `environment` makes it another one for each environment.
    ///
    /// # Errors
    /// When KMS doesn't give it.
    pub async fn from_kms(key: &KmsKey, environment: &str) -> Result<Self, KmsFault> {
        let mac = key.mac(format!("ninefold fingerprint key\n{environment}").into_bytes()).await?;
        Ok(Self::from_bytes(&mac))
    }

    #[must_use]
    pub fn fingerprint(&self, value: &[u8]) -> Fingerprint {
        let mut mac = self.0.clone();
        mac.update(value);
        Fingerprint(format!("hmac:{}", hex::encode(mac.finalize().into_bytes())))
    }

    /// The fingerprint of a value of any type: that of a string is the fingerprint of its bytes.
    #[must_use]
    pub fn fingerprint_json(&self, value: &Json) -> Fingerprint {
        match value {
            Json::String(text) => self.fingerprint(text.as_bytes()),
            other => self.fingerprint(other.to_string().as_bytes()),
        }
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(…)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018): what every fingerprint of every state so far hangs on.
fn stretched(passphrase: &[u8], salt: &[u8], rounds: u32) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(passphrase, salt, rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_stretched_as_rfc_7914_says() {
        assert_eq!(
            hex::encode(stretched(b"passwd", b"salt", 1)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
    }

    #[test]
    fn rounds_count() {
        assert_eq!(
            hex::encode(stretched(b"password", b"salt", 4096)),
            "c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a"
        );
    }

    #[test]
    fn a_fingerprint_is_the_hmac_of_rfc_4231() {
        let key = FingerprintKey::from_bytes(b"Jefe");
        assert_eq!(
            key.fingerprint(b"what do ya want for nothing?").as_str(),
            "hmac:5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn it_depends_on_the_key_and_the_value_and_shows_neither() {
        let (one, other) = (FingerprintKey::from_bytes(b"one"), FingerprintKey::from_bytes(b"other"));
        assert_ne!(one.fingerprint(b"hunter2"), other.fingerprint(b"hunter2"));
        assert_ne!(one.fingerprint(b"hunter2"), one.fingerprint(b"hunter3"));
        assert_eq!(format!("{one:?}"), "FingerprintKey(…)");
    }

    #[test]
    fn a_string_and_its_bytes_are_the_same_secret_and_a_list_of_it_is_another() {
        let key = FingerprintKey::from_bytes(b"key");
        assert_eq!(key.fingerprint_json(&Json::from("12")), key.fingerprint(b"12"));
        assert_ne!(key.fingerprint_json(&serde_json::json!(["12"])), key.fingerprint(b"12"));
    }
}
