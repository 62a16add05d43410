//! `aws.kms.key`: a key that never leaves the service.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::tags;
use super::key_id;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A key that never leaves the service.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// What it is for.
    #[schemars(length(max = 8192), extend("default" = ""))]
    pub description: Option<String>,
    /// What it can do.
    #[schemars(extend("x-immutable" = true, "default" = "ENCRYPT_DECRYPT"))]
    pub key_usage: Option<KeyUsage>,
    /// Its algorithm and length.
    #[schemars(extend("x-immutable" = true, "default" = "SYMMETRIC_DEFAULT"))]
    pub key_spec: Option<KeySpec>,
    /// Who may do what with it. Where it is absent, the account's own policies decide.
    #[schemars(extend("type" = "object", "x-form" = "policy", "x-exclusive" = true, "x-default" = "provider"))]
    pub policy: Option<Json>,
    /// Takes a policy that lets nobody change it afterwards. Ours: it goes with the call.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// Whether it can be used; a disabled key still costs and its data can't be read.
    #[schemars(extend("default" = true))]
    pub enabled: Option<bool>,
    /// Whether its material is renewed by itself. Only symmetric encryption keys can.
    #[schemars(extend("default" = false))]
    pub enable_key_rotation: Option<bool>,
    /// After how many days each time.
    #[schemars(range(min = 90, max = 2560), extend("default" = 365))]
    pub rotation_period_in_days: Option<i64>,
    /// Whether it can have replicas in other regions.
    #[schemars(extend("x-immutable" = true, "default" = false))]
    pub multi_region: Option<bool>,
    /// How many days a deletion can be taken back. Ours: it is used when it is deleted.
    #[schemars(range(min = 7, max = 30), extend("default" = 30, "x-write-only" = true))]
    pub deletion_window_in_days: Option<i64>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What a key can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyUsage {
    EncryptDecrypt,
    SignVerify,
    GenerateVerifyMac,
    KeyAgreement,
    EncapsulateDecapsulate,
}

/// The algorithm and length of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeySpec {
    #[serde(rename = "SYMMETRIC_DEFAULT")]
    SymmetricDefault,
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    #[serde(rename = "RSA_3072")]
    Rsa3072,
    #[serde(rename = "RSA_4096")]
    Rsa4096,
    #[serde(rename = "ECC_NIST_P256")]
    EccNistP256,
    #[serde(rename = "ECC_NIST_P384")]
    EccNistP384,
    #[serde(rename = "ECC_NIST_P521")]
    EccNistP521,
    #[serde(rename = "ECC_NIST_EDWARDS25519")]
    EccNistEdwards25519,
    #[serde(rename = "ECC_SECG_P256K1")]
    EccSecgP256k1,
    #[serde(rename = "HMAC_224")]
    Hmac224,
    #[serde(rename = "HMAC_256")]
    Hmac256,
    #[serde(rename = "HMAC_384")]
    Hmac384,
    #[serde(rename = "HMAC_512")]
    Hmac512,
    #[serde(rename = "ML_DSA_44")]
    MlDsa44,
    #[serde(rename = "ML_DSA_65")]
    MlDsa65,
    #[serde(rename = "ML_DSA_87")]
    MlDsa87,
    #[serde(rename = "ML_KEM_512")]
    MlKem512,
    #[serde(rename = "ML_KEM_768")]
    MlKem768,
    #[serde(rename = "ML_KEM_1024")]
    MlKem1024,
    /// Only in the regions of China.
    #[serde(rename = "SM2")]
    Sm2,
}

impl KeySpec {
    /// What a key of this algorithm can do.
    fn usages(self) -> &'static [KeyUsage] {
        use KeyUsage::{EncapsulateDecapsulate, EncryptDecrypt, GenerateVerifyMac, KeyAgreement, SignVerify};
        match self {
            KeySpec::SymmetricDefault => &[EncryptDecrypt],
            KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => &[EncryptDecrypt, SignVerify],
            KeySpec::EccNistP256 | KeySpec::EccNistP384 | KeySpec::EccNistP521 => &[SignVerify, KeyAgreement],
            KeySpec::EccNistEdwards25519
            | KeySpec::EccSecgP256k1
            | KeySpec::MlDsa44
            | KeySpec::MlDsa65
            | KeySpec::MlDsa87 => &[SignVerify],
            KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => &[GenerateVerifyMac],
            KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => &[EncapsulateDecapsulate],
            KeySpec::Sm2 => &[EncryptDecrypt, SignVerify, KeyAgreement],
        }
    }
}

/// A key as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Such as `1234abcd-12ab-34cd-56ef-1234567890ab`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
}

/// The kind itself.
pub struct Key;

impl Kind for Key {
    const TYPE: &'static str = "aws.kms.key";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = key_id::policy_findings(
            spec.policy.as_ref(),
            spec.bypass_policy_lockout_safety_check == Some(true),
        );
        let key_spec = spec.key_spec.unwrap_or(KeySpec::SymmetricDefault);
        let usage = spec.key_usage.unwrap_or(KeyUsage::EncryptDecrypt);
        if !key_spec.usages().contains(&usage) {
            let usages: Vec<String> = key_spec.usages().iter().map(name_of).collect();
            findings.push(
                Finding::on(
                    "key_usage",
                    format!("a key of {} can't be for {}", name_of(&key_spec), name_of(&usage)),
                )
                .and("key_spec")
                .help(format!("set `key_usage` to {}", usages.join(" or "))),
            );
        }
        let rotates = spec.enable_key_rotation == Some(true);
        if rotates && key_spec != KeySpec::SymmetricDefault {
            findings.push(
                Finding::on("enable_key_rotation", "only symmetric encryption keys rotate by themselves")
                    .and("key_spec"),
            );
        }
        if spec.rotation_period_in_days.is_some() && !rotates {
            findings.push(
                Finding::on(
                    "rotation_period_in_days",
                    "`rotation_period_in_days` has no meaning without rotation",
                )
                .and("enable_key_rotation")
                .help("set `enable_key_rotation: true`"),
            );
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let profile = Profile::seconds(3, 2, 2)
            .visible_after(key_id::VISIBLE_AFTER_S)
            .computes("id", key_id::pattern(spec.multi_region == Some(true)))
            .computes("arn", "arn:aws:kms:{region}:{account}:key/{id}")
            .costs_monthly("KMS key", key_id::USD_PER_MONTH);
        if spec.policy.is_some() {
            return profile;
        }
        profile.computes(
            "policy",
            r#"json:{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{account}:root"},"Action":"kms:*","Resource":"*"}]}"#,
        )
    }

    /// The policy is well formed and leaves somebody who may change it.
    fn simulate(call: Call<'_, Spec>, _cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } | Call::Update { spec, .. } => key_id::refuse_policy(
                spec.policy.as_ref(),
                spec.bypass_policy_lockout_safety_check == Some(true),
            ),
            Call::Delete { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        key_id::import(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "kms:CreateKey",
            "kms:DescribeKey",
            "kms:DisableKey",
            "kms:DisableKeyRotation",
            "kms:EnableKey",
            "kms:EnableKeyRotation",
            "kms:GetKeyPolicy",
            "kms:GetKeyRotationStatus",
            "kms:ListKeys",
            "kms:ListResourceTags",
            "kms:PutKeyPolicy",
            "kms:ScheduleKeyDeletion",
            "kms:TagResource",
            "kms:UntagResource",
            "kms:UpdateKeyDescription",
        ]
    }
}

/// The API's own name of a variant.
fn name_of<T: Serialize>(variant: &T) -> String {
    serde_json::to_value(variant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    #[test]
    fn a_complete_key_is_fine() {
        let key = json!({"description": "data", "enable_key_rotation": true, "rotation_period_in_days": 180,
            "multi_region": true, "deletion_window_in_days": 7, "tags": {"a": "b"}});
        assert_eq!(faults::<Key>(json!({}), key), Vec::<String>::new());
        let signs = json!({"key_spec": "ECC_NIST_P256", "key_usage": "SIGN_VERIFY"});
        assert_eq!(faults::<Key>(json!({}), signs), Vec::<String>::new());
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        for (change, fault) in [
            (json!({"key_spec": "HMAC_256"}), "set `key_usage` to GENERATE_VERIFY_MAC"),
            (json!({"key_usage": "SIGN_VERIFY"}), "SYMMETRIC_DEFAULT can't be for SIGN_VERIFY"),
            (json!({"key_spec": "RSA_2048", "enable_key_rotation": true}), "rotate by themselves"),
            (json!({"rotation_period_in_days": 180}), "without rotation"),
            (json!({"rotation_period_in_days": 80}), "90 to 2560"),
            (json!({"deletion_window_in_days": 6}), "7 to 30"),
            (json!({"policy": {}}), "`Version` is missing"),
            (json!({"tags": {"aws:x": ""}}), "for itself"),
        ] {
            let found = faults::<Key>(json!({}), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn the_sandbox_refuses_a_policy_that_kms_refuses() {
        let world = World::default();
        assert_eq!(refusal::<Key>(&world, json!({}), json!({})), "");
        assert_eq!(
            refusal::<Key>(&world, json!({"policy": {}}), json!({})),
            "MalformedPolicyDocumentException"
        );
    }

    #[test]
    fn a_key_without_a_policy_gets_the_default_one() {
        let spec: Spec = serde_json::from_value(json!({})).unwrap();
        let computed = Key::profile(&spec).computed;
        let pattern = &computed.iter().find(|computed| computed.attribute == "policy").unwrap().pattern;
        let text = pattern.strip_prefix("json:").unwrap().replace("{account}", "123456789012");
        let policy: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(key_id::policy_findings(Some(&policy), false), []);
    }
}
