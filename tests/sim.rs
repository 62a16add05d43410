//! The deterministic simulation: random workspaces, faults and kills, all from one seed, and checkers
//! that say what must never happen. docs/simulation.md tells what is simulated.
//!
//! A failure names its seed; `NINEFOLD_SIM_SEED=n` replays it. `NINEFOLD_SIM_SEEDS=n` sets how many are
//! tried, and `NINEFOLD_SIM_SEEDS=forever cargo test --no-default-features --test sim seeds` goes on until
//! one fails or it is stopped.

#[path = "lifecycle/bench.rs"]
#[allow(dead_code, reason = "the lifecycle's tests use the rest")]
mod bench;
#[path = "sim/canary.rs"]
mod canary;
#[path = "lifecycle/check.rs"]
mod check;
#[path = "sim/coverage.rs"]
mod coverage;
#[path = "../src/state/testing/dated.rs"]
mod dated;
#[path = "sim/disk.rs"]
mod disk;
#[path = "sim/every_await.rs"]
mod every_await;
#[path = "sim/fate.rs"]
mod fate;
#[path = "../src/state/testing/hooked.rs"]
mod hooked;
#[path = "sim/ledger.rs"]
mod ledger;
#[path = "sim/outside.rs"]
mod outside;
#[path = "sim/program.rs"]
mod program;
#[path = "sim/recorder.rs"]
mod recorder;
#[path = "sim/run.rs"]
mod run;
#[path = "sim/seeds.rs"]
mod seeds;
#[path = "sim/several.rs"]
mod several;
#[path = "sim/store.rs"]
mod store;
#[path = "sim/takeover.rs"]
mod takeover;
#[path = "sim/torn.rs"]
mod torn;
#[path = "sim/trouble.rs"]
mod trouble;
#[path = "sim/wire.rs"]
mod wire;
