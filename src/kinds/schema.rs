//! The schema of a spec as the engine walks it: made from the Rust types of a kind, by way of their
//! JSON Schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::Finding;
use super::form::Form;
use super::free::{self, Described};
use crate::model::{FieldPath, Json, Value};

/// A field: its shape, and what the engine has to know of it.
#[derive(Debug, Clone, Default)]
pub struct Field {
    pub shape: Shape,
    pub description: String,
    /// It must be set.
    pub required: bool,
    /// A change of it replaces the resource.
    pub immutable: bool,
    /// Of a field of free shape: the paths below it whose change replaces the resource.
    pub immutable_paths: Vec<FieldPath>,
    /// Its value is never shown or stored.
    pub sensitive: bool,
    /// Of a field of free shape: what is known of some values of it.
    pub described: Option<Box<Described>>,
    /// What is known of its keys, in such a description.
    pub parts: BTreeMap<Arc<str>, Field>,
    /// Of a field of free shape: references to secrets may stand anywhere in it.
    pub secrets: bool,
    /// Reading can't return it.
    pub write_only: bool,
    /// It is ours even where the configuration is silent.
    pub exclusive: bool,
    pub default: FieldDefault,
    /// What is written in it, where that can be done in several ways.
    pub form: Option<Form>,
    /// The kinds of which it holds the id (or another attribute) of one resource.
    pub refers: Vec<String>,
    /// The resource that it refers to can't be deleted while this one exists.
    pub holds: bool,
}

/// What a field goes back to when the configuration no longer sets it.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum FieldDefault {
    /// It goes away.
    #[default]
    Absent,
    Value(Json),
    /// The provider chooses a value: the field is released and stays as it is.
    Provider,
}

/// What a field can hold.
#[derive(Debug, Clone, Default)]
pub enum Shape {
    /// Any JSON; its maps are compared by key and its lists as one.
    #[default]
    Any,
    Scalar(Scalar),
    List {
        item: Box<Field>,
        collection: Collection,
        min_items: Option<u64>,
        max_items: Option<u64>,
    },
    /// A map with free keys.
    Map {
        value: Box<Field>,
        /// Compared as one value rather than key by key.
        atomic: bool,
    },
    /// A map with the fields of a type.
    Object(BTreeMap<Arc<str>, Field>),
}

/// A value without parts, and its bounds.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    Bool,
    Integer {
        minimum: Option<i64>,
        maximum: Option<i64>,
    },
    Number {
        minimum: Option<f64>,
        maximum: Option<f64>,
    },
    String {
        /// The values that are allowed; any where it is empty.
        one_of: Vec<String>,
        pattern: Option<Pattern>,
        min_length: Option<u64>,
        max_length: Option<u64>,
    },
}

/// A regular expression that compares as its text.
#[derive(Debug, Clone)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// The expression itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// How lists are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Collection {
    /// As one value: any difference is a difference of the whole.
    #[default]
    Atomic,
    /// Without order; each element is its own identity.
    Set,
    /// By the fields that identify an element, given by their paths.
    Keyed(Vec<String>),
}

impl Field {
    /// The schema of a type.
    ///
    /// # Panics
    /// When a kind's attributes contradict each other, which the registry's test finds.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        Self::from_schema(&schema_of::<T>())
    }

    /// The fields of an object; none of anything else.
    #[must_use]
    pub fn fields(&self) -> Option<&BTreeMap<Arc<str>, Field>> {
        match &self.shape {
            Shape::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The field of a name, of an object.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields()?.get(name)
    }

    fn from_schema(schema: &Json) -> Self {
        let flag = |name: &str| schema.get(name).and_then(Json::as_bool).unwrap_or(false);
        let text = |name: &str| schema.get(name).and_then(Json::as_str).map(str::to_owned);
        let default = match (text("x-default").as_deref(), schema.get("default")) {
            (Some("provider"), _) => FieldDefault::Provider,
            (Some(other), _) => panic!("x-default can only be \"provider\", not {other:?}"),
            (None, None | Some(Json::Null)) => FieldDefault::Absent,
            (None, Some(value)) => FieldDefault::Value(value.clone()),
        };
        let mut field = Self {
            shape: Shape::from_schema(schema),
            description: text("description").unwrap_or_default(),
            required: false,
            immutable: flag("x-immutable"),
            immutable_paths: paths_of(schema, "x-immutable-paths"),
            sensitive: flag("x-sensitive"),
            described: None,
            parts: BTreeMap::new(),
            secrets: flag("x-secrets"),
            write_only: flag("x-write-only"),
            exclusive: flag("x-exclusive"),
            default,
            form: text("x-form").map(|text| {
                Form::parse(&text).unwrap_or_else(|| panic!("x-form is {text:?}, which is no form"))
            }),
            refers: text("x-refers")
                .map(|kinds| kinds.split('|').map(|kind| kind.trim().to_owned()).collect())
                .unwrap_or_default(),
            holds: flag("x-holds"),
        };
        let sensitive = paths_of(schema, "x-sensitive-paths");
        if !sensitive.is_empty() {
            let when = text("x-sensitive-when").map(|text| match text.split_once('=') {
                Some((path, said)) => (path_of(path, "x-sensitive-when"), said.to_owned()),
                None => panic!("x-sensitive-when is `{text}`, which should be like kind=Secret"),
            });
            field.described = Some(Box::new(Described::new(&field, &sensitive, when)));
        }
        field
    }

    /// Everything in `value` that doesn't fit: unknown keys, wrong types, missing fields, bounds.
    /// What is unknown fits everywhere.
    pub fn check(&self, value: &Value, path: &FieldPath, findings: &mut Vec<Finding>) {
        let wrong = |expected: String| {
            Finding::at(
                path.clone(),
                format!("{} should be {expected}, not {}", named(path), value.type_name()),
            )
        };
        match (&self.shape, value) {
            (_, Value::Unknown(_)) => {}
            (Shape::Any, _) => self.check_free(false, value, path, findings),
            (_, Value::Sensitive(inner)) => self.check(inner, path, findings),
            (_, Value::Secret(_)) if self.sensitive => {}
            (_, Value::Secret(_)) => findings.push(Finding::secret(path)),
            (_, Value::Null) if !self.required => {}
            (Shape::Scalar(scalar), _) => scalar.check(value, path, findings),
            (Shape::List { item, min_items, max_items, collection }, Value::List(items)) => {
                let count = items.len() as u64;
                if min_items.is_some_and(|min| count < min) || max_items.is_some_and(|max| count > max) {
                    findings.push(Finding::at(
                        path.clone(),
                        format!(
                            "{} has {count} elements, where {} are allowed",
                            named(path),
                            range(*min_items, *max_items)
                        ),
                    ));
                }
                for (index, element) in items.iter().enumerate() {
                    item.check(element, &path.index(index), findings);
                }
                collection.check_identities(items, path, findings);
            }
            (Shape::List { .. }, _) => findings.push(wrong("a list".into())),
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                for (key, element) in map {
                    field.check(element, &path.key(key), findings);
                }
            }
            (Shape::Object(fields), Value::Map(map)) => check_object(fields, map, path, findings),
            (Shape::Map { .. } | Shape::Object(_), _) => findings.push(wrong("a map".into())),
        }
    }

    /// The value with a sample in the place of everything that isn't known and of every required
    /// field that is missing, so that rules beyond the schema can be asked of the rest.
    #[must_use]
    pub fn complete(&self, value: &Value) -> Json {
        match (&self.shape, value) {
            (_, Value::Unknown(_) | Value::Secret(_)) => self.sample(),
            (_, Value::Sensitive(inner)) => self.complete(inner),
            (Shape::Any, Value::Map(_) | Value::List(_)) => free::complete(value),
            (Shape::List { item, .. }, Value::List(items)) => {
                Json::Array(items.iter().map(|element| item.complete(element)).collect())
            }
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                map.iter().map(|(key, element)| (key.to_string(), field.complete(element))).collect()
            }
            (Shape::Object(fields), Value::Map(map)) => fields
                .iter()
                .filter_map(|(name, field)| match map.get(name) {
                    Some(Value::Null) | None if !field.required => None,
                    Some(Value::Null) | None => Some((name.to_string(), field.sample())),
                    Some(element) => Some((name.to_string(), field.complete(element))),
                })
                .collect(),
            (_, other) => other.reveal().unwrap_or_else(|| self.sample()),
        }
    }

    /// The schema of what is only read: nothing in it has to be there.
    #[must_use]
    pub fn optional(&self) -> Self {
        let optional = |field: &Field| Box::new(field.optional());
        let shape = match &self.shape {
            Shape::Object(fields) => {
                Shape::Object(fields.iter().map(|(name, field)| (name.clone(), field.optional())).collect())
            }
            Shape::Map { value, atomic } => Shape::Map { value: optional(value), atomic: *atomic },
            Shape::List { item, collection, min_items: _, max_items } => Shape::List {
                item: optional(item),
                collection: collection.clone(),
                min_items: None,
                max_items: *max_items,
            },
            other => other.clone(),
        };
        Self { shape, required: false, ..self.clone() }
    }

    /// The value with its sensitive parts wrapped. The keys of a map are no secret.
    #[must_use]
    pub fn conceal(&self, value: Value) -> Value {
        self.conceal_below(false, value)
    }

    fn conceal_below(&self, sensitive: bool, value: Value) -> Value {
        let field = self.described_by(Some(&value), [None, None]);
        let sensitive = sensitive || field.sensitive;
        match (&field.shape, value) {
            (Shape::Any, Value::Map(map)) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| {
                        let value = field.part(&key).conceal_below(sensitive, value);
                        (key, value)
                    })
                    .collect(),
            ),
            (Shape::Object(fields), Value::Map(map)) => Value::Map(
                map.into_iter()
                    .map(|(key, value)| {
                        let value = fields.get(&key).unwrap_or(&free::ANY).conceal_below(sensitive, value);
                        (key, value)
                    })
                    .collect(),
            ),
            (Shape::Map { value: field, atomic: false }, Value::Map(map)) => Value::Map(
                map.into_iter().map(|(key, value)| (key, field.conceal_below(sensitive, value))).collect(),
            ),
            (_, Value::Null) => Value::Null,
            (_, value) if sensitive => value.into_sensitive(),
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                Value::Map(map.into_iter().map(|(key, value)| (key, field.conceal(value))).collect())
            }
            (Shape::List { item, .. }, Value::List(items)) => {
                Value::List(items.into_iter().map(|value| item.conceal(value)).collect())
            }
            (_, value) => value,
        }
    }

    /// The smallest value that fits.
    fn sample(&self) -> Json {
        match &self.shape {
            Shape::Any | Shape::Map { .. } => Json::Object(serde_json::Map::new()),
            Shape::Scalar(scalar) => scalar.sample(),
            Shape::List { .. } => Json::Array(Vec::new()),
            Shape::Object(fields) => fields
                .iter()
                .filter(|(_, field)| field.required)
                .map(|(name, field)| (name.to_string(), field.sample()))
                .collect(),
        }
    }
}

fn check_object(
    fields: &BTreeMap<Arc<str>, Field>,
    map: &BTreeMap<Arc<str>, Value>,
    path: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    for (key, element) in map {
        match fields.get(key) {
            Some(field) => field.check(element, &path.key(key), findings),
            None => findings.push(unknown_key(fields, key, path)),
        }
    }
    for (name, field) in fields {
        if field.required && matches!(map.get(name), None | Some(Value::Null)) {
            findings.push(Finding::at(path.clone(), format!("`{name}` is missing in {}", named(path))));
        }
    }
}

fn unknown_key(fields: &BTreeMap<Arc<str>, Field>, key: &str, path: &FieldPath) -> Finding {
    let finding = Finding::at(path.key(key), format!("`{key}` is no field of {}", named(path)));
    match crate::model::closest(key, fields.keys().map(AsRef::as_ref)) {
        Some(name) => finding.help(format!("did you mean `{name}`?")),
        None => {
            let names: Vec<&str> = fields.keys().map(AsRef::as_ref).collect();
            finding.help(format!("its fields are {}", names.join(", ")))
        }
    }
}

fn named(path: &FieldPath) -> String {
    if path.is_root() { "spec".to_owned() } else { format!("`{path}`") }
}

fn range<T: std::fmt::Display + PartialEq>(minimum: Option<T>, maximum: Option<T>) -> String {
    match (minimum, maximum) {
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".to_owned(),
    }
}

impl Collection {
    /// The identity of an element among its siblings: `None` while it isn't known, or where it must
    /// not be shown.
    #[must_use]
    pub fn identity(&self, element: &Value) -> Option<String> {
        match self {
            Collection::Atomic => None,
            Collection::Set => text_of(element),
            Collection::Keyed(keys) => {
                let parts: Vec<String> =
                    keys.iter().map(|key| key_of(element, key)).collect::<Option<_>>()?;
                Some(parts.join(" "))
            }
        }
    }

    fn check_identities(&self, items: &[Value], path: &FieldPath, findings: &mut Vec<Finding>) {
        let mut seen = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let Some(identity) = self.identity(item) else {
                continue;
            };
            if let Some(first) = seen.insert(identity.clone(), index) {
                findings.push(Finding::at(
                    path.index(index),
                    format!("{} has the element `{identity}` twice, at {first} and at {index}", named(path)),
                ));
            }
        }
    }
}

/// The text of what identifies an element; `None` where it isn't known, or must not be shown.
fn text_of(part: &Value) -> Option<String> {
    (part.is_known() && !part.is_sensitive()).then(|| match part.as_str() {
        Some(text) => text.to_owned(),
        None => part.to_string(),
    })
}

/// The text at a path of keys within an element; `-` where there is nothing.
fn key_of(element: &Value, path: &str) -> Option<String> {
    let mut part = element;
    for key in path.split('.') {
        match part {
            Value::Unknown(_) | Value::Sensitive(_) | Value::Secret(_) => return None,
            _ => match part.get(key) {
                Some(inner) => part = inner,
                None => return Some("-".to_owned()),
            },
        }
    }
    if matches!(part, Value::Null) { Some("-".to_owned()) } else { text_of(part) }
}

impl Scalar {
    fn check(&self, value: &Value, path: &FieldPath, findings: &mut Vec<Finding>) {
        let mut fault = |message: String| findings.push(Finding::at(path.clone(), message));
        match (self, value) {
            (Scalar::Bool, Value::Bool(_)) => {}
            (Scalar::Integer { minimum, maximum }, Value::Integer(n)) => {
                if minimum.is_some_and(|min| *n < min) || maximum.is_some_and(|max| *n > max) {
                    fault(format!("{} is {n}, where {} is allowed", named(path), range(*minimum, *maximum)));
                }
            }
            (Scalar::Number { minimum, maximum }, Value::Integer(_) | Value::Float(_)) => {
                #[allow(clippy::cast_precision_loss, reason = "bounds are small numbers")]
                let n = match value {
                    Value::Integer(n) => *n as f64,
                    Value::Float(n) => *n,
                    _ => f64::NAN,
                };
                if minimum.is_some_and(|min| n < min) || maximum.is_some_and(|max| n > max) {
                    fault(format!("{} is {n}, where {} is allowed", named(path), range(*minimum, *maximum)));
                }
            }
            (Scalar::String { one_of, pattern, min_length, max_length }, Value::String(text)) => {
                let length = text.chars().count() as u64;
                if !one_of.is_empty() && !one_of.iter().any(|allowed| **allowed == **text) {
                    let mut finding = Finding::at(
                        path.clone(),
                        format!("{} is {text:?}, which is none of {}", named(path), one_of.join(", ")),
                    );
                    if let Some(close) = crate::model::closest(text, one_of.iter().map(String::as_str)) {
                        finding = finding.help(format!("did you mean `{close}`?"));
                    }
                    findings.push(finding);
                } else if pattern.as_ref().is_some_and(|pattern| !pattern.0.is_match(text)) {
                    let pattern = pattern.as_ref().map_or("", |pattern| pattern.0.as_str());
                    fault(format!("{} is {text:?}, which doesn't match `{pattern}`", named(path)));
                } else if min_length.is_some_and(|min| length < min)
                    || max_length.is_some_and(|max| length > max)
                {
                    fault(format!(
                        "{} has {length} characters, where {} are allowed",
                        named(path),
                        range(*min_length, *max_length)
                    ));
                }
            }
            _ => {
                let expected = self.type_name();
                let mut finding = Finding::at(
                    path.clone(),
                    format!("{} should be {expected}, not {}", named(path), value.type_name()),
                );
                if matches!(self, Scalar::String { .. })
                    && matches!(value, Value::Integer(_) | Value::Float(_) | Value::Bool(_))
                {
                    finding = finding.help(format!("put it in quotes: \"{value}\""));
                }
                findings.push(finding);
            }
        }
    }

    /// What it holds, for messages: `a string`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Scalar::Bool => "a boolean",
            Scalar::Integer { .. } => "an integer",
            Scalar::Number { .. } => "a number",
            Scalar::String { .. } => "a string",
        }
    }

    fn sample(&self) -> Json {
        match self {
            Scalar::Bool => Json::Bool(false),
            Scalar::Integer { minimum, .. } => Json::from(minimum.unwrap_or(0).max(0)),
            Scalar::Number { minimum, .. } => Json::from(minimum.unwrap_or(0.0).max(0.0)),
            Scalar::String { one_of, .. } => Json::from(one_of.first().map_or("", String::as_str)),
        }
    }
}

impl Shape {
    fn from_schema(schema: &Json) -> Self {
        if let Some(one_of) = string_variants(schema) {
            return Shape::Scalar(Scalar::String {
                one_of,
                pattern: None,
                min_length: None,
                max_length: None,
            });
        }
        if let Some(inner) = non_null_variant(schema) {
            return Shape::from_schema(inner);
        }
        let integer = |name: &str| schema.get(name).and_then(Json::as_i64);
        let unsigned = |name: &str| schema.get(name).and_then(Json::as_u64);
        let number = |name: &str| schema.get(name).and_then(Json::as_f64);
        match type_of(schema) {
            Some("boolean") => Shape::Scalar(Scalar::Bool),
            Some("integer") => Shape::Scalar(Scalar::Integer {
                minimum: integer("minimum").or_else(|| number("minimum").map(as_integer)),
                maximum: integer("maximum").or_else(|| number("maximum").map(as_integer)),
            }),
            Some("number") => {
                Shape::Scalar(Scalar::Number { minimum: number("minimum"), maximum: number("maximum") })
            }
            Some("string") => Shape::Scalar(Scalar::String {
                one_of: Vec::new(),
                pattern: schema.get("pattern").and_then(Json::as_str).map(|text| {
                    let regex = regex::Regex::new(text);
                    Pattern(regex.unwrap_or_else(|error| panic!("a kind's pattern is wrong: {error}")))
                }),
                min_length: unsigned("minLength"),
                max_length: unsigned("maxLength"),
            }),
            Some("array") => Shape::List {
                item: Box::new(schema.get("items").map_or_else(Field::default, Field::from_schema)),
                collection: collection_of(schema),
                min_items: unsigned("minItems"),
                max_items: unsigned("maxItems"),
            },
            Some("object") => Self::object(schema),
            _ => Shape::Any,
        }
    }

    fn object(schema: &Json) -> Self {
        if let Some(properties) = schema.get("properties").and_then(Json::as_object) {
            let required: Vec<&str> = schema
                .get("required")
                .and_then(Json::as_array)
                .map(|names| names.iter().filter_map(Json::as_str).collect())
                .unwrap_or_default();
            return Shape::Object(
                properties
                    .iter()
                    .map(|(name, property)| {
                        let mut field = Field::from_schema(property);
                        field.required = required.contains(&name.as_str());
                        (name.as_str().into(), field)
                    })
                    .collect(),
            );
        }
        match schema.get("additionalProperties") {
            Some(value @ Json::Object(_)) => Shape::Map {
                value: Box::new(Field::from_schema(value)),
                atomic: schema.get("x-collection").and_then(Json::as_str) == Some("atomic"),
            },
            Some(Json::Bool(true)) | None => Shape::Any,
            Some(_) => Shape::Object(BTreeMap::new()),
        }
    }
}

/// JSON Schema writes large bounds of integers as floats.
#[allow(clippy::cast_possible_truncation, reason = "a bound beyond i64 is no bound")]
fn as_integer(number: f64) -> i64 {
    number as i64
}

/// The type of a schema that isn't null.
fn type_of(schema: &Json) -> Option<&str> {
    match schema.get("type") {
        Some(Json::String(name)) => Some(name),
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).find(|name| *name != "null"),
        _ if schema.get("properties").is_some() => Some("object"),
        _ => None,
    }
}

/// The values of an enumeration of strings.
fn string_variants(schema: &Json) -> Option<Vec<String>> {
    if let Some(values) = schema.get("enum").and_then(Json::as_array) {
        return Some(values.iter().filter_map(Json::as_str).map(str::to_owned).collect());
    }
    if let Some(value) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![value.to_owned()]);
    }
    let variants = schema.get("oneOf").and_then(Json::as_array)?;
    variants.iter().map(string_variants).collect::<Option<Vec<_>>>().map(|variants| variants.concat())
}

/// The schema inside of an optional one.
fn non_null_variant(schema: &Json) -> Option<&Json> {
    let variants = schema.get("anyOf").and_then(Json::as_array)?;
    let mut others =
        variants.iter().filter(|variant| variant.get("type").and_then(Json::as_str) != Some("null"));
    match (others.next(), others.next()) {
        (Some(inner), None) => Some(inner),
        _ => None,
    }
}

/// The paths of an attribute that is a list of them.
fn paths_of(schema: &Json, attribute: &str) -> Vec<FieldPath> {
    let texts = schema.get(attribute).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    texts.map(|text| path_of(text, attribute)).collect()
}

fn path_of(text: &str, attribute: &str) -> FieldPath {
    text.parse().unwrap_or_else(|error| panic!("{attribute}: {error}"))
}

fn collection_of(schema: &Json) -> Collection {
    match schema.get("x-collection").and_then(Json::as_str) {
        None | Some("atomic") => Collection::Atomic,
        Some("set") => Collection::Set,
        Some(text) => match text.strip_prefix("list(").and_then(|rest| rest.strip_suffix(')')) {
            Some(keys) => Collection::Keyed(keys.split(',').map(|key| key.trim().to_owned()).collect()),
            None => panic!("x-collection is `{text}`, which is none of atomic, set, list(key,…)"),
        },
    }
}

fn schema_of<T: JsonSchema>() -> Json {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The JSON Schema of a type, closed against unknown keys.
pub(super) fn json_schema<T: JsonSchema>() -> Json {
    fn close(schema: &mut Json) {
        match schema {
            Json::Object(map) => {
                if map.contains_key("properties") && !map.contains_key("additionalProperties") {
                    map.insert("additionalProperties".into(), Json::Bool(false));
                }
                map.values_mut().for_each(close);
            }
            Json::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut schema = schema_of::<T>();
    close(&mut schema);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A type with one of everything.
    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Sample {
        /// A required name.
        #[schemars(length(min = 1, max = 5), extend("x-immutable" = true))]
        name: String,
        mode: Option<Mode>,
        #[schemars(range(min = 1, max = 10), extend("default" = 3))]
        size: Option<i64>,
        #[schemars(extend("x-collection" = "list(port,protocol)"))]
        rules: Option<Vec<Rule>>,
        #[schemars(extend("x-collection" = "set"))]
        zones: Option<Vec<String>>,
        tags: Option<BTreeMap<String, String>>,
        nested: Option<Rule>,
        #[schemars(extend("x-sensitive" = true))]
        password: Option<String>,
        free: Option<Json>,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    enum Mode {
        /// Documented variants are written differently in JSON Schema.
        Fast,
        /// So are these.
        Slow,
    }

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Rule {
        port: u16,
        protocol: Option<String>,
    }

    fn faults(json: &Json) -> Vec<String> {
        let mut findings = Vec::new();
        Field::of::<Sample>().check(&Value::from_json(json), &FieldPath::root(), &mut findings);
        findings.into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_type_says_all_of_its_fields() {
        let sample = Field::of::<Sample>();
        let name = sample.field("name").unwrap();
        assert!(name.required && name.immutable);
        assert_eq!(name.description, "A required name.");
        let size = sample.field("size").unwrap();
        assert_eq!(size.default, FieldDefault::Value(json!(3)));
        assert!(!size.required);
        let Shape::List { collection, item, .. } = &sample.field("rules").unwrap().shape else {
            panic!("rules is a list")
        };
        assert_eq!(*collection, Collection::Keyed(vec!["port".into(), "protocol".into()]));
        assert!(item.field("port").unwrap().required);
        assert!(matches!(sample.field("nested").unwrap().shape, Shape::Object(_)));
        assert!(matches!(sample.field("tags").unwrap().shape, Shape::Map { .. }));
        assert!(matches!(sample.field("free").unwrap().shape, Shape::Any));
    }

    #[test]
    fn what_fits_has_no_faults() {
        let fine = json!({
            "name": "a", "mode": "Fast", "size": 3, "rules": [{"port": 1}, {"port": 1, "protocol": "udp"}],
            "zones": ["a", "b"], "tags": {"x.y/z": "1"}, "nested": null, "free": [1, {"a": null}],
        });
        assert_eq!(faults(&fine), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_fault_is_named() {
        let broken = json!({
            "name": "toolong", "mode": "Fat", "size": 11, "rules": [{"port": 70000}, {"port": 70000}],
            "zones": ["a", "a"], "tags": {"x": 1}, "nested": [], "zone": 1,
        });
        assert_eq!(
            faults(&broken),
            [
                "`mode` is \"Fat\", which is none of Fast, Slow",
                "`name` has 7 characters, where 1 to 5 are allowed",
                "`nested` should be a map, not a list",
                "`rules[0].port` is 70000, where 0 to 65535 is allowed",
                "`rules[1].port` is 70000, where 0 to 65535 is allowed",
                "`rules` has the element `70000 -` twice, at 0 and at 1",
                "`size` is 11, where 1 to 10 is allowed",
                "`tags.x` should be a string, not an integer",
                "`zone` is no field of spec",
                "`zones` has the element `a` twice, at 0 and at 1",
            ]
        );
        assert_eq!(faults(&json!({})), ["`name` is missing in spec"]);
    }

    #[test]
    fn elements_can_be_identified_by_what_lies_deeper() {
        let keyed =
            Collection::Keyed(vec!["kind".into(), "metadata.namespace".into(), "metadata.name".into()]);
        let identity = |json: Json| keyed.identity(&Value::from_json(&json));
        let of = |metadata: Json| identity(json!({"kind": "Pod", "metadata": metadata}));
        assert_eq!(of(json!({"namespace": "a", "name": "b"})), Some("Pod a b".to_owned()));
        assert_eq!(of(json!({"name": "b"})), Some("Pod - b".to_owned()));
        assert_eq!(identity(json!({})), Some("- - -".to_owned()));
        let hole = || Value::Unknown(crate::model::Unknown::new(vec![]));
        let pod = |metadata: Value| Value::Map([("metadata".into(), metadata)].into());
        let named = |name: Value| Value::Map([("name".into(), name)].into());
        let hidden = |value: Value| value.into_sensitive();
        for element in [
            hole(),
            pod(hole()),
            pod(named(hole())),
            hidden(pod(Value::EMPTY_MAP)),
            pod(hidden(named(Value::string("a")))),
            pod(named(hidden(Value::string("a")))),
        ] {
            assert_eq!(keyed.identity(&element), None, "{element}");
        }
        assert_eq!(Collection::Set.identity(&hidden(Value::string("a"))), None);
    }

    #[test]
    fn elements_that_are_not_known_yet_are_no_duplicates() {
        let hole = || Value::Unknown(crate::model::Unknown::new(vec![]));
        let hidden = || Value::string("a").into_sensitive();
        let rule = |port: Value| Value::Map([("port".into(), port)].into());
        let one = Value::Integer(1).into_sensitive();
        let sample = Value::Map(
            [
                ("name".into(), Value::string("a")),
                ("rules".into(), Value::List(vec![rule(hole()), rule(hole()), rule(one.clone()), rule(one)])),
                ("zones".into(), Value::List(vec![hole(), hole(), hidden(), hidden()])),
            ]
            .into(),
        );
        let mut findings = Vec::new();
        Field::of::<Sample>().check(&sample, &FieldPath::root(), &mut findings);
        assert_eq!(findings, []);
    }

    #[test]
    fn samples_stand_in_for_what_is_unknown() {
        let value = Value::Map(
            [
                ("mode".into(), Value::Unknown(crate::model::Unknown::new(vec![]))),
                ("size".into(), Value::Integer(4)),
            ]
            .into(),
        );
        let complete = Field::of::<Sample>().complete(&value);
        assert_eq!(complete, json!({"name": "", "mode": "Fast", "size": 4}));
        let hole = || Value::Unknown(crate::model::Unknown::new(vec![]));
        let free = |value: Value| Value::Map([("free".into(), value)].into());
        let inner = Value::List(vec![hole(), Value::Null, Value::Integer(1).into_sensitive()]);
        let complete = Field::of::<Sample>().complete(&free(Value::Map([("a".into(), inner)].into())));
        assert_eq!(complete["free"], json!({"a": ["unknown", null, 1]}));
        assert_eq!(Field::of::<Sample>().complete(&free(hole()))["free"], json!({}));
    }
}
