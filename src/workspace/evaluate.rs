//! Evaluating templates: values, holes where something isn't known, and every fault with its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::{ErrorKind, Value as Jinja};

use super::expression::Expression;
use super::scope::{Reads, Scope, Templates, from_jinja};
use super::template::{Entries, Piece, Template, TemplateShape, secret_reference};
use crate::model::{Diagnostic, Diagnostics, Location, SourceId, Unknown, Value};

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
fn secret(parts: &Entries, at: Location, scope: &Arc<Scope>, diagnostics: &mut Diagnostics) -> Value {
    let before = diagnostics.len();
    let mut unknown = Vec::new();
    let mut known = BTreeMap::new();
    for (name, part) in parts.iter() {
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
        .map_or(Value::Null, Value::secret)
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
            // A fingerprint is no part of any text.
            Value::StandIn(_) => {
                if let Piece::Expression(source) = piece {
                    unknown.push(source.source.to_string());
                }
            }
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
    scope.tracker.take();
    let result = source
        .compiled()
        .and_then(|compiled| compiled.eval(Jinja::from_dyn_object(scope.clone())))
        .and_then(|value| from_jinja(&value));
    let mut reads = scope.tracker.take();
    if !reads.faults.is_empty() {
        reads.faults.into_iter().for_each(|fault| diagnostics.push(fault));
        return Value::Null;
    }
    // Whatever an unknown was turned into, or failed at, says nothing.
    if !reads.unknown.is_empty() {
        return Value::Unknown(Unknown::new(reads.unknown));
    }
    if !reads.stood_in.is_empty() {
        let paths = reads.stood_in.iter().map(|(_, path)| path.clone()).collect();
        scope.tracker.stood_in(std::mem::take(&mut reads.stood_in), source.at);
        // A fingerprint can be handed on as what it is. What is made of one is made of no value.
        let is_handed_on = source.is_path && !reads.used_stand_in && result.is_ok();
        if !is_handed_on {
            return Value::Unknown(Unknown::new(paths));
        }
    }
    match result {
        Ok(value) if reads.sensitive => value.into_sensitive(),
        Ok(value) => value,
        Err(error) => {
            diagnostics.push(failure(source, &error, &reads, scope));
            Value::Null
        }
    }
}

fn failure(source: &Expression, error: &minijinja::Error, reads: &Reads, scope: &Scope) -> Diagnostic {
    // Something may have been looked up in vain that the expression provides for; only where it
    // failed by that is it the fault.
    let is_undefined = error.kind() == ErrorKind::UndefinedError;
    if let (Some(name), true) = (&reads.skipped, is_undefined) {
        return Diagnostic::error(format!("`{name}` is left out here: its `when` is false"))
            .at(source.at, "this reads it")
            .help("give this the same `when`, or ask `settings` before reading it");
    }
    if let (Some(missing), true) = (&reads.missing, is_undefined) {
        return Diagnostic::error(format!("{} has no `{}`", missing.of, missing.name))
            .at(source.at, "this reads it")
            .did_you_mean(&missing.name, missing.candidates.iter().map(String::as_str))
            .or_help(|| match (&missing.help, missing.candidates.as_slice()) {
                (Some(help), _) => help.clone(),
                (None, []) => "it is empty".to_owned(),
                (None, some) => format!("it has {}", some.join(", ")),
            });
    }
    if let Some(fault) = unknown_callee(error) {
        return fault.at(source.at, "called here");
    }
    let (inner, place) = in_template(error, &scope.shared.templates);
    let what = match place {
        Some(_) => "this template can't be rendered",
        None => "this expression fails",
    };
    // The engine's own words may repeat what it was given.
    let why = match reads.sensitive {
        true => "why isn't shown, because it reads something sensitive".to_owned(),
        false => super::expression::describe(inner),
    };
    let fault = Diagnostic::error(format!("{what}: {why}"));
    let fault = match place {
        Some(at) => fault.at(at, "in this line").at(source.at, "rendered here"),
        None => fault.at(source.at, "here"),
    };
    match inner.kind() {
        ErrorKind::UndefinedError if place.is_some() => {
            fault.help("a template sees only the values that template(\"…\", name=value) gives it")
        }
        _ => fault,
    }
}

/// A function, filter or test that there isn't.
fn unknown_callee(error: &minijinja::Error) -> Option<Diagnostic> {
    let (what, candidates) = match error.kind() {
        ErrorKind::UnknownFunction => {
            ("function", super::expression::engine().globals().map(|(name, _)| name).collect())
        }
        ErrorKind::UnknownFilter => ("filter", super::functions::FILTERS.to_vec()),
        ErrorKind::UnknownTest => ("test", Vec::new()),
        _ => return None,
    };
    // The engine says `subnets is unknown`, and `filter uper is unknown`.
    let name = error.detail()?.strip_suffix(" is unknown")?.rsplit(' ').next()?;
    Some(
        Diagnostic::error(format!("there is no {what} `{name}`"))
            .did_you_mean(name, candidates.iter().copied())
            .or_help(|| "docs/language.md lists what expressions can call".to_owned()),
    )
}

/// The innermost error that a file of `templates/` caused, and its line there.
fn in_template<'e>(
    error: &'e minijinja::Error,
    templates: &Templates,
) -> (&'e minijinja::Error, Option<Location>) {
    let mut found = (error, None);
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = at {
        if let Some(inner) = current.downcast_ref::<minijinja::Error>()
            && let (Some(name), Some(line)) = (inner.name(), inner.line())
            && let Some((source, text)) = templates.0.get(name)
        {
            found = (inner, line_of(*source, text, line));
        }
        at = current.source();
    }
    found
}

/// The text of a line, without its indentation.
fn line_of(source: SourceId, text: &str, line: usize) -> Option<Location> {
    let whole = text.split_inclusive('\n').nth(line.checked_sub(1)?)?;
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let indent = whole.len() - whole.trim_start().len();
    let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Some(Location {
        source,
        offset: narrow(start + indent),
        length: narrow(whole.trim().len()),
        line: narrow(line),
        column: narrow(whole[..indent].chars().count() + 1),
    })
}
