//! AWS WAF: which requests get through to what it protects.
//! <https://docs.aws.amazon.com/waf/latest/APIReference/>

mod action;
mod field_to_match;
mod managed;
mod rate;
mod rule;
mod statement;
pub mod web_acl;

use crate::kinds::Registry;

pub(super) fn register(registry: &mut Registry) {
    registry.add::<web_acl::WebAcl>();
}
