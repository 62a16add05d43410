//! The one form of a policy document, to compare it with what AWS returns: the order of statements,
//! actions, resources and principals means nothing, and one text is the same as a list of one.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::model::Value;

/// What may be one text or a list of them, in a statement.
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];

/// The one form of a document. What isn't one stays as it is.
pub fn canonical(document: &Value) -> Value {
    map(document, &|key, value| match key {
        "Statement" => {
            let mut statements: Vec<Value> = match value {
                Value::List(statements) => statements.iter().map(statement).collect(),
                one => vec![statement(one)],
            };
            statements.sort_by_cached_key(Value::to_string);
            Value::List(statements)
        }
        _ => value.clone(),
    })
}

fn statement(value: &Value) -> Value {
    map(value, &|key, value| match key {
        "Principal" | "NotPrincipal" => map(value, &|_, value| list(value, Value::clone)),
        "Condition" => map(value, &|_, keys| map(keys, &|_, value| list(value, text))),
        _ if LISTS.contains(&key) => list(value, Value::clone),
        _ => value.clone(),
    })
}

/// The values of a map, changed; anything else as it is.
fn map(value: &Value, change: &dyn Fn(&str, &Value) -> Value) -> Value {
    match value {
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, value)| (key.clone(), change(key, value))).collect())
        }
        other => other.clone(),
    }
}

/// In order, each once; a single one stands by itself.
fn list(value: &Value, one: fn(&Value) -> Value) -> Value {
    let Value::List(items) = value else { return one(value) };
    let mut items: Vec<Value> = items.iter().map(one).collect();
    items.sort_by_cached_key(Value::to_string);
    items.dedup();
    match <[Value; 1]>::try_from(items) {
        Ok([single]) => single,
        Err(items) => Value::List(items),
    }
}

/// The values of conditions are texts, however they are written.
fn text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => Value::string(&value.to_string()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Json, Unknown};
    use serde_json::json;

    fn same(one: Json, other: Json) -> bool {
        canonical(&Value::from_json(&one)) == canonical(&Value::from_json(&other))
    }

    #[test]
    fn order_and_single_values_mean_nothing() {
        let read = json!({"Effect": "Allow", "Principal": {"AWS": ["b", "a"]}, "Action": ["s3:Get*"], "Resource": ["x", "y"],
            "Condition": {"Bool": {"aws:SecureTransport": true}}});
        let also = json!({"Effect": "Allow", "Principal": {"AWS": ["a", "b"]}, "Action": "s3:Get*", "Resource": ["y", "x"],
            "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}});
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
        let of = |statements: Json| json!({"Version": "2012-10-17", "Statement": statements});
        assert!(same(of(json!([read, deny])), of(json!([deny, also]))));
        assert!(same(of(deny.clone()), of(json!([deny]))));
        for (pointer, value) in [
            ("/Statement/0/Effect", json!("Deny")),
            ("/Statement/0/Action", json!(["s3:Get*", "s3:Put*"])),
            ("/Statement/0/Principal/AWS", json!("a")),
            ("/Statement/0/Condition/Bool/aws:SecureTransport", json!(false)),
            ("/Version", json!("2008-10-17")),
        ] {
            let mut other = of(json!([read, deny]));
            *other.pointer_mut(pointer).unwrap() = value;
            assert!(!same(of(json!([read, deny])), other), "{pointer}");
        }
    }

    #[test]
    fn holes_and_what_is_no_document_stay() {
        let hole = Value::Unknown(Unknown::new(vec!["a.arn".into()]));
        let statement = |resource: Value| {
            let statement = Value::Map([("Resource".into(), resource)].into());
            Value::Map([("Statement".into(), Value::List(vec![statement]))].into())
        };
        assert_eq!(canonical(&hole), hole);
        assert_eq!(canonical(&statement(hole.clone())), statement(hole.clone()));
        assert_eq!(canonical(&statement(Value::List(vec![hole.clone()]))), statement(hole));
        assert_eq!(canonical(&Value::string("{}")), Value::string("{}"));
    }
}
