//! `aws.rds.global_cluster`: an Aurora database in several regions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, EngineLifecycleSupport};
use crate::kinds::aws::{arn, identifier};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// An Aurora database in several regions: one primary cluster that is written to, and secondaries
/// that follow it. The first cluster that joins it is the primary.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateGlobalCluster.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its identifier, unique in the account.
    #[schemars(extend("x-immutable" = true))]
    pub global_cluster_identifier: String,
    /// The engine, where it isn't made from a cluster.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub engine: Option<Engine>,
    /// The version of the engine; an update upgrades every member.
    #[schemars(extend("x-default" = "provider"))]
    pub engine_version: Option<String>,
    /// For how long the version is supported.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub engine_lifecycle_support: Option<EngineLifecycleSupport>,
    /// The ARN of the cluster that it is made from, which becomes its primary.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true, "x-refers" = "aws.rds.cluster"))]
    pub source_db_cluster_identifier: Option<String>,
    /// The name of the database that is made in it.
    #[schemars(length(min = 1, max = 64), extend("x-immutable" = true, "x-default" = "provider"))]
    pub database_name: Option<String>,
    /// Whether its storage is encrypted.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub storage_encrypted: Option<bool>,
    /// Whether RDS refuses to delete it.
    #[schemars(extend("default" = false))]
    pub deletion_protection: Option<bool>,
    /// Whether an update of the version may go to another major one.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub allow_major_version_upgrade: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A cluster of a global one.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_GlobalClusterMember.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// The cluster's ARN.
    pub db_cluster_arn: String,
    /// Whether it is the primary.
    pub is_writer: bool,
    /// Whether it follows the primary: `connected` or `pending-resync`.
    pub synchronization_status: Option<String>,
    /// Whether it passes writes on to the primary, such as `enabled`.
    pub global_write_forwarding_status: Option<String>,
}

/// A global cluster as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The identifier that its encryption is logged under.
    pub global_cluster_resource_id: String,
    /// The address of whichever cluster is the primary.
    pub endpoint: Option<String>,
    /// Such as `available`.
    pub status: String,
    /// Its clusters.
    #[schemars(extend("x-collection" = "list(db_cluster_arn)"))]
    pub global_cluster_members: Option<Vec<Member>>,
}

/// The kind itself.
pub struct GlobalCluster;

impl Kind for GlobalCluster {
    const TYPE: &'static str = "aws.rds.global_cluster";
    const IDENTITY: &'static [&'static str] = &["global_cluster_identifier"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(identifier::findings(
            "global_cluster_identifier",
            &spec.global_cluster_identifier,
            63,
        ));
        if let (Some(engine), Some(version)) = (spec.engine, &spec.engine_version) {
            findings.extend(engine.version_findings("engine_version", version));
        }
        if let Some(name) = &spec.database_name
            && !(name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        {
            findings.push(Finding::on("database_name", format!("{name:?} is no name of a database")));
        }
        findings.extend(source(spec));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(10, 10, 10)
            .visible_after(60)
            .computes("id", "{spec.global_cluster_identifier}")
            .computes("arn", "arn:aws:rds::{account}:global-cluster:{spec.global_cluster_identifier}")
            .computes("global_cluster_resource_id", "cluster-{hex:16}")
            .computes("endpoint", "{spec.global_cluster_identifier}.global-{hex:12}.global.rds.amazonaws.com")
            .computes("status", "available")
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                let id = &spec.global_cluster_identifier;
                match cloud.find(Self::TYPE, "global_cluster_identifier", id) {
                    Some(_) => Err(Refusal::new(
                        "GlobalClusterAlreadyExistsFault",
                        format!("global cluster with identifier {id} already exists"),
                    )),
                    None => Ok(()),
                }
            }
            Call::Delete { spec, .. } if spec.deletion_protection == Some(true) => {
                Err(super::protected("global cluster"))
            }
            Call::Delete { spec, .. } => {
                let id = &spec.global_cluster_identifier;
                let has_members = cloud.all("aws.rds.cluster").iter().any(|member| {
                    member.attributes["global_cluster_identifier"] == *id
                        || spec
                            .source_db_cluster_identifier
                            .as_deref()
                            .is_some_and(|arn| member.attributes["arn"] == arn)
                });
                if !has_members {
                    return Ok(());
                }
                Err(Refusal::new(
                    "InvalidGlobalClusterStateFault",
                    format!("Global Cluster {id} is not empty: remove its clusters first"),
                ))
            }
            Call::Update { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 63, "orders")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "rds:AddTagsToResource",
            "rds:CreateGlobalCluster",
            "rds:DeleteGlobalCluster",
            "rds:DescribeGlobalClusters",
            "rds:ListTagsForResource",
            "rds:ModifyGlobalCluster",
            "rds:RemoveFromGlobalCluster",
            "rds:RemoveTagsFromResource",
        ]
    }
}

/// Engine, version, database and encryption come from the cluster that it is made from, or are named.
fn source(spec: &Spec) -> Vec<Finding> {
    const SOURCE: &str = "source_db_cluster_identifier";
    let Some(arn) = &spec.source_db_cluster_identifier else {
        let missing = Finding::on("engine", "a global cluster needs an engine, or a cluster to be made from")
            .and(SOURCE)
            .help("set `engine: aurora-postgresql`");
        return if spec.engine.is_none() { vec![missing] } else { Vec::new() };
    };
    let mut findings = arn::findings(SOURCE, arn, "rds", &["cluster"]);
    let given = [
        ("engine", spec.engine.is_some()),
        ("engine_version", spec.engine_version.is_some()),
        ("database_name", spec.database_name.is_some()),
        ("storage_encrypted", spec.storage_encrypted.is_some()),
    ];
    for (field, _) in given.into_iter().filter(|(_, is_set)| *is_set) {
        findings.push(
            Finding::on(field, format!("`{field}` comes from the cluster that the global one is made from"))
                .and(SOURCE)
                .help("leave it out"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "global_cluster_identifier": "orders",
            "engine": "aurora-postgresql",
            "engine_version": "17.5",
            "database_name": "orders",
            "storage_encrypted": true,
        })
    }

    #[test]
    fn rules() {
        let source =
            ("/source_db_cluster_identifier", json!("arn:aws:rds:us-east-1:123456789012:cluster:orders"));
        let bare: Vec<(&str, Json)> = ["/engine", "/engine_version", "/database_name", "/storage_encrypted"]
            .into_iter()
            .map(|field| (field, json!(null)))
            .chain([source.clone()])
            .collect();
        assert_rules::<GlobalCluster>(
            &base(),
            &[
                (&[("/global_cluster_identifier", json!("Orders"))], "did you mean `orders`"),
                (&[("/engine_version", json!("17"))], "no full version"),
                (&[("/engine", json!(null))], "needs an engine"),
                (&[("/engine", json!("postgres"))], "none of aurora-mysql, aurora-postgresql"),
                (&[("/database_name", json!("my-db"))], "no name of a database"),
                (&[source], "`engine` comes from the cluster"),
                (&bare, ""),
            ],
        );
    }

    #[test]
    fn it_goes_only_when_empty_and_unprotected() {
        let member = json!({"global_cluster_identifier": "orders", "arn": "arn:x"});
        let full = World::default().with("aws.rds.cluster", "orders-1", "eu-west-1", member.clone());
        assert_eq!(
            full.delete::<GlobalCluster>("orders", &base()).unwrap_err(),
            "InvalidGlobalClusterStateFault"
        );
        let other = edited(&member, &[("/global_cluster_identifier", json!("other"))]);
        let rest = World::default().with("aws.rds.cluster", "orders-1", "eu-west-1", other);
        assert!(rest.delete::<GlobalCluster>("orders", &base()).is_ok());
        let made_from = edited(&base(), &[("/source_db_cluster_identifier", json!("arn:x"))]);
        assert!(rest.delete::<GlobalCluster>("orders", &made_from).is_err());
        let protected = edited(&base(), &[("/deletion_protection", json!(true))]);
        assert_eq!(
            rest.delete::<GlobalCluster>("orders", &protected).unwrap_err(),
            "InvalidParameterCombination"
        );
    }

    #[test]
    fn an_identifier_is_taken_in_every_region() {
        let sky = World::default().with(GlobalCluster::TYPE, "orders", "eu-west-1", base());
        assert_eq!(sky.create::<GlobalCluster>(&base()).unwrap_err(), "GlobalClusterAlreadyExistsFault");
        assert!(World::default().create::<GlobalCluster>(&base()).is_ok());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<GlobalCluster>(&base());
    }
}
