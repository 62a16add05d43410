//! The repository's own workspace, evaluated as if everything in it had been made: what the tests of
//! several binaries ask about.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ninefold::graph::{Evaluate as _, Instance, Known};
use ninefold::kinds::{AnyKind, Registry};
use ninefold::model::{Diagnostics, Digest, Json, Value};
use ninefold::report::{Look, diagnostics};
use ninefold::workspace::{Environment, Workspace};

pub fn workspace() -> Workspace {
    Workspace::load(Path::new(env!("CARGO_MANIFEST_DIR")), Registry::all()).unwrap()
}

pub fn each_environment(mut test: impl FnMut(&Workspace, &Environment)) {
    let workspace = workspace();
    for name in workspace.environments() {
        match workspace.environment(name) {
            Ok(environment) => test(&workspace, &environment),
            Err(faults) => fail(&workspace, name, &faults),
        }
    }
}

pub fn fail(workspace: &Workspace, name: &str, faults: &Diagnostics) {
    panic!("{name}:\n{}", diagnostics::human(faults, workspace.sources(), Look::PLAIN));
}

/// Evaluates every instance as if all before it had been made, with attributes such as the provider
/// computes.
pub fn know_everything(
    environment: &Environment,
    mut seen: impl FnMut(&Instance, Result<Value, Diagnostics>),
) {
    for &index in &environment.order {
        let node = environment.graph.node(index);
        let evaluated = environment.evaluate(index).map(|evaluated| evaluated.value);
        if let (Some(kind), Ok(value)) = (environment.kind(index), &evaluated) {
            let attributes = attributes(environment, kind.as_ref(), node, value);
            environment.provide(index, Known { attributes, others_unknown: false });
        }
        seen(node, evaluated);
    }
}

fn attributes(
    environment: &Environment,
    kind: &dyn AnyKind,
    node: &Instance,
    value: &Value,
) -> BTreeMap<Arc<str>, Value> {
    let spec = kind.spec().complete(value);
    let profile = kind.profile(&spec).unwrap_or_else(|error| panic!("{}: {error}", node.address));
    let mut all = spec.as_object().cloned().unwrap_or_default();
    let computed: BTreeMap<_, _> = profile.computed.iter().map(|one| (one.attribute, &one.pattern)).collect();
    // Other attributes are made of the id.
    for name in computed.keys().filter(|name| **name == "id").chain(computed.keys()) {
        if all.get(*name).is_none_or(Json::is_null) {
            let text = fill(environment, node, computed[name], &all);
            let attribute = match text.strip_prefix("json:") {
                Some(json) => serde_json::from_str(json).unwrap(),
                None => Json::from(text),
            };
            all.insert((*name).to_owned(), attribute);
        }
    }
    all.iter().map(|(name, value)| (name.as_str().into(), Value::from_json(value))).collect()
}

/// Puts something into the place of each placeholder that a pattern of a profile can have.
fn fill(
    environment: &Environment,
    node: &Instance,
    pattern: &str,
    spec: &serde_json::Map<String, Json>,
) -> String {
    let text_of = |field: &str| {
        let found = field.split('.').try_fold(None, |value: Option<&Json>, part| {
            Some(Some(value.map_or_else(|| spec.get(part), |value| value.get(part))?))
        });
        found.flatten().and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let filled = match name.split_once([':', '.']) {
            None if name == "region" => node.region.as_deref().unwrap_or("us-east-1").to_owned(),
            None if name == "account" => environment.account.as_deref().unwrap_or_default().to_owned(),
            None if name == "id" => text_of("id"),
            Some(("hex" | "digits", count)) => distinct(node, count.parse().unwrap()),
            Some(("spec", field)) => text_of(field),
            // It is a brace of JSON.
            _ => format!("{{{name}}}"),
        };
        text += before;
        text += &filled;
        rest = after;
    }
    text + rest
}

/// Digits that no other instance has.
fn distinct(node: &Instance, count: usize) -> String {
    let digest = Digest::of(node.address.to_string().as_bytes());
    digest.as_str().bytes().map(|b| char::from(b'0' + b % 10)).cycle().take(count).collect()
}
