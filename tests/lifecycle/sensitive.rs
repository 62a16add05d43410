//! Secrets rest nowhere.

use crate::bench::{Bench, shown};

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
