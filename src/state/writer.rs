//! Appends to the log of an environment: group commit, and the fence.
//!
//! Whatever was queued while the last object was being put goes into the next one, and what nobody
//! waits for lingers a moment for company. An object is put only where there is none, at the next
//! serial: of two writers, one is refused by the store. The first object begins with an epoch, which
//! says that nobody who wrote before may go on.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::future::{Either, select};
use futures::{FutureExt as _, StreamExt as _};
use object_store::{Error, ObjectStore, PutMode, PutOptions};

use super::lease::Lease;
use super::log::{FORMAT_VERSION, Folder, SnapshotObject, decode, encode};
use super::prune::{KEPT, Pruned, prune};
use super::put::{put_new, unwritable};
use super::reader::{Loaded, Reader, Tail};
use super::{Claim, LogObject, Record, State, StateError, Waiting};
use crate::model::OperationId;
use crate::world::{Boundary, World};

/// How many commits go into one object at most.
const COMMITS_IN_ONE_OBJECT: usize = 1_000;
/// How long records wait for others that somebody waits for, to share their object.
const LINGER: Duration = Duration::from_millis(100);
/// How often a fence is put before who is thrown out counts as quicker.
const FENCES_AT_MOST: u32 = 8;

/// A log of less than this is read at once, and not worth a snapshot.
const TAIL_BYTES: u64 = 16 * 1024;

/// The writing half of state. Cloning it gives another handle to the same log.
#[derive(Debug, Clone)]
pub struct Writer {
    shared: Arc<Shared>,
    queue: mpsc::UnboundedSender<Queued>,
}

/// The work behind [`Writer`]s, to be joined with what uses them.
#[derive(Debug)]
pub struct WriterLoop {
    shared: Arc<Shared>,
    queue: mpsc::UnboundedReceiver<Queued>,
}

#[derive(Debug)]
struct Shared {
    reader: Reader,
    world: World,
    lease: Arc<Lease>,
    /// What the objects of this writer call it: the holder, and what no other process has.
    name: String,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    /// The state after what is durable.
    committed: State,
    /// The state after what is queued too: what a new commit has to fit.
    ahead: State,
    /// What begins the first object of this writer: it fences everybody before it.
    fence: Option<Record>,
    /// What lies between the two.
    unconfirmed: VecDeque<Arc<[Record]>>,
    /// Why nothing can be committed any more.
    failed: Option<StateError>,
    tail: Tail,
}

#[derive(Debug)]
struct Queued {
    records: Arc<[Record]>,
    /// Who waits for them to be durable.
    answer: Option<oneshot::Sender<Result<u64, StateError>>>,
}

impl Writer {
    /// Takes the lease of an environment, reads its state and gets ready to append to it. What another
    /// has left unfinished is fenced, and may be recovered at once; otherwise nothing is written to
    /// the log yet. `tell` learns what is waited for.
    ///
    /// # Errors
    /// As [`Reader::load`], and [`StateError::Locked`] when another holds the lease.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        environment: &str,
        world: World,
        claim: &Claim,
        tell: &(dyn Fn(Waiting) + Sync),
    ) -> Result<(Writer, WriterLoop), StateError> {
        let reader = Reader::new(store, environment);
        let (lease, loaded) = loop {
            let lease = Lease::take(&reader, &world, claim, tell).await?;
            let loaded = reader.load_with_tail().await?;
            if lease.epoch() > loaded.state.epoch {
                break (lease, loaded);
            }
            // Leases were deleted that this epoch belonged to: the next one may be free.
            lease.release(false).await?;
        };
        let (found, expected) = (loaded.state.serial, lease.serial());
        if found < expected {
            let key = Folder::Log.key(environment, found.saturating_add(1)).to_string();
            return Err(StateError::Shortened { key, found, expected });
        }
        Self::ready(lease, reader, world, claim, loaded, tell).await
    }

    /// As [`Writer::open`], but whatever the state is: goes on behind everything that is there as if the
    /// state were still what it was after `serial`. To make it so, commit [`Record::Set`] and write a
    /// snapshot, before which nobody reads anything.
    ///
    /// # Errors
    /// As [`Reader::at`], and [`StateError::Locked`] when another holds the lease.
    pub async fn open_at(
        store: Arc<dyn ObjectStore>,
        environment: &str,
        world: World,
        claim: &Claim,
        serial: u64,
        tell: &(dyn Fn(Waiting) + Sync),
    ) -> Result<(Writer, WriterLoop), StateError> {
        let reader = Reader::new(store, environment);
        let lease = Lease::take(&reader, &world, claim, tell).await?;
        let mut state = reader.at(serial).await?;
        state.serial = reader.last_serial().await?;
        let loaded = Loaded { state, tail: Tail::default() };
        Self::ready(lease, reader, world, claim, loaded, tell).await
    }

    /// Fences what another has left unfinished, and waits for its calls.
    async fn ready(
        lease: Lease,
        reader: Reader,
        world: World,
        claim: &Claim,
        loaded: Loaded,
        tell: &(dyn Fn(Waiting) + Sync),
    ) -> Result<(Writer, WriterLoop), StateError> {
        let (writer, writing) = Self::under(Arc::new(lease), reader, world, claim, loaded)?;
        if !writer.with_state(|state| state.open.is_empty()) {
            writing.fence().await?;
            let shared = &writer.shared;
            if let Some((of, time)) = shared.lease.calls_may_last.clone() {
                tell(Waiting::ForCalls { of, time });
                shared.world.steady_sleep(time).await;
                shared.lease.renew().await;
            }
        }
        Ok((writer, writing))
    }

    /// Takes the lease away from whoever holds it, and fences what they write.
    ///
    /// # Errors
    /// As [`Reader::load`].
    pub async fn throw_out(
        store: Arc<dyn ObjectStore>,
        environment: &str,
        world: World,
        claim: &Claim,
    ) -> Result<(), StateError> {
        let reader = Reader::new(store, environment);
        let lease = Arc::new(Lease::seize(&reader, &world, claim).await?);
        let mut tries = 0;
        loop {
            let loaded = reader.load_with_tail().await?;
            let (_writer, writing) =
                Self::under(lease.clone(), reader.clone(), world.clone(), claim, loaded)?;
            tries += 1;
            match writing.fence().await {
                // Who is thrown out may have been about to write; it is alive, and sees it next time.
                Err(StateError::Fenced { .. }) if tries < FENCES_AT_MOST => {}
                fenced => break fenced,
            }
        }?;
        lease.release(false).await
    }

    fn under(
        lease: Arc<Lease>,
        reader: Reader,
        world: World,
        claim: &Claim,
        Loaded { state, tail }: Loaded,
    ) -> Result<(Writer, WriterLoop), StateError> {
        let (holder, reason) = (claim.holder.clone(), claim.reason.clone());
        let fence = Record::Epoch { epoch: lease.epoch(), holder, reason };
        let mut ahead = state.clone();
        ahead.apply(&fence).map_err(StateError::Impossible)?;
        let progress = Progress {
            ahead,
            committed: state,
            fence: Some(fence),
            unconfirmed: VecDeque::new(),
            failed: None,
            tail,
        };
        let name = format!("{} {}", claim.holder, random_name(&world));
        let shared = Arc::new(Shared { reader, world, lease, name, progress: Mutex::new(progress) });
        let (sender, receiver) = mpsc::unbounded();
        Ok((Writer { shared: shared.clone(), queue: sender }, WriterLoop { shared, queue: receiver }))
    }

    /// To be asked before each call that changes the world: none may outlive the lease, because
    /// another may write by then.
    ///
    /// # Errors
    /// [`StateError::LeaseLost`], or why nothing can be committed any more.
    pub async fn may_call(&self) -> Result<(), StateError> {
        if let Some(error) = &self.shared.lock().failed {
            return Err(error.clone());
        }
        self.shared.lease.may_call().await
    }

    /// Queues records at once, to be written together and after those of all earlier calls; the
    /// future resolves to their serial when they are durable. Dropping it doesn't take them back.
    /// Without records it only waits for those of earlier calls.
    ///
    /// # Errors
    /// [`StateError::Impossible`] when they contradict the state: nothing of them is written then,
    /// and others go on. Any other error is for good: nothing can be committed any more.
    pub fn commit(
        &self,
        records: Vec<Record>,
    ) -> impl Future<Output = Result<u64, StateError>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let queued = self.enqueue(records, Some(answer));
        async move {
            queued?;
            answered.await.unwrap_or(Err(StateError::Stopped))
        }
    }

    /// Queues records that nobody waits for: they are durable with the next commit, or a tenth of a
    /// second later.
    ///
    /// # Errors
    /// As [`Writer::commit`], but for what happens to these records later: the next commit tells.
    pub fn queue(&self, records: Vec<Record>) -> Result<(), StateError> {
        self.enqueue(records, None)
    }

    /// Looks at the state after everything that is durable. `look` must not commit.
    pub fn with_state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.shared.lock().committed)
    }

    /// Writes a snapshot if the log has grown enough since the last one for the bytes of all
    /// snapshots to stay within a factor of the bytes of the log. Says whether it did.
    ///
    /// # Errors
    /// When the store refuses. The log is whole all the same.
    pub async fn snapshot_if_worth(&self) -> Result<bool, StateError> {
        let worth = self.shared.lock().tail.is_worth_a_snapshot();
        if worth {
            self.snapshot().await?;
        }
        Ok(worth)
    }

    /// Writes a snapshot of what is durable now.
    ///
    /// # Errors
    /// As [`Writer::snapshot_if_worth`].
    pub async fn snapshot(&self) -> Result<(), StateError> {
        let shared = &self.shared;
        let (state, covered) = {
            let progress = shared.lock();
            (progress.committed.clone(), progress.tail)
        };
        let environment = shared.reader.environment();
        let key = Folder::Snapshot.key(environment, state.serial);
        let text = encode(&SnapshotObject::of(&state, environment, &shared.name, shared.world.unix_ms()));
        let snapshot_bytes = text.len() as u64;
        let create = PutOptions::from(PutMode::Create);
        shared.world.reach(Boundary::SnapshotPutting).await;
        match shared.reader.store().put_opts(&key, text.into(), create).await {
            // One of the same serial is of the same log.
            Ok(_) | Err(Error::AlreadyExists { .. }) => {}
            Err(source) => return Err(unwritable(&key, source)),
        }
        shared.world.reach(Boundary::SnapshotDurable).await;
        // Two at once may cover the same part of the log.
        let tail = &mut shared.lock().tail;
        tail.bytes = tail.bytes.saturating_sub(covered.bytes);
        tail.snapshot_bytes = snapshot_bytes;
        Ok(())
    }

    /// Deletes what nobody needs any more of all that is older than `kept`, which is a week at least.
    ///
    /// # Errors
    /// When the store refuses, or the lease is lost. The state is whole all the same.
    pub async fn prune(&self, kept: Duration) -> Result<Pruned, StateError> {
        let shared = &self.shared;
        prune(&shared.reader, &shared.world, &shared.lease, kept.max(KEPT)).await
    }

    fn enqueue(
        &self,
        records: Vec<Record>,
        answer: Option<oneshot::Sender<Result<u64, StateError>>>,
    ) -> Result<(), StateError> {
        // The lock is held until it is queued, so that the queue has the order of the checks.
        let mut progress = self.shared.lock();
        if let Some(error) = &progress.failed {
            return Err(error.clone());
        }
        if let Err(error) = records.iter().try_for_each(|record| progress.ahead.apply(record)) {
            progress.look_ahead_anew();
            return Err(StateError::Impossible(error));
        }
        let records: Arc<[Record]> = records.into();
        progress.unconfirmed.push_back(records.clone());
        self.queue.unbounded_send(Queued { records, answer }).map_err(|_| StateError::Stopped)
    }
}

impl WriterLoop {
    /// Writes what is queued until every [`Writer`] is dropped, or until it can't write any more, and
    /// keeps the lease until then. Errors reach those who committed.
    pub async fn run(self) {
        let shared = self.shared.clone();
        // Losing the lease ends nothing by itself: what is queued has to be refused.
        let keeping = shared.lease.keep().then(|()| std::future::pending::<()>());
        select(pin!(self.write_all()), pin!(keeping)).await;
        let unfinished = !shared.lock().committed.open.is_empty();
        // Whoever comes next waits a little longer where this fails.
        let _ = shared.lease.release(unfinished).await;
    }

    /// Writes what fences everybody before this writer.
    async fn fence(&self) -> Result<(), StateError> {
        self.write(&[]).await.map(drop)
    }

    async fn write_all(mut self) {
        while let Some(first) = self.queue.next().await {
            let batch = self.batch(first).await;
            let written = self.write(&batch).await;
            let failed = written.is_err();
            for answer in batch.into_iter().filter_map(|queued| queued.answer) {
                // Who isn't interested any more has dropped the other end.
                let _ = answer.send(written.clone());
            }
            if failed {
                break;
            }
        }
        self.refuse_the_rest();
    }

    /// What goes into one object: all that is ready once somebody waits, or nobody has for a while.
    async fn batch(&mut self, first: Queued) -> Vec<Queued> {
        let mut batch = vec![first];
        let mut lingered = pin!(self.shared.world.sleep(LINGER));
        loop {
            // Everything else that is ready at this moment queues too, and shares the object.
            yield_once().await;
            while batch.len() < COMMITS_IN_ONE_OBJECT {
                let Ok(next) = self.queue.try_recv() else { break };
                batch.push(next);
            }
            let is_waited_for = batch.iter().any(|queued| queued.answer.is_some());
            if is_waited_for || batch.len() == COMMITS_IN_ONE_OBJECT {
                return batch;
            }
            match select(self.queue.next(), lingered.as_mut()).await {
                Either::Left((Some(next), _)) => batch.push(next),
                Either::Left((None, _)) | Either::Right(_) => return batch,
            }
        }
    }

    async fn write(&self, batch: &[Queued]) -> Result<u64, StateError> {
        let shared = &self.shared;
        let (last, fence) = {
            let progress = shared.lock();
            (progress.committed.serial, progress.fence.clone())
        };
        if !batch.is_empty() && batch.iter().all(|queued| queued.records.is_empty()) {
            shared.lock().unconfirmed.drain(..batch.len());
            return Ok(last);
        }
        let serial = last.saturating_add(1);
        let records = batch.iter().flat_map(|queued| queued.records.iter());
        let object = LogObject {
            format_version: FORMAT_VERSION,
            environment: shared.reader.environment().to_owned(),
            serial,
            writer: shared.name.clone(),
            nonce: random_name(&shared.world),
            unix_ms: shared.world.unix_ms(),
            records: fence.into_iter().chain(records.cloned()).collect(),
        };
        let text = Bytes::from(encode(&object));
        let put = match shared.lease.check() {
            Ok(()) => shared.put(&object, &text).await,
            Err(lost) => Err(lost),
        };
        // Who was suspended for days right before may have put it where others have pruned what would have
        // refused it.
        let put = put.and_then(|()| shared.lease.check());
        let mut progress = shared.lock();
        let confirmed = put.and_then(|()| progress.confirm(batch.len(), serial, text.len() as u64));
        if let Err(error) = &confirmed {
            progress.failed = Some(error.clone());
        }
        confirmed.map(|()| {
            shared.lease.wrote(serial);
            serial
        })
    }

    fn refuse_the_rest(&mut self) {
        self.queue.close();
        let error = self.shared.lock().failed.clone().unwrap_or(StateError::Stopped);
        while let Ok(queued) = self.queue.try_recv() {
            if let Some(answer) = queued.answer {
                let _ = answer.send(Err(error.clone()));
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        // Nothing panics while it holds the lock, so that the state behind a poisoned one is whole.
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn put(&self, object: &LogObject, text: &Bytes) -> Result<(), StateError> {
        let (environment, serial) = (self.reader.environment(), object.serial);
        let key = Folder::Log.key(environment, serial);
        self.world.reach(Boundary::RecordsPutting).await;
        match put_new(&self.reader, &self.world, &key, text).await? {
            None => {
                self.world.reach(Boundary::RecordsDurable).await;
                Ok(())
            }
            Some(found) => {
                let found: LogObject = decode(&found, &key, environment, serial)?;
                Err(StateError::Fenced { key: key.to_string(), serial, other: found.writer })
            }
        }
    }
}

impl Progress {
    /// Counts the first `commits` of those that wait as durable.
    fn confirm(&mut self, commits: usize, serial: u64, bytes: u64) -> Result<(), StateError> {
        // `ahead` has taken the same records in the same order.
        let fence = self.fence.take();
        let fenced = fence.iter().try_for_each(|record| self.committed.apply(record));
        fenced.map_err(StateError::Impossible)?;
        for records in self.unconfirmed.drain(..commits) {
            let applied = records.iter().try_for_each(|record| self.committed.apply(record));
            applied.map_err(StateError::Impossible)?;
        }
        self.committed.serial = serial;
        self.tail.bytes += bytes;
        Ok(())
    }

    /// Throws away a commit that turned out not to fit when a part of it was applied already.
    fn look_ahead_anew(&mut self) {
        self.ahead = self.committed.clone();
        let records = self.unconfirmed.iter().flat_map(|records| records.iter());
        for record in self.fence.iter().chain(records) {
            // Each fitted when it was queued, and the same ones came before it.
            let _ = self.ahead.apply(record);
        }
    }
}

impl Tail {
    fn is_worth_a_snapshot(&self) -> bool {
        // As much log as snapshot: then an operation costs the same bytes, snapshots included, however
        // much state there is.
        self.bytes > self.snapshot_bytes.max(TAIL_BYTES)
    }
}

pub(super) fn random_name(world: &World) -> String {
    let bits = u128::from(world.random()) << 64 | u128::from(world.random());
    OperationId::from_random(bits).as_str().to_owned()
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests;
