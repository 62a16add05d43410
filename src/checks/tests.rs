//! Each probe in a world that fits it and in one that doesn't, and what is kept of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use serde_json::json;

use super::testing::evidence;
use super::*;
use crate::apply::{Gate as _, GateAnswer, GateQuestion};
use crate::graph::{Body, CheckBody, Edge, EdgeKind, Evaluate, Evaluated, Graph, Instance, Known, NodeIndex};
use crate::kinds::{Goal, Intent, Reading as _, Registry, Settling, Target as _};
use crate::model::{
    Address, Condition, Connection, Diagnostics, FieldPath, Json, Location, OperationId, PhysicalId,
    Resource, Scope, SourceId, Value,
};
use crate::targets::sandbox::tests::kinds::{CLUSTER, NODE_GROUP, OBJECT, registry};
use crate::targets::sandbox::{Sandbox, Selector, Store};
use crate::world::World;

/// A sandbox with a cluster in it.
struct Lab {
    world: World,
    sandbox: Sandbox,
    cluster: Resource,
}

const AT: Location = Location { source: SourceId(0), offset: 0, length: 0, line: 1, column: 1 };

impl Lab {
    fn new() -> Self {
        let world = World::virtual_from(1, 1_000_000);
        let sandbox = Sandbox::open(&Store::memory(), registry(), world.clone()).unwrap();
        let region = Scope { region: Some("us-east-1".into()), cluster: None };
        let id = world.run(make(&world, &sandbox, 1, CLUSTER, &region, json!({ "name": "one" })));
        let read = world.run(sandbox.read_many(CLUSTER, &region, std::slice::from_ref(&id)));
        let mut observed = read.into_iter().next().unwrap().unwrap().unwrap();
        observed["certificate_authority"] = json!({ "data": "LS0t" });
        let cluster = Resource {
            address: "platform/cluster.cluster".parse().unwrap(),
            kind: CLUSTER.into(),
            kind_version: 1,
            scope: region,
            id,
            recorded: Json::Null.into(),
            observed: observed.into(),
            dependencies: Vec::new(),
            protect: false,
            retain: false,
            adopted: false,
            lookup: false,
            condition: Condition::Ready,
        };
        Self { world, sandbox, cluster }
    }

    fn asker(&self) -> Asker<'_> {
        Asker { reading: &self.sandbox, provenance: Provenance::Simulated, usd_per_month: Some(5000.0) }
    }

    fn make(&self, operation: u128, kind: &str, scope: &Scope, spec: Json) -> PhysicalId {
        self.world.run(make(&self.world, &self.sandbox, operation, kind, scope, spec))
    }

    fn nodes(&self, operation: u128, count: u32) {
        let name = format!("group-{operation}");
        let spec = json!({ "cluster_name": "one", "name": name, "scaling": { "desired_size": count } });
        self.make(operation, NODE_GROUP, &self.cluster.scope, spec);
    }

    fn inside(&self) -> Scope {
        let connection = Connection {
            name: "one".into(),
            endpoint: self.cluster.observed.read()["endpoint"].as_str().unwrap().into(),
            certificate_authority: "LS0t".into(),
            region: "us-east-1".into(),
        };
        Scope { region: None, cluster: Some(connection) }
    }

    fn ask(&self, probe: &str, question: &Json) -> Seen {
        let subject = (probe == "attribute").then_some(&self.cluster);
        let asked = Asked { probe, scope: self.inside(), question, subject };
        self.world.run(self.asker().ask(&asked))
    }

    fn verdict(&self, probe: &str, question: &Json) -> Verdict {
        self.ask(probe, question).verdict
    }
}

async fn make(
    world: &World,
    sandbox: &Sandbox,
    operation: u128,
    kind: &str,
    scope: &Scope,
    spec: Json,
) -> PhysicalId {
    let intent = Intent {
        operation: OperationId::from_random(operation),
        environment: "sandbox".into(),
        address: format!("platform/cluster.r{operation}").parse().unwrap(),
        kind: kind.into(),
        scope: scope.clone(),
        recorded: serde_json::Value::Null,
    };
    let id = sandbox.create(&intent, &spec).await.unwrap().id;
    for _ in 0..1000 {
        match sandbox.settle(kind, scope, &id, Goal::Ready).await.unwrap() {
            Settling::Done => return id,
            Settling::Waiting { ask_again, .. } => world.sleep(ask_again).await,
            Settling::Failed { reason } => panic!("{reason}"),
        }
    }
    panic!("{id} never settles");
}

#[test]
fn a_cluster_has_enough_nodes_or_too_few() {
    let lab = Lab::new();
    let nodes = json!({ "nodes": { "ready_at_least": 3 } });
    let pod = json!({ "pod_schedules": true });
    assert_eq!(lab.verdict("kubernetes", &nodes), Verdict::Failed);
    assert_eq!(lab.verdict("kubernetes", &pod), Verdict::Failed);
    lab.nodes(2, 2);
    assert_eq!(lab.verdict("kubernetes", &nodes), Verdict::Failed);
    assert_eq!(lab.verdict("kubernetes", &pod), Verdict::Passed);
    lab.nodes(3, 1);
    let seen = lab.ask("kubernetes", &nodes);
    assert_eq!(
        (seen.verdict, seen.figure, seen.text.as_str()),
        (Verdict::Passed, Some(3.0), "3 of 3 nodes ready")
    );
}

#[test]
fn in_a_broken_region_every_check_fails_and_may_pass_yet() {
    let lab = Lab::new();
    lab.nodes(2, 3);
    lab.sandbox.break_region("us-east-1", 0).unwrap();
    let url = format!("{}/healthz", lab.cluster.observed.read()["endpoint"].as_str().unwrap());
    for (probe, question) in [
        ("kubernetes", json!({ "nodes": { "ready_at_least": 3 } })),
        ("attribute", json!({ "attribute": "status", "equals": "ACTIVE" })),
        ("http", json!({ "url": url })),
    ] {
        let seen = lab.ask(probe, &question);
        assert_eq!((seen.verdict, seen.is_final), (Verdict::Failed, false), "{probe}: {}", seen.text);
    }
    lab.sandbox.heal_region("us-east-1").unwrap();
    assert_eq!(lab.verdict("http", &json!({ "url": url })), Verdict::Passed);
}

#[test]
fn a_workload_and_a_job_are_there_or_missing() {
    let lab = Lab::new();
    let workload = json!({ "workload": { "kind": "Deployment", "namespace": "web", "name": "a" } });
    let job = json!({ "namespace": "web", "name": "a" });
    assert_eq!(lab.verdict("kubernetes", &workload), Verdict::Failed);
    assert_eq!(lab.verdict("job", &job), Verdict::Failed);
    let manifest =
        json!({ "manifest": { "kind": "Deployment", "metadata": { "name": "a", "namespace": "web" } } });
    lab.make(2, OBJECT, &lab.inside(), manifest);
    assert_eq!(lab.verdict("kubernetes", &workload), Verdict::Passed);
    assert_eq!(lab.verdict("job", &job), Verdict::Passed);
    let timed = json!({ "namespace": "web", "name": "a", "measure": "duration", "bound": "< 15m" });
    assert_eq!(lab.verdict("job", &timed), Verdict::Passed);
    lab.sandbox.set_figure("job.duration@a", Some(1200.0)).unwrap();
    assert_eq!(lab.verdict("job", &timed), Verdict::Failed);
    lab.sandbox.set_figure("job.exit_code@a", Some(1.0)).unwrap();
    assert_eq!(lab.verdict("job", &job), Verdict::Failed);
    lab.sandbox.set_figure("job.duration@a", None).unwrap();
    assert_eq!(lab.verdict("job", &timed), Verdict::Failed, "a job that fails fast has failed");
}

#[test]
fn an_attribute_is_read_anew() {
    let lab = Lab::new();
    let named = json!({ "attribute": "name", "equals": "one" });
    assert_eq!(lab.verdict("attribute", &named), Verdict::Passed);
    let other = lab.ask("attribute", &json!({ "attribute": "name", "equals": "two" }));
    assert_eq!((other.verdict, other.text.as_str()), (Verdict::Failed, "name is one, not two"));
    let by_hand = |value: &str| {
        let which = Selector { kind: Some(CLUSTER.into()), ..Selector::named("one") };
        let path: FieldPath = "platform".parse().unwrap();
        lab.sandbox.edit(&which, &path, Some(json!(value)), "alice").unwrap();
    };
    let platform = json!({ "attribute": "platform", "equals": lab.cluster.observed.read()["platform"] });
    assert_eq!(lab.verdict("attribute", &platform), Verdict::Passed);
    // What was applied still says what it was.
    by_hand("another");
    assert_eq!(lab.verdict("attribute", &platform), Verdict::Failed);
    let absent = lab.ask("attribute", &json!({ "attribute": "no_such", "bound": "> 1" }));
    assert_eq!((absent.verdict, absent.text.as_str()), (Verdict::Failed, "no_such isn't set"));
    let text = lab.ask("attribute", &json!({ "attribute": "name", "bound": "> 1" }));
    assert_eq!(text.verdict, Verdict::NoData);
}

#[test]
fn figures_beyond_their_bounds_fail() {
    let lab = Lab::new();
    let attributes = lab.cluster.observed.read();
    let endpoint = attributes["endpoint"].as_str().unwrap();
    for (probe, figure, beyond, question) in [
        ("http", "http.latency", 250.0, json!({ "url": endpoint, "measure": "latency", "bound": "< 200ms" })),
        ("http", "http.status", 503.0, json!({ "url": endpoint, "measure": "status", "bound": "= 200" })),
        ("http", "http.errors", 0.2, json!({ "url": endpoint, "measure": "errors", "bound": "< 0.1%" })),
        (
            "tls",
            "tls.remaining_life",
            5.0,
            json!({ "endpoint": endpoint, "measure": "remaining_life", "bound": "> 20%" }),
        ),
        ("dns", "dns.latency", 900.0, json!({ "name": endpoint, "measure": "latency", "bound": "< 0.5s" })),
        (
            "sql",
            "sql.replica_lag",
            301_000.0,
            json!({ "endpoint": endpoint, "measure": "replica_lag", "bound": "< 5m" }),
        ),
        (
            "sql",
            "sql.latency",
            100.0,
            json!({ "endpoint": endpoint, "measure": "latency", "percentile": 95, "bound": "< 100ms" }),
        ),
    ] {
        let healthy = lab.ask(probe, &question);
        assert_eq!(healthy.verdict, Verdict::Passed, "{question}: {}", healthy.text);
        assert!(healthy.figure.is_some());
        lab.sandbox.set_figure(figure, Some(beyond)).unwrap();
        let seen = lab.ask(probe, &question);
        assert_eq!((seen.verdict, seen.figure), (Verdict::Failed, Some(beyond)), "{question}");
        lab.sandbox.set_figure(figure, None).unwrap();
    }
}

#[test]
fn a_query_without_data_is_neither_true_nor_false() {
    let lab = Lab::new();
    let question = json!({ "query": "p99", "unit": "s", "bound": "< 200ms" });
    assert_eq!(lab.verdict("promql", &question), Verdict::NoData);
    lab.sandbox.set_figure("promql.p99", Some(0.15)).unwrap();
    assert_eq!(lab.verdict("promql", &question), Verdict::Passed);
    lab.sandbox.set_figure("promql.p99", Some(0.25)).unwrap();
    assert_eq!(lab.verdict("promql", &question), Verdict::Failed);
}

#[test]
fn what_is_declared_is_compared_with_what_it_may_cost() {
    let lab = Lab::new();
    assert_eq!(lab.verdict("estimate", &json!({ "bound": "<= 5000 USD" })), Verdict::Passed);
    assert_eq!(lab.verdict("estimate", &json!({ "bound": "<= 4999 USD" })), Verdict::Failed);
    let seen = lab.ask("estimate", &json!({ "bound": "<= 0.001 USD", "per": 4_000_000 }));
    assert_eq!(seen.verdict, Verdict::Failed);
    assert!(seen.text.contains("over 4000000 a month"), "{}", seen.text);
    let asker = Asker { usd_per_month: None, ..lab.asker() };
    let question = json!({ "bound": "<= 5000 USD" });
    let asked = Asked { probe: "estimate", scope: Scope::default(), question: &question, subject: None };
    assert_eq!(lab.world.run(asker.ask(&asked)).verdict, Verdict::NoData);
}

#[test]
fn outside_of_the_sandbox_what_cannot_be_measured_is_said() {
    let lab = Lab::new();
    let asker = Asker { provenance: Provenance::Measured, ..lab.asker() };
    let question = json!({ "url": "https://a.test", "measure": "latency", "bound": "< 1s" });
    let asked = Asked { probe: "http", scope: Scope::default(), question: &question, subject: None };
    let seen = lab.world.run(asker.ask(&asked));
    assert_eq!((seen.verdict, seen.is_final, seen.bound.as_deref()), (Verdict::NoData, true, Some("< 1 s")));
    assert!(seen.text.contains("--exclude"), "{}", seen.text);
}

fn check(probe: &str, every: Option<u64>) -> CheckBody {
    CheckBody {
        probe: probe.into(),
        subject: None,
        within: Duration::from_secs(60),
        every: every.map(Duration::from_secs),
    }
}

fn address() -> Address {
    "platform/cluster.ready[primary]".parse().unwrap()
}

fn log() -> (Arc<InMemory>, EvidenceLog) {
    let store = Arc::new(InMemory::new());
    (store.clone(), EvidenceLog::new(store, "sandbox"))
}

#[test]
fn a_gate_keeps_what_passed_and_forgets_what_no_longer_does() {
    let lab = Lab::new();
    let (_, log) = log();
    let question = json!({ "nodes": { "ready_at_least": 3 } });
    let body = check("kubernetes", None);
    let address = address();
    let asked = || GateQuestion {
        address: &address,
        check: &body,
        scope: lab.inside(),
        question: &question,
        subject: None,
    };
    lab.nodes(2, 3);
    let gate = CheckGate::new(&lab.world, lab.asker(), &log, BTreeMap::new());
    let GateAnswer::Passed { seen } = lab.world.run(gate.ask(&asked())) else { panic!("it should pass") };
    assert!(lab.world.run(log.load()).unwrap().is_empty(), "the engine says when it has passed");
    lab.world.run(gate.passed(&address, &seen));
    assert!(gate.faults().is_empty());
    let records = lab.world.run(log.load()).unwrap();
    let kept = &records[&address];
    assert_eq!((kept.latest.verdict, kept.latest.figure), (Verdict::Passed, Some(3.0)));
    assert_eq!((&kept.latest.question, kept.latest.provenance), (&question, Provenance::Simulated));

    lab.sandbox.break_region("us-east-1", 0).unwrap();
    let gate = CheckGate::new(&lab.world, lab.asker(), &log, records);
    for _ in 0..3 {
        assert!(matches!(lab.world.run(gate.ask(&asked())), GateAnswer::NotYet { .. }));
    }
    let record = lab.world.run(log.load()).unwrap().remove(&address).unwrap();
    assert_eq!(record.latest.verdict, Verdict::Failed);
    assert_eq!(record.history.len(), 1, "the same failure is kept once");
}

#[test]
fn evidence_is_read_as_it_was_kept() {
    let world = World::virtual_from(1, 0);
    let (store, log) = log();
    let odd: Address = "failure-agent/ready[primary/a.b]".parse().unwrap();
    for address in [&address(), &odd] {
        world.run(log.keep(address, evidence(Verdict::Passed, 5), None)).unwrap();
    }
    let records = world.run(log.load()).unwrap();
    assert_eq!(records.keys().cloned().collect::<Vec<_>>(), [odd, address()]);
    let other = EvidenceLog::new(store, "staging");
    assert!(world.run(other.load()).unwrap().is_empty());
}

#[test]
fn evidence_in_a_folder_is_read_as_it_was_kept() {
    let world = World::virtual_from(1, 0);
    let folder = tempfile::tempdir().unwrap();
    let location = crate::state::StoreLocation::Folder(".ninefold/state".into());
    let log = EvidenceLog::new(location.open(folder.path(), &world).unwrap(), "sandbox");
    assert!(world.run(log.load()).unwrap().is_empty());
    world.run(log.keep(&address(), evidence(Verdict::Passed, 5), None)).unwrap();
    let log = EvidenceLog::new(location.open(folder.path(), &world).unwrap(), "sandbox");
    assert_eq!(world.run(log.load()).unwrap()[&address()].latest, evidence(Verdict::Passed, 5));
}

#[test]
fn corrupt_evidence_is_named() {
    let world = World::virtual_from(1, 0);
    let (store, log) = log();
    world.run(log.keep(&address(), evidence(Verdict::Passed, 5), None)).unwrap();
    let objects: Vec<_> = world.run(store.list(None).try_collect::<Vec<_>>()).unwrap();
    let key = objects[0].location.clone();
    let text = world.run(async { store.get(&key).await.unwrap().bytes().await.unwrap() });
    let text = String::from_utf8(text.to_vec()).unwrap();
    let other = Path::from("sandbox/evidence/platform/other.json");
    for (at, text, reason) in [
        (&key, text[..text.len() - 9].to_owned(), "EOF"),
        (&key, "{}".to_owned(), "missing field `format_version`"),
        (&key, text.replace(":1,", ":2,"), "has format version 2"),
        (&key, text.replace("\"sandbox\"", "\"production\""), "it is of environment `production`"),
        (&other, text.clone(), "it is of platform/cluster.ready[primary]"),
    ] {
        world.run(store.put(at, text.into())).unwrap();
        let error = world.run(log.load()).unwrap_err().to_string();
        assert!(error.contains(&format!("`{at}`")) && error.contains(reason), "{reason}: {error}");
        if at == &key {
            world.run(log.keep(&address(), evidence(Verdict::Passed, 5), None)).unwrap();
        }
    }
}

/// Questions that are known already.
struct Questions(BTreeMap<usize, Value>);

impl Evaluate for Questions {
    fn provide(&self, _index: NodeIndex, _known: Known) {}

    fn evaluate(&self, index: NodeIndex) -> Result<Evaluated, Diagnostics> {
        Ok(Evaluated { value: self.0[&index.position()].clone(), stood_in: Vec::new() })
    }

    fn locate(&self, _index: NodeIndex, _path: &FieldPath) -> Location {
        AT
    }
}

/// A cluster, and a check that waits for it.
fn graph(every: Option<u64>) -> (Graph<Instance>, Questions) {
    let mut graph = Graph::default();
    let body = Body::Resource {
        kind: CLUSTER.into(),
        protect: false,
        retain: false,
        lookup: None,
        adopt: None,
        ignore: Arc::default(),
        replace: crate::graph::ReplaceOrder::default(),
        timeouts: crate::graph::Timeouts::default(),
    };
    let of_cluster = "platform/cluster.cluster".parse().unwrap();
    let cluster = graph.add(Instance { address: of_cluster, body, at: AT, region: None, cluster: None });
    let body = Body::Check(check("kubernetes", every));
    let ready =
        graph.add(Instance { address: address(), body, at: AT, region: None, cluster: Some(cluster) });
    graph.connect(ready, Edge { to: cluster, kind: EdgeKind::Cluster, at: None });
    let question = Value::from_json(&json!({ "nodes": { "ready_at_least": 3 } }));
    (graph, Questions([(ready.position(), question)].into()))
}

fn record(evidence: Evidence) -> BTreeMap<Address, Record> {
    let world = World::virtual_from(1, 0);
    let (_, log) = log();
    world.run(log.keep(&address(), evidence, None)).unwrap();
    world.run(log.load()).unwrap()
}

fn is_proven(
    records: &BTreeMap<Address, Record>,
    every: Option<u64>,
    now_ms: i64,
    needed: Provenance,
) -> bool {
    let (graph, questions) = graph(every);
    !proven(records, &graph, &questions, now_ms, needed).is_empty()
}

#[test]
fn evidence_ages() {
    let passed = record(evidence(Verdict::Passed, 1_000_000));
    let simulated = Provenance::Simulated;
    assert!(is_proven(&passed, Some(60), 1_059_999, simulated));
    assert!(!is_proven(&passed, Some(60), 1_060_000, simulated));
    assert!(is_proven(&passed, Some(60), 940_001, simulated), "another clock is behind");
    assert!(!is_proven(&passed, Some(60), 0, simulated), "nothing stays young for ever");
    assert!(is_proven(&passed, None, i64::MAX, simulated), "without `every` it doesn't age");
    assert!(!is_proven(&passed, None, 1_000_000, Provenance::Measured), "it was only simulated");
    let failed = record(evidence(Verdict::Failed, 1_000_000));
    assert!(!is_proven(&failed, None, 1_000_000, simulated));
}

#[test]
fn another_question_is_not_proven() {
    let question = json!({ "nodes": { "ready_at_least": 2 } });
    let records = record(Evidence { question, ..evidence(Verdict::Passed, 0) });
    assert!(!is_proven(&records, None, 0, Provenance::Simulated));
    let records = record(Evidence { probe: "http".into(), ..evidence(Verdict::Passed, 0) });
    assert!(!is_proven(&records, None, 0, Provenance::Simulated));
}

#[test]
fn what_is_doubted_proves_nothing_and_stays_so() {
    let world = World::virtual_from(1, 0);
    let (_, log) = log();
    world.run(log.keep(&address(), evidence(Verdict::Passed, 0), None)).unwrap();
    let mut records = world.run(log.load()).unwrap();
    assert!(is_proven(&records, None, 0, Provenance::Simulated));
    world.run(log.doubt(&mut records, [&address()])).unwrap();
    assert!(!is_proven(&records, None, 0, Provenance::Simulated));
    let reread = world.run(log.load()).unwrap();
    assert!(!is_proven(&reread, None, 0, Provenance::Simulated), "it is written down");
    world.run(log.keep(&address(), evidence(Verdict::Passed, 1), reread.get(&address()))).unwrap();
    assert!(is_proven(&world.run(log.load()).unwrap(), None, 1, Provenance::Simulated));
}

/// Verifies the graph's one check in a lab's world.
fn verified(lab: &Lab, has_cluster: bool, wait: bool) -> Verification {
    let (_, log) = log();
    let (graph, questions) = graph(None);
    let kinds: Registry = registry();
    let cluster = Arc::new(lab.cluster.clone());
    let resources: BTreeMap<Address, Arc<Resource>> =
        has_cluster.then(|| (cluster.address.clone(), cluster)).into_iter().collect();
    let setting = Verify {
        world: &lab.world,
        asker: lab.asker(),
        graph: &graph,
        evaluate: &questions,
        kinds: &kinds,
        environment: "sandbox",
        resources: &resources,
        log: &log,
        wait,
    };
    let verification = lab.world.run(verify(&setting, &BTreeMap::new(), &|_| true));
    let kept = lab.world.run(log.load()).unwrap();
    assert_eq!(kept[&address()].latest, verification.checks[0].evidence);
    assert!(verification.faults.is_empty());
    verification
}

#[test]
fn verifying_asks_once_or_waits() {
    let lab = Lab::new();
    let once = verified(&lab, true, false);
    assert_eq!((once.count(Verdict::Failed), once.is_satisfied()), (1, false));
    assert!(once.took_ms < 10_000, "it is asked once: {}", once.took_ms);
    let waited = verified(&lab, true, true);
    assert!((50_000..=65_000).contains(&waited.took_ms), "{}", waited.took_ms);
    lab.nodes(2, 3);
    let passed = verified(&lab, true, true);
    assert!(passed.is_satisfied() && passed.took_ms < 10_000);
}

#[test]
fn what_is_not_applied_has_no_data() {
    let lab = Lab::new();
    let verification = verified(&lab, false, true);
    let evidence = &verification.checks[0].evidence;
    assert_eq!(evidence.verdict, Verdict::NoData);
    assert_eq!(evidence.seen, "platform/cluster.cluster isn't there: apply it first");
    assert_eq!(verification.took_ms, 0, "waiting won't help");
}
