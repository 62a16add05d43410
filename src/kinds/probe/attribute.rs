//! `attribute`: what a resource really is, read anew.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::{Dimension, Unit};
use super::{Ask, measure};
use crate::kinds::{AnyKind, Field, Finding, Shape};
use crate::model::{FieldPath, Json, Step, closest};

/// Whether an attribute of a resource has a value, or keeps to a bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeQuestion {
    /// Its name, or its path such as `logging.types[0]`.
    pub attribute: String,
    /// What it has to be.
    pub equals: Option<Json>,
    /// What it is compared with, such as `>= 30`.
    pub bound: Option<String>,
    /// The unit of its figure, where the bound has one.
    pub unit: Option<Unit>,
}

impl AttributeQuestion {
    /// The path of the attribute.
    #[must_use]
    pub fn path(&self) -> Option<FieldPath> {
        // `validate` has refused what is no path.
        self.attribute.parse().ok()
    }
}

impl Ask for AttributeQuestion {
    fn validate(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match self.attribute.parse::<FieldPath>() {
            Ok(path) if !path.is_root() => {}
            _ => findings
                .push(Finding::on("attribute", format!("`{}` is no path of an attribute", self.attribute))),
        }
        match (&self.equals, &self.bound) {
            (Some(_), None) if self.unit.is_some() => {
                findings.push(Finding::on("unit", "`unit` is of a figure with a `bound`, and there is none"));
            }
            (Some(_), None) => {}
            (None, Some(bound)) => {
                let dimension = self.unit.map_or(Dimension::Count, Unit::dimension);
                let fits = measure::fits(bound, Some(dimension));
                findings.extend(fits.into_iter().map(|finding| finding.and("unit")));
            }
            (None, None) => findings.push(
                Finding::on("attribute", "nothing is asked of the attribute")
                    .and("equals")
                    .and("bound")
                    .help("add `equals` or `bound`"),
            ),
            (Some(_), Some(_)) => {
                findings.push(
                    Finding::on("equals", "an attribute has `equals` or `bound`, not both").and("bound"),
                );
            }
        }
        findings
    }

    fn bound(&self) -> Option<&str> {
        self.bound.as_deref()
    }
}

/// What is wrong with asking a kind for an attribute.
pub(super) fn findings(text: &str, kind: &dyn AnyKind) -> Option<Finding> {
    let path: FieldPath = text.parse().ok()?;
    let mut field = kind.observed();
    for step in path.steps() {
        field = match (&field.shape, step) {
            (Shape::Any, _) => return None,
            (Shape::Object(fields), Step::Key(name)) => match fields.get(name) {
                Some(field) => field,
                None => return Some(unknown(text, name, fields.keys().map(AsRef::as_ref), kind)),
            },
            (Shape::Map { value, .. }, Step::Key(_)) => value,
            (Shape::List { item, .. }, Step::Index(_)) => item,
            _ => return Some(Finding::on("attribute", format!("{} has no attribute `{text}`", kind.name()))),
        };
        if field.sensitive {
            return Some(
                Finding::on("attribute", format!("`{text}` of {} is sensitive", kind.name()))
                    .help("a check shows what it sees: ask for another attribute"),
            );
        }
    }
    is_sensitive_within(field).then(|| {
        Finding::on("attribute", format!("a part of `{text}` of {} is sensitive", kind.name()))
            .help("a check shows what it sees: ask for one of the other parts")
    })
}

fn unknown<'a>(text: &str, name: &str, names: impl Iterator<Item = &'a str>, kind: &dyn AnyKind) -> Finding {
    let finding = Finding::on("attribute", format!("{} has no attribute `{text}`", kind.name()));
    match closest(name, names) {
        Some(close) => finding.help(format!("did you mean `{close}`?")),
        None => finding.help(format!("`ninefold explain {}` lists them", kind.name())),
    }
}

fn is_sensitive_within(field: &Field) -> bool {
    field.sensitive
        || match &field.shape {
            Shape::Object(fields) => fields.values().any(is_sensitive_within),
            Shape::Map { value, .. } => is_sensitive_within(value),
            Shape::List { item, .. } => is_sensitive_within(item),
            Shape::Any | Shape::Scalar(_) => false,
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::messages;
    use super::*;
    use crate::kinds::Registry;

    #[test]
    fn an_attribute_equals_something_or_keeps_to_a_bound() {
        for question in [
            json!({ "attribute": "status", "equals": "ACTIVE" }),
            json!({ "attribute": "encrypted", "equals": true }),
            json!({ "attribute": "backup_retention_period", "bound": ">= 30" }),
            json!({ "attribute": "backup_retention_period", "unit": "d", "bound": "= 30d" }),
        ] {
            assert!(messages("attribute", &question).is_empty(), "{question}");
        }
        for (question, message) in [
            (json!({ "attribute": "status" }), "nothing is asked of the attribute"),
            (
                json!({ "attribute": "status", "equals": 1, "bound": "= 1" }),
                "an attribute has `equals` or `bound`, not both",
            ),
            (json!({ "attribute": "days", "bound": "= 30d" }), "`= 30d` doesn't fit what is measured"),
            (
                json!({ "attribute": "days", "equals": 30, "unit": "d" }),
                "`unit` is of a figure with a `bound`, and there is none",
            ),
            (json!({ "attribute": "", "equals": 1 }), "`` is no path of an attribute"),
        ] {
            assert_eq!(messages("attribute", &question), [message], "{question}");
        }
    }

    #[test]
    fn the_kind_has_to_have_the_attribute() {
        let registry = Registry::all();
        let vpc = registry.get("aws.ec2.vpc").unwrap().as_ref();
        assert_eq!(findings("cidr_block", vpc), None);
        let finding = findings("cidr_blok", vpc).unwrap();
        assert_eq!(finding.message, "aws.ec2.vpc has no attribute `cidr_blok`");
        assert_eq!(finding.help.as_deref(), Some("did you mean `cidr_block`?"));
        assert!(findings("cidr_block[0]", vpc).is_some());
    }

    #[test]
    fn no_sensitive_attribute_is_shown() {
        let registry = Registry::all();
        let sensitive = |kind: &dyn AnyKind| {
            let fields = kind.observed().fields()?;
            fields.iter().find(|(_, field)| field.sensitive).map(|(name, _)| name.to_string())
        };
        let found: Vec<_> =
            registry.iter().filter_map(|kind| Some((kind.clone(), sensitive(kind.as_ref())?))).collect();
        assert!(!found.is_empty());
        for (kind, name) in found {
            let finding = findings(&name, kind.as_ref()).unwrap();
            assert!(finding.message.ends_with("is sensitive"), "{}", finding.message);
        }
    }
}
