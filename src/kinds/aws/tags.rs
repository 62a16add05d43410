//! The rules for tags that the services share.
//! <https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html>

use std::collections::BTreeMap;

use crate::kinds::Finding;
use crate::model::FieldPath;

/// AWS allows 50; three of them are Ninefold's own.
const MAX_TAGS: usize = 47;

/// What is wrong with the field `tags` of a spec.
#[must_use]
pub fn findings(tags: Option<&BTreeMap<String, String>>) -> Vec<Finding> {
    let Some(tags) = tags else {
        return Vec::new();
    };
    let path = FieldPath::root().key("tags");
    let mut findings = Vec::new();
    if tags.len() > MAX_TAGS {
        findings.push(
            Finding::at(
                path.clone(),
                format!("`tags` has {} tags, where {MAX_TAGS} are allowed", tags.len()),
            )
            .help("AWS allows 50, and Ninefold needs three of them"),
        );
    }
    for (key, value) in tags {
        let mut fault = |message: String| findings.push(Finding::at(path.key(key), message));
        if !(1..=128).contains(&key.chars().count()) {
            fault(format!("the tag {key:?} has a key that isn't 1 to 128 characters long"));
        }
        if value.chars().count() > 256 {
            fault(format!("the tag {key:?} has a value of more than 256 characters"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            fault(format!("the tag {key:?} starts with `aws:`, which AWS keeps for itself"));
        }
        if key.starts_with("ninefold:") {
            fault(format!("the tag {key:?} starts with `ninefold:`, which marks what Ninefold made"));
        }
        if let Some(wrong) = key.chars().chain(value.chars()).find(|c| !is_allowed(*c)) {
            fault(format!(
                "the tag {key:?} contains {wrong:?}, where letters, digits, spaces and _.:/=+-@ are allowed"
            ));
        }
    }
    findings
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(key: &str, value: &str) -> String {
        let tags = [(key.to_owned(), value.to_owned())].into();
        findings(Some(&tags)).into_iter().map(|finding| finding.message).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        assert_eq!(findings(None), []);
        assert_eq!(faults("cost center", "a.b/c=d+e-f@g:ü"), "");
        assert_eq!(faults("k", ""), "");
        assert!(faults("", "v").contains("1 to 128"));
        assert!(faults("k", &"v".repeat(257)).contains("256"));
        assert!(faults("AWS:k", "v").contains("keeps for itself"));
        assert!(faults("ninefold:address", "v").contains("Ninefold made"));
        assert!(faults("k", "a;b").contains("';'"));
        let many: BTreeMap<_, _> = (0..48).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(findings(Some(&many)).len(), 1);
    }
}
