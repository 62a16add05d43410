//! Changes behind Ninefold's back, as a console or another tool makes them.

use super::conceal;
use super::ground::Effect;
use super::object::{Edit, Object};
use super::session::Session;
use super::{Key, Place, Sandbox, StoreError};
use crate::kinds::{Answer, Field, Scope, Shape};
use crate::model::{FieldPath, Json, Step, Value};

/// Which object is meant: by its id, ARN, name, or the address that marks it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    pub text: String,
    /// Only an object of this kind.
    pub kind: Option<String>,
    /// Only an object of this region.
    pub region: Option<String>,
}

impl Selector {
    /// The object of any kind and region that a text names.
    #[must_use]
    pub fn named(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Whether a text names an object, and not just something in it.
    fn fits(&self, object: &Object) -> bool {
        let called = |name: &str| object.text(name) == Some(&self.text);
        self.kind.as_deref().is_none_or(|kind| kind == &*object.key.kind)
            && self.region.as_deref().is_none_or(|region| region == object.key.place.region())
            && (object.key.id.as_str() == self.text
                || called("arn")
                || called("name")
                || object.marks.as_ref().is_some_and(|marks| marks.address.to_string() == self.text))
    }
}

/// Why an edit can't be made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("nothing in the sandbox has the id, ARN, name or address `{0}`")]
    Nothing(String),
    #[error("`{text}` names {}; say which by kind or region", .keys.join(" and "))]
    Several { text: String, keys: Vec<String> },
    #[error("{key} has no `{path}`: {reason}")]
    NoSuchField { key: String, path: FieldPath, reason: String },
}

impl Sandbox {
    /// Sets a field of an object, or removes it with `None`.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn edit(
        &self,
        which: &Selector,
        path: &FieldPath,
        value: Option<Json>,
        by: &str,
    ) -> Result<Key, EditError> {
        self.change(which, path, by, |attributes, schema| put(attributes, schema, path.steps(), value))
    }

    /// Adds an element to a list.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn add_element(
        &self,
        which: &Selector,
        path: &FieldPath,
        value: Json,
        by: &str,
    ) -> Result<Key, EditError> {
        self.change(which, path, by, |attributes, schema| {
            let mut list = match at(attributes, schema, path.steps()) {
                Some(Json::Array(items)) => items.clone(),
                None | Some(Json::Null) => Vec::new(),
                Some(_) => return Err("it is no list".to_owned()),
            };
            list.push(value);
            put(attributes, schema, path.steps(), Some(Json::Array(list)))
        })
    }

    /// Puts an object there that Ninefold didn't make: ready, and without its marks.
    ///
    /// # Errors
    /// As the API would refuse it.
    pub fn plant(&self, kind: &str, scope: &Scope, spec: &Json) -> Answer<Key> {
        self.with(|session| super::create::plant(session, &Place::of(scope), kind, spec))
    }

    /// Removes an object at once, with all that it holds.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn remove(&self, which: &Selector) -> Result<Key, EditError> {
        self.with(|session| {
            let object = select(session, which)?;
            let mut effects = super::delete::contents(session, &object);
            effects.push(Effect::Remove(object.key.clone()));
            session.commit(effects)?;
            Ok(object.key)
        })
    }

    /// Whether what stands at a path of an object is concealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn is_concealed(&self, key: &Key, path: &FieldPath) -> Result<bool, StoreError> {
        self.with(|session| {
            Ok(session.get(key).is_some_and(|object| conceal::is_at(&object.attributes, path)))
        })
    }

    fn change(
        &self,
        which: &Selector,
        path: &FieldPath,
        by: &str,
        work: impl FnOnce(&mut Json, Option<&Field>) -> Result<(), String>,
    ) -> Result<Key, EditError> {
        self.with(|session| {
            let mut object = select(session, which)?;
            let kind = session.registry.get(&object.key.kind);
            let refusal = |reason: String| EditError::NoSuchField {
                key: object.key.to_string(),
                path: path.clone(),
                reason,
            };
            if path.is_root() {
                return Err(refusal("the attributes as a whole can't be replaced".to_owned()));
            }
            let mut attributes = object.attributes.clone();
            work(&mut attributes, kind.map(|kind| kind.observed())).map_err(refusal)?;
            if let Some(kind) = kind {
                conceal::by_schema(kind.observed(), &mut attributes, session.fingerprint);
            }
            conceal::as_before(&mut attributes, &object.attributes, session.fingerprint);
            object.attributes = attributes;
            object.edits.push(Edit { at_ms: session.now_ms, by: by.to_owned(), path: path.clone() });
            let key = object.key.clone();
            session.commit(vec![Effect::Put(Box::new(object))])?;
            Ok(key)
        })
    }
}

fn select(session: &Session<'_>, which: &Selector) -> Result<Object, EditError> {
    let mut found = session.ground.live(session.now_ms).filter(|object| which.fits(object));
    match (found.next(), found.next()) {
        (Some(object), None) => Ok(object.clone()),
        (None, _) => Err(EditError::Nothing(which.text.clone())),
        (Some(first), Some(second)) => {
            let keys = [first, second].into_iter().chain(found).map(|object| object.key.to_string());
            Err(EditError::Several { text: which.text.clone(), keys: keys.collect() })
        }
    }
}

/// The schema of what a step leads to.
fn below<'a>(schema: Option<&'a Field>, step: &Step) -> Option<&'a Field> {
    match (&schema?.shape, step) {
        (Shape::Object(fields), Step::Key(name)) => fields.get(name),
        (Shape::Map { value, .. }, Step::Key(_)) => Some(value),
        (Shape::List { item, .. }, Step::Index(_) | Step::Element(_)) => Some(item),
        _ => None,
    }
}

/// The position of an element that a step names.
fn position(items: &[Json], schema: Option<&Field>, step: &Step) -> Option<usize> {
    match (step, schema.map(|field| &field.shape)) {
        (Step::Index(index), _) => (*index < items.len()).then_some(*index),
        (Step::Element(identity), Some(Shape::List { collection, .. })) => items
            .iter()
            .position(|item| collection.identity(&Value::from_json(item)).as_deref() == Some(&**identity)),
        _ => None,
    }
}

fn at<'a>(value: &'a Json, schema: Option<&Field>, steps: &[Step]) -> Option<&'a Json> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(value);
    };
    let inner = match (value, step) {
        (Json::Object(map), Step::Key(key)) => map.get(&**key)?,
        (Json::Array(items), _) => items.get(position(items, schema, step)?)?,
        _ => return None,
    };
    at(inner, below(schema, step), rest)
}

fn put(value: &mut Json, schema: Option<&Field>, steps: &[Step], new: Option<Json>) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.unwrap_or_default();
        return Ok(());
    };
    let inner_schema = below(schema, step);
    match (value, step) {
        (Json::Object(map), Step::Key(key)) => {
            if let Some(fields) = schema.and_then(Field::fields)
                && !fields.contains_key(key)
            {
                let hint = crate::model::closest(key, fields.keys().map(AsRef::as_ref));
                return Err(hint.map_or_else(
                    || format!("there is no field `{key}`"),
                    |name| format!("did you mean `{name}`?"),
                ));
            }
            match (rest.is_empty(), new) {
                (true, None) => {
                    map.remove(&**key);
                    Ok(())
                }
                (_, new) => {
                    let entry =
                        map.entry(key.to_string()).or_insert_with(|| Json::Object(serde_json::Map::new()));
                    put(entry, inner_schema, rest, new)
                }
            }
        }
        (Json::Array(items), _) => {
            let position = position(items, schema, step).ok_or("the list has no such element")?;
            if rest.is_empty() && new.is_none() {
                items.remove(position);
                return Ok(());
            }
            let item = items.get_mut(position).ok_or("the list has no such element")?;
            put(item, inner_schema, rest, new)
        }
        _ => Err("a part of the path leads into a value without parts".to_owned()),
    }
}
