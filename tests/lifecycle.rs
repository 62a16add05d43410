//! What becomes of resources from one run to the next: one file for each behaviour.

#[path = "lifecycle/bench.rs"]
mod bench;
#[path = "lifecycle/check.rs"]
mod check;
#[path = "../src/state/testing/hooked.rs"]
mod hooked;

#[path = "lifecycle/adopt.rs"]
mod adopt;
#[path = "lifecycle/checks.rs"]
mod checks;
#[path = "lifecycle/create.rs"]
mod create;
#[path = "lifecycle/destroy.rs"]
mod destroy;
#[path = "lifecycle/drift.rs"]
mod drift;
#[path = "lifecycle/failure.rs"]
mod failure;
#[path = "lifecycle/moved.rs"]
mod moved;
#[path = "lifecycle/protect.rs"]
mod protect;
#[path = "lifecycle/removal.rs"]
mod removal;
#[path = "lifecycle/replace.rs"]
mod replace;
#[path = "lifecycle/saved.rs"]
mod saved;
#[path = "lifecycle/select.rs"]
mod select;
#[path = "lifecycle/sensitive.rs"]
mod sensitive;
