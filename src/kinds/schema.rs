//! The schema of a spec as the engine walks it: what each field can hold, and what has to be known of
//! it.

mod check;
mod complete;
mod conceal;
mod identity;
mod make;
#[cfg(test)]
mod sample;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use make::json_schema;

use super::form::Form;
use super::free::Described;
use crate::model::{FieldPath, Json};

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
}

impl Scalar {
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
}
