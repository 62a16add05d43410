//! `aws.rds.instance`: what computes in an Aurora cluster.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::engine::Engine;
use super::{WINDOWS, instance_prices, monitoring};
use crate::kinds::aws::identifier;
use crate::kinds::aws::instance_type::InstanceType;
use crate::kinds::{Call, Cloud, CloudObject, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A writer or reader of an Aurora cluster. Storage, backups, network and users are the cluster's.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its identifier, unique in the account and region.
    #[schemars(extend("x-immutable" = true))]
    pub db_instance_identifier: String,
    /// The cluster that it belongs to.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.rds.cluster", "x-holds" = true))]
    pub db_cluster_identifier: String,
    /// Its size, such as `db.r7g.large`, or `db.serverless`.
    pub db_instance_class: String,
    /// The cluster's engine.
    #[schemars(extend("x-immutable" = true))]
    pub engine: Engine,
    /// Its turn when another has to become the writer: 0 comes first.
    #[schemars(range(min = 0, max = 15), extend("default" = 1))]
    pub promotion_tier: Option<i64>,
    /// The zone, such as `us-east-1a`; RDS chooses one where it is absent.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider"))]
    pub availability_zone: Option<String>,
    /// The engine's settings for this instance alone.
    #[schemars(extend("x-default" = "provider"))]
    pub db_parameter_group_name: Option<String>,
    /// Whether it has a public address.
    #[schemars(extend("default" = false, "x-exclusive" = true))]
    pub publicly_accessible: Option<bool>,
    /// When AWS maintains it, in UTC: `sun:04:00-sun:05:00`.
    #[schemars(extend("x-default" = "provider"))]
    pub preferred_maintenance_window: Option<String>,
    /// Whether minor versions are installed in the maintenance window.
    #[schemars(extend("default" = true))]
    pub auto_minor_version_upgrade: Option<bool>,
    /// The authority of its certificate, such as `rds-ca-rsa2048-g1`.
    #[schemars(regex(pattern = r"^rds-ca-"), extend("x-default" = "provider"))]
    pub ca_certificate_identifier: Option<String>,
    /// The seconds between readings of enhanced monitoring; 0 turns it off.
    #[schemars(extend("default" = 0))]
    pub monitoring_interval: Option<i64>,
    /// The role that writes those readings.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub monitoring_role_arn: Option<String>,
    /// Whether queries are measured by Performance Insights.
    #[schemars(extend("x-default" = "provider"))]
    pub performance_insights_enabled: Option<bool>,
    /// The key that encrypts what it measures.
    #[schemars(extend("x-immutable" = true, "x-default" = "provider", "x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub performance_insights_kms_key_id: Option<String>,
    /// For how many days performance data is kept.
    #[schemars(extend("x-default" = "provider"))]
    pub performance_insights_retention_period: Option<i64>,
    /// Whether updates take effect at once, not in the maintenance window.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub apply_immediately: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// An instance as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its identifier.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its own address; applications take the cluster's.
    pub endpoint: String,
    /// The port that it listens on.
    pub port: Option<i64>,
    /// The identifier that its logs and IAM logins go by.
    pub dbi_resource_id: String,
    /// Such as `available`.
    pub db_instance_status: String,
    /// The version that it runs.
    pub engine_version: Option<String>,
    /// Whether it is the cluster's writer.
    pub is_cluster_writer: Option<bool>,
}

/// The kind itself.
pub struct Instance;

const SERVERLESS: &str = "db.serverless";

impl Kind for Instance {
    const TYPE: &'static str = "aws.rds.instance";
    const IDENTITY: &'static [&'static str] = &["db_instance_identifier"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(identifier::findings("db_instance_identifier", &spec.db_instance_identifier, 63));
        findings.extend(class(&spec.db_instance_class));
        findings.extend(WINDOWS.findings(None, spec.preferred_maintenance_window.as_deref()));
        findings.extend(monitoring::enhanced(spec.monitoring_interval, spec.monitoring_role_arn.as_deref()));
        findings.extend(monitoring::insights(
            spec.performance_insights_enabled,
            spec.performance_insights_retention_period,
            spec.performance_insights_kms_key_id.as_deref(),
        ));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(480, 420, 300)
            .visible_after(60)
            .computes("id", "{spec.db_instance_identifier}")
            .computes("arn", "arn:aws:rds:{region}:{account}:db:{spec.db_instance_identifier}")
            .computes("endpoint", "{spec.db_instance_identifier}.{hex:12}.{region}.rds.amazonaws.com")
            .computes("port", &format!("json:{}", spec.engine.default_port()))
            .computes("dbi_resource_id", "db-{hex:26}")
            .computes("db_instance_status", "available");
        let class = &spec.db_instance_class;
        if class == SERVERLESS {
            return profile.costs_hourly(
                "Aurora serverless, 1 capacity unit assumed",
                instance_prices::USD_PER_CAPACITY_UNIT,
            );
        }
        match instance_prices::usd_per_hour(class) {
            Some(price) => profile.costs_hourly(format!("Aurora instance {class}, Aurora Standard"), price),
            None => profile.costs_monthly(format!("Aurora instance {class}: price not known"), 0.0),
        }
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, attributes) = match call {
            Call::Create { spec, attributes } => (spec, Some(attributes)),
            Call::Update { spec, .. } => (spec, None),
            Call::Delete { .. } => return Ok(()),
        };
        let cluster = cluster(spec, cloud)?;
        let is_scaled = !cluster.attributes["serverless_v2_scaling_configuration"].is_null();
        if spec.db_instance_class == SERVERLESS && !is_scaled {
            return Err(Refusal::new(
                "InvalidDBClusterStateFault",
                "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a \
                 Serverless v2 DB instance.",
            ));
        }
        match attributes {
            Some(attributes) => create(spec, attributes, cluster.attributes, cloud),
            None => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 63, "orders-1")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:PassRole",
            "kms:CreateGrant",
            "kms:DescribeKey",
            "rds:AddTagsToResource",
            "rds:CreateDBInstance",
            "rds:DeleteDBInstance",
            "rds:DescribeDBInstances",
            "rds:ListTagsForResource",
            "rds:ModifyDBInstance",
            "rds:RemoveTagsFromResource",
        ]
    }
}

fn class(text: &str) -> Option<Finding> {
    const CLASS: &str = "db_instance_class";
    let is_class = text == SERVERLESS
        || text.strip_prefix("db.").is_some_and(|rest| InstanceType::parse(rest).is_some());
    if is_class {
        return None;
    }
    let finding = Finding::on(CLASS, format!("{text:?} is no class of instances"));
    Some(if InstanceType::parse(text).is_some() {
        finding.help(format!("did you mean `db.{text}`?"))
    } else {
        finding.help("it looks like `db.r7g.large`, or is `db.serverless`")
    })
}

/// The cluster of the region that the call goes to, with the engine that the instance has.
fn cluster<'a>(spec: &Spec, cloud: &'a dyn Cloud) -> Result<CloudObject<'a>, Refusal> {
    let id = &spec.db_cluster_identifier;
    let found = cloud
        .all("aws.rds.cluster")
        .into_iter()
        .find(|other| other.region == cloud.region() && other.attributes["db_cluster_identifier"] == **id);
    let Some(cluster) = found else {
        return Err(Refusal::new("DBClusterNotFoundFault", format!("DBCluster {id} not found.")));
    };
    if cluster.attributes["engine"] != spec.engine.word() {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            "The engine name requested for your DB instance doesn't match the engine name of your DB cluster.",
        ));
    }
    Ok(cluster)
}

/// The first instance becomes the writer, and all of them have their cluster's port and version.
fn create(
    spec: &Spec,
    attributes: &mut serde_json::Map<String, Json>,
    cluster: &Json,
    cloud: &dyn Cloud,
) -> Result<(), Refusal> {
    let id = &spec.db_instance_identifier;
    if super::is_taken(cloud, Instance::TYPE, "db_instance_identifier", id) {
        return Err(Refusal::new("DBInstanceAlreadyExists", "DB instance already exists"));
    }
    let is_first =
        !super::is_taken(cloud, Instance::TYPE, "db_cluster_identifier", &spec.db_cluster_identifier);
    attributes.insert("is_cluster_writer".into(), is_first.into());
    for field in ["port", "engine_version"] {
        if !cluster[field].is_null() {
            attributes.insert(field.into(), cluster[field].clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use serde_json::json;

    fn base() -> Json {
        json!({
            "db_instance_identifier": "orders-1",
            "db_cluster_identifier": "orders",
            "db_instance_class": "db.r7g.large",
            "engine": "aurora-postgresql",
            "promotion_tier": 0,
            "performance_insights_enabled": true,
            "performance_insights_retention_period": 7,
        })
    }

    fn sky(cluster: &[(&str, Json)]) -> World {
        let attributes = json!({
            "db_cluster_identifier": "orders", "engine": "aurora-postgresql", "port": 5433,
            "engine_version": "17.5",
        });
        World::default().with("aws.rds.cluster", "orders", "us-east-1", edited(&attributes, cluster))
    }

    #[test]
    fn rules() {
        assert_rules::<Instance>(
            &base(),
            &[
                (&[("/db_instance_identifier", json!("Orders-1"))], "did you mean `orders-1`"),
                (&[("/db_instance_class", json!("r7g.large"))], "did you mean `db.r7g.large`"),
                (&[("/db_instance_class", json!("large"))], "no class of instances"),
                (&[("/db_instance_class", json!("db.serverless"))], ""),
                (&[("/promotion_tier", json!(16))], "0 to 15"),
                (&[("/preferred_maintenance_window", json!("sunday"))], "no window"),
                (&[("/monitoring_interval", json!(60))], "needs a role"),
                (&[("/performance_insights_enabled", json!(false))], "are off"),
                (&[("/performance_insights_retention_period", json!(8))], "31 times"),
                (&[("/ca_certificate_identifier", json!("mine"))], "doesn't match"),
            ],
        );
    }

    #[test]
    fn the_first_instance_writes() {
        let first = sky(&[]).create::<Instance>(&base()).unwrap();
        assert_eq!((&first["is_cluster_writer"], &first["port"]), (&json!(true), &json!(5433)));
        assert_eq!(first["engine_version"], "17.5");
        let sky = sky(&[]).with(Instance::TYPE, "orders-1", "us-east-1", base());
        assert_eq!(sky.create::<Instance>(&base()).unwrap_err(), "DBInstanceAlreadyExists");
        let second = edited(&base(), &[("/db_instance_identifier", json!("orders-2"))]);
        assert_eq!(sky.create::<Instance>(&second).unwrap()["is_cluster_writer"], false);
    }

    #[test]
    fn it_fits_its_cluster() {
        assert_eq!(World::default().create::<Instance>(&base()).unwrap_err(), "DBClusterNotFoundFault");
        let mysql = edited(&base(), &[("/engine", json!("aurora-mysql"))]);
        assert_eq!(sky(&[]).create::<Instance>(&mysql).unwrap_err(), "InvalidParameterCombination");
        let serverless = edited(&base(), &[("/db_instance_class", json!("db.serverless"))]);
        assert_eq!(sky(&[]).create::<Instance>(&serverless).unwrap_err(), "InvalidDBClusterStateFault");
        assert_eq!(
            sky(&[]).update::<Instance>("orders-1", &serverless).unwrap_err(),
            "InvalidDBClusterStateFault"
        );
        let scaled =
            sky(&[("/serverless_v2_scaling_configuration", json!({"min_capacity": 1, "max_capacity": 2}))]);
        assert!(scaled.create::<Instance>(&serverless).is_ok());
    }

    #[test]
    fn a_month_costs_what_its_class_costs() {
        let monthly = |class: &str| {
            let json = edited(&base(), &[("/db_instance_class", json!(class))]);
            Instance::profile(&serde_json::from_value(json).unwrap())
        };
        assert!((monthly("db.r7g.large").usd_per_month() - 0.276 * 730.0).abs() < 0.01);
        assert!((monthly("db.serverless").usd_per_month() - 0.12 * 730.0).abs() < 0.01);
        assert!(monthly("db.z9.large").prices[0].item.contains("not known"));
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<Instance>(&base());
    }
}
