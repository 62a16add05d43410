//! `aws.iam.service_linked_role`: a role that a service of AWS keeps for itself.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::Arn;
use super::super::tags;
use super::name;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A role that a service of AWS keeps for itself: its rights and its trust are the service's.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The service, such as `spot.amazonaws.com`.
    #[schemars(length(min = 1, max = 128), extend("x-immutable" = true))]
    pub aws_service_name: String,
    /// What tells several roles of one service apart; few services take one.
    #[schemars(length(min = 1, max = 64), extend("x-immutable" = true))]
    pub custom_suffix: Option<String>,
    /// What it is for. Services that take no suffix write their own.
    #[schemars(length(max = 1000), extend("x-default" = "provider"))]
    pub description: Option<String>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A service-linked role as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Such as `AWSServiceRoleForEC2Spot`.
    pub name: String,
    /// Always below `/aws-service-role/`.
    pub path: String,
    /// Such as `AROA1234567890EXAMPLE`.
    pub role_id: String,
}

/// The kind itself.
pub struct ServiceLinkedRole;

/// The names that services give to their roles, where they aren't made of the service's.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const NAMES: &[(&str, &str)] = &[
    ("autoscaling.amazonaws.com", "AutoScaling"),
    ("backup.amazonaws.com", "Backup"),
    ("ecs.amazonaws.com", "ECS"),
    ("eks-fargate.amazonaws.com", "AmazonEKSForFargate"),
    ("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup"),
    ("eks.amazonaws.com", "AmazonEKS"),
    ("elasticache.amazonaws.com", "ElastiCache"),
    ("elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing"),
    ("fis.amazonaws.com", "FIS"),
    ("globalaccelerator.amazonaws.com", "GlobalAccelerator"),
    ("rds.amazonaws.com", "RDS"),
    ("replication.ecr.amazonaws.com", "ECRReplication"),
    ("spot.amazonaws.com", "EC2Spot"),
    ("spotfleet.amazonaws.com", "EC2SpotFleet"),
];

impl Kind for ServiceLinkedRole {
    const TYPE: &'static str = "aws.iam.service_linked_role";
    const IDENTITY: &'static [&'static str] = &["aws_service_name", "custom_suffix"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let service = &spec.aws_service_name;
        let mut findings = name::findings("aws_service_name", service, 128);
        if findings.is_empty() && !service.contains(".amazonaws.com") {
            findings.push(
                Finding::on(
                    "aws_service_name",
                    format!("`aws_service_name` is {service:?}, which is no service"),
                )
                .help(
                    match crate::model::closest(service, NAMES.iter().map(|(service, _)| *service)) {
                        Some(close) => format!("did you mean `{close}`?"),
                        None => format!("write it as {service}.amazonaws.com"),
                    },
                ),
            );
        }
        if let Some(suffix) = &spec.custom_suffix {
            findings.extend(name::findings("custom_suffix", suffix, 64));
            if service != "autoscaling.amazonaws.com" && NAMES.iter().any(|(known, _)| known == service) {
                findings.push(
                    Finding::on(
                        "custom_suffix",
                        format!("{service} takes no suffix: it has one role an account"),
                    )
                    .and("aws_service_name"),
                );
            }
        }
        findings.extend(name::description_findings(spec.description.as_deref()));
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let name = role_name(spec);
        let path = format!("/aws-service-role/{}/", spec.aws_service_name);
        let arn = format!("arn:aws:iam::{{account}}:role{path}{name}");
        Profile::seconds(10, 2, 20)
            .visible_after(name::VISIBLE_AFTER_S)
            .computes("id", &arn)
            .computes("arn", &arn)
            .computes("name", &name)
            .computes("path", &path)
            .computes("role_id", "AROA{digits:17}")
    }

    /// A service has one role for each suffix.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let name = role_name(spec);
        if cloud.find(Self::TYPE, "name", &name).is_some() {
            return Err(Refusal::new(
                "InvalidInput",
                format!(
                    "Service role name {name} has been taken in this account, please try a different suffix."
                ),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_linked = Arn::of_service(text, "iam")
            .is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/"));
        if is_linked {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!(
                "`{text}` should look like \
                 arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"
            ))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:CreateServiceLinkedRole",
            "iam:DeleteServiceLinkedRole",
            "iam:GetRole",
            "iam:GetServiceLinkedRoleDeletionStatus",
            "iam:TagRole",
            "iam:UntagRole",
            "iam:UpdateRoleDescription",
        ]
    }
}

/// The name that the service gives to its role.
fn role_name(spec: &Spec) -> String {
    let service = spec.aws_service_name.as_str();
    let short = NAMES.iter().find(|(known, _)| *known == service).map_or_else(
        || service.split('.').next().unwrap_or_default().to_owned(),
        |(_, name)| (*name).to_owned(),
    );
    match &spec.custom_suffix {
        Some(suffix) => format!("AWSServiceRoleFor{short}_{suffix}"),
        None => format!("AWSServiceRoleFor{short}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        let role = json!({"aws_service_name": "autoscaling.amazonaws.com", "custom_suffix": "blue"});
        assert_eq!(faults::<ServiceLinkedRole>(role.clone(), json!({})), Vec::<String>::new());
        for (change, fault) in [
            (json!({"aws_service_name": "spot"}), "spot.amazonaws.com"),
            (json!({"aws_service_name": "a b"}), "aws_service_name: "),
            (json!({"aws_service_name": "rds.amazonaws.com"}), "takes no suffix"),
            (json!({"custom_suffix": "a b"}), "custom_suffix: "),
            (json!({"description": "→"}), "description: "),
        ] {
            let found = faults::<ServiceLinkedRole>(role.clone(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn a_service_has_one_role_for_each_suffix() {
        let mut world = World::default();
        world.add("aws.iam.service_linked_role", "x", json!({"name": "AWSServiceRoleForAutoScaling"}));
        let role = json!({"aws_service_name": "autoscaling.amazonaws.com"});
        assert_eq!(refusal::<ServiceLinkedRole>(&world, role.clone(), json!({})), "InvalidInput");
        assert_eq!(refusal::<ServiceLinkedRole>(&world, role, json!({"custom_suffix": "blue"})), "");
    }

    #[test]
    fn its_id_is_its_arn() {
        let arn =
            "arn:aws:iam::123456789012:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot";
        assert!(ServiceLinkedRole::import_id(arn).is_ok());
        assert!(ServiceLinkedRole::import_id("AWSServiceRoleForEC2Spot").is_err());
    }
}
