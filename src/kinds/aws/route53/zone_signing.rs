//! `aws.route53.zone_signing`: whether a zone signs its answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{VISIBLE_AFTER_S, name};
use crate::kinds::{Call, Cloud, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// A zone that signs its answers, with its key-signing keys. Who turns it off while the zone above
/// still names a key makes the domain vanish for everybody that verifies.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_EnableHostedZoneDNSSEC.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The zone, which has an active key-signing key.
    #[schemars(length(max = 32), extend("x-immutable" = true, "x-refers" = "aws.route53.hosted_zone", "x-holds" = true))]
    pub hosted_zone_id: String,
}

/// How a zone signs, as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The zone's id.
    pub id: String,
    /// `SIGNING`, or what keeps it from that.
    pub serve_signature: String,
}

/// The kind itself.
pub struct ZoneSigning;

impl Kind for ZoneSigning {
    const TYPE: &'static str = "aws.route53.zone_signing";
    const IDENTITY: &'static [&'static str] = &["hosted_zone_id"];
    type Spec = Spec;
    type Observed = Observed;

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        Profile::seconds(60, 0, 60)
            .visible_after(VISIBLE_AFTER_S)
            .computes("id", "{spec.hosted_zone_id}")
            .computes("serve_signature", "SIGNING")
    }

    /// A public zone with a key that signs; and none is turned off that a registration still names.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let zone_id = call.spec().hosted_zone_id.as_str();
        let zone = cloud.find("aws.route53.hosted_zone", "id", zone_id);
        match call {
            Call::Create { .. } => {
                let has_key = cloud.all("aws.route53.key_signing_key").into_iter().any(|key| {
                    key.attributes["hosted_zone_id"] == zone_id && key.attributes["status"] == "ACTIVE"
                });
                if zone.is_some_and(|zone| zone.attributes["vpcs"].is_array()) {
                    return Err(Refusal::new(
                        "InvalidArgument",
                        "DNSSEC isn't supported for private hosted zones",
                    ));
                }
                if !has_key {
                    return Err(Refusal::new(
                        "KeySigningKeyWithActiveStatusNotFound",
                        "The zone has no active key-signing key",
                    ));
                }
            }
            Call::Delete { .. } => {
                let name = zone.and_then(|zone| zone.attributes["name"].as_str());
                let registration =
                    name.and_then(|name| cloud.find("aws.route53domains.domain", "domain_name", name));
                let is_named = registration.is_some_and(|domain| {
                    domain.attributes["dnssec_keys"].as_array().is_some_and(|keys| !keys.is_empty())
                });
                if is_named {
                    return Err(Refusal::new(
                        "KeySigningKeyInParentDSRecord",
                        "The zone above still has a DS record for this zone: remove it first",
                    ));
                }
            }
            Call::Update { .. } => {}
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        name::import_zone(text)
    }

    fn actions() -> &'static [&'static str] {
        &[
            "route53:DisableHostedZoneDNSSEC",
            "route53:EnableHostedZoneDNSSEC",
            "route53:GetChange",
            "route53:GetDNSSEC",
        ]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_whole};

    fn signing() -> crate::model::Json {
        json!({"hosted_zone_id": "Z1"})
    }

    fn sky(status: &str, vpcs: &crate::model::Json) -> World {
        World::default()
            .with("aws.route53.hosted_zone", "Z1", "global", json!({"name": "example.com", "vpcs": vpcs}))
            .with(
                "aws.route53.key_signing_key",
                "Z1,a",
                "global",
                json!({"hosted_zone_id": "Z1", "status": status}),
            )
    }

    #[test]
    fn a_public_zone_signs_with_an_active_key() {
        assert_whole::<ZoneSigning>(&signing());
        assert!(sky("ACTIVE", &json!(null)).create::<ZoneSigning>(&signing()).is_ok());
        let answer = |sky: World| sky.create::<ZoneSigning>(&signing()).unwrap_err();
        assert_eq!(answer(sky("INACTIVE", &json!(null))), "KeySigningKeyWithActiveStatusNotFound");
        assert_eq!(answer(sky("ACTIVE", &json!([{"vpc_id": "vpc-1"}]))), "InvalidArgument");
    }

    #[test]
    fn what_the_registration_names_goes_on_signing() {
        let domain = |keys: crate::model::Json| json!({"domain_name": "example.com", "dnssec_keys": keys});
        let with = |keys| {
            sky("ACTIVE", &json!(null)).with(
                "aws.route53domains.domain",
                "example.com",
                "global",
                domain(keys),
            )
        };
        assert_eq!(with(json!([])).delete::<ZoneSigning>("Z1", &signing()), Ok(()));
        assert_eq!(
            with(json!([{"public_key": "x"}])).delete::<ZoneSigning>("Z1", &signing()),
            Err("KeySigningKeyInParentDSRecord".into())
        );
    }
}
