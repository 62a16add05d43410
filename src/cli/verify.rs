//! `ninefold verify`: prove the success metrics, now.

use super::args::{Environment, Format, Selection};

const EXAMPLES: &str = "\
Examples:
  ninefold verify -e staging                run every check and print the table
  ninefold verify --phase database";

/// Run the checks and print what they saw
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    #[command(flatten)]
    pub selection: Selection,
}
