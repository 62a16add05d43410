//! `aws.kms.replica_key`: the same key in another region.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::key_id;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A multi-region key's replica in the region of the resource: the same id and material, with a
/// policy, a description and tags of its own.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The ARN of the primary key, which lies in another region.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.kms.key"))]
    pub primary_key_arn: String,
    /// What it is for.
    #[schemars(length(max = 8192), extend("default" = ""))]
    pub description: Option<String>,
    /// Who may do what with it. Where it is absent, the account's own policies decide.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true, "x-default" = "provider"))]
    pub policy: Option<Json>,
    /// Takes a policy that lets nobody change it afterwards. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// Whether it can be used.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// How many days a deletion can be taken back. Ours: it is used when it is deleted.
    #[schemars(range(min = 7, max = 30), extend("default" = 30, "x-write-only" = true))]
    pub deletion_window_in_days: Option<i64>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A replica as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The id of the primary, such as `mrk-1234abcd12ab34cd56ef1234567890ab`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct ReplicaKey;

impl Kind for ReplicaKey {
    const TYPE: &'static str = "aws.kms.replica_key";
    const IDENTITY: &'static [&'static str] = &["primary_key_arn"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = key_id::policy_findings(
            spec.policy.as_ref(),
            spec.bypass_policy_lockout_safety_check == Some(true),
        );
        let arn = &spec.primary_key_arn;
        match key_id::key_arn(arn) {
            None => findings.push(
                Finding::on(
                    "primary_key_arn",
                    format!("`primary_key_arn` is {arn:?}, which is no ARN of a key"),
                )
                .help("refer to the `arn` of an aws.kms.key, not to its id"),
            ),
            Some((_, id)) if !id.starts_with("mrk-") => findings.push(
                Finding::on("primary_key_arn", format!("the key {id} can't have replicas"))
                    .help("set `multi_region: true` on it; that replaces it"),
            ),
            Some(_) => {}
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let id = key_id::key_arn(&spec.primary_key_arn).map_or("", |(_, id)| id);
        Profile::seconds(15, 2, 2)
            .visible_after(key_id::VISIBLE_AFTER_S)
            .computes("id", id)
            .computes("arn", "arn:aws:kms:{region}:{account}:key/{id}")
            .costs_monthly("KMS replica key", key_id::USD_PER_MONTH)
    }

    /// A key has one replica in each other region.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let (spec, is_new) = match call {
            Call::Create { spec, .. } => (spec, true),
            Call::Update { spec, .. } => (spec, false),
            Call::Delete { .. } => return Ok(()),
        };
        key_id::refuse_policy(spec.policy.as_ref(), spec.bypass_policy_lockout_safety_check == Some(true))?;
        if !is_new {
            return Ok(());
        }
        let Some((_, id)) = key_id::key_arn(&spec.primary_key_arn) else {
            return Err(Refusal::new("InvalidArnException", "the ARN of the primary key is malformed"));
        };
        let Some(primary) = key_id::find(cloud, cloud.region(), &spec.primary_key_arn) else {
            return Err(Refusal::new(
                "NotFoundException",
                format!("Key '{}' does not exist", spec.primary_key_arn),
            ));
        };
        if primary["multi_region"] != true {
            return Err(Refusal::new(
                "UnsupportedOperationException",
                format!("{} is not a multi-region primary key", spec.primary_key_arn),
            ));
        }
        if key_id::find(cloud, cloud.region(), id).is_some() {
            return Err(Refusal::new(
                "AlreadyExistsException",
                format!("Replica key already exists in region {}", cloud.region()),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match key_id::import(text)? {
            id if id.as_str().starts_with("mrk-") => Ok(id),
            id => Err(format!("`{id}` is no key of several regions: their ids start with mrk-")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "kms:CreateKey",
            "kms:DescribeKey",
            "kms:DisableKey",
            "kms:EnableKey",
            "kms:GetKeyPolicy",
            "kms:ListKeys",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:ReplicateKey",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    const ID: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

    fn replica() -> Json {
        json!({"primary_key_arn": format!("arn:aws:kms:us-east-1:123456789012:key/{ID}")})
    }

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        assert_eq!(faults::<ReplicaKey>(replica(), json!({"tags": {"a": "b"}})), Vec::<String>::new());
        let single = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        for (change, fault) in [
            (json!({"primary_key_arn": ID}), "not to its id"),
            (json!({"primary_key_arn": single}), "multi_region: true"),
            (json!({"policy": {}}), "`Version` is missing"),
            (json!({"deletion_window_in_days": 31}), "7 to 30"),
            (json!({"tags": {"aws:x": ""}}), "for itself"),
        ] {
            let found = faults::<ReplicaKey>(replica(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
        assert!(ReplicaKey::import_id(ID).is_ok());
        assert!(ReplicaKey::import_id("1234abcd-12ab-34cd-56ef-1234567890ab").is_err());
    }

    #[test]
    fn a_key_has_one_replica_in_each_other_region() {
        let mut world = World::default();
        world.region = "eu-west-1";
        assert_eq!(refusal::<ReplicaKey>(&world, replica(), json!({})), "NotFoundException");
        world.region = "us-east-1";
        world.add("aws.kms.key", ID, json!({"multi_region": true}));
        assert_eq!(refusal::<ReplicaKey>(&world, replica(), json!({})), "AlreadyExistsException");
        world.region = "eu-west-1";
        assert_eq!(refusal::<ReplicaKey>(&world, replica(), json!({})), "");
        world.add("aws.kms.replica_key", ID, json!({}));
        assert_eq!(refusal::<ReplicaKey>(&world, replica(), json!({})), "AlreadyExistsException");
    }
}
