//! Ids of keys, and what primary keys and their replicas share.

use super::super::arn::{Arn, is_account};
use super::super::policy_document::{self, Usage};
use crate::kinds::{Cloud, Finding, Refusal};
use crate::model::{Json, PhysicalId};

/// For how long, in seconds, KMS may not show what was just made.
pub(super) const VISIBLE_AFTER_S: u64 = 60;

/// The list price of a key in us-east-1. <https://aws.amazon.com/kms/pricing/>
pub(super) const USD_PER_MONTH: f64 = 1.0;

/// The pattern of a key's id: those of several regions start with `mrk-`.
pub(super) fn pattern(multi_region: bool) -> &'static str {
    if multi_region { "mrk-{hex:32}" } else { "{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}" }
}

/// Whether a text is the id of a key.
pub(super) fn is_key_id(text: &str) -> bool {
    let is_hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    let groups: Vec<&str> = text.split('-').collect();
    match groups[..] {
        ["mrk", digits] => is_hex(digits, 32),
        [first, .., last] if groups.len() == 5 => {
            is_hex(first, 8) && groups[1..4].iter().all(|group| is_hex(group, 4)) && is_hex(last, 12)
        }
        _ => false,
    }
}

/// Whether a text is the ARN of a key.
pub(super) fn is_key_arn(text: &str) -> bool {
    key_arn(text).is_some()
}

/// The parts of a key's ARN and the key's id.
pub(super) fn key_arn(text: &str) -> Option<(Arn<'_>, &str)> {
    let arn = Arn::of_service(text, "kms")?;
    let id = arn.resource.strip_prefix("key/")?;
    (!arn.region.is_empty() && is_account(arn.account) && is_key_id(id)).then_some((arn, id))
}

/// Reads the id of a key; from its ARN too.
pub(super) fn import(text: &str) -> Result<PhysicalId, String> {
    let id = key_arn(text).map_or(text, |(_, id)| id);
    if is_key_id(id) {
        Ok(PhysicalId::new(id))
    } else {
        Err(format!("`{text}` should look like 1234abcd-12ab-34cd-56ef-1234567890ab or mrk- and 32 digits"))
    }
}

/// What is wrong with a key's policy: one that nobody may change locks everybody out.
pub(super) fn policy_findings(policy: Option<&Json>, bypass_check: bool) -> Vec<Finding> {
    let Some(policy) = policy else {
        return Vec::new();
    };
    let mut findings = policy_document::findings("policy", policy, Usage::Key);
    if findings.is_empty() && !bypass_check && !policy_document::allows(policy, "kms:PutKeyPolicy") {
        findings.push(
            Finding::on("policy", "`policy` lets nobody change it: the key would be lost to everybody")
                .and("bypass_policy_lockout_safety_check")
                .help(
                    "allow kms:* to the account, arn:aws:iam::…:root, \
                     or set bypass_policy_lockout_safety_check: true",
                ),
        );
    }
    findings
}

/// Refuses a policy that KMS refuses.
pub(super) fn refuse_policy(policy: Option<&Json>, bypass_check: bool) -> Result<(), Refusal> {
    match policy_findings(policy, bypass_check).first() {
        None => Ok(()),
        Some(finding) => Err(Refusal::new("MalformedPolicyDocumentException", finding.message.clone())),
    }
}

/// The attributes of the key, primary or replica, that an id or ARN names in a region.
pub(in crate::kinds::aws) fn find<'a>(cloud: &'a dyn Cloud, region: &str, text: &str) -> Option<&'a Json> {
    let (region, id) = key_arn(text).map_or((region, text), |(arn, id)| (arn.region, id));
    ["aws.kms.key", "aws.kms.replica_key"]
        .into_iter()
        .flat_map(|kind| cloud.all(kind))
        .find(|key| key.region == region && key.id.as_str() == id)
        .map(|key| key.attributes)
}

/// Whether an id, ARN or alias names a key in a region. Keys that AWS keeps are always there.
pub(in crate::kinds::aws) fn is_there(cloud: &dyn Cloud, region: &str, text: &str) -> bool {
    let alias = match Arn::of_service(text, "kms") {
        Some(arn) if arn.resource.starts_with("alias/") && arn.region == region => arn.resource,
        _ => text,
    };
    if alias.starts_with("alias/") {
        return alias.starts_with("alias/aws/")
            || cloud
                .all("aws.kms.alias")
                .iter()
                .any(|other| other.region == region && other.attributes["name"] == alias);
    }
    key_arn(text).is_none_or(|(arn, _)| arn.region == region) && find(cloud, region, text).is_some()
}

/// What is wrong with a field that names a key by id, ARN or alias.
pub(in crate::kinds::aws) fn findings(path: &str, text: &str) -> Vec<Finding> {
    let name = Arn::of_service(text, "kms").map_or(text, |arn| arn.resource);
    if is_key_id(text) || is_key_arn(text) || name.strip_prefix("alias/").is_some_and(|name| !name.is_empty())
    {
        return Vec::new();
    }
    vec![
        Finding::on(path, format!("`{path}` is {text:?}, which is no id, ARN or alias of a key"))
            .help("refer to the `arn` of an aws.kms.key, or write alias/name"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_known_by_id_and_by_arn() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
        assert_eq!(import(id), import(&arn));
        assert!(import(&format!("mrk-{}", "a".repeat(32))).is_ok());
        for wrong in
            ["", "alias/a", "mrk-12", "1234abcd-12ab-34cd-56ef", "arn:aws:kms:us-east-1:123456789012:alias/a"]
        {
            assert!(import(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fields_name_keys_by_id_arn_or_alias() {
        for fine in [
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:us-east-1:123456789012:alias/data",
            "alias/aws/rds",
        ] {
            assert_eq!(findings("kms_key_id", fine), [], "{fine}");
        }
        for wrong in ["data", "alias/", "arn:aws:s3:::bucket", "arn:aws:kms:us-east-1:123456789012:key/x"] {
            assert_eq!(findings("kms_key_id", wrong).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_there_in_its_own_region_only() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
        let mut world = crate::kinds::testing::World::default();
        assert!(!is_there(&world, "us-east-1", id) && is_there(&world, "us-east-1", "alias/aws/rds"));
        world.add("aws.kms.key", id, json!({}));
        world.add("aws.kms.alias", "alias/data", json!({"name": "alias/data"}));
        for name in [id, &arn, "alias/data", "arn:aws:kms:us-east-1:123456789012:alias/data"] {
            assert!(is_there(&world, "us-east-1", name), "{name}");
            assert!(!is_there(&world, "eu-west-1", name), "{name}");
        }
    }

    #[test]
    fn a_policy_must_let_somebody_change_it() {
        let policy = |action: &str| {
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]})
        };
        assert_eq!(policy_findings(None, false), []);
        assert_eq!(policy_findings(Some(&policy("kms:*")), false), []);
        assert_eq!(policy_findings(Some(&policy("kms:Decrypt")), true), []);
        assert!(policy_findings(Some(&policy("kms:Decrypt")), false)[0].message.contains("lets nobody"));
        assert_eq!(
            refuse_policy(Some(&json!({})), true).unwrap_err().code,
            "MalformedPolicyDocumentException"
        );
    }
}
