//! `ninefold kinds`: what types of resources there are.

const EXAMPLES: &str = "\
Examples:
  ninefold kinds                            all
  ninefold kinds rds                        those with `rds` in their name";

/// List the kinds of resources
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Only kinds with this in their name
    pub filter: Option<String>,
}
