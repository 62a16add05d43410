//! Secrets rest nowhere: a marked value is planted in every sensitive field of every kind, the program
//! is run through all that can happen, and then everything that it has written is searched.
#![allow(clippy::disallowed_methods, reason = "tests run the program and read its files")]

#[path = "secrets/dumps.rs"]
mod dumps;
#[path = "secrets/everything.rs"]
mod everything;
#[path = "secrets/fields.rs"]
mod fields;
#[path = "secrets/planted.rs"]
mod planted;
#[path = "secrets/program.rs"]
mod program;
#[path = "secrets/search.rs"]
mod search;
