//! `ninefold kinds`: what types of resources there are.

use super::error::Error;
use super::exit::Exit;
use super::terminal::{self, Terminal};
use crate::kinds::Registry;
use crate::report;

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

/// Prints the table.
pub(super) fn run(args: &Args, terminal: Terminal) -> Result<Exit, Error> {
    let registry = Registry::all();
    let filter = args.filter.as_deref().unwrap_or_default();
    let kinds: Vec<_> = registry.iter().filter(|kind| kind.name().contains(filter)).collect();
    if kinds.is_empty() {
        return Err(Error::new(format!("no kind has `{filter}` in its name"))
            .hint("`ninefold kinds` lists all of them"));
    }
    terminal::result(&report::kind::list(kinds, terminal.out))?;
    Ok(Exit::Done)
}
