//! What expressions can call. All of it is pure: no clock, no randomness, no files but those of
//! the workspace's `templates/`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value};

use super::scope::Templates;

/// The variable of the scope that holds the texts of `templates/`. Its name can't be written in an
/// expression.
pub(super) const TEMPLATES: &str = "$templates";

/// The filters that people are likely to mean, for suggestions: those of the engine and our own.
pub(super) const FILTERS: [&str; 40] = [
    "abs", "attr", "batch", "bool", "default", "dictsort", "first", "float", "format", "groupby", "indent",
    "int", "items", "join", "json", "keys", "last", "length", "lines", "list", "lower", "map", "max",
    "merge", "min", "reject", "replace", "reverse", "round", "select", "sha256", "sort", "split", "string",
    "sum", "to_json", "to_yaml", "trim", "unique", "upper",
];

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    // They are for statements and for people who debug templates, and their names are wanted.
    engine.remove_global("namespace");
    engine.remove_global("debug");
    engine.add_function("subnet", subnet);
    engine.add_function("file", file);
    engine.add_function("template", template);
    engine.add_function("product", product);
    for (name, function) in [("json", parse_json as fn(&str) -> _), ("yaml", parse_yaml)] {
        engine.add_function(name, function);
        engine.add_filter(name, function);
    }
    engine.add_function("sha256", sha256);
    engine.add_filter("sha256", sha256);
    engine.add_filter("to_json", to_json);
    engine.add_filter("to_yaml", to_yaml);
    engine.add_filter("attr", attr);
    engine.add_filter("keys", keys);
    engine.add_filter("values", values);
    engine.add_filter("merge", merge);
}

fn fault(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// `subnet("10.0.0.0/16", 4, 2)`: the third of the sixteen /20 ranges of a network.
fn subnet(range: &str, bits: u8, index: u32) -> Result<String, Error> {
    let network: Ipv4Net =
        range.parse().map_err(|_| fault(format!("{range:?} is no IPv4 range in CIDR notation")))?;
    let length = network.prefix_len().saturating_add(bits);
    if length > 32 {
        return Err(fault(format!("{range} has no {bits} bits left to make subnets with")));
    }
    if u64::from(index) >= 1 << bits {
        return Err(fault(format!(
            "with {bits} bits, {range} has {} subnets, and none with the index {index}",
            1_u64 << bits
        )));
    }
    let size = 32 - u32::from(length);
    let address = u64::from(u32::from(network.network())) + (u64::from(index) << size);
    let address = u32::try_from(address).map_err(|_| fault("the subnet lies beyond the last address"))?;
    Ok(format!("{}/{length}", Ipv4Addr::from(address)))
}

fn text_of(state: &State<'_, '_>, name: &str) -> Result<std::sync::Arc<str>, Error> {
    let templates = state.lookup(TEMPLATES);
    let templates = templates
        .as_ref()
        .and_then(|value| value.downcast_object_ref::<Templates>())
        .ok_or_else(|| fault("there are no templates here"))?;
    templates.0.get(name).map(|(_, text)| text.clone()).ok_or_else(|| {
        let close = crate::model::closest(name, templates.0.keys().map(String::as_str));
        let hint = close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        fault(format!("there is no file templates/{name}{hint}"))
    })
}

/// `file("policies/nodes.json")`: the text of a file below `templates/`, as it is.
fn file(state: &State<'_, '_>, name: &str) -> Result<String, Error> {
    text_of(state, name).map(|text| text.to_string())
}

/// `template("manifests/quota.yaml", namespace=each.key)`: the text of a file below `templates/`,
/// rendered with the values that are given and nothing else.
fn template(state: &State<'_, '_>, name: &str, values: Kwargs) -> Result<String, Error> {
    let text = text_of(state, name)?;
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.keep_trailing_newline(true).trim_blocks(true).lstrip_blocks(true);
    engine.set_syntax(syntax.build().map_err(|error| fault(error.to_string()))?);
    add(&mut engine);
    let mut context = BTreeMap::new();
    for name in values.args() {
        context.insert(name.to_owned(), values.get::<Value>(name)?);
    }
    // The error keeps its own name and line: whoever reports it finds the text by them.
    engine
        .render_named_str(name, &text, Value::from_pairs(context))
        .map_err(|error| fault(format!("templates/{name} can't be rendered")).with_source(error))
}

/// `product(region=env.regions, zone=["a", "b"])`: every combination, keyed `primary-a`. Each value
/// has one entry for each name (in alphabetical order, as in the keys): the element's own fields
/// with `key`, or `key` and `value` where the element isn't a map.
fn product(sets: Kwargs) -> Result<Value, Error> {
    let mut names: Vec<String> = sets.args().map(str::to_owned).collect();
    names.sort();
    let mut rows: Vec<(String, BTreeMap<String, Value>)> = vec![(String::new(), BTreeMap::new())];
    for name in names {
        let set: Value = sets.get(&name)?;
        let mut next = Vec::new();
        for (key, row) in &rows {
            for (element_key, element) in elements(&set)? {
                let key = if key.is_empty() { element_key.clone() } else { format!("{key}-{element_key}") };
                let mut row = row.clone();
                row.insert(name.clone(), with_key(&element_key, &element)?);
                next.push((key, row));
            }
        }
        rows = next;
    }
    Ok(Value::from_pairs(rows.into_iter().map(|(key, row)| (key, Value::from_pairs(row)))))
}

fn elements(set: &Value) -> Result<Vec<(String, Value)>, Error> {
    match set.kind() {
        ValueKind::Map => set.try_iter()?.map(|key| Ok((key.to_string(), set.get_item(&key)?))).collect(),
        // A slice of a list is an iterable.
        ValueKind::Seq | ValueKind::Iterable => {
            Ok(set.try_iter()?.map(|value| (value.to_string(), value)).collect())
        }
        other => Err(fault(format!("product() combines maps and lists, not {other}"))),
    }
}

fn with_key(key: &str, element: &Value) -> Result<Value, Error> {
    let mut fields = BTreeMap::from([("key".to_owned(), Value::from(key))]);
    if element.kind() == ValueKind::Map {
        for (name, value) in elements(element)? {
            fields.insert(name, value);
        }
    } else {
        fields.insert("value".to_owned(), element.clone());
    }
    Ok(Value::from_pairs(fields))
}

fn parse_json(text: &str) -> Result<Value, Error> {
    let json: crate::model::Json =
        serde_json::from_str(text).map_err(|error| fault(format!("this is not JSON: {error}")))?;
    Ok(super::scope::from_json(&json))
}

/// One document gives its value, several give a list.
fn parse_yaml(text: &str) -> Result<Value, Error> {
    let documents =
        super::yaml::documents(text).map_err(|error| fault(format!("this is not YAML: {error}")))?;
    Ok(match documents.as_slice() {
        [only] => super::scope::from_json(only),
        several => several.iter().map(super::scope::from_json).collect(),
    })
}

fn sha256(text: &str) -> String {
    crate::model::Digest::of(text.as_bytes()).as_str().to_owned()
}

fn to_json(value: &Value) -> Result<String, Error> {
    let json = super::scope::to_json(value)?;
    Ok(json.to_string())
}

fn to_yaml(value: &Value) -> Result<String, Error> {
    let json = super::scope::to_json(value)?;
    serde_yaml::to_string(&json).map_err(|error| fault(error.to_string()))
}

/// `cluster | attr("endpoint")`: that attribute of each element of a map or a list.
fn attr(set: &Value, name: &str) -> Result<Value, Error> {
    match set.kind() {
        ValueKind::Map => {
            let elements = elements(set)?;
            {
                let read = |(key, element): (String, Value)| Ok((key, element.get_attr(name)?));
                Ok(Value::from_pairs(elements.into_iter().map(read).collect::<Result<Vec<_>, Error>>()?))
            }
        }
        ValueKind::Seq => set.try_iter()?.map(|element| element.get_attr(name)).collect(),
        other => Err(fault(format!("attr() reads maps and lists, not {other}"))),
    }
}

fn keys(map: &Value) -> Result<Vec<String>, Error> {
    Ok(elements(map)?.into_iter().map(|(key, _)| key).collect())
}

fn values(map: &Value) -> Result<Vec<Value>, Error> {
    Ok(elements(map)?.into_iter().map(|(_, value)| value).collect())
}

/// `a | merge(b)`: the entries of both maps; where both have one, that of the second.
fn merge(first: &Value, second: &Value) -> Result<Value, Error> {
    let mut entries: BTreeMap<String, Value> = elements(first)?.into_iter().collect();
    entries.extend(elements(second)?);
    Ok(Value::from_pairs(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(source: &str) -> String {
        let expression = super::super::expression::engine().compile_expression(source).unwrap();
        match expression.eval(Value::UNDEFINED) {
            Ok(value) => value.to_string(),
            Err(error) => error.detail().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn subnets_are_parts_of_their_network() {
        assert_eq!(eval("subnet('10.0.0.0/16', 4, 0)"), "10.0.0.0/20");
        assert_eq!(eval("subnet('10.0.0.0/16', 4, 15)"), "10.0.240.0/20");
        assert!(eval("subnet('10.0.0.0/16', 4, 16)").contains("16 subnets"));
        assert!(eval("subnet('10.0.0.0/30', 4, 0)").contains("no 4 bits"));
        assert!(eval("subnet('ten', 4, 0)").contains("CIDR"));
    }

    #[test]
    fn combinations_are_keyed_by_their_parts() {
        let source = "product(region={'eu': {'name': 'eu-west-1'}}, zone=['a', 'b'])";
        assert_eq!(eval(&format!("({source})['eu-b'].region.name")), "eu-west-1");
        assert_eq!(eval(&format!("({source})['eu-b'].zone.value")), "b");
        assert_eq!(eval(&format!("({source}) | keys")), "['eu-a', 'eu-b']");
        assert_eq!(eval("product(zone=['a', 'b', 'c'][1:]) | keys"), "['b', 'c']");
    }

    #[test]
    fn texts_become_values_and_values_texts() {
        assert_eq!(eval("json('{\"a\": 1}').a"), "1");
        assert_eq!(eval("yaml('a: [1, 2]').a[1]"), "2");
        assert_eq!(eval("yaml('a: 1\\n---\\nb: 2') | length"), "2");
        assert_eq!(eval("{'b': 1, 'a': none} | to_json"), "{\"a\":null,\"b\":1}");
        assert!(eval("json('{')").contains("not JSON"));
        assert_eq!(eval("({'a': 1} | merge({'b': 2})) | values"), "[1, 2]");
        assert_eq!(eval("[{'x': 1}, {'x': 2}] | attr('x')"), "[1, 2]");
        assert!(eval("sha256('a')").starts_with("ca978112"));
    }
}
