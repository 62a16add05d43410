//! A drift report for programs.

use super::DriftReport;
use crate::model::Json;

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The report.
#[must_use]
pub fn render(_report: &DriftReport) -> Json {
    Json::Null
}
