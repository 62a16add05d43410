//! What an environment's file says of where its state is kept.

use crate::bench::{Bench, SANDBOX};

fn with(state: &str) -> Bench {
    let bench = Bench::new();
    bench.write(SANDBOX, &format!("{}\nstate: {state}\n", bench.read(SANDBOX)));
    bench
}

#[test]
fn faults_of_a_store_are_shown_where_they_stand() {
    for (state, reason) in [
        ("s3://states/ninefold", "its region has to be said"),
        ("{ url: \"s3://states/ninefold\" }", "its region has to be said"),
        ("{ url: \"s3://states\", regoin: eu-north-1 }", "did you mean `region`?"),
        ("{ region: eu-north-1 }", "`url` is missing"),
        ("\"s3://states?regoin=eu-north-1\"", "did you mean `region`?"),
        ("{ url: \"gs://states\", region: europe-north1 }", "`region` is no option of Google Cloud Storage"),
        ("{ url: \"s3://states\", endpoint: minio }", "`minio` is no URL"),
        ("\"ftp://states\"", "`ftp:` is no kind of store"),
        ("[a]", "state should be text"),
    ] {
        for command in ["validate", "plan"] {
            let failed = with(state).exits(1, &[command]);
            // As one line: messages are broken where they are too wide.
            let words: Vec<&str> = failed.err.split_whitespace().filter(|word| *word != "|").collect();
            assert!(words.join(" ").contains(reason), "{state}: {}", failed.err);
            assert!(failed.err.contains("stacks/environments/sandbox.yaml"), "{state}: {}", failed.err);
        }
    }
}

#[test]
fn state_isnt_kept_in_a_region_that_it_is_needed_to_recover() {
    let bench = with("{ url: \"s3://states/ninefold\", region: eu-west-1 }");
    // The sandbox's regions are no places.
    bench.ok(&["validate"]);
    bench.replace(SANDBOX, "target: sandbox", "target: aws");
    let failed = bench.exits(1, &["validate"]);
    assert!(failed.err.contains("state can't be kept in eu-west-1"), "{}", failed.err);
    assert!(failed.err.contains("other than eu-west-1"), "{}", failed.err);
    bench.replace(SANDBOX, "region: eu-west-1 }", "region: eu-north-1 }");
    bench.ok(&["validate"]);
}

#[cfg(not(feature = "stores"))]
#[test]
fn a_build_without_such_stores_says_so() {
    let bench = with("{ url: \"s3://states/ninefold\", region: eu-north-1 }");
    bench.ok(&["validate"]);
    let failed = bench.exits(1, &["plan"]);
    assert!(failed.err.contains("`s3://states/ninefold?region=eu-north-1`"), "{}", failed.err);
    assert!(failed.err.contains("default features"), "{}", failed.err);
}
