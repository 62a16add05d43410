//! Figures that a workspace file keeps, for expressions to read. Pure: it doesn't know the file.

use serde_json::{Map, json};

use super::verify::{Checked, Verification};
use crate::model::{Address, Json};

/// What is pinned once a verification has given new figures: each check that has passed with one has
/// it under its stack, phase, name and key. What wasn't asked, has failed, or has another source stays
/// as it was.
#[must_use]
pub fn pinned(before: Map<String, Json>, verification: &Verification) -> Map<String, Json> {
    verification.checks.iter().filter(|checked| verification.satisfies(checked)).fold(before, pin)
}

fn pin(mut all: Map<String, Json>, checked: &Checked) -> Map<String, Json> {
    let evidence = &checked.evidence;
    let Some(figure) = evidence.figure else { return all };
    let entry = json!({
        "figure": figure,
        "unit": evidence.unit,
        "bound": evidence.bound,
        "source": evidence.provenance,
        "at": jiff::Timestamp::from_millisecond(evidence.at_unix_ms).unwrap_or_default().to_string(),
    });
    let path = path(&checked.address);
    let (last, folders) = path.split_last().unwrap_or((&"", &[]));
    let mut place = &mut all;
    for name in folders {
        let value = place.entry(*name).or_insert_with(|| json!({}));
        // Something else of that name was written by hand: the figure takes its place.
        if !value.is_object() {
            *value = json!({});
        }
        let Json::Object(inner) = value else { return all };
        place = inner;
    }
    place.insert((*last).to_owned(), entry);
    all
}

/// Where a check's figure stands, as `evidence.platform.testing.p99_at_load.primary`.
fn path(address: &Address) -> Vec<&str> {
    let stack = std::iter::once(address.stack());
    stack.chain(address.phase()).chain([address.name()]).chain(address.key()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{Evidence, Provenance, Verdict};
    use super::super::testing::evidence;
    use super::*;

    fn verification(checks: &[(&str, Evidence)]) -> Verification {
        let checked = |(address, evidence): &(&str, Evidence)| Checked {
            address: address.parse().unwrap(),
            evidence: evidence.clone(),
        };
        Verification {
            environment: "sandbox".into(),
            needed: Provenance::Simulated,
            checks: checks.iter().map(checked).collect(),
            took_ms: 0,
            faults: Vec::new(),
        }
    }

    fn figure(figure: Option<f64>, verdict: Verdict) -> Evidence {
        Evidence { figure, ..evidence(verdict, 0) }
    }

    #[test]
    fn figures_stand_under_their_checks_and_the_rest_stays() {
        let before =
            json!({"load": {"p99_ms": 1}, "platform": {"testing": {"p99": {"second": 2}}, "old": 3}});
        let after = pinned(
            before.as_object().unwrap().clone(),
            &verification(&[
                ("platform/testing.p99[primary]", figure(Some(150.0), Verdict::Passed)),
                ("agent/ready", figure(Some(3.0), Verdict::Passed)),
            ]),
        );
        let after = Json::Object(after);
        assert_eq!(after["platform"]["testing"]["p99"]["primary"]["figure"], 150.0);
        assert_eq!(after["platform"]["testing"]["p99"]["primary"]["source"], "simulated");
        assert_eq!(after["platform"]["testing"]["p99"]["primary"]["at"], "1970-01-01T00:00:00Z");
        assert_eq!(after["platform"]["testing"]["p99"]["second"], 2);
        assert_eq!(after["platform"]["old"], 3);
        assert_eq!(after["agent"]["ready"]["figure"], 3.0);
        assert_eq!(after["load"]["p99_ms"], 1);
    }

    #[test]
    fn what_has_failed_or_has_no_figure_is_not_pinned() {
        let mut verification = verification(&[
            ("platform/testing.p99[primary]", figure(Some(250.0), Verdict::Failed)),
            ("platform/testing.ready", figure(None, Verdict::Passed)),
        ]);
        assert_eq!(pinned(Map::new(), &verification), Map::new());
        // Outside of the sandbox only what was measured counts.
        verification.checks[0].evidence.verdict = Verdict::Passed;
        verification.needed = Provenance::Measured;
        assert_eq!(pinned(Map::new(), &verification), Map::new());
    }
}
