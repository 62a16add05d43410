//! The command line. One file a command; the only place that knows all modules, and the only one
//! that prints.

pub mod args;
pub mod exit;

pub mod apply;
pub mod completions;
pub mod destroy;
pub mod doctor;
pub mod drift;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod graph;
pub mod import;
pub mod init;
pub mod kinds;
pub mod output;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod show;
pub mod state;
pub mod validate;
pub mod verify;

mod terminal;
