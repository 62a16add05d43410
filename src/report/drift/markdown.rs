//! A drift report as Markdown, for a comment or an issue.

use std::fmt::Write as _;

use super::{Drift, DriftReport, Entry};
use crate::report::{Look, counted};

/// The report: a table with a row for each field.
#[must_use]
pub fn render(report: &DriftReport) -> String {
    let mut text = format!("## Drift in `{}`\n\n", report.environment);
    let checked = counted(report.checked.len(), "resource");
    let at = super::timestamp(report);
    if report.entries.is_empty() {
        let _ = writeln!(text, "None: {checked} read at {at}.");
        return text;
    }
    let _ = writeln!(text, "{} of {checked} read at {at}.\n", report.entries.len());
    text.push_str("| resource | field | expected | found | edited by |\n| --- | --- | --- | --- | --- |\n");
    for entry in &report.entries {
        write_rows(&mut text, entry);
    }
    text
}

fn write_rows(text: &mut String, entry: &Entry) {
    let name = code(&entry.name());
    let who = entry.edited_by.as_deref().map(escaped).unwrap_or_default();
    if let Drift::Changed { fields } = &entry.what {
        for field in fields {
            let (expected, found) = super::shown_sides(field, MAX_COLUMNS, Look::PLAIN);
            let path = code(&field.path.to_string());
            let _ = writeln!(text, "| {name} | {path} | {} | {} | {who} |", code(&expected), code(&found));
        }
    } else {
        let _ = writeln!(text, "| {name} | | | {} | {who} |", escaped(&entry.headline()));
    }
}

/// A cell that is longer makes the table unreadable.
const MAX_COLUMNS: usize = 80;

/// A text that is shown as it is, even with pipes and back-ticks in it.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A text without meaning to Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => escaped.extend(['\\', c]),
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
    fn each_field_has_a_row() {
        let text = render(&sample::report());
        assert!(!text.contains("hunter"), "{text}");
        insta::assert_snapshot!(text);
    }
}
