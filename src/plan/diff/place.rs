//! Where in a spec the comparison stands, and what holds there because of what stands above.

use crate::kinds::{Field, FieldDefault, Shape};
use crate::model::{Changed, FieldPath, Json, Step};

/// A field at its path. Its marks are its own and those of all that it stands in.
#[derive(Clone)]
pub(super) struct Place<'s> {
    pub(super) field: &'s Field,
    pub(super) path: FieldPath,
    pub(super) immutable: bool,
    /// What is immutable below it, where no schema describes it.
    pub(super) immutable_below: Vec<FieldPath>,
    pub(super) marks: Marks,
    /// Whether its value must not be shown, although the schema doesn't say so.
    pub(super) concealed: bool,
    pub(super) exclusive: bool,
    /// Whether it is an element of a list or a map, which comes and goes without being changed.
    pub(super) in_collection: bool,
    /// What a value that has to be put here is called: `Reset` where it is a default.
    pub(super) asked: Changed,
}

/// What restricts the view of a value.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    pub(super) sensitive: bool,
    pub(super) write_only: bool,
    /// Whether it stands in a value whose fingerprint is the recorded one, so that the parts that
    /// can't be read are known to be the same.
    pub(super) as_recorded: bool,
}

impl Marks {
    pub(super) const NONE: Marks = Marks { sensitive: false, write_only: false, as_recorded: false };

    /// Those of a field that stands in something with these marks.
    pub(super) fn below(self, field: &Field) -> Self {
        Self {
            sensitive: self.sensitive || field.sensitive,
            write_only: self.write_only || field.write_only,
            as_recorded: self.as_recorded,
        }
    }
}

impl<'s> Place<'s> {
    pub(super) fn root(field: &'s Field) -> Self {
        Self {
            field,
            path: FieldPath::root(),
            immutable: field.immutable,
            immutable_below: field.immutable_paths.clone(),
            marks: Marks::NONE.below(field),
            concealed: false,
            exclusive: field.exclusive,
            in_collection: false,
            asked: Changed::Set,
        }
    }

    pub(super) fn below(&self, step: Step, field: &'s Field) -> Self {
        let mut immutable_below: Vec<FieldPath> =
            self.immutable_below.iter().filter_map(|path| path.after(&step)).collect();
        let is_named = immutable_below.iter().any(FieldPath::is_root);
        immutable_below.extend_from_slice(&field.immutable_paths);
        Self {
            field,
            path: self.path.join(step),
            immutable: self.immutable || field.immutable || is_named,
            immutable_below,
            marks: self.marks.below(field),
            concealed: self.concealed,
            exclusive: self.exclusive || field.exclusive,
            in_collection: !matches!(self.field.shape, Shape::Object(_)),
            asked: self.asked,
        }
    }

    pub(super) fn key(&self, key: &str, field: &'s Field) -> Self {
        self.below(Step::Key(key.into()), field)
    }

    pub(super) fn element(&self, identity: &str, field: &'s Field) -> Self {
        self.below(Step::Element(identity.into()), field)
    }

    pub(super) fn default_value(&self) -> Option<&'s Json> {
        match &self.field.default {
            FieldDefault::Value(value) => present(self.field, Some(value)),
            FieldDefault::Absent | FieldDefault::Provider => None,
        }
    }
}

/// What there is, if it is anything: null is nothing, and so is an empty list or map whose type is
/// known, because no provider tells the two apart.
pub(super) fn present<'j>(field: &Field, json: Option<&'j Json>) -> Option<&'j Json> {
    json.filter(|json| match (&field.shape, json) {
        (_, Json::Null) => false,
        (Shape::List { .. }, Json::Array(items)) => !items.is_empty(),
        (Shape::Map { .. }, Json::Object(map)) => !map.is_empty(),
        _ => true,
    })
}

/// The value of a key of what may be an object.
pub(super) fn member<'j>(json: Option<&'j Json>, key: &str) -> Option<&'j Json> {
    json?.get(key).filter(|value| !value.is_null())
}
