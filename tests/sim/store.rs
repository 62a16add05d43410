//! A store whose puts go wrong in every way that real ones do.

use async_trait::async_trait;
use ninefold::world::World;
use object_store::path::Path;
use object_store::{Error, ObjectStore, PutOptions, PutPayload, PutResult, Result};

use crate::hooked::PutHook;

/// Of a thousand puts, so many go wrong in some way.
const FAULTS_PER_MILLE: u64 = 80;
/// How long a put takes that hangs, at most: longer than a lease lives.
const LONGEST_HANG_MS: u64 = 240_000;

/// Delays puts, loses them and their answers, and answers that our own first try is somebody else's.
#[derive(Debug)]
pub struct Shaky(pub World);

impl Shaky {
    async fn pause(&self, at_most_ms: u64) {
        self.0.sleep(std::time::Duration::from_millis(1 + self.0.random_below(at_most_ms))).await;
    }
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
        let passing = |text: &str| Err(Error::Generic { store: "Shaky", source: text.into() });
        let exists = || Err(Error::AlreadyExists { path: key.to_string(), source: "conflict".into() });
        self.pause(10).await;
        let fault = if self.0.random_below(1_000) < FAULTS_PER_MILLE { self.0.random_below(6) } else { 6 };
        match fault {
            // Nothing happens, and the answer says so, or that there is one already.
            0 => return passing("503 slow down"),
            1 => return exists(),
            // Hangs, and is carried out all the same.
            2 => self.pause(LONGEST_HANG_MS).await,
            _ => {}
        }
        let put = inner.put_opts(key, payload, options).await;
        match fault {
            3 => passing("connection reset"),
            4 => exists(),
            // The answer takes its time.
            5 => {
                self.pause(LONGEST_HANG_MS).await;
                put
            }
            _ => {
                self.pause(10).await;
                put
            }
        }
    }
}
