//! Names, paths and texts as IAM takes them.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

use super::super::arn::{Arn, is_account};
use crate::kinds::{Cloud, Finding, Refusal};
use crate::model::{Json, PhysicalId};

/// For how long, in seconds, IAM may not show what was just made.
pub(super) const VISIBLE_AFTER_S: u64 = 60;

/// Reads a name, such as a role's, of at most `max` characters.
pub(super) fn import(text: &str, max: usize) -> Result<PhysicalId, String> {
    if is_name(text, max) {
        Ok(PhysicalId::new(text))
    } else {
        Err(format!("`{text}` should be a name of 1 to {max} letters, digits and _+=,.@-"))
    }
}

/// Whether a text is a name of at most `max` characters.
pub(super) fn is_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
}

/// What is wrong with a name.
pub(super) fn findings(field: &str, name: &str, max: usize) -> Vec<Finding> {
    if is_name(name, max) {
        return Vec::new();
    }
    vec![Finding::on(
        field,
        format!("`{field}` is {name:?}, where 1 to {max} letters, digits and _+=,.@- are allowed"),
    )]
}

/// What is wrong with a path.
pub(super) fn path_findings(path: Option<&str>) -> Vec<Finding> {
    let is_path = |path: &str| {
        path == "/"
            || (path.len() <= 512
                && path.len() > 2
                && path.starts_with('/')
                && path.ends_with('/')
                && path.chars().all(|c| c.is_ascii_graphic()))
    };
    match path {
        Some(path) if !is_path(path) => vec![
            Finding::on("path", format!("`path` is {path:?}, which doesn't start and end with a slash"))
                .help("write it as /platform/"),
        ],
        _ => Vec::new(),
    }
}

/// What is wrong with a description of a role: it holds at most 1,000 characters of Latin 1.
pub(super) fn description_findings(description: Option<&str>) -> Vec<Finding> {
    let Some(text) = description else {
        return Vec::new();
    };
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{A1}'..='\u{FF}');
    let mut findings = Vec::new();
    let length = text.chars().count();
    if length > 1_000 {
        findings.push(Finding::on(
            "description",
            format!("`description` has {length} characters, where 1000 are allowed"),
        ));
    }
    if let Some(wrong) = text.chars().find(|c| !is_allowed(*c)) {
        findings.push(Finding::on(
            "description",
            format!("`description` contains {wrong:?}, which IAM can't hold"),
        ));
    }
    findings
}

/// Whether a text is the ARN of a managed policy, and if so whether it is one of AWS's own.
pub(super) fn managed_policy(text: &str) -> Option<PolicyOwner> {
    let arn = Arn::of_service(text, "iam")?;
    let name = arn.resource.strip_prefix("policy/")?.rsplit('/').next()?;
    match arn.account {
        _ if !arn.region.is_empty() || !is_name(name, 128) => None,
        "aws" => Some(PolicyOwner::Aws),
        account if is_account(account) => Some(PolicyOwner::Account),
        _ => None,
    }
}

/// Who keeps a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyOwner {
    Aws,
    Account,
}

/// What is wrong with the ARN of a managed policy at a path.
pub(super) fn policy_findings(path: &str, text: &str) -> Vec<Finding> {
    if managed_policy(text).is_some() {
        return Vec::new();
    }
    vec![
        Finding::on(path, format!("`{path}` is {text:?}, which is no ARN of a managed policy"))
            .help("write it as arn:aws:iam::aws:policy/ReadOnlyAccess, or refer to an aws.iam.policy"),
    ]
}

/// Refuses a name that another object has: IAM doesn't tell names apart by case.
pub(super) fn refuse_taken(cloud: &dyn Cloud, kind: &str, what: &str, name: &str) -> Result<(), Refusal> {
    let is_taken = cloud
        .all(kind)
        .iter()
        .any(|other| other.attributes["name"].as_str().is_some_and(|taken| taken.eq_ignore_ascii_case(name)));
    if is_taken {
        return Err(Refusal::new("EntityAlreadyExists", format!("{what} with name {name} already exists.")));
    }
    Ok(())
}

/// Refuses a managed policy of the account that isn't there; AWS's own always are.
pub(super) fn refuse_absent_policy(cloud: &dyn Cloud, arn: &str) -> Result<(), Refusal> {
    match managed_policy(arn) {
        Some(PolicyOwner::Aws) => Ok(()),
        Some(PolicyOwner::Account) if cloud.find("aws.iam.policy", "arn", arn).is_some() => Ok(()),
        _ => Err(Refusal::new("NoSuchEntity", format!("Policy {arn} does not exist or is not attachable."))),
    }
}

/// Refuses a document that can't be one.
pub(super) fn refuse_malformed(findings: &[Finding]) -> Result<(), Refusal> {
    match findings.first() {
        None => Ok(()),
        Some(finding) => Err(Refusal::new("MalformedPolicyDocument", finding.message.clone())),
    }
}

/// Whether an attribute of an object is a list that has a text.
pub(super) fn lists(attributes: &Json, field: &str, text: &str) -> bool {
    attributes[field].as_array().is_some_and(|items| items.iter().any(|item| item == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(findings("name", "Web_+=,.@-1", 64), []);
        for wrong in ["", "a b", "a/b", "ü", &"a".repeat(65)] {
            assert_eq!(findings("name", wrong, 64).len(), 1, "{wrong}");
        }
        assert!(import("a/b", 64).is_err() && import("a", 64).is_ok());
    }

    #[test]
    fn paths_stand_between_slashes() {
        for fine in [None, Some("/"), Some("/a/"), Some("/a/b-c/")] {
            assert_eq!(path_findings(fine), [], "{fine:?}");
        }
        for wrong in ["", "a", "/a", "a/", "//", "/a b/"] {
            assert_eq!(path_findings(Some(wrong)).len(), 1, "{wrong}");
        }
    }

    #[test]
    fn descriptions_are_latin() {
        assert_eq!(description_findings(Some("Runs the café")), []);
        assert_eq!(description_findings(Some("→")).len(), 1);
        assert_eq!(description_findings(Some(&"a".repeat(1_001))).len(), 1);
    }

    #[test]
    fn managed_policies_are_of_aws_or_of_an_account() {
        assert_eq!(managed_policy("arn:aws:iam::aws:policy/service-role/A"), Some(PolicyOwner::Aws));
        assert_eq!(managed_policy("arn:aws:iam::123456789012:policy/a"), Some(PolicyOwner::Account));
        for wrong in [
            "ReadOnlyAccess",
            "arn:aws:iam::aws:role/a",
            "arn:aws:iam::1:policy/a",
            "arn:aws:iam::aws:policy/",
        ] {
            assert_eq!(policy_findings("permissions_boundary", wrong).len(), 1, "{wrong}");
        }
    }
}
