//! Asks the question of one check, once.

use std::slice;

use super::Verdict;
use super::evidence::Provenance;
use super::judge::{Seen, judge};
use crate::kinds::probe::{AttributeQuestion, EstimateQuestion, Question, Unit};
use crate::kinds::{CallError, ErrorKind, Probe, ProbeResult, Reading};
use crate::model::{FieldPath, Json, Resource, Scope, Step};

/// Who is asked, and what its answers are worth.
#[derive(Clone, Copy)]
pub struct Asker<'a> {
    pub reading: &'a dyn Reading,
    pub provenance: Provenance,
    /// What everything that is declared costs a month, where somebody asks for it.
    pub usd_per_month: Option<f64>,
}

/// One question, whose parts are all known.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    pub probe: &'a str,
    pub scope: Scope,
    pub question: &'a Json,
    /// The resource whose attribute it asks for.
    pub subject: Option<&'a Resource>,
}

/// The probes that only the sandbox answers: outside of it, no target is asked for them.
const SIMULATED_ONLY: [&str; 5] = ["dns", "http", "promql", "sql", "tls"];

/// The most of an attribute's value that is shown, in characters.
const SHOWN: usize = 200;

impl Asker<'_> {
    /// Asks, and judges the answer.
    pub async fn ask(&self, asked: &Asked<'_>) -> Seen {
        let question = match Question::parse(asked.probe, asked.question) {
            Ok(question) => question,
            Err(why) => return Seen::unanswerable(format!("the question makes no sense: {why}")),
        };
        if self.provenance == Provenance::Measured && SIMULATED_ONLY.contains(&asked.probe) {
            let why = format!(
                "this version asks `{}` only on the sandbox: leave the check out with --exclude, or measure \
                 it otherwise",
                asked.probe
            );
            return Seen::unanswerable(why).bounded_by(&question);
        }
        let answer = match &question {
            Question::Attribute(attribute) => self.attribute(attribute, asked.subject).await,
            Question::Estimate(estimate) => self.estimate(estimate),
            _ => {
                let probe = Probe {
                    kind: asked.probe.to_owned(),
                    scope: asked.scope.clone(),
                    question: asked.question.clone(),
                };
                self.reading.probe(&probe).await
            }
        };
        match answer {
            Ok(result) => judge(&question, result),
            Err(error) => refused(&error).bounded_by(&question),
        }
    }

    /// Nobody is asked: it follows from the configuration.
    fn estimate(&self, question: &EstimateQuestion) -> Result<ProbeResult, CallError> {
        let Some(usd) = self.usd_per_month else {
            let message = "what is declared can't be added up here";
            return Err(CallError::refused(ErrorKind::Unsupported, "NoEstimate", message));
        };
        let spread = question.per.map_or_else(String::new, |count| format!(", over {count} a month"));
        Ok(ProbeResult {
            passed: None,
            // A millionth of a dollar is less than any price means.
            figure: Some((question.figure(usd) * 1e6).round() / 1e6),
            unit: Some(Unit::Dollars.symbol().to_owned()),
            seen: format!("{usd:.2} USD a month at list prices{spread}"),
        })
    }

    /// Reads the subject anew: what state remembers of it proves nothing.
    async fn attribute(
        &self,
        question: &AttributeQuestion,
        subject: Option<&Resource>,
    ) -> Result<ProbeResult, CallError> {
        let Some(subject) = subject else {
            let message = "the resource that it asks about isn't there: apply it first";
            return Err(CallError::refused(ErrorKind::Invalid, "NoSubject", message));
        };
        let read = self.reading.read_many(&subject.kind, &subject.scope, slice::from_ref(&subject.id)).await;
        let attributes = match read.into_iter().next() {
            Some(Ok(Some(attributes))) => attributes,
            Some(Ok(None)) | None => {
                let seen = format!("there is no {} {}", subject.kind, subject.id);
                return Ok(ProbeResult { passed: Some(false), seen, ..ProbeResult::default() });
            }
            // What lives only in state has nowhere else to be read.
            Some(Err(error)) if error.code == "LivesInState" => subject.observed.read(),
            Some(Err(error)) => return Err(error),
        };
        Ok(look(question, &attributes))
    }
}

/// What the attributes of a resource say to a question.
fn look(question: &AttributeQuestion, attributes: &Json) -> ProbeResult {
    let name = &question.attribute;
    let value = question.path().and_then(|path| at(attributes, &path));
    let Some(value) = value.filter(|value| !value.is_null()) else {
        let passed = question.equals.as_ref().map(Json::is_null).or(Some(false));
        return ProbeResult { passed, seen: format!("{name} isn't set"), ..ProbeResult::default() };
    };
    let passed = question.equals.as_ref().map(|expected| is_same(value, expected));
    let wanted = match (&question.equals, passed) {
        (Some(expected), Some(false)) => format!(", not {}", shown(expected)),
        _ => String::new(),
    };
    ProbeResult {
        passed,
        figure: value.as_f64(),
        unit: None,
        seen: format!("{name} is {}{wanted}", shown(value)),
    }
}

fn at<'a>(value: &'a Json, path: &FieldPath) -> Option<&'a Json> {
    path.steps().iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(&**key),
        Step::Index(index) => value.get(*index),
        Step::Element(_) => None,
    })
}

/// Whether two values are the same, however their numbers are written.
fn is_same(one: &Json, other: &Json) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == other,
    }
}

fn shown(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What a refused question means: what passes by itself is asked again.
fn refused(error: &CallError) -> Seen {
    let is_final = match error.kind {
        ErrorKind::Throttled
        | ErrorKind::Transient
        | ErrorKind::NotFound
        | ErrorKind::Conflict
        | ErrorKind::Unreachable => false,
        ErrorKind::AlreadyExists
        | ErrorKind::Denied
        | ErrorKind::Quota
        | ErrorKind::Invalid
        | ErrorKind::Unsupported => true,
    };
    // A region that can't be reached does fail a check; a question that can't be asked says nothing.
    let verdict = if error.kind == ErrorKind::Unreachable { Verdict::Failed } else { Verdict::NoData };
    Seen { verdict, is_final, ..Seen::unanswerable(error.message.clone()) }
}
