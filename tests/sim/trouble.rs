//! Calls that aren't answered in time, and a tally of what else befalls them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ninefold::kinds::{
    Answer, CallError, Changes, Created, Filter, Goal, Intent, Presence, Probe, ProbeResult, Reading,
    Settling, Target,
};
use ninefold::model::{Json, PhysicalId, Scope, SecretReference};
use ninefold::targets::sandbox::Sandbox;
use ninefold::world::World;

use crate::bench::LONGEST_CALL;
use crate::ledger::{Fault, Watch};

/// What an effect that comes late leaves of the longest call: the sandbox may take its own time.
const TAKES_AT_MOST: Duration = Duration::from_secs(31);
/// Work that takes longer than that has stalled.
const STALLED_MS: u64 = 3_600_000;

/// A target whose changes aren't always answered in time.
pub struct Troubled {
    pub target: Arc<dyn Target>,
    pub sandbox: Sandbox,
    pub world: World,
    pub watch: Watch,
    /// Of a thousand changes, so many time out.
    pub timed_out_per_mille: u64,
    /// The creations that were seen to have failed.
    pub failed: Mutex<BTreeSet<String>>,
}

impl Troubled {
    /// Counts what the sandbox has done to a call.
    fn count<T>(&self, answer: &Answer<T>) {
        let Err(error) = answer else { return };
        self.watch.count(match &*error.code {
            "ThrottlingException" => Fault::Throttled,
            "InternalError" => Fault::ServerError,
            "RequestTimeout" => Fault::AnswerLost,
            _ => return,
        });
    }

    async fn change<T>(&self, id: Option<&PhysicalId>, call: impl Future<Output = Answer<T>>) -> Answer<T> {
        let is_over = Err(CallError::unanswered("RequestExpired", "the longest call is over"));
        if self.world.random_below(1_000) < self.timed_out_per_mille {
            if self.world.random_below(2) == 0 {
                self.watch.count(Fault::TimedOut);
                self.world.sleep(LONGEST_CALL).await;
            } else {
                self.watch.count(Fault::EffectLate);
                self.world.sleep(LONGEST_CALL.checked_sub(TAKES_AT_MOST).unwrap()).await;
                drop(call.await);
            }
            return is_over;
        }
        let answer = call.await;
        self.count(&answer);
        if answer.is_ok()
            && let Some(id) = id
        {
            self.look_whether_it_stalls(id);
        }
        answer
    }

    fn look_whether_it_stalls(&self, id: &PhysicalId) {
        if self.sandbox.faults().unwrap().stalled_per_mille == 0 {
            return;
        }
        let now_ms = self.sandbox.now_ms().unwrap();
        let objects = self.sandbox.objects().unwrap();
        if objects.iter().any(|object| object.key.id == *id && object.until_ms > now_ms + STALLED_MS) {
            self.watch.count(Fault::Stalled);
        }
    }
}

#[async_trait]
impl Reading for Troubled {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        let found = self.target.find(intent, spec).await;
        self.count(&found);
        if matches!(found, Ok(Presence::TooEarly(_))) {
            self.watch.count(Fault::Unseen);
        }
        found
    }

    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        let answers = self.target.read_many(kind, scope, ids).await;
        // A page is one call.
        if let Some(first) = answers.first() {
            self.count(first);
        }
        answers
    }

    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        let listed = self.target.list(kind, scope, filter).await;
        self.count(&listed);
        listed
    }

    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        let settling = self.target.settle(kind, scope, id, goal).await;
        self.count(&settling);
        if matches!(settling, Ok(Settling::Failed { .. }))
            && self.failed.lock().unwrap().insert(id.to_string())
        {
            self.watch.count(Fault::CreationFailed);
        }
        settling
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        self.target.probe(probe).await
    }

    async fn secret(&self, reference: &SecretReference, scope: &Scope) -> Answer<String> {
        self.target.secret(reference, scope).await
    }
}

#[async_trait]
impl Target for Troubled {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        let created = self.change(None, self.target.create(intent, spec)).await;
        if let Ok(created) = &created {
            self.look_whether_it_stalls(&created.id);
        }
        created
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        self.change(Some(id), self.target.update(intent, id, observed, changes)).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        self.change(Some(id), self.target.delete(intent, id, recorded)).await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        self.change(None, self.target.mark(intent, id)).await
    }
}
