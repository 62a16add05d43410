//! `ninefold drift`: what was changed behind our back. It has nothing to write with.

use super::args::{Environment, Selection};

const EXAMPLES: &str = "\
Examples:
  ninefold drift -e production              exit with 2 when something drifted
  ninefold drift --format junit > drift.xml
                                            for a CI job's test report
  ninefold drift --format sarif             for code scanning";

/// Find what was changed behind our back; changes nothing
///
/// Compares what is there with what was last set, and lists what carries our tags but is in no
/// state, and what is in state and gone. Exits with 2 when there is any of it.
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

/// The forms of a drift report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Human,
    /// For programs; it names its `format_version`
    Json,
    /// A `JUnit` test report: one test case for each resource
    Junit,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A table for a comment or an issue
    Markdown,
}
