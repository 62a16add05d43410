//! Texts of the workspace and places within them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which text of [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// A stretch of a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    pub source: SourceId,
    /// Offset of the first byte, from the start of the text.
    pub offset: u32,
    /// Length in bytes; 0 marks a point.
    pub length: u32,
    /// Line of the first character, from 1.
    pub line: u32,
    /// Column of the first character, from 1, in characters.
    pub column: u32,
}

#[derive(Debug, Clone)]
struct Source {
    path: PathBuf,
    text: Arc<str>,
}

/// The texts that diagnostics point into, by path relative to the workspace.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).unwrap_or(u32::MAX));
        self.0.push(Source { path: path.into(), text: text.into() });
        id
    }

    /// The path of a text, relative to the workspace.
    #[must_use]
    pub fn path(&self, id: SourceId) -> Option<&Path> {
        self.0.get(id.0 as usize).map(|source| source.path.as_path())
    }

    #[must_use]
    pub fn text(&self, id: SourceId) -> Option<&Arc<str>> {
        self.0.get(id.0 as usize).map(|source| &source.text)
    }

    /// `phases/1-cluster.yaml:12:5`, as editors and terminals link it.
    #[must_use]
    pub fn display(&self, at: Location) -> String {
        let path = self.path(at.source).map_or("?".into(), Path::to_string_lossy);
        format!("{path}:{}:{}", at.line, at.column)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Arc<str>)> {
        self.0.iter().map(|source| (source.path.as_path(), &source.text))
    }
}
