//! `ninefold output`: the outputs of the stacks.

use super::args::{Environment, Format};

const EXAMPLES: &str = "\
Examples:
  ninefold output -e staging                all outputs
  ninefold output platform.endpoints        one of them
  ninefold output platform.endpoints --raw  its bare text, for scripts";

/// Print the outputs of the stacks
///
/// A sensitive output is never shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// Only this one, as `stack.name`; the stack may be left out where only one has it
    pub name: Option<String>,

    /// Print a string without its quotes
    #[arg(long, requires = "name", conflicts_with = "format")]
    pub raw: bool,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
