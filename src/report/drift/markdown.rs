//! A drift report as markdown.

use super::DriftReport;

/// The report.
#[must_use]
pub fn render(_report: &DriftReport) -> String {
    String::new()
}
