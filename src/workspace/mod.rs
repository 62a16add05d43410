//! The configuration: phases, stacks and environments, read into one graph for each environment.
//!
//! YAML is parsed first and evaluated after. References are read off the syntax trees of
//! expressions and become edges between instances; unknown and sensitive values are tracked by what
//! an evaluation reads. Nothing here knows a plan, a state or a target.

mod declaration;
mod digest;
mod edges;
mod encryption;
mod environment;
mod evaluate;
mod expand;
mod expression;
mod fields;
mod files;
mod form;
mod functions;
mod given;
mod moves;
mod references;
mod schema;
mod scope;
mod settings;
mod template;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use encryption::{Encryption, EncryptionKey, KmsReference};
pub use environment::Environment;
pub use form::{FormError, form};
pub use schema::schema;

use crate::graph::Ignore;
use crate::kinds::Registry;
use crate::model::{Address, Diagnostics, Severity, Sources};

/// A workspace's files, read and checked as far as they can be without an environment.
pub struct Workspace {
    root: PathBuf,
    files: files::Files,
    registry: Registry,
}

/// Why a workspace can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("{path} can't be read: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("there is no workspace in {from} or above it: a workspace has a folder `stacks/environments`")]
    NotFound { from: PathBuf },
}

impl WorkspaceError {
    fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: error.to_string() }
    }
}

impl Workspace {
    /// The workspace's folder: `from` or the nearest one above it that has `stacks/environments`.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(from: &Path) -> Result<PathBuf, WorkspaceError> {
        from.ancestors()
            .find(|folder| crate::world::files::is_dir(&folder.join("stacks/environments")))
            .map(Path::to_owned)
            .ok_or_else(|| WorkspaceError::NotFound { from: from.to_owned() })
    }

    /// Reads every file. What is wrong with them is in [`Workspace::diagnostics`].
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn load(root: &Path, registry: Registry) -> Result<Self, WorkspaceError> {
        let mut files = files::read(root)?;
        files.diagnostics.sort();
        Ok(Self { root: root.to_owned(), files, registry })
    }

    /// Reads the file of one environment and nothing else: enough to find its state and its target.
    /// The environment that it gives has an empty graph.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn load_environment(root: &Path, registry: Registry, name: &str) -> Result<Self, WorkspaceError> {
        let files = files::read_environment(root, name)?;
        Ok(Self { root: root.to_owned(), files, registry })
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The texts that diagnostics point into.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.files.sources
    }

    /// What is wrong with the files themselves.
    #[must_use]
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.files.diagnostics
    }

    /// The names of its environments.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.files.environments.keys().map(AsRef::as_ref)
    }

    /// The names of its stacks.
    pub fn stacks(&self) -> impl Iterator<Item = &str> {
        self.files.stacks.keys().map(AsRef::as_ref)
    }

    /// The names of its phases.
    pub fn phases(&self) -> impl Iterator<Item = &str> {
        self.files.phases.keys().map(AsRef::as_ref)
    }

    /// The files with faults, as far as the files tell by themselves.
    #[must_use]
    pub fn faulty_files(&self) -> BTreeSet<String> {
        let errors = self.files.diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let sources = errors.filter_map(|error| Some(error.labels.first()?.at.source));
        let paths = sources.filter_map(|source| self.files.sources.path(source));
        paths.map(|path| path.to_string_lossy().into_owned()).collect()
    }

    /// The fields that others own of every resource that can be read, by its address without a key.
    /// It needs no graph, so that it is there for a workspace that has faults elsewhere.
    #[must_use]
    pub fn ignored(&self) -> BTreeMap<Address, Arc<[Ignore]>> {
        let mut ignored = BTreeMap::new();
        for stack in self.files.stacks.values() {
            let phases = stack.phases.iter().filter_map(|(name, _)| self.files.phases.get(name));
            let phases = phases.map(|phase| (Some(&*phase.name.text), &phase.declarations));
            for (phase, declarations) in phases.chain([(None, &stack.declarations)]) {
                for resource in &declarations.resources {
                    let address = Address::new(&stack.name.text, phase, &resource.common.name, None);
                    ignored.insert(address, resource.ignore.clone());
                }
            }
        }
        ignored
    }

    /// The graph of one environment: every instance of every stack, and the edges between them.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn environment(&self, name: &str) -> Result<Environment, Diagnostics> {
        expand::environment(&self.files, &self.registry, name)
    }
}
