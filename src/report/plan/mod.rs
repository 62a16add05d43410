//! A plan for people, who approve it: what is done to which resource, why, and down to which field.

mod block;
mod fields;
mod reason;
mod totals;

use std::fmt::Write as _;

use self::block::Block;
pub(super) use self::fields::write_change;
use super::wrap::wrapped;
use super::{Look, counted};
use crate::plan::{Operation, Plan};

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// How many fields of a new resource are shown; all where it is absent.
    pub fields: Option<usize>,
    /// Instances of one resource to which the same is done are shown as one.
    pub fold: bool,
    /// Long values are cut.
    pub cut: bool,
}

impl Detail {
    /// What fits on a few screens.
    pub const COMPACT: Detail = Detail { fields: Some(6), fold: true, cut: true };
    /// Everything.
    pub const VERBOSE: Detail = Detail { fields: None, fold: false, cut: false };
}

/// The plan, ending with its totals.
#[must_use]
pub fn human(plan: &Plan, detail: Detail, look: Look) -> String {
    let mut text = String::new();
    if plan.operations.is_empty() {
        let _ = writeln!(text, "Nothing to do: {} as declared.", are(plan.unchanged));
    } else {
        for (group, operations) in groups(&plan.operations) {
            let _ = writeln!(text, "{}\n", look.bold(group));
            for block in Block::all(&operations, detail) {
                block.write(&mut text, detail, look);
                text.push('\n');
            }
        }
        text.push_str(&totals::render(plan, look));
    }
    if !plan.warnings.is_empty() {
        text.push('\n');
    }
    for warning in &plan.warnings {
        // The first word is painted after the text is broken into lines, so that it counts rightly.
        let lines = wrapped(&format!("warning: {warning}"), "", look.width);
        text.push_str(&lines.replacen("warning:", &look.notable("warning:"), 1));
    }
    text
}

fn are(unchanged: usize) -> String {
    let verb = if unchanged == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(unchanged, "resource"))
}

/// The operations of each stack and phase, in the order in which the plan first meets them, each
/// group in the order of its addresses.
fn groups(operations: &[Operation]) -> Vec<(String, Vec<&Operation>)> {
    let mut groups: Vec<(String, Vec<&Operation>)> = Vec::new();
    // Plans are long and groups are few, so that looking through them costs little.
    for operation in operations {
        let name = group_name(operation);
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, members)) => members.push(operation),
            None => groups.push((name, vec![operation])),
        }
    }
    for (_, members) in &mut groups {
        members.sort_by_key(|operation| &operation.address);
    }
    groups
}

/// `platform/cluster`, or the stack alone for its own resources.
fn group_name(operation: &Operation) -> String {
    let stack = operation.address.stack();
    operation.address.phase().map_or_else(|| stack.to_owned(), |phase| format!("{stack}/{phase}"))
}

#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;
