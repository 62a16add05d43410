//! The eight edges between the phases: each clause of them, and the instances of `production` that carry
//! it, as references or by a check that something waits for.

#![allow(clippy::disallowed_methods, reason = "a test writes a workspace of its own")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::folders::copy;
use ninefold::graph::{Body, EdgeKind, NodeIndex};
use ninefold::kinds::Registry;
use ninefold::model::Value;
use ninefold::workspace::{Environment, Workspace};

use super::known::{know_everything, workspace};
use By::{Asked, Check, Data};

/// What makes one instance wait for another.
enum By {
    /// References all the way: it is made of what the other has.
    Data,
    /// Something on the way is this check, which passes first.
    Check(&'static str),
    /// Who waits is itself a check, which isn't asked before.
    Asked,
}

/// Who waits, by what, and for whom. Addresses are those of the stack `platform`; `*` stands for the key
/// of each region.
type Pair = (&'static str, By, &'static str);

/// What an edge says, and what carries it.
type Clause = (&'static str, &'static [Pair]);

/// A phase, the one that waits for it, and what of it each clause of their edge is carried by.
const EDGES: &[(&str, &str, &[Clause])] = &[
    (
        "cluster",
        "domains",
        &[
            (
                "the cluster runs before cert-manager",
                &[
                    ("domains.cert_manager[*]", Data, "cluster.cluster[*]"),
                    (
                        "domains.cert_manager[*]",
                        Check("cluster.control_plane_active[*]"),
                        "cluster.cluster[*]",
                    ),
                    (
                        "domains.cert_manager[*]",
                        Check("cluster.nodes_healthy[*]"),
                        "cluster.on_demand_nodes[*]",
                    ),
                    ("domains.cert_manager[*]", Check("cluster.pod_schedules[*]"), "cluster.coredns[*]"),
                ],
            ),
            (
                "the network policies let DNS through",
                &[
                    ("domains.cert_manager[*]", Data, "cluster.namespace_policies[*-cert-manager]"),
                    ("domains.external_dns[*]", Data, "cluster.namespace[*-platform-system]"),
                    (
                        "domains.external_dns_network[*]",
                        Data,
                        "cluster.namespace_policies[*-platform-system]",
                    ),
                    ("domains.envoy_gateway[*]", Data, "cluster.namespace_policies[*-gateway]"),
                ],
            ),
        ],
    ),
    (
        "domains",
        "observability",
        &[
            (
                "scraping uses the issued certificates",
                &[
                    ("observability.certificate[*]", Data, "domains.internal_issuer[*]"),
                    ("observability.monitoring[*]", Data, "domains.internal_authority[*]"),
                    (
                        "observability.scraped_in_time[*]",
                        Check("observability.targets_up[*]"),
                        "domains.internal_issuer[*]",
                    ),
                ],
            ),
            (
                "dashboards show their expiry",
                &[
                    ("observability.monitors[*]", Data, "domains.cert_manager[*]"),
                    ("observability.monitors[*]", Data, "domains.gateway_network[*]"),
                ],
            ),
        ],
    ),
    (
        "observability",
        "gitops",
        &[(
            "alert rules trigger the rollback analysis",
            &[
                ("gitops.analysis[*]", Data, "observability.rules[*-slo]"),
                ("gitops.analysis[*]", Data, "observability.monitoring[*]"),
                ("gitops.rollback_exercised[*]", Asked, "observability.rules[*-slo]"),
            ],
        )],
    ),
    (
        "gitops",
        "database",
        &[(
            "the chart deploys the backup jobs",
            &[
                ("database.dump[*]", Data, "gitops.argocd[*]"),
                ("database.dump[*]", Data, "gitops.project[*-database]"),
                ("database.dump[*]", Check("gitops.argocd_runs[*]"), "gitops.argocd[*]"),
                ("database.restore_test[*]", Data, "gitops.argocd[*]"),
                ("database.restore_test[*]", Check("gitops.argocd_runs[*]"), "gitops.argocd[*]"),
            ],
        )],
    ),
    (
        "database",
        "testing",
        &[(
            "fixtures load over the encrypted connection",
            &[
                ("testing.fixtures[primary]", Data, "database.connection[primary]"),
                ("testing.fixtures[primary]", Data, "database.primary_cluster[primary]"),
                ("testing.fixtures[primary]", Data, "database.secret_store[primary]"),
                ("testing.load_test[primary]", Data, "database.connection[primary]"),
                (
                    "testing.approval[primary]",
                    Check("testing.fixtures_encrypted[primary]"),
                    "database.connection[primary]",
                ),
            ],
        )],
    ),
    (
        "testing",
        "scaling",
        &[(
            // What is pinned of it reaches them as evidence: the test below.
            "load-test evidence sets HPA thresholds and cache policy",
            &[
                (
                    "scaling.pods_at_load[primary]",
                    Check("testing.p99_at_load[primary]"),
                    "testing.first_load_test[primary]",
                ),
                (
                    "scaling.pods_at_load[primary]",
                    Check("testing.requests_at_load[primary]"),
                    "testing.first_load_test[primary]",
                ),
            ],
        )],
    ),
    (
        "scaling",
        "recovery",
        &[
            (
                "HPA limits allow for a failed region's load",
                &[
                    ("recovery.runbooks[*]", Data, "scaling.hpa_limits"),
                    (
                        "recovery.ready_for_region_failure[*]",
                        Check("scaling.autoscalers_active[*]"),
                        "scaling.canary_autoscaler[*]",
                    ),
                ],
            ),
            (
                "the cache is replicated",
                &[
                    ("recovery.job[primary-prechecks]", Data, "scaling.cache[primary]"),
                    ("recovery.job[secondary-prechecks]", Data, "scaling.global_cache"),
                    ("recovery.job[failover-prechecks]", Data, "scaling.global_cache"),
                    (
                        "recovery.ready_for_region_failure[secondary]",
                        Asked,
                        "scaling.secondary_cache[secondary]",
                    ),
                    (
                        "recovery.ready_for_region_failure[failover]",
                        Asked,
                        "scaling.secondary_cache[failover]",
                    ),
                ],
            ),
        ],
    ),
    (
        "recovery",
        "cost",
        &[
            ("recovery's cost is in the estimate", &[("cost.recovery_points[*]", Data, "recovery.vault[*]")]),
            (
                "and drives the spot mix",
                &[
                    ("cost.nodes_spot[*]", Asked, "recovery.vault[*]"),
                    ("cost.nodes_on_demand[*]", Asked, "recovery.vault[*]"),
                ],
            ),
        ],
    ),
];

fn production() -> Environment {
    workspace().environment("production").unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The instances of an environment by address, without the stack `platform`.
fn by_address(environment: &Environment) -> BTreeMap<String, NodeIndex> {
    let short = |address: String| address.strip_prefix("platform/").map_or(address.clone(), str::to_owned);
    environment.graph.nodes().map(|(index, node)| (short(node.address.to_string()), index)).collect()
}

/// All that an instance waits for, itself included, along edges of such kinds.
fn reached(environment: &Environment, from: NodeIndex, along: &[EdgeKind]) -> BTreeSet<NodeIndex> {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(index) = open.pop() {
        for edge in environment.graph.dependencies(index) {
            if along.contains(&edge.kind) && seen.insert(edge.to) {
                open.push(edge.to);
            }
        }
    }
    seen
}

fn is_check(environment: &Environment, index: NodeIndex) -> bool {
    matches!(environment.graph.node(index).body, Body::Check(_))
}

const ANY: &[EdgeKind] = &[EdgeKind::Reference, EdgeKind::Cluster, EdgeKind::After];
const DATA: &[EdgeKind] = &[EdgeKind::Reference, EdgeKind::Cluster];

#[test]
fn each_clause_of_the_edges_between_phases_is_in_the_graph() {
    let environment = production();
    let instances = by_address(&environment);
    let regions = ["primary", "secondary", "failover"];
    let mut faults = Vec::new();
    for (before, after, clauses) in EDGES {
        for (clause, pairs) in *clauses {
            for (from, by, to) in *pairs {
                let everywhere = from.contains('*') || to.contains('*');
                for region in regions.iter().take(if everywhere { regions.len() } else { 1 }) {
                    let here = |address: &str| address.replace('*', region);
                    let find = |address: &str| {
                        let address = here(address);
                        *instances.get(&address).unwrap_or_else(|| panic!("there is no {address}"))
                    };
                    assert!(from.starts_with(&format!("{after}.")), "{from} isn't of the phase {after}");
                    assert!(to.starts_with(&format!("{before}.")), "{to} isn't of the phase {before}");
                    let (waits, awaited) = (find(from), find(to));
                    let carried = match by {
                        Data => reached(&environment, waits, DATA).contains(&awaited),
                        Check(check) => {
                            let check = find(check);
                            is_check(&environment, check)
                                && check != waits
                                && reached(&environment, waits, ANY).contains(&check)
                                && reached(&environment, check, ANY).contains(&awaited)
                        }
                        Asked => {
                            is_check(&environment, waits)
                                && reached(&environment, waits, ANY).contains(&awaited)
                        }
                    };
                    if !carried {
                        faults.push(format!("{before}, {after}: {clause}: {} -> {}", here(from), here(to)));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "not carried:\n{}", faults.join("\n"));
}

/// The specs of production, as if everything had been made.
fn specs(environment: &Environment) -> BTreeMap<String, Value> {
    let mut specs = BTreeMap::new();
    know_everything(environment, |node, evaluated| {
        let address = node.address.to_string();
        specs.insert(address.strip_prefix("platform/").unwrap_or(&address).to_owned(), evaluated.unwrap());
    });
    specs
}

fn text(specs: &BTreeMap<String, Value>, address: &str) -> String {
    specs.get(address).unwrap_or_else(|| panic!("there is no {address}")).reveal().unwrap().to_string()
}

/// What no path can show: that what is waited for says what the edge is about.
#[test]
fn what_the_edges_carry_is_what_they_are_about() {
    let specs = specs(&production());
    for region in ["primary", "secondary", "failover"] {
        for (address, said) in [
            ("cluster.namespace_policies[*-cert-manager]", &[r#""name":"allow-dns""#, r#""port":53"#][..]),
            ("cluster.namespace_policies[*-gateway]", &[r#""name":"allow-dns""#, r#""port":53"#]),
            ("observability.monitors[*]", &[r#""matchNames":["cert-manager"]"#]),
            ("observability.dashboards[*-edge]", &["certmanager_certificate_expiration_timestamp_seconds"]),
            (
                "gitops.analysis[*]",
                &["slo:api_availability:ratio_rate5m", "slo:api_latency_p99:seconds5m", "ALERTS{"],
            ),
            (
                "observability.rules[*-slo]",
                &["slo:api_availability:ratio_rate5m", "slo:api_latency_p99:seconds5m"],
            ),
            ("database.connection[*]", &[r#""PGSSLMODE":"verify-full""#]),
        ] {
            let address = address.replace('*', region);
            let shown = text(&specs, &address);
            for word in said {
                assert!(shown.contains(word), "{address} doesn't say {word}: {shown}");
            }
        }
    }
    assert!(text(&specs, "testing.database_connection[primary]").contains(r#""PGSSLMODE":"verify-full""#));
}

/// Evidence is a file: what is pinned there is reviewed before anything follows it.
#[test]
fn evidence_of_the_load_test_sets_thresholds_and_the_policy_of_the_cache() {
    let environment = production();
    let instances = by_address(&environment);
    for address in ["scaling.autoscaler[primary-failure-agent]", "scaling.api_policy"] {
        let waits = reached(&environment, instances[address], DATA);
        assert!(waits.contains(&instances["scaling.measured"]), "{address} isn't made of what was measured");
    }
    let before = specs(&environment);
    let folder = tempfile::tempdir().unwrap();
    for name in ["phases", "stacks", "templates"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), &folder.path().join(name));
    }
    std::fs::write(
        folder.path().join("stacks/environments/production.evidence.yaml"),
        "platform: { testing: { p99_at_load: { primary: { figure: 190 } } } }\n",
    )
    .unwrap();
    let workspace = Workspace::load(folder.path(), Registry::all()).unwrap();
    let after = specs(&workspace.environment("production").unwrap_or_else(|faults| panic!("{faults:?}")));
    let changed: Vec<&str> = before
        .iter()
        .filter(|(address, spec)| after[*address].reveal() != spec.reveal())
        .map(|(address, _)| address.as_str())
        .collect();
    assert_eq!(
        changed,
        [
            "scaling.api_policy",
            "scaling.autoscaler[failover-failure-agent]",
            "scaling.autoscaler[primary-failure-agent]",
            "scaling.autoscaler[secondary-failure-agent]",
            "scaling.hpa_limits",
            "scaling.measured",
        ]
    );
}
