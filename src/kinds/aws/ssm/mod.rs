//! AWS Systems Manager: parameters.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/>

pub mod parameter;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<parameter::Parameter>();
}
