//! Helm: packages of Kubernetes objects.
//! <https://helm.sh/docs/>

pub mod release;

use super::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<release::Release>();
}
