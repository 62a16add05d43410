//! Ninefold: one workspace of YAML describes a platform; this crate plans the difference from what
//! runs, applies it, and watches it.
//!
//! The modules, in reading order; `docs/architecture.md` says which may use which.

pub mod model;
pub mod world;

pub mod graph;
pub mod kinds;

pub mod workspace;

pub mod cost;
pub mod plan;
pub mod state;

pub mod drift;

pub mod apply;
pub mod checks;

pub mod targets;

pub mod report;

pub mod cli;
