//! What each phase has to contain and to prove, line by line: the instance of `production` that is it,
//! and the figures that it is held to.

use std::collections::{BTreeMap, BTreeSet};

use ninefold::graph::Body;
use ninefold::model::{Json, Value};
use ninefold::workspace::Environment;

use super::known::{know_everything, workspace};

/// What is asked for, where it is, and of what kind; for a check, its probe. Addresses are those of the
/// stack `platform`; `*` stands for the key of each region, `?` for each of three zones, `@` for each
/// domain.
type Row = (&'static str, &'static str, &'static str);

/// What each phase has to contain, and to prove.
const LISTED: &[(&str, &[Row])] = &[
    (
        "cluster",
        &[
            ("a network in each region", "cluster.vpc[*]", "aws.ec2.vpc"),
            ("public subnets in three zones", "cluster.public_subnet[*-?]", "aws.ec2.subnet"),
            ("private subnets in three zones", "cluster.private_subnet[*-?]", "aws.ec2.subnet"),
            ("data subnets in three zones", "cluster.data_subnet[*-?]", "aws.ec2.subnet"),
            ("NAT", "cluster.nat_gateway[*-?]", "aws.ec2.nat_gateway"),
            ("routes", "cluster.public_routes[*]", "aws.ec2.route_table"),
            ("routes", "cluster.private_routes[*-?]", "aws.ec2.route_table"),
            ("routes", "cluster.data_routes[*]", "aws.ec2.route_table"),
            ("flow logs", "cluster.flow_log[*]", "aws.ec2.flow_log"),
            ("endpoints", "cluster.gateway_endpoint[*-s3]", "aws.ec2.vpc_endpoint"),
            ("endpoints", "cluster.gateway_endpoint[*-dynamodb]", "aws.ec2.vpc_endpoint"),
            ("a key", "cluster.secrets_key[*]", "aws.kms.key"),
            ("security groups", "cluster.nodes_security_group[*]", "aws.ec2.security_group"),
            ("security groups", "cluster.control_plane_security_group[*]", "aws.ec2.security_group"),
            ("roles of IAM", "cluster.cluster_role[*]", "aws.iam.role"),
            ("roles of IAM", "cluster.node_role[*]", "aws.iam.role"),
            ("EKS", "cluster.cluster[*]", "aws.eks.cluster"),
            ("access entries", "cluster.access_entry[*-administrator]", "aws.eks.access_entry"),
            ("pod identity", "cluster.karpenter_identity[*]", "aws.eks.pod_identity_association"),
            ("nodes on demand", "cluster.on_demand_nodes[*]", "aws.eks.node_group"),
            ("spot nodes", "cluster.spot_nodes[*]", "aws.eks.node_group"),
            ("VPC CNI", "cluster.vpc_cni[*]", "aws.eks.addon"),
            ("CoreDNS", "cluster.coredns[*]", "aws.eks.addon"),
            ("kube-proxy", "cluster.kube_proxy[*]", "aws.eks.addon"),
            ("EBS CSI", "cluster.ebs_csi_driver[*]", "aws.eks.addon"),
            ("the agent of pod identity", "cluster.pod_identity_agent[*]", "aws.eks.addon"),
            ("metrics-server", "cluster.metrics_server[*]", "aws.eks.addon"),
            ("node autoscaler", "cluster.karpenter[*]", "helm.release"),
            ("node autoscaler", "cluster.node_pool[*]", "kubernetes.object"),
            ("namespaces", "cluster.namespace[*-platform]", "kubernetes.object"),
            ("roles within the cluster", "cluster.roles[*]", "kubernetes.object"),
            ("default-deny network policies", "cluster.namespace_policies[*-platform]", "kubernetes.object"),
            ("default-deny network policies", "cluster.default_namespace_policies[*]", "kubernetes.object"),
            ("control plane active", "cluster.control_plane_active[*]", "attribute"),
            ("nodes ready", "cluster.nodes_healthy[*]", "kubernetes"),
            ("a probe pod schedules", "cluster.pod_schedules[*]", "kubernetes"),
            ("autoscaler active", "cluster.autoscaler_active[*]", "kubernetes"),
        ],
    ),
    (
        "domains",
        &[
            ("registration", "domains.registration[@]", "aws.route53domains.domain"),
            ("hosted zones", "domains.zone[@]", "aws.route53.hosted_zone"),
            ("alias and failover records", "domains.host_record[primary-api]", "aws.route53.record_set"),
            ("alias and failover records", "domains.host_record[secondary-api]", "aws.route53.record_set"),
            ("alias and failover records", "domains.standby_record[secondary-@]", "aws.route53.record_set"),
            ("alias and failover records", "domains.standby_record[failover-@]", "aws.route53.record_set"),
            ("CAA", "domains.caa[@]", "aws.route53.record_set"),
            ("health checks", "domains.health_check[*]", "aws.route53.health_check"),
            ("ACM for the CDN", "domains.cdn_certificate_request", "aws.acm.certificate"),
            ("ACM for the CDN", "domains.cdn_certificate", "aws.acm.certificate_validation"),
            ("cert-manager", "domains.cert_manager[*]", "helm.release"),
            ("Let's Encrypt", "domains.cluster_issuer[*]", "kubernetes.object"),
            ("renewal", "domains.gateway_certificate[*]", "kubernetes.object"),
            ("a private authority", "domains.internal_authority[*]", "kubernetes.object"),
            ("a private authority", "domains.internal_issuer[*]", "kubernetes.object"),
            ("external-dns", "domains.external_dns[*]", "helm.release"),
            ("gateway", "domains.envoy_gateway[*]", "helm.release"),
            ("gateway", "domains.gateway[*]", "kubernetes.object"),
            ("security headers at the gateway", "domains.gateway_rules[*]", "kubernetes.object"),
            ("security headers at the CDN", "scaling.site_headers", "aws.cloudfront.response_headers_policy"),
            ("HTTPS answers", "domains.https_answers[*]", "http"),
            ("HTTPS answers", "domains.host_answers[api]", "http"),
            ("remaining life", "domains.certificate_lives[*]", "tls"),
            ("no renewal overdue", "domains.renewal_on_time[*]", "tls"),
            ("DNS answers as declared", "domains.delegated[@]", "dns"),
            ("DNS answers as declared", "domains.authorities_named[@]", "dns"),
            ("DNS answers as declared", "domains.region_name_answers[*]", "dns"),
            ("headers present", "domains.headers_present[*]", "http"),
        ],
    ),
    (
        "observability",
        &[
            ("Prometheus, Alertmanager, Grafana", "observability.monitoring[*]", "helm.release"),
            ("on-call receivers", "observability.on_call[*]", "kubernetes.object"),
            ("on-call receivers", "observability.page_topic[*]", "aws.sns.topic"),
            ("Loki", "observability.loki[*]", "helm.release"),
            ("Loki on S3", "observability.logs[*]", "aws.s3.bucket"),
            ("blackbox exporter", "observability.blackbox[*]", "helm.release"),
            ("SLO burn rates", "observability.rules[*-slo]", "kubernetes.object"),
            ("targets up", "observability.targets_up[*]", "promql"),
            ("scrape interval", "observability.scraped_in_time[*]", "promql"),
            ("log canary", "observability.logs_in_time[*]", "promql"),
            ("every figure has a series", "observability.figures_recorded[*]", "promql"),
        ],
    ),
    (
        "gitops",
        &[
            ("ECR", "gitops.repository[failure-agent/api]", "aws.ecr.repository"),
            ("replication", "gitops.repository_copy[secondary-failure-agent/api]", "aws.ecr.repository"),
            ("replication", "gitops.repository_copy[failover-failure-agent/api]", "aws.ecr.repository"),
            ("replication", "gitops.image_replication", "aws.ecr.replication_configuration"),
            ("an Argo CD for each region", "gitops.argocd[*]", "helm.release"),
            ("projects", "gitops.project[*-platform]", "kubernetes.object"),
            ("projects", "gitops.project[*-failure-agent]", "kubernetes.object"),
            ("application sets", "gitops.application_set[*]", "kubernetes.object"),
            ("Argo Rollouts", "gitops.rollouts[*]", "helm.release"),
            ("analysis", "gitops.analysis[*]", "kubernetes.object"),
            ("the failure agent's chart", "failure-agent/application[*]", "kubernetes.object"),
            ("applications synced", "gitops.applications_synced[*]", "promql"),
            ("applications healthy", "gitops.applications_healthy[*]", "promql"),
            ("a rollback has been exercised", "gitops.rollback_exercised[*]", "job"),
            ("no failed request during a rollout", "gitops.no_request_fails[*]", "job"),
        ],
    ),
    (
        "database",
        &[
            ("global database", "database.global_cluster", "aws.rds.global_cluster"),
            ("writer and readers in the primary", "database.primary_cluster[primary]", "aws.rds.cluster"),
            ("writer and readers in the primary", "database.writer[primary]", "aws.rds.instance"),
            ("writer and readers in the primary", "database.reader[primary-b]", "aws.rds.instance"),
            ("a cluster in each other region", "database.secondary_cluster[secondary]", "aws.rds.cluster"),
            ("a cluster in each other region", "database.secondary_cluster[failover]", "aws.rds.cluster"),
            (
                "a cluster in each other region",
                "database.secondary_instance[secondary-a]",
                "aws.rds.instance",
            ),
            ("a cluster in each other region", "database.secondary_instance[failover-a]", "aws.rds.instance"),
            ("subnet groups", "database.subnet_group[*]", "aws.rds.subnet_group"),
            ("parameter groups", "database.parameter_group[*]", "aws.rds.cluster_parameter_group"),
            ("keys with rotation", "database.data_key[primary]", "aws.kms.key"),
            ("keys with rotation", "database.secrets_key[primary]", "aws.kms.key"),
            ("keys with rotation", "database.data_key_replica[secondary]", "aws.kms.replica_key"),
            ("keys with rotation", "database.data_key_replica[failover]", "aws.kms.replica_key"),
            ("secrets with replicas", "database.credential[master]", "aws.secretsmanager.secret"),
            ("secrets with replicas", "database.credential[application]", "aws.secretsmanager.secret"),
            ("rotation by a function", "database.credential_rotation[master]", "aws.secretsmanager.rotation"),
            ("rotation by a function", "database.rotation_function[*]", "aws.lambda.function"),
            ("External Secrets", "database.external_secrets[*]", "helm.release"),
            ("External Secrets", "database.secret_store[*]", "kubernetes.object"),
            ("External Secrets", "database.pod_secret[primary-application]", "kubernetes.object"),
            ("AWS Backup", "recovery.vault[*]", "aws.backup.vault"),
            ("AWS Backup", "recovery.backup_plan[primary]", "aws.backup.plan"),
            ("AWS Backup", "recovery.backup_selection[primary]", "aws.backup.selection"),
            ("backup jobs", "database.dump[*]", "kubernetes.object"),
            ("restore-test jobs", "database.restore_test[*]", "kubernetes.object"),
            ("retention", "database.backups_kept[*]", "attribute"),
            ("encrypted", "database.storage_encrypted[*]", "attribute"),
            ("restore test", "database.restores_in_time[primary]", "job"),
            ("replica lag", "database.replicas_in_step[secondary]", "sql"),
            ("replica lag", "database.replicas_in_step[failover]", "sql"),
            ("95th percentile of queries", "database.queries_in_time[primary]", "sql"),
        ],
    ),
    (
        "testing",
        &[
            ("fixtures job", "testing.fixtures[primary]", "kubernetes.object"),
            ("load test", "testing.load_test[primary]", "kubernetes.object"),
            ("fault injection", "testing.experiment[latency-*]", "aws.fis.experiment_template"),
            ("fault injection", "testing.experiment[nodes-*]", "aws.fis.experiment_template"),
            ("fault injection", "testing.experiment[pods-*]", "aws.fis.experiment_template"),
            ("fault injection", "testing.experiment[zone-power-*]", "aws.fis.experiment_template"),
            ("pod kills", "testing.pod_kill[*]", "kubernetes.object"),
            ("Trivy", "testing.trivy[*]", "helm.release"),
            ("static scan", "testing.static_scan", "local.file"),
            ("dynamic scan", "testing.dynamic_scan[primary]", "kubernetes.object"),
            ("signed approval", "testing.approval_statement[primary]", "kubernetes.object"),
            ("signed approval", "testing.approval[primary]", "kubernetes.object"),
            ("p99 at load", "testing.p99_at_load[primary]", "job"),
            ("no critical vulnerability", "testing.no_critical_vulnerability[*]", "job"),
            ("recovery after injected faults", "testing.recovers[*]", "job"),
            ("approval present", "testing.approved[primary]", "job"),
        ],
    ),
    (
        "scaling",
        &[
            ("HPAs", "scaling.autoscaler[*-failure-agent]", "kubernetes.object"),
            ("thresholds from evidence", "scaling.measured", "core.value"),
            ("ElastiCache", "scaling.cache[primary]", "aws.elasticache.replication_group"),
            ("replicated over regions", "scaling.global_cache", "aws.elasticache.global_replication_group"),
            (
                "replicated over regions",
                "scaling.secondary_cache[secondary]",
                "aws.elasticache.replication_group",
            ),
            (
                "replicated over regions",
                "scaling.secondary_cache[failover]",
                "aws.elasticache.replication_group",
            ),
            ("CloudFront", "scaling.distribution[audityzer]", "aws.cloudfront.distribution"),
            ("CloudFront", "scaling.distribution[audityzer-sec]", "aws.cloudfront.distribution"),
            ("S3 origin", "scaling.site[audityzer]", "aws.s3.bucket"),
            ("OAC", "scaling.site_access", "aws.cloudfront.origin_access_control"),
            ("index and query-plan jobs", "scaling.query_review[primary]", "kubernetes.object"),
            ("HPA reacts", "scaling.autoscaler_reacts[*]", "job"),
            ("cache hits", "scaling.cache_hits[*]", "promql"),
            ("p99", "scaling.answers_in_time[*]", "promql"),
        ],
    ),
    (
        "recovery",
        &[
            ("failover between regions", "recovery.nobody_took_over", "aws.route53.health_check"),
            ("failover between regions", "recovery.stands_by", "aws.route53.health_check"),
            ("failover between regions", "recovery.took_over[secondary]", "aws.route53.health_check"),
            ("failover between regions", "recovery.took_over[failover]", "aws.route53.health_check"),
            ("membership", "database.global_cluster", "aws.rds.global_cluster"),
            ("membership", "scaling.global_cache", "aws.elasticache.global_replication_group"),
            ("cross-region backup", "recovery.backup_plan[primary]", "aws.backup.plan"),
            ("runbooks from templates", "recovery.runbooks[*]", "kubernetes.object"),
            ("runbooks from templates", "failover/runbook[region-failure]", "aws.s3.object"),
            ("on-call rotation", "failover/calendar", "aws.s3.object"),
            ("on-call rotation", "failover/schedule[hand-over]", "aws.scheduler.schedule"),
            ("quarterly drill", "failover/schedule[drill-quarterly]", "aws.scheduler.schedule"),
            ("drill within the quarter", "recovery.drilled_this_quarter[*]", "job"),
            ("RTO", "recovery.recovery_time[*]", "job"),
            ("RPO", "recovery.recovery_point[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_database_failure[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_region_failure[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_data_corruption[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_zone_failure[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_credential_compromise[*]", "job"),
            ("each procedure's precheck", "recovery.ready_for_cluster_upgrade[*]", "job"),
        ],
    ),
    (
        "cost",
        &[
            ("node mix", "cost.nodes_spot[*]", "promql"),
            ("node mix", "cost.nodes_on_demand[*]", "promql"),
            ("budgets", "cost.budget", "aws.budgets.budget"),
            ("budgets", "cost.phase_budget[cluster]", "aws.budgets.budget"),
            ("anomaly monitors", "cost.services_monitor", "aws.ce.anomaly_monitor"),
            ("anomaly monitors", "cost.phases_monitor", "aws.ce.anomaly_monitor"),
            ("anomaly monitors", "cost.anomalies", "aws.ce.anomaly_subscription"),
            ("cost allocation tags", "cost.allocation_tag[environment]", "aws.ce.cost_allocation_tag"),
            ("cost allocation tags", "cost.allocation_tag[phase]", "aws.ce.cost_allocation_tag"),
            ("OpenCost", "cost.opencost[*]", "helm.release"),
            ("a dashboard", "cost.dashboard[*]", "kubernetes.object"),
            ("right-sizing recommendations", "cost.recommender[*]", "helm.release"),
            ("right-sizing recommendations", "cost.goldilocks[*]", "helm.release"),
            ("estimate", "cost.estimate_within_limit", "estimate"),
            ("bill", "cost.bill_within_limit", "attribute"),
            ("a transaction", "cost.transaction_within_limit", "estimate"),
            ("a transaction", "cost.transaction_costs[primary]", "promql"),
            ("utilisation", "cost.nodes_utilised[*]", "promql"),
        ],
    ),
];

/// Figures and words that something is held to: where, at which path of its spec, and what stands there.
const SAID: &[(&str, &str, &str)] = &[
    ("cluster.cluster[*]", "/upgrade_policy/support_type", r#""STANDARD""#),
    ("cluster.cluster[*]", "/resources_vpc_config/endpoint_private_access", "true"),
    ("cluster.cluster[*]", "/resources_vpc_config/public_access_cidrs", r#"["203.0.113.0/24"]"#),
    ("cluster.on_demand_nodes[*]", "/capacity_type", r#""ON_DEMAND""#),
    ("cluster.spot_nodes[*]", "/capacity_type", r#""SPOT""#),
    ("cluster.nodes_healthy[*]", "/nodes/ready_at_least", "3"),
    ("domains.cdn_certificate_request", "/validation_method", r#""DNS""#),
    ("domains.certificate_lives[*]", "/bound", r#""> 20%""#),
    ("domains.gateway_certificate[*]", "/manifest/spec/renewBeforePercentage", "33"),
    ("observability.scraped_in_time[*]", "/bound", r#""< 15.5s""#),
    ("observability.logs_in_time[*]", "/bound", r#""< 60s""#),
    ("observability.figures_recorded[*]", "/bound", r#""= 8""#),
    ("observability.available[*]", "/bound", r#"">= 99.99%""#),
    ("observability.few_errors[*]", "/bound", r#""< 0.1%""#),
    ("observability.loki[*]", "/values/loki/storage/type", r#""s3""#),
    ("gitops.argocd[*]", "/values/redis-ha/enabled", "true"),
    ("gitops.argocd[*]", "/values/server/replicas", "2"),
    ("gitops.argocd[*]", "/values/repoServer/replicas", "2"),
    ("gitops.argocd[*]", "/values/applicationSet/replicas", "2"),
    ("gitops.no_request_fails[*]", "/bound", r#""< 1""#),
    ("database.primary_cluster[primary]", "/backup_retention_period", "30"),
    ("database.primary_cluster[primary]", "/storage_encrypted", "true"),
    ("database.secondary_cluster[secondary]", "/backup_retention_period", "30"),
    ("database.secondary_cluster[failover]", "/backup_retention_period", "30"),
    ("database.parameter_group[*]", "/parameters/rds.force_ssl/value", r#""1""#),
    ("database.data_key[primary]", "/enable_key_rotation", "true"),
    ("database.secrets_key[primary]", "/enable_key_rotation", "true"),
    ("database.backups_kept[*]", "/bound", r#"">= 30""#),
    ("database.restores_in_time[primary]", "/bound", r#""< 15m""#),
    ("database.replicas_in_step[secondary]", "/bound", r#""< 5m""#),
    ("database.queries_in_time[primary]", "/bound", r#""< 100ms""#),
    ("database.queries_in_time[primary]", "/percentile", "95"),
    ("recovery.backup_plan[primary]", "/rules/0/lifecycle/delete_after_days", "30"),
    ("recovery.backup_plan[primary]", "/rules/0/copy_actions/0/lifecycle/delete_after_days", "30"),
    ("testing.p99_at_load[primary]", "/bound", r#""< 200ms""#),
    ("testing.no_critical_vulnerability[*]", "/bound", r#""= 0""#),
    ("scaling.cache[primary]", "/multi_az_enabled", "true"),
    ("scaling.cache[primary]", "/transit_encryption_enabled", "true"),
    ("scaling.cache[primary]", "/engine", r#""valkey""#),
    ("scaling.cache_hits[*]", "/bound", r#""> 80%""#),
    ("scaling.answers_in_time[*]", "/bound", r#""< 200ms""#),
    ("recovery.drilled_this_quarter[*]", "/bound", r#""< 92d""#),
    ("recovery.recovery_time[*]", "/bound", r#""< 60m""#),
    ("recovery.recovery_point[*]", "/bound", r#""< 15m""#),
    ("cost.nodes_spot[*]", "/bound", r#"">= 55%""#),
    ("cost.nodes_on_demand[*]", "/bound", r#"">= 35%""#),
    ("cost.estimate_within_limit", "/bound", r#""<= 5810 USD""#),
    ("cost.bill_within_limit", "/bound", r#""<= 5810 USD""#),
    ("cost.transaction_within_limit", "/bound", r#""<= 0.001 USD""#),
    ("cost.transaction_within_limit", "/per", "5810000"),
    ("cost.nodes_utilised[*]", "/bound", r#""> 70%""#),
];

const REGIONS: [&str; 3] = ["primary", "secondary", "failover"];

/// The addresses that a pattern stands for.
fn addresses(pattern: &str) -> Vec<String> {
    let places: [(&str, &[&str]); 3] =
        [("*", &REGIONS), ("?", &["a", "b", "c"]), ("@", &["audityzer", "audityzer-sec", "auditorsec"])];
    places.iter().fold(vec![pattern.to_owned()], |patterns, (place, keys)| {
        let filled = patterns.iter().flat_map(|pattern| {
            let keys = if pattern.contains(place) { *keys } else { &keys[..1] };
            keys.iter().map(move |key| pattern.replace(place, key))
        });
        filled.collect()
    })
}

fn short(address: &impl ToString) -> String {
    let address = address.to_string();
    address.strip_prefix("platform/").map_or(address.clone(), str::to_owned)
}

fn environment(name: &str) -> Environment {
    workspace().environment(name).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The kind of each instance, or the probe of a check.
fn kinds(environment: &Environment) -> BTreeMap<String, String> {
    let kind = |body: &Body| match body {
        Body::Resource { kind, .. } => kind.to_string(),
        Body::Check(check) => check.probe.to_string(),
    };
    environment.graph.nodes().map(|(_, node)| (short(&node.address), kind(&node.body))).collect()
}

#[test]
fn everything_that_the_phases_are_to_contain_is_in_production() {
    let kinds = kinds(&environment("production"));
    let mut faults = Vec::new();
    for (phase, rows) in LISTED {
        for (what, pattern, kind) in *rows {
            for address in addresses(pattern) {
                match kinds.get(&address) {
                    Some(found) if found == kind => {}
                    found => faults.push(format!("{phase}, {what}: {address} is {found:?}, not {kind}")),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Nobody is there at night, so it is staging that is switched off.
#[test]
fn staging_is_switched_off_when_nobody_works() {
    let kinds = kinds(&environment("staging"));
    for address in [
        "cost.nodes_switch[primary-on-demand-off]",
        "cost.nodes_switch[primary-on-demand-on]",
        "cost.nodes_switch[primary-spot-off]",
        "cost.nodes_switch[primary-spot-on]",
        "cost.database_switch[primary-off]",
        "cost.database_switch[primary-on]",
    ] {
        assert_eq!(kinds.get(address).map(String::as_str), Some("aws.scheduler.schedule"), "{address}");
    }
}

/// The specs of production, as if everything had been made.
struct Specs(BTreeMap<String, Value>);

impl Specs {
    fn of(environment: &Environment) -> Self {
        let mut specs = BTreeMap::new();
        know_everything(environment, |node, evaluated| {
            specs.insert(short(&node.address), evaluated.unwrap_or_else(|faults| panic!("{faults:?}")));
        });
        Self(specs)
    }

    fn json(&self, address: &str) -> Json {
        let spec = self.0.get(address).unwrap_or_else(|| panic!("there is no {address}"));
        spec.reveal().unwrap_or_else(|| panic!("{address} isn't known whole"))
    }

    /// What stands at a path, and must be there; beside it there may be what nobody is shown.
    fn at(&self, address: &str, pointer: &str) -> Json {
        let spec = self.0.get(address).unwrap_or_else(|| panic!("there is no {address}"));
        let found = pointer.split('/').skip(1).try_fold(spec, |value, part| match value {
            Value::List(items) => items.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        });
        found.and_then(Value::reveal).unwrap_or_else(|| panic!("{address} has no {pointer}: {spec}"))
    }

    /// A whole number that stands at a path.
    fn number(&self, address: &str, pointer: &str) -> i64 {
        self.at(address, pointer).as_i64().unwrap_or_else(|| panic!("{address}: {pointer} is no number"))
    }
}

#[test]
fn production_keeps_to_the_figures() {
    let environment = environment("production");
    let specs = Specs::of(&environment);
    let mut faults = Vec::new();
    for (pattern, pointer, said) in SAID {
        for address in addresses(pattern) {
            let found = specs.at(&address, pointer).to_string();
            if found != *said {
                faults.push(format!("{address}{pointer} is {found}, not {said}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for region in REGIONS {
        nodes_keep_to_theirs(&specs, region);
        monitoring_keeps_to_its(&specs, region);
    }
    certificates_and_headers_keep_to_theirs(&specs);
    database_keeps_to_its(&specs);
    // Ninety-nine of a hundred answers to a hundred people.
    let load =
        specs.at("testing.load_test[primary]", "/manifest/spec/jobTemplate/spec/template/spec").to_string();
    assert!(load.contains(r#"{"name":"LOAD_VUS","value":"100"}"#), "{load}");
    // Domains are there already: nobody buys one by an apply.
    for address in addresses("domains.registration[@]") {
        let (_, node) = environment.graph.nodes().find(|(_, node)| short(&node.address) == address).unwrap();
        assert!(matches!(&node.body, Body::Resource { adopt: Some(_), .. }), "{address} isn't adopted");
        assert_eq!(specs.at(&address, "/purchase"), Json::Null, "{address} is bought");
    }
}

fn nodes_keep_to_theirs(specs: &Specs, region: &str) {
    for subnets in ["public", "private", "data"] {
        let zones: BTreeSet<String> = addresses(&format!("cluster.{subnets}_subnet[{region}-?]"))
            .iter()
            .map(|address| specs.at(address, "/availability_zone").to_string())
            .collect();
        assert_eq!(zones.len(), 3, "{subnets} subnets of {region} lie in {zones:?}");
    }
    let sizes = |bound: &str| {
        ["spot", "on_demand"].map(|group| {
            specs.number(&format!("cluster.{group}_nodes[{region}]"), &format!("/scaling_config/{bound}"))
        })
    };
    assert_eq!(sizes("min_size").iter().sum::<i64>(), 3, "{region}");
    assert_eq!(sizes("max_size").iter().sum::<i64>(), 10, "{region}");
    // Sixty of a hundred, counted in processors: so all types have as many of them.
    let [spot, on_demand] = sizes("desired_size");
    assert_eq!(spot * 100, (spot + on_demand) * 60, "{region}: {spot} of {}", spot + on_demand);
    for group in ["spot", "on_demand"] {
        let types = specs.at(&format!("cluster.{group}_nodes[{region}]"), "/instance_types");
        for one in types.as_array().unwrap() {
            assert!(one.as_str().unwrap().ends_with(".xlarge"), "{one} hasn't four processors");
        }
    }
    let version = specs.at(&format!("cluster.cluster[{region}]"), "/version");
    let minor: u32 = version.as_str().and_then(|version| version.strip_prefix("1.")?.parse().ok()).unwrap();
    assert!(minor >= 35, "{version} is out of standard support");
    let cni = specs.at(&format!("cluster.vpc_cni[{region}]"), "/configuration_values");
    assert!(cni.as_str().unwrap().contains(r#""enableNetworkPolicy":"true""#), "{cni}");
    let policies = specs.json(&format!("cluster.namespace_policies[{region}-platform]")).to_string();
    for word in [r#""name":"default-deny""#, r#""name":"allow-dns""#, r#""port":53"#] {
        assert!(policies.contains(word), "{word}: {policies}");
    }
}

fn monitoring_keeps_to_its(specs: &Specs, region: &str) {
    let monitoring = specs.at(
        &format!("observability.monitoring[{region}]"),
        "/values/prometheus/prometheusSpec/scrapeInterval",
    );
    assert_eq!(monitoring, "15s");
    let of = |name: &str| {
        let start = format!("observability.{name}[{region}-");
        specs.0.keys().filter(move |address| address.starts_with(&start))
    };
    assert!(of("dashboards").count() >= 10, "{region} has {} dashboards", of("dashboards").count());
    let mut alerts = BTreeSet::new();
    for address in of("rules") {
        let groups = specs.at(address, "/manifest/spec/groups");
        for rule in groups.as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap()) {
            if let Some(alert) = rule["alert"].as_str() {
                let runbook = rule["annotations"]["runbook_url"].as_str().unwrap_or_default();
                assert!(runbook.ends_with(&format!("/{alert}.md")), "{alert} has the runbook {runbook}");
                alerts.insert(alert.to_owned());
            }
        }
    }
    assert!(alerts.len() >= 20, "{region} has {} alerts", alerts.len());
    let burn = specs.json(&format!("observability.rules[{region}-slo]")).to_string();
    assert!(burn.contains("0.0001") || burn.contains("0.9999"), "no burn rate of 99.99 %: {burn}");
}

fn certificates_and_headers_keep_to_theirs(specs: &Specs) {
    for address in addresses("domains.zone[@]") {
        let name = specs.at(&address, "/name");
        assert!(["audityzer.com", "audityzer-sec.com", "auditorsec.com"].contains(&name.as_str().unwrap()));
    }
    for address in addresses("domains.caa[@]") {
        let authorities = specs.at(&address, "/resource_records").to_string();
        assert!(
            authorities.contains("letsencrypt.org") && authorities.contains("amazon.com"),
            "{authorities}"
        );
    }
    for address in addresses("domains.cluster_issuer[*]") {
        let issuer = specs.json(&address).to_string();
        assert!(issuer.contains("acme-v02.api.letsencrypt.org") && issuer.contains("dns01"), "{issuer}");
    }
    let headers = [
        "strict-transport-security",
        "content-security-policy",
        "x-frame-options",
        "referrer-policy",
        "x-content-type-options",
    ];
    for address in addresses("domains.gateway_rules[*]") {
        let rules = specs.json(&address).to_string().to_lowercase();
        assert!(headers.iter().all(|header| rules.contains(header)), "{address}: {rules}");
    }
    for policy in [
        "strict_transport_security",
        "content_security_policy",
        "frame_options",
        "referrer_policy",
        "content_type_options",
    ] {
        specs.at("scaling.site_headers", &format!("/security_headers_config/{policy}"));
    }
}

fn database_keeps_to_its(specs: &Specs) {
    let zone = |address: &str| specs.at(address, "/availability_zone");
    assert_ne!(zone("database.writer[primary]"), zone("database.reader[primary-b]"));
    let version = specs.at("database.global_cluster", "/engine_version");
    let major: u32 = version.as_str().and_then(|version| version.split('.').next()?.parse().ok()).unwrap();
    assert!(major >= 17, "Aurora PostgreSQL {version}");
    for address in addresses("database.parameter_group[*]") {
        let libraries = specs.at(&address, "/parameters/shared_preload_libraries/value");
        assert!(libraries.as_str().unwrap().contains("pg_stat_statements"), "{address}: {libraries}");
    }
    for secret in ["application", "backup", "master", "monitoring"] {
        let replicas = specs.at(&format!("database.credential[{secret}]"), "/replica_regions");
        let regions: BTreeSet<&str> =
            replicas.as_array().unwrap().iter().filter_map(|replica| replica["region"].as_str()).collect();
        assert_eq!(regions, ["ap-southeast-1", "eu-west-1"].into(), "{secret}");
    }
    let copies = specs.at("recovery.backup_plan[primary]", "/rules/0/copy_actions").to_string();
    assert!(
        copies.contains(":eu-west-1:") || copies.contains(":ap-southeast-1:"),
        "no other region: {copies}"
    );
}
