//! Evaluating templates: values, holes where something isn't known, and every fault with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value as Jinja;

use super::expression::Expression;
use super::scope::{Reads, Scope, from_jinja};
use super::template::{Piece, Template, TemplateShape, secret_reference};
use crate::model::{Diagnostic, Diagnostics, Location, Unknown, Value};

/// The value of a template without expressions; `None` where it has any.
pub(super) fn plain(template: &Template) -> Option<Value> {
    match &template.shape {
        TemplateShape::Plain(value) => Some(value.clone()),
        TemplateShape::List(items) => items.iter().map(plain).collect::<Option<_>>().map(Value::List),
        TemplateShape::Map(map) => map
            .iter()
            .map(|(key, item)| Some((key.clone(), plain(item)?)))
            .collect::<Option<_>>()
            .map(Value::Map),
        TemplateShape::Whole(_) | TemplateShape::Mixed(_) | TemplateShape::Secret(_) => None,
    }
}

/// Evaluates a template. What fails becomes a diagnostic, and null in its place.
pub(super) fn template(template: &Template, scope: &Arc<Scope>, diagnostics: &mut Diagnostics) -> Value {
    match &template.shape {
        TemplateShape::Plain(value) => value.clone(),
        TemplateShape::Whole(source) => expression(source, scope, diagnostics),
        TemplateShape::Mixed(pieces) => mixed(pieces, scope, diagnostics),
        TemplateShape::List(items) => {
            Value::List(items.iter().map(|item| self::template(item, scope, diagnostics)).collect())
        }
        TemplateShape::Map(map) => Value::Map(
            map.iter().map(|(key, item)| (key.clone(), self::template(item, scope, diagnostics))).collect(),
        ),
        TemplateShape::Secret(parts) => secret(parts, template.at, scope, diagnostics),
    }
}

/// Which secret is meant may be known only after apply; what its value is, never here.
fn secret(
    parts: &BTreeMap<Arc<str>, Template>,
    at: Location,
    scope: &Arc<Scope>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let before = diagnostics.len();
    let mut unknown = Vec::new();
    let mut known = BTreeMap::new();
    for (name, part) in parts {
        match template(part, scope, diagnostics) {
            Value::Unknown(reads) => unknown.extend_from_slice(reads.reads()),
            value => {
                known.insert(name.clone(), value);
            }
        }
    }
    if !unknown.is_empty() {
        return Value::Unknown(Unknown::new(unknown));
    }
    if diagnostics.len() > before {
        return Value::Null;
    }
    secret_reference(&Value::Map(known), at)
        .map_err(|fault| diagnostics.push(fault))
        .map_or(Value::Null, Value::Secret)
}

fn mixed(pieces: &[Piece], scope: &Arc<Scope>, diagnostics: &mut Diagnostics) -> Value {
    let mut text = String::new();
    let mut unknown = Vec::new();
    let mut sensitive = false;
    for piece in pieces {
        let (value, at) = match piece {
            Piece::Text(plain) => {
                text.push_str(plain);
                continue;
            }
            Piece::Expression(source) => (expression(source, scope, diagnostics), source.at),
        };
        let value = match value {
            Value::Sensitive(inner) => {
                sensitive = true;
                (*inner).clone()
            }
            other => other,
        };
        match value {
            Value::String(part) => text.push_str(&part),
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) => text.push_str(&value.to_string()),
            Value::Unknown(reads) => unknown.extend_from_slice(reads.reads()),
            // What failed has been reported already.
            Value::Null if diagnostics.has_errors() => {}
            other => diagnostics.push(
                Diagnostic::error(format!("{} can't stand inside of text", other.type_name()))
                    .at(at, "this value")
                    .help("let the expression be the whole scalar, or turn it into text: | to_json, | join(\",\")"),
            ),
        }
    }
    if !unknown.is_empty() {
        return Value::Unknown(Unknown::new(unknown));
    }
    let value = Value::from(text.as_str());
    if sensitive { value.into_sensitive() } else { value }
}

/// Evaluates one expression.
pub(super) fn expression(source: &Expression, scope: &Arc<Scope>, diagnostics: &mut Diagnostics) -> Value {
    let outer_nodes = scope.tracker.take().nodes;
    let result =
        source.compiled.eval(Jinja::from_dyn_object(scope.clone())).and_then(|value| from_jinja(&value));
    let reads = scope.tracker.take();
    scope.tracker.reads().nodes = [outer_nodes, reads.nodes.clone()].concat();
    // Whatever an unknown was turned into, or failed at, says nothing.
    if !reads.unknown.is_empty() {
        return Value::Unknown(Unknown::new(reads.unknown));
    }
    match result {
        Ok(value) if reads.sensitive => value.into_sensitive(),
        Ok(value) => value,
        Err(error) => {
            diagnostics.push(failure(source, &error, &reads));
            Value::Null
        }
    }
}

fn failure(source: &Expression, error: &minijinja::Error, reads: &Reads) -> Diagnostic {
    if let Some(name) = &reads.skipped {
        return Diagnostic::error(format!("`{name}` is left out here: its `when` is false"))
            .at(source.at, "this reads it")
            .help("give this the same `when`, or ask `settings` before reading it");
    }
    if let Some(missing) = &reads.missing {
        return Diagnostic::error(format!("`{}` has no `{}`", missing.of, missing.name))
            .at(source.at, "this reads it")
            .did_you_mean(&missing.name, missing.candidates.iter().map(String::as_str))
            .or_help(|| match missing.candidates.as_slice() {
                [] => "it is empty".to_owned(),
                some => format!("it has {}", some.join(", ")),
            });
    }
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Diagnostic::error(format!("this expression fails: {detail}")).at(source.at, "here")
}
