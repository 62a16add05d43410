//! JSON that is kept as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Json;

/// JSON in its shortest text. State holds two of these for each of many resources and reads few of
/// them at a time: as a tree, which has room for eleven entries in every map, they would take the
/// greater part of all memory. Maps are ordered by key, so that equal trees have equal texts.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonText(Box<str>);

impl JsonText {
    /// The tree that it is the text of.
    #[must_use]
    pub fn read(&self) -> Json {
        // It was made of a tree, and nothing else makes one.
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }
}

impl Default for JsonText {
    fn default() -> Self {
        Self("null".into())
    }
}

impl From<&Json> for JsonText {
    fn from(json: &Json) -> Self {
        Self(json.to_string().into())
    }
}

impl From<Json> for JsonText {
    fn from(json: Json) -> Self {
        Self::from(&json)
    }
}

impl PartialEq<Json> for JsonText {
    fn eq(&self, json: &Json) -> bool {
        self.read() == *json
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.read().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_reads_as_what_it_was_made_of() {
        for json in [json!(null), json!({"b": [1, 2.5, "x\n"], "a": {}}), json!("text")] {
            let text = JsonText::from(&json);
            assert_eq!(text.read(), json);
            assert_eq!(text, json);
            assert_eq!(text.is_null(), json.is_null());
            assert_eq!(serde_json::to_value(&text).unwrap(), json);
            assert_eq!(serde_json::from_value::<JsonText>(json).unwrap(), text);
        }
    }

    #[test]
    fn the_order_in_which_keys_were_written_makes_no_difference() {
        let one: JsonText = serde_json::from_str(r#"{"a": 1, "b": 2}"#).unwrap();
        let other: JsonText = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(one, other);
    }
}
