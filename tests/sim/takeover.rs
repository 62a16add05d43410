//! A process that is asked to leave at once gives its lease back while a call of its is under way: whoever
//! comes next has to wait until that has had its effect.

use std::sync::Arc;
use std::time::Duration;

use ninefold::kinds::Target;
use ninefold::plan::Selection;
use ninefold::state::{Claim, Terms};

use crate::bench::{Bench, Own, claim};
use crate::ledger::{Ledger, Watch};
use crate::run::{Trouble, settle};
use crate::wire::{Wired, wire};

const NETWORK: &str = "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: { cidr_block: 10.0.0.0/16 }\n";

/// Long before a call that times out has its effect.
const PATIENCE: Duration = Duration::from_secs(5);

/// One takes over from another that has left with such a claim; what the checkers say.
fn taken_over(seed: u64, left: &Claim) -> Vec<String> {
    let bench = Bench::new(seed, NETWORK);
    let (far, server) = wire();
    let (world, journey) = bench.world.process(None);
    let interrupts = world.interrupts().clone();
    let watch = Watch { ledger: Ledger::default(), journey };
    // Its calls aren't answered, and one in two has its effect half a minute later.
    let near = Trouble { timed_out_per_mille: 1_000 }.wire(&bench, &watch);
    let own = Own {
        world,
        wire: Some(Arc::new(move |target| {
            Arc::new(Wired { target: near(target), far: far.clone() }) as Arc<dyn Target>
        })),
        ..bench.own()
    };
    let (selection, next) = (Selection::default(), claim("lee", false));
    bench.world.run(server.serve(async {
        let leaving = async {
            bench.world.sleep(PATIENCE).await;
            interrupts.ask_at_once();
        };
        futures::join!(bench.process_with(own, left, &selection), leaving);
        bench.process_as(&next, &selection).await;
    }));
    settle(&bench, &selection)
}

#[test]
fn who_takes_over_waits_for_what_is_under_way() {
    for seed in 0..20 {
        let faults = taken_over(seed, &claim("kim", false));
        assert!(faults.is_empty(), "seed {seed}: {faults:#?}");
    }
}

/// The canary: a lease that promises that no call takes any time.
#[test]
fn without_waiting_something_is_made_that_nobody_knows_of() {
    let kim = claim("kim", false);
    let hasty = Claim { terms: Terms { longest_call: Duration::ZERO, ..kim.terms }, ..kim };
    let is_noticed = |fault: &String| fault.starts_with("orphan");
    assert!((0..20).any(|seed| taken_over(seed, &hasty).iter().any(is_noticed)));
}
