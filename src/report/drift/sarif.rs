//! A drift report as SARIF 2.1.0, for code scanning: a result for each resource, at the line that
//! declares it.

use std::fmt::Write as _;

use serde_json::json;

use super::{Drift, DriftReport, Entry};
use crate::model::{Digest, Json};

/// The report as a SARIF log.
#[must_use]
pub fn render(report: &DriftReport) -> Json {
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ninefold",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(|(id, text)| json!({
                    "id": id,
                    "shortDescription": { "text": text },
                })).collect::<Vec<_>>(),
            }},
            "invocations": [{
                // What couldn't be read leaves the run incomplete, as a crashed analysis would.
                "executionSuccessful": !report.has_unreachable(),
                "endTimeUtc": super::timestamp(report),
            }],
            "results": report.entries.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

const RULES: [(&str, &str); 4] = [
    ("changed", "A field isn't as it was set"),
    ("missing", "A resource of the state is gone"),
    ("unmanaged", "A resource carries our tags and is in no state"),
    ("unreachable", "A resource couldn't be read"),
];

fn result(entry: &Entry) -> Json {
    let rule = super::word(&entry.what);
    let lines = super::plain_lines(entry);
    let level = if matches!(entry.what, Drift::Unreachable { .. }) { "warning" } else { "error" };
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": RULES.iter().position(|(id, _)| *id == rule),
        "level": level,
        "message": { "text": format!("{} {}\n{}", entry.name(), entry.headline(), lines.join("\n")).trim_end() },
        "locations": [location(entry)],
        // Names the finding from run to run, wherever its lines move to.
        "partialFingerprints": {
            "resource/v1": Digest::of(format!("{rule} {}", entry.name()).as_bytes()).as_str(),
        },
    });
    if let Some(who) = &entry.edited_by {
        result["properties"] = json!({ "editedBy": who });
    }
    result
}

fn location(entry: &Entry) -> Json {
    let mut location = json!({
        "logicalLocations": [{ "fullyQualifiedName": entry.name(), "kind": "resource" }],
    });
    if let Some((path, line, column)) = entry.source.as_deref().and_then(place) {
        location["physicalLocation"] = json!({
            "artifactLocation": { "uri": percent_encoded(path), "uriBaseId": "%SRCROOT%" },
            "region": { "startLine": line, "startColumn": column },
        });
    }
    location
}

/// The parts of `phases/1-cluster.yaml:12:5`.
fn place(source: &str) -> Option<(&str, u32, u32)> {
    let (rest, column) = source.rsplit_once(':')?;
    let (path, line) = rest.rsplit_once(':')?;
    Some((path, line.parse().ok()?, column.parse().ok()?))
}

/// A path as the URI of SARIF: everything but what RFC 3986 leaves unreserved is encoded.
fn percent_encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(byte.into());
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn each_resource_is_a_result_at_its_line() {
        let mut json = render(&sample::report());
        json["runs"][0]["tool"]["driver"]["version"] = json!("[version]");
        assert!(!json.to_string().contains("hunter"), "{json}");
        insta::assert_json_snapshot!(json);
    }

    #[test]
    fn a_place_survives_colons_and_spaces() {
        assert_eq!(place("a: b.yaml:3:7"), Some(("a: b.yaml", 3, 7)));
        assert_eq!(percent_encoded("a: ü.yaml"), "a%3A%20%C3%BC.yaml");
        assert_eq!(place("nowhere"), None);
    }
}
