//! The fields of an operation: what changes, or what is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use similar::{ChangeTag, TextDiff};

use super::Detail;
use super::block::{INDENT, Item};
use crate::model::{Action, Changed, FieldChange, Value};
use crate::report::value::{on_one_line, several_lines, sides};
use crate::report::{Look, counted, cut_in_the_middle, width};

/// Adds the changes of operations that are shown as one, or the fields of what they make.
pub(super) fn write(text: &mut String, items: &[Item<'_>], detail: Detail, look: Look) {
    let first = &items[0];
    let operation = first.main();
    if let (Action::Move | Action::Adopt, Some(id)) = (operation.action, &operation.id) {
        let _ = writeln!(text, "{INDENT}id: {id}");
    }
    for change in first.changes() {
        write_change(text, change, detail, look);
    }
    if first.changes().is_empty() && operation.action == Action::Create {
        write_new(text, items, detail, look);
    }
}

/// Adds the fields of what is made, at the top of its spec.
fn write_new(text: &mut String, items: &[Item<'_>], detail: Detail, look: Look) {
    let specs: Vec<&BTreeMap<Arc<str>, Value>> =
        items.iter().filter_map(|item| item.main().desired.as_ref()?.as_map()).collect();
    let Some((first, others)) = specs.split_first() else { return };
    let shown = detail.fields.unwrap_or(first.len());
    for (name, value) in first.iter().take(shown) {
        let different: BTreeSet<String> = others
            .iter()
            .filter_map(|spec| spec.get(name).filter(|other| *other != value))
            .map(ToString::to_string)
            .collect();
        let others = match different.len() {
            0 => String::new(),
            count => format!(" and {}", counted(count, "other")),
        };
        let room = look.width.saturating_sub(width(INDENT) + width(name) + 2 + width(&others));
        if let Some(lines) = several_lines(Some(value)).filter(|_| !detail.cut) {
            let _ = writeln!(text, "{INDENT}{name}: |");
            for line in lines.lines() {
                let _ = writeln!(text, "{INDENT}  {}", visible(line));
            }
        } else {
            let value = on_one_line(value, detail.cut.then_some(room), look);
            let _ = writeln!(text, "{INDENT}{name}: {value}{others}");
        }
    }
    if first.len() > shown {
        let more = format!("{} {}", look.ellipsis(), counted_more(first.len() - shown));
        let _ = writeln!(text, "{INDENT}{}", look.dim(more));
    }
}

fn counted_more(count: usize) -> String {
    if count == 1 { "1 more field".to_owned() } else { format!("{count} more fields") }
}

/// Adds `path: from → to`, on one line where it fits.
pub(in crate::report) fn write_change(text: &mut String, change: &FieldChange, detail: Detail, look: Look) {
    let (from, to) = sides(change);
    let path = if change.path.is_root() { "(all)".to_owned() } else { change.path.to_string() };
    let note = note(change);
    if several_lines(from.as_ref()).is_some() || several_lines(to.as_ref()).is_some() {
        let _ = writeln!(text, "{INDENT}{path}:{}", look.notable(&note));
        let side = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).unwrap_or("").to_owned();
        return write_lines(text, &side(&from), &side(&to), detail, look);
    }
    let show = |value: &Option<Value>| {
        value.as_ref().map_or("(none)".to_owned(), |value| on_one_line(value, None, look))
    };
    let (from, to) = (show(&from), show(&to));
    let line = format!("{INDENT}{path}: {from} {} {to}{note}", look.arrow());
    if !detail.cut || width(&line) <= look.width {
        let (from, to) = (look.bad(from), look.good(to));
        let _ = writeln!(text, "{INDENT}{path}: {from} {} {to}{}", look.arrow(), look.notable(&note));
        return;
    }
    let room = look.width.saturating_sub(width(INDENT) + 4);
    let _ = writeln!(text, "{INDENT}{path}:{}", look.notable(&note));
    let (from, to) = cut_both(&from, &to, room, look);
    let _ = writeln!(text, "{INDENT}  {}", look.bad(format!("- {from}")));
    let _ = writeln!(text, "{INDENT}  {}", look.good(format!("+ {to}")));
}

/// Two texts of at most `columns` each, in which is seen what tells them apart.
fn cut_both(from: &str, to: &str, columns: usize, look: Look) -> (String, String) {
    let both = [from, to].map(|text| cut_in_the_middle(text, columns, look));
    let [from, to] = if both[0] == both[1] {
        // It lies in the middle: what stands before it, all but a little, is left out instead.
        let same = from.chars().zip(to.chars()).take_while(|(one, other)| one == other).count();
        let before = same.saturating_sub(columns / 4);
        let room = columns.saturating_sub(width(look.ellipsis()));
        [from, to].map(|text| {
            let rest: String = text.chars().skip(before).collect();
            format!("{}{}", look.ellipsis(), cut_in_the_middle(&rest, room, look))
        })
    } else {
        both
    };
    (from, to)
}

/// What is to be said of a change besides its values.
fn note(change: &FieldChange) -> String {
    let kind = match change.changed {
        Changed::Set => "",
        Changed::Reset => " (back to its default)",
        Changed::Release => " (no longer ours; it stays as it is)",
        Changed::Remove => " (nobody declared it)",
    };
    let forces = if change.forces_replacement { " (forces replacement)" } else { "" };
    format!("{kind}{forces}")
}

/// A line whose control characters are seen instead of obeyed.
fn visible(line: &str) -> String {
    let seen = |c: char| match c {
        // Its width depends on where it stands; a space is always one column.
        '\t' => ' ',
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    line.chars().map(seen).collect()
}

/// How many lines that stay are shown around those that change.
const CONTEXT: usize = 2;

fn write_lines(text: &mut String, from: &str, to: &str, detail: Detail, look: Look) {
    let diff = TextDiff::from_lines(from, to);
    let room = look.width.saturating_sub(width(INDENT) + 4);
    for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if position > 0 {
            let _ = writeln!(text, "{INDENT}  {}", look.dim(look.ellipsis()));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let line = visible(change.value().trim_end_matches(['\n', '\r']));
            let line = if detail.cut { cut_in_the_middle(&line, room, look) } else { line };
            let line = match change.tag() {
                ChangeTag::Equal => format!("  {line}").trim_end().to_owned(),
                ChangeTag::Delete => look.bad(format!("- {line}")),
                ChangeTag::Insert => look.good(format!("+ {line}")),
            };
            let _ = writeln!(text, "{}", format!("{INDENT}  {line}").trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_seen_wherever_it_stands() {
        let long = |percent: u8| format!("[{}{percent}{}]", "before ".repeat(30), " after".repeat(30));
        let (from, to) = cut_both(&long(60), &long(70), 40, Look::PLAIN);
        assert!(from.contains("60") && to.contains("70"), "{from} {to}");
        assert!(width(&from) <= 40 && width(&to) <= 40, "{from} {to}");
        let ends = |end: &str| format!("{}{end}", "before ".repeat(30));
        let (from, to) = cut_both(&ends("a"), &ends("b"), 20, Look::PLAIN);
        assert_eq!((from.as_str(), to.as_str()), ("before be...before a", "before be...before b"));
    }
}
