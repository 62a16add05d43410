//! A drift report for programs.

use serde_json::json;

use super::{Drift, DriftReport, Entry};
use crate::model::{FieldChange, Json};
use crate::report::value::sides;

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The report: `drift` is whether anything differs, `complete` whether everything could be read.
#[must_use]
pub fn render(report: &DriftReport) -> Json {
    json!({
        "format_version": FORMAT_VERSION,
        "environment": report.environment,
        "drift": report.has_drift(),
        "complete": !report.has_unreachable(),
        "checked": report.checked.len(),
        "at": super::timestamp(report),
        "took_ms": report.took_ms,
        "entries": report.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Json {
    let mut json = json!({
        "address": entry.address,
        "kind": entry.kind,
        "region": entry.region,
        "id": entry.id,
        "source": entry.source,
        "what": super::word(&entry.what),
        "edited_by": entry.edited_by,
    });
    match &entry.what {
        Drift::Changed { fields } => json["fields"] = fields.iter().map(field).collect(),
        Drift::Unreachable { why } => json["why"] = json!(why),
        Drift::Missing | Drift::Unmanaged => {}
    }
    json
}

fn field(change: &FieldChange) -> Json {
    let (found, expected) = sides(change);
    json!({ "path": change.path, "expected": expected, "found": found })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn programs_get_every_field() {
        let json = render(&sample::report());
        assert!(!json.to_string().contains("hunter"), "{json}");
        insta::assert_json_snapshot!(json);
    }
}
