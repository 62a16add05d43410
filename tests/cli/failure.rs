//! What happens when something fails, or somebody else is at work.

use crate::bench::{Bench, SANDBOX};

#[test]
fn a_broken_region_stops_its_own_branch_and_nothing_else() {
    let bench = Bench::new();
    bench.replace(SANDBOX, "  # secondary:", "  secondary:");
    bench.ok(&["sandbox", "break", "us-east-1", "--at", "1s"]);
    let applied = bench.exits(4, &["apply", "--yes"]);
    assert!(applied.err.contains("secondary"), "{}", applied.err);
    let state = bench.ok(&["state", "list"]).out;
    for name in ["vpc[primary]", "subnets[primary-a]", "subnets[primary-b]"] {
        assert!(state.contains(name), "{name}: {state}");
    }
    assert!(!state.contains("subnets[secondary-a]"), "{state}");
    bench.ok(&["sandbox", "heal", "us-east-1"]);
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    assert_eq!(bench.objects(), 6);
}

#[test]
fn of_two_applies_at_once_only_one_writes() {
    for _ in 0..5 {
        let bench = Bench::new();
        let runs = [(); 2].map(|()| bench.start(&["apply", "--yes"]));
        let ran = runs.map(Bench::end);
        let mut codes = [ran[0].code, ran[1].code];
        codes.sort_unstable();
        // The one that comes second finds the lock, or that everything is there.
        assert!(codes == [0, 5] || codes == [0, 0], "{codes:?} {ran:?}");
        for locked in ran.iter().filter(|ran| ran.code == 5) {
            assert!(locked.err.contains("is being changed by"), "{}", locked.err);
            assert!(locked.err.contains("apply --yes"), "{}", locked.err);
        }
        bench.is_settled();
        assert_eq!(bench.objects(), 3);
    }
}

#[test]
fn a_fault_of_the_configuration_is_an_error_and_no_difference() {
    let bench = Bench::new();
    bench.replace("phases/1-network.yaml", "cidr_block: \"{{ each.value.n", "cidr_blok: \"{{ each.value.n");
    for command in ["plan", "validate"] {
        let failed = bench.exits(1, &[command]);
        assert!(failed.err.contains("cidr_block"), "{}", failed.err);
    }
}

#[test]
fn a_figure_that_is_set_fails_the_check_that_measures_it() {
    let bench = Bench::new();
    bench.write(
        "phases/3-watch.yaml",
        "phase: watch\nchecks:\n  in_time:\n    promql: { query: p99, unit: s, bound: \"< 200ms\", simulated: 150ms }\n",
    );
    bench.replace("stacks/platform/stack.yaml", "phases:\n", "phases:\n  - watch\n");
    bench.ok(&["apply", "--yes"]);
    bench.ok(&["verify"]);
    bench.ok(&["sandbox", "figure", "promql.p99", "0.25"]);
    let verified = bench.run(&["verify"]);
    assert!(verified.code != 0 && verified.text().contains("0.25"), "{}", verified.text());
    bench.ok(&["sandbox", "figure", "promql.p99", "--clear"]);
    bench.ok(&["verify"]);
    let wrong = bench.run(&["sandbox", "figure", "latency", "1"]);
    assert!(wrong.code != 0 && wrong.text().contains("is no figure of a probe"), "{}", wrong.text());
}
