//! A drift report for people.

use std::fmt::Write as _;

use super::{Drift, DriftReport, Entry};
use crate::report::plan::{Detail, write_change};
use crate::report::wrap::wrapped;
use crate::report::{Look, counted, time};

/// The report: each resource with its fields as `path: expected → found`.
#[must_use]
pub fn render(report: &DriftReport, look: Look) -> String {
    let mut text = String::new();
    for entry in &report.entries {
        write_entry(&mut text, entry, look);
        text.push('\n');
    }
    let checked = counted(report.checked.len(), "resource");
    let took = look.dim(format!("{checked} read in {}.", time(report.took_ms)));
    let sentence = sentence(report);
    let sentence = if report.entries.is_empty() { look.good(sentence) } else { look.notable(sentence) };
    let _ = writeln!(text, "{sentence} {took}");
    text
}

fn write_entry(text: &mut String, entry: &Entry, look: Look) {
    let (symbol, headline) = match &entry.what {
        Drift::Changed { .. } => (look.notable("~"), entry.headline()),
        Drift::Missing => (look.bad("-"), entry.headline()),
        Drift::Unmanaged => (look.good("+"), entry.headline()),
        Drift::Unreachable { .. } => (look.bad("?"), entry.headline()),
    };
    let place = entry.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
    let kind = look.dim(format!("{}{place}", entry.kind));
    let _ = writeln!(text, "  {symbol} {}  {kind}", look.bold(entry.name()));
    let mut facts = vec![headline];
    if entry.what != Drift::Unmanaged {
        facts.extend(entry.id.as_ref().map(|id| format!("id {id}")));
    }
    facts.extend(entry.tagged_as());
    facts.extend(entry.edited_by.as_ref().map(|who| format!("last edited by {who}")));
    facts.extend(entry.source.clone());
    text.push_str(&wrapped(&facts.join(", "), "      ", look.width));
    if let Drift::Changed { fields } = &entry.what {
        let _ = writeln!(text, "      {}", look.dim(format!("expected {} found", look.arrow())));
        for field in fields {
            write_change(text, &super::expected_to_found(field), Detail::COMPACT, look);
        }
    }
}

fn sentence(report: &DriftReport) -> String {
    let count = |test: fn(&Drift) -> bool| report.entries.iter().filter(|entry| test(&entry.what)).count();
    let parts: Vec<String> = [
        (count(|what| matches!(what, Drift::Changed { .. })), "changed"),
        (count(|what| matches!(what, Drift::Missing)), "gone"),
        (count(|what| matches!(what, Drift::Unmanaged)), "in no state"),
        (count(|what| matches!(what, Drift::Unreachable { .. })), "couldn't be read"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if parts.is_empty() { "No drift.".to_owned() } else { format!("Drift: {}.", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn people_read_what_was_expected_and_what_was_found() {
        let text = render(&sample::report(), Look { unicode: true, ..Look::PLAIN });
        assert!(!text.contains("hunter"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn no_drift_is_one_line() {
        assert_eq!(render(&sample::clean(), Look::PLAIN), "No drift. 6 resources read in 1.8s.\n");
    }
}
