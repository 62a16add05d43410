//! What is done to one resource, or the same done to several instances of it.

use std::fmt::Write as _;

use super::{Detail, fields, reason};
use crate::model::{Address, FieldChange};
use crate::plan::Operation;
use crate::report::symbol::Sign;
use crate::report::wrap::wrapped;
use crate::report::{Look, width};

/// Operations that people see as one.
pub(super) struct Block<'a> {
    sign: Sign,
    items: Vec<Item<'a>>,
}

/// One operation, or both halves of a replacement.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// The half that makes something, where there are two.
    main: &'a Operation,
    other: Option<&'a Operation>,
}

impl<'a> Item<'a> {
    pub(super) fn main(&self) -> &'a Operation {
        self.main
    }

    pub(super) fn changes(&self) -> &'a [FieldChange] {
        match self.other {
            Some(other) if self.main.changes.is_empty() => &other.changes,
            _ => &self.main.changes,
        }
    }

    pub(super) fn reasons(&self) -> &'a [crate::plan::Reason] {
        match self.other {
            Some(other) if self.main.reasons.is_empty() => &other.reasons,
            _ => &self.main.reasons,
        }
    }

    pub(super) fn source(&self) -> Option<&'a str> {
        self.main.source.as_deref().or_else(|| self.other?.source.as_deref())
    }

    /// Whether a person would read the same of both.
    fn is_like(&self, other: &Item<'_>) -> bool {
        let bare = |address: &Address| address.with_key(None);
        bare(&self.main.address) == bare(&other.main.address)
            && Sign::of(self.main) == Sign::of(other.main)
            && self.main.kind == other.main.kind
            && self.main.deposed == other.main.deposed
            && self.main.deferred == other.main.deferred
            && self.changes() == other.changes()
            && self.reasons() == other.reasons()
            && self.source() == other.source()
    }
}

impl<'a> Block<'a> {
    /// The blocks of operations that are sorted by address.
    pub(super) fn all(operations: &[&'a Operation], detail: Detail) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        for item in items(operations) {
            match blocks.last_mut().filter(|block| detail.fold && block.items[0].is_like(&item)) {
                Some(block) => block.items.push(item),
                None => blocks.push(Self { sign: Sign::of(item.main), items: vec![item] }),
            }
        }
        blocks
    }

    /// Adds the block as lines.
    pub(super) fn write(&self, text: &mut String, detail: Detail, look: Look) {
        let first = self.items[0];
        let symbol = self.sign.symbol(look);
        let more = self.items.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let name = format!("{}{more}", first.main.address);
        let kind = format!("{}{}", first.main.kind, self.place());
        let fits = width(symbol) + width(&name) + width(&kind) + 5 <= look.width;
        let gap = if fits { "  ".to_owned() } else { format!("\n{INDENT}") };
        let symbol = look.paint(self.sign.style(), symbol);
        let _ = writeln!(text, "  {symbol} {}{gap}{}", look.bold(name), look.dim(kind));
        let why = reason::text(&first);
        text.push_str(&look.dim_lines(&wrapped(&why, INDENT, look.width)));
        if let Some(others) = self.other_keys(look) {
            text.push_str(&look.dim_lines(&wrapped(&others, INDENT, look.width)));
        }
        fields::write(text, &self.items, detail, look);
    }

    /// The keys of the instances that the head of the block doesn't name.
    fn other_keys(&self, look: Look) -> Option<String> {
        let others = self.items.get(1..).filter(|others| !others.is_empty())?;
        let keys: Vec<&str> = others.iter().take(KEYS).filter_map(|item| item.main.address.key()).collect();
        let rest = others.len().saturating_sub(KEYS);
        let rest = if rest > 0 { format!(", {} {rest} more", look.ellipsis()) } else { String::new() };
        Some(format!("also {}{rest}", keys.join(", ")))
    }

    /// ` in us-east-1`, or how many regions it is in.
    fn place(&self) -> String {
        let mut regions: Vec<&str> =
            self.items.iter().filter_map(|item| item.main.region.as_deref()).collect();
        regions.sort_unstable();
        regions.dedup();
        match regions[..] {
            [] => String::new(),
            [region] => format!(" in {region}"),
            _ => format!(" in {} regions", regions.len()),
        }
    }
}

/// How many keys of instances that are shown as one are named.
const KEYS: usize = 40;

pub(super) const INDENT: &str = "      ";

/// Joins the halves of replacements, which stand side by side after sorting by address.
fn items<'a>(operations: &[&'a Operation]) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    for operation in operations {
        let half = items.last_mut().filter(|item| {
            operation.replacement.is_some()
                && item.main.replacement.is_some()
                && item.other.is_none()
                && item.main.address == operation.address
        });
        match half {
            Some(item) if operation.desired.is_some() => {
                item.other = Some(item.main);
                item.main = operation;
            }
            Some(item) => item.other = Some(operation),
            None => items.push(Item { main: operation, other: None }),
        }
    }
    items
}
