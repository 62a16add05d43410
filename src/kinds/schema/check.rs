//! What of a value doesn't fit its schema, in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Collection, Field, Scalar, Shape};
use crate::kinds::Finding;
use crate::model::{FieldPath, Value};

impl Field {
    /// Everything in `value` that doesn't fit: unknown keys, wrong types, missing fields, bounds.
    /// What is unknown fits everywhere, and so does what only a fingerprint is known of.
    pub fn check(&self, value: &Value, path: &FieldPath, findings: &mut Vec<Finding>) {
        let wrong = |expected: String| {
            Finding::at(
                path.clone(),
                format!("{} should be {expected}, not {}", named(path), value.type_name()),
            )
        };
        match (&self.shape, value) {
            (_, Value::Unknown(_) | Value::StandIn(_)) => {}
            (Shape::Any, _) => self.check_free(false, value, path, findings),
            (_, Value::Sensitive(inner)) => self.check(inner, path, findings),
            (_, Value::Secret(_)) if self.sensitive => {}
            (_, Value::Secret(_)) => findings.push(Finding::secret(path)),
            (_, Value::Null) if !self.required => {}
            (Shape::Scalar(scalar), _) => scalar.check(value, path, findings),
            (Shape::List { item, min_items, max_items, collection }, Value::List(items)) => {
                let count = items.len() as u64;
                if min_items.is_some_and(|min| count < min) || max_items.is_some_and(|max| count > max) {
                    findings.push(Finding::at(
                        path.clone(),
                        format!(
                            "{} has {count} elements, where {} are allowed",
                            named(path),
                            range(*min_items, *max_items)
                        ),
                    ));
                }
                for (index, element) in items.iter().enumerate() {
                    item.check(element, &path.index(index), findings);
                }
                collection.check_identities(items, path, findings);
            }
            (Shape::List { .. }, _) => findings.push(wrong("a list".into())),
            (Shape::Map { value: field, .. }, Value::Map(map)) => {
                for (key, element) in map {
                    field.check(element, &path.key(key), findings);
                }
            }
            (Shape::Object(fields), Value::Map(map)) => check_object(fields, map, path, findings),
            (Shape::Map { .. } | Shape::Object(_), _) => findings.push(wrong("a map".into())),
        }
    }
}

fn check_object(
    fields: &BTreeMap<Arc<str>, Field>,
    map: &BTreeMap<Arc<str>, Value>,
    path: &FieldPath,
    findings: &mut Vec<Finding>,
) {
    for (key, element) in map {
        match fields.get(key) {
            Some(field) => field.check(element, &path.key(key), findings),
            None => findings.push(unknown_key(fields, key, path)),
        }
    }
    for (name, field) in fields {
        if field.required && matches!(map.get(name), None | Some(Value::Null)) {
            findings.push(Finding::at(path.clone(), format!("`{name}` is missing in {}", named(path))));
        }
    }
}

fn unknown_key(fields: &BTreeMap<Arc<str>, Field>, key: &str, path: &FieldPath) -> Finding {
    let finding = Finding::at(path.key(key), format!("`{key}` is no field of {}", named(path)));
    match crate::model::closest(key, fields.keys().map(AsRef::as_ref)) {
        Some(name) => finding.help(format!("did you mean `{name}`?")),
        None => {
            let names: Vec<&str> = fields.keys().map(AsRef::as_ref).collect();
            finding.help(format!("its fields are {}", names.join(", ")))
        }
    }
}

fn named(path: &FieldPath) -> String {
    if path.is_root() { "spec".to_owned() } else { format!("`{path}`") }
}

fn range<T: std::fmt::Display + PartialEq>(minimum: Option<T>, maximum: Option<T>) -> String {
    match (minimum, maximum) {
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any".to_owned(),
    }
}

impl Collection {
    fn check_identities(&self, items: &[Value], path: &FieldPath, findings: &mut Vec<Finding>) {
        let mut seen = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            let Some(identity) = self.identity(item) else {
                continue;
            };
            if let Some(first) = seen.insert(identity.clone(), index) {
                findings.push(Finding::at(
                    path.index(index),
                    format!("{} has the element `{identity}` twice, at {first} and at {index}", named(path)),
                ));
            }
        }
    }
}

impl Scalar {
    fn check(&self, value: &Value, path: &FieldPath, findings: &mut Vec<Finding>) {
        let mut fault = |message: String| findings.push(Finding::at(path.clone(), message));
        match (self, value) {
            (Scalar::Bool, Value::Bool(_)) => {}
            (Scalar::Integer { minimum, maximum }, Value::Integer(n)) => {
                if minimum.is_some_and(|min| *n < min) || maximum.is_some_and(|max| *n > max) {
                    fault(format!("{} is {n}, where {} is allowed", named(path), range(*minimum, *maximum)));
                }
            }
            (Scalar::Number { minimum, maximum }, Value::Integer(_) | Value::Float(_)) => {
                #[allow(clippy::cast_precision_loss, reason = "bounds are small numbers")]
                let n = match value {
                    Value::Integer(n) => *n as f64,
                    Value::Float(n) => *n,
                    _ => f64::NAN,
                };
                if minimum.is_some_and(|min| n < min) || maximum.is_some_and(|max| n > max) {
                    fault(format!("{} is {n}, where {} is allowed", named(path), range(*minimum, *maximum)));
                }
            }
            (Scalar::String { one_of, pattern, min_length, max_length }, Value::String(text)) => {
                let length = text.chars().count() as u64;
                if !one_of.is_empty() && !one_of.iter().any(|allowed| **allowed == **text) {
                    let mut finding = Finding::at(
                        path.clone(),
                        format!("{} is {text:?}, which is none of {}", named(path), one_of.join(", ")),
                    );
                    if let Some(close) = crate::model::closest(text, one_of.iter().map(String::as_str)) {
                        finding = finding.help(format!("did you mean `{close}`?"));
                    }
                    findings.push(finding);
                } else if pattern.as_ref().is_some_and(|pattern| !pattern.0.is_match(text)) {
                    let pattern = pattern.as_ref().map_or("", |pattern| pattern.0.as_str());
                    fault(format!("{} is {text:?}, which doesn't match `{pattern}`", named(path)));
                } else if min_length.is_some_and(|min| length < min)
                    || max_length.is_some_and(|max| length > max)
                {
                    fault(format!(
                        "{} has {length} characters, where {} are allowed",
                        named(path),
                        range(*min_length, *max_length)
                    ));
                }
            }
            _ => {
                let expected = self.type_name();
                let mut finding = Finding::at(
                    path.clone(),
                    format!("{} should be {expected}, not {}", named(path), value.type_name()),
                );
                if matches!(self, Scalar::String { .. })
                    && matches!(value, Value::Integer(_) | Value::Float(_) | Value::Bool(_))
                {
                    finding = finding.help(format!("put it in quotes: \"{value}\""));
                }
                findings.push(finding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;
    use crate::model::Json;

    fn faults(json: &Json) -> Vec<String> {
        let mut findings = Vec::new();
        Field::of::<Sample>().check(&Value::from_json(json), &FieldPath::root(), &mut findings);
        findings.into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn what_fits_has_no_faults() {
        let fine = json!({
            "name": "a", "mode": "Fast", "size": 3, "rules": [{"port": 1}, {"port": 1, "protocol": "udp"}],
            "zones": ["a", "b"], "tags": {"x.y/z": "1"}, "nested": null, "free": [1, {"a": null}],
        });
        assert_eq!(faults(&fine), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_fault_is_named() {
        let broken = json!({
            "name": "toolong", "mode": "Fat", "size": 11, "rules": [{"port": 70000}, {"port": 70000}],
            "zones": ["a", "a"], "tags": {"x": 1}, "nested": [], "zone": 1,
        });
        assert_eq!(
            faults(&broken),
            [
                "`mode` is \"Fat\", which is none of Fast, Slow",
                "`name` has 7 characters, where 1 to 5 are allowed",
                "`nested` should be a map, not a list",
                "`rules[0].port` is 70000, where 0 to 65535 is allowed",
                "`rules[1].port` is 70000, where 0 to 65535 is allowed",
                "`rules` has the element `70000 -` twice, at 0 and at 1",
                "`size` is 11, where 1 to 10 is allowed",
                "`tags.x` should be a string, not an integer",
                "`zone` is no field of spec",
                "`zones` has the element `a` twice, at 0 and at 1",
            ]
        );
        assert_eq!(faults(&json!({})), ["`name` is missing in spec"]);
    }

    #[test]
    fn elements_that_are_not_known_yet_are_no_duplicates() {
        let hole = || Value::Unknown(crate::model::Unknown::new(vec![]));
        let hidden = || Value::string("a").into_sensitive();
        let rule = |port: Value| Value::Map([("port".into(), port)].into());
        let one = Value::Integer(1).into_sensitive();
        let sample = Value::Map(
            [
                ("name".into(), Value::string("a")),
                ("rules".into(), Value::List(vec![rule(hole()), rule(hole()), rule(one.clone()), rule(one)])),
                ("zones".into(), Value::List(vec![hole(), hole(), hidden(), hidden()])),
            ]
            .into(),
        );
        let mut findings = Vec::new();
        Field::of::<Sample>().check(&sample, &FieldPath::root(), &mut findings);
        assert_eq!(findings, []);
    }
}
