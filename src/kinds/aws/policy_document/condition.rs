//! When a statement applies.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use super::{Checker, elements};
use crate::model::{FieldPath, Json, closest};

const OPERATORS: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

impl Checker {
    /// A condition is a map of operators, each a map of keys, each with one or more values.
    pub(super) fn condition(&mut self, condition: &Json, path: &FieldPath) {
        let Json::Object(operators) = condition else {
            self.fault(path, "`Condition` should be a map of operators");
            return;
        };
        for (operator, keys) in operators {
            let path = path.key(operator);
            self.operator(operator, &path);
            let Json::Object(keys) = keys else {
                self.fault(&path, format!("the operator `{operator}` should hold a map of condition keys"));
                continue;
            };
            for (key, values) in keys {
                let path = path.key(key);
                if !key.contains(':') {
                    self.fault(&path, format!("the condition key {key:?} names no service"));
                    self.help_last("write it as aws:SourceArn");
                }
                for (path, value) in elements(values, &path) {
                    if value.is_null() || value.is_object() || value.is_array() {
                        self.fault(&path, "the value of a condition should be a string, number or boolean");
                    }
                }
            }
        }
    }

    fn operator(&mut self, operator: &str, path: &FieldPath) {
        let base = operator
            .strip_prefix("ForAllValues:")
            .or_else(|| operator.strip_prefix("ForAnyValue:"))
            .unwrap_or(operator);
        // `Null` asks whether a key is there at all, so `IfExists` has no meaning with it.
        let plain = base.strip_suffix("IfExists").filter(|plain| *plain != "Null").unwrap_or(base);
        if !OPERATORS.contains(&plain) {
            self.fault(path, format!("`{operator}` is no condition operator"));
            if let Some(close) = closest(plain, OPERATORS.iter().copied()) {
                self.help_last(format!("did you mean `{close}`?"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Usage;
    use super::super::tests::{faults, of};
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_are_operators_keys_and_values() {
        let check = |condition: Json| {
            let statement =
                json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
            faults(&of(statement), Usage::Managed)
        };
        for fine in [
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "NumericLessThan": {"s3:max-keys": 10}}),
            json!({"ForAllValues:StringLike": {"aws:TagKeys": ["a", "b"]}}),
            json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": true}, "Null": {"aws:TokenIssueTime": "true"}}),
        ] {
            assert_eq!(check(fine.clone()), Vec::<String>::new(), "{fine}");
        }
        for (wrong, fault) in [
            (json!([]), "a map of operators"),
            (json!({"StringEqual": {"a:b": "c"}}), "did you mean `StringEquals`"),
            (json!({"NullIfExists": {"a:b": "c"}}), "no condition operator"),
            (json!({"Bool": "x"}), "a map of condition keys"),
            (json!({"Bool": {"SecureTransport": true}}), "names no service"),
            (json!({"Bool": {"a:b": {}}}), "string, number or boolean"),
        ] {
            let found = check(wrong.clone());
            assert!(found.len() == 1 && found[0].contains(fault), "{wrong}: {found:?}");
        }
    }
}
