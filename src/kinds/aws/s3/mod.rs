use crate::kinds::Registry;

pub(super) fn register(_registry: &mut Registry) {}
