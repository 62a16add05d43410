//! New names for the same things.

use crate::bench::{Bench, shown};
use crate::create::NETWORK;

fn with_move(bench: &mut Bench, resources: &str, moved: &str) {
    bench.set(resources);
    let text = format!("{}moved:\n{moved}", bench.files["phases/p.yaml"]);
    bench.set_file("phases/p.yaml", &text);
}

#[test]
fn a_move_is_planned_and_nothing_else() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let id = bench.id("s/p.vpc");
    let renamed = NETWORK.replace("vpc:\n", "main:\n").replace("vpc.id", "main.id");
    with_move(&mut bench, &renamed, "  - { from: p.vpc, to: p.main }\n");
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["move s/p.main"]);
    assert_eq!(bench.id("s/p.main"), id);
    bench.assert_settled();
}

#[test]
fn what_moves_and_is_replaced_moves_first() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let renamed = NETWORK.replace("vpc:\n", "main:\n").replace("vpc.id", "main.id").replace("10.0.", "10.1.");
    with_move(&mut bench, &renamed, "  - { from: p.vpc, to: p.main }\n");
    bench.apply().succeeded();
    bench.assert_settled();
}

#[test]
fn what_moves_and_is_updated_moves_first() {
    let mut bench = Bench::new(1, NETWORK);
    bench.apply().succeeded();
    let renamed = NETWORK
        .replace("vpc:\n", "main:\n")
        .replace("vpc.id", "main.id")
        .replace("10.0.0.0/16 }", "10.0.0.0/16, enable_dns_hostnames: true }");
    with_move(&mut bench, &renamed, "  - { from: p.vpc, to: p.main }\n");
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["move s/p.main", "update s/p.main"]);
    bench.assert_settled();
}

#[test]
fn a_killed_move_ends_with_the_right_marks() {
    let mut polls = 0;
    loop {
        let mut bench = Bench::new(1, NETWORK);
        bench.apply().succeeded();
        let renamed = NETWORK.replace("vpc:\n", "main:\n").replace("vpc.id", "main.id");
        with_move(&mut bench, &renamed, "  - { from: p.vpc, to: p.main }\n");
        let ended = bench.apply_until_crash(&Default::default(), polls);
        bench.apply().succeeded();
        bench.assert_settled();
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
}

#[test]
fn instances_move_along_with_their_resource() {
    let mut bench = Bench::new(1, "a: { kind: core.value, for_each: [x, y], spec: { value: 1 } }\n");
    bench.apply().succeeded();
    with_move(
        &mut bench,
        "b: { kind: core.value, for_each: [x, y], spec: { value: 1 } }\n",
        "  - { from: p.a, to: p.b }\n",
    );
    let applied = bench.apply().succeeded();
    assert_eq!(shown(&applied.plan), ["move s/p.b[x]", "move s/p.b[y]"]);
    bench.assert_settled();
}
