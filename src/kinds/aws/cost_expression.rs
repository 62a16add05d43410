//! Expressions that choose costs, as Budgets and Cost Explorer share them: comparisons, and `and`, `or`
//! and `not` around them. They are as deep as one likes, so that a spec holds them in free shape.
//! <https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_Expression.html>

use crate::kinds::Finding;
use crate::model::{FieldPath, Json, closest};

/// What an expression may compare, which differs from field to field.
pub(super) struct Allowed {
    /// The dimensions by name.
    pub dimensions: &'static [&'static str],
    /// Whether tags and cost categories can be compared.
    pub tags: bool,
    /// The ways of joining comparisons.
    pub operators: &'static [&'static str],
    /// The ways of comparing.
    pub match_options: &'static [&'static str],
}

/// How deep expressions may lie in one another: nobody writes so many, and a walk has an end.
const MOST_LEVELS: usize = 16;

const LEAVES: [&str; 3] = ["cost_categories", "dimensions", "tags"];

/// What is wrong with the expression at a path.
pub(super) fn findings(path: &FieldPath, expression: &Json, allowed: &Allowed) -> Vec<Finding> {
    let mut findings = Vec::new();
    walk(path, expression, allowed, MOST_LEVELS, &mut findings);
    findings
}

fn walk(path: &FieldPath, expression: &Json, allowed: &Allowed, levels: usize, findings: &mut Vec<Finding>) {
    let Some(fields) = expression.as_object() else {
        findings.push(Finding::at(path.clone(), format!("`{path}` should be an expression, which is a map")));
        return;
    };
    let known = || allowed.operators.iter().chain(if allowed.tags { &LEAVES[..] } else { &LEAVES[1..2] });
    let mut fields_left = fields.iter();
    let (Some((name, inner)), None) = (fields_left.next(), fields_left.next()) else {
        let names: Vec<&str> = known().copied().collect();
        findings.push(
            Finding::at(path.clone(), format!("`{path}` has {} parts, where one is needed", fields.len()))
                .help(format!("it has one of {}", names.join(", "))),
        );
        return;
    };
    let at = path.key(name);
    if !known().any(|word| word == name) {
        let finding = Finding::at(at, format!("`{name}` is no part of this expression"));
        let names: Vec<&str> = known().copied().collect();
        findings.push(match closest(name, names.iter().copied()) {
            Some(close) => finding.help(format!("did you mean `{close}`?")),
            None => finding.help(format!("it has one of {}", names.join(", "))),
        });
        return;
    }
    if levels == 0 {
        findings.push(Finding::at(at, format!("the expression is deeper than {MOST_LEVELS} levels")));
        return;
    }
    match name.as_str() {
        "not" => walk(&at, inner, allowed, levels - 1, findings),
        "and" | "or" => match inner.as_array() {
            Some(items) if items.len() >= 2 => {
                for (index, item) in items.iter().enumerate() {
                    walk(&at.index(index), item, allowed, levels - 1, findings);
                }
            }
            _ => findings.push(
                Finding::at(at.clone(), format!("`{at}` should be a list of two expressions or more"))
                    .help("one alone stands by itself"),
            ),
        },
        _ => compare(&at, name, inner, allowed, findings),
    }
}

/// What is wrong with one comparison.
fn compare(path: &FieldPath, sort: &str, comparison: &Json, allowed: &Allowed, findings: &mut Vec<Finding>) {
    let Some(fields) = comparison.as_object() else {
        findings.push(Finding::at(path.clone(), format!("`{path}` should be a map with `key` and `values`")));
        return;
    };
    for name in fields.keys().filter(|name| !["key", "values", "match_options"].contains(&name.as_str())) {
        findings.push(
            Finding::at(path.key(name), format!("`{name}` is no field of a comparison"))
                .help("it has `key`, `values` and `match_options`"),
        );
    }
    match fields.get("key").and_then(Json::as_str) {
        Some(key) if sort == "dimensions" && !allowed.dimensions.contains(&key) => {
            let finding = Finding::at(path.key("key"), format!("`{key}` is no dimension that is taken here"));
            findings.push(match closest(key, allowed.dimensions.iter().copied()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("there are {}", allowed.dimensions.join(", "))),
            });
        }
        Some("") | None => {
            findings.push(Finding::at(path.clone(), format!("`{path}` has no `key`")));
        }
        Some(_) => {}
    }
    for (field, most) in [("values", usize::MAX), ("match_options", 2)] {
        let Some(items) = fields.get(field) else { continue };
        let texts = items.as_array().filter(|items| items.iter().all(Json::is_string));
        match texts {
            Some(texts) if texts.len() <= most => {}
            _ => findings.push(Finding::at(path.key(field), format!("`{field}` should be a list of texts"))),
        }
    }
    for (index, option) in texts(fields.get("match_options")).enumerate() {
        if !allowed.match_options.contains(&option) {
            findings.push(
                Finding::at(
                    path.key("match_options").index(index),
                    format!("`{option}` can't be asked here"),
                )
                .help(format!("there are {}", allowed.match_options.join(", "))),
            );
        }
    }
    let absent = texts(fields.get("match_options")).any(|option| option == "ABSENT");
    let none = texts(fields.get("values")).next().is_none();
    if sort == "dimensions" && none && !absent {
        findings.push(Finding::at(path.clone(), format!("`{path}` compares with no `values`")));
    }
}

/// The texts of a list.
pub(super) fn texts(list: Option<&Json>) -> impl Iterator<Item = &str> {
    list.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALLOWED: Allowed = Allowed {
        dimensions: &["REGION", "SERVICE"],
        tags: true,
        operators: &["and", "not", "or"],
        match_options: &["ABSENT", "EQUALS"],
    };

    fn faults(expression: &Json) -> String {
        findings(&FieldPath::root().key("filter"), expression, &ALLOWED)
            .into_iter()
            .map(|finding| {
                format!("{}: {} ({})\n", finding.paths[0], finding.message, finding.help.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn comparisons_are_joined_as_deep_as_one_likes() {
        let service = json!({"dimensions": {"key": "SERVICE", "values": ["AWS Lambda"]}});
        let tag = json!({"tags": {"key": "phase", "values": ["cluster"], "match_options": ["EQUALS"]}});
        let untagged = json!({"tags": {"key": "phase", "match_options": ["ABSENT"]}});
        for expression in [
            service.clone(),
            tag.clone(),
            json!({"and": [service, {"or": [tag, {"not": untagged}]}]}),
            json!({"cost_categories": {"key": "team", "values": ["platform"]}}),
        ] {
            assert_eq!(faults(&expression), "", "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_pointed_at() {
        let service = json!({"dimensions": {"key": "SERVICE", "values": ["x"]}});
        for (expression, fault) in [
            (json!([]), "filter: `filter` should be an expression"),
            (json!({}), "has 0 parts"),
            (json!({"and": [service, service], "not": service}), "has 2 parts"),
            (
                json!({"dimension": {}}),
                "filter.dimension: `dimension` is no part of this expression (did you mean `dimensions`?)",
            ),
            (json!({"and": [service]}), "two expressions or more"),
            (json!({"or": [service, {"xor": []}]}), "filter.or[1].xor: `xor` is no part"),
            (json!({"dimensions": {"key": "SERVICES", "values": ["x"]}}), "did you mean `SERVICE`?"),
            (json!({"dimensions": {"key": "SERVICE"}}), "compares with no `values`"),
            (json!({"dimensions": {"values": ["x"]}}), "has no `key`"),
            (json!({"dimensions": {"key": "SERVICE", "values": "x"}}), "list of texts"),
            (json!({"dimensions": []}), "should be a map"),
            (json!({"tags": {"key": "a", "value": ["b"]}}), "`value` is no field of a comparison"),
            (json!({"tags": {"key": "a", "match_options": ["LIKE"]}}), "`LIKE` can't be asked here"),
        ] {
            assert!(faults(&expression).contains(fault), "{expression}: {}", faults(&expression));
        }
        let mut deep = service;
        for _ in 0..20 {
            deep = json!({ "not": deep });
        }
        assert!(faults(&deep).contains("deeper than 16 levels"));
    }
}
