//! Copies of objects in other buckets.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html>

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bucket_settings::Switch;
use crate::kinds::Finding;
use crate::model::FieldPath;

/// Which objects are copied, where to, and as whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Replication {
    /// The ARN of the role that S3 copies as.
    #[schemars(extend("x-refers" = "aws.iam.role"))]
    pub role: String,
    /// The rules.
    #[schemars(length(min = 1, max = 1000), extend("x-collection" = "list(id)"))]
    pub rules: Vec<ReplicationRule>,
}

/// Copies of some of the objects in one other bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicationRule {
    /// The rule's name within the bucket.
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
    /// Whether it is carried out.
    pub status: Switch,
    /// Which of several rules for the same destination counts: the highest.
    #[schemars(range(min = 0, max = 2147483647))]
    pub priority: Option<i64>,
    /// The objects that it is about; all where this is absent.
    pub filter: Option<ReplicationFilter>,
    /// Where the copies go.
    pub destination: Destination,
    /// Whether delete markers are copied.
    #[schemars(extend("default" = "Disabled"))]
    pub delete_marker_replication: Option<Switch>,
    /// Whether objects that are encrypted with a KMS key are copied.
    #[schemars(extend("default" = "Disabled"))]
    pub sse_kms_encrypted_objects: Option<Switch>,
    /// Whether changes of a copy's metadata are copied back.
    #[schemars(extend("default" = "Disabled"))]
    pub replica_modifications: Option<Switch>,
}

/// The objects that fit all that is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicationFilter {
    /// What their keys start with.
    #[schemars(length(max = 1024))]
    pub prefix: Option<String>,
    /// The tags that they have, by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Where copies go, and how they are kept there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Destination {
    /// The ARN of the bucket.
    #[schemars(extend("x-refers" = "aws.s3.bucket"))]
    pub bucket: String,
    /// The account of the bucket, where it is another.
    #[schemars(regex(pattern = r"^\d{12}$"))]
    pub account: Option<String>,
    /// Whether the copies become the other account's.
    #[schemars(extend("default" = false))]
    pub owner_override: Option<bool>,
    /// The storage of the copies; the objects' own where it is absent.
    pub storage_class: Option<ReplicaClass>,
    /// The ARN of the key in the destination's region that encrypts the copies.
    #[schemars(extend("x-refers" = "aws.kms.key|aws.kms.replica_key|aws.kms.alias"))]
    pub replica_kms_key_id: Option<String>,
    /// Whether copies are promised within 15 minutes, at a price; includes the metrics.
    #[schemars(extend("default" = "Disabled"))]
    pub replication_time: Option<Switch>,
    /// Whether CloudWatch shows how far the copies are.
    #[schemars(extend("default" = "Disabled"))]
    pub metrics: Option<Switch>,
}

/// Storage that copies can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReplicaClass {
    Standard,
    ReducedRedundancy,
    StandardIa,
    OnezoneIa,
    IntelligentTiering,
    GlacierIr,
    Glacier,
    DeepArchive,
}

/// What is wrong with the replication at a path.
pub(super) fn findings(path: &FieldPath, replication: &Replication) -> Vec<Finding> {
    let mut findings = Vec::new();
    let several = replication.rules.len() > 1;
    let mut priorities = BTreeSet::new();
    for (index, rule) in replication.rules.iter().enumerate() {
        let at = path.key("rules").index(index);
        match rule.priority {
            Some(priority) if !priorities.insert(priority) => findings.push(
                Finding::at(
                    at.key("priority"),
                    format!("`{at}.priority` is {priority}, as another rule's is"),
                )
                .help("each rule has a priority of its own"),
            ),
            None if several => findings.push(
                Finding::at(at.key("priority"), format!("`priority` is missing in `{at}`"))
                    .help("with several rules, each has a priority of its own"),
            ),
            _ => {}
        }
        rule_findings(&at, rule, &mut findings);
    }
    findings
}

fn rule_findings(at: &FieldPath, rule: &ReplicationRule, findings: &mut Vec<Finding>) {
    let destination = &rule.destination;
    let to = at.key("destination");
    let on = |switch: Option<Switch>| switch == Some(Switch::Enabled);
    if !destination.bucket.is_empty() && !destination.bucket.starts_with("arn:") {
        findings.push(
            Finding::at(
                to.key("bucket"),
                format!("`{to}.bucket` is {:?}, which is no ARN", destination.bucket),
            )
            .help("name the bucket by its `arn`"),
        );
    }
    if on(rule.sse_kms_encrypted_objects) != destination.replica_kms_key_id.is_some() {
        let mut finding = Finding::at(
            at.key("sse_kms_encrypted_objects"),
            format!("`{at}` sets only one of `sse_kms_encrypted_objects` and `replica_kms_key_id`"),
        )
        .help("objects that are encrypted with a KMS key are copied with a key of the destination");
        finding.paths.push(to.key("replica_kms_key_id"));
        findings.push(finding);
    }
    if destination.owner_override == Some(true) && destination.account.is_none() {
        findings.push(
            Finding::at(to.key("owner_override"), format!("`{to}.owner_override` needs `account`"))
                .help("name the account that the copies are to belong to"),
        );
    }
    if on(destination.replication_time) && !on(destination.metrics) {
        findings.push(
            Finding::at(to.key("metrics"), format!("`{to}.replication_time` needs `metrics: Enabled`"))
                .help("the promise of 15 minutes is kept by its metrics"),
        );
    }
    let tagged =
        rule.filter.as_ref().and_then(|filter| filter.tags.as_ref()).is_some_and(|tags| !tags.is_empty());
    if tagged && on(rule.delete_marker_replication) {
        findings.push(
            Finding::at(
                at.key("delete_marker_replication"),
                format!("`{at}` filters by tags and copies delete markers"),
            )
            .help("delete markers have no tags: leave out one of the two"),
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::kinds::testing::edited;

    fn replication() -> Json {
        json!({
            "role": "arn:aws:iam::123456789012:role/copy",
            "rules": [
                {"id": "a", "status": "Enabled", "priority": 1, "destination": {"bucket": "arn:aws:s3:::b"}},
                {"id": "b", "status": "Enabled", "priority": 2, "destination": {"bucket": "arn:aws:s3:::c"}},
            ],
        })
    }

    #[test]
    fn rules_are_told_apart_and_complete() {
        let rule = |field: &str| format!("/rules/1/{field}");
        for (pointer, value, fault) in [
            (rule("priority"), json!(2), ""),
            (rule("priority"), json!(1), "as another rule's is"),
            (rule("priority"), json!(null), "`priority` is missing"),
            (rule("destination/bucket"), json!("c"), "no ARN"),
            (rule("sse_kms_encrypted_objects"), json!("Enabled"), "sets only one of"),
            (rule("destination/replica_kms_key_id"), json!("arn:x"), "sets only one of"),
            (rule("destination/owner_override"), json!(true), "needs `account`"),
            (rule("destination/replication_time"), json!("Enabled"), "needs `metrics: Enabled`"),
        ] {
            let json = edited(&replication(), &[(&pointer, value)]);
            let found = findings(&"replication".parse().unwrap(), &serde_json::from_value(json).unwrap());
            match fault {
                "" => assert_eq!(found, []),
                fault => assert!(format!("{found:?}").contains(fault), "{pointer}: {found:?}"),
            }
        }
        let tagged = [
            ("/rules/0/filter", json!({"tags": {"a": "b"}})),
            ("/rules/0/delete_marker_replication", json!("Enabled")),
        ];
        let json = edited(&replication(), &tagged);
        let found = findings(&"replication".parse().unwrap(), &serde_json::from_value(json).unwrap());
        assert!(format!("{found:?}").contains("delete markers have no tags"), "{found:?}");
    }
}
