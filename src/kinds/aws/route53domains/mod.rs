//! Amazon Route 53 Domains: registrations of names, which are bought for years.
//! <https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53_Domains.html>

mod contact;
pub mod domain;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<domain::Domain>();
}
