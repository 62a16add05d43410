//! `ninefold apply`: carry out what a plan says.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::args::{Environment, Format, Global, Locking, Selection};
use super::error::Error;
use super::exit::Exit;
use super::plan::{Planning, detail};
use super::session::{Session, state_error};
use super::terminal::Terminal;
use super::walk::Walk;
use crate::plan::Plan;

const EXAMPLES: &str = "\
Examples:
  ninefold apply                            plan, ask, and carry it out on the sandbox
  ninefold apply -e staging --yes           without asking, as CI does
  ninefold apply plan.json                  exactly what was approved; refused when stale";

/// Carry out a plan
///
/// Without FILE it plans first, shows the plan and asks. Without a terminal it refuses unless
/// `--yes` or a saved plan is given. A failure stops what depends on it and nothing else. The first
/// Ctrl-C starts nothing new and waits; the second leaves at once. The next apply takes up what
/// was in flight.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// A plan that `plan --out` saved
    #[arg(value_name = "FILE", conflicts_with_all = ["Selection", "Planning"])]
    pub file: Option<PathBuf>,

    /// Show every field of what is created
    #[arg(short, long)]
    pub verbose: bool,

    #[command(flatten)]
    pub walking: Walking,

    #[command(flatten)]
    pub selection: Selection,

    #[command(flatten)]
    pub planning: Planning,
}

/// How a plan is carried out.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Applying")]
pub struct Walking {
    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    /// Start nothing new after the first failure
    #[arg(long)]
    pub fail_fast: bool,

    /// How many operations may be in flight at once
    #[arg(long, value_name = "N", default_value = "64")]
    pub parallelism: NonZeroUsize,

    /// For whom to write how it went; progress goes to standard error for both
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    #[command(flatten)]
    pub locking: Locking,
}

pub(super) fn run(args: &Args, global: &Global, terminal: Terminal) -> Result<Exit, Error> {
    let session = Session::open(global, &args.environment.name, terminal)?;
    session.require_key()?;
    let saved = args.file.as_deref().map(|path| read(path, &session)).transpose()?;
    session.hold(&args.walking.locking, None, async |writer| {
        let walk = Walk { session: &session, writer, walking: &args.walking };
        match &saved {
            Some(plan) => carry_out_saved(&walk, plan).await,
            None => walk.plan_and_apply(&args.selection, &args.planning, false, detail(args.verbose)).await,
        }
    })
}

async fn carry_out_saved(walk: &Walk<'_>, plan: &Plan) -> Result<Exit, Error> {
    // The log is read before recovery adds to it: what came after the plan was made has to be its
    // own runs'.
    let reader = walk.session.reader();
    let reading = async { reader.history().await.map_err(|error| state_error(&error)) };
    let log = walk.session.unless_interrupted(reading).await?;
    let recovered = walk.recover().await?;
    walk.apply(plan, Some(&log), recovered).await
}

/// Reads a saved plan, and refuses one that isn't of this environment and configuration.
fn read(path: &std::path::Path, session: &Session) -> Result<Plan, Error> {
    let plan = super::show::read(path)?;
    let refused = |why: String| {
        let mut error = Error::new(format!("the plan is refused, and nothing was done: {why}"))
            .hint("plan again, and look at what has changed");
        error.exit = Exit::Refused;
        error
    };
    if plan.environment != *session.environment.name {
        return Err(refused(format!("it is of the environment `{}`", plan.environment)));
    }
    if plan.configuration != session.environment.digest {
        return Err(refused("the configuration has changed since it was made".into()));
    }
    Ok(plan)
}
