//! The kinds that there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kind::Erased;
use super::{AnyKind, Kind};

/// Every kind by its name.
#[derive(Clone, Default)]
pub struct Registry(BTreeMap<&'static str, Arc<dyn AnyKind>>);

impl Registry {
    /// All kinds of Ninefold.
    #[must_use]
    pub fn all() -> Self {
        let mut registry = Self::default();
        super::core::register(&mut registry);
        super::local::register(&mut registry);
        super::aws::register(&mut registry);
        super::kubernetes::register(&mut registry);
        super::helm::register(&mut registry);
        registry
    }

    /// Adds a kind.
    pub fn add<K: Kind>(&mut self) -> &mut Self {
        let previous = self.0.insert(K::TYPE, Arc::new(Erased::<K>::new()));
        debug_assert!(previous.is_none(), "two kinds are called {}", K::TYPE);
        self
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<dyn AnyKind>> {
        self.0.get(name)
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn AnyKind>> {
        self.0.values()
    }
}
