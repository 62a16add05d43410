//! Making the schema from the Rust types of a kind, by way of their JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use super::{Collection, Field, FieldDefault, Pattern, Scalar, Shape};
use crate::kinds::form::Form;
use crate::kinds::free::Described;
use crate::model::{FieldPath, Json};

impl Field {
    /// The schema of a type.
    ///
    /// # Panics
    /// When a kind's attributes contradict each other, which the registry's test finds.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        Self::from_schema(&schema_of::<T>())
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
pub(in crate::kinds) fn json_schema<T: JsonSchema>() -> Json {
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
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;

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
}
