//! Secrets rest nowhere: not in state, not in the sandbox's world, and nothing shows them.

use std::collections::BTreeSet;
use std::path::Path;

use ninefold::kinds::Registry;

use crate::bench::{Bench, Ran};
use crate::fields::sensitive;

/// A phase with a secret in every place that can hold one: `NAME` stands for a reference to the secret
/// of that name.
const PHASE: &str = r#"phase: vault
resources:
  vpc:
    kind: aws.ec2.vpc
    region: eu-west-1
    spec: { cidr_block: 10.0.0.0/16 }
  subnets:
    kind: aws.ec2.subnet
    for_each: { a: 1, b: 2 }
    region: eu-west-1
    spec:
      vpc_id: "{{ vpc.id }}"
      cidr_block: "{{ subnet('10.0.0.0/16', 8, each.value) }}"
      availability_zone: "eu-west-1{{ each.key }}"
  token:
    kind: aws.secretsmanager.secret
    region: eu-west-1
    spec: { name: token, value: SECRET_A }
  database_subnets:
    kind: aws.rds.subnet_group
    region: eu-west-1
    spec:
      db_subnet_group_name: main
      db_subnet_group_description: of the test
      subnet_ids: "{{ subnets | attr('id') | values }}"
  database:
    kind: aws.rds.cluster
    region: eu-west-1
    spec:
      db_cluster_identifier: main
      engine: aurora-postgresql
      engine_version: "16.4"
      master_username: root
      master_user_password: SECRET_B
      db_subnet_group_name: "{{ database_subnets.db_subnet_group_name }}"
      skip_final_snapshot: true
  role:
    kind: aws.iam.role
    spec:
      name: cluster
      assume_role_policy: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { Service: eks.amazonaws.com } }] }
  cluster:
    kind: aws.eks.cluster
    region: eu-west-1
    spec:
      name: main
      version: "1.35"
      role_arn: "{{ role.arn }}"
      resources_vpc_config: { subnet_ids: "{{ subnets | attr('id') | values }}" }
  one:
    kind: kubernetes.object
    cluster: "{{ cluster }}"
    spec:
      manifest:
        apiVersion: v1
        kind: Secret
        metadata: { name: one, namespace: default }
        stringData: { password: SECRET_C, user: root-of-the-secret }
  several:
    kind: kubernetes.object
    cluster: "{{ cluster }}"
    spec:
      manifests:
        - apiVersion: v1
          kind: ConfigMap
          metadata: { name: open, namespace: default }
          data: { colour: blue }
        - apiVersion: v1
          kind: Secret
          metadata: { name: two, namespace: default }
          data: { password: SECRET_D }
  chart:
    kind: helm.release
    cluster: "{{ cluster }}"
    spec:
      name: chart
      namespace: default
      repository: https://charts.example.com
      chart: chart
      version: 1.0.0
      values:
        auth: { password: SECRET_E, rounds: 3 }
        list: [{ name: x, token: SECRET_F }]
"#;

const NAMES: [&str; 6] = ["SECRET_A", "SECRET_B", "SECRET_C", "SECRET_D", "SECRET_E", "SECRET_F"];

/// What no file and no line of output may hold.
fn value(name: &str, generation: u32) -> String {
    format!("marked{}{generation}Value", name.to_lowercase().replace('_', ""))
}

fn vault() -> Bench {
    let bench = Bench::empty();
    bench.write(
        "stacks/environments/sandbox.yaml",
        "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\nregions: { primary: { name: eu-west-1 } }\n",
    );
    bench.write("stacks/platform/stack.yaml", "stack: platform\nphases: [vault]\n");
    let reference = |text: String, name: &str| {
        text.replace(name, &format!("{{ secret: {{ from: file, name: {name} }} }}"))
    };
    bench.write("phases/vault.yaml", &NAMES.into_iter().fold(PHASE.to_owned(), reference));
    set(&bench, 1);
    bench
}

/// Gives every secret a value.
fn set(bench: &Bench, generation: u32) {
    for name in NAMES {
        bench.write(name, &value(name, generation));
    }
}

/// Every file below a folder.
fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

fn assert_nowhere(bench: &Bench, ran: &[Ran]) {
    let mut texts: Vec<(String, Vec<u8>)> =
        ran.iter().map(|ran| ("what it printed".to_owned(), ran.text().into_bytes())).collect();
    files(&bench.path(".ninefold"), &mut texts);
    assert!(texts.len() > 3 + ran.len());
    // Base64 of them would be as bad.
    for name in NAMES.into_iter().flat_map(|name| [value(name, 1), value(name, 2)]) {
        for (place, text) in &texts {
            let text = String::from_utf8_lossy(text);
            assert!(!text.contains(&name), "{name} stands in {place}");
        }
    }
}

#[test]
fn no_file_and_no_output_holds_a_secret_and_a_change_of_one_is_seen() {
    let bench = vault();
    let mut ran = vec![
        bench.ok(&["validate"]),
        bench.ok(&["plan"]),
        bench.ok(&["plan", "--format", "json", "--out", ".ninefold/saved"]),
        bench.ok(&["show", ".ninefold/saved"]),
        bench.ok(&["apply", "--yes"]),
        bench.ok(&["plan", "--detailed-exitcode"]),
        bench.ok(&["drift"]),
        bench.ok(&["state", "show", "platform/vault.one"]),
        bench.ok(&["state", "show", "platform/vault.chart", "--format", "json"]),
    ];
    assert_nowhere(&bench, &ran);
    // The secrets change behind their references.
    set(&bench, 2);
    ran.extend([
        bench.ok(&["apply", "--yes"]),
        bench.ok(&["plan", "--detailed-exitcode"]),
        bench.ok(&["drift", "--format", "json"]),
    ]);
    assert_nowhere(&bench, &ran);
    // Somebody else writes into what is concealed, and it is told, and put right.
    for (object, field) in [
        ("platform/vault.one", "manifest.stringData.password"),
        ("platform/vault.chart", "values.auth.password"),
    ] {
        let assignment = format!("{field}={}", value("SECRET_A", 1));
        let drifted = [
            bench.ok(&["sandbox", "edit", object, &assignment]),
            bench.exits(2, &["drift"]),
            bench.exits(2, &["plan", "--detailed-exitcode"]),
        ];
        assert!(drifted[1].out.contains(field), "{}", drifted[1].out);
        ran.extend(drifted);
        assert_nowhere(&bench, &ran);
        ran.extend([bench.ok(&["apply", "--yes"]), bench.ok(&["drift"])]);
    }
    ran.push(bench.ok(&["destroy", "--yes"]));
    assert_nowhere(&bench, &ran);
}

#[test]
fn what_is_made_of_a_sensitive_value_is_as_sensitive() {
    let bench = vault();
    bench.replace(
        "phases/vault.yaml",
        "  chart:\n",
        "  note: { kind: core.value, spec: { value: \"{{ one.manifest.stringData.user }}\" } }\n  chart:\n",
    );
    let mut ran = vec![bench.ok(&["apply", "--yes"]), bench.ok(&["plan", "--detailed-exitcode"])];
    ran.push(bench.ok(&["state", "show", "platform/vault.note"]));
    let mut texts = Vec::new();
    files(&bench.path(".ninefold"), &mut texts);
    texts.extend(ran.iter().map(|ran| ("what it printed".to_owned(), ran.text().into_bytes())));
    for (place, text) in texts {
        assert!(!String::from_utf8_lossy(&text).contains("root-of-the-secret"), "it stands in {place}");
    }
}

#[test]
fn the_phase_of_this_test_has_every_kind_of_secret_of_its_kinds() {
    let mut found = BTreeSet::new();
    for kind in Registry::all().iter().filter(|kind| PHASE.contains(&format!("kind: {}\n", kind.name()))) {
        sensitive(kind.spec(), kind.name(), &mut found);
    }
    assert_eq!(
        found.iter().collect::<Vec<_>>(),
        [
            "aws.rds.cluster.master_user_password",
            "aws.secretsmanager.secret.value",
            "helm.release.values",
            "kubernetes.object.manifest",
            "kubernetes.object.manifests",
        ]
    );
}
