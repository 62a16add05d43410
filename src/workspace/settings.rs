//! Settings: what people may choose for each environment, with types, bounds and defaults.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fields::{self, Fields};
use super::template::Compiler;
use super::template::Template;
use super::yaml::{Key, Node};
use crate::model::{Diagnostic, Location, Value};

/// The declaration of one setting.
#[derive(Debug)]
pub(super) struct Setting {
    pub name: Arc<str>,
    pub at: Location,
    kind: SettingType,
    pub default: Option<Template>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    pattern: Option<regex::Regex>,
    one_of: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SettingType {
    String,
    Integer,
    Number,
    Boolean,
    List,
    Map,
}

const TYPES: [(&str, SettingType); 6] = [
    ("string", SettingType::String),
    ("integer", SettingType::Integer),
    ("number", SettingType::Number),
    ("boolean", SettingType::Boolean),
    ("list", SettingType::List),
    ("map", SettingType::Map),
];

/// What `type` of a setting can be.
pub(super) fn type_names() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

impl Setting {
    pub(super) fn read(key: &Key, node: &Node, compiler: &mut Compiler<'_>) -> Option<Self> {
        fields::name(key, "a setting", false, compiler.diagnostics);
        let mut fields = Fields::of("a setting", node, compiler.diagnostics);
        let kind = fields.required_text("type", compiler.diagnostics).and_then(|(text, at)| {
            let found = TYPES.iter().find(|(name, _)| **name == *text).map(|(_, kind)| *kind);
            if found.is_none() {
                let names = TYPES.map(|(name, _)| name);
                compiler.diagnostics.push(
                    Diagnostic::error(format!("`{text}` is no type of a setting"))
                        .at(at, "unknown")
                        .did_you_mean(&text, names)
                        .or_help(|| format!("types are {}", names.join(", "))),
                );
            }
            found
        });
        let default = fields.take("default").map(|node| compiler.template(node));
        let minimum = bound(fields.take("minimum"), "minimum", compiler);
        let maximum = bound(fields.take("maximum"), "maximum", compiler);
        let pattern = fields.text("pattern", compiler.diagnostics).and_then(|(text, at)| {
            regex::Regex::new(&format!("^(?:{text})$"))
                .map_err(|error| {
                    compiler.diagnostics.push(
                        Diagnostic::error(format!("`pattern` is no regular expression: {error}"))
                            .at(at, "here"),
                    );
                })
                .ok()
        });
        let one_of = fields.take("one_of").map_or_else(Vec::new, |node| {
            let elements = fields::elements(node, "one_of", compiler);
            elements
                .iter()
                .filter_map(|element| super::evaluate::plain(&compiler.template(element)))
                .collect()
        });
        // People read it in the file; that it is text is all that matters here.
        fields.text("description", compiler.diagnostics);
        fields.finish(compiler.diagnostics);
        let kind = kind?;
        Some(Self { name: key.text.clone(), at: key.at, kind, default, minimum, maximum, pattern, one_of })
    }

    /// What is wrong with a value of this setting.
    pub(super) fn check(&self, value: &Value, at: Location) -> Option<Diagnostic> {
        let name = &self.name;
        let fault = |message: String| {
            Some(Diagnostic::error(message).at(at, "this value").at(self.at, "the setting is declared here"))
        };
        #[allow(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
        let number = match (self.kind, value) {
            (SettingType::String, Value::String(_))
            | (SettingType::Boolean, Value::Bool(_))
            | (SettingType::List, Value::List(_))
            | (SettingType::Map, Value::Map(_)) => None,
            (SettingType::Integer | SettingType::Number, Value::Integer(n)) => Some(*n as f64),
            (SettingType::Number, Value::Float(n)) => Some(*n),
            (kind, value) => {
                let expected = TYPES.iter().find(|(_, known)| *known == kind).map_or("", |(name, _)| name);
                return fault(format!(
                    "the setting `{name}` is of type {expected}, and this is {}",
                    value.type_name()
                ));
            }
        };
        if let Some(n) = number {
            if let Some(minimum) = self.minimum.filter(|minimum| n < *minimum) {
                return fault(format!("the setting `{name}` is {n}, and its minimum is {minimum}"));
            }
            if let Some(maximum) = self.maximum.filter(|maximum| n > *maximum) {
                return fault(format!("the setting `{name}` is {n}, and its maximum is {maximum}"));
            }
        }
        if let (Some(pattern), Some(text)) = (&self.pattern, value.as_str())
            && !pattern.is_match(text)
        {
            // The pattern as it was written: it has to match the whole text.
            let written = pattern.as_str().trim_start_matches("^(?:").trim_end_matches(")$");
            return fault(format!("the setting `{name}` is {text:?}, which doesn't match `{written}`"));
        }
        if !self.one_of.is_empty() && !self.one_of.contains(value) {
            let allowed: Vec<String> = self.one_of.iter().map(ToString::to_string).collect();
            let message = format!("the setting `{name}` is {value}, which is none of {}", allowed.join(", "));
            return fault(message)
                .map(|fault| fault.did_you_mean(&value.to_string(), allowed.iter().map(String::as_str)));
        }
        None
    }
}

fn bound(node: Option<&Node>, what: &str, compiler: &mut Compiler<'_>) -> Option<f64> {
    use super::yaml::Content;
    let node = node?;
    match node.content {
        #[allow(clippy::cast_precision_loss, reason = "bounds are far below 2^53")]
        Content::Integer(n) => Some(n as f64),
        Content::Float(n) => Some(n),
        _ => {
            compiler.diagnostics.push(fields::wrong(node, what, "a number"));
            None
        }
    }
}

/// Values that an environment gives to settings: by phase or stack, then by name, with the keys that
/// say so.
pub(super) type Given = BTreeMap<Arc<str>, (Key, BTreeMap<Arc<str>, (Key, Template)>)>;

/// Reads `settings:` of an environment.
pub(super) fn given(node: &Node, compiler: &mut Compiler<'_>) -> Given {
    let mut given = Given::new();
    for (group, values) in fields::entries(node, "settings", compiler) {
        let mut group_values = BTreeMap::new();
        for (key, value) in fields::entries(values, "the settings of a phase", compiler) {
            group_values.insert(key.text.clone(), (key.clone(), compiler.template(value)));
        }
        given.insert(group.text.clone(), (group.clone(), group_values));
    }
    given
}
