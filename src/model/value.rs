//! Values with holes: what the configuration asks for, before everything is known.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FINGERPRINT, FieldPath, Json, SecretReference, Step, fingerprint_in_text};

/// Where a value that isn't known yet comes from: the attributes that its expression read.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unknown(Arc<[String]>);

impl Unknown {
    /// `reads` are attributes such as `platform/cluster.vpc[primary].id`.
    #[must_use]
    pub fn new(mut reads: Vec<String>) -> Self {
        reads.sort_unstable();
        reads.dedup();
        Self(reads.into())
    }

    #[must_use]
    pub fn reads(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unknown").field(&self.0).finish()
    }
}

/// A value of the configuration. Maps are ordered by key, so that equal values print the same.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Resets a field to its default.
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(Arc<str>),
    List(Vec<Value>),
    Map(BTreeMap<Arc<str>, Value>),
    /// Known only after something else has been applied.
    Unknown(Unknown),
    /// Known, and never to be shown or written: only [`Value::reveal`] gives it away, to the call
    /// that needs it.
    Sensitive(Arc<Value>),
    /// What is known of a sensitive value that wasn't written: its keyed fingerprint. It always stands
    /// within [`Value::Sensitive`], and no call gets it: [`Value::reveal`] gives nothing for it.
    StandIn(Arc<str>),
    /// To be had from a secret store at the moment of the call.
    Secret(Arc<SecretReference>),
}

const UNKNOWN_KEY: &str = "$unknown";
const SENSITIVE_KEY: &str = "$sensitive";
const SECRET_KEY: &str = "$secret";

impl Value {
    pub const EMPTY_MAP: Value = Value::Map(BTreeMap::new());

    #[must_use]
    pub fn string(text: &str) -> Self {
        Value::String(text.into())
    }

    /// A reference to a secret. It is kept apart, so that the many values which are none stay small.
    #[must_use]
    pub fn secret(reference: SecretReference) -> Self {
        Value::Secret(Arc::new(reference))
    }

    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&BTreeMap<Arc<str>, Value>> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value of a key, where this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.get(key)
    }

    /// The value at `path`; element steps are not followed, because they need a schema.
    #[must_use]
    pub fn at(&self, path: &FieldPath) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match (value, step) {
            (Value::Map(map), Step::Key(key)) => map.get(key),
            (Value::List(list), Step::Index(index)) => list.get(*index),
            _ => None,
        })
    }

    /// What this is, for messages: `a string`, `a list`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Integer(_) => "an integer",
            Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Unknown(_) => "a value known only after apply",
            Value::Sensitive(_) | Value::StandIn(_) => "a sensitive value",
            Value::Secret(_) => "a secret",
        }
    }

    /// Whether nothing in it waits for an apply.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::List(items) => items.iter().all(Value::is_known),
            Value::Map(map) => map.values().all(Value::is_known),
            Value::Sensitive(inner) => inner.is_known(),
            _ => true,
        }
    }

    /// Whether any part of it must not be shown.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        match self {
            Value::Sensitive(_) | Value::StandIn(_) | Value::Secret(_) => true,
            Value::List(items) => items.iter().any(Value::is_sensitive),
            Value::Map(map) => map.values().any(Value::is_sensitive),
            _ => false,
        }
    }

    /// Wraps a value so that it is never shown; wrapping twice is wrapping once.
    #[must_use]
    pub fn into_sensitive(self) -> Self {
        match self {
            Value::Sensitive(_) | Value::Secret(_) | Value::Unknown(_) => self,
            other => Value::Sensitive(Arc::new(other)),
        }
    }

    /// Reads JSON as plain data: no key of it has a special meaning.
    #[must_use]
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => {
                n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or(f64::NAN)), Value::Integer)
            }
            Json::String(s) => Value::String(s.as_str().into()),
            Json::Array(items) => Value::List(items.iter().map(Value::from_json).collect()),
            Json::Object(map) => Value::Map(
                map.iter().map(|(key, value)| (key.as_str().into(), Value::from_json(value))).collect(),
            ),
        }
    }

    /// Reads what state or a target keeps of attributes, where fingerprints stand for what isn't
    /// written. This is where a fingerprint becomes one by type; from here on no text is taken for one.
    #[must_use]
    pub fn from_kept(json: &Json) -> Self {
        match json {
            Json::String(text) => {
                fingerprint_in_text(text).map_or_else(|| Value::from_json(json), Value::stand_in)
            }
            Json::Array(items) => Value::List(items.iter().map(Value::from_kept).collect()),
            Json::Object(map) => match (map.len(), map.get(FINGERPRINT)) {
                (1, Some(Json::String(fingerprint))) => Value::stand_in(fingerprint),
                _ => Value::Map(
                    map.iter().map(|(key, value)| (key.as_str().into(), Value::from_kept(value))).collect(),
                ),
            },
            scalar => Value::from_json(scalar),
        }
    }

    /// A sensitive value of which only this fingerprint is known.
    #[must_use]
    pub fn stand_in(fingerprint: &str) -> Self {
        Value::Sensitive(Arc::new(Value::StandIn(fingerprint.into())))
    }

    /// Whether only its fingerprint is known.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        match self {
            Value::StandIn(_) => true,
            Value::Sensitive(inner) => inner.is_stand_in(),
            _ => false,
        }
    }

    /// The plain JSON of a value, sensitive parts included: for the call itself, never for print.
    /// `None` while a part is unknown, a secret that hasn't been fetched, or only a fingerprint.
    #[must_use]
    pub fn reveal(&self) -> Option<Json> {
        Some(match self {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Integer(n) => Json::from(*n),
            Value::Float(n) => Json::from(*n),
            Value::String(s) => Json::String(s.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Value::reveal).collect::<Option<_>>()?),
            Value::Map(map) => Json::Object(
                map.iter()
                    .map(|(key, value)| Some((key.to_string(), value.reveal()?)))
                    .collect::<Option<_>>()?,
            ),
            Value::Sensitive(inner) => inner.reveal()?,
            Value::Unknown(_) | Value::StandIn(_) | Value::Secret(_) => return None,
        })
    }
}

/// Shows a value as JSON, with `(known after apply)` and `(sensitive)` in the place of holes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Integer(n) => write!(f, "{n}"),
            Value::Float(n) => write!(f, "{n}"),
            Value::String(s) => write!(f, "{}", Json::from(s.as_ref())),
            Value::List(items) => {
                f.write_str("[")?;
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{item}")?;
                }
                f.write_str("]")
            }
            Value::Map(map) => {
                f.write_str("{")?;
                for (position, (key, item)) in map.iter().enumerate() {
                    if position > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{}: {item}", Json::from(key.as_ref()))?;
                }
                f.write_str("}")
            }
            Value::Unknown(_) => f.write_str("(known after apply)"),
            Value::Sensitive(_) | Value::StandIn(_) | Value::Secret(_) => f.write_str("(sensitive)"),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Holes are written as maps with one key that starts with `$`: `{"$unknown": […]}`,
/// `{"$sensitive": true}` (never the value), `{"$secret": {…}}` (the reference).
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let hole = |serializer: S, key: &str, inner: Json| -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(key, &inner)?;
            map.end()
        };
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Integer(n) => serializer.serialize_i64(*n),
            Value::Float(n) => serializer.serialize_f64(*n),
            Value::String(s) => serializer.serialize_str(s),
            Value::List(items) => items.serialize(serializer),
            Value::Map(map) => map.serialize(serializer),
            Value::Unknown(unknown) => hole(serializer, UNKNOWN_KEY, Json::from(unknown.reads())),
            Value::Sensitive(_) | Value::StandIn(_) => hole(serializer, SENSITIVE_KEY, Json::Bool(true)),
            Value::Secret(reference) => {
                let reference =
                    serde_json::to_value(reference.as_ref()).map_err(serde::ser::Error::custom)?;
                hole(serializer, SECRET_KEY, reference)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_plan_json(&Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn from_plan_json(json: &Json) -> Result<Value, String> {
    match json {
        Json::Array(items) => items.iter().map(from_plan_json).collect::<Result<_, _>>().map(Value::List),
        Json::Object(map) => {
            if let (1, Some((key, inner))) = (map.len(), map.iter().next()) {
                match key.as_str() {
                    UNKNOWN_KEY => {
                        return serde_json::from_value(inner.clone())
                            .map(|reads| Value::Unknown(Unknown::new(reads)))
                            .map_err(|e| e.to_string());
                    }
                    // The value itself was never written: it is evaluated anew before its call.
                    SENSITIVE_KEY => return Ok(Value::Sensitive(Arc::new(Value::Null))),
                    SECRET_KEY => {
                        return serde_json::from_value(inner.clone())
                            .map(Value::secret)
                            .map_err(|e| e.to_string());
                    }
                    _ => {}
                }
            }
            map.iter()
                .map(|(key, value)| Ok((key.as_str().into(), from_plan_json(value)?)))
                .collect::<Result<_, _>>()
                .map(Value::Map)
        }
        scalar => Ok(Value::from_json(scalar)),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Value::Integer(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_sensitive_value_shows_in_no_form_of_text() {
        let secret = Value::from("hunter2").into_sensitive();
        let nested = Value::Map([("password".into(), secret)].into());
        assert!(!format!("{nested} {nested:?}").contains("hunter2"));
        let json = serde_json::to_string(&nested).unwrap();
        assert_eq!(json, r#"{"password":{"$sensitive":true}}"#);
        assert_eq!(nested.reveal(), Some(json!({"password": "hunter2"})));
    }

    #[test]
    fn plans_keep_holes_and_everything_else() {
        let value = Value::Map(
            [
                ("id".into(), Value::Unknown(Unknown::new(vec!["p/c.vpc.id".into()]))),
                ("list".into(), Value::List(vec![Value::Null, Value::Integer(3), Value::Float(0.5)])),
            ]
            .into(),
        );
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
        assert_eq!(value.reveal(), None);
    }

    #[test]
    fn what_stands_in_for_a_value_is_never_taken_for_one() {
        for kept in [json!("$fingerprint:hmac:12"), json!({"$fingerprint": "hmac:12"})] {
            let value = Value::from_kept(&json!({"a": [kept.clone()], "b": 1}));
            assert!(value.get("a").unwrap().is_sensitive());
            assert_eq!(value.reveal(), None, "{kept}");
            assert!(!format!("{value} {value:?}").contains("hmac"), "{value}");
            assert!(!serde_json::to_string(&value).unwrap().contains("hmac"));
            // What somebody writes into the configuration is what it is.
            assert!(!Value::from_json(&kept).is_stand_in());
        }
    }

    #[test]
    fn data_from_outside_has_no_special_keys() {
        let value = Value::from_json(&json!({"$unknown": ["x"]}));
        assert!(value.is_known());
    }
}
