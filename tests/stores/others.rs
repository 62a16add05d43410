//! What holds in every store, whoever answers.

use ninefold::world::World;

use crate::bench::{Bench, Ran};
use crate::proxy::Proxy;
use crate::race::both;

const ROUNDS: usize = 8;

/// A name that nothing has had before.
pub fn name(what: &str) -> String {
    format!("{what}-{:x}", World::virtual_from_now().random())
}

/// State is made, read, carried out and in, and comes to its end.
pub fn lives(bench: &Bench) {
    bench.ok(&["apply", "--yes"]);
    bench.is_settled();
    bench.ok(&["verify"]);
    bench.ok(&["drift"]);
    assert!(!bench.path(".ninefold/state").exists(), "nothing is kept on this machine");
    assert!(bench.ok(&["state", "history"]).out.contains("apply --yes"));
    bench.ok(&["state", "pull", "--out", "state.json"]);
    bench.ok(&["state", "push", "state.json", "--yes"]);
    bench.is_settled();
    bench.ok(&["destroy", "--yes"]);
    assert_eq!(bench.objects(), 0);
}

/// Of two processes that apply at once one wins each time, and nothing is lost.
pub fn races(bench: &Bench, proxy: &Proxy) {
    for round in 0..ROUNDS {
        proxy.gather_two();
        let ran = both(bench, round).map(Bench::end);
        let (won, lost): (Vec<&Ran>, Vec<&Ran>) = ran.iter().partition(|ran| ran.err.contains("\nDone: "));
        assert_eq!((won.len(), lost.len()), (1, 1), "round {round}: {ran:?}");
        let found_it_done = lost[0].code == 0 && lost[0].err.contains("Nothing to do");
        assert!(won[0].code == 0 && (lost[0].code == 5 || found_it_done), "round {round}: {ran:?}");
    }
    bench.is_settled();
    let history = bench.ok(&["state", "history"]).out;
    assert_eq!(history.matches("apply --yes").count(), ROUNDS, "{history}");
}
