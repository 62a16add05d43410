//! The nodes of an environment's graph, and the one door through which their fields are worked out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Graph, NodeIndex};
use crate::model::{Address, Connection, Diagnostics, FieldPath, Location, Resource, Scope, Value};

/// One instance of a resource or of a check.
#[derive(Debug, Clone)]
pub struct Instance {
    pub address: Address,
    pub body: Body,
    /// The lines that declare it.
    pub at: Location,
    /// The name of the AWS region it lives in.
    pub region: Option<Arc<str>>,
    /// The cluster that it lives in.
    pub cluster: Option<NodeIndex>,
}

impl Instance {
    /// Where it lives, as far as the cluster is there that it lives in: `resource` tells what an
    /// address stands for.
    ///
    /// # Errors
    /// Why its cluster can't be reached.
    pub fn scope(
        &self,
        graph: &Graph<Instance>,
        resource: impl FnOnce(&Address) -> Option<Arc<Resource>>,
    ) -> Result<Scope, String> {
        let region = self.region.as_deref().map(str::to_owned);
        let Some(cluster) = self.cluster else { return Ok(Scope { region, cluster: None }) };
        let address = &graph.node(cluster).address;
        let resource = resource(address).ok_or_else(|| format!("its cluster {address} isn't there yet"))?;
        let connection = Connection::of(&resource)
            .ok_or_else(|| format!("its cluster {address} has no endpoint to connect to yet"))?;
        Ok(Scope { region, cluster: Some(connection) })
    }
}

/// What an instance is.
#[derive(Debug, Clone)]
pub enum Body {
    Resource {
        kind: Arc<str>,
        /// It outlives the deletion of its lines, and is never deleted or replaced.
        protect: bool,
        /// The thing itself stays when the resource goes.
        retain: bool,
        /// It is only read, never changed: the id to read it by.
        lookup: Option<Arc<str>>,
        /// The id of an existing thing to take over.
        adopt: Option<Arc<str>>,
        ignore: Arc<[Ignore]>,
        replace: ReplaceOrder,
        timeouts: Timeouts,
    },
    Check(CheckBody),
}

/// What a check asks for beyond its probe.
#[derive(Debug, Clone)]
pub struct CheckBody {
    /// The name of the probe, such as `kubernetes`, `http`, `sql`.
    pub probe: Arc<str>,
    /// The resource whose attribute it asks for.
    pub subject: Option<NodeIndex>,
    /// How long it may take to become true.
    pub within: Duration,
    /// How old its evidence may be before an apply asks again.
    pub every: Option<Duration>,
}

/// A field that others own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    pub path: FieldPath,
    /// Why it is not ours.
    pub reason: String,
    /// The last day, as `2026-12-31`, on which it counts.
    pub until: Option<String>,
}

impl Ignore {
    /// The fields that others own on a day, such as `2026-11-22`.
    #[must_use]
    pub fn in_force(entries: &[Ignore], today: &str) -> Vec<FieldPath> {
        entries
            .iter()
            // Dates of this form compare as text.
            .filter(|entry| entry.until.as_deref().is_none_or(|until| today <= until))
            .map(|entry| entry.path.clone())
            .collect()
    }
}

/// In which order a replacement goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplaceOrder {
    #[default]
    DeleteFirst,
    CreateFirst,
}

/// How long each operation may take before it counts as failed; where absent, three times what is
/// typical of the kind and at least ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeouts {
    pub create: Option<Duration>,
    pub update: Option<Duration>,
    pub delete: Option<Duration>,
}

/// What others may read of an instance: its attributes, as far as they are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// Whether attributes that aren't listed will be known only after apply; otherwise they have
    /// no value.
    pub others_unknown: bool,
}

/// What an instance asks for, worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The spec of a resource, the question of a check.
    pub value: Value,
    /// Attributes that were read, and that only a fingerprint is known of: what reads one as it is has
    /// that by type, and what does anything else with one is unknown.
    pub stood_in: Vec<StoodIn>,
}

/// One attribute that an evaluation read, and that only a fingerprint is known of.
#[derive(Debug, Clone, PartialEq)]
pub struct StoodIn {
    /// The instance that has it.
    pub node: NodeIndex,
    /// Such as `platform/vault.token.value`.
    pub path: String,
    /// The expression that reads it.
    pub at: Location,
}

/// Works out the fields of instances, given what is known of those that they read. Implemented by
/// the workspace; the planner and the executor only walk.
pub trait Evaluate: Send + Sync {
    /// Says what is known of an instance from now on.
    fn provide(&self, index: NodeIndex, known: Known);

    /// Works out what an instance asks for.
    ///
    /// # Errors
    /// Everything in its expressions that fails, with its place.
    fn evaluate(&self, index: NodeIndex) -> Result<Evaluated, Diagnostics>;

    /// The place in the workspace that sets a field of an instance.
    fn locate(&self, index: NodeIndex, path: &FieldPath) -> Location;
}
