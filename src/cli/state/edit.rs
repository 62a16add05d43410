//! Changes of the state that touch nothing else: another address, and forgetting.

use std::collections::BTreeSet;

use super::{Move, Remove, matching};
use crate::cli::error::Error;
use crate::cli::exit::Exit;
use crate::cli::session::{Session, state_error};
use crate::cli::terminal;
use crate::graph::Body;
use crate::model::Address;
use crate::report;
use crate::state::{Entry, Record, State, Writer};

/// `state mv`.
pub(super) fn rename(args: &Move, session: &Session) -> Result<Exit, Error> {
    session.write(&args.locking, async |writer| {
        let state = writer.with_state(Clone::clone);
        let pairs = pairs(&state, &args.from, &args.to)?;
        refuse_open(&state, pairs.iter().map(|(from, _)| from))?;
        refuse_taken(&state, &pairs)?;
        refuse_another_kind(session, &state, &pairs)?;
        for (from, to) in &pairs {
            terminal::message(&format!("  {from} becomes {to}\n"));
            if session.faulty.is_none() && session.declared(to).is_none() {
                terminal::message(&format!(
                    "  the configuration doesn't declare {to}: the next apply would delete it\n"
                ));
            }
        }
        let question = format!("Give {} another address?", report::counted(pairs.len(), "resource"));
        if !terminal::agreed(&session.world, args.yes, &question, "give --yes").await? {
            return Ok(Exit::Refused);
        }
        let entry = |(from, to): &(Address, Address)| Entry::Rename { from: from.clone(), to: to.clone() };
        commit(writer, format!("state mv {} {}", args.from, args.to), pairs.iter().map(entry).collect())
            .await?;
        for (_, to) in &pairs {
            if let Some(resource) = writer.with_state(|state| state.resources.get(to).cloned()) {
                session.mark(&resource).await;
            }
        }
        Ok(Exit::Done)
    })
}

/// Each instance of one address, and the address that it is to have.
fn pairs(state: &State, from: &Address, to: &Address) -> Result<Vec<(Address, Address)>, Error> {
    let found = matching(state, from)?;
    let pair = |old: &Address| {
        // Instances keep their keys where both addresses stand for all of them.
        let keeps_key = from.key().is_none() && to.key().is_none();
        let new = if keeps_key { to.with_key(old.key()) } else { to.clone() };
        (old.clone(), new)
    };
    let pairs: Vec<_> = found.iter().map(|resource| pair(&resource.address)).collect();
    if pairs.len() > 1 && to.key().is_some() {
        return Err(Error::new(format!("{from} has {} instances, and {to} is one", pairs.len()))
            .hint("name the instance to rename, or leave the key of the new address out"));
    }
    Ok(pairs)
}

fn refuse_taken(state: &State, pairs: &[(Address, Address)]) -> Result<(), Error> {
    for (from, to) in pairs {
        if from == to {
            return Err(Error::refused(format!("{from} has that address already")));
        }
        if let Some(other) = state.resources.get(to) {
            return Err(Error::refused(format!("{to} stands for {} already", other.id))
                .hint("move that one away first, or forget it with `ninefold state rm`"));
        }
        if state.deposed.contains_key(to) {
            return Err(Error::refused(format!("{to} has a former object that is still to be deleted"))
                .hint("`ninefold apply` deletes it"));
        }
    }
    Ok(())
}

/// A resource is of one kind for its whole life.
fn refuse_another_kind(session: &Session, state: &State, pairs: &[(Address, Address)]) -> Result<(), Error> {
    for (from, to) in pairs {
        let (Some(resource), Some((_, node))) = (state.resources.get(from), session.declared(to)) else {
            continue;
        };
        let kind = match &node.body {
            Body::Resource { kind, .. } => kind,
            Body::Check(_) => return Err(Error::refused(format!("{to} is a check, not a resource"))),
        };
        if **kind != resource.kind {
            return Err(Error::refused(format!(
                "{from} is of kind {}, and the configuration declares {to} as {kind}",
                resource.kind
            )));
        }
    }
    Ok(())
}

/// `state rm`.
pub(super) fn forget(args: &Remove, session: &Session) -> Result<Exit, Error> {
    session.write(&args.locking, async |writer| {
        let state = writer.with_state(Clone::clone);
        let mut addresses = BTreeSet::new();
        for pattern in &args.addresses {
            addresses.extend(matching(&state, pattern)?.into_iter().map(|found| found.address.clone()));
        }
        refuse_open(&state, &addresses)?;
        let mut entries = Vec::new();
        for address in &addresses {
            let Some(resource) = state.resources.get(address) else { continue };
            terminal::message(&format!("  {address} ({}, {}) is forgotten\n", resource.kind, resource.id));
            if session.declared(address).is_some() {
                terminal::message("    the configuration declares it: the next apply would make another\n");
            }
            entries.push(Entry::Remove { address: address.clone() });
            for former in state.deposed.get(address).into_iter().flatten() {
                let id = former.resource.id.clone();
                terminal::message(&format!("    and its former object {id} too\n"));
                entries.push(Entry::RemoveDeposed { address: address.clone(), id });
            }
        }
        let question = format!(
            "Forget {}? The things themselves stay, and nobody looks after them.",
            report::counted(addresses.len(), "resource")
        );
        if !terminal::agreed(&session.world, args.yes, &question, "give --yes").await? {
            return Ok(Exit::Refused);
        }
        let names: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        commit(writer, format!("state rm {}", names.join(" ")), entries).await?;
        Ok(Exit::Done)
    })
}

/// What an interrupted run may have done has to be found out first.
fn refuse_open<'a>(state: &State, addresses: impl IntoIterator<Item = &'a Address>) -> Result<(), Error> {
    let open: BTreeSet<&Address> = state.open.values().map(|open| &open.intent.address).collect();
    match addresses.into_iter().find(|address| open.contains(address)) {
        None => Ok(()),
        Some(address) => Err(Error::refused(format!("an operation on {address} has no outcome yet"))
            .hint("`ninefold apply` finds out what became of it")),
    }
}

async fn commit(writer: &Writer, reason: String, entries: Vec<Entry>) -> Result<(), Error> {
    let records = vec![Record::Change { reason, entries }];
    writer.commit(records).await.map(drop).map_err(|error| state_error(&error))
}
