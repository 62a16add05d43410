//! The configuration: phases, stacks and environments, read into one graph for each environment.
//!
//! YAML is parsed first and evaluated after. References are read off the syntax trees of
//! expressions and become edges between instances; unknown and sensitive values are tracked by what
//! an evaluation reads. Nothing here knows a plan, a state or a target.

mod declaration;
mod digest;
mod edges;
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

use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use form::{FormError, form};
pub use schema::schema;

use crate::kinds::Registry;
use crate::model::{Diagnostics, Sources};

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

    /// The graph of one environment: every instance of every stack, and the edges between them.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn environment(&self, name: &str) -> Result<Environment, Diagnostics> {
        expand::environment(&self.files, &self.registry, name)
    }
}
