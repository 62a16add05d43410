//! What stands behind a name of the simulated world: where its records lead by now, whom a provider
//! gave it to, or which cluster publishes it.

use super::object::{Object, Phase};
use super::session::Session;
use crate::model::Json;

/// How often one name may lead on to another.
const MOST_STEPS: usize = 8;

/// How routes say by which names they are to be found, besides those in their own specification.
const PUBLISHED_AS: &str = "external-dns.alpha.kubernetes.io/hostname";

/// The objects that answer at a host; none where nobody does.
pub(super) fn owners(session: &Session<'_>, host: &str) -> Vec<Object> {
    find(session, host, MOST_STEPS)
}

/// Whether one of the objects can be reached and works.
pub(super) fn is_up(session: &Session<'_>, owners: &[Object]) -> bool {
    owners.iter().any(|object| {
        !is_cut_off(session, object)
            && matches!(session.ground.phase(object, session.now_ms), Phase::Ready | Phase::Updating)
    })
}

/// Whether an object lies in a broken region.
pub(super) fn is_cut_off(session: &Session<'_>, object: &Object) -> bool {
    session.ground.is_broken(object.key.place.region(), session.now_ms)
}

fn find(session: &Session<'_>, host: &str, steps_left: usize) -> Vec<Object> {
    if steps_left == 0 {
        return Vec::new();
    }
    let records = records(session, host, &["A", "AAAA", "CNAME"]);
    if !records.is_empty() {
        let chosen = chosen(session, &records, steps_left);
        return chosen.iter().flat_map(|record| lead(session, record, steps_left)).collect();
    }
    let given = given(session, host);
    if !given.is_empty() {
        return given;
    }
    let published = published(session, host);
    if published.is_empty() { named(session, host) } else { published }
}

/// The records of a name, of some types.
fn records(session: &Session<'_>, name: &str, types: &[&str]) -> Vec<Object> {
    session
        .ground
        .of_kind("aws.route53.record_set", session.now_ms)
        .filter(|record| record.text("name") == Some(name))
        .filter(|record| record.text("type").is_some_and(|own| types.contains(&own)))
        .cloned()
        .collect()
}

/// Those of several records that are answered with: the primary while it is well and the secondary
/// otherwise, or all that are well; where none is, all of them.
fn chosen(session: &Session<'_>, records: &[Object], steps_left: usize) -> Vec<Object> {
    let part = |part: &str| records.iter().find(|record| record.text("failover") == Some(part));
    match (part("PRIMARY"), part("SECONDARY")) {
        (Some(primary), Some(secondary)) => {
            let stays = is_well(session, primary, steps_left) || !is_well(session, secondary, steps_left);
            vec![if stays { primary } else { secondary }.clone()]
        }
        _ => {
            let well: Vec<Object> =
                records.iter().filter(|record| is_well(session, record, steps_left)).cloned().collect();
            if well.is_empty() { records.to_vec() } else { well }
        }
    }
}

/// Whether a record's health check finds its endpoint, and the target of an alias is up.
fn is_well(session: &Session<'_>, record: &Object, steps_left: usize) -> bool {
    let is_up_at = |host: &str| is_up(session, &find(session, host, steps_left - 1));
    let asked = record.text("health_check_id").and_then(|id| {
        let mut checks = session.ground.of_kind("aws.route53.health_check", session.now_ms);
        checks.find(|check| check.key.id.as_str() == id)?.text("fully_qualified_domain_name")
    });
    let alias = &record.attributes["alias_target"];
    let target = alias["dns_name"].as_str().filter(|_| alias["evaluate_target_health"] == true);
    asked.is_none_or(is_up_at) && target.is_none_or(is_up_at)
}

/// What a record leads to.
fn lead(session: &Session<'_>, record: &Object, steps_left: usize) -> Vec<Object> {
    let alias = record.attributes["alias_target"]["dns_name"].as_str();
    let values = record.attributes["resource_records"].as_array();
    let targets = alias.into_iter().chain(values.into_iter().flatten().filter_map(Json::as_str));
    targets.flat_map(|target| find(session, target, steps_left - 1)).collect()
}

/// The objects to which a provider gave a name.
fn given(session: &Session<'_>, host: &str) -> Vec<Object> {
    let computed = |object: &&Object| {
        let kind = session.registry.get(&object.key.kind);
        object.attributes.as_object().into_iter().flatten().any(|(name, value)| {
            kind.is_none_or(|kind| kind.spec().field(name).is_none()) && mentions(value, host)
        })
    };
    session.ground.live(session.now_ms).filter(answers).filter(computed).cloned().collect()
}

/// The objects that were asked for by a name.
fn named(session: &Session<'_>, host: &str) -> Vec<Object> {
    let named = |object: &&Object| {
        object.text("name").or_else(|| object.text("domain_name")).is_some_and(|name| host_of(name) == host)
    };
    session.ground.live(session.now_ms).filter(answers).filter(named).cloned().collect()
}

/// Whether an object can answer: what only says something of a name doesn't.
fn answers(object: &&Object) -> bool {
    !["aws.acm.", "aws.route53.", "aws.route53domains."]
        .iter()
        .any(|prefix| object.key.kind.starts_with(prefix))
}

/// The routes of clusters that a name is published for, where something publishes names.
fn published(session: &Session<'_>, host: &str) -> Vec<Object> {
    let is_published = |object: &&Object| {
        manifests(object)
            .into_iter()
            .any(|manifest| manifest["kind"] == "HTTPRoute" && publishes(manifest, host))
    };
    session
        .ground
        .of_kind("kubernetes.object", session.now_ms)
        .filter(is_published)
        .filter(|object| {
            let mut releases = session.ground.of_kind("helm.release", session.now_ms);
            releases.any(|other| {
                other.key.place == object.key.place && other.text("chart") == Some("external-dns")
            })
        })
        .cloned()
        .collect()
}

fn publishes(route: &Json, host: &str) -> bool {
    let annotated = route["metadata"]["annotations"][PUBLISHED_AS].as_str();
    let own = route["spec"]["hostnames"].as_array();
    let annotated = annotated.into_iter().flat_map(|names| names.split(',').map(str::trim));
    annotated.chain(own.into_iter().flatten().filter_map(Json::as_str)).any(|name| name == host)
}

/// The manifests of an object of a cluster.
fn manifests(object: &Object) -> Vec<&Json> {
    let several = object.attributes["manifests"].as_array();
    object.attributes.get("manifest").into_iter().chain(several.into_iter().flatten()).collect()
}

/// What the DNS answers to a question other than where a name leads; none where it knows no such
/// records.
pub(super) fn values(session: &Session<'_>, name: &str, kind: &str) -> Vec<String> {
    let mut values: Vec<String> = match kind {
        "NS" => name_servers(session, name),
        _ => records(session, name, &[kind])
            .iter()
            .flat_map(|record| record.attributes["resource_records"].as_array().into_iter().flatten())
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect(),
    };
    values.sort();
    values
}

/// The servers that the world asks about a domain: those of its registration, or those that the zone
/// above names; where neither lies in this world, those of its zone.
fn name_servers(session: &Session<'_>, name: &str) -> Vec<String> {
    let first = |kind: &str, field: &str| {
        let mut objects = session.ground.of_kind(kind, session.now_ms);
        objects.find(|object| object.text(field) == Some(name)).map(|object| object.attributes.clone())
    };
    let texts = |list: &Json, of: &dyn Fn(&Json) -> Option<String>| -> Vec<String> {
        list.as_array().into_iter().flatten().filter_map(of).collect()
    };
    let text = |value: &Json| value.as_str().map(str::to_owned);
    if let Some(domain) = first("aws.route53domains.domain", "domain_name") {
        return texts(&domain["name_servers"], &|server| text(&server["name"]));
    }
    if let Some(delegation) = records(session, name, &["NS"]).first() {
        return texts(&delegation.attributes["resource_records"], &text);
    }
    first("aws.route53.hosted_zone", "name").map_or_else(Vec::new, |zone| texts(&zone["name_servers"], &text))
}

/// The headers that what stands in front of an owner adds to every answer, as its policies say: those of
/// the owner's cluster.
pub(super) fn headers(session: &Session<'_>, owners: &[Object]) -> Vec<(String, String)> {
    let reached = owners.iter().find(|object| !is_cut_off(session, object));
    let Some(place) = reached.map(|object| &object.key.place).filter(|place| place.cluster().is_some())
    else {
        return Vec::new();
    };
    let objects = session.ground.of_kind("kubernetes.object", session.now_ms);
    let mut found = Vec::new();
    for manifest in objects.filter(|object| object.key.place == *place).flat_map(manifests) {
        if manifest["kind"] == "ClientTrafficPolicy" {
            let late = &manifest["spec"]["headers"]["lateResponseHeaders"];
            for list in ["set", "add", "addIfAbsent"] {
                for header in late[list].as_array().into_iter().flatten() {
                    let text = |part: &str| header[part].as_str().unwrap_or_default().to_owned();
                    found.push((text("name"), text("value")));
                }
            }
        }
    }
    found
}

/// The host within a URL or an endpoint.
pub(super) fn host_of(text: &str) -> &str {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme.split('/').next().unwrap_or_default();
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    host_and_port.split(':').next().unwrap_or_default().trim_end_matches('.')
}

fn mentions(value: &Json, host: &str) -> bool {
    match value {
        Json::String(text) => host_of(text) == host,
        Json::Object(map) => map.values().any(|value| mentions(value, host)),
        Json::Array(items) => items.iter().any(|value| mentions(value, host)),
        _ => false,
    }
}
