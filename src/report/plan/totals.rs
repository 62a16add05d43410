//! The end of a plan: counts for each phase, totals, time and cost.

use std::fmt::Write as _;

use super::groups;
use crate::plan::Plan;
use crate::report::counts::Counts;
use crate::report::table::Table;
use crate::report::wrap::wrapped;
use crate::report::{Look, counted, dollars, time};

pub(super) fn render(plan: &Plan, look: Look) -> String {
    let mut text = by_phase(plan, look);
    text.push('\n');
    let counts = Counts::of(plan);
    if !plan.has_changes() {
        let _ = writeln!(text, "{}", look.good("Nothing changes: this only reads and checks."));
    }
    for line in wrapped(&sentence(&counts, plan.unchanged), "", look.width).lines() {
        let _ = writeln!(text, "{}", look.bold(line));
    }
    if plan.estimate_ms > 0 {
        let _ = writeln!(text, "Takes about {} along the critical path.", time(plan.estimate_ms));
    }
    let (before, after) = (plan.usd_per_month_before, plan.usd_per_month_after);
    if dollars(before) != dollars(after) {
        let sign = if after > before { "+" } else { "" };
        let _ = writeln!(
            text,
            "Costs {} {} {} a month at list prices ({sign}{}).",
            dollars(before),
            look.arrow(),
            dollars(after),
            dollars(after - before)
        );
    } else if after > 0.0 {
        let _ = writeln!(text, "Costs {} a month at list prices, as before.", dollars(after));
    }
    text
}

/// `12 to create, 1 to change, 0 to delete, 1 to replace, 3 checks; 188 unchanged`.
pub(super) fn sentence(counts: &Counts, unchanged: usize) -> String {
    let mut parts = vec![
        format!("{} to create", counts.create),
        format!("{} to change", counts.update),
        format!("{} to delete", counts.delete),
        format!("{} to replace", counts.replace),
    ];
    let rare = [
        (counts.adopt, "adopt"),
        (counts.moves, "move"),
        (counts.forget, "forget"),
        (counts.read, "read"),
        (counts.record, "record"),
    ];
    parts.extend(
        rare.iter().filter(|(count, _)| *count > 0).map(|(count, verb)| format!("{count} to {verb}")),
    );
    if counts.check > 0 {
        parts.push(counted(counts.check, "check"));
    }
    format!("{}; {unchanged} unchanged", parts.join(", "))
}

type Figure = fn(&Counts) -> usize;

/// The columns of the table; those after the fourth only where they have a figure.
const COLUMNS: [(&str, Figure); 9] = [
    ("create", |counts| counts.create),
    ("change", |counts| counts.update),
    ("delete", |counts| counts.delete),
    ("replace", |counts| counts.replace),
    ("adopt", |counts| counts.adopt),
    ("move", |counts| counts.moves),
    ("forget", |counts| counts.forget),
    ("read", |counts| counts.read),
    ("check", |counts| counts.check),
];

fn by_phase(plan: &Plan, look: Look) -> String {
    let total = Counts::of(plan);
    let columns: Vec<(&str, Figure)> = COLUMNS
        .into_iter()
        .enumerate()
        .filter(|(position, (_, figure))| *position < 4 || figure(&total) > 0)
        .map(|(_, column)| column)
        .collect();
    let heads = std::iter::once("phase").chain(columns.iter().map(|(head, _)| *head));
    let mut table = Table::new(heads).figures_from(1);
    for (group, operations) in groups(&plan.operations) {
        let counts = Counts::of_operations(operations);
        let figures = columns.iter().map(|(_, figure)| match figure(&counts) {
            0 => look.dash().to_owned(),
            count => count.to_string(),
        });
        table.row(std::iter::once(group).chain(figures));
    }
    table.render(look)
}
