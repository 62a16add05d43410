//! What was stored once can be read for ever: the samples in `tests/formats`, each as its format version
//! wrote it.
#![allow(clippy::disallowed_methods, reason = "tests run the program and read its files")]

#[path = "cli/bench.rs"]
#[allow(dead_code, reason = "the command line's tests use the rest")]
mod bench;
#[path = "harness/folders.rs"]
mod folders;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bench::{Bench, SANDBOX};
use ninefold::checks::EvidenceLog;
use ninefold::state::{Entry, LogObject, Record, StepKind, StoreLocation};
use ninefold::world::World;
use serde_json::Value;

/// What the sealed sample is sealed with.
const PASSPHRASE: &str = "correct horse battery staple";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(sample(name)).unwrap()
}

/// An environment whose state is a sample.
fn bench(state: &str) -> Bench {
    let bench = Bench::empty();
    bench.write(SANDBOX, "environment: sandbox\ntarget: sandbox\naccount: \"123456789012\"\n");
    folders::copy(&sample(state), &bench.path(".ninefold/state/sandbox"));
    bench
}

/// What `state pull` prints of it.
fn pulled(bench: &Bench) -> Value {
    bench.ok(&["state", "pull"]).json()
}

/// A document without what says after which serial and run it is so.
fn contents(document: &Value) -> [&Value; 2] {
    ["resources", "deposed"].map(|field| document.get(field).unwrap_or(&Value::Null))
}

#[test]
fn version_1_is_read_from_its_log_and_from_its_snapshot() {
    let bench = bench("state-1");
    let by_snapshot = pulled(&bench);
    assert_eq!(by_snapshot["resources"].as_array().unwrap().len(), 5);
    let snapshots = bench.path(".ninefold/state/sandbox/snapshot");
    std::fs::remove_dir_all(snapshots).unwrap();
    assert_eq!(pulled(&bench), by_snapshot);
    let history = bench.ok(&["state", "history"]).out;
    for event in ["create", "update", "delete the former", "state mv", "state rm", "import", "failed"] {
        assert!(history.contains(event), "{event}: {history}");
    }
}

#[test]
fn version_2_is_read_and_gone_on_with() {
    let bench = bench("state-2");
    let document = pulled(&bench);
    let expected: Value = serde_json::from_str(&text("document-1.json")).unwrap();
    assert_eq!(document, expected);
    // Two deletions were under way when the run was killed.
    assert_eq!(document["open"].as_array().unwrap().len(), 2);
    assert_eq!(bench.ok(&["state", "lock", "--format", "json"]).json()["held"]["epoch"], 12);
    bench.ok(&["state", "rm", "platform/network.note", "--yes"]);
    assert_eq!(pulled(&bench)["resources"].as_array().unwrap().len(), 4);
}

#[test]
fn a_document_of_version_1_is_pushed_back() {
    let bench = bench("state-1");
    std::fs::write(bench.path("pulled.json"), text("document-1.json")).unwrap();
    bench.ok(&["state", "push", "pulled.json", "--yes"]);
    let expected: Value = serde_json::from_str(&text("document-1.json")).unwrap();
    assert_eq!(contents(&pulled(&bench)), contents(&expected));
}

#[test]
fn what_was_moved_says_where_to() {
    let refused = bench("moved-2").exits(1, &["state", "list"]);
    assert!(refused.err.contains("was moved to `file:elsewhere`"), "{}", refused.err);
}

#[test]
fn a_sealed_state_is_opened_by_its_passphrase() {
    let mut bench = bench("sealed-1000");
    let refused = bench.exits(1, &["state", "list"]);
    assert!(refused.err.contains("is encrypted with the key"), "{}", refused.err);
    let environment = bench.read(SANDBOX);
    let encryption = "encryption: { passphrase: { from: env, name: STATE_PASSPHRASE } }\n";
    bench.write(SANDBOX, &format!("{environment}{encryption}"));
    bench.set(&[("STATE_PASSPHRASE", PASSPHRASE)]);
    let sealed = pulled(&bench);
    assert_eq!(sealed["resources"].as_array().unwrap().len(), 3);
    // By its log, from the snapshot before.
    std::fs::remove_file(bench.path(&format!(".ninefold/state/sandbox/snapshot/{:020}.json", 53))).unwrap();
    assert_eq!(pulled(&bench), sealed);
}

#[test]
fn evidence_of_version_1_is_read() {
    let world = World::virtual_from(1, 0);
    let folder = bench("state-2");
    let store = StoreLocation::parse("file:.ninefold/state").unwrap().open(&folder.path(""), &world).unwrap();
    let records = world.run(EvidenceLog::new(store, "sandbox").load()).unwrap();
    assert_eq!(records.keys().map(ToString::to_string).collect::<Vec<_>>(), ["platform/network.there"]);
}

#[test]
fn a_plan_of_version_1_is_shown() {
    let bench = bench("state-2");
    std::fs::write(bench.path("plan.json"), text("plan-1.json")).unwrap();
    let shown = bench.ok(&["show", "plan.json"]).out;
    assert!(shown.contains("1 to create, 1 to change, 0 to delete, 1 to replace, 1 check"), "{shown}");
    let json = bench.ok(&["show", "plan.json", "--format", "json"]).json();
    assert_eq!(json["operations"].as_array().unwrap().len(), 5, "{json:#}");
}

#[test]
fn a_sandbox_of_version_1_is_what_it_was() {
    let bench = bench("state-2");
    folders::copy(&sample("sandbox-1"), &bench.path(".ninefold/sandbox/sandbox"));
    let counts = &bench.ok(&["sandbox", "status", "--format", "json"]).json()["counts"];
    assert_eq!(counts["aws.ec2.subnet"]["eu-west-1"], 2, "{counts:#}");
}

/// The types of records and entries, as they are written. One that is added here needs a sample.
fn types(record: &Record) -> Vec<&'static str> {
    let own = match record {
        Record::Epoch { .. } => "epoch",
        Record::Run(_) => "run",
        Record::End { .. } => "end",
        Record::Intent(intent) => match &intent.step {
            StepKind::Create { .. } => "create",
            StepKind::Update { .. } => "update",
            StepKind::Delete { deposed: false, .. } => "delete",
            StepKind::Delete { deposed: true, .. } => "delete deposed",
        },
        Record::Created { .. } => "created",
        Record::Outcome { .. } => "outcome",
        Record::Change { .. } => "change",
        Record::Set { .. } => "set",
        Record::Moved { .. } => "moved",
    };
    let entries = match record {
        Record::Outcome { entries, .. } | Record::Change { entries, .. } => entries.as_slice(),
        _ => &[],
    };
    let entry = |entry: &Entry| match entry {
        Entry::Put(_) => "put",
        Entry::Remove { .. } => "remove",
        Entry::Depose { .. } => "depose",
        Entry::RemoveDeposed { .. } => "remove deposed",
        Entry::Rename { .. } => "rename",
    };
    [own].into_iter().chain(entries.iter().map(entry)).collect()
}

#[test]
fn the_samples_hold_every_type_of_record() {
    let mut found = BTreeSet::new();
    for name in ["state-1", "state-2", "moved-2"] {
        for file in std::fs::read_dir(sample(name).join("log")).unwrap() {
            let text = std::fs::read(file.unwrap().path()).unwrap();
            let object: LogObject = serde_json::from_slice(&text).unwrap();
            found.extend(object.records.iter().flat_map(types));
        }
    }
    let all = [
        "change",
        "create",
        "created",
        "delete",
        "delete deposed",
        "depose",
        "end",
        "epoch",
        "moved",
        "outcome",
        "put",
        "remove",
        "remove deposed",
        "rename",
        "run",
        "set",
        "update",
    ];
    assert_eq!(found, BTreeSet::from(all));
}
