//! State in S3 and under keys of KMS, over HTTP, against emulators: `bash tests/run stores`.
#![allow(clippy::disallowed_methods, reason = "tests run the program, and servers beside it")]

#[path = "cli/bench.rs"]
mod bench;
#[path = "stores/bucket.rs"]
mod bucket;
#[path = "stores/commands.rs"]
mod commands;
#[path = "stores/faults.rs"]
mod faults;
#[path = "stores/fence.rs"]
mod fence;
#[path = "stores/http.rs"]
mod http;
#[cfg(feature = "aws")]
#[path = "stores/kms.rs"]
mod kms;
#[path = "stores/proxy.rs"]
mod proxy;
#[path = "stores/race.rs"]
mod race;
