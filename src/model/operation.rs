//! Names of things done and of things made.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The journalled name of one operation: passed as the API's idempotency token where there is one,
/// and as a tag or a deterministic name always, so that what it made can be found after a crash.
///
/// 26 lower-case characters of Crockford's base 32, which every service accepts as a token.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(Arc<str>);

impl OperationId {
    /// Makes an id from 128 random bits.
    #[must_use]
    pub fn from_random(bits: u128) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let text: String =
            (0..26).rev().map(|digit| char::from(ALPHABET[((bits >> (digit * 5)) & 31) as usize])).collect();
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name that the provider knows a resource by: `vpc-0a1b…`, a bucket's name, an ARN.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhysicalId(Arc<str>);

impl PhysicalId {
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhysicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_26_characters_and_differ_with_every_bit() {
        let zero = OperationId::from_random(0);
        assert_eq!(zero.as_str(), "00000000000000000000000000");
        for bit in 0..128 {
            let id = OperationId::from_random(1 << bit);
            assert_eq!(id.as_str().len(), 26);
            assert_ne!(id, zero);
        }
    }
}
