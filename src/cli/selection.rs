//! What narrows a plan, by names that have to be there.

use std::collections::BTreeSet;

use super::args;
use super::error::Error;
use super::plan::Planning;
use super::session::Session;
use crate::model::{Address, closest};
use crate::plan::Selection;
use crate::state::State;

impl Session {
    /// What narrows a plan, from the command line. A name that nothing has is an error: who mistypes
    /// one would read that nothing is to be done.
    pub(super) fn selection(
        &self,
        selection: &args::Selection,
        planning: &Planning,
        destroy: bool,
        state: &State,
    ) -> Result<Selection, Error> {
        if self.faulty.is_none() {
            let in_state = || state.resources.keys();
            let stacks = self.workspace.stacks().chain(in_state().map(Address::stack));
            known("stack", &selection.stacks, &stacks.collect())?;
            let phases = self.workspace.phases().chain(in_state().filter_map(Address::phase));
            known("phase", &selection.phases, &phases.collect())?;
            let addresses = selection.only.iter().chain(&selection.exclude).chain(&planning.replace);
            self.known_addresses(addresses, state)?;
        }
        Ok(Selection {
            stacks: selection.stacks.iter().cloned().collect(),
            phases: selection.phases.iter().cloned().collect(),
            only: selection.only.clone(),
            exclude: selection.exclude.clone(),
            replace: planning.replace.clone(),
            destroy,
        })
    }

    fn known_addresses<'a>(
        &self,
        patterns: impl Iterator<Item = &'a Address>,
        state: &State,
    ) -> Result<(), Error> {
        let declared = self.workspace.ignored();
        let instances = || self.environment.graph.nodes().map(|(_, node)| &node.address);
        for pattern in patterns {
            // What is declared and has no instances now is a name all the same.
            let mut all = instances().chain(state.resources.keys()).chain(declared.keys());
            if all.any(|address| address.is_within(pattern)) {
                continue;
            }
            let names: BTreeSet<String> =
                instances().chain(state.resources.keys()).map(ToString::to_string).collect();
            let error = Error::new(format!("there is no {pattern}, neither declared nor in state"));
            return Err(match closest(&pattern.to_string(), names.iter().map(String::as_str)) {
                Some(close) => error.hint(format!("did you mean `{close}`?")),
                None => error.hint("`ninefold state list` and `ninefold graph` show the addresses"),
            });
        }
        Ok(())
    }
}

/// Refuses a name that nothing has.
fn known(what: &str, given: &[String], names: &BTreeSet<&str>) -> Result<(), Error> {
    let Some(unknown) = given.iter().find(|name| !names.contains(name.as_str())) else { return Ok(()) };
    let error = Error::new(format!("there is no {what} `{unknown}`"));
    Err(match closest(unknown, names.iter().copied()) {
        Some(close) => error.hint(format!("did you mean `{close}`?")),
        None => error.hint(format!("there are {}", names.iter().copied().collect::<Vec<_>>().join(", "))),
    })
}
