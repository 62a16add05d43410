//! The calls to AWS, against emulators: `bash tests/run aws`.
//!
//! Each emulator is lax where the other is strict, so a test runs against both wherever both know
//! the service.

#[path = "aws/bucket.rs"]
mod bucket;
#[path = "kill/check.rs"]
mod check;
#[path = "aws/cluster.rs"]
mod cluster;
#[path = "aws/emulator.rs"]
mod emulator;
#[path = "aws/errors.rs"]
mod errors;
#[path = "aws/kill.rs"]
mod kill;
#[path = "aws/security_group.rs"]
mod security_group;
