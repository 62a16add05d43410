//! `aws.logs.log_group`: where log events are kept, and for how long.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A group of log streams that are kept alike.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// Its name, unique within account and region, such as `/aws/eks/main/cluster`.
    #[schemars(regex(pattern = r"^[.\-_/#A-Za-z0-9]{1,512}$"), extend("x-immutable" = true))]
    pub log_group_name: String,
    /// For how many days events are kept; for ever where it is absent.
    pub retention_in_days: Option<i64>,
    /// The ARN of the key that encrypts new events; CloudWatch's own where it is absent.
    #[schemars(length(max = 256), extend("x-refers" = "aws.kms.key|aws.kms.replica_key"))]
    pub kms_key_id: Option<String>,
    /// What it can do, and what it costs.
    #[schemars(extend("x-immutable" = true, "default" = "STANDARD"))]
    pub log_group_class: Option<LogGroupClass>,
    /// Whether it can't be deleted until this is false again.
    #[schemars(extend("default" = false))]
    pub deletion_protection_enabled: Option<bool>,
    /// Whether events may be sent with a bearer token instead of a signature.
    #[schemars(extend("default" = false))]
    pub bearer_token_authentication_enabled: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a log group can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogGroupClass {
    Standard,
    InfrequentAccess,
    Delivery,
    Essentials,
}

/// A log group as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its name.
    pub id: String,
    /// Its Amazon resource name, without the `:*` that stands for its streams.
    pub arn: String,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>
const RETENTION_DAYS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The kind itself.
pub struct LogGroup;

impl Kind for LogGroup {
    const TYPE: &'static str = "aws.logs.log_group";
    const IDENTITY: &'static [&'static str] = &["log_group_name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = crate::kinds::aws::tags::findings(spec.tags.as_ref());
        if spec.log_group_name.starts_with("aws/") {
            findings.push(
                Finding::on("log_group_name", "`log_group_name` starts with `aws/`")
                    .help(format!("did you mean `/{}`?", spec.log_group_name)),
            );
        }
        if let Some(days) = spec.retention_in_days {
            findings.extend(retention_finding(days));
            if spec.log_group_class == Some(LogGroupClass::Delivery) {
                findings.push(
                    Finding::on("retention_in_days", "a group of class DELIVERY has no `retention_in_days`")
                        .and("log_group_class")
                        .help("it keeps events for one day: leave it out"),
                );
            }
        }
        if let Some(key) = &spec.kms_key_id
            && !key.is_empty()
            && !key.starts_with("arn:")
        {
            findings.push(
                Finding::on("kms_key_id", format!("`kms_key_id` is {key:?}, which is no ARN"))
                    .help("name the key by its `arn`, not by its id or alias"),
            );
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(2, 2, 2)
            .visible_after(10)
            .computes("id", "{spec.log_group_name}")
            .computes("arn", "arn:aws:logs:{region}:{account}:log-group:{id}")
    }

    /// A name is taken once in a region, and a protected group stays.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                let taken = cloud.all(Self::TYPE).into_iter().any(|other| {
                    other.region == cloud.region()
                        && other.attributes["log_group_name"] == spec.log_group_name.as_str()
                });
                if taken {
                    return Err(Refusal::new(
                        "ResourceAlreadyExistsException",
                        "The specified log group already exists",
                    ));
                }
            }
            Call::Delete { id, .. } => {
                let protected = cloud.all(Self::TYPE).into_iter().any(|this| {
                    this.id == id
                        && this.region == cloud.region()
                        && this.attributes["deletion_protection_enabled"] == true
                });
                if protected {
                    return Err(Refusal::new(
                        "ValidationException",
                        format!("The log group {id} has deletion protection enabled"),
                    ));
                }
            }
            Call::Update { .. } => {}
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
        if (1..=512).contains(&text.len()) && text.chars().all(allowed) {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be the name of a log group, such as /aws/eks/main/cluster"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:DescribeLogGroups",
            "logs:DisassociateKmsKey",
            "logs:ListTagsForResource",
            "logs:PutBearerTokenAuthentication",
            "logs:PutLogGroupDeletionProtection",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ]
    }
}

fn retention_finding(days: i64) -> Option<Finding> {
    if RETENTION_DAYS.contains(&days) {
        return None;
    }
    let allowed: Vec<String> = RETENTION_DAYS.iter().map(i64::to_string).collect();
    let finding = Finding::on(
        "retention_in_days",
        format!("`retention_in_days` is {days}, which is none of {}", allowed.join(", ")),
    );
    Some(match RETENTION_DAYS.iter().find(|longer| **longer > days) {
        Some(longer) => finding.help(format!("the next longer is {longer}")),
        None => finding.help("leave it out to keep events for ever"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::{World, assert_rules};

    fn group() -> Json {
        json!({"log_group_name": "/aws/eks/main/cluster", "retention_in_days": 30})
    }

    #[test]
    fn names_days_and_keys_are_what_the_api_takes() {
        assert_rules::<LogGroup>(
            &group(),
            &[
                (&[("/log_group_name", json!("aws/eks"))], "did you mean `/aws/eks`?"),
                (&[("/log_group_name", json!("a b"))], "doesn't match"),
                (&[("/log_group_name", json!(""))], "doesn't match"),
                (&[("/retention_in_days", json!(31))], "the next longer is 60"),
                (&[("/retention_in_days", json!(4000))], "for ever"),
                (&[("/log_group_class", json!("DELIVERY"))], "one day"),
                (&[("/log_group_class", json!("INFREQUENT_ACCESS"))], ""),
                (&[("/log_group_class", json!("CHEAP"))], "none of"),
                (&[("/kms_key_id", json!("alias/logs"))], "no ARN"),
                (&[("/kms_key_id", json!("arn:aws:kms:us-east-1:1:key/x"))], ""),
                (&[("/tags", json!({"aws:x": ""}))], "aws:"),
            ],
        );
    }

    #[test]
    fn a_name_is_taken_once_in_a_region() {
        let name = "/aws/eks/main/cluster";
        let elsewhere = World::default().with(LogGroup::TYPE, name, "eu-west-1", group());
        assert!(elsewhere.create::<LogGroup>(&group()).is_ok());
        let here = elsewhere.with(LogGroup::TYPE, name, "us-east-1", group());
        assert_eq!(here.create::<LogGroup>(&group()), Err("ResourceAlreadyExistsException".into()));
    }

    #[test]
    fn a_protected_group_stays() {
        let mut protected = group();
        protected["deletion_protection_enabled"] = json!(true);
        let sky = World::default().with(LogGroup::TYPE, "kept", "us-east-1", protected).with(
            LogGroup::TYPE,
            "free",
            "us-east-1",
            group(),
        );
        assert_eq!(sky.delete::<LogGroup>("kept", &group()), Err("ValidationException".into()));
        assert_eq!(sky.delete::<LogGroup>("free", &group()), Ok(()));
    }

    #[test]
    fn it_is_imported_by_name() {
        assert_eq!(LogGroup::import_id("/a/b").unwrap().as_str(), "/a/b");
        assert!(LogGroup::import_id("a b").is_err());
    }
}
