//! The end of an apply: what was done, what failed and why, and what was not tried because of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::look::harmless;
use super::symbol::past;
use super::wrap::wrapped;
use super::{Look, counted, time};
use crate::model::{Action, Address, Json};

/// How an apply went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ApplySummary {
    pub done: Vec<Done>,
    pub failed: Vec<Failure>,
    pub not_tried: Vec<NotTried>,
    /// It was asked to stop.
    pub interrupted: bool,
    /// How long it took on the world's clock, where that isn't the wall's.
    pub virtual_ms: Option<u64>,
    pub wall_ms: u64,
    /// What was under way when it had to leave at once.
    pub in_flight: Vec<(Address, Action)>,
    /// What was taken up from an earlier run.
    pub recovered: Vec<TakenUp>,
}

/// An operation that an earlier run had left in flight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenUp {
    pub address: Address,
    pub action: Action,
    /// Whether it is known what became of it.
    pub is_known: bool,
    /// What became of it, as a sentence.
    pub what: String,
}

impl TakenUp {
    /// `create platform/network.vpc: it has made vpc-1, which is taken over`
    #[must_use]
    pub fn told(&self, look: Look) -> String {
        let what =
            if self.is_known { look.good(harmless(&self.what)) } else { look.bad(harmless(&self.what)) };
        format!("{} {}: {what}", self.action, look.bold(&self.address))
    }
}

/// An operation that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub address: Address,
    pub action: Action,
    pub duration_ms: u64,
}

/// An operation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub address: Address,
    pub action: Action,
    /// What the provider said.
    pub error: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// An operation that was never started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTried {
    pub address: Address,
    pub action: Action,
    /// The failure that it would have had to come after; absent after an interruption.
    pub because: Option<Address>,
}

/// The version of the machine form.
pub const FORMAT_VERSION: u32 = 1;

/// The summary for people.
#[must_use]
pub fn human(summary: &ApplySummary, look: Look) -> String {
    let mut text = String::new();
    if !summary.recovered.is_empty() {
        let _ = writeln!(text, "taken up from an earlier run ({}):", summary.recovered.len());
        for one in summary.recovered.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}", one.told(look));
        }
        write_rest(&mut text, summary.recovered.len(), look);
    }
    for failure in &summary.failed {
        write_failure(&mut text, failure, look);
    }
    write_in_flight(&mut text, &summary.in_flight, look);
    write_not_tried(&mut text, &summary.not_tried, look);
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", headline(summary, look));
    if let Some(next) = next_step(summary) {
        let _ = writeln!(text, "{next}");
    }
    text
}

fn write_failure(text: &mut String, failure: &Failure, look: Look) {
    let failed = look.bad(format!("failed to {}", failure.action));
    let _ = writeln!(text, "{failed} {}", look.bold(&failure.address));
    text.push_str(&wrapped(&failure.error, "  ", look.width));
    if let Some(hint) = &failure.hint {
        text.push_str(&look.dim_lines(&wrapped(&format!("hint: {hint}"), "  ", look.width)));
    }
}

/// What was not tried, by the failure that it waits for: a region that is down can keep hundreds.
fn write_not_tried(text: &mut String, not_tried: &[NotTried], look: Look) {
    let mut by_cause: BTreeMap<Option<&Address>, Vec<&NotTried>> = BTreeMap::new();
    for operation in not_tried {
        by_cause.entry(operation.because.as_ref()).or_default().push(operation);
    }
    for (cause, operations) in by_cause {
        let why = match cause {
            Some(address) => format!("because {address} failed"),
            None => "because it was asked to stop".to_owned(),
        };
        let _ = writeln!(text, "{} {why}:", look.notable(format!("not tried ({})", operations.len())));
        for operation in operations.iter().take(SHOWN) {
            let _ = writeln!(text, "  {} {}", operation.action, operation.address);
        }
        write_rest(text, operations.len(), look);
    }
}

/// What may be done or not: the next run finds that out before it plans.
fn write_in_flight(text: &mut String, in_flight: &[(Address, Action)], look: Look) {
    if in_flight.is_empty() {
        return;
    }
    let left = look.notable(format!("left in flight ({})", in_flight.len()));
    let _ = writeln!(text, "{left}, for the next apply to find out what became of it:");
    for (address, action) in in_flight.iter().take(SHOWN) {
        let _ = writeln!(text, "  {action} {address}");
    }
    write_rest(text, in_flight.len(), look);
}

fn write_rest(text: &mut String, count: usize, look: Look) {
    if count > SHOWN {
        let _ = writeln!(text, "  {} {} more", look.ellipsis(), count - SHOWN);
    }
}

/// How many operations are named of each list; JSON names all.
const SHOWN: usize = 20;

/// `Done in part: 12 created, 1 updated; 1 failed, 3 not tried. 24m 10s of virtual time in 1.2s.`
fn headline(summary: &ApplySummary, look: Look) -> String {
    let word = if !summary.failed.is_empty() {
        look.bad("Done in part")
    } else if summary.interrupted {
        look.notable("Interrupted")
    } else {
        look.good("Done")
    };
    let mut parts: Vec<String> =
        by_action(summary).into_iter().map(|(action, count)| format!("{count} {}", past(action))).collect();
    if parts.is_empty() {
        parts.push("nothing was done".to_owned());
    }
    let mut rest = Vec::new();
    if !summary.failed.is_empty() {
        rest.push(format!("{} failed", summary.failed.len()));
    }
    if !summary.in_flight.is_empty() {
        rest.push(format!("{} left in flight", summary.in_flight.len()));
    }
    if !summary.not_tried.is_empty() {
        rest.push(format!("{} not tried", summary.not_tried.len()));
    }
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    format!("{word}: {}{rest}. {}", parts.join(", "), look.dim(took(summary)))
}

fn took(summary: &ApplySummary) -> String {
    match summary.virtual_ms {
        Some(virtual_ms) => format!("{} of virtual time in {}.", time(virtual_ms), time(summary.wall_ms)),
        None => format!("{}.", time(summary.wall_ms)),
    }
}

fn by_action(summary: &ApplySummary) -> BTreeMap<Action, usize> {
    let mut counts = BTreeMap::new();
    for done in &summary.done {
        *counts.entry(done.action).or_default() += 1;
    }
    counts
}

fn next_step(summary: &ApplySummary) -> Option<String> {
    if summary.failed.is_empty() && !summary.interrupted {
        return None;
    }
    let rest = summary.failed.len() + summary.not_tried.len() + summary.in_flight.len();
    let what = if rest == 0 { "the rest".to_owned() } else { counted(rest, "operation") };
    Some(format!("Apply again to go on with {what}; what is done stays done."))
}

/// The summary for programs.
#[must_use]
pub fn json(summary: &ApplySummary) -> Json {
    let done = |done: &Done| json!({ "address": done.address, "action": done.action, "duration_ms": done.duration_ms });
    let failed = |failure: &Failure| {
        json!({
            "address": failure.address,
            "action": failure.action,
            "error": failure.error,
            "hint": failure.hint,
        })
    };
    let not_tried = |operation: &NotTried| json!({ "address": operation.address, "action": operation.action, "because": operation.because });
    let in_flight = |(address, action): &(Address, Action)| json!({ "address": address, "action": action });
    let recovered = |one: &TakenUp| {
        json!({
            "address": one.address,
            "action": one.action,
            "known": one.is_known,
            "what": one.what,
        })
    };
    json!({
        "format_version": FORMAT_VERSION,
        "done": summary.done.iter().map(done).collect::<Vec<_>>(),
        "failed": summary.failed.iter().map(failed).collect::<Vec<_>>(),
        "not_tried": summary.not_tried.iter().map(not_tried).collect::<Vec<_>>(),
        "interrupted": summary.interrupted,
        "virtual_ms": summary.virtual_ms,
        "wall_ms": summary.wall_ms,
        "in_flight": summary.in_flight.iter().map(in_flight).collect::<Vec<_>>(),
        "recovered": summary.recovered.iter().map(recovered).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    fn done(text: &str, action: Action) -> Done {
        Done { address: address(text), action, duration_ms: 2100 }
    }

    fn in_part() -> ApplySummary {
        let not_tried = |name: &str| NotTried {
            address: address(&format!("platform/cluster.{name}")),
            action: Action::Create,
            because: Some(address("platform/cluster.vpc[primary]")),
        };
        ApplySummary {
            done: vec![
                done("platform/cluster.role", Action::Create),
                done("platform/cluster.vpc[secondary]", Action::Create),
                done("platform/cluster.key", Action::Update),
            ],
            failed: vec![Failure {
                address: address("platform/cluster.vpc[primary]"),
                action: Action::Create,
                error: "VpcLimitExceeded: The maximum number of VPCs has been reached in us-east-1.".into(),
                hint: Some("ask for a higher quota, or delete a VPC that nothing uses".into()),
            }],
            not_tried: (0..25).map(|n| not_tried(&format!("subnet[primary-{n:02}]"))).collect(),
            interrupted: false,
            virtual_ms: Some(1_450_000),
            wall_ms: 1234,
            in_flight: vec![],
            recovered: vec![TakenUp {
                address: address("platform/cluster.role"),
                action: Action::Create,
                is_known: true,
                what: "it has made role-1, which is taken over".into(),
            }],
        }
    }

    #[test]
    fn a_failure_says_what_and_why_and_what_now() {
        insta::assert_snapshot!(human(&in_part(), Look::PLAIN));
    }

    #[test]
    fn programs_get_every_operation() {
        let mut summary = in_part();
        summary.not_tried.truncate(1);
        insta::assert_json_snapshot!(json(&summary));
    }

    #[test]
    fn success_and_interruption_are_one_line_and_a_hint() {
        let whole = ApplySummary {
            failed: vec![],
            not_tried: vec![],
            recovered: vec![],
            virtual_ms: None,
            ..in_part()
        };
        assert_eq!(human(&whole, Look::PLAIN), "Done: 2 created, 1 updated. 1.2s.\n");
        let stopped = ApplySummary { interrupted: true, ..whole };
        assert_eq!(
            human(&stopped, Look::PLAIN),
            "Interrupted: 2 created, 1 updated. 1.2s.\n\
             Apply again to go on with the rest; what is done stays done.\n"
        );
        let in_flight = vec![(address("platform/cluster.pool"), Action::Update)];
        assert_eq!(
            human(&ApplySummary { in_flight, ..stopped }, Look::PLAIN),
            "left in flight (1), for the next apply to find out what became of it:\n\
             \x20 update platform/cluster.pool\n\n\
             Interrupted: 2 created, 1 updated; 1 left in flight. 1.2s.\n\
             Apply again to go on with 1 operation; what is done stays done.\n"
        );
    }
}
