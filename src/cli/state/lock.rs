//! `ninefold state lock` and `state unlock`: who may write, and no longer may.

use jiff::Timestamp;

use super::super::args::Format;
use super::super::error::Error;
use super::super::exit::Exit;
use super::{FORMAT_VERSION, LockArgs, Unlock};
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::report::table::Table;
use crate::state::{LeaseObject, Writer};

/// `state lock`.
pub(super) fn show(args: &LockArgs, session: &Session) -> Result<Exit, Error> {
    let held = held(session)?;
    let text = match args.format {
        Format::Human => held.as_ref().map_or_else(
            || format!("nobody holds the lease of {}\n", session.environment.name),
            |held| human(held, session),
        ),
        Format::Json => {
            let json = serde_json::json!({ "format_version": FORMAT_VERSION, "held": held });
            format!("{json:#}\n")
        }
    };
    terminal::result(&text)?;
    Ok(Exit::Done)
}

/// `state unlock`.
pub(super) fn throw_out(args: &Unlock, session: &Session) -> Result<Exit, Error> {
    let Some(held) = held(session)? else {
        terminal::message(&format!("Nobody holds the lease of {}.\n", session.environment.name));
        return Ok(Exit::Done);
    };
    terminal::message(&human(&held, session));
    let question = "Take it away? What that run has in flight may still have its effect.";
    if !session.world.run(terminal::agreed(&session.world, args.yes, question, "give --yes"))? {
        return Ok(Exit::Refused);
    }
    let claim = session.claim(std::time::Duration::ZERO);
    let (store, world) = (session.store.clone(), session.world.clone());
    let thrown_out = Writer::throw_out(store, &session.environment.name, world, &claim);
    session.world.run(thrown_out).map_err(|error| state_error(&error))?;
    terminal::message("Unlocked. The next apply finds out what was in flight.\n");
    Ok(Exit::Done)
}

/// The lease, unless it was given back.
fn held(session: &Session) -> Result<Option<LeaseObject>, Error> {
    let lease = session.world.run(session.reader().lease()).map_err(|error| state_error(&error))?;
    Ok(lease.filter(|lease| !lease.released))
}

fn human(held: &LeaseObject, session: &Session) -> String {
    let mut table = Table::new(["", ""]).whole(0..2);
    table.row(["holder", &held.holder]);
    table.row(["doing", &held.reason]);
    table.row(["since", &moment(held.taken_unix_ms)]);
    table.row(["renewed", &moment(held.renewed_unix_ms)]);
    table.row(["expires", &format!("{} s after it was last renewed", held.time_to_live_ms / 1_000)]);
    table.row(["epoch", &held.epoch.to_string()]);
    table.render(session.terminal.out)
}

fn moment(unix_ms: i64) -> String {
    // A time that no calendar has is shown as it is.
    Timestamp::from_millisecond(unix_ms).map_or_else(|_| unix_ms.to_string(), |moment| moment.to_string())
}
