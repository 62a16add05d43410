//! `aws.rds.cluster_parameter_group`: the engine's settings of Aurora clusters.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::aws::identifier;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// The engine's settings of Aurora clusters of one family of versions.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBClusterParameterGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique in the account and region.
    #[schemars(extend("x-immutable" = true))]
    pub db_cluster_parameter_group_name: String,
    /// The family of engine versions, such as `aurora-postgresql17`.
    #[schemars(extend("x-immutable" = true))]
    pub db_parameter_group_family: String,
    /// What it is for.
    #[schemars(length(min = 1), extend("x-immutable" = true))]
    pub description: String,
    /// The settings that differ from the family's, by name. One that is withdrawn is reset.
    pub parameters: Option<BTreeMap<String, Parameter>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Its value as a text.
    pub value: String,
    /// When it takes effect: static settings only after a reboot. What suits the setting is chosen
    /// where it is absent.
    #[schemars(extend("x-default" = "provider"))]
    pub apply_method: Option<ApplyMethod>,
}

/// When a setting takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyMethod {
    Immediate,
    PendingReboot,
}

/// A parameter group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct ClusterParameterGroup;

/// Settings that are static in every family of Aurora PostgreSQL.
const STATIC: &[&str] = &["max_connections", "rds.logical_replication", "shared_preload_libraries"];

static FAMILY: LazyLock<Regex> = LazyLock::new(|| {
    // The pattern is a constant, and a test uses it.
    Regex::new(r"^aurora-(postgresql[1-9][0-9]|mysql[58]\.[0-9])$").expect("a valid pattern")
});

impl Kind for ClusterParameterGroup {
    const TYPE: &'static str = "aws.rds.cluster_parameter_group";
    const IDENTITY: &'static [&'static str] = &["db_cluster_parameter_group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(identifier::findings(
            "db_cluster_parameter_group_name",
            &spec.db_cluster_parameter_group_name,
            255,
        ));
        let family = &spec.db_parameter_group_family;
        if !FAMILY.is_match(family) {
            findings.push(
                Finding::on(
                    "db_parameter_group_family",
                    format!("{family:?} is no family of Aurora's versions"),
                )
                .help("it looks like `aurora-postgresql17` or `aurora-mysql8.0`"),
            );
        }
        for (name, parameter) in spec.parameters.iter().flatten() {
            findings.extend(parameter_findings(family, name, parameter));
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(5, 5, 2)
            .visible_after(60)
            .computes("id", "{spec.db_cluster_parameter_group_name}")
            .computes(
                "arn",
                "arn:aws:rds:{region}:{account}:cluster-pg:{spec.db_cluster_parameter_group_name}",
            )
    }

    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        const NAME: &str = "db_cluster_parameter_group_name";
        match call {
            Call::Create { spec, .. }
                if super::is_taken(cloud, Self::TYPE, NAME, &spec.db_cluster_parameter_group_name) =>
            {
                Err(Refusal::new(
                    "DBParameterGroupAlreadyExists",
                    format!("Parameter group {} already exists", spec.db_cluster_parameter_group_name),
                ))
            }
            _ => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        identifier::import(text, 255, "orders-postgresql17")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "rds:AddTagsToResource",
            "rds:CreateDBClusterParameterGroup",
            "rds:DeleteDBClusterParameterGroup",
            "rds:DescribeDBClusterParameterGroups",
            "rds:DescribeDBClusterParameters",
            "rds:ListTagsForResource",
            "rds:ModifyDBClusterParameterGroup",
            "rds:RemoveTagsFromResource",
            "rds:ResetDBClusterParameterGroup",
        ]
    }
}

fn parameter_findings(family: &str, name: &str, parameter: &Parameter) -> Vec<Finding> {
    let field = FieldPath::root().key("parameters").key(name);
    let mut findings = Vec::new();
    let is_name = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if !is_name {
        findings.push(Finding::at(field.clone(), format!("{name:?} is no name of a parameter")));
    }
    let is_static = family.starts_with("aurora-postgresql") && STATIC.contains(&name);
    if is_static && parameter.apply_method == Some(ApplyMethod::Immediate) {
        findings.push(
            Finding::at(
                field.key("apply_method"),
                format!("`{name}` is static: it can't take effect at once"),
            )
            .help("set `apply_method: pending-reboot`"),
        );
    }
    // Below 20 seconds the engine refuses the setting; -1 turns it off.
    if name == "rds.global_db_rpo"
        && !parameter.value.parse::<i64>().is_ok_and(|seconds| seconds == -1 || seconds >= 20)
    {
        findings.push(
            Finding::at(field.key("value"), format!("`{name}` is {:?}", parameter.value))
                .help("20 seconds or more, or -1 for none"),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};
    use crate::model::Json;
    use serde_json::json;

    fn base() -> Json {
        json!({
            "db_cluster_parameter_group_name": "orders",
            "db_parameter_group_family": "aurora-postgresql17",
            "description": "Orders",
            "parameters": {
                "rds.force_ssl": {"value": "1"},
                "rds.global_db_rpo": {"value": "20", "apply_method": "immediate"},
                "shared_preload_libraries": {"value": "pg_stat_statements", "apply_method": "pending-reboot"},
            },
        })
    }

    #[test]
    fn rules() {
        assert_rules::<ClusterParameterGroup>(
            &base(),
            &[
                (&[("/db_cluster_parameter_group_name", json!("Orders"))], "did you mean `orders`"),
                (&[("/db_parameter_group_family", json!("postgres17"))], "aurora-postgresql17"),
                (&[("/db_parameter_group_family", json!("aurora-mysql8.0"))], ""),
                (&[("/parameters/a b", json!({"value": "1"}))], "no name of a parameter"),
                (&[("/parameters/shared_preload_libraries/apply_method", json!("immediate"))], "is static"),
                (&[("/parameters/rds.global_db_rpo/value", json!("19"))], "20 seconds or more"),
                (&[("/parameters/rds.global_db_rpo/value", json!("-1"))], ""),
                (&[("/parameters/rds.force_ssl/value", json!(1))], "put it in quotes"),
                (&[("/parameters/rds.force_ssl/apply_method", json!("at once"))], "none of immediate"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once() {
        let sky = World::default().with(ClusterParameterGroup::TYPE, "orders", "us-east-1", base());
        assert_eq!(
            sky.create::<ClusterParameterGroup>(&base()).unwrap_err(),
            "DBParameterGroupAlreadyExists"
        );
        assert!(World::default().create::<ClusterParameterGroup>(&base()).is_ok());
    }

    #[test]
    fn spec_and_profile_make_it_whole() {
        assert_whole::<ClusterParameterGroup>(&base());
    }
}
