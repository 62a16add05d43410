//! `aws.acm.certificate`: a certificate that AWS requests, keeps and renews.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{self, Arn};
use super::super::route53::name;
use super::super::tags;
use crate::kinds::{Finding, Kind, Profile};
use crate::model::{Digest, FieldPath, PhysicalId};

/// A certificate that AWS requests, keeps and renews. It is done once it is known what proves that the
/// names are ours; `aws.acm.certificate_validation` waits until it is issued. For CloudFront it has to
/// lie in us-east-1.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The first name, such as `example.com` or `*.example.com`, without a last dot.
    #[schemars(length(min = 1, max = 253), extend("x-immutable" = true))]
    pub domain_name: String,
    /// The other names.
    #[schemars(length(min = 1, max = 100), extend("x-immutable" = true, "x-collection" = "set", "x-exclusive" = true))]
    pub subject_alternative_names: Option<Vec<String>>,
    /// What proves that the names are ours. Only by DNS it is renewed without anybody; what a private
    /// authority signs needs none.
    #[schemars(extend("x-immutable" = true))]
    pub validation_method: Option<ValidationMethod>,
    /// Of validation by mail: the domain whose postmaster is asked, by name of the certificate.
    #[schemars(extend("x-immutable" = true, "x-write-only" = true))]
    pub validation_domains: Option<BTreeMap<String, String>>,
    /// The algorithm of its key.
    #[schemars(extend("x-immutable" = true, "default" = "RSA_2048"))]
    pub key_algorithm: Option<KeyAlgorithm>,
    /// The private authority that signs it; Amazon's public one where it is absent.
    #[schemars(length(min = 20, max = 2048), extend("x-immutable" = true))]
    pub certificate_authority_arn: Option<String>,
    /// Whether it is written into the public logs, without which browsers refuse it.
    #[schemars(extend("default" = "ENABLED"))]
    pub certificate_transparency_logging_preference: Option<Preference>,
    /// Whether its private key can be exported, which costs.
    #[schemars(extend("x-immutable" = true, "default" = "DISABLED"))]
    pub export: Option<Preference>,
    /// The service that owns it.
    #[schemars(extend("x-immutable" = true))]
    pub managed_by: Option<Manager>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What proves that a name is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ValidationMethod {
    Dns,
    Email,
    /// Only of certificates that CloudFront manages.
    Http,
}

/// The algorithm of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum KeyAlgorithm {
    #[serde(rename = "RSA_1024")]
    Rsa1024,
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    #[serde(rename = "RSA_3072")]
    Rsa3072,
    #[serde(rename = "RSA_4096")]
    Rsa4096,
    #[serde(rename = "EC_prime256v1")]
    EcPrime256v1,
    #[serde(rename = "EC_secp384r1")]
    EcSecp384r1,
    #[serde(rename = "EC_secp521r1")]
    EcSecp521r1,
}

/// Yes or no, as the API says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Preference {
    Enabled,
    Disabled,
}

/// A service that owns certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Manager {
    Cloudfront,
}

/// How a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    PendingValidation,
    Issued,
    Inactive,
    Expired,
    ValidationTimedOut,
    Revoked,
    Failed,
}

/// What proves that one of the names is ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DomainValidation {
    /// The name.
    pub domain_name: String,
    /// The record that proves it, of validation by DNS. A name and its wildcard share one.
    pub resource_record: Option<ValidationRecord>,
}

/// A record of the DNS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationRecord {
    /// Its name, without a last dot.
    pub name: String,
    /// Its type.
    pub r#type: String,
    /// Its value, without a last dot.
    pub value: String,
}

/// A certificate as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its Amazon resource name.
    pub id: String,
    /// Its Amazon resource name. Who needs it issued reads it off the `aws.acm.certificate_validation`.
    pub arn: String,
    /// How it is.
    pub status: Status,
    /// What proves that each of its names is ours, in the order of the names.
    pub domain_validation_options: Vec<DomainValidation>,
}

/// The kind itself.
pub struct Certificate;

/// For one that can be exported, at each issue; one of the wildcards is $79.
/// <https://aws.amazon.com/certificate-manager/pricing/>
const USD_FOR_EXPORT: f64 = 15.0;

/// For how many months such a certificate is valid, and so how long that lasts: 198 days.
const MONTHS_OF_EXPORTED: f64 = 6.5;

impl Kind for Certificate {
    const TYPE: &'static str = "aws.acm.certificate";
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("domain_name", &spec.domain_name, true);
        if spec.domain_name.len() > 64 && !spec.domain_name.is_empty() {
            findings.push(
                Finding::on(
                    "domain_name",
                    "the first name has more than 64 characters, and has to fit into a common name",
                )
                .help("put a shorter one first"),
            );
        }
        for (index, other) in spec.subject_alternative_names.iter().flatten().enumerate() {
            findings.extend(name::findings(&format!("subject_alternative_names[{index}]"), other, true));
        }
        findings.extend(validation_findings(spec));
        if let Some(authority) = &spec.certificate_authority_arn {
            findings.extend(arn::findings(
                "certificate_authority_arn",
                authority,
                "acm-pca",
                &["certificate-authority"],
            ));
        }
        if spec.key_algorithm == Some(KeyAlgorithm::Rsa1024) {
            findings.push(
                Finding::on(
                    "key_algorithm",
                    "ACM requests no certificates with RSA_1024, it only imports them",
                )
                .help("use RSA_2048 or EC_prime256v1"),
            );
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let is_private = spec.certificate_authority_arn.is_some();
        let status = if is_private { "ISSUED" } else { "PENDING_VALIDATION" };
        let profile = Profile::seconds(10, 3, 3)
            .visible_after(30)
            .computes(
                "id",
                "arn:aws:acm:{region}:{account}:certificate/{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
            )
            .computes("arn", "{id}")
            .computes("status", status)
            .computes("domain_validation_options", &validations(spec));
        match spec.export {
            Some(Preference::Enabled) => {
                profile.costs_monthly("Exportable certificate", USD_FOR_EXPORT / MONTHS_OF_EXPORTED)
            }
            _ => profile,
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        match Arn::of_service(text, "acm") {
            Some(arn) if arn.resource.starts_with("certificate/") => Ok(PhysicalId::new(text)),
            _ => Err(format!(
                "`{text}` should be the ARN of a certificate, such as arn:aws:acm:us-east-1:…:certificate/…"
            )),
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "acm:AddTagsToCertificate",
            "acm:DeleteCertificate",
            "acm:DescribeCertificate",
            "acm:ListCertificates",
            "acm:ListTagsForCertificate",
            "acm:RemoveTagsFromCertificate",
            "acm:RequestCertificate",
            "acm:UpdateCertificateOptions",
        ]
    }
}

/// Every name, each once.
fn names(spec: &Spec) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let others = spec.subject_alternative_names.iter().flatten().map(String::as_str);
    std::iter::once(spec.domain_name.as_str()).chain(others).filter(|name| seen.insert(*name)).collect()
}

/// What is wrong with how it is proved that the names are ours.
fn validation_findings(spec: &Spec) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (spec.validation_method, spec.certificate_authority_arn.is_some()) {
        (Some(_), true) => findings.push(
            Finding::on("validation_method", "what a private authority signs needs no validation")
                .and("certificate_authority_arn")
                .help("leave `validation_method` out"),
        ),
        (None, false) => findings.push(
            Finding::at(FieldPath::root(), "`validation_method` is missing in spec")
                .and("validation_method")
                .help("set `validation_method: DNS`; without, ACM sends mails"),
        ),
        (Some(ValidationMethod::Http), false) if spec.managed_by != Some(Manager::Cloudfront) => findings
            .push(
                Finding::on(
                    "validation_method",
                    "only certificates that CloudFront manages are validated by HTTP",
                )
                .and("managed_by"),
            ),
        _ => {}
    }
    if let Some(domains) = &spec.validation_domains {
        if spec.validation_method != Some(ValidationMethod::Email) {
            findings.push(
                Finding::on("validation_domains", "`validation_domains` is of validation by mail")
                    .and("validation_method"),
            );
        }
        let own = names(spec);
        for (name, domain) in domains {
            let at = FieldPath::root().key("validation_domains").key(name);
            if !own.contains(&name.as_str()) {
                findings.push(Finding::at(at, format!("`{name}` is no name of the certificate")));
            } else if !name::is_within(name, domain) {
                findings.push(Finding::at(at, format!("`{name}` doesn't lie in `{domain}`")));
            }
        }
    }
    findings
}

/// The pattern of what proves each name: the same record for a name and its wildcard, and, as with ACM,
/// the same again when the certificate is requested anew.
fn validations(spec: &Spec) -> String {
    let by_dns = spec.validation_method == Some(ValidationMethod::Dns);
    let options: Vec<serde_json::Value> = names(spec)
        .into_iter()
        .map(|name| {
            let bare = name.strip_prefix("*.").unwrap_or(name);
            let digest = Digest::of(bare.as_bytes()).as_str().to_owned();
            // A digest has 64 digits: half of it names the record, half is its value.
            let (left, right) = digest.split_at(digest.len() / 2);
            let record = by_dns.then(|| {
                serde_json::json!({
                    "name": format!("_{left}.{bare}"),
                    "type": "CNAME",
                    "value": format!("_{right}.acm-validations.aws"),
                })
            });
            serde_json::json!({ "domain_name": name, "resource_record": record })
        })
        .collect();
    format!("json:{}", serde_json::Value::from(options))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{assert_rules, assert_whole};

    fn site() -> crate::model::Json {
        json!({"domain_name": "example.com", "subject_alternative_names": ["*.example.com", "example.org"],
            "validation_method": "DNS", "key_algorithm": "EC_prime256v1"})
    }

    #[test]
    fn names_and_their_proof_are_what_the_api_takes() {
        assert_whole::<Certificate>(&site());
        let authority = json!("arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1");
        assert_rules::<Certificate>(
            &site(),
            &[
                (&[("/domain_name", json!("example.com."))], "ends with a dot"),
                (&[("/domain_name", json!(format!("{}.com", "a".repeat(61))))], "more than 64"),
                (&[("/subject_alternative_names/0", json!("*.*.example.com"))], "no name"),
                (&[("/subject_alternative_names/1", json!("*.example.com"))], "twice"),
                (&[("/validation_method", json!(null))], "without, ACM sends mails"),
                (&[("/validation_method", json!("HTTP"))], "only certificates that CloudFront manages"),
                (&[("/validation_method", json!("HTTP")), ("/managed_by", json!("CLOUDFRONT"))], ""),
                (&[("/certificate_authority_arn", authority.clone())], "needs no validation"),
                (&[("/certificate_authority_arn", authority), ("/validation_method", json!(null))], ""),
                (&[("/validation_domains", json!({"example.com": "example.com"}))], "validation by mail"),
                (&[("/key_algorithm", json!("RSA_1024"))], "only imports"),
                (&[("/key_algorithm", json!("DSA"))], "none of"),
            ],
        );
        let mailed = json!({"domain_name": "a.example.com", "validation_method": "EMAIL",
            "validation_domains": {"a.example.com": "example.com"}});
        assert_rules::<Certificate>(
            &mailed,
            &[
                (&[("/validation_domains", json!({"a.example.com": "example.org"}))], "doesn't lie in"),
                (
                    &[("/validation_domains", json!({"b.example.com": "example.com"}))],
                    "no name of the certificate",
                ),
            ],
        );
    }

    #[test]
    fn a_name_and_its_wildcard_share_a_record() {
        let spec: Spec = serde_json::from_value(site()).unwrap();
        let options: Vec<DomainValidation> =
            serde_json::from_str(validations(&spec).strip_prefix("json:").unwrap()).unwrap();
        let record = |index: usize| options[index].resource_record.clone().unwrap();
        assert_eq!(options.iter().map(|one| one.domain_name.as_str()).collect::<Vec<_>>(), names(&spec));
        assert_eq!(record(0), record(1));
        assert!(record(0).name.ends_with(".example.com") && record(2).name.ends_with(".example.org"));
        assert_ne!(record(0).value, record(2).value);
    }

    #[test]
    fn it_is_imported_by_its_arn() {
        assert!(Certificate::import_id("arn:aws:acm:us-east-1:123456789012:certificate/a-b").is_ok());
        assert!(Certificate::import_id("example.com").is_err());
    }
}
