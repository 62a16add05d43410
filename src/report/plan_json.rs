//! A plan for programs.
use crate::model::Json;
use crate::plan::Plan;

/// The plan.
#[must_use]
pub fn json(_plan: &Plan) -> Json {
    Json::Null
}
