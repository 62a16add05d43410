//! Data keys that AWS KMS makes and unwraps, each bound to its environment.

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::{DataKey, KeyKeeper, WrappedKey};
use crate::state::kms::{Context, KmsDataKey, KmsFaultKind, KmsKey, is_same};

/// What a data key is bound to by its name: key policies can ask for it, as
/// `kms:EncryptionContext:ninefold:environment`, and every call's trail shows it.
const ENVIRONMENT: &str = "ninefold:environment";

/// Wraps by a key of AWS KMS.
pub struct ByKms {
    key: KmsKey,
    environment: String,
}

impl fmt::Debug for ByKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByKms({:?})", self.key)
    }
}

impl ByKms {
    #[must_use]
    pub fn new(key: KmsKey, environment: &str) -> Self {
        Self { key, environment: environment.to_owned() }
    }

    fn context(&self) -> Context {
        [(ENVIRONMENT.to_owned(), self.environment.clone())].into()
    }
}

fn data(made: &KmsDataKey) -> Result<DataKey, String> {
    DataKey::of(&made.plaintext).ok_or_else(|| format!("the data key of {} isn't one of 256 bits", made.arn))
}

#[async_trait]
impl KeyKeeper for ByKms {
    async fn make(&self) -> Result<(DataKey, WrappedKey), String> {
        let made = self.key.generate_data_key(self.context()).await.map_err(|fault| fault.to_string())?;
        let wrapped = WrappedKey::Kms { id: made.arn.clone(), key: BASE64.encode(&made.ciphertext) };
        Ok((data(&made)?, wrapped))
    }

    async fn unwrap(&self, wrapped: &WrappedKey) -> Result<Option<DataKey>, String> {
        let WrappedKey::Kms { id, key } = wrapped else { return Ok(None) };
        if !self.key.may_be(id) {
            return Ok(None);
        }
        let ciphertext = BASE64.decode(key).map_err(|_| "its data key isn't base64".to_owned())?;
        match self.key.decrypt(ciphertext, self.context()).await {
            Ok(unwrapped) if is_same(&unwrapped.arn, id) => data(&unwrapped).map(Some),
            // An alias that meanwhile stands for another key.
            Ok(_) => Ok(None),
            Err(fault) if fault.kind == KmsFaultKind::OtherKey => Ok(None),
            Err(fault) => Err(fault.to_string()),
        }
    }
}
