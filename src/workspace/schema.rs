//! The JSON Schema of a workspace's files, for editors: what a phase may hold, and under `$defs` a
//! stack, an environment, a stack's refinement, and the spec of each kind.
//!
//! A schema knows no values: wherever a field isn't free text, `{{ expression }}` may stand in its
//! place. `validate` knows more.

use serde_json::{Map, json};

use crate::kinds::{Registry, probe};
use crate::model::Json;

/// The JSON Schema of a phase's file, and of all others below `$defs`.
#[must_use]
pub fn schema(kinds: &Registry) -> Json {
    let mut definitions = Map::new();
    let mut names = Vec::new();
    let mut cases = Vec::new();
    for kind in kinds.iter() {
        let name = kind.name();
        definitions.insert(name.to_owned(), value(kind.json_schema()));
        names.push(name);
        cases.push(json!({
            "if": {
                "properties": { "kind": { "const": name } },
                "required": ["kind"],
                // What is only read is described as far as somebody likes to.
                "not": { "required": ["lookup"] },
            },
            "then": { "properties": { "spec": { "$ref": format!("#/$defs/{name}") } } },
        }));
    }
    definitions.extend([
        ("expression".to_owned(), expression()),
        ("secret".to_owned(), secret()),
        ("setting".to_owned(), setting()),
        ("resource".to_owned(), resource(&names, cases)),
        ("check".to_owned(), check()),
        ("moved".to_owned(), moved()),
        ("stack".to_owned(), stack()),
        ("environment".to_owned(), environment()),
        ("refinement".to_owned(), closed(&json!({ "settings": given() }), &[])),
    ]);
    let mut phase = closed(&with_declarations(json!({ "phase": name_of("the phase") })), &["phase"]);
    if let Some(phase) = phase.as_object_mut() {
        phase.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        phase.insert("title".into(), "A phase of Ninefold".into());
        phase.insert("$defs".into(), Json::Object(definitions));
    }
    phase
}

/// A map with these fields and no others.
fn closed(properties: &Json, required: &[&str]) -> Json {
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn map_of(definition: &str) -> Json {
    json!({ "type": ["object", "null"], "additionalProperties": { "$ref": format!("#/$defs/{definition}") } })
}

fn described(schema: Json, description: &str) -> Json {
    let mut schema = schema;
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".into(), description.into());
    }
    schema
}

fn name_of(what: &str) -> Json {
    json!({ "type": "string", "description": format!("The name of {what}") })
}

fn text(description: &str) -> Json {
    json!({ "type": "string", "description": description })
}

/// A value that an expression may give.
fn or_expression(schema: Json, description: &str) -> Json {
    json!({ "anyOf": [schema, { "$ref": "#/$defs/expression" }], "description": description })
}

/// What phases and stacks have in common.
fn with_declarations(own: Json) -> Json {
    let mut properties = json!({
        "title": text("What it is, for people"),
        "settings": described(map_of("setting"), "What environments may choose"),
        "resources": described(map_of("resource"), "What there is to be, by name"),
        "checks": described(map_of("check"), "What is to be proven, by name"),
        "moved": { "type": ["array", "null"], "items": { "$ref": "#/$defs/moved" } },
        "outputs": { "type": ["object", "null"], "description": "What others and people may read" },
    });
    if let (Some(all), Json::Object(own)) = (properties.as_object_mut(), own) {
        all.extend(own);
    }
    properties
}

fn stack() -> Json {
    let phases =
        json!({ "type": "array", "items": { "type": "string" }, "description": "The phases it is built of" });
    closed(&with_declarations(json!({ "stack": name_of("the stack"), "phases": phases })), &["stack"])
}

fn environment() -> Json {
    let properties = json!({
        "environment": name_of("the environment, as its file is called"),
        "title": text("What it is, for people"),
        "target": { "enum": ["sandbox", "aws"], "description": "Where it lives" },
        "account": { "type": "string", "pattern": "^[0-9]{12}$", "description": "The AWS account" },
        "regions": {
            "type": "object",
            "description": "Its regions by the name they have here",
            "additionalProperties": {
                "type": "object",
                "properties": { "name": text("Such as eu-west-1") },
                "required": ["name"],
            },
        },
        "state": state(),
        "encryption": super::encryption::schema(),
        "fingerprints": super::encryption::fingerprints_schema(),
        "settings": given(),
    });
    closed(&properties, &["environment", "target"])
}

fn state() -> Json {
    let properties = json!({
        "url": text("file:FOLDER, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or memory:"),
        "region": text("The bucket's region, with S3: none that the environment itself is in"),
        "endpoint": text("Where the store answers, if it isn't the service's own"),
        "account": text("The storage account, with Azure"),
        "history": described(duration(), "How long its history is kept, if not 90d; 7d at least"),
    });
    json!({
        "anyOf": [{ "type": "string" }, closed(&properties, &["url"])],
        "description": "Where its state is kept, such as file:.ninefold/state",
    })
}

/// Values of settings, by phase or stack.
fn given() -> Json {
    json!({ "type": ["object", "null"], "additionalProperties": { "type": ["object", "null"] } })
}

fn setting() -> Json {
    let types = super::settings::type_names().collect::<Vec<_>>();
    let properties = json!({
        "type": { "enum": types },
        "default": true,
        "minimum": { "type": "number" },
        "maximum": { "type": "number" },
        "pattern": text("A regular expression that the whole text has to match"),
        "one_of": { "type": "array" },
        "description": text("What it is for"),
    });
    closed(&properties, &["type"])
}

/// What resources and checks have in common.
fn common() -> Map<String, Json> {
    let fields = json!({
        "for_each": or_expression(json!({ "type": ["object", "array"] }), "An instance for each of these"),
        "when": or_expression(json!({ "type": "boolean" }), "Whether it is there at all"),
        "region": text("The AWS region it lives in"),
        "after": { "type": "array", "items": { "type": "string" }, "description": "What it waits for, where no data flows" },
    });
    match fields {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn resource(kinds: &[&str], cases: Vec<Json>) -> Json {
    let flag = |description: &str| or_expression(json!({ "type": "boolean" }), description);
    let ignore = json!({ "field": text("A path of the spec"), "reason": text("Why it is not ours"), "until": text("The last day, as 2026-12-31") });
    let timeouts = json!({ "create": duration(), "update": duration(), "delete": duration() });
    let mut properties = common();
    properties
        .insert("kind".into(), json!({ "enum": kinds, "description": "What it is; see `ninefold kinds`" }));
    properties.insert("cluster".into(), text("The cluster that it lives in, as an expression"));
    properties.insert("protect".into(), flag("It outlives the deletion of its lines"));
    properties.insert("retain".into(), flag("Deleting its lines only forgets it"));
    properties.insert("adopt".into(), text("The id of an existing thing to take over"));
    properties.insert("lookup".into(), text("The id of a thing that is only read; it needs no spec"));
    properties
        .insert("ignore".into(), json!({ "type": "array", "items": closed(&ignore, &["field", "reason"]) }));
    properties.insert("replace".into(), json!({ "enum": ["delete_first", "create_first"] }));
    properties.insert("timeouts".into(), closed(&timeouts, &[]));
    properties
        .insert("spec".into(), json!({ "description": "How it is to be; see `ninefold explain KIND`" }));
    let mut resource = closed(&Json::Object(properties), &["kind"]);
    if let Some(resource) = resource.as_object_mut() {
        resource.insert("allOf".into(), cases.into());
    }
    resource
}

fn check() -> Json {
    let mut properties = common();
    properties.insert("within".into(), duration());
    properties.insert("every".into(), duration());
    let mut asks = Vec::new();
    for name in probe::NAMES {
        let question = probe::json_schema(name).unwrap_or(Json::Bool(true));
        properties.insert(name.to_owned(), value(question));
        asks.push(json!({ "required": [name] }));
    }
    let mut check = closed(&Json::Object(properties), &[]);
    if let Some(check) = check.as_object_mut() {
        check.insert("oneOf".into(), asks.into());
    }
    check
}

fn moved() -> Json {
    closed(&json!({ "from": text("The old address"), "to": text("The new one") }), &["from", "to"])
}

fn duration() -> Json {
    json!({ "type": "string", "pattern": "^([0-9]+[smhd])+$", "description": "Such as 90s, 15m or 2h" })
}

fn expression() -> Json {
    json!({ "type": "string", "pattern": "\\{\\{", "description": "An expression, worked out when planned" })
}

fn secret() -> Json {
    let reference = json!({
        "from": { "enum": ["secretsmanager", "ssm", "env", "file"] },
        "name": text("The name it has there"),
        "key": text("The key within a JSON object"),
        "region": text("The region of the store"),
    });
    let reference = closed(&reference, &["from", "name"]);
    described(
        closed(&json!({ "secret": reference }), &["secret"]),
        "A secret, fetched at the moment of the call",
    )
}

/// A kind's schema as a file may fill it: an expression may stand for each part that isn't free
/// text, and a reference for each text that may be a secret.
fn value(schema: Json) -> Json {
    let Json::Object(mut map) = schema else { return schema };
    map.remove("$schema");
    let is_text = map.get("type").is_some_and(|of| holds(of, "string"));
    let bounds = ["enum", "const", "pattern", "format", "minLength", "maxLength"];
    let is_free = map.get("type").is_none_or(|_| is_text)
        && !bounds.iter().chain(&["anyOf", "oneOf", "allOf"]).any(|bound| map.contains_key(*bound));
    let mut annotations = Map::new();
    for name in ["title", "description", "default"] {
        annotations.extend(map.remove_entry(name));
    }
    let inner = parts(map);
    let mut alternatives = vec![inner];
    if !is_free {
        alternatives.push(json!({ "$ref": "#/$defs/expression" }));
    }
    if is_text {
        alternatives.push(json!({ "$ref": "#/$defs/secret" }));
    }
    // A field that is null is reset to its default.
    alternatives.push(json!({ "type": "null" }));
    annotations.insert("anyOf".into(), alternatives.into());
    Json::Object(annotations)
}

fn holds(of: &Json, name: &str) -> bool {
    of == name || of.as_array().is_some_and(|all| all.iter().any(|one| one == name))
}

/// A schema whose parts are as a file may fill them.
fn parts(mut map: Map<String, Json>) -> Json {
    if let Some(Json::Object(properties)) = map.get_mut("properties") {
        for property in properties.values_mut() {
            *property = value(property.take());
        }
    }
    for name in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(name) {
            *inner = value(inner.take());
        }
    }
    // An expression fits several alternatives at once.
    if let Some(one_of) = map.remove("oneOf") {
        map.entry("anyOf").or_insert(one_of);
    }
    for name in ["anyOf", "allOf"] {
        if let Some(Json::Array(alternatives)) = map.get_mut(name) {
            for alternative in alternatives {
                if let Json::Object(inner) = alternative.take() {
                    *alternative = parts(inner);
                }
            }
        }
    }
    Json::Object(map)
}
