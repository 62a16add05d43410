//! `aws.rds.cluster`: an Aurora database in one region.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::cluster_rules;
use super::engine::{Engine, EngineLifecycleSupport};
use crate::kinds::aws::identifier;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// An Aurora database in one region: its storage, its settings and its addresses. What computes are
/// its instances. Fields that the API calls differently when it makes a cluster and when it
/// describes one are called as it describes them.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its identifier, unique in the account and region.
    #[schemars(extend("x-immutable" = true))]
    pub db_cluster_identifier: String,
    #[schemars(extend("x-immutable" = true))]
    pub engine: Engine,
    /// The full version of the engine, such as "17.5".
    #[schemars(extend("x-default" = "provider"))]
    pub engine_version: Option<String>,
    /// For how long the version is supported.
    #[schemars(extend("x-default" = "provider"))]
    pub engine_lifecycle_support: Option<EngineLifecycleSupport>,
    /// The global cluster that it is a member of: its primary if it is the first.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.rds.global_cluster", "x-holds" = true))]
    pub global_cluster_identifier: Option<String>,
    /// The ARN of a cluster that it is a read replica of, outside of a global cluster.
    #[schemars(extend("x-immutable" = true))]
    pub replication_source_identifier: Option<String>,
    /// The name of the database that is made in it.
    #[schemars(length(min = 1, max = 64), extend("x-immutable" = true))]
    pub database_name: Option<String>,
    /// The name of the master user; a secondary cluster has its primary's.
    #[schemars(extend("x-immutable" = true))]
    pub master_username: Option<String>,
    /// The password of the master user.
    #[schemars(length(min = 8, max = 41), extend("x-sensitive" = true, "x-write-only" = true))]
    pub master_user_password: Option<String>,
    /// Whether RDS makes, keeps and rotates the password in Secrets Manager.
    #[schemars(extend("default" = false))]
    pub manage_master_user_password: Option<bool>,
    /// The key of the secret that RDS keeps the password in.
    #[schemars(extend("x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub master_user_secret_kms_key_id: Option<String>,
    /// How the master user proves who it is.
    #[schemars(extend("x-default" = "provider", "x-write-only" = true))]
    pub master_user_authentication_type: Option<MasterUserAuthenticationType>,
    /// The port that it listens on.
    #[schemars(range(min = 1150, max = 65535), extend("x-default" = "provider"))]
    pub port: Option<i64>,
    /// The subnets that its instances are placed in.
    #[schemars(extend(
        "x-immutable" = true,
        "x-default" = "provider",
        "x-refers" = "aws.rds.subnet_group",
        "x-holds" = true
    ))]
    pub db_subnet_group_name: Option<String>,
    /// The security groups of its instances.
    #[schemars(extend(
        "x-collection" = "set",
        "x-default" = "provider",
        "x-refers" = "aws.ec2.security_group",
        "x-holds" = true
    ))]
    pub vpc_security_group_ids: Option<Vec<String>>,
    /// The engine's settings.
    #[schemars(extend(
        "x-default" = "provider",
        "x-refers" = "aws.rds.cluster_parameter_group",
        "x-holds" = true
    ))]
    pub db_cluster_parameter_group_name: Option<String>,
    /// The three zones of its storage.
    #[schemars(
        length(max = 3),
        extend("x-immutable" = true, "x-collection" = "set", "x-default" = "provider")
    )]
    pub availability_zones: Option<Vec<String>>,
    /// Whether clients reach it by IPv4 alone, or by IPv6 too.
    #[schemars(extend("x-default" = "provider"))]
    pub network_type: Option<NetworkType>,
    /// For how many days backups are kept.
    #[schemars(range(min = 1, max = 35), extend("default" = 1))]
    pub backup_retention_period: Option<i64>,
    /// When backups are made, in UTC: `02:00-03:00`.
    #[schemars(extend("x-default" = "provider"))]
    pub preferred_backup_window: Option<String>,
    /// When AWS maintains it, in UTC: `sun:04:00-sun:05:00`.
    #[schemars(extend("x-default" = "provider"))]
    pub preferred_maintenance_window: Option<String>,
    /// For how many seconds it can be wound back (Aurora MySQL); 0 turns that off.
    #[schemars(range(min = 0, max = 259_200), extend("default" = 0))]
    pub backtrack_window: Option<i64>,
    /// Whether snapshots get the cluster's tags.
    #[schemars(extend("default" = false))]
    pub copy_tags_to_snapshot: Option<bool>,
    /// Whether its storage is encrypted.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub storage_encrypted: Option<bool>,
    /// The ARN of the key that its storage is encrypted with.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub kms_key_id: Option<String>,
    /// Whether each access to the storage is paid (`aurora`), or instances and storage cost more.
    #[schemars(extend("default" = "aurora"))]
    pub storage_type: Option<StorageType>,
    /// The bounds between which its `db.serverless` instances scale.
    pub serverless_v2_scaling_configuration: Option<ServerlessV2Scaling>,
    /// Whether users can log in with IAM.
    #[schemars(extend("default" = false))]
    pub iam_database_authentication_enabled: Option<bool>,
    /// Whether it answers queries over HTTP (RDS Data API).
    #[schemars(extend("default" = false))]
    pub http_endpoint_enabled: Option<bool>,
    /// Whether a secondary passes writes on to the primary of its global cluster.
    #[schemars(extend("default" = false))]
    pub enable_global_write_forwarding: Option<bool>,
    /// Whether readers pass writes on to the writer.
    #[schemars(extend("default" = false))]
    pub enable_local_write_forwarding: Option<bool>,
    /// The logs that go to CloudWatch.
    #[schemars(extend("x-collection" = "set", "default" = []))]
    pub enabled_cloudwatch_logs_exports: Option<Vec<String>>,
    /// The seconds between readings of enhanced monitoring; 0 turns it off.
    #[schemars(extend("x-default" = "provider"))]
    pub monitoring_interval: Option<i64>,
    /// The role that writes those readings.
    #[schemars(extend("x-default" = "provider", "x-refers" = "aws.iam.role"))]
    pub monitoring_role_arn: Option<String>,
    /// How much Database Insights keep.
    #[schemars(extend("default" = "standard"))]
    pub database_insights_mode: Option<DatabaseInsightsMode>,
    /// Whether queries are measured by Performance Insights.
    #[schemars(extend("x-default" = "provider"))]
    pub performance_insights_enabled: Option<bool>,
    /// The key that encrypts what it measures.
    #[schemars(extend("x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub performance_insights_kms_key_id: Option<String>,
    /// For how many days performance data is kept.
    #[schemars(extend("x-default" = "provider"))]
    pub performance_insights_retention_period: Option<i64>,
    /// Roles with which the database calls other services.
    #[schemars(extend("x-collection" = "list(role_arn,feature_name)", "x-exclusive" = true))]
    pub associated_roles: Option<Vec<AssociatedRole>>,
    /// The directory of Active Directory that users log in with.
    pub domain: Option<String>,
    /// The name of the role that asks that directory.
    pub domain_iam_role_name: Option<String>,
    /// Whether it is one database or a limitless one.
    #[schemars(extend("x-immutable" = true, "default" = "standard"))]
    pub cluster_scalability_type: Option<ClusterScalabilityType>,
    /// Whether minor versions are installed in the maintenance window.
    #[schemars(extend("default" = true))]
    pub auto_minor_version_upgrade: Option<bool>,
    /// Whether an update of the version may go to another major one.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub allow_major_version_upgrade: Option<bool>,
    /// Whether updates take effect at once, not in the maintenance window.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub apply_immediately: Option<bool>,
    /// Whether RDS refuses to delete it.
    #[schemars(extend("default" = false))]
    pub deletion_protection: Option<bool>,
    /// Whether it is deleted without a last snapshot.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub skip_final_snapshot: Option<bool>,
    /// The identifier of the last snapshot, made when it is deleted.
    #[schemars(extend("x-write-only" = true))]
    pub final_db_snapshot_identifier: Option<String>,
    /// Whether its automated backups are deleted with it.
    #[schemars(extend("default" = true, "x-write-only" = true))]
    pub delete_automated_backups: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// How the master user proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MasterUserAuthenticationType {
    Password,
    IamDbAuth,
}

/// The families of addresses that a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum NetworkType {
    Ipv4,
    Dual,
}

/// How storage is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StorageType {
    #[serde(rename = "aurora")]
    Standard,
    #[serde(rename = "aurora-iopt1")]
    IoOptimized,
}

/// How much Database Insights keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseInsightsMode {
    Standard,
    Advanced,
}

/// Whether a cluster is one database or a limitless one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClusterScalabilityType {
    Standard,
    Limitless,
}

/// The bounds of serverless instances in Aurora capacity units of about 2 GiB.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ServerlessV2ScalingConfiguration.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerlessV2Scaling {
    /// In steps of 0.5; 0 lets idle instances pause.
    #[serde(serialize_with = "as_written")]
    #[schemars(range(min = 0.0, max = 256.0))]
    pub min_capacity: f64,
    /// In steps of 0.5.
    #[serde(serialize_with = "as_written")]
    #[schemars(range(min = 1.0, max = 256.0))]
    pub max_capacity: f64,
    /// After how many idle seconds an instance pauses.
    #[schemars(range(min = 300, max = 86_400), extend("x-default" = "provider"))]
    pub seconds_until_auto_pause: Option<i64>,
}

/// Whole numbers are written without a point, as people write them: they compare as equal then.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn as_written<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

/// A role with which a database calls another service.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBClusterRole.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssociatedRole {
    /// The role.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub role_arn: String,
    /// What it is for, such as `s3Export` or `Lambda`.
    pub feature_name: Option<String>,
}

/// A cluster as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The region that it is in.
    pub region: String,
    /// The address of its writer.
    pub endpoint: String,
    /// The address of its readers.
    pub reader_endpoint: String,
    /// The Route 53 zone of its addresses.
    pub hosted_zone_id: String,
    /// The identifier that its encryption and IAM logins go by.
    pub db_cluster_resource_id: String,
    /// Such as `available`.
    pub status: String,
    /// The secret that RDS keeps the master password in.
    pub master_user_secret_arn: Option<String>,
    /// Whether it is the primary of its global cluster.
    pub is_global_writer: Option<bool>,
}

/// The kind itself.
pub struct Cluster;

impl Kind for Cluster {
    const TYPE: &'static str = "aws.rds.cluster";
    const IDENTITY: &'static [&'static str] = &["db_cluster_identifier"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        cluster_rules::findings(spec)
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let mut profile = Profile::seconds(300, 120, 240)
            .visible_after(60)
            .computes("id", "{spec.db_cluster_identifier}")
            .computes("arn", "arn:aws:rds:{region}:{account}:cluster:{spec.db_cluster_identifier}")
            .computes("region", "{region}")
            .computes("endpoint", "{spec.db_cluster_identifier}.cluster-{hex:12}.{region}.rds.amazonaws.com")
            .computes(
                "reader_endpoint",
                "{spec.db_cluster_identifier}.cluster-ro-{hex:12}.{region}.rds.amazonaws.com",
            )
            .computes("port", &format!("json:{}", spec.engine.default_port()))
            .computes("hosted_zone_id", "Z{digits:13}")
            .computes("db_cluster_resource_id", "cluster-{hex:26}")
            .computes("status", "available");
        if spec.manage_master_user_password == Some(true) {
            profile = profile.computes(
                "master_user_secret_arn",
                "arn:aws:secretsmanager:{region}:{account}:secret:rds!cluster-{hex:32}-{hex:6}",
            );
        }
        let (price, mode) = match spec.storage_type {
            Some(StorageType::IoOptimized) => (0.225, "I/O-optimised"),
            _ => (0.10, "without accesses"),
        };
        profile
            .costs_monthly(format!("Aurora storage, {ASSUMED_GIB} GiB assumed, {mode}"), price * ASSUMED_GIB)
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, attributes } => create(spec, attributes, cloud),
            Call::Delete { spec, .. } if spec.deletion_protection == Some(true) => {
                Err(super::protected("Cluster"))
            }
            Call::Delete { spec, id } => delete(spec, id, cloud),
            Call::Update { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 63, "orders-primary")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeSecurityGroups",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "rds:AddRoleToDBCluster",
            "rds:AddTagsToResource",
            "rds:CreateDBCluster",
            "rds:DeleteDBCluster",
            "rds:DescribeDBClusters",
            "rds:DescribeGlobalClusters",
            "rds:DisableHttpEndpoint",
            "rds:EnableHttpEndpoint",
            "rds:ListTagsForResource",
            "rds:ModifyDBCluster",
            "rds:RemoveFromGlobalCluster",
            "rds:RemoveRoleFromDBCluster",
            "rds:RemoveTagsFromResource",
            "secretsmanager:CreateSecret",
            "secretsmanager:TagResource",
        ]
    }
}

/// How much is stored is no setting, so plans assume it. Both prices are those of
/// us-east-1. <https://aws.amazon.com/rds/aurora/pricing/>
const ASSUMED_GIB: f64 = 50.0;

fn create(
    spec: &Spec,
    attributes: &mut serde_json::Map<String, Json>,
    cloud: &dyn Cloud,
) -> Result<(), Refusal> {
    let id = &spec.db_cluster_identifier;
    if super::is_taken(cloud, Cluster::TYPE, "db_cluster_identifier", id) {
        return Err(Refusal::new("DBClusterAlreadyExistsFault", format!("DB Cluster already exists: {id}")));
    }
    if spec.skip_final_snapshot == Some(true) && spec.final_db_snapshot_identifier.is_some() {
        return Err(combination("FinalDBSnapshotIdentifier can't be given with SkipFinalSnapshot"));
    }
    let Some(global) = &spec.global_cluster_identifier else {
        return Ok(());
    };
    let Some(parent) = cloud.find("aws.rds.global_cluster", "global_cluster_identifier", global) else {
        return Err(Refusal::new("GlobalClusterNotFoundFault", format!("global cluster {global} not found")));
    };
    if parent.attributes["engine"].as_str().is_some_and(|engine| engine != spec.engine.word()) {
        return Err(combination("The engine of a cluster must be that of its global cluster"));
    }
    let all = cloud.all(Cluster::TYPE);
    let mut members = all.iter().filter(|other| other.attributes["global_cluster_identifier"] == **global);
    if members.clone().any(|other| other.region == cloud.region()) {
        return Err(Refusal::new(
            "InvalidGlobalClusterStateFault",
            format!("Global cluster {global} already has a cluster in {}", cloud.region()),
        ));
    }
    let primary = members.find(|other| other.attributes["is_global_writer"] == true);
    attributes.insert("is_global_writer".into(), primary.is_none().into());
    let version = |attributes: &Json| attributes["engine_version"].as_str().map(str::to_owned);
    let wanted = match primary {
        Some(primary) => {
            joins(spec, primary.attributes)?;
            version(primary.attributes)
        }
        None if spec.master_username.is_none() => {
            return Err(combination("MasterUsername is required to create the primary cluster"));
        }
        None => version(parent.attributes),
    };
    match (wanted, &spec.engine_version) {
        (Some(wanted), Some(given)) if wanted != *given => Err(combination(&format!(
            "The engine version {given} differs from that of the global cluster, {wanted}"
        ))),
        (Some(wanted), None) => {
            attributes.insert("engine_version".into(), wanted.into());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a secondary may not bring along, and what it must.
fn joins(spec: &Spec, primary: &Json) -> Result<(), Refusal> {
    if spec.master_username.is_some() || spec.master_user_password.is_some() {
        return Err(combination("Cannot specify user name for cross region replication cluster"));
    }
    let encrypted = primary["storage_encrypted"] == true;
    if encrypted && spec.kms_key_id.is_none() {
        return Err(combination(
            "For encrypted cross-region replica, kmsKeyId should be explicitly specified",
        ));
    }
    if encrypted != spec.storage_encrypted.unwrap_or(false) {
        return Err(combination("A secondary cluster is encrypted if and only if its primary is"));
    }
    Ok(())
}

/// A primary can't leave its secondaries behind.
fn delete(spec: &Spec, id: &PhysicalId, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let Some(global) = &spec.global_cluster_identifier else {
        return Ok(());
    };
    let (mut is_primary, mut has_others) = (false, false);
    for member in cloud.all(Cluster::TYPE) {
        if member.attributes["global_cluster_identifier"] != **global {
            continue;
        }
        if member.region == cloud.region() && member.id == id {
            is_primary = member.attributes["is_global_writer"] == true;
        } else {
            has_others = true;
        }
    }
    if is_primary && has_others {
        return Err(Refusal::new(
            "InvalidDBClusterStateFault",
            "This cluster is the primary of a global cluster: remove its secondaries first",
        ));
    }
    Ok(())
}

fn combination(message: &str) -> Refusal {
    Refusal::new("InvalidParameterCombination", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, edited};
    use serde_json::json;

    fn secondary() -> Json {
        json!({
            "db_cluster_identifier": "orders",
            "engine": "aurora-postgresql",
            "engine_version": "17.5",
            "global_cluster_identifier": "orders",
            "storage_encrypted": true,
            "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1",
            "skip_final_snapshot": true,
        })
    }

    fn primary() -> Json {
        edited(&secondary(), &[("/master_username", json!("root1")), ("/master_user_password", json!("x"))])
    }

    fn global() -> World {
        World::default().with(
            "aws.rds.global_cluster",
            "orders",
            "eu-west-1",
            json!({
                "global_cluster_identifier": "orders", "engine": "aurora-postgresql", "engine_version": "17.5",
            }),
        )
    }

    fn with_primary(region: &'static str) -> World {
        global().with(
            Cluster::TYPE,
            "orders",
            region,
            edited(&primary(), &[("/is_global_writer", json!(true))]),
        )
    }

    #[test]
    fn the_first_member_is_the_primary() {
        let made = global().create::<Cluster>(&primary()).unwrap();
        assert_eq!(made["is_global_writer"], true);
        let made = with_primary("eu-west-1").create::<Cluster>(&secondary()).unwrap();
        assert_eq!(made["is_global_writer"], false);
        assert_eq!(global().create::<Cluster>(&secondary()).unwrap_err(), "InvalidParameterCombination");
        assert_eq!(World::default().create::<Cluster>(&primary()).unwrap_err(), "GlobalClusterNotFoundFault");
    }

    #[test]
    fn members_have_one_engine_and_version() {
        let version = |text: Json| [("/engine_version", text)];
        let refused = |sky: World, spec: Json| sky.create::<Cluster>(&spec).unwrap_err();
        let sky = || with_primary("eu-west-1");
        assert_eq!(
            refused(sky(), edited(&secondary(), &version(json!("17.4")))),
            "InvalidParameterCombination"
        );
        assert_eq!(
            refused(global(), edited(&primary(), &version(json!("17.4")))),
            "InvalidParameterCombination"
        );
        let follows = sky().create::<Cluster>(&edited(&secondary(), &version(json!(null)))).unwrap();
        assert_eq!(follows["engine_version"], "17.5");
        let mysql = edited(&primary(), &[("/engine", json!("aurora-mysql"))]);
        assert_eq!(refused(global(), mysql), "InvalidParameterCombination");
    }

    #[test]
    fn a_secondary_brings_its_key_and_no_user() {
        let sky = with_primary("eu-west-1");
        assert_eq!(sky.create::<Cluster>(&primary()).unwrap_err(), "InvalidParameterCombination");
        for change in [("/kms_key_id", json!(null)), ("/storage_encrypted", json!(false))] {
            let spec = edited(&secondary(), &[change]);
            assert_eq!(sky.create::<Cluster>(&spec).unwrap_err(), "InvalidParameterCombination");
        }
    }

    #[test]
    fn a_region_has_one_member_and_a_name_once() {
        let sky = with_primary("us-east-1");
        assert_eq!(sky.create::<Cluster>(&secondary()).unwrap_err(), "DBClusterAlreadyExistsFault");
        let other = edited(&secondary(), &[("/db_cluster_identifier", json!("other"))]);
        assert_eq!(sky.create::<Cluster>(&other).unwrap_err(), "InvalidGlobalClusterStateFault");
    }

    #[test]
    fn the_primary_goes_last() {
        let sky = || with_primary("us-east-1");
        let follower = sky().with(
            Cluster::TYPE,
            "orders",
            "eu-west-1",
            edited(&secondary(), &[("/is_global_writer", json!(false))]),
        );
        assert_eq!(
            follower.delete::<Cluster>("orders", &primary()).unwrap_err(),
            "InvalidDBClusterStateFault"
        );
        assert!(sky().delete::<Cluster>("orders", &primary()).is_ok());
        let protected = edited(&primary(), &[("/deletion_protection", json!(true))]);
        assert_eq!(sky().delete::<Cluster>("orders", &protected).unwrap_err(), "InvalidParameterCombination");
    }

    #[test]
    fn whole_capacities_read_back_as_they_were_written() {
        for text in [r#"{"min_capacity":1,"max_capacity":8.5}"#, r#"{"min_capacity":0.5,"max_capacity":16}"#]
        {
            let mut json =
                serde_json::to_value(serde_json::from_str::<ServerlessV2Scaling>(text).unwrap()).unwrap();
            json.as_object_mut().unwrap().remove("seconds_until_auto_pause");
            assert_eq!(json, serde_json::from_str::<Json>(text).unwrap());
        }
    }
}
