//! A store whose puts go wrong in every way that real ones do.

use std::sync::Arc;

use async_trait::async_trait;
use futures::channel::oneshot;
use ninefold::world::World;
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutOptions, PutPayload, PutResult, Result};

use crate::hooked::PutHook;
use crate::ledger::{Fault, Watch};
use crate::wire::Far;

/// How long a put takes that hangs, at most: longer than a lease lives.
const LONGEST_HANG_MS: u64 = 240_000;

/// Delays puts, loses them and their answers, and answers that our own first try is somebody else's.
#[derive(Debug)]
pub struct Shaky {
    pub world: World,
    pub watch: Watch,
    /// Of a thousand puts, so many go wrong in some way.
    pub faults_per_mille: u64,
    /// Where puts are carried out that were sent, whether or not somebody waits for the answer. Without,
    /// they end with their process.
    pub far: Option<(Far, Arc<dyn ObjectStore>)>,
}

impl Shaky {
    fn draw(&self) -> Option<Fault> {
        if self.world.random_below(1_000) >= self.faults_per_mille {
            return None;
        }
        Some(match self.world.random_below(6) {
            0 => Fault::PutRefused,
            1 => Fault::PutRefusedAsAnothers,
            2 => Fault::PutDelayed,
            3 => Fault::PutAnswerLost,
            4 => Fault::PutTakenForAnothers,
            _ => Fault::PutAnswerDelayed,
        })
    }

    async fn carry_out(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
        delay_ms: u64,
    ) -> Result<PutResult> {
        let Some((far, store)) = &self.far else {
            pause(&self.world, delay_ms).await;
            return inner.put_opts(key, payload, options).await;
        };
        let (answer, answered) = oneshot::channel();
        let (world, store, key) = (self.world.clone(), store.clone(), key.clone());
        far.send(Box::pin(async move {
            pause(&world, delay_ms).await;
            // Who asked may be gone.
            let _ = answer.send(store.put_opts(&key, payload, options).await);
        }));
        answered.await.unwrap_or_else(|_| passing("the far end is gone"))
    }
}

async fn pause(world: &World, at_most_ms: u64) {
    world.sleep(std::time::Duration::from_millis(1 + world.random_below(at_most_ms))).await;
}

fn passing(text: &str) -> Result<PutResult> {
    Err(Error::Generic { store: "Shaky", source: text.into() })
}

#[async_trait]
impl PutHook for Shaky {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let exists = || Err(Error::AlreadyExists { path: key.to_string(), source: "conflict".into() });
        pause(&self.world, 10).await;
        let fault = self.draw();
        if let Some(fault) = fault {
            self.watch.count(fault);
        }
        let delay_ms = match fault {
            Some(Fault::PutRefused) => return passing("503 slow down"),
            Some(Fault::PutRefusedAsAnothers) => return exists(),
            Some(Fault::PutDelayed) => LONGEST_HANG_MS,
            _ => 10,
        };
        let put = self.carry_out(inner, key, payload, options, delay_ms).await;
        match fault {
            Some(Fault::PutAnswerLost) => passing("connection reset"),
            Some(Fault::PutTakenForAnothers) => exists(),
            Some(Fault::PutAnswerDelayed) => {
                pause(&self.world, LONGEST_HANG_MS).await;
                put
            }
            _ => {
                pause(&self.world, 10).await;
                put
            }
        }
    }
}
