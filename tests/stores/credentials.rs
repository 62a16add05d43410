//! Credentials as every tool of AWS finds them: what signs each request is what the profile gives.

use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, SANDBOX};
use crate::bucket::{BOTH, Bucket};
use crate::proxy::Proxy;

const SECRET: &str = "planted-secret-of-a-profile";
const TOKEN: &str = "planted-session-token";

/// A workspace whose state is in a bucket, and that has no credentials but those of files.
fn bench(bucket: &Bucket, proxy: &Proxy, profile: &str) -> Bench {
    let mut bench = Bench::new();
    let url = bucket.url(&proxy.address);
    bench.write(SANDBOX, &format!("{}\nstate: \"{url}\"\n", bench.read(SANDBOX)));
    bench.set(&[
        ("AWS_PROFILE", profile),
        // An empty variable is as good as none.
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    bench
}

/// By whose key the requests to S3 were signed, each with whether a session's token came along.
fn signers(proxy: &Proxy) -> Vec<(String, bool)> {
    let signer =
        |line: &str| line.split_once("Credential=")?.1.split_once('/').map(|(key, _)| key.to_owned());
    let requests = proxy.passed().into_iter().map(|(request, _)| request);
    let signed = requests.map(|request| {
        let authorization = request.header("authorization").expect("it is signed");
        let has_token = request.header("x-amz-security-token") == Some(TOKEN);
        (signer(authorization).expect("by a key"), has_token)
    });
    signed.collect()
}

fn assert_signed_by(proxy: &Proxy, key: &str, with_token: bool) {
    let signers = signers(proxy);
    assert!(signers.len() > 5, "{}", signers.len());
    assert!(signers.iter().all(|signer| *signer == (key.to_owned(), with_token)), "{signers:?}");
}

#[test]
fn a_profile_of_the_shared_file() {
    for emulator in BOTH {
        let bucket = Bucket::new(emulator);
        let proxy = Proxy::new(&bucket.address, []);
        let bench = bench(&bucket, &proxy, "states");
        bench.write(
            ".aws/credentials",
            &format!(
                "[default]\naws_access_key_id = AKIAOFNOBODY\naws_secret_access_key = x\n\n[states]\naws_access_key_id = \
                 AKIAOFTHEPROFILE\naws_secret_access_key = {SECRET}\n"
            ),
        );
        let said = bench.ok(&["apply", "--yes"]).text();
        bench.is_settled();
        assert_signed_by(&proxy, "AKIAOFTHEPROFILE", false);
        assert!(!said.contains(SECRET), "{said}");
    }
}

#[test]
fn a_profile_that_asks_a_program() {
    let bucket = Bucket::new(BOTH[0]);
    let proxy = Proxy::new(&bucket.address, []);
    let bench = bench(&bucket, &proxy, "asks");
    let answer = serde_json::json!({
        "Version": 1,
        "AccessKeyId": "ASIAOFTHEPROGRAM",
        "SecretAccessKey": SECRET,
        "SessionToken": TOKEN,
        "Expiration": "2099-01-01T00:00:00Z",
    });
    bench.write("hand-out", &format!("#!/bin/sh\necho asked >> \"$HOME/asked\"\necho '{answer}'\n"));
    std::fs::set_permissions(bench.path("hand-out"), std::fs::Permissions::from_mode(0o700)).expect("a mode");
    let program = bench.path("hand-out");
    bench.write(".aws/config", &format!("[profile asks]\ncredential_process = {}\n", program.display()));
    bench.ok(&["apply", "--yes"]);
    assert_signed_by(&proxy, "ASIAOFTHEPROGRAM", true);
    // What it hands out is good for years, so that a run asks it once.
    assert_eq!(bench.read("asked").lines().count(), 1);
    // What it hands out is never shown, also where it doesn't make sense.
    bench.write(
        "hand-out",
        &format!("#!/bin/sh\necho '{{\"Version\": 1, \"SecretAccessKey\": \"{SECRET}\"'\nexit 1\n"),
    );
    let failed = bench.exits(1, &["state", "list"]).text();
    assert!(failed.contains("there are no credentials for S3") && failed.contains("AWS_PROFILE"), "{failed}");
    assert!(!failed.contains(SECRET), "{failed}");
}

#[test]
fn a_profile_that_isnt_there() {
    let bucket = Bucket::new(BOTH[0]);
    let proxy = Proxy::new(&bucket.address, []);
    let failed = bench(&bucket, &proxy, "nobody").exits(1, &["state", "list"]).text();
    assert!(failed.contains("there are no credentials for S3") && failed.contains("AWS_PROFILE"), "{failed}");
    assert!(proxy.passed().is_empty(), "nothing is asked for without them");
}
