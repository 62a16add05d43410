//! Who a registration belongs to, and who answers for it.
//! <https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_ContactDetail.html>

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Finding;

/// A person or an organisation. It is personal: no part is ever shown, and each can be a reference to
/// where it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// What it is.
    pub contact_type: ContactType,
    /// The given name.
    #[schemars(length(min = 1, max = 255), extend("x-sensitive" = true))]
    pub first_name: String,
    /// The family name.
    #[schemars(length(min = 1, max = 255), extend("x-sensitive" = true))]
    pub last_name: String,
    /// Of anything but a person: its name.
    #[schemars(length(max = 255), extend("x-sensitive" = true))]
    pub organization_name: Option<String>,
    /// Street and number.
    #[schemars(length(min = 1, max = 255), extend("x-sensitive" = true))]
    pub address_line_1: String,
    /// What else belongs to the address.
    #[schemars(length(max = 255), extend("x-sensitive" = true))]
    pub address_line_2: Option<String>,
    /// The city.
    #[schemars(length(min = 1, max = 255), extend("x-sensitive" = true))]
    pub city: String,
    /// The state or province, where the country has them.
    #[schemars(length(max = 255), extend("x-sensitive" = true))]
    pub state: Option<String>,
    /// The country, such as `DE`.
    #[schemars(length(min = 2, max = 2), extend("x-sensitive" = true))]
    pub country_code: String,
    /// The postal code, where the country has them.
    #[schemars(length(max = 255), extend("x-sensitive" = true))]
    pub zip_code: Option<String>,
    /// The telephone, as `+49.301234567`.
    #[schemars(length(max = 30), extend("x-sensitive" = true))]
    pub phone_number: String,
    /// The mail address. The registrar writes to it, and closes the domain when nobody answers.
    #[schemars(length(max = 254), extend("x-sensitive" = true))]
    pub email: String,
    /// The fax number, as the telephone's.
    #[schemars(length(max = 30), extend("x-sensitive" = true))]
    pub fax: Option<String>,
    /// What some top-level domains ask besides, such as `VAT_NUMBER`.
    #[schemars(extend("x-sensitive" = true))]
    pub extra_params: Option<BTreeMap<String, String>>,
}

/// What a contact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ContactType {
    Person,
    Company,
    Association,
    PublicBody,
    Reseller,
}

impl Contact {
    /// What is wrong with it. Messages don't repeat what it says.
    pub(super) fn findings(&self, field: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let is_phone = |text: &str| {
            let parts = text.strip_prefix('+').and_then(|rest| rest.split_once('.'));
            parts.is_some_and(|(country, rest)| {
                let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
                is_number(country) && country.len() <= 3 && is_number(rest)
            })
        };
        for (name, number) in [("phone_number", Some(&self.phone_number)), ("fax", self.fax.as_ref())] {
            if number.is_some_and(|number| !is_phone(number)) {
                findings.push(
                    Finding::on(&format!("{field}.{name}"), format!("`{name}` is no international number"))
                        .help("write it as +49.301234567"),
                );
            }
        }
        if !self.email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.')) {
            findings.push(Finding::on(&format!("{field}.email"), "`email` is no mail address"));
        }
        let is_person = self.contact_type == ContactType::Person;
        if !is_person && self.organization_name.as_ref().is_none_or(String::is_empty) {
            findings.push(
                Finding::on(&format!("{field}.contact_type"), "what is no person has an `organization_name`")
                    .and(&format!("{field}.organization_name")),
            );
        }
        if !self.country_code.chars().all(|c| c.is_ascii_uppercase()) {
            findings.push(Finding::on(
                &format!("{field}.country_code"),
                "`country_code` is two capitals, such as DE",
            ));
        }
        findings
    }
}
