//! AWS Lambda.
//! <https://docs.aws.amazon.com/lambda/latest/api/>

mod code;
pub mod function;
mod function_name;
mod function_rules;
mod function_settings;
pub mod permission;
mod runtime;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<function::Function>().add::<permission::Permission>();
}
