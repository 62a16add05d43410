//! What checks are told: for each probe a world in which it passes, and one in which it doesn't.

use super::kinds::{CLUSTER, NODE_GROUP, OBJECT};
use super::*;
use crate::kinds::{Probe, ProbeResult};

pub(super) async fn ask(lab: &Lab, kind: &str, scope: &Scope, question: Json) -> Answer<ProbeResult> {
    let probe = Probe { kind: kind.into(), scope: scope.clone(), question };
    lab.sandbox.probe(&probe).await
}

fn with_cluster() -> (Lab, Scope) {
    let lab = Lab::new();
    run(&lab, lab.make(CLUSTER, &primary(), 1, json!({ "name": "one" })));
    (lab, cluster("us-east-1", "one"))
}

#[test]
fn nodes_are_those_of_ready_groups() {
    let (lab, inside) = with_cluster();
    run(&lab, async {
        let nodes = json!({ "nodes": { "ready_at_least": 3 } });
        let seen = ask(&lab, "kubernetes", &inside, nodes.clone()).await.unwrap();
        assert_eq!((seen.passed, seen.seen.as_str()), (Some(false), "0 of 0 nodes ready"));
        let pod = ask(&lab, "kubernetes", &inside, json!({ "pod_schedules": true })).await.unwrap();
        assert_eq!(pod.passed, Some(false));

        let group = |name: &str, size: u32| json!({ "cluster_name": "one", "name": name, "scaling": { "desired_size": size } });
        lab.make(NODE_GROUP, &primary(), 2, group("a", 2)).await;
        let last = lab.create(NODE_GROUP, &primary(), 3, group("b", 1)).await;
        let seen = ask(&lab, "kubernetes", &inside, nodes.clone()).await.unwrap();
        assert_eq!((seen.passed, seen.figure), (Some(false), Some(2.0)));
        assert_eq!(seen.seen, "2 of 3 nodes ready");
        lab.wait(NODE_GROUP, &primary(), &last, Goal::Ready).await;
        assert_eq!(ask(&lab, "kubernetes", &inside, nodes.clone()).await.unwrap().passed, Some(true));
        let pod = ask(&lab, "kubernetes", &inside, json!({ "pod_schedules": true })).await.unwrap();
        assert_eq!(pod.passed, Some(true));

        lab.sandbox.break_region("us-east-1", 0).unwrap();
        let error = ask(&lab, "kubernetes", &inside, nodes).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
    });
}

#[test]
fn a_workload_is_there_and_settled() {
    let (lab, inside) = with_cluster();
    run(&lab, async {
        let question = json!({ "workload": { "kind": "Deployment", "namespace": "web", "name": "a" } });
        assert_eq!(ask(&lab, "kubernetes", &inside, question.clone()).await.unwrap().passed, Some(false));
        let job = json!({ "namespace": "web", "name": "a" });
        assert_eq!(ask(&lab, "job", &inside, job.clone()).await.unwrap().passed, Some(false));
        let manifest =
            json!({ "manifest": { "kind": "Deployment", "metadata": { "name": "a", "namespace": "web" } } });
        let id = lab.create(OBJECT, &inside, 2, manifest).await;
        assert_eq!(ask(&lab, "kubernetes", &inside, question.clone()).await.unwrap().passed, Some(false));
        lab.wait(OBJECT, &inside, &id, Goal::Ready).await;
        assert_eq!(ask(&lab, "kubernetes", &inside, question).await.unwrap().passed, Some(true));
        let other = json!({ "workload": { "kind": "Deployment", "namespace": "web", "name": "b" } });
        assert_eq!(ask(&lab, "kubernetes", &inside, other).await.unwrap().passed, Some(false));

        let done = ask(&lab, "job", &inside, job.clone()).await.unwrap();
        assert_eq!((done.passed, done.figure), (Some(true), Some(0.0)));
        lab.sandbox.set_figure("job.exit_code@a", Some(1.0)).unwrap();
        assert_eq!(ask(&lab, "job", &inside, job).await.unwrap().passed, Some(false));
    });
}

#[test]
fn an_attribute_is_what_reading_shows() {
    let lab = Lab::new();
    run(&lab, async {
        let id = lab.make(VPC, &primary(), 1, vpc("10.0.0.0/16")).await;
        let question = |name: &str, expected: Json| json!({ "kind": VPC, "id": id.as_str(), "attribute": name, "equals": expected });
        let right =
            ask(&lab, "attribute", &primary(), question("enable_dns_support", json!(true))).await.unwrap();
        assert_eq!((right.passed, right.seen.as_str()), (Some(true), "enable_dns_support is true"));
        let wrong = ask(&lab, "attribute", &primary(), question("cidr_block", json!("x"))).await.unwrap();
        assert_eq!(wrong.passed, Some(false));
        let none = ask(&lab, "attribute", &primary(), question("no_such", json!(1))).await.unwrap();
        assert_eq!(none.passed, Some(false));
        let gone = json!({ "kind": VPC, "id": "vpc-1", "attribute": "id" });
        assert_eq!(ask(&lab, "attribute", &primary(), gone).await.unwrap().passed, Some(false));
    });
}

#[test]
fn an_endpoint_answers_when_its_owner_is_ready() {
    let (lab, _) = with_cluster();
    run(&lab, async {
        let endpoint = lab.sandbox.objects().unwrap()[0].attributes["endpoint"].clone();
        let global = Scope::default();
        let url = format!("{}:443/healthz", endpoint.as_str().unwrap());
        for probe in ["http", "tls", "dns", "sql"] {
            let answer = ask(&lab, probe, &global, json!({ "endpoint": url })).await.unwrap();
            assert_eq!(answer.passed, Some(true), "{probe}");
            let nobody = ask(&lab, probe, &global, json!({ "endpoint": "nobody.test:5432" })).await.unwrap();
            assert_eq!((nobody.passed, nobody.figure), (Some(false), None), "{probe}");
        }
        let measure = json!({ "endpoint": url, "measure": "latency" });
        let healthy = ask(&lab, "sql", &global, measure.clone()).await.unwrap();
        let figure = healthy.figure.unwrap();
        assert!(healthy.passed.is_none() && (10.8..=13.2).contains(&figure), "{figure}");
        assert_eq!(healthy.unit.as_deref(), Some("ms"));

        lab.sandbox.set_figure("sql.latency", Some(250.0)).unwrap();
        assert_eq!(ask(&lab, "sql", &global, measure.clone()).await.unwrap().figure, Some(250.0));
        lab.sandbox.set_figure("sql.latency", None).unwrap();
        assert!(ask(&lab, "sql", &global, measure.clone()).await.unwrap().figure.unwrap() < 20.0);
        let unknown = ask(&lab, "sql", &global, json!({ "endpoint": url, "measure": "joy" })).await.unwrap();
        assert_eq!((unknown.passed, unknown.figure), (None, None));

        lab.sandbox.break_region("us-east-1", 0).unwrap();
        let error = ask(&lab, "sql", &global, measure).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "its owner's region can't be reached");
    });
}

#[test]
fn an_endpoint_that_is_being_made_does_not_answer() {
    let lab = Lab::new();
    run(&lab, async {
        lab.create(CLUSTER, &primary(), 1, json!({ "name": "one" })).await;
        let endpoint = lab.sandbox.objects().unwrap()[0].attributes["endpoint"].clone();
        let answer = ask(&lab, "http", &Scope::default(), json!({ "url": endpoint })).await.unwrap();
        assert_eq!(answer.passed, Some(false));
    });
}

#[test]
fn a_query_answers_what_it_declares_while_its_workload_is_ready() {
    let (lab, inside) = with_cluster();
    run(&lab, async {
        let question = json!({
            "query": "p99", "unit": "s", "bound": "< 200ms", "simulated": "150ms",
            "workload": { "kind": "Deployment", "namespace": "web", "name": "a" },
        });
        let early = ask(&lab, "promql", &inside, question.clone()).await.unwrap();
        assert_eq!((early.passed, early.figure), (None, None));
        assert_eq!(early.seen, "no data for p99: Deployment web/a isn't there");
        let manifest =
            json!({ "manifest": { "kind": "Deployment", "metadata": { "name": "a", "namespace": "web" } } });
        let id = lab.create(OBJECT, &inside, 2, manifest).await;
        assert_eq!(ask(&lab, "promql", &inside, question.clone()).await.unwrap().figure, None);
        lab.wait(OBJECT, &inside, &id, Goal::Ready).await;
        let healthy = ask(&lab, "promql", &inside, question.clone()).await.unwrap();
        assert_eq!((healthy.passed, healthy.figure, healthy.unit.as_deref()), (None, Some(0.15), Some("s")));

        lab.sandbox.set_figure("promql.p99", Some(0.25)).unwrap();
        assert_eq!(ask(&lab, "promql", &inside, question.clone()).await.unwrap().figure, Some(0.25));
        lab.sandbox.set_figure("promql.p99@us-east-1", Some(0.3)).unwrap();
        assert_eq!(ask(&lab, "promql", &inside, question.clone()).await.unwrap().figure, Some(0.3));

        lab.sandbox.break_region("us-east-1", 0).unwrap();
        let error = ask(&lab, "promql", &inside, question.clone()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable);
        let elsewhere = cluster("us-east-1", "two");
        assert!(ask(&lab, "promql", &elsewhere, question).await.is_err(), "a cluster that isn't there");
    });
}

#[test]
fn a_job_that_succeeded_leaves_the_result_that_the_question_declares() {
    let (lab, inside) = with_cluster();
    run(&lab, async {
        let question = json!({
            "namespace": "testing", "name": "load", "measure": "result", "result": "p99", "unit": "ms",
            "bound": "< 200ms", "simulated": "150ms",
        });
        assert_eq!(ask(&lab, "job", &inside, question.clone()).await.unwrap().passed, Some(false));
        let manifest =
            json!({ "manifest": { "kind": "Job", "metadata": { "name": "load", "namespace": "testing" } } });
        lab.make(OBJECT, &inside, 2, manifest).await;
        let healthy = ask(&lab, "job", &inside, question.clone()).await.unwrap();
        assert_eq!((healthy.figure, healthy.unit.as_deref()), (Some(150.0), Some("ms")));
        lab.sandbox.set_figure("job.p99@load", Some(250.0)).unwrap();
        assert_eq!(ask(&lab, "job", &inside, question.clone()).await.unwrap().figure, Some(250.0));
        lab.sandbox.set_figure("job.exit_code@load", Some(1.0)).unwrap();
        assert_eq!(ask(&lab, "job", &inside, question).await.unwrap().passed, Some(false));
    });
}

#[test]
fn a_query_has_no_data_unless_somebody_sets_it() {
    let lab = Lab::new();
    run(&lab, async {
        let question = json!({ "query": "up" });
        let none = ask(&lab, "promql", &Scope::default(), question.clone()).await.unwrap();
        assert_eq!((none.passed, none.figure), (None, None));
        lab.sandbox.set_figure("promql.up", Some(1.0)).unwrap();
        assert_eq!(ask(&lab, "promql", &Scope::default(), question).await.unwrap().figure, Some(1.0));
        let error = ask(&lab, "divination", &Scope::default(), json!({})).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let error = ask(&lab, "sql", &Scope::default(), json!({})).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    });
}
