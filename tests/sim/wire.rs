//! Requests that go on when whoever made them doesn't: a request that was sent has its effect, whether or not
//! somebody waits for the answer.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::channel::{mpsc, oneshot};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use ninefold::kinds::{
    Answer, CallError, Changes, Created, Filter, Goal, Intent, Presence, Probe, ProbeResult, Reading,
    Settling, Target,
};
use ninefold::model::{Json, PhysicalId, Scope, SecretReference};

/// The far end of the wire, which calls and puts run at.
#[derive(Debug)]
pub struct Server {
    sent: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>,
}

/// The near end: what is sent there is carried out.
#[derive(Debug, Clone)]
pub struct Far(Arc<Mutex<mpsc::UnboundedSender<BoxFuture<'static, ()>>>>);

impl Far {
    pub fn send(&self, request: BoxFuture<'static, ()>) {
        // The far end lives as long as any process does.
        self.0.lock().unwrap().unbounded_send(request).unwrap();
    }
}

/// A wire and its far end.
pub fn wire() -> (Far, Server) {
    let (sender, sent) = mpsc::unbounded();
    (Far(Arc::new(Mutex::new(sender))), Server { sent })
}

impl Server {
    /// Carries requests out while processes work, and ends those that are under way when they don't any more.
    pub async fn serve(mut self, work: impl Future<Output = ()>) {
        let mut work = std::pin::pin!(work.fuse());
        let mut running = FuturesUnordered::new();
        let mut is_over = false;
        while !is_over {
            futures::select_biased! {
                () = work => is_over = true,
                call = self.sent.select_next_some() => running.push(call),
                () = running.select_next_some() => {}
            }
        }
        while let Ok(call) = self.sent.try_recv() {
            running.push(call);
        }
        while running.next().await.is_some() {}
    }
}

/// A target at the far end.
pub struct Wired {
    pub target: Arc<dyn Target>,
    pub far: Far,
}

impl Wired {
    async fn send<T: Send + 'static>(
        &self,
        call: impl Future<Output = Answer<T>> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        self.far.send(Box::pin(async move {
            let _ = answer.send(call.await);
        }));
        answered
            .await
            .unwrap_or_else(|_| Err(CallError::unanswered("ConnectionReset", "the far end is gone")))
    }
}

#[async_trait]
impl Reading for Wired {
    async fn find(&self, intent: &Intent, spec: &Json) -> Answer<Presence> {
        self.target.find(intent, spec).await
    }

    async fn read_many(&self, kind: &str, scope: &Scope, ids: &[PhysicalId]) -> Vec<Answer<Option<Json>>> {
        self.target.read_many(kind, scope, ids).await
    }

    async fn list(&self, kind: &str, scope: &Scope, filter: &Filter) -> Answer<Vec<PhysicalId>> {
        self.target.list(kind, scope, filter).await
    }

    async fn settle(&self, kind: &str, scope: &Scope, id: &PhysicalId, goal: Goal) -> Answer<Settling> {
        self.target.settle(kind, scope, id, goal).await
    }

    async fn probe(&self, probe: &Probe) -> Answer<ProbeResult> {
        self.target.probe(probe).await
    }

    async fn secret(&self, reference: &SecretReference, scope: &Scope) -> Answer<String> {
        self.target.secret(reference, scope).await
    }
}

#[async_trait]
impl Target for Wired {
    async fn create(&self, intent: &Intent, spec: &Json) -> Answer<Created> {
        let (target, intent, spec) = (self.target.clone(), intent.clone(), spec.clone());
        self.send(async move { target.create(&intent, &spec).await }).await
    }

    async fn update(
        &self,
        intent: &Intent,
        id: &PhysicalId,
        observed: &Json,
        changes: &Changes,
    ) -> Answer<()> {
        let (target, intent, id) = (self.target.clone(), intent.clone(), id.clone());
        let (observed, changes) = (observed.clone(), changes.clone());
        self.send(async move { target.update(&intent, &id, &observed, &changes).await }).await
    }

    async fn delete(&self, intent: &Intent, id: &PhysicalId, recorded: &Json) -> Answer<()> {
        let (target, intent, id, recorded) =
            (self.target.clone(), intent.clone(), id.clone(), recorded.clone());
        self.send(async move { target.delete(&intent, &id, &recorded).await }).await
    }

    async fn mark(&self, intent: &Intent, id: &PhysicalId) -> Answer<()> {
        let (target, intent, id) = (self.target.clone(), intent.clone(), id.clone());
        self.send(async move { target.mark(&intent, &id).await }).await
    }
}
