//! Who may write the state: leases of runs that live, that died, and that are thrown out.

use crate::bench::Bench;

/// The lease of a run on another machine, as it lies in the store. Nobody renews it.
const ELSEWHERE: &str = r#"{"format_version":2,"environment":"sandbox","epoch":7,"holder":"kim@desk, process 12","reason":"ninefold apply --yes","machine":"f3b1","nonce":"n","taken_unix_ms":1800000000000,"time_to_live_ms":1500,"longest_call_ms":0,"beats":3,"renewed_unix_ms":1800000060000,"released":false}"#;

fn with_a_lease_elsewhere() -> Bench {
    let bench = Bench::new();
    bench.write(".ninefold/state/sandbox/lease/00000000000000000007.json", ELSEWHERE);
    bench
}

#[test]
fn a_lease_that_nobody_renews_expires_by_itself() {
    let bench = with_a_lease_elsewhere();
    let applied = bench.ok(&["apply", "--yes"]);
    let waited = "Waiting for a sign of life of kim@desk, process 12: ninefold apply --yes";
    assert!(applied.err.contains(waited), "{}", applied.err);
    bench.is_settled();
    assert!(bench.ok(&["state", "lock"]).out.contains("nobody holds the lease of sandbox"));
    // Whoever would still write there is fenced by the record of the next epoch.
    let history = bench.ok(&["state", "history"]).out;
    assert!(history.contains("epoch 8"), "{history}");
    let again = bench.ok(&["destroy", "--yes"]);
    assert!(!again.err.contains("Waiting"), "{}", again.err);
}

#[test]
fn a_lease_is_shown_and_taken_away_when_somebody_says_so() {
    let bench = with_a_lease_elsewhere();
    let shown = bench.ok(&["state", "lock"]).out;
    for part in ["kim@desk, process 12", "ninefold apply --yes", "2027-01-15T08:00:00Z", "7"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = bench.ok(&["state", "lock", "--format", "json"]).json();
    assert_eq!((&json["format_version"], &json["held"]["epoch"]), (&1.into(), &7.into()));
    // Without a terminal nobody can be asked.
    let refused = bench.exits(3, &["state", "unlock"]);
    assert!(refused.err.contains("kim@desk") && refused.err.contains("--yes"), "{}", refused.err);
    let unlocked = bench.ok(&["state", "unlock", "--yes"]);
    assert!(unlocked.err.contains("kim@desk"), "{}", unlocked.err);
    assert_eq!(bench.ok(&["state", "lock", "--format", "json"]).json()["held"], serde_json::Value::Null);
    assert!(bench.ok(&["state", "unlock", "--yes"]).err.contains("Nobody holds the lease"));
    let applied = bench.ok(&["apply", "--yes"]);
    assert!(!applied.err.contains("Waiting"), "{}", applied.err);
}

#[test]
fn who_is_patient_waits_for_the_other_run() {
    let bench = Bench::new();
    let runs = [(); 3].map(|()| bench.start(&["apply", "--yes", "--lock-timeout", "2m"]));
    for ran in runs.map(Bench::end) {
        assert_eq!(ran.code, 0, "{}", ran.text());
    }
    bench.is_settled();
    assert_eq!(bench.objects(), 3);
    let wrong = bench.exits(1, &["apply", "--lock-timeout", "soon"]);
    assert!(wrong.err.contains("`soon` is no length of time"), "{}", wrong.err);
}
