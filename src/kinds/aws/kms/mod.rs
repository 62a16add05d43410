//! AWS Key Management Service.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/>

pub mod alias;
pub mod key;
pub(in crate::kinds::aws) mod key_id;
pub mod replica_key;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<alias::Alias>().add::<key::Key>().add::<replica_key::ReplicaKey>();
}
