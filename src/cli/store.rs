//! Where an environment's state is kept, and whether it may be kept there.

use crate::model::{Diagnostic, Diagnostics};
use crate::state::{StoreError, StoreLocation};
use crate::workspace::Environment;

/// Where state is kept when the environment doesn't say.
const DEFAULT: &str = "file:.ninefold/state";

/// Where an environment's state is kept.
///
/// # Errors
/// When it names no store, or one that an outage of the environment would take along.
pub(super) fn location(environment: &Environment) -> Result<StoreLocation, Diagnostics> {
    let text = environment.state.as_deref().unwrap_or(DEFAULT);
    let fault = match StoreLocation::parse(text) {
        Ok(location) => match shared_region(environment, &location) {
            None => return Ok(location),
            Some(fault) => fault,
        },
        Err(StoreError::Incomplete { reason, .. }) => {
            Diagnostic::error(format!("state can't be kept in `{text}`: {reason}"))
        }
        Err(error) => Diagnostic::error(error.to_string()),
    };
    let mut found = Diagnostics::default();
    found.push(match environment.state_at {
        Some(at) => fault.at(at, "state is kept here"),
        None => fault,
    });
    Err(found)
}

/// State is what an environment is recovered with when one of its regions is lost: it mustn't be lost
/// with it. The sandbox's regions are no places.
fn shared_region(environment: &Environment, location: &StoreLocation) -> Option<Diagnostic> {
    let StoreLocation::Remote(remote) = location else { return None };
    let region = remote.region.as_deref()?;
    if &*environment.target == "sandbox" || !environment.regions.contains(region) {
        return None;
    }
    let others: Vec<&str> = environment.regions.iter().map(AsRef::as_ref).collect();
    Some(
        Diagnostic::error(format!(
            "state can't be kept in {region}, because the environment itself is there: whatever takes that region \
             away would take the state along, and with it the means to recover"
        ))
        .help(format!(
            "use a bucket in a region other than {}; `ninefold state migrate` moves what is kept already",
            others.join(" and ")
        )),
    )
}
