//! The deterministic simulation: random workspaces, faults and kills, all from one seed, and checkers
//! that say what must never happen. A failure names its seed; `NINEFOLD_SIM_SEED=n` replays it, and
//! `NINEFOLD_SIM_SEEDS=n` sets how many are tried.

#[path = "lifecycle/bench.rs"]
#[allow(dead_code, reason = "the lifecycle's tests use the rest")]
mod bench;
#[path = "sim/canary.rs"]
mod canary;
#[path = "lifecycle/check.rs"]
mod check;
#[path = "sim/every_await.rs"]
mod every_await;
#[path = "../src/state/testing/hooked.rs"]
mod hooked;
#[path = "sim/program.rs"]
mod program;
#[path = "sim/run.rs"]
mod run;
#[path = "sim/several.rs"]
mod several;
#[path = "sim/store.rs"]
mod store;
#[path = "sim/wire.rs"]
mod wire;
