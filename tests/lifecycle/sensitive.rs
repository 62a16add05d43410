//! Secrets rest nowhere.

use crate::bench::{Bench, shown};

const SECRET: &str = "hunter2-the-secret";

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
