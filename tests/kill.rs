//! Real kills: the program itself, on the sandbox, is ended by SIGKILL at every boundary that it reaches
//! and at random moments, is run again, and then state and world have to be the same things. Each test
//! ends with a line such as
//!
//! ```text
//! at every boundary: kills done: 150, orphans 0, duplicates 0, lost 0
//! ```
//!
//! which `cargo test --no-default-features --test kill -- --nocapture` shows. `NINEFOLD_KILLS=n` sets
//! how many kills are made at random, and `NINEFOLD_KILL_SEED=n` draws them as a run did that failed.
#![allow(clippy::disallowed_methods, reason = "tests run the program and write its files")]

#[path = "kill/at_random.rs"]
mod at_random;
#[path = "kill/canary.rs"]
mod canary;
#[path = "kill/check.rs"]
mod check;
#[path = "kill/everywhere.rs"]
mod everywhere;
#[path = "harness/folders.rs"]
mod folders;
#[path = "kill/place.rs"]
mod place;
#[path = "kill/stage.rs"]
mod stage;
#[path = "kill/tally.rs"]
mod tally;
