//! YAML as a tree in which every key and every value knows its place.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{DuplicateKeyPolicy, Options, Spanned};

use crate::model::{Diagnostic, Location, SourceId};

/// A value of a YAML file.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub at: Location,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map, with its place.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub text: Arc<str>,
    pub at: Location,
}

impl Node {
    /// What this is, for messages.
    pub(super) fn type_name(&self) -> &'static str {
        match &self.content {
            Content::Null => "nothing",
            Content::Bool(_) => "a boolean",
            Content::Integer(_) => "an integer",
            Content::Float(_) => "a number",
            Content::String(_) => "a string",
            Content::List(_) => "a list",
            Content::Map(_) => "a map",
        }
    }
}

/// More nodes than any workspace that a machine can plan; the library's own limit is a quarter of a
/// million, which one generated phase exceeds.
const MOST_NODES: usize = 50_000_000;

fn options() -> Options {
    let mut budget = serde_yaml::Budget::default();
    budget.max_nodes = MOST_NODES;
    budget.max_events = 2 * MOST_NODES;
    budget.max_total_scalar_bytes = usize::MAX;
    let mut options = Options::default();
    options.budget = Some(budget);
    // `yes` and `on` are words, as in YAML 1.2.
    options.strict_booleans = true;
    options.duplicate_keys = DuplicateKeyPolicy::PassThrough;
    options.with_snippet = false;
    options
}

/// Reads one document.
///
/// # Errors
/// Where the text isn't YAML.
pub(super) fn parse(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    let raw: Spanned<Raw> = serde_yaml::from_str_with_options(text, options()).map_err(|error| {
        let line = first_line(&error);
        // The place is shown beside it.
        let what = line.rsplit_once(" at line ").map_or(line.as_str(), |(what, _)| what);
        let diagnostic =
            Diagnostic::error(format!("this is not YAML: {what}")).help(if what.contains("tab") {
                "indent with spaces"
            } else {
                "look for an open bracket or quote before it, and for text with `: ` or `{` that needs quotes"
            });
        match error.location() {
            Some(location) => diagnostic.at(place(source, &location), "here"),
            None => diagnostic,
        }
    })?;
    Ok(node(source, raw))
}

/// Reads every document of a text as plain data.
///
/// # Errors
/// The parser's own words where the text isn't YAML.
pub(super) fn documents(text: &str) -> Result<Vec<crate::model::Json>, String> {
    let documents: Vec<Option<crate::model::Json>> =
        serde_yaml::from_multiple_with_options(text, options()).map_err(|error| first_line(&error))?;
    Ok(documents.into_iter().flatten().collect())
}

fn first_line(error: &serde_yaml::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn place(source: SourceId, location: &serde_yaml::Location) -> Location {
    let narrow = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let span = location.span();
    Location {
        source,
        offset: narrow(span.byte_offset().unwrap_or(span.offset())),
        length: narrow(span.byte_len().unwrap_or(span.len())),
        line: narrow(location.line()),
        column: narrow(location.column()),
    }
}

/// The tree as the deserialiser gives it.
enum Raw {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn node(source: SourceId, raw: Spanned<Raw>) -> Node {
    let content = match raw.value {
        Raw::Null => Content::Null,
        Raw::Bool(b) => Content::Bool(b),
        Raw::Integer(n) => Content::Integer(n),
        Raw::Float(n) => Content::Float(n),
        Raw::String(text) => Content::String(text.into()),
        Raw::List(items) => Content::List(items.into_iter().map(|item| node(source, item)).collect()),
        Raw::Map(entries) => Content::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let at = place(source, &key.referenced);
                    (Key { text: key.value.into(), at }, node(source, value))
                })
                .collect(),
        ),
    };
    Node { at: place(source, &raw.referenced), content }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Raw, E> {
        i64::try_from(value)
            .map(Raw::Integer)
            .map_err(|_| E::custom(format!("the number {value} is too large; put it in quotes")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        parse(SourceId(0), text).unwrap()
    }

    #[test]
    fn keys_and_values_know_their_places() {
        let root = read("a:\n  - x\n  - key: 12\n");
        let Content::Map(entries) = &root.content else { panic!("a map") };
        assert_eq!((entries[0].0.at.line, entries[0].0.at.column), (1, 1));
        let Content::List(items) = &entries[0].1.content else { panic!("a list") };
        let Content::Map(inner) = &items[1].content else { panic!("a map") };
        assert_eq!((inner[0].1.at.line, inner[0].1.at.column, inner[0].1.at.offset), (3, 10, 18));
        assert_eq!(inner[0].1.at.length, 2);
    }

    #[test]
    fn words_stay_words_and_scalars_keep_their_types() {
        let root = read("[yes, on, true, 1, 1.5, '1', ~, \"{{ a }}\"]");
        let Content::List(items) = root.content else { panic!("a list") };
        let types: Vec<_> = items.iter().map(Node::type_name).collect();
        let expected = [
            "a string",
            "a string",
            "a boolean",
            "an integer",
            "a number",
            "a string",
            "nothing",
            "a string",
        ];
        assert_eq!(types, expected);
    }

    #[test]
    fn what_is_not_yaml_says_where() {
        let error = parse(SourceId(0), "a: [1\nb: 2\n").unwrap_err();
        assert!(error.message.starts_with("this is not YAML: "), "{}", error.message);
        assert_eq!(error.labels.len(), 1);
    }

    #[test]
    fn a_text_can_hold_several_documents() {
        assert_eq!(documents("a: 1\n---\n---\nb: 2\n").unwrap().len(), 2);
    }
}
