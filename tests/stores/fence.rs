//! Whatever becomes of a put: what was recorded stands in the log once, and nothing of it is lost.

use std::collections::BTreeMap;

use serde_json::json;

use crate::bench::Bench;
use crate::bucket::{BOTH, Bucket, with_credentials};
use crate::proxy::{Fault, Proxy, Which};

const FAULTS: [Fault; 6] = [
    Fault::SaysExists,
    Fault::Conflict,
    Fault::LosesAnswer,
    Fault::Truncates,
    Fault::LosesRequest,
    Fault::Busy,
];

/// Of the first put of a run, of one in its midst, and of two that follow each other.
const PUTS: [Which; 4] = [("put", "log", 1), ("put", "log", 3), ("put", "log", 5), ("put", "log", 6)];

#[test]
fn an_apply_goes_through_whatever_becomes_of_its_puts() {
    for emulator in BOTH {
        for fault in FAULTS {
            println!("{fault:?} on {emulator:?}");
            let bucket = Bucket::new(emulator);
            let proxy = Proxy::new(&bucket.address, PUTS.map(|which| (which, fault.clone())));
            let bench = bucket.bench(&proxy.address);
            let applied = bench.ok(&["apply", "--yes"]);
            assert!(proxy.met().len() >= 3, "{fault:?}: {:?}", proxy.met());
            let log = bucket.log();
            let writers = log.values().map(|object| object["writer"].to_string());
            assert_eq!(writers.collect::<std::collections::BTreeSet<_>>().len(), 1, "{}", applied.err);
            bench.is_settled();
            assert_eq!(bench.objects(), 3);
        }
    }
}

#[test]
fn what_another_wrote_first_stops_a_run_and_stays() {
    for emulator in BOTH {
        for first in [1, 4] {
            println!("put {first} on {emulator:?}");
            let bucket = Bucket::new(emulator);
            let other = json!({
                "format_version": 1, "environment": "sandbox", "serial": first, "writer": "lee@desk x",
                "nonce": "n", "unix_ms": 0, "records": [],
            })
            .to_string();
            let proxy = Proxy::new(&bucket.address, [(("put", "log", first), Fault::Another(other.clone()))]);
            let bench = bucket.bench(&proxy.address);
            let stopped = bench.exits(5, &["apply", "--yes"]);
            assert_eq!(proxy.met().len(), 1);
            assert!(stopped.err.contains("was written by lee@desk"), "{}", stopped.err);
            let log = bucket.log();
            assert_eq!(log.len(), first as usize, "nothing comes after what fenced it");
            assert_eq!(
                log[&u64::from(first)].to_string(),
                serde_json::from_str::<serde_json::Value>(&other).unwrap().to_string()
            );
            // What was begun is found.
            bench.ok(&["apply", "--yes"]);
            bench.is_settled();
            assert_eq!(bench.objects(), 3);
        }
    }
}

#[test]
fn reading_is_tried_again() {
    for fault in [Fault::LosesAnswer, Fault::Truncates, Fault::LosesRequest, Fault::Busy] {
        let bucket = Bucket::new(BOTH[0]);
        bucket.bench(&bucket.address).ok(&["apply", "--yes"]);
        let reads = [1, 2, 4].map(|count| (("get", "log", count), fault.clone()));
        let proxy = Proxy::new(&bucket.address, reads);
        let bench = bucket.bench(&proxy.address);
        assert_eq!(bench.ok(&["state", "list"]).out.lines().count(), 4, "{fault:?}");
        assert!(!proxy.met().is_empty());
    }
}

#[test]
fn a_store_that_overwrites_is_found_out_by_the_first_put() {
    for emulator in BOTH {
        let bucket = Bucket::new(emulator);
        let proxy = Proxy::before(&bucket.address, Fault::IgnoresCondition);
        let bench = bucket.bench(&proxy.address);
        for _ in 0..2 {
            let refused = bench.exits(1, &["apply", "--yes"]);
            let text = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(&format!("the store `{}` has put", bucket.url(&proxy.address))), "{text}");
            assert!(
                text.contains("`If-None-Match: *`") && text.contains("State can't be kept there"),
                "{text}"
            );
            // Nobody has to wait for the lease that was put to find that out.
            assert!(bucket.keys("").is_empty(), "{:?}", bucket.keys(""));
        }
        assert_eq!(bench.objects(), 0);
        // Nor does state move there.
        let elsewhere = with_credentials(Bench::applied());
        let to = bucket.url(&proxy.address);
        let moved = ["state", "migrate", "--from", "file:.ninefold/state", "--to", &to, "--yes"];
        let refused = elsewhere.exits(1, &moved);
        assert!(refused.err.contains("State can't be kept there"), "{}", refused.err);
        elsewhere.is_settled();
    }
}

#[test]
fn the_proof_costs_one_request_of_a_run() {
    for emulator in BOTH {
        let bucket = Bucket::new(emulator);
        let proxy = Proxy::new(&bucket.address, []);
        bucket.bench(&proxy.address).ok(&["apply", "--yes"]);
        let mut puts = BTreeMap::<String, u32>::new();
        for (request, _) in proxy.passed() {
            if request.method == "PUT" && request.header("if-none-match").is_some() {
                *puts.entry(request.path).or_default() += 1;
            }
        }
        let twice: Vec<_> = puts.iter().filter(|(_, count)| **count > 1).collect();
        assert!(puts.len() > 2 && puts.values().all(|count| *count <= 2), "{puts:?}");
        assert!(twice.len() == 1 && twice[0].0.contains("/lease/"), "{puts:?}");
        // What only reads puts nothing.
        let before = proxy.passed().len();
        bucket.bench(&proxy.address).ok(&["state", "list"]);
        assert!(proxy.passed()[before..].iter().all(|(request, _)| request.method != "PUT"));
    }
}
