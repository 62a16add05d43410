//! Moving the state to another store.

use ninefold::world::files::LockFile;

use crate::bench::{Bench, SANDBOX};

const OLD: &str = "file:.ninefold/state";

/// An environment whose file says another store than the one that its state is in.
fn moving() -> (Bench, String) {
    let bench = Bench::applied();
    let before = bench.read(SANDBOX);
    bench.write(SANDBOX, &format!("{before}\nstate: elsewhere\n"));
    (bench, before)
}

#[test]
fn state_goes_on_in_the_new_store_and_the_old_one_says_where_it_is() {
    let (bench, before) = moving();
    let list = bench.ok(&["state", "list"]).out;
    assert_eq!(list, "", "nothing is there yet");
    let moved = bench.ok(&["state", "migrate", "--from", OLD, "--yes"]);
    assert!(moved.err.contains("are in file:elsewhere and were read back"), "{}", moved.err);
    bench.is_settled();
    let history = bench.ok(&["state", "history"]).out;
    for what in ["apply --yes", "state migrate from file:.ninefold/state"] {
        assert!(history.contains(what), "{what}: {history}");
    }
    let again = bench.exits(3, &["state", "migrate", "--from", OLD, "--yes"]);
    assert!(again.err.contains("was moved to `file:elsewhere` already"), "{}", again.err);

    // Whoever has an old file is told.
    bench.write(SANDBOX, &before);
    for command in [&["plan"][..], &["apply", "--yes"], &["state", "list"], &["drift"]] {
        let stopped = bench.exits(1, command);
        assert!(stopped.err.contains("was moved to `file:elsewhere`"), "{command:?}: {}", stopped.err);
    }
    assert!(bench.ok(&["state", "history"]).out.contains("moved to file:elsewhere"));
}

#[test]
fn to_names_a_store_that_the_file_doesnt_say_yet() {
    let bench = Bench::applied();
    let moved = bench.ok(&["state", "migrate", "--from", OLD, "--to", "file:third", "--yes"]);
    assert!(moved.err.contains("Say `state: file:third`"), "{}", moved.err);
    bench.write(SANDBOX, &format!("{}\nstate: {{ url: \"file:third\" }}\n", bench.read(SANDBOX)));
    bench.is_settled();
}

#[test]
fn what_must_not_be_moved_stays() {
    let (bench, before) = moving();
    let unasked = bench.exits(3, &["state", "migrate", "--from", OLD]);
    assert!(unasked.err.contains("nobody to ask"), "{}", unasked.err);
    let same = bench.exits(3, &["state", "migrate", "--from", "file:elsewhere", "--yes"]);
    assert!(same.err.contains("the same place"), "{}", same.err);
    let memory = bench.exits(1, &["state", "migrate", "--from", OLD, "--to", "memory:", "--yes"]);
    assert!(memory.err.contains("ends with this process"), "{}", memory.err);
    let nothing = bench.exits(1, &["state", "migrate", "--from", "file:nothing", "--yes"]);
    assert!(nothing.err.contains("there is nothing of `sandbox` in `file:nothing`"), "{}", nothing.err);

    bench.write("elsewhere/sandbox/log/00000000000000000001.json", "{}");
    let taken = bench.exits(3, &["state", "migrate", "--from", OLD, "--yes"]);
    assert!(taken.err.contains("`file:elsewhere` isn't empty"), "{}", taken.err);
    bench.write(SANDBOX, &before);
    bench.is_settled();
}

#[test]
fn a_run_that_holds_either_store_stops_it() {
    let (bench, before) = moving();
    for held in [".ninefold/state/sandbox/lock", "elsewhere/sandbox/lock"] {
        let lock = LockFile::open(&bench.path(held)).unwrap();
        lock.write("kim@laptop, process 12: ninefold apply").unwrap();
        let _held = lock.try_hold().unwrap().expect("it is free");
        let locked = bench.exits(5, &["state", "migrate", "--from", OLD, "--yes"]);
        assert!(locked.err.contains("kim@laptop"), "{}", locked.err);
    }
    bench.write(SANDBOX, &before);
    bench.is_settled();
}
