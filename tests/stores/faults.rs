//! What people read when a store can't be used: what is wrong with which object, and what to do.

use std::net::TcpListener;

use crate::bench::{Bench, SANDBOX};
use crate::bucket::{BOTH, Bucket, Emulator, SECRET, with_credentials};
use crate::proxy::{Fault, Proxy};

/// What `state list` says of a bucket.
fn said(bucket: &str, address: &str) -> String {
    let bench = Bench::new();
    let url = format!("s3://{bucket}/ninefold?region=eu-west-1&endpoint=http://{address}");
    bench.write(SANDBOX, &format!("{}\nstate: \"{url}\"\n", bench.read(SANDBOX)));
    let failed = with_credentials(bench).exits(1, &["state", "list"]);
    let text = failed.text();
    for never in ["<", "not for people", SECRET, "Signature="] {
        assert!(!text.contains(never), "{never}: {text}");
    }
    assert!(text.contains("`sandbox/"), "the object is named: {text}");
    text
}

#[test]
fn a_bucket_that_isnt_there() {
    for emulator in BOTH {
        let text = said("states-of-nobody", &Bucket::new(emulator).address);
        assert!(text.contains("there is no bucket `states-of-nobody`. Make the bucket"), "{text}");
    }
}

#[test]
fn a_bucket_of_another_region() {
    // moto answers in every region.
    let bucket = Bucket::new(Emulator::Ministack);
    let text = said(&bucket.name, &bucket.address);
    assert!(text.contains("is in eu-north-1, not in eu-west-1. Say `region: eu-north-1`"), "{text}");
}

#[test]
fn answers_that_are_no_success() {
    for (status, code, header, what, hint) in [
        (403, "AccessDenied", "", "S3 refuses access to the bucket `states` (AccessDenied)", "s3:ListBucket"),
        (
            403,
            "InvalidAccessKeyId",
            "",
            "doesn't accept the credentials (InvalidAccessKeyId)",
            "aws sso login",
        ),
        (400, "ExpiredToken", "", "doesn't accept the credentials (ExpiredToken)", "aws sso login"),
        (
            301,
            "PermanentRedirect",
            "x-amz-bucket-region: eu-north-1",
            "is in eu-north-1, not in eu-west-1",
            "`region: eu-north-1`",
        ),
        (503, "SlowDown", "", "S3 can't answer at the moment (SlowDown)", "in a while"),
    ] {
        let proxy = Proxy::always(Fault::Answers(status, code, header));
        let text = said("states", &proxy.address);
        assert!(text.contains(what) && text.contains(hint), "{code}: {text}");
    }
}

#[test]
fn nobody_who_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let text = said("states", &address);
    assert!(text.contains("S3 doesn't answer at 127.0.0.1 (no connection)"), "{text}");
    let text = said("states", &Proxy::always(Fault::LosesRequest).address);
    assert!(text.contains("(the connection broke off)"), "{text}");
}
