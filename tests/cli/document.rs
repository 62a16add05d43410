//! The whole state as a document: out of the store, and back into it.

use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, VPC};

fn listed(bench: &Bench) -> String {
    bench.ok(&["state", "list"]).out
}

#[test]
fn what_was_pulled_is_pushed_back_and_history_keeps_all_of_it() {
    let bench = Bench::applied();
    let (before, objects) = (listed(&bench), bench.objects());
    let printed = bench.ok(&["state", "pull"]).json();
    assert_eq!((&printed["format_version"], &printed["environment"]), (&1.into(), &"sandbox".into()));
    assert_eq!(printed["resources"].as_array().unwrap().len(), 4);
    let told = bench.ok(&["state", "pull", "--out", "backup.json"]);
    assert!(told.out.is_empty() && told.err.contains("backup.json"), "{told:?}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&bench.read("backup.json")).unwrap(), printed);
    let mode = std::fs::metadata(bench.path("backup.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    bench.ok(&["state", "rm", VPC, "--yes"]);
    let stale = bench.exits(3, &["state", "push", "backup.json", "--yes"]);
    assert!(stale.err.contains("the state has gone on to") && stale.err.contains("--force"), "{}", stale.err);
    assert!(!listed(&bench).contains(VPC));
    bench.ok(&["state", "push", "backup.json", "--force", "--yes"]);
    assert_eq!(listed(&bench), before);
    bench.is_settled();
    assert_eq!(bench.objects(), objects);
    let history = bench.ok(&["state", "history"]).out;
    for what in [&format!("state rm {VPC}"), "state push backup.json (serial ", "apply --yes"] {
        assert!(history.contains(what), "{what}: {history}");
    }
    let of_one = bench.ok(&["state", "history", VPC]).out;
    assert!(of_one.contains("state push"), "{of_one}");
}

#[test]
fn what_would_be_lost_is_shown_before_anybody_is_asked() {
    let bench = Bench::new();
    bench.ok(&["state", "pull", "--out", "empty.json"]);
    bench.ok(&["apply", "--yes"]);
    let before = listed(&bench);
    let stale = bench.exits(3, &["state", "push", "empty.json"]);
    assert!(stale.err.contains("Nobody would look any more after"), "{}", stale.err);
    assert!(stale.err.contains(&format!("{VPC} (vpc-")), "{}", stale.err);
    let unasked = bench.exits(3, &["state", "push", "empty.json", "--force"]);
    assert!(unasked.err.contains("nobody to ask") && unasked.err.contains(VPC), "{}", unasked.err);
    assert_eq!(listed(&bench), before);
    bench.ok(&["state", "push", "empty.json", "--force", "--yes"]);
    assert_eq!(listed(&bench), "");
}

#[test]
fn a_state_of_the_newest_serial_is_edited_and_pushed() {
    let bench = Bench::applied();
    bench.ok(&["state", "pull", "--out", "state.json"]);
    bench.replace("state.json", "somebody@example.com", "else@example.com");
    bench.ok(&["state", "push", "state.json", "--yes"]);
    let shown = bench.ok(&["state", "show", VPC, "--format", "json"]).json();
    assert_eq!(shown["recorded"]["tags"]["owner"], "else@example.com");
    // It was a record like any other: the serial has gone on.
    bench.exits(3, &["state", "push", "state.json", "--yes"]);
}

#[test]
fn a_new_store_takes_the_state_of_an_old_one() {
    let bench = Bench::applied();
    bench.ok(&["state", "pull", "--out", "state.json"]);
    std::fs::remove_dir_all(bench.path(".ninefold/state")).unwrap();
    assert_eq!(listed(&bench), "");
    bench.ok(&["state", "push", "state.json", "--yes"]);
    bench.is_settled();
}

#[test]
fn what_is_no_state_of_this_environment_is_refused() {
    let bench = Bench::applied();
    let text = bench.ok(&["state", "pull"]).out;
    let before = listed(&bench);
    bench.write("other.json", &text.replace("\"sandbox\"", "\"production\""));
    let other = bench.exits(3, &["state", "push", "other.json", "--force", "--yes"]);
    assert!(other.err.contains("is the state of `production`, not of `sandbox`"), "{}", other.err);
    bench.write("newer.json", &text.replace("\"format_version\": 1", "\"format_version\": 9"));
    let newer = bench.exits(1, &["state", "push", "newer.json", "--yes"]);
    assert!(newer.err.contains("format version 9") && newer.err.contains("Update Ninefold"), "{}", newer.err);
    bench.write("cut.json", &text[..text.len() / 2]);
    let cut = bench.exits(1, &["state", "push", "cut.json", "--yes"]);
    assert!(cut.err.contains("no state of Ninefold"), "{}", cut.err);
    bench.exits(1, &["state", "push", "missing.json", "--yes"]);
    assert_eq!(listed(&bench), before);
}
