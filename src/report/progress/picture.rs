//! Progress as it stands on a terminal: what is in flight, and a line of figures.

use super::{Flight, Progress};
use crate::model::{Action, Address};
use crate::report::look::harmless;
use crate::report::symbol::present;
use crate::report::{Look, cut_at_the_end, cut_in_the_middle, time, width};

/// The lines of the moment, at most `height` and each at most as wide as the look says. What has
/// been in flight the longest comes first, and the figures last.
#[must_use]
pub fn lines(progress: &Progress, height: usize, look: Look) -> Vec<String> {
    let flights = progress.in_flight();
    let room = height.saturating_sub(1);
    // Where not all fit, one line says how many more there are.
    let shown = if flights.len() > room { room.saturating_sub(1) } else { flights.len() };
    let mut lines: Vec<String> = flights[..shown]
        .iter()
        .map(|(address, action, flight)| line_of(address, *action, flight, progress, look))
        .collect();
    if flights.len() > shown && room > 0 {
        lines.push(look.dim(format!("  {} {} more in flight", look.ellipsis(), flights.len() - shown)));
    }
    lines.push(figures(progress, look));
    lines
}

/// `  creating platform/cluster.cluster[primary]  CREATING  4m 12s`.
fn line_of(address: &Address, action: Action, flight: &Flight, progress: &Progress, look: Look) -> String {
    let verb = present(action);
    let took = time(progress.now().ms().saturating_sub(flight.since.ms()));
    let status = flight.status.as_ref().map(|status| format!("{}  ", harmless(status))).unwrap_or_default();
    let tail = format!("  {status}{took}");
    let room = look.width.saturating_sub(3 + width(verb) + width(&tail));
    let address = cut_in_the_middle(&address.to_string(), room, look);
    format!("  {} {address}{}", look.good(verb), look.dim(tail))
}

/// The columns of the bar.
const BAR: usize = 10;

fn figures(progress: &Progress, look: Look) -> String {
    let over = progress.done() + progress.failed() + progress.skipped();
    let filled = (BAR * over).checked_div(progress.total()).unwrap_or(BAR);
    let (full, empty) = if look.unicode { ("━", "─") } else { ("#", "-") };
    let bar = full.repeat(filled) + &empty.repeat(BAR - filled);
    let mut parts = vec![format!("{} of {} done", progress.done(), progress.total())];
    let rest = [
        (progress.in_flight.len(), "in flight"),
        (progress.left(), "left"),
        (progress.failed(), "failed"),
        (progress.skipped(), "not tried"),
    ];
    parts.extend(rest.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    let now = progress.now();
    parts.push(match now.virtual_ms {
        Some(virtual_ms) => format!("{} virtual in {}", time(virtual_ms), time(now.wall_ms)),
        None => time(now.wall_ms),
    });
    let estimate_ms = progress.estimate_ms();
    if estimate_ms > 0 {
        parts.push(format!("~{} to go", time(estimate_ms)));
    }
    let text = cut_at_the_end(&parts.join(", "), look.width.saturating_sub(BAR + 2), look);
    format!("{}  {text}", look.good(bar))
}
