//! `aws.route53domains.domain`: the registration of a domain. It is adopted; to buy one takes its name,
//! typed a second time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::route53::name;
use super::super::tags;
use super::contact::Contact;
use crate::kinds::{Call, Cloud, Finding, Kind, Profile, Refusal};
use crate::model::{FieldPath, PhysicalId};

/// The registration of a domain. One that the account has already is taken over with `adopt`; a new
/// one is bought only where `purchase` holds its name once more. The API lies in us-east-1.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_RegisterDomain.html>
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spec {
    /// The domain, in small letters and without a last dot.
    #[schemars(length(min = 3, max = 253), extend("x-immutable" = true))]
    pub domain_name: String,
    /// Consent to buy the domain, which costs money at once and can't be taken back.
    #[schemars(extend("x-write-only" = true))]
    pub purchase: Option<Purchase>,
    /// The servers that answer for it: those of its hosted zone.
    #[schemars(length(min = 2, max = 6), extend("x-collection" = "list(name)", "x-exclusive" = true, "x-default" = "provider"))]
    pub name_servers: Option<Vec<NameServer>>,
    /// Whether it is renewed, and paid for, before it expires.
    #[schemars(extend("default" = true))]
    pub auto_renew: Option<bool>,
    /// Whether no other registrar can take it over.
    #[schemars(extend("default" = true))]
    pub transfer_lock: Option<bool>,
    /// Who it belongs to.
    #[schemars(extend("x-default" = "provider"))]
    pub registrant_contact: Option<Contact>,
    /// Who decides.
    #[schemars(extend("x-default" = "provider"))]
    pub admin_contact: Option<Contact>,
    /// Who looks after it.
    #[schemars(extend("x-default" = "provider"))]
    pub tech_contact: Option<Contact>,
    /// Who pays.
    #[schemars(extend("x-default" = "provider"))]
    pub billing_contact: Option<Contact>,
    /// Whether the public register hides whom it belongs to.
    #[schemars(extend("default" = true))]
    pub registrant_privacy: Option<bool>,
    /// Whether it hides who decides.
    #[schemars(extend("default" = true))]
    pub admin_privacy: Option<bool>,
    /// Whether it hides who looks after it.
    #[schemars(extend("default" = true))]
    pub tech_privacy: Option<bool>,
    /// Whether it hides who pays.
    #[schemars(extend("default" = true))]
    pub billing_privacy: Option<bool>,
    /// The keys of the zone that the zone above vouches for, with DNSSEC: one that is missing there
    /// makes the domain vanish for everybody that verifies.
    #[schemars(length(max = 4), extend("x-collection" = "list(public_key)", "x-exclusive" = true, "x-default" = "provider"))]
    pub dnssec_keys: Option<Vec<DnssecKey>>,
    /// Whether a deletion gives the registration back, for good and without refund. Without, it stays
    /// registered and is only no longer renewed. Ours: it is used when it is deleted.
    #[schemars(extend("default" = false, "x-write-only" = true))]
    pub give_up_on_delete: Option<bool>,
    /// Tags by key.
    pub tags: Option<BTreeMap<String, String>>,
}

/// Consent to buy a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Purchase {
    /// The domain's name, typed once more.
    #[schemars(length(min = 3, max = 253))]
    pub confirm_domain_name: String,
    /// For how many years it is paid.
    #[schemars(range(min = 1, max = 10), extend("default" = 1))]
    pub duration_in_years: Option<i64>,
    /// What it may cost at most, in US dollars; a dearer one isn't bought.
    #[schemars(range(min = 0, max = 2_000_000_000))]
    pub max_price_usd: f64,
    /// The language of a name with letters beyond those of English, such as `DE`.
    #[schemars(regex(pattern = "^[A-Za-z]{2,3}$"))]
    pub idn_lang_code: Option<String>,
}

/// A server that answers for a domain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameServer {
    /// Its name, without a last dot.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Of a server within the domain itself: its addresses.
    #[schemars(extend("x-collection" = "set", "x-exclusive" = true))]
    pub glue_ips: Option<Vec<String>>,
}

/// A key that the zone above vouches for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnssecKey {
    /// The key, in Base64.
    #[schemars(length(min = 1, max = 32768))]
    pub public_key: String,
    /// The number of its algorithm: 13 for those of Route 53.
    #[schemars(range(min = 1, max = 255))]
    pub algorithm: i64,
    /// 257 for a key that signs keys, 256 for one that signs the zone.
    #[schemars(range(min = 256, max = 257))]
    pub flags: i64,
}

/// A registration as the API describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    #[serde(flatten)]
    pub spec: Spec,
    /// The domain.
    pub id: String,
    /// Who registered it, such as `Amazon Registrar, Inc.`.
    pub registrar_name: String,
    /// When it expires.
    pub expiration_date: Option<String>,
}

/// The kind itself.
pub struct Domain;

/// By top-level domain, of those of this platform; check it against the price list that the console
/// links to. <https://aws.amazon.com/route53/pricing/>
const USD_PER_YEAR: [(&str, f64); 3] = [(".com", 15.0), (".net", 17.0), (".org", 15.0)];

impl Kind for Domain {
    const TYPE: &'static str = "aws.route53domains.domain";
    const IDENTITY: &'static [&'static str] = &["domain_name"];
    const NEEDS_CONSENT: bool = true;
    type Spec = Spec;
    type Observed = Observed;

    fn validate(spec: &Spec) -> Vec<Finding> {
        let mut findings = name::findings("domain_name", &spec.domain_name, false);
        if findings.is_empty() && !spec.domain_name.contains('.') {
            findings
                .push(Finding::on("domain_name", format!("`{}` has no top-level domain", spec.domain_name)));
        }
        findings.extend(purchase_findings(spec));
        for (index, server) in spec.name_servers.iter().flatten().enumerate() {
            let at = FieldPath::root().key("name_servers").index(index);
            findings.extend(name::findings(&format!("{at}.name"), &server.name, false));
            let is_within = name::is_within(&server.name, &spec.domain_name);
            if is_within && server.glue_ips.as_ref().is_none_or(Vec::is_empty) {
                findings.push(
                    Finding::at(
                        at.key("name"),
                        format!("nobody finds `{}` without its addresses", server.name),
                    )
                    .and("domain_name")
                    .help("set `glue_ips`: a server within the domain itself needs them"),
                );
            }
        }
        for (field, contact) in contacts(spec) {
            findings.extend(contact.into_iter().flat_map(|contact| contact.findings(field)));
        }
        findings.extend(tags::findings(spec.tags.as_ref()));
        findings
    }

    /// A registration is a purchase: the name is typed twice, and it has to be known whose it will be.
    fn consent(spec: &Spec) -> Vec<Finding> {
        let name = &spec.domain_name;
        if spec.purchase.is_none() {
            return vec![
                Finding::on("domain_name", format!("{name} would have to be bought")).and("purchase").help(format!(
                    "say `adopt: {name}` beside `spec` if the account has it already; to buy it, type its name \
                     a second time: `purchase: {{ confirm_domain_name: {name}, max_price_usd: … }}`"
                )),
            ];
        }
        let is_missing = |(field, contact): (&'static str, Option<&Contact>)| {
            (contact.is_none() && field != "billing_contact").then_some(field)
        };
        contacts(spec)
            .into_iter()
            .filter_map(is_missing)
            .map(|field| {
                Finding::on(field, format!("{name} can't be bought without `{field}`"))
                    .help(format!("set `{field}`; its parts can be references to secrets"))
            })
            .collect()
    }

    fn project(observed: &Observed) -> Spec {
        observed.spec.clone()
    }

    fn profile(spec: &Spec) -> Profile {
        let yearly = USD_PER_YEAR.into_iter().find(|(suffix, _)| spec.domain_name.ends_with(suffix));
        // A registration takes up to three days, and mostly a quarter of an hour.
        let profile = Profile::seconds(900, 60, 60)
            .visible_after(300)
            .computes("id", "{spec.domain_name}")
            .computes("registrar_name", "Amazon Registrar, Inc.");
        match yearly {
            Some((suffix, usd)) => profile.costs_monthly(format!("Registration of a {suffix}"), usd / 12.0),
            None => profile,
        }
    }

    /// Nothing is bought that wasn't asked for, and no name twice.
    fn simulate(call: Call<'_, Spec>, cloud: &dyn Cloud) -> Result<(), Refusal> {
        let Call::Create { spec, .. } = call else {
            return Ok(());
        };
        if let Some(finding) = Self::consent(spec).into_iter().next() {
            return Err(Refusal::new("InvalidInput", finding.message));
        }
        match cloud.find(Self::TYPE, "domain_name", &spec.domain_name) {
            Some(_) => {
                Err(Refusal::new("DuplicateRequest", format!("{} is registered already", spec.domain_name)))
            }
            None => Ok(()),
        }
    }

    fn import_id(text: &str) -> Result<PhysicalId, String> {
        if name::findings("domain_name", text, false).is_empty() && text.contains('.') {
            Ok(PhysicalId::new(text))
        } else {
            Err(format!("`{text}` should be a domain, such as example.com"))
        }
    }

    fn actions() -> &'static [&'static str] {
        &[
            "route53domains:AssociateDelegationSignerToDomain",
            "route53domains:CheckDomainAvailability",
            "route53domains:DeleteDomain",
            "route53domains:DeleteTagsForDomain",
            "route53domains:DisableDomainAutoRenew",
            "route53domains:DisableDomainTransferLock",
            "route53domains:DisassociateDelegationSignerFromDomain",
            "route53domains:EnableDomainAutoRenew",
            "route53domains:EnableDomainTransferLock",
            "route53domains:GetDomainDetail",
            "route53domains:GetOperationDetail",
            "route53domains:ListDomains",
            "route53domains:ListPrices",
            "route53domains:ListTagsForDomain",
            "route53domains:RegisterDomain",
            "route53domains:UpdateDomainContact",
            "route53domains:UpdateDomainContactPrivacy",
            "route53domains:UpdateDomainNameservers",
            "route53domains:UpdateTagsForDomain",
        ]
    }
}

fn contacts(spec: &Spec) -> [(&'static str, Option<&Contact>); 4] {
    [
        ("registrant_contact", spec.registrant_contact.as_ref()),
        ("admin_contact", spec.admin_contact.as_ref()),
        ("tech_contact", spec.tech_contact.as_ref()),
        ("billing_contact", spec.billing_contact.as_ref()),
    ]
}

fn purchase_findings(spec: &Spec) -> Option<Finding> {
    let typed = &spec.purchase.as_ref()?.confirm_domain_name;
    (typed != &spec.domain_name).then(|| {
        Finding::on(
            "purchase.confirm_domain_name",
            format!("`confirm_domain_name` is {typed:?}, and the domain is {:?}", spec.domain_name),
        )
        .and("domain_name")
        .help("to buy a domain, type its own name; to buy nothing, leave `purchase` out")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::testing::{World, assert_rules, assert_whole, edited};
    use crate::model::Json;

    fn contact() -> Json {
        json!({"contact_type": "COMPANY", "first_name": "A", "last_name": "B", "organization_name": "C",
            "address_line_1": "D 1", "city": "E", "country_code": "DE", "zip_code": "10115",
            "phone_number": "+49.301234567", "email": "a@example.org"})
    }

    fn adopted() -> Json {
        json!({"domain_name": "example.com", "auto_renew": true,
            "name_servers": [{"name": "ns-1.awsdns-01.org"}, {"name": "ns-2.awsdns-02.net"}]})
    }

    fn bought() -> Json {
        edited(
            &adopted(),
            &[
                ("/purchase", json!({"confirm_domain_name": "example.com", "max_price_usd": 20.0})),
                ("/registrant_contact", contact()),
                ("/admin_contact", contact()),
                ("/tech_contact", contact()),
            ],
        )
    }

    #[test]
    fn a_registration_is_what_the_api_takes() {
        assert_whole::<Domain>(&adopted());
        assert_rules::<Domain>(
            &bought(),
            &[
                (&[("/domain_name", json!("example.com."))], "ends with a dot"),
                (&[("/domain_name", json!("example"))], "no top-level domain"),
                (&[("/purchase/confirm_domain_name", json!("example.org"))], "type its own name"),
                (&[("/purchase/duration_in_years", json!(11))], "1 to 10"),
                (
                    &[("/purchase", json!({"confirm_domain_name": "example.com"}))],
                    "`max_price_usd` is missing",
                ),
                (&[("/name_servers", json!([{"name": "ns-1.awsdns-01.org"}]))], "has 1 elements"),
                (&[("/name_servers/0/name", json!("ns.example.com"))], "glue_ips"),
                (&[("/tech_contact/phone_number", json!("030 1234567"))], "write it as +49"),
                (&[("/tech_contact/email", json!("anna"))], "no mail address"),
                (&[("/tech_contact/organization_name", json!(null))], "organization_name"),
                (&[("/tech_contact/country_code", json!("de"))], "two capitals"),
                (
                    &[("/dnssec_keys", json!([{"public_key": "x", "algorithm": 13, "flags": 1}]))],
                    "256 to 257",
                ),
            ],
        );
    }

    #[test]
    fn what_is_personal_is_not_repeated_in_a_message() {
        let wrong = edited(
            &bought(),
            &[("/tech_contact/email", json!("anna")), ("/tech_contact/phone_number", json!("12345"))],
        );
        let findings = Domain::validate(&serde_json::from_value(wrong).unwrap());
        assert_eq!(findings.len(), 2);
        assert!(findings.iter().all(|one| !one.message.contains("anna") && !one.message.contains("12345")));
    }

    #[test]
    fn nothing_is_bought_without_the_typed_name() {
        let asked = |spec: &Json| {
            Domain::consent(&serde_json::from_value(spec.clone()).unwrap())
                .into_iter()
                .next()
                .map(|one| one.message)
        };
        assert_eq!(asked(&adopted()).unwrap(), "example.com would have to be bought");
        assert_eq!(asked(&bought()), None);
        let nobodys = edited(&bought(), &[("/admin_contact", json!(null))]);
        assert_eq!(asked(&nobodys).unwrap(), "example.com can't be bought without `admin_contact`");
        let sky = World::default();
        assert_eq!(sky.create::<Domain>(&adopted()), Err("InvalidInput".into()));
        assert!(sky.create::<Domain>(&bought()).is_ok());
        let taken = sky.with(Domain::TYPE, "example.com", "global", adopted());
        assert_eq!(taken.create::<Domain>(&bought()), Err("DuplicateRequest".into()));
    }
}
