//! The checks that an apply waits for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::ask::{Asked, Asker};
use super::evidence::{Evidence, Record, Verdict};
use super::log::{EvidenceError, EvidenceLog};
use crate::apply::{Gate, GateAnswer, GateQuestion};
use crate::model::Address;
use crate::world::World;

/// Asks checks for an apply, and keeps what they say.
pub struct CheckGate<'a> {
    world: &'a World,
    asker: Asker<'a>,
    log: &'a EvidenceLog,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    records: BTreeMap<Address, Record>,
    /// What each check of this run said last.
    said: BTreeMap<Address, Evidence>,
    faults: Vec<EvidenceError>,
}

impl<'a> CheckGate<'a> {
    /// `records` is what is kept already.
    #[must_use]
    pub fn new(
        world: &'a World,
        asker: Asker<'a>,
        log: &'a EvidenceLog,
        records: BTreeMap<Address, Record>,
    ) -> Self {
        Self { world, asker, log, shared: Mutex::new(Shared { records, ..Shared::default() }) }
    }

    /// What couldn't be kept: the checks in question are asked again next time.
    #[must_use]
    pub fn faults(self) -> Vec<EvidenceError> {
        self.shared.into_inner().unwrap_or_else(PoisonError::into_inner).faults
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Nothing panics while it holds the lock.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn keep(&self, address: &Address, evidence: Evidence) {
        let before = self.lock().records.get(address).cloned();
        match self.log.keep(address, evidence, before.as_ref()).await {
            Ok(record) => {
                self.lock().records.insert(address.clone(), record);
            }
            Err(fault) => self.lock().faults.push(fault),
        }
    }
}

#[async_trait]
impl Gate for CheckGate<'_> {
    async fn ask(&self, question: &GateQuestion<'_>) -> GateAnswer {
        let asked = Asked {
            probe: &question.check.probe,
            scope: question.scope.clone(),
            question: question.question,
            subject: question.subject.as_deref(),
        };
        let seen = self.asker.ask(&asked).await;
        let (verdict, text, is_final) = (seen.verdict, seen.text.clone(), seen.is_final);
        let at_unix_ms = self.world.unix_ms();
        let provenance = self.asker.provenance;
        let evidence =
            Evidence::of(&question.check.probe, question.question.clone(), seen, provenance, at_unix_ms);
        let before = self.lock().said.insert(question.address.clone(), evidence.clone());
        if verdict == Verdict::Passed {
            return GateAnswer::Passed { seen: text };
        }
        // A check is asked many times until it passes: only its first failure is kept, so that
        // what it proved before proves nothing any more.
        if before.is_none_or(|before| before.verdict != verdict) {
            self.keep(question.address, evidence).await;
        }
        if is_final { GateAnswer::Unanswerable { why: text } } else { GateAnswer::NotYet { seen: text } }
    }

    async fn passed(&self, address: &Address, seen: &str) {
        let said = self.lock().said.get(address).filter(|said| said.seen == seen).cloned();
        // Only what was asked here can have passed here.
        if let Some(evidence) = said {
            self.keep(address, evidence).await;
        }
    }
}
