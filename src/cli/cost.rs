//! `ninefold cost`: what an environment costs a month.

use super::args::{Environment, Format, Global};
use super::error::Error;
use super::exit::Exit;
use super::session;
use super::terminal::{self, Terminal};
use crate::cost::Estimate;
use crate::kinds::Registry;
use crate::report;

const EXAMPLES: &str = "\
Examples:
  ninefold cost -e production                by part, region, phase and stack
  ninefold cost -e production --format json  every line of it";

/// Estimate what an environment costs a month, without credentials or network
///
/// Adds up the list prices of everything that the workspace declares, with what it assumes of traffic
/// and growth. A plan shows the same sum, and what it changes.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// For whom to write the estimate
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let workspace = session::workspace(global, terminal)?;
    let fail = |found| session::faults(&workspace, &found, terminal);
    let environment = workspace.environment(&args.environment.name).map_err(fail)?;
    // Every instance learns what those before it declare.
    environment.validate().map_err(fail)?;
    let estimate =
        Estimate::of(&environment.graph, &environment.order, &environment, &Registry::all()).map_err(fail)?;
    let text = match args.format {
        Format::Human => report::cost::human(&environment.name, &estimate, terminal.out),
        Format::Json => format!("{:#}\n", report::cost::json(&environment.name, &estimate)),
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}
