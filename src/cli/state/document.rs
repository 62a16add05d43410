//! The whole state as one document: out of the store, and back into it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Pull, Push};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::model::{Address, PhysicalId};
use crate::report;
use crate::state::{Record, State, StateDocument};
use crate::world::files;

/// How many lines say what is lost.
const SHOWN_AT_MOST: usize = 20;

/// `state pull`.
pub(super) fn pull(args: &Pull, session: &Session) -> Result<Exit, Error> {
    let state = session.state()?;
    let document = StateDocument::of(&state, &session.environment.name);
    let text = serde_json::to_string_pretty(&document).map_err(|error| Error::new(error.to_string()))?;
    let text = format!("{text}\n");
    let Some(path) = &args.out else {
        terminal::result(&text)?;
        return Ok(Exit::Done);
    };
    let written = files::write_atomically(path, text.as_bytes()).and_then(|()| files::set_mode(path, 0o600));
    written.map_err(|error| Error::new(format!("{} can't be written: {error}", path.display())))?;
    terminal::message(&format!(
        "{} of serial {} are in {}\n",
        report::counted(state.resources.len(), "resource"),
        state.serial,
        path.display()
    ));
    Ok(Exit::Done)
}

/// `state push`.
pub(super) fn push(args: &Push, session: &Session) -> Result<Exit, Error> {
    let name = args.file.display();
    let text = files::read_to_string(&args.file)
        .map_err(|error| Error::new(format!("{name} can't be read: {error}")))?;
    let document = StateDocument::parse(&text).map_err(|error| {
        Error::new(format!("{name} can't be pushed: {error}"))
            .hint("`ninefold state pull --out FILE` writes one")
    })?;
    let environment = &session.environment.name;
    if document.environment() != &**environment {
        return Err(Error::refused(format!(
            "{name} is the state of `{}`, not of `{environment}`",
            document.environment()
        )));
    }
    session.write(&args.locking, async |writer| {
        let now = writer.with_state(Clone::clone);
        let lost = lost(&now, &document.state());
        if document.serial() < now.serial && !args.force {
            return Err(Error::refused(format!(
                "{name} is of serial {}, and the state has gone on to {} since; nothing was changed{}",
                document.serial(),
                now.serial,
                shown(&lost)
            ))
            .hint("`ninefold state history` shows what came since; --force throws it away"));
        }
        terminal::message(&format!(
            "  {} of serial {} take the place of {} of serial {}{}\n",
            report::counted(document.state().resources.len(), "resource"),
            document.serial(),
            report::counted(now.resources.len(), "resource"),
            now.serial,
            shown(&lost)
        ));
        let question = format!("Replace the state of {environment}? The things themselves stay as they are.");
        if !terminal::agreed(&session.world, args.yes, &question, "give --yes").await? {
            return Ok(Exit::Refused);
        }
        let reason = format!("state push {name} (serial {})", document.serial());
        let record = Record::Set { reason, state: Arc::new(document) };
        writer.commit(vec![record]).await.map_err(|error| state_error(&error))?;
        Ok(Exit::Done)
    })
}

/// What is known now and wouldn't be known any more.
pub(super) fn lost(now: &State, then: &State) -> Vec<String> {
    fn known(state: &State) -> BTreeSet<(&Address, &PhysicalId)> {
        let former = state.deposed.values().flatten().map(|former| &former.resource);
        state.resources.values().chain(former).map(|it| (&it.address, &it.id)).collect()
    }
    let kept = known(then);
    let things = known(now).into_iter().filter(|thing| !kept.contains(thing));
    let things = things.map(|(address, id)| format!("{address} ({id})"));
    let open = now.open.iter().filter(|(operation, _)| !then.open.contains_key(operation));
    let open = open.map(|(_, open)| format!("an operation on {} without outcome", open.intent.address));
    things.chain(open).collect()
}

pub(super) fn shown(lost: &[String]) -> String {
    if lost.is_empty() {
        return String::new();
    }
    let mut text = "\n  Nobody would look any more after".to_owned();
    for line in lost.iter().take(SHOWN_AT_MOST) {
        text.push_str("\n    ");
        text.push_str(line);
    }
    if let Some(more) = lost.len().checked_sub(SHOWN_AT_MOST).filter(|more| *more > 0) {
        text.push_str(&format!("\n    and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_lines_say_what_is_lost() {
        let lost: Vec<String> = (0..25).map(|n| format!("r{n}")).collect();
        let text = shown(&lost);
        assert!(text.contains("\n    r19\n    and 5 more"), "{text}");
        assert_eq!(shown(&[]), "");
    }
}
