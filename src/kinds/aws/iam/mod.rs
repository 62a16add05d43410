//! AWS Identity and Access Management: a global service, eventually consistent.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/>

pub mod instance_profile;
mod name;
pub mod oidc_provider;
pub mod policy;
pub mod role;
pub mod service_linked_role;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry
        .add::<instance_profile::InstanceProfile>()
        .add::<oidc_provider::OidcProvider>()
        .add::<policy::Policy>()
        .add::<role::Role>()
        .add::<service_linked_role::ServiceLinkedRole>();
}
