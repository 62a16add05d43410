//! A damaged log: what can be restored, and that it is; and a log that is pruned.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::bench::{Bench, Ran, SANDBOX, VPC};

/// The key of a log object, below the state's folder.
fn log(serial: u64) -> String {
    format!("sandbox/log/{serial:020}.json")
}

fn path(key: &str) -> String {
    format!(".ninefold/state/{key}")
}

/// The serial of the last log object.
fn last(bench: &Bench) -> u64 {
    let names = std::fs::read_dir(bench.path(&path("sandbox/log"))).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| name.trim_end_matches(".json").parse().unwrap()).max().unwrap()
}

fn restorable(ran: &Ran) -> Vec<(u64, u64)> {
    let ranges = ran.json()["restorable"].clone();
    let number = |value: &Value| value.as_u64().unwrap();
    ranges.as_array().unwrap().iter().map(|range| (number(&range["from"]), number(&range["to"]))).collect()
}

#[test]
fn a_damaged_object_is_named_and_the_state_before_it_restored() {
    let bench = Bench::applied();
    let whole = last(&bench);
    let then = bench.ok(&["state", "list"]).out;
    // Everything is replaced.
    bench.replace(SANDBOX, "10.0.0.0/16", "10.9.0.0/16");
    bench.ok(&["apply", "--yes"]);
    assert!(last(&bench) > whole + 2);
    // Where a snapshot stands for what is damaged, only the history misses it.
    let _ = std::fs::remove_dir_all(bench.path(&path("sandbox/snapshot")));
    for (text, says) in [
        (Some("{\"format_version\":2,\"environment\""), "is truncated: it ends after"),
        (Some("\0\0\0\0"), "is torn: line 1, column 1"),
        (Some("{\"version\":4}"), "doesn't belong there"),
        (Some("{\"format_version\":9}"), "has format version 9"),
        (None, "is missing"),
    ] {
        let broken = log(whole + 2);
        let file = bench.path(&path(&broken));
        let before = std::fs::read(&file).unwrap();
        match text {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        for command in [&["plan"][..], &["apply", "--yes"], &["drift"], &["state", "list"]] {
            let refused = bench.exits(1, command);
            assert!(refused.err.contains(&broken) && refused.err.contains(says), "{says}: {}", refused.err);
        }
        let history = bench.exits(1, &["state", "history"]);
        assert!(history.err.contains(&broken) && history.err.contains(says), "{}", history.err);
        assert!(history.err.contains(&format!("after serial 1 to {}", whole + 1)), "{}", history.err);
        assert!(history.out.contains(&format!("create {VPC}")), "{}", history.out);
        std::fs::write(&file, before).unwrap();
        bench.ok(&["state", "history"]);
    }
    std::fs::write(bench.path(&path(&log(whole + 2))), "").unwrap();
    let history = bench.exits(1, &["state", "history", "--format", "json"]);
    assert_eq!(restorable(&history), [(1, whole + 1)]);
    let unknown = bench.exits(1, &["state", "restore", &(whole + 3).to_string(), "--yes"]);
    assert!(
        unknown.err.contains("can't be restored") && unknown.err.contains(&log(whole + 2)),
        "{}",
        unknown.err
    );
    // Nobody agrees: nothing is changed.
    bench.exits(3, &["state", "restore", &whole.to_string()]);
    bench.exits(1, &["plan"]);
    let restored = bench.ok(&["state", "restore", &whole.to_string(), "--yes"]);
    // What was made since is named, because nobody looks after it now.
    assert!(
        restored.err.contains("Nobody would look any more after") && restored.err.contains(VPC),
        "{}",
        restored.err
    );
    assert_eq!(bench.ok(&["state", "list"]).out, then);
    assert!(bench.exits(1, &["state", "history"]).out.contains(&format!("state restore {whole}")));
    bench.ok(&["plan"]);
}

#[test]
fn an_undamaged_state_is_restored_too_and_the_world_brought_in_line() {
    let bench = Bench::applied();
    let (before, objects) = (last(&bench), bench.objects());
    bench.ok(&["state", "rm", VPC, "--yes"]);
    let history = bench.ok(&["state", "history"]);
    assert!(
        history.err.contains("`ninefold state restore SERIAL` restores the state after serial 1 to"),
        "{}",
        history.err
    );
    let events = bench.ok(&["state", "history", "--format", "json"]).json()["events"].clone();
    let who = events[0]["who"].as_str().unwrap();
    assert!(who.contains('@') && !who.contains([',', ' ']), "{who}");
    bench.ok(&["state", "restore", &before.to_string(), "--yes"]);
    bench.is_settled();
    bench.ok(&["apply", "--yes"]);
    assert_eq!(bench.objects(), objects);
}

#[test]
fn a_log_without_its_end_is_named_and_can_be_gone_on_with() {
    let bench = Bench::applied();
    let end = last(&bench);
    std::fs::remove_file(bench.path(&path(&log(end)))).unwrap();
    let refused = bench.exits(1, &["apply", "--yes"]);
    assert!(
        refused.err.contains(&log(end)) && refused.err.contains("the last run had written until"),
        "{}",
        refused.err
    );
    bench.ok(&["state", "restore", &(end - 1).to_string(), "--yes"]);
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
}

#[test]
fn what_does_not_belong_there_is_named_and_only_has_to_be_taken_away() {
    let bench = Bench::applied();
    bench.write(&path("sandbox/log/notes.txt"), "mine");
    let refused = bench.exits(1, &["plan"]);
    assert!(
        refused.err.contains("sandbox/log/notes.txt") && refused.err.contains("Take it out of there"),
        "{}",
        refused.err
    );
    let history = bench.exits(1, &["state", "history", "--format", "json"]);
    assert_eq!(history.json()["damage"].as_array().unwrap().len(), 1);
    std::fs::remove_file(bench.path(&path("sandbox/log/notes.txt"))).unwrap();
    bench.is_settled();
}

#[test]
fn what_is_older_than_a_week_is_pruned() {
    let bench = Bench::applied();
    let pruned = bench.ok(&["state", "prune"]).err;
    assert!(pruned.starts_with("0 objects"), "{pruned}");
    let end = last(&bench);
    bench.ok(&["state", "restore", &end.to_string(), "--yes"]);
    // As if all of that was eight days ago.
    let old = SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
    for folder in ["log", "snapshot", "lease"] {
        for entry in std::fs::read_dir(bench.path(&path(&format!("sandbox/{folder}")))).unwrap() {
            let file = std::fs::File::options().append(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(old).unwrap();
        }
    }
    bench.exits(1, &["state", "prune", "--keep-days", "6"]);
    assert!(bench.ok(&["state", "prune", "--keep-days", "9"]).err.starts_with("0 objects"));
    // History is kept for 90 days, unless somebody says otherwise.
    assert!(bench.ok(&["state", "prune"]).err.starts_with("0 objects"));
    bench.write(
        SANDBOX,
        &format!("{}state: {{ url: \"file:.ninefold/state\", history: 6d }}\n", bench.read(SANDBOX)),
    );
    assert!(bench.exits(1, &["state", "prune"]).err.contains("can't be shorter than a week"));
    bench.replace(SANDBOX, "6d", "7d");
    let pruned = bench.ok(&["state", "prune"]).err;
    assert!(!pruned.starts_with("0 objects") && pruned.contains("deleted"), "{pruned}");
    assert!(!bench.path(&path(&log(1))).exists());
    bench.is_settled();
    let history = bench.ok(&["state", "history"]);
    assert!(history.err.contains(&format!("after serial {}", end + 1)), "{}", history.err);
    bench.exits(1, &["state", "restore", "1", "--yes"]);
}
