//! `ninefold destroy`: remove what was made.

use super::apply::Walking;
use super::args::{Environment, Global, Selection};
use super::error::Error;
use super::exit::Exit;
use super::plan::{Planning, detail};
use super::session::Session;
use super::terminal::Terminal;
use super::walk::Walk;

const EXAMPLES: &str = "\
Examples:
  ninefold destroy                          show what would go, ask, and remove it
  ninefold destroy -e staging --phase database
  ninefold destroy -e sandbox --yes         without asking";

/// Remove what was made, in the reverse order
///
/// Shows the plan and asks. Protected resources are refused: take the protection away in the
/// configuration first.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub walking: Walking,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.require_key()?;
    let planning = Planning { replace: Vec::new(), refresh: true };
    session.hold(&args.walking.locking, None, async |writer| {
        let walk = Walk { session: &session, writer, walking: &args.walking };
        walk.plan_and_apply(&args.selection, &planning, true, detail(false)).await
    })
}
