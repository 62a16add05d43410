//! `ninefold show`: a saved plan, again.

use std::path::PathBuf;

use super::args::Format;

const EXAMPLES: &str = "\
Examples:
  ninefold show plan.json                   as `ninefold plan` showed it
  ninefold show plan.json --verbose         with every field
  ninefold show plan.json --format json     for programs";

/// Show a saved plan
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The plan, as `plan --out` saved it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// For whom to write the plan
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Show every field of what is created
    #[arg(short, long)]
    pub verbose: bool,
}
