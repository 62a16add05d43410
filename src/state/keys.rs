//! The keys that state is encrypted with: each process seals with a data key of its own, which is kept
//! beside what it seals, wrapped by what a [`KeyKeeper`] has.
//!
//! Nothing here is a cipher of ours: XChaCha20-Poly1305 seals, Argon2id stretches passphrases, and AWS
//! KMS wraps with keys that it never gives away.

mod by_kms;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

pub use by_kms::ByKms;

use crate::world;

/// The bytes of a key.
pub(super) type Key = Zeroizing<[u8; 32]>;

const NONCE_BYTES: usize = 24;
const SALT_BYTES: usize = 16;

/// How passphrases are stretched: OWASP's first choice for Argon2id.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>
const STRETCHING: Stretching = Stretching { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
/// What is read may ask for so much and no more: it isn't trusted before it was opened.
const STRETCHING_AT_MOST: Stretching = Stretching { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

/// Keeps what wraps data keys: a passphrase, or a service that never gives its key away.
#[async_trait]
pub trait KeyKeeper: fmt::Debug + Send + Sync {
    /// A new data key, and the form that it is kept in.
    async fn make(&self) -> Result<(DataKey, WrappedKey), String>;

    /// The data key of such a form; `None` where another keeper has wrapped it.
    async fn unwrap(&self, wrapped: &WrappedKey) -> Result<Option<DataKey>, String>;
}

/// What seals and opens objects.
#[derive(Clone)]
pub struct DataKey(Key);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// A data key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "wrapped_by", rename_all = "snake_case", deny_unknown_fields)]
pub enum WrappedKey {
    /// By what a passphrase is stretched to.
    Passphrase {
        /// Tells passphrases apart without telling anything of them.
        id: String,
        salt: String,
        stretching: Stretching,
        key: Sealed,
    },
    /// By a key of AWS KMS.
    Kms {
        /// The ARN of that key.
        id: String,
        /// What KMS makes of the data key, in base64.
        key: String,
    },
}

impl WrappedKey {
    /// The name of what wraps it, for people.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            WrappedKey::Passphrase { id, .. } | WrappedKey::Kms { id, .. } => id,
        }
    }

    /// What unwraps it, for people.
    #[must_use]
    pub fn wanted(&self) -> &'static str {
        match self {
            WrappedKey::Passphrase { .. } => "the passphrase that it was written with",
            WrappedKey::Kms { .. } => "that key of AWS KMS as `kms`",
        }
    }
}

/// How a passphrase was stretched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stretching {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A text that only its key opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    nonce: String,
    text: String,
}

impl DataKey {
    fn random() -> Self {
        Self(Zeroizing::new(world::secret_bytes()))
    }

    /// The key of these bytes, if they are as many as a key has.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut key = Key::default();
        (bytes.len() == key.len()).then(|| {
            key.copy_from_slice(bytes);
            Self(key)
        })
    }

    /// Seals a text, bound to what stands beside it in the clear.
    pub(super) fn seal(&self, text: &[u8], beside: &[u8]) -> Result<Sealed, String> {
        // Of 192 random bits no two are ever the same, whoever else has this key.
        let nonce: [u8; NONCE_BYTES] = world::secret_bytes();
        let sealed = cipher(&self.0)
            .encrypt(&nonce.into(), Payload { msg: text, aad: beside })
            .map_err(|_| "it is too long to be encrypted".to_owned())?;
        Ok(Sealed { nonce: BASE64.encode(nonce), text: BASE64.encode(sealed) })
    }

    /// Opens it; `None` when it, or what stands beside it, isn't as it was sealed.
    pub(super) fn open(&self, sealed: &Sealed, beside: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_BYTES] = BASE64.decode(&sealed.nonce).ok()?.try_into().ok()?;
        let text = BASE64.decode(&sealed.text).ok()?;
        cipher(&self.0).decrypt(&nonce.into(), Payload { msg: &text, aad: beside }).ok()
    }
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(**key).into())
}

/// Wraps by a passphrase.
pub struct Passphrase {
    passphrase: Zeroizing<String>,
    /// The environment: a key of one opens nothing of another.
    environment: String,
    /// What it was stretched to, by salt and effort: that takes long, and the same come again.
    stretched: Mutex<BTreeMap<(String, Stretching), Key>>,
    /// The salt of what it has opened: as good as a new one, and it needs no more stretching.
    salt: Mutex<Option<String>>,
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

impl Passphrase {
    #[must_use]
    pub fn new(passphrase: String, environment: &str) -> Self {
        Self {
            passphrase: Zeroizing::new(passphrase),
            environment: environment.to_owned(),
            stretched: Mutex::default(),
            salt: Mutex::default(),
        }
    }

    fn key(&self, salt: &str, stretching: Stretching) -> Result<Key, String> {
        let mut stretched = self.stretched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = stretched.get(&(salt.to_owned(), stretching)) {
            return Ok(key.clone());
        }
        let Stretching { memory_kib, passes, lanes } = stretching;
        let most = STRETCHING_AT_MOST;
        if memory_kib > most.memory_kib || passes > most.passes || lanes > most.lanes {
            return Err(
                "its passphrase would be stretched without bounds: Ninefold didn't write it".to_owned()
            );
        }
        let bytes = BASE64.decode(salt).map_err(|_| "its salt isn't base64".to_owned())?;
        let params = Params::new(memory_kib, passes, lanes, None).map_err(|error| error.to_string())?;
        let mut key = Key::default();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.passphrase.as_bytes(), &bytes, &mut *key)
            .map_err(|error| format!("its passphrase can't be stretched: {error}"))?;
        stretched.insert((salt.to_owned(), stretching), key.clone());
        Ok(key)
    }

    /// What a wrapped key is bound to.
    fn beside(&self, id: &str) -> Vec<u8> {
        format!("ninefold data key\n{}\n{id}", self.environment).into_bytes()
    }
}

/// The name of a key: enough to tell it from others, too little to guess a passphrase faster than by
/// opening something.
fn id_of(key: &Key) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&**key).expect("HMAC takes keys of any length");
    mac.update(b"ninefold key id");
    hex::encode(&mac.finalize().into_bytes()[..8])
}

#[async_trait]
impl KeyKeeper for Passphrase {
    async fn make(&self) -> Result<(DataKey, WrappedKey), String> {
        let known = self.salt.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let salt = known.unwrap_or_else(|| BASE64.encode(world::secret_bytes::<SALT_BYTES>()));
        let key = self.key(&salt, STRETCHING)?;
        let (id, data) = (id_of(&key), DataKey::random());
        let wrapped = DataKey(key).seal(&*data.0, &self.beside(&id))?;
        Ok((data, WrappedKey::Passphrase { id, salt, stretching: STRETCHING, key: wrapped }))
    }

    async fn unwrap(&self, wrapped: &WrappedKey) -> Result<Option<DataKey>, String> {
        let WrappedKey::Passphrase { id, salt, stretching, key: sealed } = wrapped else { return Ok(None) };
        let key = self.key(salt, *stretching)?;
        if id_of(&key) != *id {
            return Ok(None);
        }
        let data = DataKey(key).open(sealed, &self.beside(id)).map(Zeroizing::new);
        let data = data.and_then(|bytes| DataKey::of(&bytes));
        let data = data.ok_or("its data key was changed, or is of another environment")?;
        if *stretching == STRETCHING {
            *self.salt.lock().unwrap_or_else(PoisonError::into_inner) = Some(salt.clone());
        }
        Ok(Some(data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn run<F: Future>(future: F) -> F::Output {
        World::virtual_from(1, 0).run(future)
    }

    fn bytes(hex_digits: &str) -> Vec<u8> {
        hex::decode(hex_digits).unwrap()
    }

    /// The example of the draft that describes the cipher: that it is used as everybody uses it.
    /// <https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha-03#appendix-A.3.1>
    #[test]
    fn the_cipher_is_that_of_the_draft() {
        let key: [u8; 32] =
            bytes("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f").try_into().unwrap();
        let text =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                     sunscreen would be it.";
        let sealed = Sealed {
            nonce: BASE64.encode(bytes("404142434445464748494a4b4c4d4e4f5051525354555657")),
            text: BASE64.encode(bytes(
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39\
                 ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                 21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49",
            )),
        };
        let beside = bytes("50515253c0c1c2c3c4c5c6c7");
        let key = DataKey(Zeroizing::new(key));
        assert_eq!(key.open(&sealed, &beside).as_deref(), Some(&text[..]));
        assert_eq!(key.open(&sealed, b"elsewhere"), None);
    }

    #[test]
    fn a_data_key_is_had_back_by_its_passphrase_and_environment_alone() {
        run(async {
            let keeper =
                |passphrase: &str, environment: &str| Passphrase::new(passphrase.into(), environment);
            let (data, wrapped) = keeper("right", "staging").make().await.unwrap();
            let had_back = keeper("right", "staging").unwrap(&wrapped).await.unwrap().unwrap();
            assert_eq!(*had_back.0, *data.0);
            assert!(keeper("wrong", "staging").unwrap(&wrapped).await.unwrap().is_none());
            let elsewhere = keeper("right", "production").unwrap(&wrapped).await.unwrap_err();
            assert!(elsewhere.contains("another environment"), "{elsewhere}");
            let text = serde_json::to_string(&wrapped).unwrap();
            assert_eq!(serde_json::from_str::<WrappedKey>(&text).unwrap(), wrapped);
            assert!(
                !text.contains(&hex::encode(*data.0)) && !text.contains(&BASE64.encode(*data.0)),
                "{text}"
            );
            assert!(!format!("{data:?}").contains(&hex::encode(*data.0)));
        });
    }

    #[test]
    fn a_salt_is_used_again_and_a_data_key_never() {
        run(async {
            let first = Passphrase::new("right".into(), "staging");
            let (one, wrapped) = first.make().await.unwrap();
            let second = Passphrase::new("right".into(), "staging");
            second.unwrap(&wrapped).await.unwrap().unwrap();
            let (other, again) = second.make().await.unwrap();
            let salt = |wrapped: &WrappedKey| match wrapped {
                WrappedKey::Passphrase { salt, .. } => salt.clone(),
                WrappedKey::Kms { .. } => panic!("it is a passphrase's"),
            };
            assert_eq!((salt(&wrapped), wrapped.id()), (salt(&again), again.id()));
            assert_ne!(*one.0, *other.0);
        });
    }

    #[test]
    fn what_asks_for_too_much_is_refused_before_it_gets_it() {
        let keeper = Passphrase::new("right".into(), "staging");
        let endless = Stretching { memory_kib: u32::MAX, passes: u32::MAX, lanes: 1 };
        assert!(keeper.key("c2FsdHNhbHQ=", endless).unwrap_err().contains("without bounds"));
    }
}
