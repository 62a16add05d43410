//! `aws.acm.certificate_validation`: the moment from which a certificate can be used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn;
use super::certificate::{Certificate, Status};
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{Json, PhysicalId};

/// A certificate once it is issued. It makes nothing: it waits until the authority has seen the
/// records, and gives the certificate's ARN to those that need it issued.
/// <https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The certificate.
    #[schemars(length(min = 20, max = 2048), extend("x-immutable" = true, "x-refers" = "aws.acm.certificate", "x-holds" = true))]
    pub certificate_arn: String,
    /// The names of the records that prove its names: it waits for them, too.
    #[schemars(extend("x-collection" = "set", "x-write-only" = true))]
    pub validation_record_names: Option<Vec<String>>,
}

/// A certificate that is issued.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The certificate's ARN.
    pub id: String,
    /// The certificate's ARN.
    pub arn: String,
    /// How the certificate is.
    pub status: Status,
}

/// The kind itself.
pub struct CertificateValidation;

impl Kind for CertificateValidation {
    const TYPE: &'static str = "aws.acm.certificate_validation";
    const IDENTITY: &'static [&'static str] = &["certificate_arn"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        arn::findings("certificate_arn", &spec.certificate_arn, "acm", &["certificate"])
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(_spec: &Spec) -> Profile {
        // Typically some minutes after the records can be seen, by the user guide.
        Profile::seconds(180, 0, 0)
            .computes("id", "{spec.certificate_arn}")
            .computes("arn", "{spec.certificate_arn}")
            .computes("status", "ISSUED")
    }

    /// Without the records it would wait for three days, and then fail.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let Some(certificate) = cloud.find(Certificate::TYPE, "arn", &spec.certificate_arn) else {
            return Err(Refusal::new(
                "ResourceNotFoundException",
                format!("Could not find certificate {}", spec.certificate_arn),
            ));
        };
        let options = certificate.attributes["domain_validation_options"].as_array();
        for option in options.into_iter().flatten() {
            let wanted = &option["resource_record"];
            if wanted.is_object() && !has_record(cloud, wanted) {
                return Err(Refusal::new(
                    "VALIDATION_TIMED_OUT",
                    format!("{} isn't proved: there is no CNAME {}", option["domain_name"], wanted["name"]),
                ));
            }
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        Certificate::import_id(text)
    }

    fn actions() -> &'static [&'static str] {
        &["acm:DescribeCertificate"]
    }
}

fn has_record(cloud: &dyn Cloud, wanted: &Json) -> bool {
    cloud.all("aws.route53.record_set").into_iter().any(|record| {
        let values = record.attributes["resource_records"].as_array();
        record.attributes["name"] == wanted["name"]
            && record.attributes["type"] == wanted["type"]
            && values.is_some_and(|values| values.contains(&wanted["value"]))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole};

    const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/a";

    fn validation() -> Json {
        json!({"certificate_arn": ARN, "validation_record_names": ["_a.example.com"]})
    }

    #[test]
    fn it_names_a_certificate() {
        assert_whole::<CertificateValidation>(&validation());
        let arn = |text: &str| [("/certificate_arn", json!(text))];
        assert_rules::<CertificateValidation>(
            &validation(),
            &[
                (&arn("arn:aws:iam::123456789012:server-certificate/a"), "where a certificate of acm"),
                (&arn("the one for the site"), "no Amazon resource name"),
            ],
        );
    }

    #[test]
    fn a_certificate_is_issued_once_its_records_are_there() {
        let record = json!({"name": "_a.example.com", "type": "CNAME", "value": "_b.acm-validations.aws"});
        let certificate = json!({"arn": ARN, "domain_validation_options":
            [{"domain_name": "example.com", "resource_record": record}, {"domain_name": "x", "resource_record": null}]});
        let sky = World::default().with(Certificate::TYPE, ARN, "us-east-1", certificate);
        assert_eq!(sky.create::<CertificateValidation>(&validation()), Err("VALIDATION_TIMED_OUT".into()));
        let with = |sky: World, value: &str| {
            let record = json!({"name": "_a.example.com", "type": "CNAME", "resource_records": [value]});
            sky.with("aws.route53.record_set", "Z1__a.example.com_CNAME", "global", record)
        };
        let wrong = with(sky, "elsewhere.example.com");
        assert_eq!(wrong.create::<CertificateValidation>(&validation()), Err("VALIDATION_TIMED_OUT".into()));
        let right = with(wrong, "_b.acm-validations.aws");
        assert!(right.create::<CertificateValidation>(&validation()).is_ok());
        assert_eq!(
            World::default().create::<CertificateValidation>(&validation()),
            Err("ResourceNotFoundException".into())
        );
    }
}
