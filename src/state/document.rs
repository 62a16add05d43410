//! The whole state of an environment as one document, to be kept elsewhere and brought back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Deposed, LastRun, OpenIntent, Resource, State};
use crate::model::Address;

/// The version of the document that is written, and the last one that is read.
const FORMAT_VERSION: u64 = 1;

/// What `ninefold state pull` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateDocument {
    format_version: u64,
    environment: String,
    /// The serial after which it was so.
    serial: u64,
    #[serde(default)]
    resources: Vec<Arc<Resource>>,
    /// Former objects that are still to be deleted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deposed: BTreeMap<Address, Vec<Deposed>>,
    /// Operations without outcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<OpenIntent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_run: Option<LastRun>,
}

/// Why a text is no such document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("it is no state of Ninefold: {0}")]
    Foreign(String),
    #[error(
        "it has format version {found}, and this Ninefold reads up to {known}: a newer one has written it. Update \
         Ninefold to read it"
    )]
    Newer { found: u64, known: u64 },
    #[error("it contradicts itself: {0}")]
    Contradiction(String),
}

impl StateDocument {
    #[must_use]
    pub fn of(state: &State, environment: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            environment: environment.to_owned(),
            serial: state.serial,
            resources: state.resources.values().cloned().collect(),
            deposed: state.deposed.clone(),
            open: state.open.values().cloned().collect(),
            last_run: state.last_run.clone(),
        }
    }

    /// Reads a document whole, or says what is wrong with it.
    ///
    /// # Errors
    /// When it is of another format, or can't be the state of anything.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        /// The one field that every format version has.
        #[derive(Deserialize)]
        struct Version {
            format_version: u64,
        }
        let foreign = |error: serde_json::Error| DocumentError::Foreign(error.to_string());
        let Version { format_version: found } = serde_json::from_str(text).map_err(foreign)?;
        if found > FORMAT_VERSION {
            return Err(DocumentError::Newer { found, known: FORMAT_VERSION });
        }
        if found == 0 {
            return Err(DocumentError::Foreign("there is no format version 0".to_owned()));
        }
        let document: Self = serde_json::from_str(text).map_err(foreign)?;
        document.check().map_err(DocumentError::Contradiction)?;
        Ok(document)
    }

    fn check(&self) -> Result<(), String> {
        let mut addresses = BTreeSet::new();
        if let Some(twice) = self.resources.iter().find(|it| !addresses.insert(&it.address)) {
            return Err(format!("{} stands in it twice", twice.address));
        }
        for (address, all) in &self.deposed {
            if let Some(other) = all.iter().find(|it| it.resource.address != *address) {
                return Err(format!("a former object of {address} is called {}", other.resource.address));
            }
        }
        let mut operations = BTreeSet::new();
        if let Some(twice) = self.open.iter().find(|it| !operations.insert(&it.intent.operation)) {
            return Err(format!("operation {} stands in it twice", twice.intent.operation));
        }
        Ok(())
    }

    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    #[must_use]
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// The addresses of everything in it.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.resources.iter().map(|it| &it.address).chain(self.deposed.keys())
    }

    /// The state that it describes.
    #[must_use]
    pub fn state(&self) -> State {
        State::restored(
            self.serial,
            self.resources.clone(),
            self.deposed.clone(),
            self.open.clone(),
            self.last_run.clone(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{change, create, folded, intent, put, run, succeeded};
    use super::*;

    fn document() -> StateDocument {
        let state = folded(&[
            run(1),
            intent(1, 2, "vpc", create()),
            succeeded(2, vec![put("vpc", "vpc-1")]),
            intent(1, 3, "subnet", create()),
            change(vec![put("ünïcode", "1")]),
        ]);
        StateDocument::of(&state, "staging")
    }

    fn text() -> serde_json::Value {
        serde_json::to_value(document()).unwrap()
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let document = document();
        let read = StateDocument::parse(&text().to_string()).unwrap();
        assert_eq!(read, document);
        assert_eq!(read.state(), document.state());
        assert_eq!((read.state().resources.len(), read.state().open.len()), (2, 1));
    }

    /// Repeats the first element of a list.
    fn twice(list: &mut serde_json::Value) {
        let first = list[0].clone();
        list.as_array_mut().unwrap().push(first);
    }

    #[test]
    fn what_is_no_document_is_refused_with_the_reason() {
        let with = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut json = text();
            change(&mut json);
            StateDocument::parse(&json.to_string()).unwrap_err().to_string()
        };
        for (error, reason) in [
            (with(&|json| json["format_version"] = 2.into()), "has format version 2"),
            (with(&|json| json["format_version"] = 0.into()), "no format version 0"),
            (with(&|json| json["colour"] = 2.into()), "unknown field `colour`"),
            (with(&|json| twice(&mut json["resources"])), "platform/cluster.vpc stands in it twice"),
            (with(&|json| twice(&mut json["open"])), "stands in it twice"),
            (StateDocument::parse("version: 4").unwrap_err().to_string(), "no state of Ninefold"),
        ] {
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
