//! `aws.ec2.security_group`: which traffic may reach and leave what carries the group.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::security_group_rule::{self, Rule};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// A security group with all of its rules. Rules that anyone else adds are drift; where `ingress` or
/// `egress` is absent there are none, so that without `egress` nothing gets out.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within the network whatever the case of its letters.
    #[schemars(
        regex(pattern = r"^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$"),
        extend("x-immutable" = true)
    )]
    pub group_name: String,
    /// What it is for.
    #[schemars(
        regex(pattern = r"^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$"),
        extend("x-immutable" = true)
    )]
    pub description: String,
    /// The network that it belongs to.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.ec2.vpc", "x-holds" = true))]
    pub vpc_id: String,
    /// Traffic that may come in, one source a rule.
    #[schemars(extend(
        "x-exclusive" = true,
        "x-collection" = "list(ip_protocol,from_port,to_port,cidr_ipv4,cidr_ipv6,prefix_list_id,referenced_group_id,own_group)"
    ))]
    pub ingress: Option<Vec<Rule>>,
    /// Traffic that may go out, one destination a rule.
    #[schemars(extend(
        "x-exclusive" = true,
        "x-collection" = "list(ip_protocol,from_port,to_port,cidr_ipv4,cidr_ipv6,prefix_list_id,referenced_group_id,own_group)"
    ))]
    pub egress: Option<Vec<Rule>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A security group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `sg-0a1b2c3d4e5f60718`.
    pub id: String,
    /// Its Amazon resource name.
    pub arn: String,
    /// The account that owns it.
    pub owner_id: String,
}

/// The quota that an account starts with.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>
const RULES_PER_DIRECTION: usize = 60;

/// The kind itself.
pub struct SecurityGroup;

impl Kind for SecurityGroup {
    const TYPE: &'static str = "aws.ec2.security_group";
    const IDENTITY: &'static [&'static str] = &["vpc_id", "group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        if spec.group_name.starts_with("sg-") {
            findings.push(
                Finding::on("group_name", "`group_name` starts with `sg-`")
                    .help("only the ids of groups start so"),
            );
        }
        if spec.group_name.eq_ignore_ascii_case("default") {
            findings.push(
                Finding::on("group_name", "`group_name` is that of the network's own group")
                    .help("every network has a group called `default` from the start"),
            );
        }
        for (field, rules) in [("ingress", &spec.ingress), ("egress", &spec.egress)] {
            for (index, rule) in rules.iter().flatten().enumerate() {
                let path = FieldPath::root().key(field).index(index);
                findings.extend(security_group_rule::findings(&path, rule));
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(3, 3, 3)
            .visible_after(30)
            .computes("id", "sg-{hex:17}")
            .computes("arn", "arn:aws:ec2:{region}:{account}:security-group/{id}")
            .computes("owner_id", "{account}")
    }

    /// Names are unique within a network, and rules are counted.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        if matches!(call, Call::Delete { .. }) {
            return Ok(());
        }
        let spec = call.spec();
        let has_name =
            |name: Option<&str>| name.is_some_and(|name| name.eq_ignore_ascii_case(&spec.group_name));
        if matches!(call, Call::Create { .. })
            && cloud.all(Self::TYPE).into_iter().any(|other| {
                other.attributes["vpc_id"] == spec.vpc_id.as_str()
                    && has_name(other.attributes["group_name"].as_str())
            })
        {
            return Err(Refusal::new(
                "InvalidGroup.Duplicate",
                format!("The security group '{}' already exists for VPC '{}'", spec.group_name, spec.vpc_id),
            ));
        }
        for rules in [&spec.ingress, &spec.egress].into_iter().flatten() {
            if rules.len() > RULES_PER_DIRECTION {
                return Err(Refusal::new(
                    "RulesPerSecurityGroupLimitExceeded",
                    "The maximum number of rules per security group has been reached.",
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        super::id::with_prefix(text, "sg-")
    }

    fn actions() -> &'static [&'static str] {
        &[
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateSecurityGroup",
            "ec2:CreateTags",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteTags",
            "ec2:DescribeSecurityGroupRules",
            "ec2:DescribeSecurityGroups",
            "ec2:ModifySecurityGroupRules",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn group() -> Json {
        json!({
            "group_name": "web", "description": "What the load balancer lets in", "vpc_id": "vpc-1",
            "ingress": [
                {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "0.0.0.0/0"},
                {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv6": "::/0"},
            ],
            "egress": [{"ip_protocol": "-1", "own_group": true}],
        })
    }

    #[test]
    fn names_and_descriptions_are_of_certain_characters() {
        assert_rules::<SecurityGroup>(
            &group(),
            &[
                (&[("/group_name", json!("sg-web"))], "starts with `sg-`"),
                (&[("/group_name", json!("Default"))], "network's own group"),
                (&[("/group_name", json!("wéb"))], "doesn't match"),
                (&[("/description", json!("what's in"))], "doesn't match"),
                (&[("/description", json!(""))], "doesn't match"),
                (&[("/description", json!(null))], "missing"),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn every_rule_is_checked_where_it_stands() {
        assert_rules::<SecurityGroup>(
            &group(),
            &[
                (&[("/ingress/1/cidr_ipv6", json!("::/129"))], "`ingress[1].cidr_ipv6`"),
                (&[("/egress/0/own_group", json!(null))], "`egress[0]` has no"),
            ],
        );
    }

    #[test]
    fn rules_are_told_apart_by_all_that_aws_tells_them_apart_by() {
        let mut twice = group();
        let mut rule = twice["ingress"][0].clone();
        rule["description"] = json!("a description doesn't make it another rule");
        twice["ingress"].as_array_mut().unwrap().push(rule);
        let ingress = twice["ingress"].clone();
        assert_rules::<SecurityGroup>(&group(), &[(&[("/ingress", ingress)], "twice, at 0 and at 2")]);
    }

    #[test]
    fn a_name_is_taken_once_in_a_network() {
        let sky = World::default().with(SecurityGroup::TYPE, "sg-1", "us-east-1", group());
        let mut other = group();
        other["group_name"] = json!("WEB");
        assert_eq!(sky.create::<SecurityGroup>(&other), Err("InvalidGroup.Duplicate".into()));
        other["vpc_id"] = json!("vpc-2");
        assert!(sky.create::<SecurityGroup>(&other).is_ok());
        assert!(sky.update::<SecurityGroup>("sg-1", &group()).is_ok());
    }

    #[test]
    fn rules_are_counted() {
        let rule = |port: usize| json!({"ip_protocol": "tcp", "from_port": port, "to_port": port, "own_group": true});
        let mut many = group();
        many["ingress"] = (1..=60).map(rule).collect();
        assert!(World::default().create::<SecurityGroup>(&many).is_ok());
        many["ingress"] = (1..=61).map(rule).collect();
        let refused = World::default().create::<SecurityGroup>(&many);
        assert_eq!(refused, Err("RulesPerSecurityGroupLimitExceeded".into()));
    }
}
