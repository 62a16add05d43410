//! Where an environment's state is kept, and whether it may be kept there, under the keys that it has.

use crate::model::{Diagnostic, Diagnostics};
use crate::state::{StoreError, StoreLocation};
use crate::workspace::{EncryptionKey, Environment, KmsReference};

/// Where state is kept when the environment doesn't say.
const DEFAULT: &str = "file:.ninefold/state";

/// Where an environment's state is kept.
///
/// # Errors
/// When it names no store, or when an outage of the environment would take the store, or the keys that
/// it can't be used without, along.
pub(super) fn location(environment: &Environment) -> Result<StoreLocation, Diagnostics> {
    let mut found = Diagnostics::default();
    let location = kept_at(environment).map_err(|fault| found.push(fault));
    for (what, key) in keys(environment) {
        if let Some(fault) = shared_key_region(environment, what, key) {
            found.push(fault);
        }
    }
    match location {
        Ok(location) if found.is_empty() => Ok(location),
        _ => Err(found),
    }
}

fn kept_at(environment: &Environment) -> Result<StoreLocation, Diagnostic> {
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
    Err(match environment.state_at {
        Some(at) => fault.at(at, "state is kept here"),
        None => fault,
    })
}

/// The keys of KMS that nothing goes on without. Former ones only open what is old.
fn keys(environment: &Environment) -> impl Iterator<Item = (&'static str, &KmsReference)> {
    let current = environment.encryption.as_ref().and_then(|encryption| match &encryption.current {
        Some(EncryptionKey::Kms(key)) => Some(("state is encrypted", key)),
        _ => None,
    });
    let fingerprints = environment.fingerprints.as_ref().map(|key| ("fingerprints are keyed", key));
    current.into_iter().chain(fingerprints)
}

/// Whether an outage of a region can take both the environment and this along. The sandbox's regions
/// are no places.
fn lies_in(environment: &Environment, region: &str) -> bool {
    &*environment.target != "sandbox" && environment.regions.contains(region)
}

fn regions_of(environment: &Environment) -> String {
    let regions: Vec<&str> = environment.regions.iter().map(AsRef::as_ref).collect();
    regions.join(" and ")
}

/// What can't be opened is lost like what isn't there.
fn shared_key_region(environment: &Environment, what: &str, key: &KmsReference) -> Option<Diagnostic> {
    let KmsReference { key_id, region, at } = key;
    lies_in(environment, region).then(|| {
        Diagnostic::error(format!(
            "{what} by the key `{key_id}` in {region}, and the environment itself is there: whatever takes that region \
             away would take the key along, and with it the means to recover"
        ))
        .at(*at, "in this region")
        .help(format!(
            "use a key in a region other than {}, best that of the state's bucket; a replica of a multi-Region key \
             there will do",
            regions_of(environment)
        ))
    })
}

/// State is what an environment is recovered with when one of its regions is lost: it mustn't be lost
/// with it.
fn shared_region(environment: &Environment, location: &StoreLocation) -> Option<Diagnostic> {
    let StoreLocation::Remote(remote) = location else { return None };
    let region = remote.region.as_deref()?;
    if !lies_in(environment, region) {
        return None;
    }
    Some(
        Diagnostic::error(format!(
            "state can't be kept in {region}, because the environment itself is there: whatever takes that region \
             away would take the state along, and with it the means to recover"
        ))
        .help(format!(
            "use a bucket in a region other than {}; `ninefold state migrate` moves what is kept already",
            regions_of(environment)
        )),
    )
}
