//! Where a resource stands: `stack/phase.name[key]`, or `stack/name[key]` for a stack's own.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The identity of one instance of a resource, a check or an output within an environment.
///
/// Ordered by stack, phase, name and key, which is the order people see lists in.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    stack: Arc<str>,
    phase: Option<Arc<str>>,
    name: Arc<str>,
    key: Option<Arc<str>>,
}

impl Address {
    #[must_use]
    pub fn new(stack: &str, phase: Option<&str>, name: &str, key: Option<&str>) -> Self {
        Self {
            stack: stack.into(),
            phase: phase.map(Into::into),
            name: name.into(),
            key: key.map(Into::into),
        }
    }

    #[must_use]
    pub fn stack(&self) -> &str {
        &self.stack
    }

    #[must_use]
    pub fn phase(&self) -> Option<&str> {
        self.phase.as_deref()
    }

    /// The name within its phase or stack, without the instance's key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `for_each` key of this instance.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The same resource with another key (or none).
    #[must_use]
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(Into::into), ..self.clone() }
    }

    /// Whether `self` is `pattern`, or an instance of it when `pattern` has no key.
    #[must_use]
    pub fn is_within(&self, pattern: &Address) -> bool {
        self.stack == pattern.stack
            && self.phase == pattern.phase
            && self.name == pattern.name
            && (pattern.key.is_none() || self.key == pattern.key)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.stack)?;
        if let Some(phase) = &self.phase {
            write!(f, "{phase}.")?;
        }
        f.write_str(&self.name)?;
        match &self.key {
            Some(key) => write!(f, "[{key}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address: {reason}; addresses look like `platform/cluster.vpc[primary]`")]
pub struct AddressError {
    text: String,
    reason: &'static str,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = |reason| AddressError { text: text.to_owned(), reason };
        let (stack, rest) =
            text.split_once('/').ok_or_else(|| error("the stack's name and a `/` are missing"))?;
        let (path, key) = match rest.split_once('[') {
            None => (rest, None),
            Some((path, key)) => {
                let key =
                    key.strip_suffix(']').ok_or_else(|| error("the `]` that ends the key is missing"))?;
                (path, Some(key))
            }
        };
        let (phase, name) = match path.split_once('.') {
            None => (None, path),
            Some((phase, name)) => (Some(phase), name),
        };
        if stack.is_empty() || name.is_empty() || phase == Some("") || key == Some("") {
            return Err(error("a part of it is empty"));
        }
        if name.contains('.') {
            return Err(error("it has more than one `.`"));
        }
        Ok(Address::new(stack, phase, name, key))
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_address_are_the_same_thing() {
        for text in [
            "platform/cluster.vpc[primary]",
            "platform/cluster.vpc",
            "failure-agent/namespace",
            "failure-agent/namespace[eu]",
            "platform/cluster.subnet[primary/a.b]",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_address_says_why() {
        for (text, reason) in [
            ("vpc", "stack's name"),
            ("platform/cluster.vpc[primary", "`]`"),
            ("platform/.vpc", "empty"),
            ("platform/a.b.c", "more than one `.`"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn an_address_without_key_covers_its_instances() {
        let all: Address = "p/c.vpc".parse().unwrap();
        let one: Address = "p/c.vpc[a]".parse().unwrap();
        assert!(one.is_within(&all));
        assert!(one.is_within(&one));
        assert!(!all.is_within(&one));
    }
}
