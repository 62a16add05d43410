//! `ninefold apply`: carry out what a plan says.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::args::{Environment, Selection};
use super::plan::Planning;

const EXAMPLES: &str = "\
Examples:
  ninefold apply                            plan, ask, and carry it out on the sandbox
  ninefold apply -e staging --yes           without asking, as CI does
  ninefold apply plan.json                  exactly what was approved; refused when stale";

/// Carry out a plan
///
/// Without FILE it plans first, shows the plan and asks. Without a terminal it refuses unless
/// `--yes` or a saved plan is given. A failure stops what depends on it and nothing else. The first
/// Ctrl-C starts nothing new and waits; the second leaves at once. The next apply takes up what
/// was in flight.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// A plan that `plan --out` saved
    #[arg(value_name = "FILE", conflicts_with_all = ["Selection", "Planning"])]
    pub file: Option<PathBuf>,

    /// Show every field of what is created
    #[arg(short, long)]
    pub verbose: bool,

    #[command(flatten)]
    pub walking: Walking,

    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub planning: Planning,
}

/// How a plan is carried out.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Applying")]
pub struct Walking {
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    /// Start nothing new after the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// How many operations may be in flight at once
    #[arg(long, value_name = "N", default_value = "64")]
    pub parallelism: NonZeroUsize,
}
