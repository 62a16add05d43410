//! Moving the state to another store.

use std::sync::Arc;

use super::Migrate;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, open_store, state_error};
use crate::cli::terminal;
use crate::cli::writing::tell_waiting;
use crate::report;
use crate::state::{Claim, MigrateError, Migration, StoreLocation};

/// `state migrate`.
pub(super) fn run(args: &Migrate, session: &Session) -> Result<Exit, Error> {
    let from = location(&args.from)?;
    let to = args.to.as_deref().map_or_else(|| Ok(session.location.clone()), location)?;
    if from == to {
        return Err(Error::refused(format!("the state is to be moved from `{from}` to the same place"))
            .hint("say the new place in the environment's file, or by --to"));
    }
    let environment = &*session.environment.name;
    let question = format!("Move the state of {environment} from {from} to {to}?");
    if !session.world.run(terminal::agreed(&session.world, args.yes, &question, "give --yes"))? {
        return Ok(Exit::Refused);
    }
    let root = session.workspace.root();
    let open = |location| open_store(location, &session.environment, root, &session.world).map(Arc::new);
    let (opened_from, opened_to) = (open(&from)?, open(&to)?);
    let claim = session.claim(args.locking.lock_timeout);
    let who = format!("{}: {}", claim.holder, claim.reason);
    let lock = |location: &StoreLocation| {
        location.lock(root, environment, &who).map_err(|error| state_error(&error))
    };
    let locks = (lock(&from)?, lock(&to)?);
    let from_claim = Claim { alone_on_machine: locks.0.is_some(), ..claim.clone() };
    let to_claim = Claim { alone_on_machine: locks.1.is_some(), ..claim };
    let (from_url, to_url) = (from.to_string(), to.to_string());
    let migration = Migration {
        environment,
        from: opened_from,
        from_url: &from_url,
        to: opened_to,
        to_url: &to_url,
        world: &session.world,
        from_claim: &from_claim,
        to_claim: &to_claim,
        tell: &tell_waiting,
    };
    let moved = session.world.run(migration.run()).map_err(|error| failure(&error))?;
    terminal::message(&format!(
        "{} ({} bytes, until serial {}) are in {to} and were read back; {from} is closed\n",
        report::counted(moved.objects, "object"),
        moved.bytes,
        moved.serial
    ));
    if to != session.location {
        terminal::message(&format!("Say `state: {to}` in stacks/environments/{environment}.yaml now\n"));
    }
    Ok(Exit::Done)
}

fn location(text: &str) -> Result<StoreLocation, Error> {
    let location = StoreLocation::parse(text).map_err(|error| Error::new(error.to_string()))?;
    match location {
        StoreLocation::Memory => {
            Err(Error::new("`memory:` ends with this process: nothing can be moved there"))
        }
        location => Ok(location),
    }
}

fn failure(error: &MigrateError) -> Error {
    match error {
        MigrateError::State(error) => state_error(error),
        MigrateError::NotEmpty { .. } | MigrateError::Already { .. } => Error::refused(error.to_string()),
        MigrateError::Nothing { .. } | MigrateError::NotTheSame { .. } => Error::new(error.to_string()),
    }
}
