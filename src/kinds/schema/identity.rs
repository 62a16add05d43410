//! What tells an element of a list from its siblings.

use super::Collection;
use crate::model::Value;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Json;

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
}
