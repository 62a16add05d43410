//! What an Aurora cluster's types can't say.

use super::cluster::{DatabaseInsightsMode, MasterUserAuthenticationType, ServerlessV2Scaling, Spec};
use super::engine::Engine;
use super::{WINDOWS, monitoring};
use crate::kinds::Finding;
use crate::kinds::aws::{arn, identifier};

/// Every fault of a spec beyond its schema.
pub(super) fn findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(identifier::findings("db_cluster_identifier", &spec.db_cluster_identifier, 63));
    if let Some(version) = &spec.engine_version {
        findings.extend(spec.engine.version_findings("engine_version", version));
    }
    findings.extend(
        WINDOWS
            .findings(spec.preferred_backup_window.as_deref(), spec.preferred_maintenance_window.as_deref()),
    );
    findings.extend(database(spec));
    findings.extend(user(spec));
    findings.extend(password(spec));
    findings.extend(storage(spec));
    findings.extend(spec.serverless_v2_scaling_configuration.iter().flat_map(capacity));
    findings.extend(engine(spec));
    findings.extend(monitoring::enhanced(spec.monitoring_interval, spec.monitoring_role_arn.as_deref()));
    findings.extend(monitoring::insights(
        spec.performance_insights_enabled,
        spec.performance_insights_retention_period,
        spec.performance_insights_kms_key_id.as_deref(),
    ));
    findings.extend(database_insights(spec));
    findings.extend(forwarding(spec));
    findings.extend(last_snapshot(spec));
    for (position, role) in spec.associated_roles.iter().flatten().enumerate() {
        findings.extend(arn::findings(
            &format!("associated_roles[{position}].role_arn"),
            &role.role_arn,
            "iam",
            &["role"],
        ));
    }
    findings
}

fn database(spec: &Spec) -> Option<Finding> {
    let name = spec.database_name.as_deref()?;
    let is_fine = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (!is_fine).then(|| {
        Finding::on("database_name", format!("{name:?} is no name of a database"))
            .help("letters, digits and underscores, a letter first")
    })
}

fn user(spec: &Spec) -> Vec<Finding> {
    const USER: &str = "master_username";
    let mut findings = Vec::new();
    let Some(name) = spec.master_username.as_deref() else {
        if spec.global_cluster_identifier.is_none() && spec.replication_source_identifier.is_none() {
            findings.push(
                Finding::on(USER, "a cluster needs a master user, unless it follows another")
                    .and("global_cluster_identifier")
                    .and("replication_source_identifier"),
            );
        }
        return findings;
    };
    let is_name = (1..=16).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let is_reserved = spec.engine.reserved_users().contains(&name);
    if !is_name {
        findings.push(
            Finding::on(USER, format!("{name:?} is no name of a user"))
                .help("1 to 16 letters, digits and underscores, a letter first"),
        );
    } else if is_reserved {
        findings.push(Finding::on(USER, format!("{name:?} is a reserved word of {}", spec.engine.word())));
    }
    findings
}

/// A master user proves who it is in exactly one way.
fn password(spec: &Spec) -> Vec<Finding> {
    const PASSWORD: &str = "master_user_password";
    const MANAGED: &str = "manage_master_user_password";
    let managed = spec.manage_master_user_password == Some(true);
    let by_iam = spec.master_user_authentication_type == Some(MasterUserAuthenticationType::IamDbAuth);
    let mut findings = Vec::new();
    if managed && spec.master_user_password.is_some() {
        findings.push(
            Finding::on(PASSWORD, "a password of one's own and one that RDS manages exclude each other")
                .and(MANAGED),
        );
    }
    if managed && spec.global_cluster_identifier.is_some() {
        findings.push(
            Finding::on(MANAGED, "RDS doesn't manage the passwords of global databases")
                .and("global_cluster_identifier")
                .help("set `master_user_password` to a secret, with a rotation of its own"),
        );
    }
    if spec.master_username.is_some() && !managed && spec.master_user_password.is_none() && !by_iam {
        findings.push(
            Finding::on(PASSWORD, "the master user has no password")
                .and("master_username")
                .and(MANAGED)
                .help("set it to a secret, or set `manage_master_user_password: true`"),
        );
    }
    // The message never says what the password is.
    let is_printable =
        |text: &str| text.bytes().all(|b| (b' '..=b'~').contains(&b) && !matches!(b, b'/' | b'"' | b'@'));
    if spec.master_user_password.as_deref().is_some_and(|text| !is_printable(text)) {
        findings.push(
            Finding::on(PASSWORD, "the password has characters that RDS doesn't take")
                .help("printable ASCII without `/`, `\"` and `@`"),
        );
    }
    if spec.master_user_secret_kms_key_id.is_some() && !managed {
        findings.push(
            Finding::on("master_user_secret_kms_key_id", "a key for a secret that RDS doesn't keep")
                .and(MANAGED),
        );
    }
    if by_iam && spec.engine == Engine::AuroraMysql {
        findings.push(
            Finding::on("master_user_authentication_type", "only PostgreSQL's master user logs in with IAM")
                .and("engine"),
        );
    }
    findings
}

/// A key is read back as its own ARN, whatever it was called.
fn storage(spec: &Spec) -> Vec<Finding> {
    const KEY: &str = "kms_key_id";
    let Some(key) = &spec.kms_key_id else {
        return Vec::new();
    };
    let mut findings = arn::findings(KEY, key, "kms", &["key"]);
    if spec.storage_encrypted != Some(true) {
        findings.push(
            Finding::on(KEY, "a key for storage that isn't encrypted")
                .and("storage_encrypted")
                .help("set `storage_encrypted: true`"),
        );
    }
    findings
}

fn capacity(scaling: &ServerlessV2Scaling) -> Vec<Finding> {
    let field = |name: &str| format!("serverless_v2_scaling_configuration.{name}");
    let bounds = [("min_capacity", scaling.min_capacity), ("max_capacity", scaling.max_capacity)];
    let mut findings: Vec<Finding> = bounds
        .into_iter()
        .filter(|(_, units)| (units * 2.0).fract() != 0.0)
        .map(|(name, units)| {
            Finding::on(&field(name), format!("{units} units of capacity are no step of 0.5"))
                .help(format!("did you mean {}?", (units * 2.0).round() / 2.0))
        })
        .collect();
    if scaling.min_capacity > scaling.max_capacity {
        findings.push(
            Finding::on(
                &field("min_capacity"),
                format!(
                    "the least capacity, {}, is above the greatest, {}",
                    scaling.min_capacity, scaling.max_capacity
                ),
            )
            .and(&field("max_capacity")),
        );
    }
    if scaling.seconds_until_auto_pause.is_some() && scaling.min_capacity > 0.0 {
        findings.push(
            Finding::on(
                &field("seconds_until_auto_pause"),
                "an instance pauses only where its capacity may be 0",
            )
            .and(&field("min_capacity"))
            .help("set `min_capacity: 0`"),
        );
    }
    findings
}

/// What only one of the two engines can.
fn engine(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    let known = spec.engine.logs();
    for (position, log) in spec.enabled_cloudwatch_logs_exports.iter().flatten().enumerate() {
        if !known.contains(&log.as_str()) {
            findings.push(
                Finding::on(
                    &format!("enabled_cloudwatch_logs_exports[{position}]"),
                    format!("{} has no log {log:?}", spec.engine.word()),
                )
                .and("engine")
                .help(format!("it has {}", known.join(", "))),
            );
        }
    }
    if spec.engine == Engine::AuroraPostgresql && spec.backtrack_window.unwrap_or(0) != 0 {
        findings.push(
            Finding::on("backtrack_window", "only Aurora MySQL can be wound back")
                .and("engine")
                .help("restore a backup to a point in time instead"),
        );
    }
    if let (Some(_), None) = (&spec.domain, &spec.domain_iam_role_name) {
        findings.push(
            Finding::on("domain", "a directory needs the name of a role that asks it")
                .and("domain_iam_role_name"),
        );
    }
    findings
}

fn database_insights(spec: &Spec) -> Option<Finding> {
    let is_advanced = spec.database_insights_mode == Some(DatabaseInsightsMode::Advanced);
    let is_ready = spec.performance_insights_enabled == Some(true)
        && spec.performance_insights_retention_period == Some(465);
    (is_advanced && !is_ready).then(|| {
        Finding::on("database_insights_mode", "advanced Database Insights keep 465 days of performance data")
            .and("performance_insights_enabled")
            .and("performance_insights_retention_period")
            .help("set `performance_insights_enabled: true` and `performance_insights_retention_period: 465`")
    })
}

fn forwarding(spec: &Spec) -> Option<Finding> {
    let forwards = spec.enable_global_write_forwarding == Some(true);
    (forwards && spec.global_cluster_identifier.is_none()).then(|| {
        Finding::on(
            "enable_global_write_forwarding",
            "only a member of a global cluster has where to pass writes",
        )
        .and("global_cluster_identifier")
    })
}

/// RDS deletes a cluster only when told what becomes of its data: better asked now than then.
fn last_snapshot(spec: &Spec) -> Option<Finding> {
    const SKIP: &str = "skip_final_snapshot";
    const LAST: &str = "final_db_snapshot_identifier";
    match (spec.skip_final_snapshot.unwrap_or(false), &spec.final_db_snapshot_identifier) {
        (true, Some(_)) => Some(
            Finding::on(LAST, "a last snapshot is named and skipped")
                .and(SKIP)
                .help("leave out one of the two"),
        ),
        (false, None) => Some(
            Finding::on(LAST, "RDS will refuse to delete this cluster")
                .and(SKIP)
                .help("name its last snapshot, or set `skip_final_snapshot: true`"),
        ),
        (false, Some(name)) => identifier::findings(LAST, name, 255),
        (true, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Cluster;
    use crate::kinds::testing::{assert_rules, assert_whole};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "db_cluster_identifier": "orders",
            "engine": "aurora-postgresql",
            "engine_version": "17.5",
            "database_name": "orders",
            "master_username": "orders_root",
            "master_user_password": "correct horse battery",
            "backup_retention_period": 30,
            "preferred_backup_window": "02:00-03:00",
            "preferred_maintenance_window": "sun:04:00-sun:05:00",
            "storage_encrypted": true,
            "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1",
            "enabled_cloudwatch_logs_exports": ["postgresql"],
            "serverless_v2_scaling_configuration": {"min_capacity": 0.5, "max_capacity": 16},
            "final_db_snapshot_identifier": "orders-last",
        })
    }

    #[test]
    fn names_and_versions() {
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/db_cluster_identifier", json!("Orders"))], "did you mean `orders`"),
                (&[("/engine_version", json!("17"))], "no full version"),
                (&[("/engine", json!("postgres"))], "none of aurora-mysql, aurora-postgresql"),
                (&[("/database_name", json!("1st"))], "no name of a database"),
                (&[("/master_username", json!("root user"))], "no name of a user"),
                (&[("/master_username", json!("rdsadmin"))], "reserved word"),
                (&[("/master_username", json!("postgres"))], ""),
                (
                    &[("/master_username", json!(null)), ("/master_user_password", json!(null))],
                    "needs a master",
                ),
                (
                    &[
                        ("/master_username", json!(null)),
                        ("/master_user_password", json!(null)),
                        ("/global_cluster_identifier", json!("orders")),
                    ],
                    "",
                ),
                (&[("/port", json!(80))], "1150 to 65535"),
                (&[("/associated_roles", json!([{"role_arn": "x"}]))], "no Amazon resource name"),
            ],
        );
    }

    #[test]
    fn one_password() {
        let managed = ("/manage_master_user_password", json!(true));
        let none = ("/master_user_password", json!(null));
        assert_rules::<Cluster>(
            &base(),
            &[
                (std::slice::from_ref(&managed), "exclude each other"),
                (&[managed.clone(), none.clone()], ""),
                (std::slice::from_ref(&none), "has no password"),
                (
                    &[managed.clone(), none.clone(), ("/global_cluster_identifier", json!("orders"))],
                    "doesn't manage the passwords of global databases",
                ),
                (&[("/master_user_password", json!("at@sign99"))], "doesn't take"),
                (&[("/master_user_password", json!("short"))], "8 to 41"),
                (&[("/master_user_secret_kms_key_id", json!("key"))], "doesn't keep"),
                (&[none.clone(), ("/master_user_authentication_type", json!("iam-db-auth"))], ""),
                (
                    &[
                        ("/engine", json!("aurora-mysql")),
                        ("/master_user_authentication_type", json!("iam-db-auth")),
                    ],
                    "only PostgreSQL's",
                ),
            ],
        );
    }

    #[test]
    fn backups_and_windows() {
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/backup_retention_period", json!(0))], "1 to 35"),
                (&[("/backup_retention_period", json!(36))], "1 to 35"),
                (&[("/preferred_backup_window", json!("2-3"))], "no window"),
                (&[("/preferred_maintenance_window", json!("sun:02:30-sun:03:30"))], "hours of the backups"),
                (&[("/final_db_snapshot_identifier", json!(null))], "will refuse to delete"),
                (&[("/skip_final_snapshot", json!(true))], "named and skipped"),
                (
                    &[("/skip_final_snapshot", json!(true)), ("/final_db_snapshot_identifier", json!(null))],
                    "",
                ),
                (&[("/final_db_snapshot_identifier", json!("a--b"))], "two in a row"),
            ],
        );
    }

    #[test]
    fn storage_and_capacity() {
        let scaling = |name: &str| format!("/serverless_v2_scaling_configuration/{name}");
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/storage_encrypted", json!(null))], "isn't encrypted"),
                (&[("/kms_key_id", json!("alias/orders"))], "no Amazon resource name"),
                (&[(&scaling("min_capacity"), json!(0.7))], "did you mean 0.5"),
                (&[(&scaling("min_capacity"), json!(17))], "above the greatest"),
                (&[(&scaling("max_capacity"), json!(257))], "1 to 256"),
                (&[(&scaling("seconds_until_auto_pause"), json!(600))], "may be 0"),
                (
                    &[
                        (&scaling("seconds_until_auto_pause"), json!(600)),
                        (&scaling("min_capacity"), json!(0)),
                    ],
                    "",
                ),
                (&[(&scaling("seconds_until_auto_pause"), json!(60))], "300 to 86400"),
            ],
        );
    }

    #[test]
    fn what_one_engine_can() {
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/enabled_cloudwatch_logs_exports", json!(["slowquery"]))], "has no log \"slowquery\""),
                (&[("/backtrack_window", json!(3600))], "only Aurora MySQL"),
                (&[("/backtrack_window", json!(0))], ""),
                (&[("/domain", json!("d-1"))], "the name of a role"),
                (&[("/enable_global_write_forwarding", json!(true))], "only a member"),
            ],
        );
    }

    #[test]
    fn monitoring() {
        let role = ("/monitoring_role_arn", json!("arn:aws:iam::123456789012:role/m"));
        let enabled = ("/performance_insights_enabled", json!(true));
        let days = |days: i64| ("/performance_insights_retention_period", json!(days));
        assert_rules::<Cluster>(
            &base(),
            &[
                (&[("/monitoring_interval", json!(7)), role.clone()], "none of 0, 1, 5"),
                (&[("/monitoring_interval", json!(60))], "needs a role"),
                (std::slice::from_ref(&role), "monitoring that is off"),
                (&[("/monitoring_interval", json!(60)), ("/monitoring_role_arn", json!("m"))], "no Amazon"),
                (&[("/monitoring_interval", json!(60)), role.clone()], ""),
                (&[days(31)], "while Performance Insights are off"),
                (&[enabled.clone(), days(94)], "31 times the number of months"),
                (&[enabled.clone(), days(93)], ""),
                (&[("/database_insights_mode", json!("advanced")), enabled.clone()], "465 days"),
                (&[("/database_insights_mode", json!("advanced")), enabled, days(465)], ""),
            ],
        );
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<Cluster>(&base());
    }
}
