//! Reading the fixed fields of a file: unknown keys, wrong types and missing fields become
//! diagnostics, and reading goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::template::Compiler;
use super::yaml::{Content, Key, Node};
use crate::model::{Diagnostic, Diagnostics, Location};

/// A key that stands twice in one map.
pub(super) fn twice(key: &Key, earlier: Location) -> Diagnostic {
    Diagnostic::error(format!("`{}` stands here twice", key.text))
        .at(key.at, "again here")
        .at(earlier, "first here")
        .help("remove one, or give it another name")
}

/// The fields of one map, taken out one after the other.
pub(super) struct Fields<'n> {
    /// What the map is, for messages: `a phase`.
    what: &'static str,
    at: Location,
    entries: BTreeMap<&'n str, (&'n Key, &'n Node)>,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The fields of `node`, which should be a map.
    pub(super) fn of(what: &'static str, node: &'n Node, diagnostics: &mut Diagnostics) -> Self {
        let mut entries: BTreeMap<&str, (&Key, &Node)> = BTreeMap::new();
        match &node.content {
            Content::Map(map) => {
                for (key, value) in map {
                    if let Some((earlier, _)) = entries.insert(&key.text, (key, value)) {
                        diagnostics.push(twice(key, earlier.at));
                    }
                }
            }
            Content::Null => {}
            _ => diagnostics.push(wrong(node, what, "a map")),
        }
        Self { what, at: node.at, entries, known: Vec::new() }
    }

    /// Takes a field out.
    pub(super) fn take(&mut self, name: &'static str) -> Option<&'n Node> {
        self.known.push(name);
        self.entries.remove(name).map(|(_, node)| node)
    }

    /// Takes a text out.
    pub(super) fn text(
        &mut self,
        name: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Arc<str>, Location)> {
        let node = self.take(name)?;
        text(node, name, diagnostics)
    }

    /// Takes a text out that has to be there.
    pub(super) fn required_text(
        &mut self,
        name: &'static str,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Arc<str>, Location)> {
        if !self.entries.contains_key(name) {
            self.known.push(name);
            diagnostics.push(
                Diagnostic::error(format!("`{name}` is missing in {}", self.what))
                    .at(self.at, "in this map")
                    .help(format!("add {name}: …")),
            );
            return None;
        }
        self.text(name, diagnostics)
    }

    /// Takes a duration out, such as `15m`.
    pub(super) fn duration(&mut self, name: &'static str, diagnostics: &mut Diagnostics) -> Option<Duration> {
        let node = self.take(name)?;
        let parsed = match &node.content {
            Content::String(text) => duration(text),
            _ => None,
        };
        if parsed.is_none() {
            diagnostics.push(wrong(node, name, "a length of time").help("write it as 90s, 15m, 2h or 7d"));
        }
        parsed
    }

    /// Whether there is something that nobody has taken out.
    pub(super) fn has_more(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Reports what nobody took out.
    pub(super) fn finish(self, diagnostics: &mut Diagnostics) {
        for (key, _) in self.entries.values() {
            diagnostics.push(
                Diagnostic::error(format!("`{}` is no field of {}", key.text, self.what))
                    .at(key.at, "unknown")
                    .did_you_mean(&key.text, self.known.iter().copied())
                    .or_help(|| format!("its fields are {}", self.known.join(", "))),
            );
        }
    }
}

/// A node of another type than it should have.
pub(super) fn wrong(node: &Node, what: &str, expected: &str) -> Diagnostic {
    Diagnostic::error(format!("{what} should be {expected}, not {}", node.type_name()))
        .at(node.at, format!("should be {expected}"))
}

/// The text that a node should be.
pub(super) fn text(node: &Node, what: &str, diagnostics: &mut Diagnostics) -> Option<(Arc<str>, Location)> {
    if let Content::String(text) = &node.content {
        return Some((text.clone(), node.at));
    }
    diagnostics.push(wrong(node, what, "text"));
    None
}

/// The entries of a node that should be a map with free keys, in the order of the file.
pub(super) fn entries<'n>(
    node: &'n Node,
    what: &str,
    compiler: &mut Compiler<'_>,
) -> Vec<(&'n Key, &'n Node)> {
    match &node.content {
        Content::Map(map) => {
            let mut seen: BTreeMap<&str, Location> = BTreeMap::new();
            let mut entries = Vec::new();
            for (key, value) in map {
                match seen.insert(&key.text, key.at) {
                    Some(earlier) => compiler.diagnostics.push(twice(key, earlier)),
                    None => entries.push((key, value)),
                }
            }
            entries
        }
        Content::Null => Vec::new(),
        _ => {
            compiler.diagnostics.push(wrong(node, what, "a map"));
            Vec::new()
        }
    }
}

/// The elements of a node that should be a list.
pub(super) fn elements<'n>(node: &'n Node, what: &str, compiler: &mut Compiler<'_>) -> &'n [Node] {
    match &node.content {
        Content::List(items) => items,
        Content::Null => &[],
        _ => {
            compiler.diagnostics.push(wrong(node, what, "a list"));
            &[]
        }
    }
}

/// Reads a name of the configuration: of a stack, a phase, a resource, a setting. Names are what
/// expressions call them by, so they are identifiers; those of stacks and environments may have
/// hyphens.
pub(super) fn name(key: &Key, what: &str, hyphens: bool, diagnostics: &mut Diagnostics) {
    let mut characters = key.text.chars();
    let fine = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || (hyphens && c == '-'));
    if !fine {
        let form = if hyphens { "letters, digits, `_` and `-`" } else { "letters, digits and `_`" };
        diagnostics.push(
            Diagnostic::error(format!("`{}` can't be the name of {what}", key.text))
                .at(key.at, format!("names start with a letter and have {form}"))
                .help("expressions call it by this name: choose another"),
        );
    }
    let is_function = super::expression::engine().globals().any(|(name, _)| name == &*key.text);
    if RESERVED.contains(&&*key.text) || is_function {
        let other = if is_function { "a function" } else { "something else" };
        diagnostics.push(
            Diagnostic::error(format!("`{}` can't be the name of {what}", key.text))
                .at(key.at, format!("in expressions this is the name of {other}"))
                .help(format!("choose another, such as `{}_1`", key.text)),
        );
    }
}

/// The roots that expressions know without any resource.
pub(super) const RESERVED: [&str; 6] = ["each", "env", "settings", "phases", "stacks", "evidence"];

/// Reads a length of time such as `90s`, `15m`, `1h30m` or `7d`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut total_s: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest.get(..digits)?.parse().ok()?;
        let unit_s = match rest.get(digits..=digits)? {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        total_s = total_s.checked_add(count.checked_mul(unit_s)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then(|| Duration::from_secs(total_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_written_with_units() {
        let seconds = |text| duration(text).map(|d| d.as_secs());
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("1h30m"), Some(5_400));
        assert_eq!(seconds("7d"), Some(604_800));
        for text in ["", "15", "m", "1 h", "1w", "99999999999999999999s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
