//! The program as people and CI jobs run it: its exit codes, what it prints, and what it leaves.
#![allow(clippy::disallowed_methods, reason = "tests run the program and write its files")]

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/document.rs"]
mod document;
#[path = "cli/drift.rs"]
mod drift;
#[path = "cli/encryption.rs"]
mod encryption;
#[path = "cli/failure.rs"]
mod failure;
#[path = "cli/faulty.rs"]
mod faulty;
#[path = "secrets/fields.rs"]
mod fields;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/lease.rs"]
mod lease;
#[path = "cli/migrate.rs"]
mod migrate;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/restore.rs"]
mod restore;
#[path = "cli/schema.rs"]
mod schema;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/signals.rs"]
mod signals;
#[path = "cli/state.rs"]
mod state;
#[path = "cli/stores.rs"]
mod stores;
#[path = "cli/terminal.rs"]
mod terminal;
