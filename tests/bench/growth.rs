//! What one more resource costs in bytes, snapshots included, in states of 100, 10,000 and 100,000
//! resources: `cargo bench --no-default-features --bench growth`.
//!
//! Each state goes from one snapshot to the next, with an object of the log for each operation, as an
//! apply that makes one resource after another writes them. It fails where the dearest costs over 20 %
//! more than the cheapest.

#[path = "../../src/state/testing/hooked.rs"]
mod hooked;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hooked::{Hooked, PutHook};
use ninefold::model::{Address, Condition, OperationId, PhysicalId, Resource, Scope};
use ninefold::state::{CallResult, Claim, Entry, IntentRecord, Record, RunRecord, StepKind, Terms, Writer};
use ninefold::world::World;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, PutOptions, PutPayload, PutResult};
use serde_json::json;

const RESOURCES: [usize; 3] = [100, 10_000, 100_000];
/// How much dearer the dearest may be than the cheapest.
const TOLERANCE: f64 = 1.2;
/// How many resources are put at once to begin with.
const AT_ONCE: usize = 1_000;

/// Counts what is put.
#[derive(Debug, Default)]
struct Counted {
    log: AtomicU64,
    snapshots: AtomicU64,
    objects: AtomicU64,
}

#[derive(Debug)]
struct Counting(Arc<Counted>);

#[async_trait]
impl PutHook for Counting {
    async fn put(
        &self,
        inner: &dyn ObjectStore,
        key: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        let bytes = payload.content_length() as u64;
        let folder = if key.as_ref().contains("/snapshot/") { &self.0.snapshots } else { &self.0.log };
        folder.fetch_add(bytes, Ordering::Relaxed);
        self.0.objects.fetch_add(1, Ordering::Relaxed);
        inner.put_opts(key, payload, options).await
    }
}

fn operation(number: usize) -> OperationId {
    OperationId::from_random(number as u128)
}

fn resource(number: usize) -> Resource {
    let id = PhysicalId::new(format!("vpc-{number:017x}"));
    Resource {
        address: Address::new("platform", Some("network"), &format!("vpc_{number:06}"), None),
        kind: "aws.ec2.vpc".into(),
        kind_version: 1,
        scope: Scope { region: Some("eu-west-1".into()), cluster: None },
        recorded: json!({ "cidr_block": "10.0.0.0/16", "tags": { "Name": "network" } }).into(),
        observed: json!({ "arn": format!("arn:aws:ec2:eu-west-1:123456789012:vpc/{id}"), "cidr_block": "10.0.0.0/16", "id": id.as_str(), "tags": { "Name": "network" } })
            .into(),
        id,
        dependencies: Vec::new(),
        protect: false,
        retain: false,
        adopted: false,
        lookup: false,
        condition: Condition::Ready,
    }
}

/// The intent to make a resource, and its outcome.
fn made(number: usize) -> [Record; 2] {
    let resource = resource(number);
    let intent = IntentRecord {
        operation: operation(number),
        run: operation(usize::MAX),
        address: resource.address.clone(),
        step: StepKind::Create { was_free: None },
        kind: resource.kind.clone(),
        kind_version: 1,
        scope: resource.scope.clone(),
        desired: resource.recorded.read(),
        dependencies: Vec::new(),
        protect: false,
        retain: false,
    };
    let outcome = Record::Outcome {
        operation: operation(number),
        result: CallResult::Succeeded,
        entries: vec![Entry::Put(Arc::new(resource))],
    };
    [Record::Intent(Arc::new(intent)), outcome]
}

/// What a state of so many resources costs until its next snapshot.
struct Cost {
    operations: usize,
    log_bytes: f64,
    snapshot_bytes: f64,
}

fn cost(resources: usize) -> Cost {
    let (world, counted) = (World::virtual_from(1, 0), Arc::new(Counted::default()));
    let hook = Counting(counted.clone());
    let store: Arc<dyn ObjectStore> = Arc::new(Hooked { inner: Arc::new(InMemory::new()), hook });
    let claim = Claim {
        holder: "kim@laptop".into(),
        reason: "apply".into(),
        machine: "laptop".into(),
        alone_on_machine: true,
        patience: Duration::ZERO,
        // So that no renewal is counted, which costs by time and not by operation.
        terms: Terms { time_to_live: Duration::from_secs(24 * 3600), longest_call: Duration::ZERO },
    };
    let operations = world.run(async {
        let opened = Writer::open(store, "production", world.clone(), &claim, &|_| {}).await;
        let (writer, writing) = opened.expect("nobody else writes");
        let work = async move {
            let begun = RunRecord {
                run: operation(usize::MAX),
                command: "ninefold apply".into(),
                holder: "kim@laptop".into(),
                started_unix_ms: 0,
                plan: None,
                configuration: None,
            };
            writer.commit(vec![Record::Run(begun)]).await.expect("memory takes it");
            for first in (0..resources).step_by(AT_ONCE) {
                let last = resources.min(first + AT_ONCE);
                let entries = (first..last).map(|number| Entry::Put(Arc::new(resource(number)))).collect();
                let record = Record::Change { reason: "before".into(), entries };
                writer.commit(vec![record]).await.expect("memory takes it");
            }
            writer.snapshot().await.expect("memory takes it");
            counted.log.store(0, Ordering::Relaxed);
            counted.snapshots.store(0, Ordering::Relaxed);
            let mut operations = 0;
            loop {
                let [intent, outcome] = made(resources + operations);
                writer.commit(vec![intent]).await.expect("memory takes it");
                writer.queue(vec![outcome]).expect("it fits");
                operations += 1;
                if writer.snapshot_if_worth().await.expect("memory takes it") {
                    return (operations, counted);
                }
            }
        };
        futures::join!(work, writing.run()).0
    });
    let (operations, counted) = operations;
    let each = |bytes: &AtomicU64| bytes.load(Ordering::Relaxed) as f64 / operations as f64;
    Cost { operations, log_bytes: each(&counted.log), snapshot_bytes: each(&counted.snapshots) }
}

fn main() -> ExitCode {
    println!("resources   operations until a snapshot   log B each   snapshot B each   together   ratio");
    let mut all = Vec::new();
    for resources in RESOURCES {
        let Cost { operations, log_bytes, snapshot_bytes } = cost(resources);
        let together = log_bytes + snapshot_bytes;
        let first = *all.first().unwrap_or(&together);
        println!(
            "{resources:>9}   {operations:>27}   {log_bytes:>10.0}   {snapshot_bytes:>15.0}   {together:>8.0}   {:>5.2}",
            together / first
        );
        all.push(together);
    }
    let (least, most) =
        all.iter().fold((f64::MAX, 0.0_f64), |(least, most), &it| (least.min(it), most.max(it)));
    println!("the dearest costs {:.2} times the cheapest; {TOLERANCE} at most", most / least);
    if most > least * TOLERANCE { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
