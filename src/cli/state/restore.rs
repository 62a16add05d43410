//! `ninefold state restore`: the state as it was after a serial of its log.

use std::sync::Arc;

use super::document::{lost, shown};
use crate::cli::args::{Environment, Locking};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::report::counted;
use crate::state::{Past, Record, State, StateDocument};

/// Make the state what it was after a serial of its log
///
/// The things themselves stay as they are: a plan then shows what has changed since. It works where a part
/// of the log is damaged, too: nothing reads that part afterwards. What came later stays in the history.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ninefold state history -e production      which can be restored
  ninefold state restore 41 -e production

Exit codes:
  3  nobody agreed; nothing was changed
  5  another run holds the state")]
pub struct Args {
    #[command(flatten)]
    pub environment: Environment,

    /// The serial, as `state history` shows it
    #[arg(value_name = "SERIAL")]
    pub serial: u64,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    #[command(flatten)]
    pub locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, Error> {
    let (reader, serial) = (session.reader(), args.serial);
    session.write_from(&args.locking, Some(serial), async |writer| {
        let past = reader.past().await.map_err(|error| state_error(&error))?;
        // The writer goes on behind everything that is there, with the state that it was opened at.
        let mut then = writer.with_state(Clone::clone);
        then.serial = serial;
        let lost = lost(&best_known(&past, then.clone()), &then);
        terminal::message(&format!(
            "  {} of serial {serial} become the state; the log goes on until {}{}\n",
            counted(then.resources.len(), "resource"),
            past.last,
            shown(&lost)
        ));
        let environment = &session.environment.name;
        let question = format!("Restore the state of {environment}? The things themselves stay as they are.");
        if !terminal::agreed(&session.world, args.yes, &question, "give --yes").await? {
            return Ok(Exit::Refused);
        }
        let state = Arc::new(StateDocument::of(&then, environment));
        let record = Record::Set { reason: format!("state restore {serial}"), state };
        writer.commit(vec![record]).await.map_err(|error| state_error(&error))?;
        // From here on nothing before is read, damaged or not.
        writer.snapshot().await.map_err(|error| state_error(&error))?;
        Ok(Exit::Done)
    })
}

/// The state now, as far as what came after `then` can be read.
fn best_known(past: &Past, then: State) -> State {
    let mut known = then;
    let later = past.log.iter().filter(|object| object.serial > known.serial);
    for record in later.flat_map(|object| &object.records).collect::<Vec<_>>() {
        // What doesn't fit comes after something that can't be read.
        let _ = known.apply(record);
    }
    known
}
