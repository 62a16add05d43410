//! A kill at each wake-up of one small run, and at each of the run that recovers from it.

use ninefold::plan::Selection;
use ninefold::targets::sandbox::Faults;

use crate::bench::Bench;

const NETWORK: &str = "vpc:\n  kind: aws.ec2.vpc\n  region: us-east-1\n  spec: { cidr_block: 10.0.0.0/16 }\ninner:\n  kind: aws.ec2.subnet\n  region: us-east-1\n  spec: { vpc_id: \"{{ vpc.id }}\", cidr_block: 10.0.1.0/24 }\n";

fn bench() -> Bench {
    let bench = Bench::new(7, NETWORK);
    bench.set_faults(Faults { eventual: true, without_tokens: true, ..Faults::default() });
    bench
}

#[test]
fn a_kill_anywhere_leaves_nothing_behind() {
    let mut polls = 0;
    loop {
        let bench = bench();
        let ended = bench.apply_until_crash(&Selection::default(), polls);
        bench.apply().succeeded();
        bench.assert_settled();
        assert_eq!(bench.objects().len(), 2, "killed at {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 30, "{polls}");
}

#[test]
fn a_second_kill_anywhere_leaves_nothing_behind_either() {
    // In the middle of a creation whose id isn't journalled yet.
    for first in [12, 14, 16, 18, 20, 24] {
        for second in (0..60).step_by(3) {
            let bench = bench();
            bench.apply_until_crash(&Selection::default(), first);
            bench.apply_until_crash(&Selection::default(), second);
            bench.apply().succeeded();
            bench.assert_settled();
            assert_eq!(bench.objects().len(), 2, "killed at {first} and {second}");
        }
    }
}

#[test]
fn a_kill_anywhere_in_a_destruction_leaves_nothing_behind() {
    let destroy = Selection { destroy: true, ..Selection::default() };
    let mut polls = 0;
    loop {
        let bench = bench();
        bench.apply().succeeded();
        let ended = bench.apply_until_crash(&destroy, polls);
        bench.destroy().succeeded();
        assert!(bench.objects().is_empty() && bench.state().resources.is_empty(), "killed at {polls}");
        if ended.is_some() {
            break;
        }
        polls += 1;
    }
}
