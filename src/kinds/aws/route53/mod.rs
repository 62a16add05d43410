//! Amazon Route 53: names and where they lead. A global service, whose control plane lies in us-east-1.
//! <https://docs.aws.amazon.com/Route53/latest/APIReference/>

pub mod health_check;
pub mod hosted_zone;
pub mod key_signing_key;
pub(super) mod name;
pub mod record_set;
mod record_value;
pub mod zone_signing;

use crate::kinds::Registry;

/// For how long, in seconds, a listing may not show what was just made.
const VISIBLE_AFTER_S: u64 = 10;

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<health_check::HealthCheck>()
        .add::<hosted_zone::HostedZone>()
        .add::<key_signing_key::KeySigningKey>()
        .add::<record_set::RecordSet>()
        .add::<zone_signing::ZoneSigning>();
}
