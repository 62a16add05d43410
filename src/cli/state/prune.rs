//! `ninefold state prune`: delete what is older than the state has to reach back.

use std::time::Duration;

use crate::cli::args::{Environment, Locking};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::report::counted;

/// Delete the part of the log that a snapshot stands for, if it is old
///
/// Every apply that writes a snapshot does so by itself, with what is older than `state.history` in the
/// environment's file says, which is 90 days otherwise. Nothing younger than a week can be deleted: a run
/// that was suspended finds out by it that others have written since.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state prune -e production
  ninefold state prune -e production --keep-days 7")]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// How many days the history reaches back afterwards [default: what the environment's file says]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(7..=36_500))]
    pub keep_days: Option<u64>,

    #[command(flatten)]
    pub locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, Error> {
    let days = |days| Duration::from_secs(days * 24 * 3600);
    let kept = args.keep_days.map_or(session.environment.history, days);
    let pruned = session
        .write(&args.locking, async |writer| writer.prune(kept).await.map_err(|error| state_error(&error)))?;
    let objects = usize::try_from(pruned.objects).unwrap_or(usize::MAX);
    let what = counted(objects, "object");
    terminal::message(&format!("{what} of {} deleted\n", indicatif::HumanBytes(pruned.bytes)));
    Ok(Exit::Done)
}
