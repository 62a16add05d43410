//! A key of AWS KMS, which never leaves KMS: what is asked of it, and what its refusals mean.
//!
//! It knows nothing of objects and envelopes. Of a build without the feature `aws` only the calls are
//! missing, so that what was wrapped by such a key is still called by its name.

#[cfg(feature = "aws")]
mod calls;
mod fault;

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

pub use fault::{KmsFault, KmsFaultKind};

use crate::world::Outside;

/// A key of AWS KMS, and the region that it is asked in.
pub struct KmsKey {
    /// Its id, its ARN, `alias/NAME`, or the ARN of an alias: whatever KMS takes as `KeyId`.
    key_id: String,
    region: String,
    #[cfg(feature = "aws")]
    caller: calls::Caller,
}

impl fmt::Debug for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsKey({} in {})", self.key_id, self.region)
    }
}

/// What a ciphertext is bound to, and what key policies and the trail of calls see.
pub(super) type Context = BTreeMap<String, String>;

/// A data key that KMS has made or unwrapped.
pub(super) struct KmsDataKey {
    pub plaintext: Zeroizing<Vec<u8>>,
    /// Wrapped by the key itself.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key, whatever it was called by.
    pub arn: String,
}

impl KmsKey {
    /// Nothing is asked of it yet.
    #[must_use]
    #[cfg_attr(not(feature = "aws"), allow(unused_variables, reason = "nothing is called"))]
    pub fn new(key_id: &str, region: &str, outside: &Outside) -> Self {
        Self {
            key_id: key_id.to_owned(),
            region: region.to_owned(),
            #[cfg(feature = "aws")]
            caller: calls::Caller::new(region, outside),
        }
    }

    /// Whether it can be the key of an ARN, as far as its name tells; an alias can be any of its region.
    pub(super) fn may_be(&self, arn: &str) -> bool {
        if self.key_id.contains("alias/") {
            return arn.split(':').nth(3) == Some(&self.region) || is_multi_region(arn);
        }
        if self.key_id.starts_with("arn:") { is_same(&self.key_id, arn) } else { id_of(arn) == self.key_id }
    }

    fn fault(&self, kind: KmsFaultKind) -> KmsFault {
        KmsFault { key_id: self.key_id.clone(), region: self.region.clone(), kind }
    }
}

#[cfg(not(feature = "aws"))]
#[allow(clippy::unused_async, reason = "with the feature `aws` they are calls")]
impl KmsKey {
    pub(super) async fn generate_data_key(&self, _context: Context) -> Result<KmsDataKey, KmsFault> {
        Err(self.fault(KmsFaultKind::NotInThisBuild))
    }

    pub(super) async fn decrypt(&self, _text: Vec<u8>, _context: Context) -> Result<KmsDataKey, KmsFault> {
        Err(self.fault(KmsFaultKind::NotInThisBuild))
    }

    pub(super) async fn mac(&self, _message: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, KmsFault> {
        Err(self.fault(KmsFaultKind::NotInThisBuild))
    }
}

/// Whether two ARNs name the same key. The keys of one multi-Region set have one id and one material
/// in all their regions. <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let without_region = |arn: &str| -> Vec<String> {
        arn.split(':').enumerate().filter(|(at, _)| *at != 3).map(|(_, part)| part.to_owned()).collect()
    };
    one == other || is_multi_region(one) && without_region(one) == without_region(other)
}

fn is_multi_region(arn: &str) -> bool {
    id_of(arn).starts_with("mrk-")
}

fn id_of(arn: &str) -> &str {
    arn.rsplit_once(":key/").map_or(arn, |(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    const KEY: &str = "arn:aws:kms:eu-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const SET: &str = "arn:aws:kms:eu-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";

    #[test]
    fn a_key_is_known_by_all_its_names() {
        let world = World::virtual_from(1, 0);
        let key = |key_id: &str, region: &str| KmsKey::new(key_id, region, world.outside());
        for (key_id, region, arn, expected) in [
            (KEY, "eu-north-1", KEY, true),
            ("1234abcd-12ab-34cd-56ef-1234567890ab", "eu-north-1", KEY, true),
            ("alias/state", "eu-north-1", KEY, true),
            ("arn:aws:kms:eu-north-1:111122223333:alias/state", "eu-north-1", KEY, true),
            ("alias/state", "eu-central-1", KEY, false),
            ("99999999-12ab-34cd-56ef-1234567890ab", "eu-north-1", KEY, false),
            (&KEY.replace("north", "central"), "eu-central-1", KEY, false),
            (&KEY.replace("1111", "9999"), "eu-north-1", KEY, false),
            // The replicas of a multi-Region key unwrap what it has wrapped.
            (&SET.replace("north", "central"), "eu-central-1", SET, true),
            ("mrk-1234abcd12ab34cd56ef1234567890ab", "eu-central-1", SET, true),
            ("alias/state", "eu-central-1", SET, true),
            (&SET.replace("1111", "9999"), "eu-north-1", SET, false),
        ] {
            assert_eq!(key(key_id, region).may_be(arn), expected, "{key_id} in {region} and {arn}");
        }
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn a_build_without_the_calls_says_so() {
        let world = World::virtual_from(1, 0);
        let key = KmsKey::new("alias/state", "eu-north-1", world.outside());
        let Err(fault) = world.run(key.generate_data_key(Context::new())) else { panic!("nobody answered") };
        let fault = fault.to_string();
        assert!(fault.contains("alias/state") && fault.contains("default features"), "{fault}");
    }
}
