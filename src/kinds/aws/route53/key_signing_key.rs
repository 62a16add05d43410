//! `aws.route53.key_signing_key`: what a zone proves its answers by.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::{VISIBLE_AFTER_S, name};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// What a zone proves its answers by: a key of DNSSEC over one of KMS. The zone above has to name it
/// by its `ds_record`.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateKeySigningKey.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The zone.
    #[schemars(length(max = 32), extend("x-immutable" = true, "x-refers" = "aws.route53.hosted_zone", "x-holds" = true))]
    pub hosted_zone_id: String,
    /// The name, unique in the zone.
    #[schemars(regex(pattern = "^[a-zA-Z0-9_]{3,128}$"), extend("x-immutable" = true))]
    pub name: String,
    /// The ARN of the key of KMS: in us-east-1, of one region only, `ECC_NIST_P256` for `SIGN_VERIFY`,
    /// and with a policy that lets `dnssec-route53.amazonaws.com` sign.
    #[schemars(extend("x-immutable" = true, "x-refers" = "aws.kms.key", "x-holds" = true))]
    pub key_management_service_arn: String,
    /// Whether it signs.
    #[schemars(extend("default" = "ACTIVE"))]
    pub status: Option<Status>,
}

/// Whether a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Active,
    Inactive,
}

/// A key as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Zone and name, joined by a comma.
    pub id: String,
    /// What others tell it by, from 0 to 65535.
    pub key_tag: i64,
    /// The key itself, in Base64.
    pub public_key: String,
    /// The value of the DS record in the zone above.
    pub ds_record: String,
    /// 257: it signs keys.
    pub flag: i64,
    /// The number of its algorithm, such as 13.
    pub signing_algorithm_type: i64,
}

/// The kind itself.
pub struct KeySigningKey;

impl Kind for KeySigningKey {
    const TYPE: &'static str = "aws.route53.key_signing_key";
    const IDENTITY: &'static [&'static str] = &["hosted_zone_id", "name"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let key = spec.key_management_service_arn.as_str();
        let mut findings = arn::findings("key_management_service_arn", key, "kms", &["key"]);
        if let Some(arn) = arn::Arn::parse(key) {
            if arn.region != "us-east-1" {
                findings.push(
                    Finding::on("key_management_service_arn", format!("the key lies in {}", arn.region))
                        .help("Route 53 signs with keys of us-east-1 only"),
                );
            } else if arn.resource.starts_with("key/mrk-") {
                findings.push(
                    Finding::on("key_management_service_arn", "the key is one of several regions")
                        .help("Route 53 signs with keys of one region only"),
                );
            }
        }
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(20, 20, 20)
            .visible_after(VISIBLE_AFTER_S)
            .computes("id", "{spec.hosted_zone_id},{spec.name}")
            .computes("key_tag", "json:41226")
            .computes("public_key", "{hex:88}")
            .computes("ds_record", "41226 13 2 {hex:64}")
            .computes("flag", "json:257")
            .computes("signing_algorithm_type", "json:13")
    }

    /// The key is one that Route 53 can sign with; one that still signs stays.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        match call {
            Call::Create { spec, .. } => {
                let key = cloud.find("aws.kms.key", "arn", &spec.key_management_service_arn);
                let fits = key.is_some_and(|key| {
                    key.attributes["key_spec"] == "ECC_NIST_P256"
                        && key.attributes["key_usage"] == "SIGN_VERIFY"
                });
                if fits {
                    Ok(())
                } else {
                    Err(Refusal::new(
                        "InvalidKMSArn",
                        "The KMS key isn't there, or is none of ECC_NIST_P256 for SIGN_VERIFY",
                    ))
                }
            }
            Call::Delete { spec, .. } => {
                let signs = cloud
                    .find(super::zone_signing::ZoneSigning::TYPE, "hosted_zone_id", &spec.hosted_zone_id)
                    .is_some();
                let others = cloud.all(Self::TYPE).into_iter().filter(|other| {
                    other.attributes["hosted_zone_id"] == spec.hosted_zone_id.as_str()
                        && other.attributes["status"] == "ACTIVE"
                });
                if signs && others.count() < 2 {
                    return Err(Refusal::new(
                        "KeySigningKeyInUse",
                        "The key is the last one that signs in a zone with DNSSEC",
                    ));
                }
                Ok(())
            }
            Call::Update { .. } => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match text.split_once(',') {
            Some((zone, key)) if name::is_zone_id(zone) && !key.is_empty() => Ok(PhysicalId::new(text)),
            _ => Err(format!("`{text}` should be zone and name, such as Z1PA6795UKMFR9,main")),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "kms:CreateGrant",
            "kms:DescribeKey",
            "kms:GetPublicKey",
            "kms:Sign",
            "route53:ActivateKeySigningKey",
            "route53:CreateKeySigningKey",
            "route53:DeactivateKeySigningKey",
            "route53:DeleteKeySigningKey",
            "route53:GetChange",
            "route53:GetDNSSEC",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";

    fn key() -> crate::model::Json {
        json!({"hosted_zone_id": "Z1", "name": "main", "key_management_service_arn": KEY, "status": "ACTIVE"})
    }

    #[test]
    fn it_lies_where_route_53_signs() {
        let arn = |text: &str| [("/key_management_service_arn", json!(text))];
        assert_whole::<KeySigningKey>(&key());
        assert_rules::<KeySigningKey>(
            &key(),
            &[
                (&arn("alias/dnssec"), "no Amazon resource name"),
                (&arn("arn:aws:kms:eu-west-1:123456789012:key/1"), "us-east-1 only"),
                (&arn("arn:aws:kms:us-east-1:123456789012:key/mrk-1"), "one region only"),
                (&[("/name", json!("a-b"))], "doesn't match"),
            ],
        );
    }

    #[test]
    fn the_key_has_to_be_able_to_sign() {
        let of = |spec: &str| {
            let attributes = json!({"arn": KEY, "key_spec": spec, "key_usage": "SIGN_VERIFY"});
            World::default().with("aws.kms.key", "1234abcd", "us-east-1", attributes)
        };
        assert!(of("ECC_NIST_P256").create::<KeySigningKey>(&key()).is_ok());
        assert_eq!(of("RSA_2048").create::<KeySigningKey>(&key()), Err("InvalidKMSArn".into()));
    }

    #[test]
    fn the_last_one_of_a_signed_zone_stays() {
        let sky = World::default().with(KeySigningKey::TYPE, "Z1,main", "global", key());
        assert_eq!(sky.delete::<KeySigningKey>("Z1,main", &key()), Ok(()));
        let signed = sky.with("aws.route53.zone_signing", "Z1", "global", json!({"hosted_zone_id": "Z1"}));
        assert_eq!(signed.delete::<KeySigningKey>("Z1,main", &key()), Err("KeySigningKeyInUse".into()));
    }
}
