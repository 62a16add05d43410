//! `verify`: asks every check of an environment, now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};

use super::ask::{Asked, Asker};
use super::evidence::{Evidence, Provenance, Record, Verdict};
use super::judge::Seen;
use super::log::{EvidenceError, EvidenceLog};
use crate::graph::{Body, CheckBody, Evaluate, Graph, Instance, Known, NodeIndex};
use crate::kinds::Registry;
use crate::model::{Address, Connection, Json, Resource, Scope};
use crate::world::World;

/// The environment that is verified.
pub struct Verify<'a> {
    pub world: &'a World,
    pub asker: Asker<'a>,
    pub graph: &'a Graph<Instance>,
    pub evaluate: &'a dyn Evaluate,
    pub kinds: &'a Registry,
    pub environment: &'a str,
    /// What was applied.
    pub resources: &'a BTreeMap<Address, Arc<Resource>>,
    pub log: &'a EvidenceLog,
    /// Whether a check that hasn't passed is asked again within its `within`.
    pub wait: bool,
}

/// What verifying gave.
#[derive(Debug)]
pub struct Verification {
    pub environment: String,
    /// Where figures have to come from to count.
    pub needed: Provenance,
    /// In the graph's order.
    pub checks: Vec<Checked>,
    pub took_ms: u64,
    /// What couldn't be kept as evidence.
    pub faults: Vec<EvidenceError>,
}

/// What one check said.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    pub address: Address,
    pub evidence: Evidence,
}

/// How many checks are asked at once.
const AT_ONCE: usize = 32;

/// How long after an answer that isn't the wanted one a check is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(10);

impl Verification {
    /// Whether every check has passed, with figures that count.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        self.checks.iter().all(|checked| self.satisfies(checked))
    }

    #[must_use]
    pub fn satisfies(&self, checked: &Checked) -> bool {
        checked.evidence.satisfies(self.needed)
    }

    /// How many checks gave a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|checked| checked.evidence.verdict == verdict).count()
    }
}

/// Asks the selected checks at once, and keeps what they say.
pub async fn verify(
    setting: &Verify<'_>,
    records: &BTreeMap<Address, Record>,
    is_selected: &(dyn Fn(&Address) -> bool + Sync),
) -> Verification {
    let started = setting.world.now();
    setting.provide();
    let checks: Vec<(NodeIndex, &Instance, &CheckBody)> = setting
        .graph
        .nodes()
        .filter_map(|(index, node)| match &node.body {
            Body::Check(check) if is_selected(&node.address) => Some((index, node, check)),
            _ => None,
        })
        .collect();
    let asking = stream::iter(checks).map(|(index, node, check)| async move {
        let evidence = setting.check(index, node, check).await;
        let kept = setting.log.keep(&node.address, evidence.clone(), records.get(&node.address)).await;
        (Checked { address: node.address.clone(), evidence }, kept.err())
    });
    let answers: Vec<(Checked, Option<EvidenceError>)> = asking.buffered(AT_ONCE).collect().await;
    let (checks, faults): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
    let took = setting.world.now().since(started);
    Verification {
        environment: setting.environment.to_owned(),
        needed: setting.asker.provenance,
        checks,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        faults: faults.into_iter().flatten().collect(),
    }
}

impl Verify<'_> {
    /// Lets questions read what was applied.
    fn provide(&self) {
        for (index, node) in self.graph.nodes() {
            let Body::Resource { kind, .. } = &node.body else { continue };
            let known = match (self.resources.get(&node.address), self.kinds.get(kind)) {
                (Some(resource), Some(kind)) => crate::plan::known::of_observed(
                    kind.as_ref(),
                    &resource.observed.read(),
                    Some(&resource.recorded.read()),
                ),
                _ => Known { others_unknown: true, ..Known::default() },
            };
            self.evaluate.provide(index, known);
        }
    }

    async fn check(&self, index: NodeIndex, node: &Instance, check: &CheckBody) -> Evidence {
        let (question, seen) = match self.question(index, node, check) {
            Ok((question, scope)) => {
                let seen = self.ask(check, scope, &question).await;
                (question, seen)
            }
            Err(why) => (Json::Null, Seen::unanswerable(why)),
        };
        Evidence::of(&check.probe, question, seen, self.asker.provenance, self.world.unix_ms())
    }

    async fn ask(&self, check: &CheckBody, scope: Scope, question: &Json) -> Seen {
        let subject = check.subject.and_then(|subject| self.resources.get(&self.graph.node(subject).address));
        let asked = Asked { probe: &check.probe, scope, question, subject: subject.map(AsRef::as_ref) };
        let started = self.world.now();
        loop {
            let seen = self.asker.ask(&asked).await;
            let is_over = self.world.now().since(started) + ASK_AGAIN > check.within;
            if !self.wait || seen.verdict == Verdict::Passed || seen.is_final || is_over {
                return seen;
            }
            self.world.sleep(ASK_AGAIN).await;
        }
    }

    /// What is asked and where, or why nothing can be.
    fn question(
        &self,
        index: NodeIndex,
        node: &Instance,
        check: &CheckBody,
    ) -> Result<(Json, Scope), String> {
        let not_there = |address: &Address| format!("{address} isn't there: apply it first");
        for needed in [node.cluster, check.subject].into_iter().flatten() {
            let address = &self.graph.node(needed).address;
            if !self.resources.contains_key(address) {
                return Err(not_there(address));
            }
        }
        let value = match self.evaluate.evaluate(index) {
            Ok(evaluated) => evaluated.value,
            Err(faults) => {
                let first = faults.iter().next().map_or_else(String::new, |fault| fault.message.clone());
                return Err(format!("its question can't be worked out: {first}"));
            }
        };
        let Some(question) = value.reveal() else {
            let missing =
                self.graph.dependencies(index).iter().map(|edge| self.graph.node(edge.to)).find(|node| {
                    matches!(node.body, Body::Resource { .. }) && !self.resources.contains_key(&node.address)
                });
            return Err(match missing {
                Some(node) => not_there(&node.address),
                None => "what it asks about isn't known: apply first".to_owned(),
            });
        };
        Ok((without_nulls(question), self.scope(node)?))
    }

    fn scope(&self, node: &Instance) -> Result<Scope, String> {
        let region = node.region.as_deref().map(str::to_owned);
        let Some(cluster) = node.cluster else { return Ok(Scope { region, cluster: None }) };
        let address = &self.graph.node(cluster).address;
        let connection = self.resources.get(address).and_then(|cluster| Connection::of(cluster));
        match connection {
            Some(connection) => Ok(Scope { region, cluster: Some(connection) }),
            None => Err(format!("{address} has no endpoint to connect to")),
        }
    }
}

/// A field that is null isn't asked at all.
fn without_nulls(question: Json) -> Json {
    match question {
        Json::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}
