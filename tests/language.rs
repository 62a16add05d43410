//! The configuration language: settings, refinements, evidence, moves, functions, `after`, outputs,
//! digests, and the properties that every graph has.

#![allow(clippy::disallowed_methods, reason = "tests read and write files of their own")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use ninefold::graph::{EdgeKind, Evaluate as _, Known, NodeIndex};
use ninefold::kinds::Registry;
use ninefold::model::{Diagnostics, Value};
use ninefold::workspace::{Environment, Workspace};
use proptest::prelude::*;

const ENVIRONMENT: &str = "\
environment: test
target: sandbox
regions:
  primary: { name: us-east-1, network: 10.0.0.0/16 }
  second: { name: eu-west-1, network: 10.1.0.0/16 }
";

const STACK: &str = "stack: platform\nphases: [net]\n";

/// Every kind; making their schemas takes longer than most tests, so it is done once.
fn registry() -> Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::all);
    REGISTRY.clone()
}

/// Loads a workspace whose files are written in the order in which they are given.
fn load(files: &[(&str, &str)]) -> Result<Environment, Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let given: BTreeMap<&str, &str> = files.iter().copied().collect();
    let defaults = [("stacks/environments/test.yaml", ENVIRONMENT), ("stacks/platform/stack.yaml", STACK)];
    let defaults = defaults.into_iter().filter(|(path, _)| !given.contains_key(path));
    for (path, text) in files.iter().copied().chain(defaults) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Workspace::load(folder.path(), registry()).unwrap().environment("test")
}

fn node(environment: &Environment, address: &str) -> NodeIndex {
    let found = environment.graph.nodes().find(|(_, node)| node.address.to_string() == address);
    found.unwrap_or_else(|| panic!("there is no {address}")).0
}

fn edges(environment: &Environment, address: &str) -> Vec<(String, EdgeKind)> {
    let edges = environment.graph.dependencies(node(environment, address)).iter();
    edges.map(|edge| (environment.graph.node(edge.to).address.to_string(), edge.kind)).collect()
}

fn value(environment: &Environment, address: &str) -> Value {
    environment.evaluate(node(environment, address)).unwrap().value.get("value").unwrap().clone()
}

/// The messages of everything that is wrong.
fn faults(files: &[(&str, &str)]) -> String {
    let faults = load(files).and_then(|environment| environment.validate()).unwrap_err();
    faults.iter().map(|fault| fault.message.clone()).collect::<Vec<_>>().join("\n")
}

/// The value of an expression in a phase.
fn eval(source: &str, templates: &[(&str, &str)]) -> Result<String, String> {
    let mut files =
        vec![("phases/net.yaml", "phase: net\nresources:\n  a: { kind: core.value, spec: { value: 1 } }\n")];
    files.extend_from_slice(templates);
    let environment = load(&files).unwrap();
    environment.eval(source, Some(&"platform/net.a".parse().unwrap())).map(|value| value.to_string())
}

fn phase(settings: &str) -> String {
    format!(
        "phase: net\nsettings:\n  it: {settings}\nresources:\n  a: {{ kind: core.value, spec: {{ value: \"{{{{ settings.it }}}}\" }} }}\n"
    )
}

#[test]
fn settings_have_every_type_and_every_bound() {
    let given = |declared: &str, value: &str| {
        let environment = format!("{ENVIRONMENT}settings: {{ net: {{ it: {value} }} }}\n");
        let declared = phase(declared);
        let files = [("phases/net.yaml", declared.as_str()), ("stacks/environments/test.yaml", &environment)];
        match load(&files) {
            Ok(environment) => self::value(&environment, "platform/net.a").to_string(),
            Err(faults) => faults.iter().map(|fault| fault.message.clone()).collect(),
        }
    };
    for (declared, value, expected) in [
        ("{ type: string }", "abc", "\"abc\""),
        ("{ type: string }", "1", "is of type string, and this is an integer"),
        ("{ type: string, pattern: 'a+' }", "aaa", "\"aaa\""),
        ("{ type: string, pattern: 'a+' }", "baa", "doesn't match `a+`"),
        ("{ type: string, one_of: [small, large] }", "large", "\"large\""),
        ("{ type: string, one_of: [small, large] }", "huge", "none of \"small\", \"large\""),
        ("{ type: integer, minimum: 2, maximum: 4 }", "2", "2"),
        ("{ type: integer, minimum: 2, maximum: 4 }", "4", "4"),
        ("{ type: integer, minimum: 2, maximum: 4 }", "1", "is 1, and its minimum is 2"),
        ("{ type: integer, minimum: 2, maximum: 4 }", "5", "is 5, and its maximum is 4"),
        ("{ type: integer }", "1.5", "is of type integer, and this is a number"),
        ("{ type: number, minimum: 0.5 }", "0.75", "0.75"),
        ("{ type: number, minimum: 0.5 }", "1", "1"),
        ("{ type: number, minimum: 0.5 }", "0.25", "its minimum is 0.5"),
        ("{ type: boolean }", "false", "false"),
        ("{ type: boolean }", "no", "is of type boolean, and this is a string"),
        ("{ type: list }", "[1, a]", "[1, \"a\"]"),
        ("{ type: list }", "{}", "is of type list, and this is a map"),
        ("{ type: map }", "{ a: 1 }", "{\"a\": 1}"),
        ("{ type: map }", "[]", "is of type map, and this is a list"),
    ] {
        let found = given(declared, value);
        assert!(found.contains(expected), "{declared} given {value}: {found}");
    }
}

#[test]
fn defaults_may_read_the_environment() {
    let declared = phase("{ type: string, default: 'x-{{ env.name }}' }");
    let environment = load(&[("phases/net.yaml", &declared)]).unwrap();
    assert_eq!(value(&environment, "platform/net.a"), Value::from("x-test"));
}

#[test]
fn a_stack_refines_its_own_settings_and_nobody_elses() {
    let declared = phase("{ type: integer, default: 1 }");
    let given = format!("{ENVIRONMENT}settings: {{ net: {{ it: 2 }} }}\n");
    let environment = load(&[
        ("phases/net.yaml", &declared),
        ("stacks/environments/test.yaml", &given),
        ("stacks/other/stack.yaml", "stack: other\nphases: [net]\n"),
        ("stacks/other/test.yaml", "settings: { net: { it: 3 } }\n"),
    ])
    .unwrap();
    assert_eq!(value(&environment, "platform/net.a"), Value::Integer(2));
    assert_eq!(value(&environment, "other/net.a"), Value::Integer(3));
}

#[test]
fn a_stack_has_settings_and_resources_of_its_own() {
    let stack = "stack: agent\nsettings:\n  replicas: { type: integer, default: 3 }\nresources:\n  a: { kind: core.value, spec: { value: \"{{ settings.replicas }}\" } }\n";
    let environment = load(&[
        ("phases/net.yaml", "phase: net\n"),
        ("stacks/agent/stack.yaml", stack),
        ("stacks/agent/test.yaml", "settings: { agent: { replicas: 5 } }\n"),
    ])
    .unwrap();
    assert_eq!(value(&environment, "agent/a"), Value::Integer(5));
}

#[test]
fn evidence_is_read_from_the_file_beside_the_environment() {
    let phase = "phase: net\nresources:\n  a: { kind: core.value, spec: { value: \"{{ evidence.load.p99_ms }}\" } }\n";
    let environment = load(&[
        ("phases/net.yaml", phase),
        ("stacks/environments/test.evidence.yaml", "load: { p99_ms: 180 }\n"),
    ])
    .unwrap();
    assert_eq!(value(&environment, "platform/net.a"), Value::Integer(180));
    assert!(faults(&[("phases/net.yaml", phase)]).contains("the environment `test` has no `evidence`"));
}

#[test]
fn moves_are_within_a_phase_across_phases_and_across_stacks() {
    let phase = "phase: net\nmoved:\n  - { from: old, to: new }\n  - { from: app.old, to: new }\n  - { from: 'other/app.old[a/b]', to: 'new[a/b]' }\n";
    let environment = load(&[("phases/net.yaml", phase)]).unwrap();
    let moved: Vec<String> = environment.moved.iter().map(|(from, to)| format!("{from} -> {to}")).collect();
    assert_eq!(
        moved,
        [
            "platform/net.old -> platform/net.new",
            "platform/app.old -> platform/net.new",
            "other/app.old[a/b] -> platform/net.new[a/b]",
        ]
    );
}

#[test]
fn functions_say_what_is_wrong_with_their_arguments() {
    let templates = [
        ("templates/a.txt", "Hello\n"),
        ("templates/b/list.txt", "{% for n in names %}\n- {{ n }}\n{% endfor %}\n"),
        ("templates/broken.txt", "one\n{{ two }}\n"),
    ];
    for (source, expected) in [
        ("file('a.txt')", "\"Hello\\n\""),
        ("template('b/list.txt', names=['x', 'y'])", "\"- x\\n- y\\n\""),
        ("product(a=['x'], b={'y': {'n': 1}})['x-y'].b.n", "1"),
        ("product(a=[]) | length", "0"),
        ("subnet('10.1.0.0/16', 8, 255)", "\"10.1.255.0/24\""),
        ("subnet('10.1.0.0/16', 0, 0)", "\"10.1.0.0/16\""),
        ("{'a': {'n': 1}} | attr('n')", "{\"a\": 1}"),
        ("yaml('- 1')", "[1]"),
    ] {
        assert_eq!(eval(source, &templates).as_deref(), Ok(expected), "{source}");
    }
    for (source, expected) in [
        ("file('a.tx')", "did you mean `a.txt`?"),
        ("template('broken.txt')", "can't be rendered"),
        ("subnet('10.1.0.0/16', 255, 0)", "no 255 bits left"),
        ("subnet('10.1.0.0/16', 8, 256)", "none with the index 256"),
        ("subnet('2001:db8::/32', 8, 1)", "no IPv4 range"),
        ("product(a=1)", "combines maps and lists"),
        ("json('{')", "this is not JSON"),
        ("yaml('[')", "this is not YAML"),
        ("1 | attr('x')", "reads maps and lists"),
        ("env.nme", "did you mean `name`?"),
    ] {
        let error = eval(source, &templates).unwrap_err();
        assert!(error.contains(expected), "{source}: {error}");
    }
}

#[test]
fn what_is_looked_up_in_vain_is_the_fault_only_where_it_is_needed() {
    assert_eq!(eval("env.nme | default('x')", &[]).as_deref(), Ok("\"x\""));
    let error = eval("[env.nme is defined, 1 / 'x']", &[]).unwrap_err();
    assert!(!error.contains("nme"), "{error}");
}

#[test]
fn after_can_mean_one_instance_or_all() {
    let phase = "\
phase: net
resources:
  a: { kind: core.value, for_each: [x, y], spec: { value: 1 } }
  one: { kind: core.value, after: [\"a['x']\"], spec: { value: 1 } }
  all: { kind: core.value, after: [a], spec: { value: 1 } }
  same: { kind: core.value, for_each: [x, y], after: [\"{{ a[each.key] }}\"], spec: { value: 1 } }
";
    let environment = load(&[("phases/net.yaml", phase)]).unwrap();
    let of = |key: &str| (format!("platform/net.a[{key}]"), EdgeKind::After);
    assert_eq!(edges(&environment, "platform/net.one"), [of("x")]);
    assert_eq!(edges(&environment, "platform/net.all"), [of("x"), of("y")]);
    assert_eq!(edges(&environment, "platform/net.same[y]"), [of("y")]);
}

#[test]
fn a_reference_goes_through_two_outputs() {
    let net = "phase: net\nresources:\n  a: { kind: core.value, spec: { value: 1 } }\noutputs: { id: \"{{ a.id }}\" }\n";
    let environment = load(&[
        ("phases/net.yaml", net),
        ("stacks/platform/stack.yaml", "stack: platform\nphases: [net]\noutputs: { id: \"{{ phases.net.outputs.id }}\" }\n"),
        ("stacks/agent/stack.yaml", "stack: agent\nresources:\n  b: { kind: core.value, spec: { value: \"{{ stacks.platform.outputs.id }}\" } }\n"),
    ])
    .unwrap();
    assert_eq!(edges(&environment, "agent/b"), [("platform/net.a".to_owned(), EdgeKind::Reference)]);
    assert!(matches!(value(&environment, "agent/b"), Value::Unknown(_)));
    let attributes = BTreeMap::from([("id".into(), Value::from("v-1"))]);
    environment.provide(node(&environment, "platform/net.a"), Known { attributes, others_unknown: false });
    assert_eq!(value(&environment, "agent/b"), Value::from("v-1"));
}

#[test]
fn a_phase_in_two_stacks_has_outputs_in_each() {
    let net = "phase: net\nresources:\n  a: { kind: core.value, spec: { value: 1 } }\noutputs: { id: \"{{ a.id }}\" }\n";
    let stack = |name: &str, more: &str| {
        format!(
            "stack: {name}\nphases: [net]\noutputs: {{ ids: \"{{{{ [phases.net.outputs.id{more}] }}}}\" }}\n"
        )
    };
    let reader = "stack: reader\nresources:\n  b: { kind: core.value, spec: { value: \"{{ stacks.platform.outputs.ids }}\" } }\n";
    let environment = load(&[
        ("phases/net.yaml", net),
        ("stacks/platform/stack.yaml", &stack("platform", ", stacks.other.outputs.ids")),
        ("stacks/other/stack.yaml", &stack("other", "")),
        ("stacks/reader/stack.yaml", reader),
    ])
    .unwrap();
    let mut to: Vec<String> = edges(&environment, "reader/b").into_iter().map(|(to, _)| to).collect();
    to.sort();
    assert_eq!(to, ["other/net.a", "platform/net.a"]);
    environment.validate().unwrap();
}

#[test]
fn the_digest_is_of_one_environment_alone() {
    let phase = "phase: net\n";
    let other = "environment: other\ntarget: sandbox\n";
    let digest = |more: &[(&str, &str)]| {
        let mut files = vec![("phases/net.yaml", phase), ("stacks/environments/other.yaml", other)];
        files.extend_from_slice(more);
        load(&files).unwrap().digest
    };
    let before = digest(&[]);
    assert_eq!(before, digest(&[("stacks/environments/other.yaml", "environment: other\ntarget: aws\n")]));
    assert_eq!(before, digest(&[("stacks/environments/other.evidence.yaml", "load: { p99_ms: 1 }\n")]));
    assert_eq!(before, digest(&[("stacks/platform/other.yaml", "settings: {}\n")]));
    assert_ne!(before, digest(&[("stacks/environments/test.evidence.yaml", "load: { p99_ms: 1 }\n")]));
    assert_ne!(before, digest(&[("stacks/platform/test.yaml", "settings: {}\n")]));
    assert_ne!(before, digest(&[("templates/a.txt", "a")]));
}

#[test]
fn the_same_workspace_gives_the_same_graph_byte_for_byte() {
    let net = layered(3, 5, &[7, 3, 11, 2, 5]);
    let app = "phase: app\nresources:\n  z: { kind: core.value, for_each: \"{{ env.regions }}\", spec: { value: \"{{ phases.net.r0_1.id ~ each.key }}\" } }\n";
    let stack = "stack: platform\nphases: [net, app]\n";
    let mut files = vec![
        ("phases/a.yaml", net.as_str()),
        ("phases/b.yaml", app),
        ("stacks/platform/stack.yaml", stack),
        ("templates/x.txt", "x"),
        ("templates/a.txt", "a"),
    ];
    let print = |files: &[(&str, &str)]| {
        let environment = load(files).unwrap();
        let values: Vec<_> = environment.order.iter().map(|index| environment.evaluate(*index)).collect();
        format!("{:?} {:?} {:?} {values:?}", environment.graph, environment.order, environment.digest)
    };
    let first = print(&files);
    files.reverse();
    assert_eq!(first, print(&files));
}

/// Layers of `core.value`: each resource reads two of the layer above, by `picks`.
fn layered(layers: usize, width: usize, picks: &[usize]) -> String {
    let mut text = "phase: net\nresources:\n".to_owned();
    let mut picks = picks.iter().cycle();
    for layer in 0..layers {
        for place in 0..width {
            let mut pick = || picks.next().unwrap() % width;
            let value = match layer.checked_sub(1) {
                None => format!("{place}"),
                Some(above) => format!("\"{{{{ r{above}_{}.id ~ r{above}_{}.id }}}}\"", pick(), pick()),
            };
            writeln!(text, "  r{layer}_{place}: {{ kind: core.value, spec: {{ value: {value} }} }}").unwrap();
        }
    }
    text
}

/// An expression that reads some of the resources before it, in some way or other.
fn expression(before: usize) -> BoxedStrategy<String> {
    if before == 0 {
        return prop_oneof![
            Just("1".to_owned()),
            Just("env.regions | keys".to_owned()),
            Just("env.regions['primary'].name".to_owned()),
            Just("env.missing | default(3)".to_owned()),
        ]
        .boxed();
    }
    let read = (0..before, 0..7_usize).prop_map(|(index, form)| match form {
        0 => format!("r{index}.id"),
        1 => format!("phases.net.r{index}.id"),
        2 => format!("r{index}['id']"),
        3 => format!("(r{index} | attr('id'))"),
        4 => format!("k{index}['a'].id"),
        5 => format!("k{index}.b.id"),
        _ => format!("(k{index} | attr('id') | values | join('-'))"),
    });
    // A resource that isn't keyed is a map of attributes, not of instances.
    let read = read.prop_map(|read| {
        if read.contains("| attr('id'))") && read.starts_with("(r") {
            read.replace(" | attr('id')", ".id")
        } else {
            read
        }
    });
    let leaf = prop_oneof![4 => read, 1 => Just("'text'".to_owned()), 1 => Just("env.name".to_owned())];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} ~ {b})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[{a}, {b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{{'k': {a}, 'l': {b}}}")),
            inner.clone().prop_map(|a| format!("({a} | to_json | sha256)")),
            (0..before, inner.clone()).prop_map(|(index, a)| format!("k{index}['a' if {a} else 'b'].id")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} == {b} or not {b})")),
        ]
    })
    .boxed()
}

fn graph() -> impl Strategy<Value = Vec<(String, String)>> {
    (1..7_usize).prop_flat_map(|count| {
        (0..count).map(|index| (expression(index), expression(index))).collect::<Vec<_>>()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Evaluation asserts in debug builds that whatever is read has its edge. Walked in order, with
    /// each resource's attributes provided, no hole is left.
    #[test]
    fn nothing_is_read_without_its_edge_and_every_hole_is_filled(expressions in graph()) {
        let mut text = "phase: net\nresources:\n".to_owned();
        for (index, (single, keyed)) in expressions.iter().enumerate() {
            writeln!(text, "  r{index}:\n    kind: core.value\n    spec: {{ value: \"{{{{ {single} }}}}\" }}").unwrap();
            writeln!(text, "  k{index}:\n    kind: core.value\n    for_each: [a, b]\n    spec: {{ value: \"x-{{{{ {keyed} | to_json }}}}\" }}").unwrap();
        }
        let environment = match load(&[("phases/net.yaml", &text)]) {
            Ok(environment) => environment,
            Err(faults) => return Err(TestCaseError::fail(format!("{text}{faults:?}"))),
        };
        environment.validate().map_err(|faults| TestCaseError::fail(format!("{text}{faults:?}")))?;
        for &index in &environment.order {
            let evaluated = environment.evaluate(index).unwrap().value;
            prop_assert!(evaluated.is_known(), "{} is {evaluated} in\n{text}", environment.graph.node(index).address);
            let mut attributes = evaluated.as_map().cloned().unwrap();
            attributes.insert("id".into(), Value::from(format!("id-{}", index.position()).as_str()));
            environment.provide(index, Known { attributes, others_unknown: false });
        }
    }
}
