//! The JSON Schema of a workspace takes the files that are right, and refuses those that aren't.

use serde_json::{Value, json};

use crate::bench::{Bench, NETWORK, SANDBOX};

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The parts of JSON Schema that the workspace's schema uses.
fn accepts(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Some(schema) = schema.as_object() else {
        return if *schema == json!(false) { Err("nothing is allowed here".into()) } else { Ok(()) };
    };
    for (keyword, rule) in schema {
        keyword_accepts(root, keyword, rule, value).map_err(|why| format!("{why} ({keyword})"))?;
    }
    let known = schema.get("properties").and_then(Value::as_object);
    if let (Some(rule), Some(fields)) = (schema.get("additionalProperties"), value.as_object()) {
        for (name, field) in
            fields.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
        {
            accepts(root, rule, field).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    if let Some(condition) = schema.get("if")
        && accepts(root, condition, value).is_ok()
    {
        accepts(root, schema.get("then").unwrap_or(&Value::Bool(true)), value)?;
    }
    Ok(())
}

fn keyword_accepts(root: &Value, keyword: &str, rule: &Value, value: &Value) -> Result<(), String> {
    let fault = || Err(format!("{value} doesn't fit {rule}"));
    let is = |holds: bool| if holds { Ok(()) } else { fault() };
    let all = |rules: &Value| rules.as_array().cloned().unwrap_or_default();
    match keyword {
        "$ref" => {
            let target =
                root.pointer(rule.as_str().unwrap().trim_start_matches('#')).ok_or("a dangling $ref")?;
            accepts(root, target, value)
        }
        "type" => is(match rule {
            Value::Array(types) => types.iter().any(|of| is_of(of.as_str().unwrap(), value)),
            of => is_of(of.as_str().unwrap(), value),
        }),
        "enum" => is(all(rule).contains(value)),
        "const" => is(rule == value),
        "pattern" => is(value
            .as_str()
            .is_none_or(|text| regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text))),
        "required" => is(value
            .as_object()
            .is_none_or(|map| all(rule).iter().all(|name| map.contains_key(name.as_str().unwrap())))),
        "properties" => {
            for (name, rule) in rule.as_object().unwrap() {
                if let Some(field) = value.get(name) {
                    accepts(root, rule, field).map_err(|why| format!("{name}: {why}"))?;
                }
            }
            Ok(())
        }
        "items" => value.as_array().into_iter().flatten().try_for_each(|item| accepts(root, rule, item)),
        "allOf" => all(rule).iter().try_for_each(|rule| accepts(root, rule, value)),
        "anyOf" => {
            let faults: Vec<String> =
                all(rule).iter().filter_map(|rule| accepts(root, rule, value).err()).collect();
            if faults.len() < all(rule).len() { Ok(()) } else { Err(faults.join("; ")) }
        }
        "not" => is(accepts(root, rule, value).is_err()),
        "oneOf" => is(all(rule).iter().filter(|rule| accepts(root, rule, value).is_ok()).count() == 1),
        _ => Ok(()),
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("there is no type {other}"),
    }
}

#[test]
fn the_files_of_a_workspace_fit_its_schema() {
    let bench = Bench::new();
    let schema = bench.ok(&["schema"]).json();
    let part = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
    accepts(&schema, &schema, &yaml(&bench.read(NETWORK))).unwrap();
    accepts(&schema, &part("environment"), &yaml(&bench.read(SANDBOX))).unwrap();
    accepts(&schema, &part("stack"), &yaml(&bench.read("stacks/platform/stack.yaml"))).unwrap();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/phases")).unwrap() {
        let path = entry.unwrap().path();
        let phase = yaml(&std::fs::read_to_string(&path).unwrap());
        accepts(&schema, &schema, &phase).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    }
}

#[test]
fn what_is_wrong_does_not_fit() {
    let bench = Bench::new();
    let schema = bench.ok(&["schema"]).json();
    let text = bench.read(NETWORK);
    for (right, wrong) in [
        ("      cidr_block: \"{{ each.value.network }}\"", "      cidr_blok: \"{{ each.value.network }}\""),
        ("kind: aws.ec2.vpc", "kind: aws.ec2.vpcs"),
        ("enable_dns_hostnames: \"{{ settings.dns_hostnames }}\"", "enable_dns_hostnames: 7"),
        ("type: boolean", "type: bool"),
        ("within: 5m", "within: soon"),
        ("attribute: { of", "atribute: { of"),
        ("outputs:", "output:"),
    ] {
        assert!(text.contains(right), "{right}");
        let phase = yaml(&text.replace(right, wrong));
        assert!(accepts(&schema, &schema, &phase).is_err(), "{wrong} is accepted");
    }
}

#[test]
fn what_is_looked_up_needs_no_spec() {
    let bench = Bench::new();
    let schema = bench.ok(&["schema"]).json();
    let phase = |more: &str| {
        yaml(&format!("phase: p\nresources:\n  a: {{ kind: aws.ec2.subnet, region: eu-west-1, {more} }}\n"))
    };
    for right in ["lookup: subnet-1", "lookup: subnet-1, spec: { cidr_block: 10.0.0.0/24 }"] {
        accepts(&schema, &schema, &phase(right)).unwrap();
    }
    assert!(accepts(&schema, &schema, &phase("spec: { cidr_block: 10.0.0.0/24 }")).is_err());
}
