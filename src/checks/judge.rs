//! What an answer means: whether a check has passed. Pure.

use super::Verdict;
use crate::kinds::ProbeResult;
use crate::kinds::probe::{Question, Unit};

/// What one asking of a check gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub verdict: Verdict,
    pub figure: Option<f64>,
    pub unit: Option<String>,
    /// What the figure was compared with.
    pub bound: Option<String>,
    /// The figure or the state, in words, or why there is none.
    pub text: String,
    /// Whether asking again can't give anything else.
    pub is_final: bool,
}

impl Seen {
    /// There is nothing to judge, and won't be before somebody does something.
    #[must_use]
    pub fn unanswerable(why: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::NoData,
            figure: None,
            unit: None,
            bound: None,
            text: why.into(),
            is_final: true,
        }
    }

    /// The same, with the bound that would have decided.
    pub(super) fn bounded_by(self, question: &Question) -> Self {
        Self { bound: question.bound().map(|bound| bound.to_string()), ..self }
    }
}

/// Judges what a probe saw.
pub(super) fn judge(question: &Question, result: ProbeResult) -> Seen {
    // A probe can divide by zero; what is no number proves nothing.
    let figure = result.figure.filter(|figure| figure.is_finite());
    let (verdict, conflict) = match (result.passed, question.bound()) {
        (Some(false), _) => (Verdict::Failed, None),
        (Some(true), None) => (Verdict::Passed, None),
        (None, None) => (Verdict::NoData, None),
        (_, Some(bound)) => {
            let unit = match &result.unit {
                Some(name) => Unit::named(name),
                None => question.unit(),
            };
            match figure.map(|figure| bound.admits(figure, unit)) {
                Some(Ok(true)) => (Verdict::Passed, None),
                Some(Ok(false)) => (Verdict::Failed, None),
                Some(Err(conflict)) => (Verdict::NoData, Some(conflict)),
                None => (Verdict::NoData, None),
            }
        }
    };
    let unit = result.unit.or_else(|| question.unit().map(|unit| unit.to_string()));
    Seen {
        verdict,
        figure,
        unit: unit.filter(|_| figure.is_some()),
        bound: None,
        is_final: conflict.is_some(),
        text: match conflict {
            Some(conflict) => format!("{}; {conflict}", result.seen),
            None => result.seen,
        },
    }
    .bounded_by(question)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Json;

    fn judged(probe: &str, question: &Json, result: ProbeResult) -> Seen {
        judge(&Question::parse(probe, question).unwrap(), result)
    }

    fn measured(figure: f64, unit: Option<&str>) -> ProbeResult {
        ProbeResult { figure: Some(figure), unit: unit.map(Into::into), ..ProbeResult::default() }
    }

    #[test]
    fn the_bound_decides_what_was_only_measured() {
        let question = json!({ "url": "https://a.test", "measure": "latency", "bound": "< 200ms" });
        let fast = judged("http", &question, measured(0.15, Some("s")));
        assert_eq!((fast.verdict, fast.bound.as_deref()), (Verdict::Passed, Some("< 200 ms")));
        assert_eq!(judged("http", &question, measured(250.0, Some("ms"))).verdict, Verdict::Failed);
    }

    #[test]
    fn what_the_probe_finds_false_no_figure_makes_true() {
        let question = json!({ "url": "https://a.test", "measure": "latency", "bound": "< 200ms" });
        let down = ProbeResult { passed: Some(false), ..measured(1.0, Some("ms")) };
        assert_eq!(judged("http", &question, down).verdict, Verdict::Failed);
    }

    #[test]
    fn without_a_figure_there_is_no_data() {
        let question = json!({ "query": "up", "bound": ">= 1" });
        for result in [ProbeResult::default(), measured(f64::NAN, None), measured(f64::INFINITY, None)] {
            let seen = judged("promql", &question, result);
            assert_eq!((seen.verdict, seen.figure, seen.is_final), (Verdict::NoData, None, false));
        }
        let answers = json!({ "url": "https://a.test" });
        assert_eq!(judged("http", &answers, ProbeResult::default()).verdict, Verdict::NoData);
    }

    #[test]
    fn the_question_says_the_unit_where_the_answer_does_not() {
        let question = json!({ "query": "p99", "unit": "s", "bound": "< 200ms" });
        let seen = judged("promql", &question, measured(0.1, None));
        assert_eq!((seen.verdict, seen.unit.as_deref()), (Verdict::Passed, Some("s")));
    }

    #[test]
    fn figures_that_cannot_be_compared_are_said_and_asking_again_is_useless() {
        let question = json!({ "url": "https://a.test", "measure": "latency", "bound": "< 200ms" });
        let seen = judged("http", &question, measured(3.0, Some("%")));
        assert_eq!((seen.verdict, seen.is_final), (Verdict::NoData, true));
        assert!(seen.text.contains("they can't be compared"), "{}", seen.text);
    }
}
