//! The repository's own workspace: every environment is complete, and keeps the platform's rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use ninefold::graph::{Body, EdgeKind, Evaluate as _, Instance, Known};
use ninefold::kinds::{AnyKind, Field, Registry, Shape};
use ninefold::model::{Diagnostics, Digest, Json, Value};
use ninefold::report::{Look, diagnostics};
use ninefold::workspace::{Environment, Workspace};

/// References that join regions on purpose: who waits, and for whom.
const CROSSINGS: &[(&str, &str)] = &[
    // Keys of several regions are made in one of them.
    ("data_key_replica", "data_key"),
    ("secrets_key_replica", "secrets_key"),
    // A secret is made with its replicas, each under its region's key.
    ("credential", "secrets_key"),
    ("credential", "secrets_key_replica"),
    // Copies are read under the names of the secrets that they are copies of.
    ("external_secrets_role", "credential"),
    ("pod_secret", "credential"),
    // The other regions follow the one that is written to.
    ("secondary_cluster", "global_cluster"),
    ("secondary_cluster", "primary_cluster"),
    ("secondary_cluster", "writer"),
    // The database's roles reach them as its data does.
    ("first_dump", "database_roles"),
];

/// Actions that know no resources, so that `*` is the narrowest there is.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const WITHOUT_RESOURCES: &[&str] =
    &["ec2:Describe", "eks:ListClusters", "iam:ListInstanceProfiles", "pricing:GetProducts"];

fn workspace() -> Workspace {
    Workspace::load(Path::new(env!("CARGO_MANIFEST_DIR")), Registry::all()).unwrap()
}

fn each_environment(test: impl Fn(&Workspace, &Environment)) {
    let workspace = workspace();
    for name in workspace.environments() {
        match workspace.environment(name) {
            Ok(environment) => test(&workspace, &environment),
            Err(faults) => fail(&workspace, name, &faults),
        }
    }
}

fn fail(workspace: &Workspace, name: &str, faults: &Diagnostics) {
    panic!("{name}:\n{}", diagnostics::human(faults, workspace.sources(), Look::PLAIN));
}

#[test]
fn every_environment_is_valid() {
    let names: Vec<String> = workspace().environments().map(str::to_owned).collect();
    assert_eq!(names, ["production", "sandbox", "staging"]);
    each_environment(|workspace, environment| {
        if let Err(faults) = environment.validate() {
            fail(workspace, &environment.name, &faults);
        }
    });
}

#[test]
fn every_environment_is_valid_when_nothing_is_unknown_any_more() {
    each_environment(|workspace, environment| {
        let mut faults = Diagnostics::default();
        know_everything(environment, |_, evaluated| {
            if let Err(more) = evaluated {
                faults.extend(more);
            }
        });
        if faults.has_errors() {
            fail(workspace, &environment.name, &faults);
        }
        if let Err(faults) = environment.outputs() {
            fail(workspace, &environment.name, &faults);
        }
    });
}

/// Evaluates every instance as if all before it had been made, with attributes such as the provider
/// computes.
fn know_everything(environment: &Environment, mut seen: impl FnMut(&Instance, Result<Value, Diagnostics>)) {
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

#[test]
fn no_region_waits_for_another() {
    each_environment(|_, environment| {
        let regions = regions(environment);
        let mut crossings = BTreeSet::new();
        for (index, node) in environment.graph.nodes() {
            for edge in environment.graph.dependencies(index) {
                let other = environment.graph.node(edge.to);
                // What belongs to no region would hand on what it waits for to all of them.
                let crosses =
                    region_of(other, &regions).is_some_and(|to| region_of(node, &regions) != Some(to));
                if crosses && !CROSSINGS.contains(&(node.address.name(), other.address.name())) {
                    crossings.insert(format!("{} waits for {}", node.address, other.address));
                }
            }
        }
        assert!(crossings.is_empty(), "{}: {crossings:#?}", environment.name);
    });
}

/// Names of regions by `primary`, `secondary`, … : there is a network for each.
fn regions(environment: &Environment) -> BTreeMap<String, String> {
    let networks = environment.graph.nodes().filter(|(_, node)| node.address.name() == "vpc");
    let regions: BTreeMap<String, String> = networks
        .filter_map(|(_, node)| Some((node.address.key()?.to_owned(), node.region.as_deref()?.to_owned())))
        .collect();
    assert_eq!(regions.len(), environment.regions.len(), "{}", environment.name);
    regions
}

/// The region that an instance is for, as its key says; else that in which it lies.
fn region_of<'r>(node: &Instance, regions: &'r BTreeMap<String, String>) -> Option<&'r str> {
    let is_in_key = |region: &str| {
        let rest = node.address.key().and_then(|key| key.strip_prefix(region));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let by_key = regions.keys().find(|region| is_in_key(region));
    let by_place = || regions.iter().find(|(_, name)| node.region.as_deref() == Some(name.as_str()));
    by_key.or_else(|| by_place().map(|(region, _)| region)).map(String::as_str)
}

/// Where a kind has a field for another kind, a reference says more than `after`.
#[test]
fn nothing_waits_without_a_reference_where_data_could_flow() {
    each_environment(|_, environment| {
        for (index, node) in environment.graph.nodes() {
            for edge in environment.graph.dependencies(index) {
                let other = environment.graph.node(edge.to);
                let (Some(kind), Body::Resource { kind: wanted, .. }) =
                    (environment.kind(index), &other.body)
                else {
                    continue;
                };
                assert!(
                    edge.kind != EdgeKind::After || !can_refer(kind.spec(), wanted),
                    "{}: {} waits for {} by `after`, and could refer to it",
                    environment.name,
                    node.address,
                    other.address
                );
            }
        }
    });
}

fn can_refer(schema: &Field, kind: &str) -> bool {
    schema.refers.iter().any(|known| known == kind)
        || match &schema.shape {
            Shape::List { item, .. } => can_refer(item, kind),
            Shape::Map { value, .. } => can_refer(value, kind),
            Shape::Object(fields) => fields.values().any(|field| can_refer(field, kind)),
            Shape::Any | Shape::Scalar(_) => false,
        }
}

#[test]
fn roles_may_do_no_more_than_they_need() {
    each_environment(|_, environment| {
        let mut statements = 0;
        know_everything(environment, |node, evaluated| {
            let Ok(spec) = evaluated else { return };
            let inline = spec.get("inline_policies").and_then(Value::as_map);
            let documents = inline.into_iter().flat_map(BTreeMap::values).chain(spec.get("document"));
            for document in documents.filter_map(Value::reveal) {
                for statement in many(&document["Statement"]).filter(|one| one["Effect"] == "Allow") {
                    statements += 1;
                    assert_narrow(&node.address.to_string(), statement);
                }
            }
        });
        assert!(statements > 0, "{} has no policies", environment.name);
    });
}

fn assert_narrow(address: &str, statement: &Json) {
    let texts = |field: &str| many(&statement[field]).filter_map(Json::as_str).collect::<Vec<_>>();
    for action in texts("Action") {
        assert!(!action.contains('*'), "{address} allows {action}");
        let knows_resources = !WITHOUT_RESOURCES.iter().any(|known| action.starts_with(known));
        assert!(
            !knows_resources || !texts("Resource").contains(&"*"),
            "{address} allows {action} on everything"
        );
    }
    for field in ["NotAction", "NotResource"] {
        assert!(statement[field].is_null(), "{address} allows all but its {field}");
    }
}

/// The elements of a list, or the one value that stands in its place.
fn many(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

#[test]
fn a_region_has_three_to_ten_nodes() {
    each_environment(|_, environment| {
        let mut sizes: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        know_everything(environment, |node, evaluated| {
            let Ok(spec) = evaluated else { return };
            if let (Some(scaling), Some(key)) = (spec.get("scaling_config"), node.address.key()) {
                let size = |name: &str| match scaling.get(name) {
                    Some(Value::Integer(size)) => *size,
                    other => panic!("{}: {name} is {other:?}", node.address),
                };
                let sum = sizes.entry(key.to_owned()).or_default();
                *sum = (sum.0 + size("min_size"), sum.1 + size("max_size"));
            }
        });
        assert_eq!(sizes.len(), environment.regions.len());
        for (region, (least, most)) in sizes {
            assert!(least >= 3 && most <= 10, "{} {region}: {least} to {most}", environment.name);
        }
    });
}
