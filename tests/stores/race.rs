//! Two processes that apply the same environment at once.

use std::collections::BTreeSet;
use std::process::Child;

use serde_json::Value;

use crate::bench::{Bench, Ran, SANDBOX};
use crate::bucket::{Bucket, Emulator};
use crate::proxy::Proxy;

const ROUNDS: usize = 50;

/// Declares something else, and starts two applies of it at once.
pub fn both(bench: &Bench, round: usize) -> [Child; 2] {
    let before = bench.read(SANDBOX);
    let owner = before.lines().find(|line| line.trim_start().starts_with("owner:")).expect("a setting");
    bench.write(SANDBOX, &before.replace(owner, &format!("    owner: round-{round}@example.com")));
    [(); 2].map(|()| bench.start(&["apply", "--yes"]))
}

#[test]
fn one_wins_each_time_and_the_log_has_neither_gap_nor_fork() {
    let bucket = Bucket::new(Emulator::Ministack);
    let proxy = Proxy::new(&bucket.address, []);
    let bench = bucket.bench(&proxy.address);
    for round in 0..ROUNDS {
        // Their first puts wait for each other: whatever they put first, only one of them can win it.
        proxy.gather_two();
        let ran = both(&bench, round).map(Bench::end);
        let (won, lost): (Vec<&Ran>, Vec<&Ran>) = ran.iter().partition(|ran| ran.err.contains("\nDone: "));
        assert_eq!((won.len(), lost.len()), (1, 1), "round {round}: {ran:?}");
        // The other one is refused, or has waited for a sign of life until there was nothing left to do.
        let found_it_done = lost[0].code == 0 && lost[0].err.contains("Nothing to do");
        assert!(won[0].code == 0 && (lost[0].code == 5 || found_it_done), "round {round}: {ran:?}");
    }
    assert_eq!(runs_of(&bucket), ROUNDS);
    bench.is_settled();
}

/// How many runs the log tells of: each ends before the next begins, and nobody else writes in between.
fn runs_of(bucket: &Bucket) -> usize {
    let mut runs = 0;
    let mut going_on: Option<(Value, Value)> = None;
    let mut nonces = BTreeSet::new();
    for object in bucket.log().values() {
        assert!(nonces.insert(object["nonce"].to_string()), "one object stands in the log twice");
        for record in object["records"].as_array().expect("records") {
            match (record["type"].as_str(), &going_on) {
                (Some("run"), None) => going_on = Some((record["run"].clone(), object["writer"].clone())),
                (Some("end"), Some((run, writer))) => {
                    assert_eq!((&record["run"], &object["writer"]), (run, writer));
                    (runs, going_on) = (runs + 1, None);
                }
                (Some("run" | "end"), _) => panic!("runs overlap: {record}"),
                (_, Some((_, writer))) => assert_eq!(object["writer"], *writer, "{record}"),
                // What belongs to no run.
                (_, None) => {}
            }
        }
    }
    assert!(going_on.is_none(), "a run has no end");
    runs
}
