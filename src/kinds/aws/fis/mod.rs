//! AWS Fault Injection Service.
//! <https://docs.aws.amazon.com/fis/latest/APIReference/>

mod actions;
pub mod experiment_template;
mod template_rules;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<experiment_template::ExperimentTemplate>();
}
