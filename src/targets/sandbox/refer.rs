//! Which objects refer to which: what has to be there for a spec, and what keeps an object from
//! being deleted.

use super::object::{Object, Place};
use super::refuse::not_found_code;
use super::session::Session;
use crate::kinds::{Field, Refusal, Shape};
use crate::model::{FieldPath, Json};

/// A text within a spec that names an object of a kind.
struct Reference<'a> {
    path: FieldPath,
    /// The kinds that it may be of.
    kinds: &'a [String],
    holds: bool,
    text: &'a str,
}

/// Every reference within a value.
fn references<'a>(schema: &'a Field, value: &'a Json) -> Vec<Reference<'a>> {
    let mut found = Vec::new();
    collect(schema, None, value, &FieldPath::root(), &mut found);
    found
}

/// `above` is what the field around this one says: a list's elements refer as the list does.
fn collect<'a>(
    schema: &'a Field,
    above: Option<(&'a [String], bool)>,
    value: &'a Json,
    path: &FieldPath,
    found: &mut Vec<Reference<'a>>,
) {
    let own = (!schema.refers.is_empty()).then_some((schema.refers.as_slice(), schema.holds));
    let refers = own.or(above);
    match (value, &schema.shape) {
        (Json::String(text), _) => {
            if let Some((kinds, holds)) = refers {
                found.push(Reference { path: path.clone(), kinds, holds, text });
            }
        }
        (Json::Array(items), Shape::List { item, .. }) => {
            for (index, element) in items.iter().enumerate() {
                collect(item, refers, element, &path.index(index), found);
            }
        }
        (Json::Object(map), Shape::Map { value: field, .. }) => {
            for (key, element) in map {
                collect(field, refers, element, &path.key(key), found);
            }
        }
        (Json::Object(map), Shape::Object(fields)) => {
            for (key, element) in map {
                if let Some(field) = fields.get(key.as_str()) {
                    collect(field, None, element, &path.key(key), found);
                }
            }
        }
        _ => {}
    }
}

/// Whether a schema refers to other kinds at all, and holds them.
fn holds_any(schema: &Field, kind: &str) -> bool {
    let own = schema.holds && schema.refers.iter().any(|wanted| stands_for(kind, wanted));
    own || match &schema.shape {
        Shape::List { item, .. } => holds_any(item, kind),
        Shape::Map { value, .. } => holds_any(value, kind),
        Shape::Object(fields) => fields.values().any(|field| holds_any(field, kind)),
        Shape::Any | Shape::Scalar(_) => false,
    }
}

/// Whether an object of a kind can be named where another kind is asked for: a service's own role for
/// a role.
fn stands_for(own: &str, wanted: &str) -> bool {
    let parts = own.rsplit_once('.').zip(wanted.rsplit_once('.'));
    own == wanted
        || parts.is_some_and(|((service, name), (wanted_service, wanted_name))| {
            let is_a_sort_of = name.strip_suffix(wanted_name).is_some_and(|rest| rest.ends_with('_'));
            service == wanted_service && is_a_sort_of
        })
}

/// Whether something that a text names as an object of a kind is there.
fn is_there(session: &Session<'_>, kind: &str, text: &str) -> bool {
    session
        .registry
        .names()
        .filter(|own| stands_for(own, kind))
        .any(|own| session.ground.of_kind(own, session.now_ms).any(|object| names(session, text, object)))
}

/// Whether a text names an object, and not only something that the object refers to as well.
fn names(session: &Session<'_>, text: &str, object: &Object) -> bool {
    object.is_called(session.registry.get(&object.key.kind).map(|kind| kind.spec()), text)
}

/// Whether a text names something that AWS itself provides, such as a managed policy or key.
fn is_the_providers(text: &str) -> bool {
    text.starts_with("alias/aws/") || (text.starts_with("arn:aws") && text.split(':').nth(4) == Some("aws"))
}

/// Whether a text names a key of another account, which AWS takes wherever it takes a key: what lives
/// in other accounts isn't simulated.
fn is_elsewhere(session: &Session<'_>, kinds: &[String], text: &str) -> bool {
    let account = text.strip_prefix("arn:").and_then(|rest| rest.split(':').nth(3));
    kinds.iter().any(|kind| kind.starts_with("aws.kms."))
        && account.is_some_and(|account| !account.is_empty() && account != session.ground.account)
}

/// Whether something of a kind came with another object, as a network's main route table does: an
/// attribute that is named after the kind holds its id.
fn came_with_another(session: &Session<'_>, kind: &str, text: &str) -> bool {
    let name = kind.rsplit('.').next().unwrap_or(kind);
    session.ground.live(session.now_ms).any(|object| {
        &*object.key.kind != kind
            && object
                .attributes
                .as_object()
                .into_iter()
                .flatten()
                .any(|(attribute, value)| attribute.contains(name) && value.as_str() == Some(text))
    })
}

/// Refuses a spec that refers to what isn't there.
pub(super) fn check(session: &Session<'_>, schema: &Field, spec: &Json) -> Result<(), Refusal> {
    for reference in references(schema, spec) {
        let Reference { path, kinds, text, .. } = &reference;
        // A kind that isn't registered can't live here: nothing can be said of it.
        let cant_tell = |kind: &String| session.registry.get(kind).is_none();
        if kinds.iter().any(cant_tell) || is_the_providers(text) || is_elsewhere(session, kinds, text) {
            continue;
        }
        let found = |kind: &String| is_there(session, kind, text) || came_with_another(session, kind, text);
        if let Some(first) = kinds.first()
            && !kinds.iter().any(found)
        {
            return Err(Refusal::new(
                &not_found_code(first),
                format!("`{path}` is {text}: there is no such {}", kinds.join(" or ")),
            ));
        }
    }
    Ok(())
}

/// The first object that keeps another from being deleted.
pub(super) fn holder<'a>(session: &'a Session<'_>, object: &Object) -> Option<&'a Object> {
    session.registry.iter().filter(|kind| holds_any(kind.spec(), &object.key.kind)).find_map(|kind| {
        session.ground.of_kind(kind.name(), session.now_ms).filter(|holder| holder.key != object.key).find(
            |holder| {
                references(kind.spec(), &holder.attributes).iter().any(|reference| {
                    reference.holds
                        && reference.kinds.iter().any(|kind| stands_for(&object.key.kind, kind))
                        && names(session, reference.text, object)
                        && !has_namesake(session, object, &holder.key.place, reference.text)
                })
            },
        )
    })
}

/// Whether a text means another object than this one: names of different regions may be the same,
/// and then the one of the referring object's region is meant.
fn has_namesake(session: &Session<'_>, object: &Object, place: &Place, text: &str) -> bool {
    object.key.place.region() != place.region()
        && session
            .ground
            .of_kind(&object.key.kind, session.now_ms)
            .any(|other| other.key.place.region() == place.region() && names(session, text, other))
}
