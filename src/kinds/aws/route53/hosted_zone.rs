//! `aws.route53.hosted_zone`: the records of a domain and of the names below it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::{VISIBLE_AFTER_S, name};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// The records of a domain and of the names below it: for everybody, or only for the networks that it
/// names.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The domain, such as `example.com`, in small letters and without a last dot. There can be several
    /// zones of one name: the registration says which one counts.
    #[schemars(length(min = 1, max = 253), extend("x-immutable" = true))]
    pub name: String,
    /// What it is for.
    #[schemars(length(max = 256), extend("default" = ""))]
    pub comment: Option<String>,
    /// The networks that it answers to. A zone without any is public, which can't be changed later.
    #[schemars(length(min = 1), extend("x-collection" = "list(vpc_id)", "x-exclusive" = true))]
    pub vpcs: Option<Vec<Vpc>>,
    /// The set of name servers that several zones share, such as `N1PA6795SAMMI`.
    #[schemars(length(max = 32), extend("x-immutable" = true))]
    pub delegation_set_id: Option<String>,
    /// Whether records of a public zone can be changed again within an hour, when us-east-1 has failed.
    #[schemars(extend("default" = false))]
    pub accelerated_recovery: Option<bool>,
    /// Deletes the records that others have made when it is deleted; without, such records keep it.
    /// Ours: it is used when it is deleted.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub force_destroy: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A network that a private zone answers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Vpc {
    /// Its id.
    #[schemars(length(min = 1, max = 1024), extend("x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// The region that it lies in.
    #[schemars(length(min = 1, max = 64))]
    pub vpc_region: String,
}

/// A hosted zone as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `Z1PA6795UKMFR9`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The servers that answer for it: what the registration, or the zone above, has to name. A private
    /// zone's are asked by nobody from outside.
    pub name_servers: Vec<String>,
}

/// The kind itself.
pub struct HostedZone;

/// Each of the first 25 zones of an account. <https://aws.amazon.com/route53/pricing/>
const USD_PER_MONTH: f64 = 0.50;

impl Kind for HostedZone {
    const TYPE: &'static str = "aws.route53.hosted_zone";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("name", &spec.name, false);
        if spec.vpcs.is_some() && spec.accelerated_recovery == Some(true) {
            findings.push(
                Finding::on("accelerated_recovery", "a private zone has no `accelerated_recovery`")
                    .and("vpcs"),
            );
        }
        if spec.vpcs.is_some() && spec.delegation_set_id.is_some() {
            findings.push(
                Finding::on("delegation_set_id", "a private zone has no set of name servers").and("vpcs"),
            );
        }
        for (index, vpc) in spec.vpcs.iter().flatten().enumerate() {
            if !vpc.vpc_id.is_empty() && !vpc.vpc_id.starts_with("vpc-") {
                findings.push(Finding::at(
                    FieldPath::root().key("vpcs").index(index).key("vpc_id"),
                    format!("`{}` is no id of a network", vpc.vpc_id),
                ));
            }
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        let servers = r#"json:["ns-1{digits:3}.awsdns-1{digits:1}.org","ns-1{digits:3}.awsdns-2{digits:1}.co.uk","ns-1{digits:2}.awsdns-3{digits:1}.com","ns-5{digits:2}.awsdns-4{digits:1}.net"]"#;
        Profile::seconds(40, 5, 5)
            .visible_after(VISIBLE_AFTER_S)
            .computes("id", "Z0{digits:18}")
            .computes("arn", "arn:aws:route53:::hostedzone/{id}")
            .computes("name_servers", servers)
            .costs_monthly("Hosted zone", USD_PER_MONTH)
    }

    /// A network has one zone of a name, and a zone stays what it was made as.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => refuse_conflict(spec, None, cloud),
            Call::Update { spec, id, .. } => {
                let was_private = cloud.find(Self::TYPE, "id", id.as_str()).is_some_and(|zone| {
                    zone.attributes["vpcs"].as_array().is_some_and(|vpcs| !vpcs.is_empty())
                });
                match (was_private, spec.vpcs.is_some()) {
                    (true, false) => Err(Refusal::new(
                        "LastVPCAssociation",
                        "The VPC that you are trying to disassociate from the private hosted zone is the last one",
                    )),
                    (false, true) => Err(Refusal::new(
                        "PublicZoneVPCAssociation",
                        "The hosted zone is a public hosted zone",
                    )),
                    _ => refuse_conflict(spec, Some(id), cloud),
                }
            }
            Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        name::import_zone(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:DescribeVpcs",
            "route53:AssociateVPCWithHostedZone",
            "route53:ChangeResourceRecordSets",
            "route53:ChangeTagsForResource",
            "route53:CreateHostedZone",
            "route53:DeleteHostedZone",
            "route53:DisassociateVPCFromHostedZone",
            "route53:GetChange",
            "route53:GetHostedZone",
            "route53:ListHostedZones",
            "route53:ListHostedZonesByName",
            "route53:ListResourceRecordSets",
            "route53:ListTagsForResources",
            "route53:UpdateHostedZoneComment",
            "route53:UpdateHostedZoneFeatures",
        ]
    }
}

fn refuse_conflict(spec: &Spec, own: Option<&PhysicalId>, cloud: &dyn Cloud) -> Result<(), Refusal> {
    let shares_a_network = |vpcs: &serde_json::Value| {
        let theirs = vpcs.as_array().into_iter().flatten();
        theirs
            .into_iter()
            .any(|vpc| spec.vpcs.iter().flatten().any(|own| vpc["vpc_id"] == own.vpc_id.as_str()))
    };
    let conflict = cloud.all(HostedZone::TYPE).into_iter().find(|other| {
        own != Some(other.id)
            && other.attributes["name"] == spec.name.as_str()
            && shares_a_network(&other.attributes["vpcs"])
    });
    match conflict {
        None => Ok(()),
        Some(other) => Err(Refusal::new(
            "ConflictingDomainExists",
            format!("The VPC is associated with {} already, a hosted zone of that name", other.id),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    fn private() -> crate::model::Json {
        json!({"name": "svc.example.com", "vpcs": [{"vpc_id": "vpc-1", "vpc_region": "us-east-1"}]})
    }

    #[test]
    fn names_and_networks_are_what_the_api_takes() {
        let whole = json!({"name": "example.com", "comment": "The site", "accelerated_recovery": true,
            "force_destroy": true, "delegation_set_id": "N1PA6795SAMMI", "tags": {"a": "b"}});
        assert_whole::<HostedZone>(&json!({"name": "example.com", "comment": "The site"}));
        assert_rules::<HostedZone>(
            &whole,
            &[
                (&[("/name", json!("example.com."))], "write it as example.com"),
                (&[("/name", json!("*.example.com"))], "no name"),
                (&[("/comment", json!("a".repeat(257)))], "at most 256"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
        assert_rules::<HostedZone>(
            &private(),
            &[
                (&[("/accelerated_recovery", json!(true))], "no `accelerated_recovery`"),
                (&[("/delegation_set_id", json!("N1"))], "no set of name servers"),
                (&[("/vpcs/0/vpc_id", json!("net-1"))], "no id of a network"),
                (&[("/vpcs", json!([]))], "has 0 elements"),
            ],
        );
    }

    #[test]
    fn a_network_has_one_zone_of_a_name() {
        let sky = World::default().with(HostedZone::TYPE, "Z1", "global", private());
        assert_eq!(sky.create::<HostedZone>(&private()), Err("ConflictingDomainExists".into()));
        // Public zones of one name are several as they like.
        let public = json!({"name": "svc.example.com"});
        assert!(sky.create::<HostedZone>(&public).is_ok());
        let mut other = private();
        other["vpcs"][0]["vpc_id"] = json!("vpc-2");
        assert!(sky.create::<HostedZone>(&other).is_ok());
        assert!(sky.update::<HostedZone>("Z1", &other).is_ok());
    }

    #[test]
    fn a_zone_stays_public_or_private() {
        let public = json!({"name": "svc.example.com"});
        let sky = World::default().with(HostedZone::TYPE, "Z1", "global", private()).with(
            HostedZone::TYPE,
            "Z2",
            "global",
            public.clone(),
        );
        assert_eq!(sky.update::<HostedZone>("Z1", &public), Err("LastVPCAssociation".into()));
        assert_eq!(sky.update::<HostedZone>("Z2", &private()), Err("PublicZoneVPCAssociation".into()));
        assert!(sky.update::<HostedZone>("Z2", &public).is_ok());
    }
}
