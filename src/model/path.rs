//! The path of a field within a spec: `ingress[0].cidr_blocks`, `tags["app.io/name"]`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A key of a map or a field of an object.
    Key(Arc<str>),
    /// A position in a list.
    Index(usize),
    /// An element of a keyed list or a set, by its identity rather than its position.
    Element(Arc<str>),
}

/// A path of steps from the root of a spec or of a resource's attributes.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<Step>);

impl FieldPath {
    #[must_use]
    pub fn root() -> Self {
        Self(Vec::new())
    }

    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This path with one more step.
    #[must_use]
    pub fn join(&self, step: Step) -> Self {
        let mut steps = Vec::with_capacity(self.0.len() + 1);
        steps.extend_from_slice(&self.0);
        steps.push(step);
        Self(steps)
    }

    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.join(Step::Key(key.into()))
    }

    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.join(Step::Index(index))
    }

    #[must_use]
    pub fn element(&self, identity: &str) -> Self {
        self.join(Step::Element(identity.into()))
    }

    /// What is left of the path after its first step, if that is `step`.
    #[must_use]
    pub fn after(&self, step: &Step) -> Option<Self> {
        let (first, rest) = self.0.split_first()?;
        (first == step).then(|| Self(rest.to_vec()))
    }

    /// Whether `self` is `other` or lies below it.
    #[must_use]
    pub fn is_within(&self, other: &FieldPath) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Whether one of the two lies within the other.
    #[must_use]
    pub fn overlaps(&self, other: &FieldPath) -> bool {
        self.is_within(other) || other.is_within(self)
    }

    /// The name of the field at the top of the path.
    #[must_use]
    pub fn first_key(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Element(identity) => write!(f, "[={identity}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for FieldPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut path = FieldPath::root();
        let mut rest = text;
        let bad = || format!("`{text}` is not the path of a field, such as `ingress[0].cidr_blocks`");
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("[\"") {
                let (key, after) = inner.split_once("\"]").ok_or_else(bad)?;
                path = path.key(key);
                rest = after;
            } else if let Some(inner) = rest.strip_prefix("[=") {
                let (identity, after) = inner.split_once(']').ok_or_else(bad)?;
                path = path.element(identity);
                rest = after;
            } else if let Some(inner) = rest.strip_prefix('[') {
                let (index, after) = inner.split_once(']').ok_or_else(bad)?;
                path = path.index(index.parse().map_err(|_| bad())?);
                rest = after;
            } else {
                let rest_of_key = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest_of_key.find(['.', '[']).unwrap_or(rest_of_key.len());
                let (key, after) = rest_of_key.split_at(end);
                if !is_plain(key) {
                    return Err(bad());
                }
                path = path.key(key);
                rest = after;
            }
        }
        Ok(path)
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_path_are_the_same_thing() {
        for text in [
            "",
            "cidr_block",
            "ingress[0].cidr_blocks[12]",
            "tags[\"app.io/name\"].x",
            "ingress[=tcp 443].description",
        ] {
            assert_eq!(text.parse::<FieldPath>().unwrap().to_string(), text);
        }
        assert!("a..b".parse::<FieldPath>().is_err());
        assert!("a[x]".parse::<FieldPath>().is_err());
    }

    #[test]
    fn overlap_is_containment_either_way() {
        let tags: FieldPath = "tags".parse().unwrap();
        let tag: FieldPath = "tags.env".parse().unwrap();
        let other: FieldPath = "tagsy".parse().unwrap();
        assert!(tags.overlaps(&tag) && tag.overlaps(&tags));
        assert!(tag.is_within(&tags) && !tags.is_within(&tag));
        assert!(!tags.overlaps(&other));
    }
}
