//! AWS Secrets Manager.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/>

mod arn;
pub mod rotation;
pub mod secret;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<rotation::Rotation>().add::<secret::Secret>();
}
