//! `ninefold state rotate-key`: another key for what is recorded from now on.

use super::RotateKey;
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::report::counted;
use crate::state::Record;

/// `state rotate-key`.
pub(super) fn rotate(args: &RotateKey, session: &Session) -> Result<Exit, Error> {
    let name = &session.environment.name;
    let current = session.world.run(session.sealed.current_id()).map_err(Error::new)?;
    let current = current.ok_or_else(|| {
        Error::new(format!("the environment `{name}` names no key to seal with")).hint(format!(
            "say `encryption: {{ passphrase: {{ from: env, name: … }} }}`, or `encryption: {{ kms: {{ key_id: …, region: … \
             }} }}`, in stacks/environments/{name}.yaml"
        ))
    })?;
    session.write(&args.locking, async |writer| {
        // A record of its own, so that the snapshot has a serial that none was ever written at.
        let record = Record::Change { reason: "state rotate-key".into(), entries: Vec::new() };
        writer.commit(vec![record]).await.map_err(|error| state_error(&error))?;
        writer.snapshot().await.map_err(|error| state_error(&error))?;
        let resealed = session.sealed.reseal_evidence(name).await;
        resealed.map_err(|error| Error::new(format!("evidence can't be sealed anew: {error}")))
    })?;
    let counts = session.world.run(session.sealed.survey(name));
    let counts = counts.map_err(|error| Error::new(format!("what is sealed can't be counted: {error}")))?;
    terminal::message(&format!("what is recorded from now on is sealed with the key {current}\n"));
    let mut others = 0;
    for (id, count) in counts.iter().filter(|(id, _)| id.as_deref() != Some(&*current)) {
        others += count;
        let objects = usize::try_from(*count).unwrap_or(usize::MAX);
        let how = id.as_ref().map_or("in the clear".to_owned(), |id| format!("sealed with the key {id}"));
        terminal::message(&format!("  {} {how}\n", counted(objects, "older object")));
    }
    if others > 0 {
        terminal::message(
            "  nothing but `state history` reads them; until they are pruned, keep their keys under `before`\n",
        );
    }
    Ok(Exit::Done)
}
