//! A new, empty world.

use crate::cli::args::Environment;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::terminal;
use crate::report;
use crate::targets::sandbox::Sandbox;

/// Empty the sandbox's world; the environment's state stays as it is
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ninefold sandbox reset --yes")]
pub struct Reset {
    #[command(flatten)]
    pub environment: Environment,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

pub(super) fn reset(args: &Reset, sandbox: &Sandbox) -> Result<Exit, Error> {
    let objects = sandbox.objects()?.len();
    let question =
        format!("This removes {} from the sandbox without a trace.", report::counted(objects, "object"));
    let world = sandbox.world();
    if !world.run(terminal::agreed(world, args.yes, &question, "give --yes"))? {
        return Ok(Exit::Refused);
    }
    sandbox.reset()?;
    terminal::message(&format!("removed {}: the sandbox is empty\n", report::counted(objects, "object")));
    Ok(Exit::Done)
}
