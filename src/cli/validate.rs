//! `ninefold validate`: every fault of the workspace, without credentials or network.

use super::args::Format;

const EXAMPLES: &str = "\
Examples:
  ninefold validate                         every environment
  ninefold validate -e production           only this one
  ninefold validate --format json           for editors and CI annotations";

/// Find every fault of the workspace, without credentials or network
///
/// Evaluates the whole graph of every environment: types, references, cycles, bounds and the
/// kinds' own rules. All faults are shown, each with its file, line and column.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only this environment [default: all]
    #[arg(short, long, value_name = "ENV")]
    pub environment: Option<String>,

    /// For whom to write the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
