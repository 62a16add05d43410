//! A drift report as junit.

use super::DriftReport;

/// The report.
#[must_use]
pub fn render(_report: &DriftReport) -> String {
    String::new()
}
