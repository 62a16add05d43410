//! A YAML value whose scalars may hold expressions, ready to be evaluated.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expression::{self, Expression, Path, Segment};
use super::yaml::{Content, Node};
use crate::model::{Diagnostic, Diagnostics, FieldPath, Location, SecretReference, Sources, Step, Value};

/// A value with expressions in it.
#[derive(Debug)]
pub(super) struct Template {
    pub at: Location,
    /// Of the key that it is the value of, in a map.
    pub key_at: Option<Location>,
    pub shape: TemplateShape,
}

#[derive(Debug)]
pub(super) enum TemplateShape {
    /// A value without expressions, a secret reference included.
    Plain(Value),
    /// A scalar that is one whole expression: it keeps its native type.
    Whole(Box<Expression>),
    /// Text with expressions in it: always a string.
    Mixed(Vec<Piece>),
    List(Vec<Template>),
    Map(Entries),
    /// A reference to a secret whose parts hold expressions, such as the name of a secret that
    /// another resource makes.
    Secret(Entries),
}

/// The entries of a map, in the order of their keys. Most maps have one to three of them, for which
/// a tree takes ten times the room.
#[derive(Debug, Default)]
pub(super) struct Entries(Box<[(Arc<str>, Template)]>);

impl Entries {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Template)> {
        self.0.iter().map(|(key, template)| (key, template))
    }

    fn get(&self, key: &str) -> Option<&Template> {
        let place = self.0.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        Some(&self.0[place].1)
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Template> {
        let place = self.0.binary_search_by(|(name, _)| (**name).cmp(key)).ok()?;
        let mut entries = std::mem::take(&mut self.0).into_vec();
        let (_, template) = entries.remove(place);
        self.0 = entries.into();
        Some(template)
    }
}

/// Of two entries with one key, the first stays.
impl FromIterator<(Arc<str>, Template)> for Entries {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Template)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Self(entries.into())
    }
}

/// A piece of a mixed scalar.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Expression(Expression),
}

impl Template {
    /// The resource of its own stack that it names and hands on as it is.
    pub(super) fn as_resource(&self) -> Option<&Path> {
        let TemplateShape::Whole(expression) = &self.shape else { return None };
        let path = expression.as_path()?;
        match (path.root.as_str(), path.segments.as_slice()) {
            ("phases", [_, Segment::Name(name)]) if name != "outputs" => Some(path),
            ("env" | "settings" | "each" | "evidence" | "phases" | "stacks", _) => None,
            (_, []) => Some(path),
            _ => None,
        }
    }

    /// Every expression in it.
    pub(super) fn expressions(&self) -> Vec<&Expression> {
        let mut all = Vec::new();
        self.visit(&mut |expression| all.push(expression));
        all
    }

    fn visit<'a>(&'a self, found: &mut dyn FnMut(&'a Expression)) {
        match &self.shape {
            TemplateShape::Plain(_) => {}
            TemplateShape::Whole(expression) => found(expression),
            TemplateShape::Mixed(pieces) => {
                for piece in pieces {
                    if let Piece::Expression(expression) = piece {
                        found(expression);
                    }
                }
            }
            TemplateShape::List(items) => items.iter().for_each(|item| item.visit(found)),
            TemplateShape::Map(map) | TemplateShape::Secret(map) => {
                map.iter().for_each(|(_, item)| item.visit(found));
            }
        }
    }

    /// The place that sets the field at `path`, or the nearest one above it.
    pub(super) fn locate(&self, path: &FieldPath) -> Location {
        self.nearest(path).at
    }

    /// The key of the field at `path`, or the place of the nearest one above it.
    pub(super) fn locate_key(&self, path: &FieldPath) -> Location {
        let template = self.nearest(path);
        template.key_at.unwrap_or(template.at)
    }

    fn nearest(&self, path: &FieldPath) -> &Template {
        let mut template = self;
        for step in path.steps() {
            let next = match (&template.shape, step) {
                (TemplateShape::Map(map), Step::Key(key)) => map.get(key),
                (TemplateShape::List(items), Step::Index(index)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(inner) => template = inner,
                None => break,
            }
        }
        template
    }
}

/// Reads templates out of a file, and gathers what is wrong with them.
pub(super) struct Compiler<'a> {
    pub sources: &'a Sources,
    pub diagnostics: &'a mut Diagnostics,
}

impl Compiler<'_> {
    /// Makes a template of a YAML value. What is wrong becomes a diagnostic, and null in its place.
    pub(super) fn template(&mut self, node: &Node) -> Template {
        let plain = TemplateShape::Plain;
        let shape = match &node.content {
            Content::Null => plain(Value::Null),
            Content::Bool(b) => plain(Value::Bool(*b)),
            Content::Integer(n) => plain(Value::Integer(*n)),
            Content::Float(n) => plain(Value::Float(*n)),
            Content::String(text) => self.scalar(text, node.at),
            Content::List(items) => {
                TemplateShape::List(items.iter().map(|item| self.template(item)).collect())
            }
            Content::Map(entries) => match entries.as_slice() {
                [(key, inner)] if &*key.text == "secret" && matches!(inner.content, Content::Map(_)) => {
                    self.secret(inner)
                }
                _ => self.map(entries),
            },
        };
        Template { at: node.at, key_at: None, shape }
    }

    fn map(&mut self, entries: &[(super::yaml::Key, Node)]) -> TemplateShape {
        let mut map = Vec::with_capacity(entries.len());
        let mut first: BTreeMap<&str, Location> = BTreeMap::new();
        for (key, value) in entries {
            if key.text.contains("{{") {
                self.diagnostics.push(
                    Diagnostic::error(format!("the key `{}` holds an expression", key.text))
                        .at(key.at, "keys are plain text")
                        .help("build the whole map in one expression, or in a file of templates/"),
                );
            }
            if let Some(earlier) = first.insert(&key.text, key.at) {
                self.diagnostics.push(super::fields::twice(key, earlier));
            }
            let template = Template { key_at: Some(key.at), ..self.template(value) };
            map.push((key.text.clone(), template));
        }
        TemplateShape::Map(map.into_iter().collect())
    }

    fn secret(&mut self, node: &Node) -> TemplateShape {
        let template = self.template(node);
        match (super::evaluate::plain(&template), template.shape) {
            (Some(value), _) => TemplateShape::Plain(
                secret_reference(&value, node.at)
                    .map_err(|fault| self.diagnostics.push(fault))
                    .map_or(Value::Null, Value::secret),
            ),
            (None, TemplateShape::Map(map)) => TemplateShape::Secret(map),
            // What stands in braces is a map, and only a map comes here.
            (None, shape) => shape,
        }
    }

    fn scalar(&mut self, text: &Arc<str>, at: Location) -> TemplateShape {
        if !text.contains("{{") && !text.contains("{%") {
            return TemplateShape::Plain(Value::String(text.clone()));
        }
        let pieces = match split(text) {
            Ok(pieces) => pieces,
            Err(fault) => {
                self.diagnostics.push(fault.at(at, "in this text"));
                return TemplateShape::Plain(Value::Null);
            }
        };
        let whole = pieces.len() == 1;
        let mut compiled = Vec::new();
        for piece in pieces {
            match piece {
                RawPiece::Text(text) => compiled.push(Piece::Text(text.to_owned())),
                RawPiece::Expression(source) => match self.expression(source, at) {
                    Some(expression) if whole => return TemplateShape::Whole(Box::new(expression)),
                    Some(expression) => compiled.push(Piece::Expression(expression)),
                    None => return TemplateShape::Plain(Value::Null),
                },
            }
        }
        TemplateShape::Mixed(compiled)
    }

    /// Compiles an expression that stands in a scalar at `at`.
    pub(super) fn expression(&mut self, source: &str, at: Location) -> Option<Expression> {
        let place = self.within(at, source);
        match expression::compile(source, place) {
            Ok(expression) => Some(expression),
            Err(error) => {
                self.diagnostics.push(
                    Diagnostic::error(format!("this expression can't be read: {error}"))
                        .at(place, "in this expression"),
                );
                None
            }
        }
    }

    /// The place of `part` within the text at `at`, or all of it where it is written differently
    /// there (escapes, folded lines).
    fn within(&self, at: Location, part: &str) -> Location {
        let start = at.offset as usize;
        let found = self.sources.text(at.source).and_then(|text| {
            let written = text.get(start..start + at.length as usize)?;
            let offset = written.find(part)?;
            Some((offset, &written[..offset]))
        });
        let Some((offset, before)) = found else { return at };
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let lines = before.matches('\n').count();
        let column = match before.rfind('\n') {
            Some(newline) => narrow(before[newline + 1..].chars().count()) + 1,
            None => at.column + narrow(before.chars().count()),
        };
        Location {
            source: at.source,
            offset: narrow(start + offset),
            length: narrow(part.len()),
            line: at.line + narrow(lines),
            column,
        }
    }
}

/// The reference to a secret that a map gives, once its parts are known.
///
/// # Errors
/// When it is none.
pub(super) fn secret_reference(value: &Value, at: Location) -> Result<SecretReference, Diagnostic> {
    let reference = value
        .reveal()
        .ok_or_else(|| "its parts are plain text".to_owned())
        .and_then(|json| serde_json::from_value::<SecretReference>(json).map_err(|error| error.to_string()));
    reference.map_err(|error| {
        Diagnostic::error(format!("this is no reference to a secret: {error}"))
            .at(at, "this reference")
            .help("write secret: { from: secretsmanager | ssm | env | file, name: …, key: … }")
    })
}

enum RawPiece<'a> {
    Text(&'a str),
    Expression(&'a str),
}

/// Cuts a scalar into text and expressions.
fn split(text: &str) -> Result<Vec<RawPiece<'_>>, Diagnostic> {
    if text.contains("{%") {
        return Err(Diagnostic::error("`{%` starts a statement, and scalars hold only expressions")
            .help("put it into a file of templates/ and call template(\"…\", name=value)"));
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        if start > 0 {
            pieces.push(RawPiece::Text(&rest[..start]));
        }
        let inner = &rest[start + 2..];
        let Some(end) = closing(inner) else {
            return Err(Diagnostic::error("`{{` has no `}}` that closes it")
                .help("close it; to write the braces themselves, use {{ '{{' }}"));
        };
        let expression = inner[..end].trim();
        if expression.is_empty() {
            return Err(Diagnostic::error("there is no expression between `{{` and `}}`")
                .help("write one, or remove the braces; to write the braces themselves, use {{ '{{' }}"));
        }
        pieces.push(RawPiece::Expression(expression));
        rest = &inner[end + 2..];
    }
    if !rest.is_empty() {
        pieces.push(RawPiece::Text(rest));
    }
    Ok(pieces)
}

/// The offset of the `}}` that ends an expression: outside of quotes and of the expression's own
/// braces.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0_u32;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if matches!(characters.peek(), Some((_, '}'))) => return Some(offset),
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::yaml;
    use super::*;

    fn compile(text: &str) -> (Template, Diagnostics) {
        let mut sources = Sources::default();
        let source = sources.add("test.yaml", text);
        let node = yaml::parse(source, text).unwrap();
        let mut diagnostics = Diagnostics::default();
        let template = Compiler { sources: &sources, diagnostics: &mut diagnostics }.template(&node);
        (template, diagnostics)
    }

    #[test]
    fn a_scalar_is_plain_or_whole_or_mixed() {
        let (template, faults) = compile("[plain, '{{ a }}', 'x-{{ a }}', '{{ {\"k\": {\"l\": \"}}\"}} }}']");
        assert!(faults.is_empty());
        let TemplateShape::List(items) = template.shape else { panic!("a list") };
        assert!(matches!(items[0].shape, TemplateShape::Plain(_)));
        assert!(matches!(items[1].shape, TemplateShape::Whole(_)));
        assert!(matches!(items[2].shape, TemplateShape::Mixed(_)));
        assert!(matches!(items[3].shape, TemplateShape::Whole(_)));
    }

    #[test]
    fn expressions_know_their_own_place() {
        let (template, _) = compile("name: \"eu-{{ env.name }}\"\n");
        let at = template.expressions()[0].at;
        assert_eq!((at.line, at.column, at.length), (1, 14, 8));
    }

    #[test]
    fn faults_of_text_are_told() {
        for (text, fault) in [
            ("'{{ a '", "no `}}`"),
            ("'{{ }}'", "no expression"),
            ("'{% if a %}'", "statement"),
            ("'{{ a + }}'", "can't be read"),
            ("{'{{ a }}': 1}", "keys are plain text"),
            ("a: 1\na: 2", "twice"),
            ("secret: {from: nowhere, name: x}", "no reference to a secret"),
        ] {
            let (_, faults) = compile(text);
            assert!(format!("{faults:?}").contains(fault), "{text}: {faults:?}");
        }
    }

    #[test]
    fn a_secret_is_a_reference() {
        let (template, faults) = compile("password: { secret: { from: env, name: DB_PASSWORD } }");
        assert!(faults.is_empty(), "{faults:?}");
        let TemplateShape::Map(map) = template.shape else { panic!("a map") };
        assert!(matches!(map.get("password").unwrap().shape, TemplateShape::Plain(Value::Secret(_))));
    }
}
