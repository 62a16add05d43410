//! How the sandbox answers the questions of checks: from what lives in it, and from how far that
//! is. What can't follow from the world is said to be no data, unless somebody has set a figure.
//!
//! | probe | question | answer |
//! | --- | --- | --- |
//! | `kubernetes` | `nodes: {ready_at_least: N}` | the nodes of the cluster's ready node groups |
//! | | `pod_schedules` | whether there is a node |
//! | | `workload: {kind, namespace, name}` | whether the object, or a chart of its namespace, is ready |
//! | `attribute` | `kind`, `id`, `attribute`, `equals` | the attribute's value |
//! | `http`, `tls`, `dns`, `sql` | `endpoint` (or `url`, `host`, `name`), `measure` | whether what the name leads to is ready; the measure |
//! | `http` | `headers` | whether the policies of the gateway that answers add them |
//! | `dns` | `name`, `type`, `expects` | the values of the records, or the servers of the registration |
//! | `job` | `namespace`, `name`, `measure` | its exit code; the measure of a job that succeeded |
//! | `promql` | `query`, `workload` | the figure that the question declares, while its workload is ready |
//!
//! A figure is set by the name `PROBE.MEASURE`, such as `sql.latency`, or only for one endpoint as
//! `sql.latency@HOST`; that of a query as `promql.QUERY`, or only for one region as
//! `promql.QUERY@REGION`; a result that a job leaves as `job.RESULT`, or `job.RESULT@JOB`. What is set
//! wins over what the question declares as `simulated`.

use super::names;
use super::object::{Object, Phase, Place};
use super::refuse::from_refusal;
use super::session::Session;
use crate::kinds::probe::{Question, Unit};
use crate::kinds::{Answer, CallError, ErrorKind, Probe, ProbeResult, Refusal};
use crate::model::{Json, PhysicalId};

/// The measures of each probe, its first where none is named: a healthy world's figure, and its
/// unit.
const MEASURES: [(&str, &str, f64, &str); 11] = [
    ("http", "latency", 80.0, "ms"),
    ("http", "status", 200.0, ""),
    ("http", "errors", 0.02, "%"),
    ("tls", "remaining_life", 70.0, "%"),
    ("tls", "latency", 30.0, "ms"),
    ("dns", "latency", 20.0, "ms"),
    ("sql", "latency", 12.0, "ms"),
    ("sql", "replica_lag", 800.0, "ms"),
    ("sql", "rows", 1.0, ""),
    ("job", "exit_code", 0.0, ""),
    ("job", "duration", 240.0, "s"),
];

/// Measures that are exact: nothing varies them.
const EXACT: [&str; 3] = ["status", "rows", "exit_code"];

pub(super) fn answer(session: &mut Session<'_>, place: &Place, probe: &Probe) -> Answer<ProbeResult> {
    let question = &probe.question;
    match probe.kind.as_str() {
        "kubernetes" => kubernetes(session, place, question),
        "attribute" => attribute(session, place, question),
        "http" | "tls" | "dns" | "sql" => endpoint(session, probe),
        "job" => job(session, place, probe),
        "promql" => promql(session, place, probe),
        other => Err(CallError::refused(
            ErrorKind::Unsupported,
            "UnknownProbe",
            format!("the sandbox knows no probe `{other}`"),
        )),
    }
}

fn wrong_question(message: String) -> CallError {
    from_refusal(Refusal::invalid(message))
}

fn required<'a>(question: &'a Json, field: &str) -> Answer<&'a str> {
    let text = question.get(field).and_then(Json::as_str);
    text.ok_or_else(|| wrong_question(format!("the probe's question has no `{field}`")))
}

fn verdict(passed: bool, seen: String) -> ProbeResult {
    ProbeResult { passed: Some(passed), seen, ..ProbeResult::default() }
}

fn measured(figure: f64, unit: &str, what: &str) -> ProbeResult {
    // Three digits after the point are more than any of the figures means.
    let rounded = (figure * 1000.0).round() / 1000.0;
    let spaced_unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    ProbeResult {
        passed: None,
        figure: Some(rounded),
        unit: (!unit.is_empty()).then(|| unit.to_owned()),
        seen: format!("{what}: {rounded}{spaced_unit}"),
    }
}

fn works(phase: Phase) -> bool {
    matches!(phase, Phase::Ready | Phase::Updating)
}

fn kubernetes(session: &mut Session<'_>, place: &Place, question: &Json) -> Answer<ProbeResult> {
    let Some(cluster) = place.cluster() else {
        return Err(wrong_question("the probe names no cluster".to_owned()));
    };
    if let Some(nodes) = question.get("nodes") {
        let (ready, wanted) = nodes_of(session, place, cluster);
        let at_least = nodes.get("ready_at_least").and_then(Json::as_u64);
        let seen = format!("{ready} of {wanted} nodes ready");
        #[allow(clippy::cast_precision_loss, reason = "a cluster has fewer nodes than 2^52")]
        let figure = Some(ready as f64);
        let passed = at_least.map(|least| ready >= least);
        return Ok(ProbeResult { passed, figure, unit: Some("nodes".to_owned()), seen });
    }
    if question.get("pod_schedules").is_some() {
        let (ready, _) = nodes_of(session, place, cluster);
        let seen = if ready > 0 { "a pod was scheduled" } else { "no node is ready for a pod" };
        return Ok(verdict(ready > 0, seen.to_owned()));
    }
    if let Some(workload) = question.get("workload") {
        let kind = required(workload, "kind")?;
        return Ok(workload_of(session, place, Some(kind), workload));
    }
    Err(wrong_question("the probe asks for none of nodes, pod_schedules, workload".to_owned()))
}

/// The nodes of a cluster that are ready, and those that there are to be.
fn nodes_of(session: &mut Session<'_>, place: &Place, cluster: &str) -> (u64, u64) {
    let groups: Vec<Object> = session
        .ground
        .live(session.now_ms)
        .filter(|object| {
            object.key.kind.ends_with(".node_group")
                && object.key.place.region() == place.region()
                && object.text("cluster_name") == Some(cluster)
        })
        .cloned()
        .collect();
    groups.iter().fold((0, 0), |(ready, wanted), group| {
        session.witness(group);
        // Where nobody says how many, a group starts with its minimum.
        let size = ["desired_size", "min_size"]
            .into_iter()
            .find_map(|name| value_of(&group.attributes, name)?.as_u64())
            .unwrap_or(0);
        let is_ready = works(session.ground.phase(group, session.now_ms));
        (ready + if is_ready { size } else { 0 }, wanted + size)
    })
}

/// The first value of a key, wherever in a value it stands.
fn value_of<'a>(value: &'a Json, key: &str) -> Option<&'a Json> {
    let map = value.as_object()?;
    map.get(key).or_else(|| map.values().find_map(|inner| value_of(inner, key)))
}

/// Whether a manifest of that kind, namespace and name stands anywhere in a value.
fn has_manifest(value: &Json, kind: Option<&str>, namespace: &str, name: &str) -> bool {
    match value {
        Json::Array(items) => items.iter().any(|item| has_manifest(item, kind, namespace, name)),
        Json::Object(map) => {
            let text = |value: Option<&Json>| value.and_then(Json::as_str).map(str::to_owned);
            let metadata = map.get("metadata");
            let own_name = text(metadata.and_then(|data| data.get("name")));
            let own_namespace = text(metadata.and_then(|data| data.get("namespace")));
            let fits = own_name.as_deref() == Some(name)
                && own_namespace.as_deref().unwrap_or("default") == namespace
                && kind.is_none_or(|kind| text(map.get("kind")).as_deref() == Some(kind));
            fits || map.values().any(|inner| has_manifest(inner, kind, namespace, name))
        }
        _ => false,
    }
}

/// Whether an object of a cluster is ready: itself, or by a chart in its namespace that is called like
/// it. What a chart makes isn't known here; as charts go, its names and the release's have one in the other.
fn workload_of(session: &mut Session<'_>, place: &Place, kind: Option<&str>, question: &Json) -> ProbeResult {
    let namespace = question.get("namespace").and_then(Json::as_str).unwrap_or("default");
    let name = question.get("name").and_then(Json::as_str).unwrap_or_default();
    let candidates: Vec<Object> = session
        .ground
        .live(session.now_ms)
        .filter(|object| object.key.place == *place)
        .filter(|object| {
            has_manifest(&object.attributes, kind, namespace, name)
                || (&*object.key.kind == "helm.release"
                    && object.text("namespace") == Some(namespace)
                    && object
                        .text("name")
                        .is_some_and(|release| name.contains(release) || release.contains(name)))
        })
        .cloned()
        .collect();
    candidates.iter().for_each(|object| session.witness(object));
    let what = format!("{} {namespace}/{name}", kind.unwrap_or("job"));
    let is_ready = candidates.iter().any(|object| works(session.ground.phase(object, session.now_ms)));
    match (candidates.is_empty(), is_ready) {
        (true, _) => verdict(false, format!("{what} isn't there")),
        (false, true) => verdict(true, format!("{what} is available")),
        (false, false) => verdict(false, format!("{what} isn't available")),
    }
}

/// What the question itself says that a healthy world answers.
fn simulated(probe: &Probe) -> Option<(f64, &'static str)> {
    let figure = Question::parse(&probe.kind, &probe.question).ok()?.simulated()?;
    Some((figure.number, figure.unit.map_or("", Unit::symbol)))
}

/// A cluster that isn't up, or whose region is broken, doesn't get here: the call doesn't reach it.
fn promql(session: &mut Session<'_>, place: &Place, probe: &Probe) -> Answer<ProbeResult> {
    let query = required(&probe.question, "query")?;
    if let Some(workload) = probe.question.get("workload") {
        let kind = required(workload, "kind")?;
        let found = workload_of(session, place, Some(kind), workload);
        if found.passed != Some(true) {
            let seen = format!("no data for {query}: {}", found.seen);
            return Ok(ProbeResult { seen, ..ProbeResult::default() });
        }
    }
    let name = format!("promql.{query}");
    let figures = &session.ground.figures;
    let set = figures.get(&format!("{name}@{}", place.region())).or_else(|| figures.get(&name));
    let figure = set.map(|figure| (*figure, "")).or_else(|| simulated(probe));
    Ok(match figure {
        Some((figure, unit)) => measured(figure, unit, query),
        None => ProbeResult { seen: format!("no data for {query}"), ..ProbeResult::default() },
    })
}

fn job(session: &mut Session<'_>, place: &Place, probe: &Probe) -> Answer<ProbeResult> {
    let question = &probe.question;
    let name = required(question, "name")?;
    let found = workload_of(session, place, None, question);
    if found.passed != Some(true) {
        return Ok(found);
    }
    let exit_code = figure(session, "job", "exit_code", name).map_or(0.0, |(figure, _)| figure);
    if let (Some(measure), true) = (question.get("measure").and_then(Json::as_str), exit_code == 0.0) {
        let measure = question.get("result").and_then(Json::as_str).unwrap_or(measure);
        let set = set_figure(session, "job", measure, name);
        let answered = match set.or_else(|| simulated(probe)) {
            None => figure(session, "job", measure, name),
            answered => answered,
        };
        return Ok(match answered {
            Some((figure, unit)) => measured(figure, unit, &format!("{measure} of {name}")),
            None => {
                ProbeResult { seen: format!("no data for {measure} of {name}"), ..ProbeResult::default() }
            }
        });
    }
    Ok(ProbeResult {
        passed: Some(exit_code == 0.0),
        ..measured(exit_code, "", &format!("exit code of {name}"))
    })
}

fn attribute(session: &mut Session<'_>, place: &Place, question: &Json) -> Answer<ProbeResult> {
    let (kind, id, name) =
        (required(question, "kind")?, required(question, "id")?, required(question, "attribute")?);
    let ids = [PhysicalId::new(id)];
    let read = super::read::read(session, kind, place, &ids).into_iter().next().flatten();
    let Some(attributes) = read else {
        return Ok(verdict(false, format!("there is no {kind} {id}")));
    };
    let value = name.split('.').try_fold(&attributes, |value, part| value.get(part));
    let Some(value) = value else {
        return Ok(verdict(false, format!("{id} has no `{name}`")));
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(ProbeResult {
        passed: question.get("equals").map(|expected| expected == value),
        figure: value.as_f64(),
        unit: None,
        seen: format!("{name} is {text}"),
    })
}

/// Whether the DNS has the records of a type that are expected, in whatever order.
fn records(session: &Session<'_>, name: &str, kind: &str, question: &Json) -> ProbeResult {
    let values = names::values(session, name, kind);
    let mut expected: Vec<&str> =
        question["expects"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    expected.sort_unstable();
    let seen = if values.is_empty() {
        format!("{name} has no {kind}")
    } else {
        format!("{kind} of {name}: {}", values.join(", "))
    };
    verdict(if expected.is_empty() { !values.is_empty() } else { values == expected }, seen)
}

/// Whether an answer has the headers that are wanted, each with its text in it.
fn headers(there: &[(String, String)], wanted: &serde_json::Map<String, Json>) -> ProbeResult {
    let is_missing = |(name, text): &(&String, &Json)| {
        let text = text.as_str().unwrap_or_default();
        !there.iter().any(|(own, value)| own.eq_ignore_ascii_case(name) && value.contains(text))
    };
    let missing: Vec<&str> = wanted.iter().filter(is_missing).map(|(name, _)| name.as_str()).collect();
    match missing.as_slice() {
        [] => verdict(true, format!("{} headers are as declared", wanted.len())),
        missing => verdict(false, format!("missing or otherwise: {}", missing.join(", "))),
    }
}

fn endpoint(session: &mut Session<'_>, probe: &Probe) -> Answer<ProbeResult> {
    let question = &probe.question;
    let text = ["endpoint", "url", "host", "name"]
        .into_iter()
        .find_map(|field| question.get(field).and_then(Json::as_str))
        .ok_or_else(|| wrong_question("the probe's question names no endpoint".to_owned()))?;
    let host = names::host_of(text);
    if let Some(kind) = question.get("type").and_then(Json::as_str) {
        return Ok(records(session, host, kind, question));
    }
    let owners = names::owners(session, host);
    owners.iter().for_each(|object| session.witness(object));
    if !names::is_up(session, &owners) {
        if let Some(cut_off) = owners.iter().find(|object| names::is_cut_off(session, object)) {
            return Err(super::calls::unreachable_region(cut_off.key.place.region()));
        }
        let seen = match owners.first() {
            None => format!("nothing answers at {host}"),
            Some(owner) => format!("{} isn't ready", owner.key),
        };
        return Ok(verdict(false, seen));
    }
    if let Some(wanted) = question.get("headers").and_then(Json::as_object) {
        return Ok(headers(&names::headers(session, &owners), wanted));
    }
    let measure = question.get("measure").and_then(Json::as_str);
    let first = MEASURES.iter().find(|(kind, ..)| *kind == probe.kind).map(|(_, measure, ..)| *measure);
    let name = measure.or(first).unwrap_or_default();
    let result = match figure(session, &probe.kind, name, host) {
        Some((figure, unit)) => measured(figure, unit, &format!("{name} of {host}")),
        None => ProbeResult { seen: format!("no data for {name} of {host}"), ..ProbeResult::default() },
    };
    // Without a measure, the question was only whether it answers.
    Ok(ProbeResult { passed: measure.is_none().then_some(true), ..result })
}

/// The measure that a probe knows by itself.
fn known(probe: &str, measure: &str) -> Option<&'static (&'static str, &'static str, f64, &'static str)> {
    MEASURES.iter().find(|(kind, name, ..)| *kind == probe && *name == measure)
}

/// A figure as somebody has set it, in the unit that the probe gives it.
fn set_figure(session: &Session<'_>, probe: &str, measure: &str, about: &str) -> Option<(f64, &'static str)> {
    let name = format!("{probe}.{measure}");
    let figures = &session.ground.figures;
    let set = figures.get(&format!("{name}@{about}")).or_else(|| figures.get(&name))?;
    Some((*set, known(probe, measure).map_or("", |(_, _, _, unit)| unit)))
}

/// A figure as it was set, or as it is in a healthy world, give or take a tenth.
fn figure(session: &mut Session<'_>, probe: &str, measure: &str, about: &str) -> Option<(f64, &'static str)> {
    if let Some(set) = set_figure(session, probe, measure, about) {
        return Some(set);
    }
    let (_, _, base, unit) = known(probe, measure)?;
    if EXACT.contains(&measure) {
        return Some((*base, unit));
    }
    #[allow(clippy::cast_precision_loss, reason = "the number is below 201")]
    let per_mille = 900.0 + session.draw(201) as f64;
    Some((base * per_mille / 1000.0, unit))
}
