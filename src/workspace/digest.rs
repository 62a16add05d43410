//! The digest of everything that an environment is made of: what a saved plan is held against.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::files::{EnvironmentFile, Files};
use crate::model::{Digest, SourceId};

/// The digest of every text that an environment is made of.
pub(super) fn digest(files: &Files, file: &EnvironmentFile) -> Digest {
    let others: BTreeSet<SourceId> = files
        .environments
        .values()
        .map(|other| other.source)
        .filter(|source| *source != file.source)
        .chain(of_others(&files.evidence, &file.name.text))
        .chain(files.stacks.values().flat_map(|stack| of_others(&stack.refinements, &file.name.text)))
        .collect();
    let mut bytes = Vec::new();
    let mut add = |name: &str, text: &str| {
        for part in [name, text] {
            bytes.extend_from_slice(&part.len().to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
    };
    add("environment", &file.name.text);
    for (index, (path, text)) in files.sources.iter().enumerate() {
        if !others.contains(&SourceId(u32::try_from(index).unwrap_or(u32::MAX))) {
            add(&path.to_string_lossy(), text);
        }
    }
    Digest::of(&bytes)
}

/// The texts that are those of other environments.
fn of_others<'a, T>(
    texts: &'a BTreeMap<Arc<str>, (SourceId, T)>,
    environment: &'a str,
) -> impl Iterator<Item = SourceId> + 'a {
    texts.iter().filter(move |(name, _)| name.as_ref() != environment).map(|(_, (source, _))| *source)
}
