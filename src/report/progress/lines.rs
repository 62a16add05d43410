//! Progress where there is no terminal: a line when an operation begins and when it ends.

use super::{Event, Progress};
use crate::report::look::harmless;
use crate::report::symbol::{past, present};
use crate::report::{Look, counted, time};

/// How many of what is waited for are named.
const NAMED: usize = 5;

/// What is said when somebody has asked to stop: what is waited for.
#[must_use]
pub fn stopping(progress: &Progress, look: Look) -> String {
    let flights = progress.in_flight();
    let mut names: Vec<String> = flights.iter().take(NAMED).map(|(address, ..)| look.bold(address)).collect();
    if flights.len() > NAMED {
        names.push(format!("{} more", flights.len() - NAMED));
    }
    let waits = match names.split_last() {
        None => String::new(),
        Some((last, [])) => format!(" Waiting for {last}; a second Ctrl-C leaves at once."),
        Some((last, first)) => {
            format!(" Waiting for {} and {last}; a second Ctrl-C leaves at once.", first.join(", "))
        }
    };
    let left = match progress.left() {
        0 => String::new(),
        left => format!(", {} won't be tried", counted(left, "operation")),
    };
    format!("{} nothing new is started{left}.{waits}", look.notable("Stopping:"))
}

/// The line that an event is worth; it has to be recorded in `progress` already.
#[must_use]
pub fn line(progress: &Progress, event: &Event, look: Look) -> Option<String> {
    let operation = progress.operation(event.operation())?;
    let address = look.bold(&operation.address);
    let action = operation.action;
    let took = look.dim(time(operation.took_ms));
    Some(match event {
        Event::Status { .. } => return None,
        Event::Started { .. } => look.dim(format!("{} {}", present(action), operation.address)),
        Event::Finished { id, .. } => {
            let id = id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
            format!("{} {address}{id} {took}", look.good(past(action)))
        }
        Event::Failed { error, .. } => {
            let failed = look.bad(format!("failed to {action}"));
            format!("{failed} {address} {took}: {}", harmless(error))
        }
        Event::Skipped { because, .. } => {
            format!("{} {address}: {because} failed", look.notable(format!("did not {action}")))
        }
    })
}
