//! Everything that a plan is made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::{Evaluate, Graph, Instance, NodeIndex};
use crate::kinds::Registry;
use crate::model::{Address, Deposed, Diagnostics, Digest, Json, Resource};

/// What the configuration, the state and the world say of one environment.
pub struct Input<'a> {
    pub environment: &'a str,
    /// Of every text that the graph was made of.
    pub configuration: Digest,
    pub graph: &'a Graph<Instance>,
    pub order: &'a [NodeIndex],
    pub evaluate: &'a dyn Evaluate,
    pub kinds: &'a Registry,
    /// Old and new addresses.
    pub moved: &'a [(Address, Address)],
    pub serial: u64,
    pub resources: &'a BTreeMap<Address, Arc<Resource>>,
    pub deposed: &'a BTreeMap<Address, Vec<Deposed>>,
    /// What reading each resource of the state gave, and each that is looked up or adopted. One
    /// that isn't here was not read: what state knows of it counts.
    pub refreshed: &'a BTreeMap<Address, Refreshed>,
    /// The checks whose evidence is still good.
    pub proven: &'a BTreeSet<Address>,
    pub selection: &'a Selection,
    /// The day, as `2026-11-22`: what `ignore: { until }` is compared with.
    pub today: &'a str,
    /// The keyed fingerprint of a value that must not be written.
    pub fingerprint: &'a (dyn Fn(&Json) -> String + Sync),
    /// How a place in the workspace is written: `phases/1-cluster.yaml:12:5`.
    pub display: &'a dyn Fn(crate::model::Location) -> String,
}

/// What reading a resource gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Refreshed {
    /// Its attributes.
    Found(Json),
    /// It isn't there.
    Gone,
    /// It couldn't be read; nothing is concluded from that.
    Unreadable { why: String },
}

/// What is acted on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub stacks: BTreeSet<String>,
    pub phases: BTreeSet<String>,
    /// These, and what they wait for.
    pub only: Vec<Address>,
    /// Not these, nor what waits for them.
    pub exclude: Vec<Address>,
    /// These are replaced whether they differ or not.
    pub replace: Vec<Address>,
    /// Everything goes.
    pub destroy: bool,
}

impl Selection {
    /// Whether nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.stacks.is_empty() && self.phases.is_empty() && self.only.is_empty() && self.exclude.is_empty()
    }

    /// Whether an address is admitted by itself, apart from what it waits for or what waits for it.
    #[must_use]
    pub fn admits(&self, address: &Address) -> bool {
        let stack = self.stacks.is_empty() || self.stacks.contains(address.stack());
        let phase =
            self.phases.is_empty() || address.phase().is_some_and(|phase| self.phases.contains(phase));
        let only = self.only.is_empty() || self.only.iter().any(|pattern| address.is_within(pattern));
        stack && phase && only && !self.exclude.iter().any(|pattern| address.is_within(pattern))
    }
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    /// The configuration has faults that show only with the state.
    Faults(Diagnostics),
    /// The plan would do what must not be done.
    Refused(Vec<Refused>),
}

/// One thing that a plan must not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub address: Address,
    pub why: String,
    /// The line that asks for it, where there is one.
    pub source: Option<String>,
    pub help: String,
}
