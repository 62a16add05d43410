//! Tags as AWS takes them.
//! <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>

use std::collections::BTreeMap;

use crate::kinds::Finding;
use crate::kinds::marks::TAG_PREFIX;
use crate::model::FieldPath;

/// AWS admits 50 tags; three of them are Ninefold's own.
const MOST_TAGS: usize = 47;

/// What is wrong with the tags in `tags`.
pub(super) fn findings(tags: Option<&BTreeMap<String, String>>) -> Vec<Finding> {
    findings_at(&FieldPath::root().key("tags"), tags)
}

/// What is wrong with the tags at a path.
pub(super) fn findings_at(path: &FieldPath, tags: Option<&BTreeMap<String, String>>) -> Vec<Finding> {
    let Some(tags) = tags else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    if tags.len() > MOST_TAGS {
        findings.push(Finding::at(
            path.clone(),
            format!("`{path}` has {} tags, where at most {MOST_TAGS} are allowed", tags.len()),
        ));
    }
    for (key, value) in tags {
        let at = path.key(key);
        let lower = key.to_ascii_lowercase();
        if lower.starts_with("aws:") {
            findings.push(
                Finding::at(at.clone(), format!("the tag `{key}` starts with `aws:`"))
                    .help("AWS keeps that prefix for itself"),
            );
        }
        if lower.starts_with(TAG_PREFIX) {
            findings.push(
                Finding::at(at.clone(), format!("the tag `{key}` starts with `{TAG_PREFIX}`"))
                    .help("Ninefold sets these itself, to know what it has made"),
            );
        }
        let length = key.chars().count();
        if !(1..=128).contains(&length) {
            findings.push(Finding::at(
                at.clone(),
                format!("the key of the tag `{key}` has {length} characters, where 1 to 128 are allowed"),
            ));
        }
        let length = value.chars().count();
        if length > 256 {
            findings.push(Finding::at(
                at,
                format!("the tag `{key}` has {length} characters, where at most 256 are allowed"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(tags: &[(&str, &str)]) -> String {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        format!("{:?}", findings(Some(&tags)))
    }

    #[test]
    fn keys_are_short_and_nobody_elses() {
        assert_eq!(faults(&[("Name", "main"), ("kubernetes.io/role/elb", "")]), "[]");
        assert!(faults(&[("aws:name", "x")]).contains("for itself"));
        assert!(faults(&[("Ninefold:address", "x")]).contains("Ninefold sets these"));
        assert!(faults(&[("", "x")]).contains("1 to 128"));
        assert!(faults(&[("k", &"x".repeat(257))]).contains("at most 256"));
        let many: BTreeMap<String, String> = (0..48).map(|n| (n.to_string(), String::new())).collect();
        assert!(format!("{:?}", findings(Some(&many))).contains("48 tags"));
    }
}
