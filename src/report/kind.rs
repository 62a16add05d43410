//! Kinds for people: which there are, and the fields of one as a tree.

use std::fmt::Write as _;
use std::sync::Arc;

use super::table::Table;
use super::wrap::wrapped;
use super::{Look, cut_at_the_end};
use crate::kinds::{AnyKind, Collection, Field, FieldDefault, Form, Scalar, Shape};

/// The kinds as a table, each with the first sentence of its description.
#[must_use]
pub fn list<'a>(kinds: impl IntoIterator<Item = &'a Arc<dyn AnyKind>>, look: Look) -> String {
    let mut table = Table::new(["", ""]);
    let kinds: Vec<_> = kinds.into_iter().collect();
    let names = kinds.iter().map(|kind| kind.name().len()).max().unwrap_or(0);
    let room = look.width.saturating_sub(names + 2);
    for kind in kinds {
        let sentence = first_sentence(&kind.spec().description);
        table.row([kind.name(), &cut_at_the_end(&sentence, room, look)]);
    }
    table.render(look)
}

/// What a kind is, the fields that the configuration may set, and the attributes that can be read.
#[must_use]
pub fn explain(kind: &dyn AnyKind, look: Look) -> String {
    let mut text = format!("{}\n\n", look.bold(kind.name()));
    text.push_str(&wrapped(&kind.spec().description, "", look.width));
    for line in traits(kind) {
        text.push_str(&wrapped(&line, "", look.width));
    }
    let _ = writeln!(text, "\n{}", look.bold("Fields of spec"));
    write_fields(&mut text, kind.spec(), 1, look);
    let _ = writeln!(text, "\n{}", look.bold("Attributes that can be read besides"));
    write_computed(&mut text, kind, look);
    if !kind.actions().is_empty() {
        let _ = writeln!(text, "\n{}", look.bold("IAM actions that it takes"));
        text.push_str(&wrapped(&kind.actions().join(", "), "  ", look.width));
    }
    text
}

/// The text up to its first full stop, on one line.
fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(". ") {
        Some((sentence, _)) => sentence.to_owned(),
        None => line.trim_end_matches('.').to_owned(),
    }
}

/// What the engine makes of a kind, where that isn't the usual.
fn traits(kind: &dyn AnyKind) -> Vec<String> {
    let mut lines = Vec::new();
    if !kind.identity().is_empty() {
        let fields: Vec<String> = kind.identity().iter().map(|field| format!("`{field}`")).collect();
        let fields = fields.join(", ");
        lines.push(format!("Known to its provider by {fields}: no two can have the same at once."));
    }
    if kind.is_container() {
        lines.push("Holds other resources: when it is replaced, they are made anew.".to_owned());
    }
    if kind.lives_in_state() {
        lines.push("Lives only in state.".to_owned());
    }
    lines
}

fn write_computed(text: &mut String, kind: &dyn AnyKind, look: Look) {
    let attributes = kind.observed().fields().into_iter().flatten();
    for (name, field) in attributes.filter(|(name, _)| kind.spec().field(name).is_none()) {
        write_field(text, name, field, false, 1, look);
    }
}

/// The fields of an object: those that must be set first, each group by name.
fn write_fields(text: &mut String, object: &Field, depth: usize, look: Look) {
    let mut fields: Vec<_> = object.fields().into_iter().flatten().collect();
    fields.sort_by_key(|(_, field)| !field.required);
    for (name, field) in fields {
        write_field(text, name, field, true, depth, look);
    }
}

fn write_field(text: &mut String, name: &str, field: &Field, in_spec: bool, depth: usize, look: Look) {
    let indent = "  ".repeat(depth);
    let mut marks = Vec::new();
    if in_spec && field.required {
        marks.push(look.notable("required"));
    }
    marks.extend(marks_of(field).into_iter().map(|mark| look.dim(mark)));
    let marks = if marks.is_empty() { String::new() } else { format!("  {}", marks.join(", ")) };
    let _ = writeln!(text, "{indent}{}: {}{marks}", look.bold(name), type_of(&field.shape));
    let below = format!("{indent}    ");
    text.push_str(&wrapped(&field.description, &below, look.width));
    let rules = rules_of(field);
    if !rules.is_empty() {
        text.push_str(&look.dim_lines(&wrapped(&(rules.join("; ") + "."), &below, look.width)));
    }
    if let Some(object) = object_within(&field.shape, field) {
        write_fields(text, object, depth + 2, look);
    }
}

/// The object whose fields are to be shown below a field: its own, or that of its elements.
fn object_within<'a>(shape: &'a Shape, field: &'a Field) -> Option<&'a Field> {
    match shape {
        Shape::Object(_) => Some(field),
        Shape::List { item: inner, .. } | Shape::Map { value: inner, .. } => {
            object_within(&inner.shape, inner)
        }
        Shape::Any | Shape::Scalar(_) => None,
    }
}

/// The properties that a field has or has not.
fn marks_of(field: &Field) -> Vec<&'static str> {
    [
        (field.immutable, "immutable"),
        (field.sensitive, "sensitive"),
        (field.write_only, "write-only"),
        (field.exclusive, "exclusive"),
    ]
    .into_iter()
    .filter_map(|(has, mark)| has.then_some(mark))
    .collect()
}

/// `list of string`, `map of object`.
fn type_of(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".to_owned(),
        Shape::Scalar(Scalar::Bool) => "boolean".to_owned(),
        Shape::Scalar(Scalar::Integer { .. }) => "integer".to_owned(),
        Shape::Scalar(Scalar::Number { .. }) => "number".to_owned(),
        Shape::Scalar(Scalar::String { .. }) => "string".to_owned(),
        Shape::List { item, .. } => format!("list of {}", type_of(&item.shape)),
        Shape::Map { value, .. } => format!("map of {}", type_of(&value.shape)),
        Shape::Object(_) => "object".to_owned(),
    }
}

/// What holds of a field beyond its type, a clause each.
fn rules_of(field: &Field) -> Vec<String> {
    let mut rules = bounds_of(&field.shape);
    match &field.default {
        FieldDefault::Absent => {}
        FieldDefault::Value(value) => rules.push(format!("default {value}")),
        FieldDefault::Provider => rules.push("the provider chooses when it is absent".to_owned()),
    }
    if field.form == Some(Form::Policy) {
        rules.push("compared as a policy document".to_owned());
    }
    if !field.refers.is_empty() {
        let holds = if field.holds { ", which can't be deleted before" } else { "" };
        rules.push(format!("refers to {}{holds}", field.refers.join(" or ")));
    }
    rules
}

fn bounds_of(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Any | Shape::Object(_) | Shape::Scalar(Scalar::Bool) => Vec::new(),
        Shape::Scalar(Scalar::Integer { minimum, maximum }) => between("", *minimum, *maximum),
        Shape::Scalar(Scalar::Number { minimum, maximum }) => between("", *minimum, *maximum),
        Shape::Scalar(Scalar::String { one_of, pattern, min_length, max_length }) => {
            let mut rules = Vec::new();
            if !one_of.is_empty() {
                rules.push(format!("one of {}", one_of.join(", ")));
            }
            rules.extend(pattern.as_ref().map(|pattern| format!("matches `{}`", pattern.as_str())));
            rules.extend(between(" characters", *min_length, *max_length));
            rules
        }
        Shape::List { item, collection, min_items, max_items } => {
            let mut rules = between(" elements", *min_items, *max_items);
            rules.extend(bounds_of(&item.shape).into_iter().map(|rule| format!("each: {rule}")));
            rules.push(compared(collection));
            rules
        }
        Shape::Map { value, atomic } => {
            let mut rules: Vec<String> =
                bounds_of(&value.shape).into_iter().map(|rule| format!("each: {rule}")).collect();
            rules.push(if *atomic { "compared as one value" } else { "compared key by key" }.to_owned());
            rules
        }
    }
}

fn compared(collection: &Collection) -> String {
    match collection {
        Collection::Atomic => "compared as one value".to_owned(),
        Collection::Set => "compared as a set".to_owned(),
        Collection::Keyed(keys) => format!("compared by {}", keys.join(" and ")),
    }
}

fn between<T: std::fmt::Display + PartialEq>(
    unit: &str,
    minimum: Option<T>,
    maximum: Option<T>,
) -> Vec<String> {
    let rule = match (minimum, maximum) {
        (Some(minimum), Some(maximum)) if minimum == maximum => format!("exactly {minimum}{unit}"),
        (Some(minimum), Some(maximum)) => format!("{minimum} to {maximum}{unit}"),
        (Some(minimum), None) => format!("at least {minimum}{unit}"),
        (None, Some(maximum)) => format!("at most {maximum}{unit}"),
        (None, None) => return Vec::new(),
    };
    vec![rule]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::{Kind, Profile, Registry};
    use crate::model::PhysicalId;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// A thing with every sort of field. It is only explained.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Spec {
        /// What it is called, among all that there are of its sort in the whole account and region.
        #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z]+$"), extend("x-immutable" = true))]
        name: String,
        /// How many.
        #[schemars(range(min = 1, max = 10), extend("default" = 3))]
        count: Option<i64>,
        #[schemars(extend("x-sensitive" = true, "x-write-only" = true))]
        password: Option<String>,
        /// Who may come in.
        #[schemars(extend("x-collection" = "list(port)", "x-exclusive" = true))]
        rules: Option<Vec<Rule>>,
        #[schemars(extend("x-default" = "provider"))]
        zone: Option<String>,
        #[schemars(extend("x-refers" = "aws.ec2.vpc", "x-holds" = true))]
        network: Option<String>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Rule {
        /// Where.
        port: i64,
        why: Option<String>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Observed {
        #[serde(flatten)]
        spec: Spec,
        /// Its unique name.
        arn: String,
    }

    struct Sample;

    impl Kind for Sample {
        const TYPE: &'static str = "test.sample";
        const IDENTITY: &'static [&'static str] = &["name"];
        type Spec = Spec;
        type Observed = Observed;

        fn project(observed: &Observed) -> Spec {
            Spec {
                name: observed.spec.name.clone(),
                count: None,
                password: None,
                rules: None,
                zone: None,
                network: None,
            }
        }

        fn profile(_spec: &Spec) -> Profile {
            Profile::seconds(1, 1, 1)
        }

        fn import_id(text: &str) -> Result<PhysicalId, String> {
            Ok(PhysicalId::new(text))
        }

        fn actions() -> &'static [&'static str] {
            &["test:Create", "test:Delete"]
        }
    }

    #[test]
    fn a_kind_is_a_tree_of_its_fields() {
        let mut registry = Registry::default();
        registry.add::<Sample>();
        let kind = registry.get("test.sample").unwrap();
        insta::assert_snapshot!(explain(&**kind, Look { width: 72, ..Look::PLAIN }));
    }

    #[test]
    fn every_kind_can_be_explained_and_is_listed_on_one_line() {
        let registry = Registry::all();
        for kind in registry.iter() {
            let text = explain(&**kind, Look::PLAIN);
            for name in kind.spec().fields().into_iter().flatten().map(|(name, _)| name) {
                assert!(text.contains(&format!("  {name}: ")), "{} lacks {name}", kind.name());
            }
        }
        let list = list(registry.iter(), Look::PLAIN);
        assert_eq!(list.lines().count(), registry.names().count());
        assert!(list.lines().all(|line| line.len() <= Look::PLAIN.width), "{list}");
    }
}
