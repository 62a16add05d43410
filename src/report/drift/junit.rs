//! A drift report as a `JUnit` test report: one test case for each resource, so that a CI job shows
//! drift as failed tests.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Drift, DriftReport, Entry};

/// The report as XML.
#[must_use]
pub fn render(report: &DriftReport) -> String {
    let drifted: BTreeSet<String> = report.entries.iter().map(Entry::name).collect();
    let untouched: Vec<String> =
        report.checked.iter().map(ToString::to_string).filter(|name| !drifted.contains(name)).collect();
    let errors = report.entries.iter().filter(|entry| is_error(entry)).count();
    let failures = report.entries.len() - errors;
    let tests = report.entries.len() + untouched.len();
    let name = escaped(&format!("ninefold drift -e {}", report.environment));
    let seconds = format!("{}.{:03}", report.took_ms / 1000, report.took_ms % 1000);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{seconds}\"");
    let _ = writeln!(text, "<testsuites name=\"{name}\" {counts}>");
    let at = super::timestamp(report);
    let _ = writeln!(text, "  <testsuite name=\"{name}\" {counts} timestamp=\"{at}\">");
    for entry in &report.entries {
        write_case(&mut text, entry);
    }
    for name in &untouched {
        let _ = writeln!(text, "    <testcase classname=\"drift\" name=\"{}\"/>", escaped(name));
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// What couldn't be read neither passed nor failed.
fn is_error(entry: &Entry) -> bool {
    matches!(entry.what, Drift::Unreachable { .. })
}

fn write_case(text: &mut String, entry: &Entry) {
    let _ = writeln!(
        text,
        "    <testcase classname=\"{}\" name=\"{}\">",
        escaped(&entry.kind),
        escaped(&entry.name())
    );
    let element = if is_error(entry) { "error" } else { "failure" };
    let message = escaped(&entry.headline());
    let word = super::word(&entry.what);
    let _ = write!(text, "      <{element} type=\"{word}\" message=\"{message}\">");
    text.push_str(&escaped(&super::plain_lines(entry).join("\n")));
    let _ = writeln!(text, "</{element}>\n    </testcase>");
}

/// A text within XML. Control characters have no form there, not even escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn drift_is_a_failed_test() {
        let text = render(&sample::report());
        assert!(!text.contains("hunter"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn nothing_breaks_out_of_the_xml() {
        assert_eq!(escaped("<a b=\"&\">\u{1b}"), "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}");
    }
}
