//! `aws.iam.oidc_provider`: an issuer of tokens that roles may trust.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::arn::{Arn, is_account};
use super::super::tags;
use super::name;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::PhysicalId;

/// An issuer of OpenID Connect tokens that roles may trust, such as a Kubernetes cluster or GitHub.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The issuer, as the claim `iss` of its tokens says it; unique in the account.
    #[schemars(length(min = 1, max = 255), extend("x-immutable" = true))]
    pub url: String,
    /// The audiences that its tokens may be for, such as `sts.amazonaws.com`.
    #[schemars(length(max = 100), extend("x-collection" = "set"))]
    pub client_id_list: Option<Vec<String>>,
    /// The SHA-1 digests of the certificates that its keys are served with, or of their
    /// authority's; IAM finds them out where they are absent.
    #[schemars(length(max = 5), extend("x-collection" = "set", "x-default" = "provider"))]
    pub thumbprint_list: Option<Vec<String>>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// A provider as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// Its ARN.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The issuer without `https://`, as the condition keys of trust policies start.
    pub issuer: String,
}

/// The kind itself.
pub struct OidcProvider;

impl Kind for OidcProvider {
    const TYPE: &'static str = "aws.iam.oidc_provider";
    const IDENTITY: &'static [&'static str] = &["url"];
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = url_findings(&spec.url);
        for (index, client) in spec.client_id_list.iter().flatten().enumerate() {
            if !(1..=255).contains(&client.chars().count()) {
                findings.push(Finding::on(
                    &format!("client_id_list[{index}]"),
                    "an audience has 1 to 255 characters",
                ));
            }
        }
        for (index, thumbprint) in spec.thumbprint_list.iter().flatten().enumerate() {
            if thumbprint.len() != 40 || !thumbprint.bytes().all(|b| b.is_ascii_hexdigit()) {
                findings.push(
                    Finding::on(
                        &format!("thumbprint_list[{index}]"),
                        format!("{thumbprint:?} isn't 40 hexadecimal digits"),
                    )
                    .help("leave `thumbprint_list` out: IAM finds it out by itself"),
                );
            }
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let issuer = issuer(&spec.url);
        let arn = format!("arn:aws:iam::{{account}}:oidc-provider/{issuer}");
        Profile::seconds(3, 2, 2)
            .visible_after(name::VISIBLE_AFTER_S)
            .computes("id", &arn)
            .computes("arn", &arn)
            .computes("issuer", issuer)
            .computes("thumbprint_list", "json:[\"{hex:40}\"]")
    }

    /// An issuer is known once.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        let is_known = cloud.all(Self::TYPE).iter().any(|other| {
            other.attributes["url"].as_str().is_some_and(|url| issuer(url) == issuer(&spec.url))
        });
        if is_known {
            return Err(Refusal::new(
                "EntityAlreadyExists",
                format!("Provider with url {} already exists.", spec.url),
            ));
        }
        Ok(())
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        let is_provider = Arn::of_service(text, "iam").is_some_and(|arn| {
            is_account(arn.account)
                && arn.resource.strip_prefix("oidc-provider/").is_some_and(|url| !url.is_empty())
        });
        if is_provider {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should look like arn:aws:iam::123456789012:oidc-provider/oidc.example.com"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "iam:AddClientIDToOpenIDConnectProvider",
            "iam:CreateOpenIDConnectProvider",
            "iam:DeleteOpenIDConnectProvider",
            "iam:GetOpenIDConnectProvider",
            "iam:ListOpenIDConnectProviders",
            "iam:RemoveClientIDFromOpenIDConnectProvider",
            "iam:TagOpenIDConnectProvider",
            "iam:UntagOpenIDConnectProvider",
            "iam:UpdateOpenIDConnectProviderThumbprint",
        ]
    }
}

/// An issuer's address without its scheme.
fn issuer(url: &str) -> &str {
    url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/')
}

fn url_findings(url: &str) -> Vec<Finding> {
    let fault = |message: &str| Finding::on("url", format!("`url` is {url:?}, which {message}"));
    let Some(rest) = url.strip_prefix("https://") else {
        return vec![fault("doesn't start with https://")];
    };
    let host = rest.split('/').next().unwrap_or_default();
    let mut findings = Vec::new();
    if host.contains(':') {
        findings.push(fault("has a port: IAM takes none"));
    }
    if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)) {
        findings.push(fault("has no proper host"));
    }
    if rest.contains(['?', '#', ' ', '{', '}']) {
        findings.push(fault("has more than a host and a path"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::testing::{World, faults, refusal};
    use serde_json::json;

    #[test]
    fn each_rule_refuses_what_breaks_it_only() {
        let provider = json!({"url": "https://oidc.eks.us-east-1.amazonaws.com/id/A1"});
        let more = json!({"client_id_list": ["sts.amazonaws.com"], "thumbprint_list": ["ab".repeat(20)]});
        assert_eq!(faults::<OidcProvider>(provider.clone(), more), Vec::<String>::new());
        for (change, fault) in [
            (json!({"url": "http://example.com"}), "https://"),
            (json!({"url": "https://example.com:8443"}), "a port"),
            (json!({"url": "https:///id"}), "no proper host"),
            (json!({"url": "https://example.com/?a=b"}), "more than a host"),
            (json!({"client_id_list": [""]}), "1 to 255"),
            (json!({"thumbprint_list": ["ab"]}), "40 hexadecimal"),
            (json!({"thumbprint_list": ["a", "b", "c", "d", "e", "f"]}), "at most 5"),
            (json!({"tags": {"aws:x": ""}}), "for itself"),
        ] {
            let found = faults::<OidcProvider>(provider.clone(), change.clone());
            assert!(found.iter().any(|found| found.contains(fault)), "{change}: {found:?}");
        }
    }

    #[test]
    fn an_issuer_is_known_once() {
        let mut world = World::default();
        let provider = json!({"url": "https://example.com"});
        assert_eq!(refusal::<OidcProvider>(&world, provider.clone(), json!({})), "");
        world.add("aws.iam.oidc_provider", "x", json!({"url": "https://example.com/"}));
        assert_eq!(refusal::<OidcProvider>(&world, provider, json!({})), "EntityAlreadyExists");
    }

    #[test]
    fn its_id_is_its_arn() {
        assert!(OidcProvider::import_id("arn:aws:iam::123456789012:oidc-provider/example.com/id/A").is_ok());
        assert!(OidcProvider::import_id("https://example.com").is_err());
    }
}
