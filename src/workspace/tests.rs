//! The language as a whole: small workspaces, their graphs and their faults.

use std::collections::BTreeMap;

use super::{Environment, Workspace};
use crate::graph::{Evaluate as _, Known, NodeIndex};
use crate::kinds::Registry;
use crate::model::{Diagnostics, Value};

const ENVIRONMENT: &str = r#"
environment: test
target: sandbox
account: "123456789012"
regions:
  primary: { name: us-east-1, network: 10.0.0.0/16 }
  second: { name: eu-west-1, network: 10.1.0.0/16 }
"#;

const STACK: &str = "stack: platform\nphases: [net]\n";

const NETWORK: &str = r#"
phase: net
settings:
  zones: { type: list, default: [a, b] }
resources:
  vpc:
    kind: aws.ec2.vpc
    for_each: "{{ env.regions }}"
    region: "{{ each.value.name }}"
    spec: { cidr_block: "{{ each.value.network }}" }
  private_subnet:
    kind: aws.ec2.subnet
    for_each: "{{ product(region=env.regions, zone=settings.zones) }}"
    region: "{{ each.value.region.name }}"
    spec:
      vpc_id: "{{ vpc[each.value.region.key].id }}"
      cidr_block: "{{ subnet(vpc[each.value.region.key].cidr_block, 4, settings.zones.index(each.value.zone.key)) }}"
"#;

fn load(files: &[(&str, &str)]) -> Result<Environment, Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::from([
        ("stacks/environments/test.yaml", ENVIRONMENT),
        ("stacks/platform/stack.yaml", STACK),
    ]);
    all.extend(files.iter().copied());
    for (path, text) in all {
        crate::world::files::write_atomically(&folder.path().join(path), text.as_bytes()).unwrap();
    }
    Workspace::load(folder.path(), Registry::all()).unwrap().environment("test")
}

fn node(environment: &Environment, address: &str) -> NodeIndex {
    let found = environment.graph.nodes().find(|(_, node)| node.address.to_string() == address);
    found.unwrap_or_else(|| panic!("there is no {address}")).0
}

fn edges(environment: &Environment, address: &str) -> Vec<String> {
    let index = node(environment, address);
    let edges = environment.graph.dependencies(index).iter();
    edges.map(|edge| environment.graph.node(edge.to).address.to_string()).collect()
}

#[test]
fn edges_join_instances_and_not_resources() {
    let network = NETWORK.replace("settings.zones.index(each.value.zone.key)", "0");
    let environment = load(&[("phases/net.yaml", &network)]).unwrap();
    assert_eq!(edges(&environment, "platform/net.private_subnet[primary-a]"), ["platform/net.vpc[primary]"]);
    assert_eq!(edges(&environment, "platform/net.private_subnet[second-b]"), ["platform/net.vpc[second]"]);
    assert_eq!(environment.graph.len(), 6);
}

#[test]
fn what_is_not_known_yet_leaves_a_hole_and_the_rest_is_worked_out() {
    let network = NETWORK.replace("settings.zones.index(each.value.zone.key)", "1");
    let environment = load(&[("phases/net.yaml", &network)]).unwrap();
    environment.validate().unwrap();
    let subnet =
        environment.evaluate(node(&environment, "platform/net.private_subnet[primary-a]")).unwrap().value;
    assert_eq!(subnet.get("cidr_block"), Some(&Value::from("10.0.16.0/20")));
    let Some(Value::Unknown(unknown)) = subnet.get("vpc_id") else { panic!("{subnet}") };
    assert_eq!(unknown.reads(), ["platform/net.vpc[primary].id"]);

    let vpc = node(&environment, "platform/net.vpc[primary]");
    let attributes =
        BTreeMap::from([("id".into(), "vpc-1".into()), ("cidr_block".into(), "10.0.0.0/16".into())]);
    environment.provide(vpc, Known { attributes, others_unknown: false });
    let subnet =
        environment.evaluate(node(&environment, "platform/net.private_subnet[primary-a]")).unwrap().value;
    assert_eq!(subnet.get("vpc_id"), Some(&Value::from("vpc-1")));
}

#[test]
fn an_expression_that_touches_an_unknown_is_unknown_whatever_it_would_print() {
    let phase = r#"
phase: net
resources:
  one: { kind: core.value, spec: { value: 1 } }
  two:
    kind: core.value
    spec:
      value:
        text: "id is {{ one.id }}"
        branch: "{{ 'a' if one.id else 'b' }}"
        length: "{{ one.id | length }}"
        known: "{{ one.value + 1 }}"
"#;
    let environment = load(&[("phases/net.yaml", phase)]).unwrap();
    environment.validate().unwrap();
    let value = environment.evaluate(node(&environment, "platform/net.two")).unwrap().value;
    let value = value.get("value").unwrap();
    for field in ["text", "branch", "length"] {
        assert!(matches!(value.get(field), Some(Value::Unknown(_))), "{field}: {value}");
    }
    assert_eq!(value.get("known"), Some(&Value::Integer(2)));
}

#[test]
fn sensitivity_follows_the_value() {
    let phase = r#"
phase: net
resources:
  one: { kind: core.value, spec: { value: 1 } }
  two: { kind: core.value, spec: { value: "x{{ one.value }}" } }
"#;
    let environment = load(&[("phases/net.yaml", phase)]).unwrap();
    let attributes = BTreeMap::from([("value".into(), Value::from("hunter2").into_sensitive())]);
    environment.provide(node(&environment, "platform/net.one"), Known { attributes, others_unknown: false });
    let value = environment.evaluate(node(&environment, "platform/net.two")).unwrap().value;
    assert!(matches!(value.get("value"), Some(Value::Sensitive(_))));
    assert!(!value.to_string().contains("hunter2"));
}

#[test]
fn stacks_read_each_others_outputs_in_one_graph() {
    let phase = "phase: net\nresources:\n  a: { kind: core.value, spec: { value: 1 } }\noutputs: { id: \"{{ a.id }}\" }\n";
    let platform = "stack: platform\nphases: [net]\noutputs: { id: \"{{ phases.net.outputs.id }}\" }\n";
    let agent = "stack: agent\nresources:\n  b: { kind: core.value, spec: { value: \"{{ stacks.platform.outputs.id }}\" } }\n";
    let environment = load(&[
        ("phases/net.yaml", phase),
        ("stacks/platform/stack.yaml", platform),
        ("stacks/agent/stack.yaml", agent),
    ])
    .unwrap();
    assert_eq!(edges(&environment, "agent/b"), ["platform/net.a"]);
    environment.validate().unwrap();
}

#[test]
fn an_output_that_names_a_resource_hands_on_its_instances() {
    let phase = "phase: net\nresources:\n  a: { kind: core.value, for_each: [x, y], spec: { value: \"{{ each.key }}\" } }\n";
    let platform = "stack: platform\nphases: [net]\noutputs: { all: \"{{ phases.net.a }}\" }\n";
    let agent = r#"
stack: agent
resources:
  b: { kind: core.value, for_each: [x, y], spec: { value: "{{ stacks.platform.outputs.all[each.key].value }}" } }
  c: { kind: core.value, spec: { value: "{{ stacks.platform.outputs.all | attr('value') }}" } }
"#;
    let environment = load(&[
        ("phases/net.yaml", phase),
        ("stacks/platform/stack.yaml", platform),
        ("stacks/agent/stack.yaml", agent),
    ])
    .unwrap();
    assert_eq!(edges(&environment, "agent/b[x]"), ["platform/net.a[x]"]);
    assert_eq!(edges(&environment, "agent/c"), ["platform/net.a[x]", "platform/net.a[y]"]);
    let attributes = BTreeMap::from([("value".into(), Value::from("x"))]);
    let known = Known { attributes, others_unknown: false };
    environment.provide(node(&environment, "platform/net.a[x]"), known);
    let value = |address: &str| environment.evaluate(node(&environment, address)).unwrap().value;
    assert_eq!(value("agent/b[x]").get("value"), Some(&Value::from("x")));
    assert!(matches!(value("agent/c").get("value"), Some(Value::Unknown(_))));
    environment.validate().unwrap();
}

#[test]
fn the_same_files_give_the_same_digest_and_any_change_another() {
    let phase =
        |value| format!("phase: net\nresources:\n  a: {{ kind: core.value, spec: {{ value: {value} }} }}\n");
    let digest = |text: &str| load(&[("phases/net.yaml", text)]).unwrap().digest;
    assert_eq!(digest(&phase(1)), digest(&phase(1)));
    assert_ne!(digest(&phase(1)), digest(&phase(2)));
}

#[test]
fn a_reference_to_what_when_left_out_is_a_fault_only_where_it_is_read() {
    let phase = |value| {
        format!(
            "phase: net\nresources:\n  a: {{ kind: core.value, when: false, spec: {{ value: 1 }} }}\n  b: {{ kind: core.value, spec: {{ value: \"{{{{ {value} }}}}\" }} }}\n"
        )
    };
    let guarded = load(&[("phases/net.yaml", &phase("a.id if false else 1"))]).unwrap();
    guarded.validate().unwrap();
    let faults = load(&[("phases/net.yaml", &phase("a.id"))]).unwrap().validate().unwrap_err();
    assert!(format!("{faults:?}").contains("left out"), "{faults:?}");
}

#[test]
fn a_secret_may_be_named_by_the_resource_that_makes_it() {
    let phase = |name: &str| {
        format!(
            r#"
phase: net
resources:
  one: {{ kind: core.value, spec: {{ value: database/master }} }}
  two:
    kind: aws.secretsmanager.secret
    region: us-east-1
    spec: {{ name: copy, value: {{ secret: {{ from: secretsmanager, name: "{name}", key: password }} }} }}
"#
        )
    };
    let environment = load(&[("phases/net.yaml", &phase("{{ one.value }}"))]).unwrap();
    environment.validate().unwrap();
    assert_eq!(edges(&environment, "platform/net.two"), ["platform/net.one"]);
    let value = environment.evaluate(node(&environment, "platform/net.two")).unwrap().value;
    let Some(Value::Secret(reference)) = value.get("value") else { panic!("{value}") };
    assert_eq!(reference.name, "database/master");

    let later = load(&[("phases/net.yaml", &phase("{{ one.id }}"))]).unwrap();
    later.validate().unwrap();
    let value = later.evaluate(node(&later, "platform/net.two")).unwrap().value;
    assert!(matches!(value.get("value"), Some(Value::Unknown(_))), "{value}");

    let faults = load(&[("phases/net.yaml", &phase("{{ [one.value] }}"))]).unwrap().validate().unwrap_err();
    assert!(format!("{faults:?}").contains("no reference to a secret"), "{faults:?}");
}
