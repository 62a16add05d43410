//! The repository's own workspace: every environment is complete, and keeps the platform's rules.

#[path = "workspace/edges.rs"]
mod edges;
#[path = "harness/folders.rs"]
mod folders;
#[path = "workspace/known.rs"]
mod known;
#[path = "workspace/listed.rs"]
mod listed;
#[path = "workspace/pins.rs"]
mod pins;

use std::collections::{BTreeMap, BTreeSet};

use known::{each_environment, fail, know_everything, workspace};
use ninefold::graph::{Body, EdgeKind, Instance};
use ninefold::kinds::{Field, Shape};
use ninefold::model::{Diagnostics, Json, Value};
use ninefold::workspace::Environment;

/// References that join regions on purpose: who waits, and for whom.
const CROSSINGS: &[(&str, &str)] = &[
    // Keys of several regions are made in one of them.
    ("data_key_replica", "data_key"),
    ("secrets_key_replica", "secrets_key"),
    // A secret is made with its replicas, each under its region's key.
    ("credential", "secrets_key"),
    ("credential", "secrets_key_replica"),
    // Copies are read under the names of the secrets that they are copies of.
    ("external_secrets_role", "credential"),
    ("pod_secret", "credential"),
    ("application", "credential"),
    ("application", "key"),
    // What every region writes, it writes to the one database.
    ("application", "global_cluster"),
    // Images are pushed in one region, and copied to where a repository waits for them.
    ("image_replication", "repository_copy"),
    // The other regions follow the one that is written to.
    ("secondary_cluster", "global_cluster"),
    ("secondary_cluster", "primary_cluster"),
    ("secondary_cluster", "writer"),
    // Zones are signed, and the CDN certified, by what lies in us-east-1, wherever they are used.
    ("cdn_certificate_issued", "cdn_certificate"),
    ("key_signing_key", "dnssec_key"),
    ("validation_record", "cdn_certificate_request"),
    // A public name leads to the primary region first.
    ("host_answers", "host_record"),
    // The agent writes where the database is written, wherever it runs itself.
    ("application", "primary_cluster"),
    // The database's roles reach them as its data does.
    ("first_dump", "database_roles"),
    // The same of the cache: its key, its passwords, and the regions that follow.
    ("cache_key_replica", "cache_key"),
    ("cache_credential", "cache_key"),
    ("cache_credential", "cache_key_replica"),
    ("cache_user", "cache_credential"),
    ("cache_secrets_role", "cache_credential"),
    ("cache_secret", "cache_credential"),
    ("secondary_cache", "cache"),
    ("secondary_cache", "global_cache"),
    // A site has a copy in another region.
    ("site", "site_copy"),
    ("site_replication_role", "site_copy"),
    // What CloudFront uses lies in us-east-1, wherever it is used.
    ("distribution", "cdn_certificate"),
    ("distribution", "web_acl"),
    // A tag is known to bills after something carries it.
    ("allocation_tag", "vpc"),
    // Backups are copied to another region's vault.
    ("backup_plan", "vault"),
    // The primary has the traffic until any other region says that it takes over.
    ("nobody_took_over", "took_over"),
    // Who stands by for it is one of two.
    ("stands_by", "health_check"),
    ("stands_by", "took_over"),
    // Runbooks name the addresses of every region; nothing that runs waits for them.
    ("runbook", "global_cluster"),
    ("runbook", "primary_cluster"),
    ("runbook", "secondary_cluster"),
];

/// Actions that know no resources, so that `*` is the narrowest there is.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const WITHOUT_RESOURCES: &[&str] = &[
    "autoscaling:Describe",
    "ce:GetCostAndUsage",
    "cloudwatch:GetMetric",
    "cloudwatch:ListMetrics",
    "cloudwatch:PutMetricData",
    "ec2:Describe",
    "ec2:InjectApiError",
    "eks:ListClusters",
    "elasticloadbalancing:Describe",
    "iam:ListInstanceProfiles",
    "logs:CreateLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "pricing:GetProducts",
    "route53:ListHostedZones",
    "ssm:CancelCommand",
    "ssm:ListCommands",
    "tag:GetResources",
];

#[test]
fn every_environment_is_valid() {
    let names: Vec<String> = workspace().environments().map(str::to_owned).collect();
    assert_eq!(names, ["production", "sandbox", "staging"]);
    each_environment(|workspace, environment| {
        if let Err(faults) = environment.validate() {
            fail(workspace, &environment.name, &faults);
        }
    });
}

#[test]
fn every_environment_is_valid_when_nothing_is_unknown_any_more() {
    each_environment(|workspace, environment| {
        let mut faults = Diagnostics::default();
        know_everything(environment, |_, evaluated| {
            if let Err(more) = evaluated {
                faults.extend(more);
            }
        });
        if faults.has_errors() {
            fail(workspace, &environment.name, &faults);
        }
        if let Err(faults) = environment.outputs() {
            fail(workspace, &environment.name, &faults);
        }
    });
}

#[test]
fn no_region_waits_for_another() {
    each_environment(|_, environment| {
        let regions = regions(environment);
        let mut crossings = BTreeSet::new();
        for (index, node) in environment.graph.nodes() {
            for edge in environment.graph.dependencies(index) {
                let other = environment.graph.node(edge.to);
                // What belongs to no region would hand on what it waits for to all of them.
                let crosses =
                    region_of(other, &regions).is_some_and(|to| region_of(node, &regions) != Some(to));
                if crosses && !CROSSINGS.contains(&(node.address.name(), other.address.name())) {
                    crossings.insert(format!("{} waits for {}", node.address, other.address));
                }
            }
        }
        assert!(crossings.is_empty(), "{}: {crossings:#?}", environment.name);
    });
}

/// Names of regions by `primary`, `secondary`, … : there is a network for each.
fn regions(environment: &Environment) -> BTreeMap<String, String> {
    let networks = environment.graph.nodes().filter(|(_, node)| node.address.name() == "vpc");
    let regions: BTreeMap<String, String> = networks
        .filter_map(|(_, node)| Some((node.address.key()?.to_owned(), node.region.as_deref()?.to_owned())))
        .collect();
    assert_eq!(regions.len(), environment.regions.len(), "{}", environment.name);
    regions
}

/// The region that an instance is for, as its key says; else that in which it lies.
fn region_of<'r>(node: &Instance, regions: &'r BTreeMap<String, String>) -> Option<&'r str> {
    let is_in_key = |region: &str| {
        let rest = node.address.key().and_then(|key| key.strip_prefix(region));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let by_key = regions.keys().find(|region| is_in_key(region));
    let by_place = || regions.iter().find(|(_, name)| node.region.as_deref() == Some(name.as_str()));
    by_key.or_else(|| by_place().map(|(region, _)| region)).map(String::as_str)
}

/// Where a kind has a field for another kind, a reference says more than `after`.
#[test]
fn nothing_waits_without_a_reference_where_data_could_flow() {
    each_environment(|_, environment| {
        for (index, node) in environment.graph.nodes() {
            for edge in environment.graph.dependencies(index) {
                let other = environment.graph.node(edge.to);
                let (Some(kind), Body::Resource { kind: wanted, .. }) =
                    (environment.kind(index), &other.body)
                else {
                    continue;
                };
                assert!(
                    edge.kind != EdgeKind::After || !can_refer(kind.spec(), wanted),
                    "{}: {} waits for {} by `after`, and could refer to it",
                    environment.name,
                    node.address,
                    other.address
                );
            }
        }
    });
}

fn can_refer(schema: &Field, kind: &str) -> bool {
    schema.refers.iter().any(|known| known == kind)
        || match &schema.shape {
            Shape::List { item, .. } => can_refer(item, kind),
            Shape::Map { value, .. } => can_refer(value, kind),
            Shape::Object(fields) => fields.values().any(|field| can_refer(field, kind)),
            Shape::Any | Shape::Scalar(_) => false,
        }
}

#[test]
fn roles_may_do_no_more_than_they_need() {
    each_environment(|_, environment| {
        let mut statements = 0;
        know_everything(environment, |node, evaluated| {
            let Ok(spec) = evaluated else { return };
            let inline = spec.get("inline_policies").and_then(Value::as_map);
            let documents = inline.into_iter().flat_map(BTreeMap::values).chain(spec.get("document"));
            for document in documents.filter_map(Value::reveal) {
                for statement in many(&document["Statement"]).filter(|one| one["Effect"] == "Allow") {
                    statements += 1;
                    assert_narrow(&node.address.to_string(), statement);
                }
            }
        });
        assert!(statements > 0, "{} has no policies", environment.name);
    });
}

fn assert_narrow(address: &str, statement: &Json) {
    let texts = |field: &str| many(&statement[field]).filter_map(Json::as_str).collect::<Vec<_>>();
    for action in texts("Action") {
        assert!(!action.contains('*'), "{address} allows {action}");
        let knows_resources = !WITHOUT_RESOURCES.iter().any(|known| action.starts_with(known));
        assert!(
            !knows_resources || !texts("Resource").contains(&"*"),
            "{address} allows {action} on everything"
        );
    }
    for field in ["NotAction", "NotResource"] {
        assert!(statement[field].is_null(), "{address} allows all but its {field}");
    }
}

/// The elements of a list, or the one value that stands in its place.
fn many(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

#[test]
fn a_region_has_three_to_ten_nodes() {
    each_environment(|_, environment| {
        let mut sizes: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        know_everything(environment, |node, evaluated| {
            let Ok(spec) = evaluated else { return };
            if let (Some(scaling), Some(key)) = (spec.get("scaling_config"), node.address.key()) {
                let size = |name: &str| match scaling.get(name) {
                    Some(Value::Integer(size)) => *size,
                    other => panic!("{}: {name} is {other:?}", node.address),
                };
                let sum = sizes.entry(key.to_owned()).or_default();
                *sum = (sum.0 + size("min_size"), sum.1 + size("max_size"));
            }
        });
        assert_eq!(sizes.len(), environment.regions.len());
        for (region, (least, most)) in sizes {
            assert!(least >= 3 && most <= 10, "{} {region}: {least} to {most}", environment.name);
        }
    });
}
