//! Progress where there is no terminal: a line when an operation begins and when it ends.

use super::{Event, Progress};
use crate::report::look::harmless;
use crate::report::symbol::{past, present};
use crate::report::{Look, time};

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
