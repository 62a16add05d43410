//! Patterns of events: which ones a rule is about.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use crate::kinds::Finding;
use crate::model::{FieldPath, Json, closest};

/// What a pattern may say of a value other than what it is.
const OPERATORS: &[&str] =
    &["anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard"];

const MOST_CHARACTERS: usize = 4096;

/// What is wrong with the pattern at a path.
pub(super) fn findings(path: &FieldPath, pattern: &Json) -> Vec<Finding> {
    let mut findings = Vec::new();
    match pattern.as_object() {
        Some(map) if map.is_empty() => findings.push(
            Finding::at(path.clone(), "an empty pattern matches every event")
                .help("name a `source` at least, such as `source: [aws.ec2]`"),
        ),
        _ => level(path, pattern, &mut findings),
    }
    let length = pattern.to_string().chars().count();
    if length > MOST_CHARACTERS {
        findings.push(Finding::at(
            path.clone(),
            format!("the pattern has {length} characters, where {MOST_CHARACTERS} are allowed"),
        ));
    }
    findings
}

fn level(path: &FieldPath, value: &Json, findings: &mut Vec<Finding>) {
    let Json::Object(map) = value else {
        findings.push(
            Finding::at(path.clone(), "the values of a pattern stand in a list")
                .help(format!("write `[{value}]`")),
        );
        return;
    };
    for (key, value) in map {
        let path = path.key(key);
        match value {
            Json::Array(items) if key == "$or" => {
                for (index, item) in items.iter().enumerate() {
                    level(&path.index(index), item, findings);
                }
            }
            Json::Array(items) if items.is_empty() => {
                findings.push(Finding::at(path, "an empty list matches no event"));
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    findings.extend(matcher_finding(path.index(index), item));
                }
            }
            inner => level(&path, inner, findings),
        }
    }
}

fn matcher_finding(path: FieldPath, value: &Json) -> Option<Finding> {
    match value {
        Json::Array(_) => Some(Finding::at(path, "a list within a list matches no event")),
        Json::Object(map) => {
            let mut keys = map.keys();
            let (Some(operator), None) = (keys.next(), keys.next()) else {
                return Some(Finding::at(path, "a condition on a value has one operator"));
            };
            if OPERATORS.contains(&operator.as_str()) {
                return None;
            }
            let finding = Finding::at(path, format!("`{operator}` is no operator of patterns"));
            Some(match closest(operator, OPERATORS.iter().copied()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("they are {}", OPERATORS.join(", "))),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(pattern: &Json) -> String {
        let found = findings(&FieldPath::root().key("event_pattern"), pattern);
        found
            .into_iter()
            .map(|f| format!("{}: {} {}", f.paths[0], f.message, f.help.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn patterns_are_nested_maps_of_lists() {
        let fine = json!({
            "source": ["aws.ec2"], "detail-type": [{"prefix": "EC2 "}],
            "detail": {"state": ["running", null, 1], "$or": [{"a": [{"exists": true}]}, {"b": [{"numeric": [">", 1]}]}]},
        });
        assert_eq!(faults(&fine), "");
        for (pattern, fault) in [
            (json!({}), "every event"),
            (json!({"source": "aws.ec2"}), "write `[\"aws.ec2\"]`"),
            (json!({"source": []}), "no event"),
            (json!({"source": [["aws.ec2"]]}), "within a list"),
            (json!({"source": [{"prefixx": "a"}]}), "did you mean `prefix`"),
            (json!({"source": [{"prefix": "a", "suffix": "b"}]}), "one operator"),
            (json!({"detail": {"$or": [{"a": "b"}]}}), "event_pattern.detail[\"$or\"][0].a"),
            (json!({"source": ["x".repeat(4096)]}), "where 4096"),
            (json!("x"), "in a list"),
        ] {
            assert!(faults(&pattern).contains(fault), "{pattern}: {}", faults(&pattern));
        }
    }
}
