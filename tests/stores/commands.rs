//! Commands whose state is in S3.

use crate::bench::{Bench, SANDBOX};
use crate::bucket::{BOTH, Bucket, with_credentials};

#[test]
fn a_life_in_a_bucket() {
    for emulator in BOTH {
        let bucket = Bucket::new(emulator);
        let bench = bucket.bench(&bucket.address);
        bench.ok(&["apply", "--yes"]);
        bench.is_settled();
        bench.ok(&["verify"]);
        bench.ok(&["drift"]);
        assert!(!bench.path(".ninefold/state").exists(), "nothing is kept on this machine");
        assert!(!bucket.keys("ninefold/states/sandbox/evidence/").is_empty());
        bench.ok(&["state", "pull", "--out", "state.json"]);
        bench.ok(&["state", "push", "state.json", "--yes"]);
        bench.is_settled();
        bench.ok(&["destroy", "--yes"]);
        assert_eq!(bench.objects(), 0);
        bucket.log();
    }
}

#[test]
fn state_moves_from_a_folder_into_a_bucket_and_on() {
    for emulator in BOTH {
        let (first, second) = (Bucket::new(emulator), Bucket::new(emulator));
        let bench = with_credentials(Bench::applied());
        let before = bench.read(SANDBOX);
        let one = first.url(&first.address);
        bench.write(SANDBOX, &format!("{before}\nstate: \"{one}\"\n"));
        bench.ok(&["state", "migrate", "--from", "file:.ninefold/state", "--yes"]);
        bench.is_settled();
        let two = second.url(&second.address);
        bench.ok(&["state", "migrate", "--from", &one, "--to", &two, "--yes"]);
        let stopped = bench.exits(1, &["plan"]);
        assert!(stopped.err.contains(&format!("was moved to `{two}`")), "{}", stopped.err);
        bench.write(SANDBOX, &format!("{before}\nstate: \"{two}\"\n"));
        bench.is_settled();
        // All but what closed the first log is in the second, and what says where it comes from.
        let (closed, goes_on) = (first.log(), second.log());
        assert_eq!(closed.len(), goes_on.len());
        let last = closed.len() as u64;
        assert!(
            closed
                .iter()
                .filter(|(serial, _)| **serial < last)
                .all(|(serial, object)| goes_on[serial] == *object)
        );
        let records = closed[&last]["records"].as_array().expect("records");
        assert_eq!(records.last().expect("a record")["type"], "moved");
    }
}
