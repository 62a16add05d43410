//! Every object of the log that was ever put, also those that are deleted since.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ninefold::state::{LogObject, Record};
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload, PutResult, Result};

use crate::hooked::PutHook;
use crate::ledger::{Event, Ledger};

#[derive(Debug, Clone)]
pub struct Recorder {
    ledger: Ledger,
    log: Arc<Mutex<Vec<LogObject>>>,
}

#[async_trait]
impl PutHook for Recorder {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let is_new = options.mode == PutMode::Create;
        let put = inner.put_opts(key, payload.clone(), options).await;
        if put.is_ok() && key.as_ref().contains("/log/") {
            let bytes: Vec<u8> = payload.iter().flat_map(|part| part.to_vec()).collect();
            self.record(serde_json::from_slice(&bytes).unwrap(), is_new);
        }
        put
    }
}

impl Recorder {
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger, log: Arc::default() }
    }

    fn record(&self, object: LogObject, is_new: bool) {
        let mut log = self.log.lock().unwrap();
        if is_new && log.iter().any(|other| other.serial == object.serial) {
            // What was there was pruned, because of a snapshot of what comes after it: nobody reads this.
            return self.ledger.tell(Event::Buried, 1);
        }
        log.push(object);
    }

    /// What is wrong with all that was ever written.
    pub fn faults(&self) -> Vec<String> {
        let mut log = self.log.lock().unwrap().clone();
        log.sort_by_key(|object| object.serial);
        let mut faults = misplaced(&log);
        if log.first().is_some_and(|first| first.serial != 1) {
            faults.push("the log doesn't begin with its first object".to_owned());
        }
        faults
    }
}

/// Every gap and every fork of a log, and everything that was written by who wasn't the last to begin
/// an epoch.
pub fn misplaced(log: &[LogObject]) -> Vec<String> {
    let mut faults = Vec::new();
    for pair in log.windows(2) {
        if pair[1].serial != pair[0].serial + 1 {
            faults.push(format!("a gap or a fork: serial {} follows {}", pair[1].serial, pair[0].serial));
        }
    }
    // Of a log whose beginning was pruned, nobody knows who wrote before its first epoch.
    let mut writer: Option<&str> = None;
    for object in log {
        if object.records.iter().any(|record| matches!(record, Record::Epoch { .. })) || object.serial == 1 {
            writer = Some(&object.writer);
        }
        if let Some(writer) = writer
            && object.writer != writer
        {
            faults.push(format!("{} wrote serial {} in the epoch of {writer}", object.writer, object.serial));
        }
    }
    faults
}
