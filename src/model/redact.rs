//! Takes what is sensitive out of texts that others have written: messages of rules and of providers
//! may repeat what they were given.

use std::collections::BTreeSet;

use super::{Json, Value};

/// What is shorter says nothing by itself, and stands in every text.
const SHORTEST: usize = 4;

const HIDDEN: &str = "(sensitive)";

/// The texts that must stand in no message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction(BTreeSet<String>);

impl Redaction {
    /// Of everything sensitive in a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        let mut redaction = Self::default();
        redaction.add(value);
        redaction
    }

    /// Adds everything sensitive in a value.
    pub fn add(&mut self, value: &Value) {
        self.add_below(false, value);
    }

    fn add_below(&mut self, sensitive: bool, value: &Value) {
        match value {
            Value::Sensitive(inner) => self.add_below(true, inner),
            Value::List(items) => items.iter().for_each(|item| self.add_below(sensitive, item)),
            Value::Map(map) => map.values().for_each(|item| self.add_below(sensitive, item)),
            Value::String(text) if sensitive => self.add_text(text),
            Value::Integer(_) | Value::Float(_) if sensitive => self.add_text(&value.to_string()),
            _ => {}
        }
    }

    /// A text, and how it is written inside of quotes.
    fn add_text(&mut self, text: &str) {
        if text.chars().count() < SHORTEST {
            return;
        }
        let debug = format!("{text:?}");
        let json = Json::from(text).to_string();
        for quoted in [&debug, &json] {
            self.0.insert(quoted[1..quoted.len() - 1].to_owned());
        }
        self.0.insert(text.to_owned());
    }

    /// The text without any of them.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        // The longest first: one may be a part of another.
        let mut longest_first: Vec<&String> = self.0.iter().collect();
        longest_first.sort_by_key(|hidden| std::cmp::Reverse(hidden.len()));
        longest_first.into_iter().fold(text.to_owned(), |text, hidden| text.replace(hidden.as_str(), HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sensitive_is_taken_out_however_it_is_quoted() {
        let secret = |text: &str| Value::from(text).into_sensitive();
        let value = Value::Map(
            [
                ("a".into(), secret("hunter2 \"of\" all")),
                ("b".into(), Value::List(vec![secret("hunter2"), secret("a"), Value::from("plain")])),
                ("c".into(), Value::Integer(12345).into_sensitive()),
            ]
            .into(),
        );
        let redaction = Redaction::of(&value);
        assert_eq!(
            redaction.apply(r#"a: hunter2 "of" all, {"b": "hunter2 \"of\" all"}, hunter2! 12345 plain"#),
            r#"a: (sensitive), {"b": "(sensitive)"}, (sensitive)! (sensitive) plain"#
        );
    }
}
