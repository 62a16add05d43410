//! `ninefold plan`: what would change, and why.

use std::path::PathBuf;

use super::args::{Environment, Format, Global, Selection};
use super::error::Error;
use super::exit::Exit;
use super::session::Session;
use super::terminal::{self, Terminal};
use crate::model::Address;
use crate::plan::Plan;
use crate::report;
use crate::report::plan::Detail;
use crate::world::files;

const EXAMPLES: &str = "\
Examples:
  ninefold plan                             on the embedded sandbox
  ninefold plan -e staging --out plan.json  save it, for `ninefold apply plan.json`
  ninefold plan -e staging --detailed-exitcode
                                            exit with 2 when there is a difference
  ninefold plan --only 'platform/cluster.vpc[primary]'
  ninefold plan --replace 'platform/cluster.nat[primary-a]'";

/// Show what would change, and why
///
/// Reads what is there, compares it with the configuration and with what was last set, and shows
/// every operation with its reason and the line that asks for it. Changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// Plan the removal of everything that is selected
    #[arg(long)]
    pub destroy: bool,

    /// Save the plan in this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Exit with 2 when something would change; reading and checking change nothing
    #[arg(long)]
    pub detailed_exitcode: bool,

    /// For whom to write the plan
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// Show every field of what is created
    #[arg(short, long)]
    pub verbose: bool,

    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub planning: Planning,
}

/// How a plan is made.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Planning")]
pub struct Planning {
    /// Replace this resource although nothing asks for it
    #[arg(long, value_name = "ADDRESS")]
    pub replace: Vec<Address>,

    /// Whether to read what is there; without, state is taken for the truth
    #[arg(long, value_name = "BOOL", default_value_t = true, default_missing_value = "true")]
    #[arg(num_args = 0..=1, require_equals = true, action = clap::ArgAction::Set)]
    pub refresh: bool,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.require_key()?;
    let state = session.state()?;
    let selection = session.selection(&args.selection, &args.planning, args.destroy, &state)?;
    let plan = session.world.run(session.plan(&state, &selection, args.planning.refresh))?;
    for open in state.open.values() {
        let address = &open.intent.address;
        terminal::message(&format!("in flight: {address}; the next apply finds out what became of it\n"));
    }
    if let Some(path) = &args.out {
        let text = serde_json::to_vec(&plan).map_err(|error| Error::new(error.to_string()))?;
        files::write_atomically(path, &text)
            .map_err(|error| Error::new(format!("{} can't be written: {error}", path.display())))?;
    }
    show(&plan, args.format, args.verbose, terminal)?;
    let differs = args.detailed_exitcode && plan.has_changes();
    Ok(if differs { Exit::Difference } else { Exit::Done })
}

/// Writes a plan as a result.
pub(super) fn show(plan: &Plan, format: Format, verbose: bool, terminal: Terminal) -> Result<(), Error> {
    let text = match format {
        Format::Human => report::plan::human(plan, detail(verbose), terminal.out),
        Format::Json => format!("{:#}\n", report::plan_json::json(plan)),
    };
    Ok(terminal::result(&text)?)
}

/// How much of a plan is shown.
pub(super) fn detail(verbose: bool) -> Detail {
    if verbose { Detail::VERBOSE } else { Detail::COMPACT }
}
