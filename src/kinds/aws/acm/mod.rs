//! AWS Certificate Manager: certificates whose private keys never leave AWS.
//! <https://docs.aws.amazon.com/acm/latest/APIReference/>

pub mod certificate;
pub mod certificate_validation;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<certificate::Certificate>().add::<certificate_validation::CertificateValidation>();
}
