//! What `verify` saw: each check with its verdict, its figure, its bound and where the figure comes
//! from.

use std::fmt::Write as _;

use serde_json::json;

use super::look::harmless;
use super::table::Table;
use super::wrap::wrapped;
use super::{Look, counted, time};
use crate::checks::{Checked, Provenance, Verdict, Verification};
use crate::model::Json;

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The table for people, the reasons of what hasn't passed, and a sentence.
#[must_use]
pub fn human(verification: &Verification, look: Look) -> String {
    let mut text = String::new();
    if !verification.checks.is_empty() {
        let mut table = Table::new(["", "check", "verdict", "figure", "bound", "source"]).whole([1]);
        for checked in &verification.checks {
            let evidence = &checked.evidence;
            table.row([
                sign(verification, checked, look).to_owned(),
                checked.address.to_string(),
                verdict(evidence.verdict).to_owned(),
                figure(checked),
                evidence.bound.clone().unwrap_or_default(),
                source(checked).to_owned(),
            ]);
        }
        text.push_str(&table.render(look));
    }
    for checked in verification.checks.iter().filter(|checked| !verification.satisfies(checked)) {
        let _ = writeln!(
            text,
            "\n  {} {}",
            look.bad(sign(verification, checked, look)),
            look.bold(&checked.address)
        );
        text.push_str(&wrapped(&harmless(&reason(verification, checked)), "      ", look.width));
    }
    for fault in &verification.faults {
        let _ = writeln!(text, "\n  {}", look.notable("This wasn't kept as evidence:"));
        text.push_str(&wrapped(&harmless(&fault.to_string()), "      ", look.width));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    let sentence = sentence(verification);
    let sentence = if verification.is_satisfied() { look.good(sentence) } else { look.bad(sentence) };
    let _ = writeln!(text, "{sentence} {}", look.dim(format!("Asked in {}.", time(verification.took_ms))));
    text
}

/// The same for programs: `satisfied` is whether every check has passed with a figure that counts.
#[must_use]
pub fn json(verification: &Verification) -> Json {
    let checks = verification.checks.iter().map(|checked| {
        let evidence = &checked.evidence;
        json!({
            "address": checked.address,
            "probe": evidence.probe,
            "verdict": evidence.verdict,
            "satisfied": verification.satisfies(checked),
            "figure": evidence.figure,
            "unit": evidence.unit,
            "bound": evidence.bound,
            "seen": evidence.seen,
            "source": source(checked),
            "at": jiff::Timestamp::from_millisecond(evidence.at_unix_ms).unwrap_or_default().to_string(),
        })
    });
    json!({
        "format_version": FORMAT_VERSION,
        "environment": verification.environment,
        "satisfied": verification.is_satisfied(),
        "passed": verification.count(Verdict::Passed),
        "failed": verification.count(Verdict::Failed),
        "no_data": verification.count(Verdict::NoData),
        "took_ms": verification.took_ms,
        "checks": checks.collect::<Vec<_>>(),
        "not_kept": verification.faults.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn sign(verification: &Verification, checked: &Checked, look: Look) -> &'static str {
    match (verification.satisfies(checked), checked.evidence.verdict, look.unicode) {
        (true, _, true) => "✓",
        (true, _, false) => "*",
        (false, Verdict::NoData, _) => "?",
        (false, _, true) => "✗",
        (false, _, false) => "!",
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::NoData => "no data",
    }
}

/// Where the figure comes from; what isn't there comes from nowhere.
fn source(checked: &Checked) -> &'static str {
    match (checked.evidence.verdict, checked.evidence.provenance) {
        (Verdict::NoData, _) => "no data",
        (_, Provenance::Measured) => "measured",
        (_, Provenance::Simulated) => "simulated",
    }
}

/// The figure with its unit, or else what was seen.
fn figure(checked: &Checked) -> String {
    let evidence = &checked.evidence;
    match (evidence.figure, &evidence.unit) {
        (None, _) if evidence.verdict == Verdict::NoData => String::new(),
        (None, _) => harmless(&evidence.seen),
        (Some(figure), Some(unit)) if unit == "%" => format!("{figure}%"),
        (Some(figure), Some(unit)) => format!("{figure} {}", harmless(unit)),
        (Some(figure), None) => figure.to_string(),
    }
}

fn reason(verification: &Verification, checked: &Checked) -> String {
    let seen = &checked.evidence.seen;
    if checked.evidence.verdict == Verdict::Passed && !verification.satisfies(checked) {
        return format!("{seen}; it was simulated, and outside of the sandbox only what is measured counts");
    }
    match &checked.evidence.bound {
        Some(bound) => format!("{seen}; it should be {bound}"),
        None => seen.clone(),
    }
}

fn sentence(verification: &Verification) -> String {
    let count = |wanted| verification.count(wanted);
    if verification.checks.is_empty() {
        return "There is nothing to verify.".to_owned();
    }
    let all = counted(verification.checks.len(), "check");
    if verification.is_satisfied() {
        return format!("{all} passed.");
    }
    format!(
        "{all}: {} passed, {} failed, {} without data.",
        count(Verdict::Passed),
        count(Verdict::Failed),
        count(Verdict::NoData)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Evidence;

    fn checked(name: &str, verdict: Verdict, figure: Option<f64>, seen: &str) -> Checked {
        let evidence = Evidence {
            probe: "sql".into(),
            question: json!({ "endpoint": "db.test" }),
            verdict,
            figure,
            unit: figure.map(|_| "ms".into()),
            bound: Some("< 100 ms".into()),
            seen: seen.into(),
            provenance: Provenance::Simulated,
            at_unix_ms: 0,
        };
        Checked { address: format!("platform/database.{name}").parse().unwrap(), evidence }
    }

    fn verification() -> Verification {
        Verification {
            environment: "sandbox".into(),
            needed: Provenance::Simulated,
            checks: vec![
                checked("fast", Verdict::Passed, Some(12.5), "latency of db.test: 12.5 ms"),
                checked("slow", Verdict::Failed, Some(250.0), "latency of db.test: 250 ms"),
                checked("unseen", Verdict::NoData, None, "db.test\u{1b}[2J isn't there"),
            ],
            took_ms: 1500,
            faults: Vec::new(),
        }
    }

    #[test]
    fn people_read_every_figure_and_why_it_is_not_enough() {
        let text = human(&verification(), Look::PLAIN);
        for line in [
            "*  platform/database.fast    passed   12.5 ms  < 100 ms  simulated",
            "!  platform/database.slow    failed   250 ms   < 100 ms  simulated",
            "?  platform/database.unseen  no data           < 100 ms  no data",
            "      latency of db.test: 250 ms; it should be < 100 ms",
            "3 checks: 1 passed, 1 failed, 1 without data. Asked in 1.5s.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn addresses_are_whole_however_narrow_it_is() {
        let mut verification = verification();
        let long = "failover_of_the_writer_from_its_home_region_to_the_nearest_replica";
        verification.checks = vec![
            checked(long, Verdict::Passed, None, "the writer answers from another region"),
            checked("fast", Verdict::Passed, Some(12.5), "latency of db.test: 12.5 ms"),
        ];
        for width in [100, 60] {
            let text = human(&verification, Look { width, ..Look::PLAIN });
            let line = text.lines().find(|line| line.contains("failover")).unwrap();
            assert!(line.contains(&format!("platform/database.{long}  passed  ")), "{line}");
            assert!(line.contains("...") && !line.contains("the writer answers"), "{line}");
        }
    }

    #[test]
    fn a_simulated_figure_satisfies_nothing_outside_of_the_sandbox() {
        let mut verification = verification();
        verification.checks.truncate(1);
        assert!(human(&verification, Look::PLAIN).contains("1 check passed."));
        verification.needed = Provenance::Measured;
        let text = human(&verification, Look::PLAIN);
        assert!(text.contains("it was simulated"), "{text}");
        assert_eq!(json(&verification)["satisfied"], json!(false));
    }

    #[test]
    fn programs_get_every_field() {
        let json = json(&verification());
        assert_eq!(json["format_version"], json!(1));
        assert_eq!((&json["passed"], &json["failed"], &json["no_data"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(
            json["checks"][1],
            json!({
                "address": "platform/database.slow", "probe": "sql", "verdict": "failed", "satisfied": false,
                "figure": 250.0, "unit": "ms", "bound": "< 100 ms", "seen": "latency of db.test: 250 ms",
                "source": "simulated", "at": "1970-01-01T00:00:00Z",
            })
        );
        assert_eq!(json["checks"][2]["source"], json!("no data"));
    }

    #[test]
    fn nothing_to_verify_is_one_line() {
        let verification = Verification { checks: Vec::new(), took_ms: 0, ..verification() };
        assert_eq!(human(&verification, Look::PLAIN), "There is nothing to verify. Asked in 0ms.\n");
    }
}
