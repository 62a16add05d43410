//! Secrets rest nowhere.

use ninefold::state::FingerprintKey;

use crate::bench::{Bench, Ended, shown};

const SECRET: &str = "hunter2-the-secret";

const CLUSTER: &str = r#"vpc: { kind: aws.ec2.vpc, region: us-east-1, spec: { cidr_block: 10.0.0.0/16 } }
subnets:
  kind: aws.ec2.subnet
  for_each: { a: 1, b: 2 }
  region: us-east-1
  spec:
    vpc_id: "{{ vpc.id }}"
    cidr_block: "{{ subnet('10.0.0.0/16', 8, each.value) }}"
    availability_zone: "us-east-1{{ each.key }}"
role:
  kind: aws.iam.role
  spec:
    name: cluster
    assume_role_policy: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { Service: eks.amazonaws.com } }] }
cluster:
  kind: aws.eks.cluster
  region: us-east-1
  spec: { name: main, version: "1.35", role_arn: "{{ role.arn }}", resources_vpc_config: { subnet_ids: "{{ subnets | attr('id') | values }}" } }
"#;

fn everything_written(bench: &Bench) -> String {
    let plan = bench.plan().unwrap();
    format!("{}{}", serde_json::to_string(&plan).unwrap(), serde_json::to_string(&bench.log()).unwrap())
}

fn secret(extra: &str) -> String {
    format!(
        "token:\n  kind: aws.secretsmanager.secret\n  region: us-east-1\n  spec:\n    name: token\n    value: {{ secret: {{ from: env, name: TOKEN }} }}\n{extra}"
    )
}

#[test]
fn a_secret_is_written_nowhere_and_its_change_is_seen() {
    let mut bench = Bench::new(1, &secret(""));
    bench.secrets.insert("TOKEN".into(), SECRET.into());
    assert!(!serde_json::to_string(&bench.plan().unwrap()).unwrap().contains(SECRET));
    bench.apply().succeeded();
    assert!(!everything_written(&bench).contains(SECRET));
    bench.assert_settled();
    // An update of something else doesn't write it either.
    bench.set(&secret("    description: what it is for\n"));
    assert!(!everything_written(&bench).contains(SECRET));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.token"]);
    assert!(!everything_written(&bench).contains(SECRET));
    bench.assert_settled();
}

#[test]
fn a_killed_creation_of_a_secret_is_found_again() {
    let mut polls = 0;
    loop {
        let mut bench = Bench::new(1, &secret(""));
        bench.secrets.insert("TOKEN".into(), SECRET.into());
        bench.set_faults(ninefold::targets::sandbox::Faults { eventual: true, ..Default::default() });
        let ended = bench.apply_until_crash(&Default::default(), polls);
        bench.apply().succeeded();
        bench.assert_settled();
        assert_eq!(bench.objects().len(), 1, "killed at {polls}");
        assert!(!everything_written(&bench).contains(SECRET));
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
}

#[test]
fn a_secret_that_is_another_by_now_goes_along_with_the_next_change() {
    let phase = |rounds: u32| {
        format!(
            "{}chart:\n  kind: helm.release\n  cluster: \"{{{{ cluster }}}}\"\n  spec:\n    name: c\n    chart: c\n    \
             repository: https://charts.example.com\n    version: 1.0.0\n    values:\n      rounds: {rounds}\n      \
             list: [{{ name: x, token: {{ secret: {{ from: env, name: TOKEN }} }} }}]\n",
            CLUSTER
        )
    };
    let mut bench = Bench::new(1, &phase(1));
    bench.secrets.insert("TOKEN".into(), SECRET.into());
    bench.apply().succeeded();
    let token = |bench: &Bench| {
        let objects = bench.objects();
        let chart = objects.iter().find(|object| &*object.key.kind == "helm.release").unwrap();
        chart.attributes["values"]["list"][0]["token"].as_str().unwrap().to_owned()
    };
    let before = token(&bench);
    assert!(!bench.plan().unwrap().has_changes());
    bench.secrets.insert("TOKEN".into(), "another-secret".into());
    bench.set(&phase(2));
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["update s/p.chart"]);
    assert_ne!(token(&bench), before);
    assert!(!token(&bench).contains("another-secret") && !before.contains(SECRET));
    assert!(!bench.plan().unwrap().has_changes());
}

/// What a subscription takes for an endpoint, with the secret in it.
const PAGE: &str = "https://example.com/hunter2-the-secret";

/// A value that lives in state only, made of a secret, and what reads it.
fn held(readers: &str) -> String {
    format!(
        "topic: {{ kind: aws.sns.topic, region: us-east-1, spec: {{ name: alerts }} }}\n\
         pager:\n  kind: aws.sns.subscription\n  region: us-east-1\n  spec:\n    topic_arn: \"{{{{ topic.arn }}}}\"\n    \
         protocol: https\n    endpoint: {{ secret: {{ from: env, name: TOKEN }} }}\n\
         held: {{ kind: core.value, spec: {{ value: \"{{{{ pager.endpoint }}}}\" }} }}\n{readers}"
    )
}

/// Something that the cloud is told of a secret: the secret itself, and a text made of it.
fn reader(name: &str, attribute: &str) -> String {
    format!(
        "{name}:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec:\n    cidr_block: 10.0.0.0/16\n    \
         tags: {{ whole: \"{{{{ {attribute} }}}}\", part: \"x-{{{{ {attribute} }}}}\" }}\n"
    )
}

/// What the sandbox was told of a reader: it keeps fingerprints, by which one can tell the values.
#[track_caller]
fn assert_was_told(bench: &Bench, secret: &str) {
    let objects = bench.objects();
    let vpc = objects
        .iter()
        .find(|object| &*object.key.kind == "aws.ec2.vpc" && !object.attributes["tags"]["whole"].is_null());
    let vpc = vpc.expect("it was made");
    let key = FingerprintKey::from_bytes(b"a key of the test");
    for (tag, value) in [("whole", secret.to_owned()), ("part", format!("x-{secret}"))] {
        let expected = format!("$fingerprint:{}", key.fingerprint(value.as_bytes()));
        assert_eq!(vpc.attributes["tags"][tag], expected, "{tag}: {}", vpc.attributes);
    }
}

#[track_caller]
fn failed_by(ended: Ended) -> String {
    let applied = ended.applied();
    let [failed] = &*applied.summary.failed else { panic!("{:?}", applied.summary) };
    let hint = failed.failure.hint().unwrap_or_default();
    format!("{}: {}; {hint}", failed.address, failed.failure)
}

#[test]
fn what_state_knows_by_its_fingerprint_is_fetched_anew_for_who_reads_it() {
    let mut bench = Bench::new(1, &held(""));
    bench.secrets.insert("TOKEN".into(), PAGE.into());
    bench.apply().succeeded();
    // Another process, which has only what state keeps.
    bench.set(&held(&reader("vpc", "held.value")));
    let plan = bench.plan().unwrap();
    assert_eq!(shown(&plan), ["create s/p.vpc"]);
    assert!(!serde_json::to_string(&plan).unwrap().contains("hmac"), "{plan:?}");
    bench.apply().succeeded();
    assert_was_told(&bench, PAGE);
    assert!(!everything_written(&bench).contains(SECRET));
}

#[test]
fn a_saved_plan_and_one_without_reading_fetch_it_too() {
    for refresh in [true, false] {
        let mut bench = Bench::new(1, &held(""));
        bench.refresh = refresh;
        bench.secrets.insert("TOKEN".into(), PAGE.into());
        bench.apply().succeeded();
        bench.set(&held(&reader("vpc", "held.value")));
        let plan = serde_json::to_string(&bench.plan().unwrap()).unwrap();
        bench.apply_saved(&serde_json::from_str(&plan).unwrap()).succeeded();
        assert_was_told(&bench, PAGE);
        assert!(!everything_written(&bench).contains(SECRET));
    }
}

#[test]
fn what_the_cloud_keeps_to_itself_comes_from_the_configuration_that_set_it() {
    let phase = format!(
        "{}object:\n  kind: kubernetes.object\n  cluster: \"{{{{ cluster }}}}\"\n  spec:\n    manifest:\n      \
         apiVersion: v1\n      kind: Secret\n      metadata: {{ name: one, namespace: default }}\n      \
         stringData: {{ password: {SECRET}, token: {{ secret: {{ from: env, name: TOKEN }} }} }}\n",
        CLUSTER.replace("vpc: {", "network: {").replace("vpc.id", "network.id")
    );
    for attribute in ["password", "token"] {
        let mut bench = Bench::new(1, &phase);
        bench.secrets.insert("TOKEN".into(), SECRET.into());
        bench.apply().succeeded();
        bench.set(&format!("{phase}{}", reader("vpc", &format!("object.manifest.stringData.{attribute}"))));
        bench.apply().succeeded();
        assert_was_told(&bench, SECRET);
        assert!(!everything_written(&bench).contains(SECRET));
    }
}

#[test]
fn nothing_is_called_with_a_fingerprint_where_the_value_cannot_be_had() {
    for change in [Some("https://example.com/another-secret"), None] {
        let mut bench = Bench::new(1, &held(""));
        bench.secrets.insert("TOKEN".into(), PAGE.into());
        bench.apply().succeeded();
        match change {
            Some(other) => bench.secrets.insert("TOKEN".into(), other.into()),
            None => bench.secrets.remove("TOKEN"),
        };
        bench.set(&held(&reader("vpc", "held.value")));
        let failure = failed_by(bench.apply());
        let expected = "s/p.vpc: `s/p.pager.endpoint` is read (phases/p.yaml:";
        assert!(failure.starts_with(expected), "{failure}");
        let why = if change.is_some() { "is another by now" } else { "there is no secret TOKEN" };
        assert!(failure.contains(why) && failure.contains("--replace 's/p.pager'"), "{failure}");
        assert_eq!(bench.objects().len(), 2, "something was made");
        assert!(bench.state().open.is_empty(), "no intent is left");
        // As the error says: setting it anew is a way out.
        if let Some(other) = change {
            let replace = vec![crate::bench::address("s/p.pager")];
            let selection = ninefold::plan::Selection { replace, ..Default::default() };
            bench.apply_selected(&selection).succeeded();
            assert_was_told(&bench, other);
        }
    }
}

#[test]
fn a_fingerprint_handed_on_unchanged_is_no_difference() {
    let phase = held("again: { kind: core.value, spec: { value: \"{{ held.value }}\" } }\n");
    let mut bench = Bench::new(1, &phase);
    bench.secrets.insert("TOKEN".into(), PAGE.into());
    bench.apply().succeeded();
    assert!(!bench.plan().unwrap().has_changes(), "{:?}", shown(&bench.plan().unwrap()));
}
