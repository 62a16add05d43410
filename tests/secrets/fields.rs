//! The fields of kinds that can hold a secret.

use std::collections::BTreeSet;

use ninefold::kinds::{Field, Shape};

/// The paths of a schema that can hold a secret.
pub fn sensitive(field: &Field, path: &str, found: &mut BTreeSet<String>) {
    if field.sensitive || field.secrets || field.described.is_some() {
        found.insert(path.to_owned());
        return;
    }
    match &field.shape {
        Shape::Object(fields) => {
            fields.iter().for_each(|(name, field)| sensitive(field, &format!("{path}.{name}"), found));
        }
        Shape::Map { value, .. } => sensitive(value, path, found),
        Shape::List { item, .. } => sensitive(item, path, found),
        _ => {}
    }
}
