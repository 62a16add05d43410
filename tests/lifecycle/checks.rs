//! Checks, and what waits for them.

use ninefold::apply::GateAnswer;

use crate::bench::{Bench, address, shown};

fn gated(bench: &mut Bench) {
    bench.set_file(
        "phases/p.yaml",
        "phase: p\nresources:\n  a: { kind: core.value, spec: { value: 1 } }\n  b: { kind: core.value, after: [good], spec: { value: 2 } }\nchecks:\n  good: { after: [a], within: 10m, http: { url: \"https://example.com\" } }\n",
    );
}

#[test]
fn what_names_a_check_waits_for_it() {
    let mut bench = Bench::new(1, "a: { kind: core.value, spec: { value: 1 } }\n");
    gated(&mut bench);
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["create s/p.a", "check s/p.good", "create s/p.b"]);
    // Proven, it isn't asked again, and it is never a difference.
    assert!(!bench.plan().unwrap().has_changes());
    bench.proven.insert(address("s/p.good"));
    assert!(bench.plan().unwrap().operations.is_empty());
}

#[test]
fn a_check_that_isnt_true_in_time_stops_what_waits_for_it() {
    let mut bench = Bench::new(1, "a: { kind: core.value, spec: { value: 1 } }\n");
    gated(&mut bench);
    bench.answers.insert(address("s/p.good"), GateAnswer::NotYet { seen: "503".into() });
    let applied = bench.apply().applied();
    assert_eq!(applied.summary.failed[0].address, address("s/p.good"));
    assert_eq!(applied.summary.not_tried[0].0, address("s/p.b"));
    assert_eq!(bench.ids().keys().collect::<Vec<_>>(), ["s/p.a"]);
}
