//! The tags by which Ninefold knows what it has made.

use std::collections::BTreeMap;

use crate::kinds::Intent;

/// What every tag of Ninefold's starts with.
const PREFIX: &str = "ninefold:";
/// Which environment a resource belongs to.
pub(super) const ENVIRONMENT: &str = "ninefold:environment";
/// Which resource of the workspace it is.
const ADDRESS: &str = "ninefold:address";
/// Which operation has made it, or marked it last.
pub(super) const OPERATION: &str = "ninefold:operation";

/// The marks of an intent.
pub(super) fn of(intent: &Intent) -> BTreeMap<String, String> {
    BTreeMap::from([
        (ENVIRONMENT.to_owned(), intent.environment.clone()),
        (ADDRESS.to_owned(), tag_value(&intent.address.to_string())),
        (OPERATION.to_owned(), intent.operation.to_string()),
    ])
}

/// The tags of a specification with the marks of an intent.
pub(super) fn with_tags(
    intent: &Intent,
    tags: Option<&BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    let mut all = of(intent);
    all.extend(tags.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    all
}

/// The tags that the specification is about: neither Ninefold's marks nor what AWS adds. `None` when
/// there are none, because no tags and an empty list of them look the same.
pub(super) fn without_marks<'a>(
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Option<BTreeMap<String, String>> {
    let tags: BTreeMap<String, String> = tags
        .into_iter()
        .filter(|(key, _)| !key.starts_with(PREFIX) && !key.starts_with("aws:"))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    (!tags.is_empty()).then_some(tags)
}

/// What to do to one set of tags so that it becomes another.
pub(super) struct TagChanges {
    pub(super) set: BTreeMap<String, String>,
    pub(super) remove: Vec<String>,
}

/// The way from the tags that are there to those that are wanted, marks left alone.
pub(super) fn difference(
    there: Option<&BTreeMap<String, String>>,
    wanted: Option<&BTreeMap<String, String>>,
) -> TagChanges {
    let empty = BTreeMap::new();
    let (there, wanted) = (there.unwrap_or(&empty), wanted.unwrap_or(&empty));
    TagChanges {
        set: wanted
            .iter()
            .filter(|(key, value)| there.get(*key) != Some(*value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        remove: there.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect(),
    }
}

/// An address as every service admits it in a tag: `vpc[primary]` becomes `vpc@primary`, and what no
/// tag may hold becomes its code point, `+2a+`. `+` and `@` stand for themselves nowhere else, so
/// that two addresses never look alike.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>
fn tag_value(address: &str) -> String {
    let mut value = String::with_capacity(address.len());
    let mut in_key = false;
    for (position, c) in address.char_indices() {
        match c {
            '[' if !in_key => {
                in_key = true;
                value.push('@');
            }
            ']' if position + 1 == address.len() => {}
            c if c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '/' | '=' | '-') => value.push(c),
            c => value.push_str(&format!("+{:x}+", u32::from(c))),
        }
    }
    value.chars().take(256).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_tags_that_every_service_takes() {
        for (address, value) in [
            ("platform/cluster.vpc", "platform/cluster.vpc"),
            ("platform/cluster.vpc[primary]", "platform/cluster.vpc@primary"),
            ("platform/a.b[10.0.0.0/16]", "platform/a.b@10.0.0.0/16"),
            ("platform/a.b[x*[y]", "platform/a.b@x+2a++5b+y"),
            ("platform/a.b[x@y]", "platform/a.b@x+40+y"),
        ] {
            assert_eq!(tag_value(address), value);
        }
    }

    #[test]
    fn only_what_differs_is_touched() {
        let tags = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let change = difference(
            Some(&tags(&[("a", "1"), ("b", "1"), ("c", "1")])),
            Some(&tags(&[("a", "1"), ("b", "2")])),
        );
        assert_eq!(change.set, tags(&[("b", "2")]));
        assert_eq!(change.remove, ["c"]);
        assert!(difference(None, None).remove.is_empty());
    }

    #[test]
    fn marks_and_tags_of_aws_are_not_the_specifications() {
        let all = [("ninefold:address", "a"), ("aws:eks:cluster-name", "b")];
        assert_eq!(without_marks(all), None);
        assert_eq!(without_marks([all[0], ("Name", "x")]).map(|tags| tags.len()), Some(1));
    }
}
