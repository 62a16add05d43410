//! State in S3 and under keys of KMS, over HTTP, against emulators: `bash tests/run stores`.
#![allow(clippy::disallowed_methods, reason = "tests run the program, and servers beside it")]

#[path = "stores/azure.rs"]
mod azure;
#[path = "cli/bench.rs"]
mod bench;
#[path = "stores/bucket.rs"]
mod bucket;
#[path = "stores/commands.rs"]
mod commands;
#[cfg(feature = "aws")]
#[path = "stores/credentials.rs"]
mod credentials;
#[path = "stores/faults.rs"]
mod faults;
#[path = "stores/fence.rs"]
mod fence;
#[path = "stores/google.rs"]
mod google;
#[path = "stores/http.rs"]
mod http;
#[cfg(feature = "aws")]
#[path = "stores/kms.rs"]
mod kms;
#[path = "stores/others.rs"]
mod others;
#[path = "stores/proxy.rs"]
mod proxy;
#[path = "stores/race.rs"]
mod race;
