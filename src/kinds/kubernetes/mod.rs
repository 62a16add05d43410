//! Kubernetes: objects of any kind.
//! <https://kubernetes.io/docs/reference/kubernetes-api/>

mod builtin;
pub(crate) mod manifest;
pub mod object;
pub(super) mod served;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<object::Object>();
}
