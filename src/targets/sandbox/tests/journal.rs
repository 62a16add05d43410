//! Nothing that was answered is lost.

use std::sync::Arc;
use std::time::Duration;

use super::kinds::CLUSTER;
use super::*;
use crate::targets::sandbox::{Fingerprint, StoreError};
use crate::world::files;

#[test]
fn a_new_process_finds_the_world_as_it_was() {
    let lab = Lab::new();
    let (before, reached_ms) = run(&lab, async {
        let id = lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        lab.sandbox.set_figure("sql.latency", Some(5.0)).unwrap();
        lab.sandbox.break_region("eu-west-1", u64::MAX).unwrap();
        lab.sandbox.set_account("111122223333").unwrap();
        lab.read(CLUSTER, &primary(), &id).await.unwrap();
        (lab.sandbox.status().unwrap(), lab.sandbox.now_ms().unwrap())
    });
    let after = lab.reopened();
    let status = after.sandbox.status().unwrap();
    assert_eq!(after.sandbox.objects().unwrap(), lab.sandbox.objects().unwrap());
    assert!(status.now_ms <= reached_ms && status.now_ms + 1000 > reached_ms, "{status:?}");
    assert_eq!(super::super::Status { now_ms: before.now_ms, ..status }, before);
}

/// The clock may lag behind by less than a second, but what somebody was told stays so.
#[test]
fn what_was_ready_is_ready_for_the_next_process() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let again = lab.reopened();
        let answer = run(&again, again.sandbox.settle(CLUSTER, &primary(), &id, Goal::Ready));
        assert_eq!(answer.unwrap(), Settling::Done);
        lab.delete(CLUSTER, &primary(), &id).await.unwrap();
        lab.wait(CLUSTER, &primary(), &id, Goal::Gone).await;
        let again = lab.reopened();
        assert!(again.sandbox.is_empty().unwrap());
    });
}

#[test]
fn a_crash_at_any_moment_loses_nothing_that_was_answered() {
    for crash_at in 0.. {
        let lab = Lab::new();
        let answered = std::sync::Mutex::new(Vec::new());
        let (here, answered_so_far) = (&lab, &answered);
        let work = futures::future::join_all((1..=6).map(|n| async move {
            let id = here.create(VPC, &primary(), n, vpc("10.0.0.0/16")).await;
            answered_so_far.lock().unwrap().push((n, id));
        }));
        let crashed = lab.world.run_until_crash(work, crash_at).is_err();
        let again = lab.reopened();
        for (n, id) in answered.into_inner().unwrap() {
            let found = run(&again, again.find(VPC, &primary(), n, &vpc("10.0.0.0/16")));
            assert_eq!(found, Presence::Found(vec![id]), "crash at {crash_at}");
        }
        // What wasn't answered is found, or can be made again: either way there is one of each.
        run(&again, async {
            for n in 1..=6 {
                if again.find(VPC, &primary(), n, &vpc("10.0.0.0/16")).await == Presence::Absent {
                    again.create(VPC, &primary(), n, vpc("10.0.0.0/16")).await;
                }
            }
        });
        assert_eq!(again.ids().len(), 6, "crash at {crash_at}");
        if !crashed {
            assert!(crash_at > 10, "the work has that many awaits");
            return;
        }
    }
}

#[test]
fn a_torn_last_line_is_dropped() {
    let lab = Lab::new();
    let (first, _) = run(&lab, async {
        let first = lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        (first, lab.create(VPC, &primary(), 2, vpc("10.0.0.0/16")).await)
    });
    let Store::Memory(memory) = &lab.store else { panic!("it lives in memory") };
    memory.tear(10);
    let again = lab.reopened();
    assert_eq!(again.ids(), [first.as_str()]);
    // What comes after it is whole.
    run(&again, again.create(VPC, &primary(), 3, vpc("10.0.0.0/16")));
    assert_eq!(again.reopened().ids().len(), 2);
}

fn folder_lab(folder: &std::path::Path) -> Lab {
    Lab::over(Store::Folder(folder.to_owned()), World::virtual_from(1, 0))
}

#[test]
fn a_folder_keeps_the_world_and_drops_a_torn_line_too() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder_lab(folder.path());
    let first = run(&lab, lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")));
    drop(lab);
    let journal = folder.path().join("journal-1.jsonl");
    let mut text = files::read(&journal).unwrap();
    text.extend_from_slice(br#"{"at_ms":5,"draws":9,"effects":[{"remo"#);
    files::write_atomically(&journal, &text).unwrap();
    let lab = folder_lab(folder.path());
    assert_eq!(lab.ids(), [first.as_str()]);
    run(&lab, lab.create(VPC, &primary(), 2, vpc("10.0.0.0/16")));
    assert_eq!(folder_lab(folder.path()).ids().len(), 2);
}

#[test]
fn processes_see_each_others_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder_lab(folder.path()), folder_lab(folder.path()));
    for n in 0..10 {
        let lab = if n % 2 == 0 { &one } else { &two };
        run(lab, lab.create(VPC, &primary(), n, vpc("10.0.0.0/16")));
    }
    assert_eq!(one.ids().len(), 10);
    assert_eq!(one.ids(), two.ids());
    one.sandbox.reset().unwrap();
    assert!(two.sandbox.is_empty().unwrap());
    run(&two, two.create(VPC, &primary(), 1, vpc("10.0.0.0/16")));
    assert_eq!(one.ids(), two.ids());
}

#[test]
fn a_grown_journal_is_compacted_while_others_have_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let lab = folder_lab(folder.path());
    run(&lab, async {
        for n in 0..600 {
            let id = lab.make(VPC, &primary(), n, vpc("10.0.0.0/16")).await;
            if n % 2 == 0 {
                lab.delete(VPC, &primary(), &id).await.unwrap();
                lab.wait(VPC, &primary(), &id, Goal::Gone).await;
            }
        }
    });
    assert!(files::length(&folder.path().join("journal-1.jsonl")).unwrap() > Some(256 * 1024));
    let compacted = folder_lab(folder.path());
    let names: Vec<_> = files::list(folder.path())
        .unwrap()
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, ["journal-2.jsonl", "lock", "world.json"]);
    assert_eq!(compacted.ids().len(), 300);
    // The older process goes on where the younger one is.
    run(&lab, lab.create(VPC, &primary(), 1000, vpc("10.0.0.0/16")));
    assert_eq!(lab.ids(), compacted.ids());
    assert_eq!(lab.ids().len(), 301);
}

#[test]
fn a_foreign_or_newer_file_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        Sandbox::open(&Store::Folder(folder.path().to_owned()), Registry::all(), World::virtual_from(1, 0))
    };
    files::write_atomically(&folder.path().join("world.json"), r#"{"format": 9}"#.as_bytes()).unwrap();
    let error = open().err().unwrap();
    assert!(matches!(error, StoreError::Newer { format: 9, .. }), "{error}");
    files::write_atomically(&folder.path().join("world.json"), "hello".as_bytes()).unwrap();
    let error = open().err().unwrap().to_string();
    assert!(error.contains("world.json") && error.contains("byte 0"), "{error}");

    files::remove(&folder.path().join("world.json")).unwrap();
    drop(open().unwrap());
    files::write_atomically(&folder.path().join("journal-1.jsonl"), "{}\nhello\n".as_bytes()).unwrap();
    let error = open().err().unwrap().to_string();
    assert!(error.contains("journal-1.jsonl") && error.contains("byte 0"), "{error}");
}

#[test]
fn the_clock_goes_on_where_the_last_process_left_it() {
    let lab = Lab::new();
    run(&lab, async {
        lab.create(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        lab.world.sleep(Duration::from_secs(3600)).await;
        lab.sandbox.now_ms().unwrap();
    });
    let again = lab.reopened();
    assert!(again.sandbox.now_ms().unwrap() >= 3_600_000);
    let resumed = Sandbox::resume(&again.store, Registry::all(), fingerprint()).unwrap();
    let began_unix_ms = resumed.status().unwrap().began_unix_ms;
    assert!(resumed.world().unix_ms() - began_unix_ms >= 3_600_000);
    again.sandbox.reset().unwrap();
    assert_eq!(again.reopened().sandbox.now_ms().unwrap(), 0);
}

#[test]
fn a_world_that_begins_with_its_sandbox_begins_now() {
    let before = World::virtual_from_now().unix_ms();
    let sandbox = Sandbox::resume(&Store::memory(), Registry::all(), fingerprint()).unwrap();
    let status = sandbox.status().unwrap();
    assert!(status.began_unix_ms >= before && status.now_ms == 0, "{status:?}");
    assert_eq!(sandbox.world().unix_ms(), status.began_unix_ms);
}

fn fingerprint() -> Fingerprint {
    Arc::new(|value| value.to_string())
}
