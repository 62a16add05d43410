//! Amazon resource names: `arn:aws:iam::123456789012:role/web`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use crate::kinds::Finding;

/// The parts of an Amazon resource name. Any of them may be a pattern or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits; empty for a few services such as S3.
    pub account: &'a str,
    /// What is left, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes a name apart; `None` where it has too few parts.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let whole = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
        whole.then_some(Self { partition, service, region, account, resource })
    }

    /// The parts of a name of one service, without patterns, where the name is one.
    #[must_use]
    pub fn of_service(text: &'a str, service: &str) -> Option<Self> {
        let arn = Self::parse(text)?;
        let exact = !text.contains(['*', '?', ' ']) && arn.partition.starts_with("aws");
        (exact && arn.service == service).then_some(arn)
    }
}

/// Whether a text is the number of an account.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// What is wrong with a field that has to name a resource of a service, whose kind is one of
/// `resources` (the word before the first `/` or `:` of the last part).
pub(super) fn findings(field: &str, text: &str, service: &str, resources: &[&str]) -> Vec<Finding> {
    let example = format!("arn:aws:{service}:…:{}/…", resources.first().unwrap_or(&"…"));
    let whole = Arn::parse(text).filter(|arn| {
        arn.partition.starts_with("aws") && (matches!(arn.account, "" | "aws") || is_account(arn.account))
    });
    let Some(arn) = whole else {
        return vec![
            Finding::on(field, format!("`{field}` is {text:?}, which is no Amazon resource name"))
                .help(format!("it looks like `{example}`")),
        ];
    };
    let (resource, _) = arn.resource.split_once(['/', ':']).unwrap_or((arn.resource, ""));
    if arn.service == service && resources.contains(&resource) {
        return Vec::new();
    }
    vec![
        Finding::on(
            field,
            format!("`{field}` names a {resource} of {}, where {} of {service} is needed", arn.service, {
                let wanted: Vec<String> = resources.iter().map(|word| format!("a {word}")).collect();
                wanted.join(" or ")
            }),
        )
        .help(format!("it looks like `{example}`")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_six_parts_and_its_resource_may_hold_colons() {
        let arn = Arn::parse("arn:aws:logs:us-east-1:123456789012:log-group:/a:b").unwrap();
        assert_eq!((arn.service, arn.account, arn.resource), ("logs", "123456789012", "log-group:/a:b"));
        assert_eq!(Arn::parse("arn:aws:s3:::bucket/*").unwrap().resource, "bucket/*");
        for text in ["arn:aws:s3:bucket", "aws:s3:::a:b", "arn:aws:s3:::", "arn::s3:::b", "bucket"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_of_a_service_has_no_patterns() {
        assert!(Arn::of_service("arn:aws:kms:us-east-1:123456789012:key/a", "kms").is_some());
        assert!(Arn::of_service("arn:aws:kms:us-east-1:123456789012:key/*", "kms").is_none());
        assert!(Arn::of_service("arn:aws:iam::123456789012:role/a", "kms").is_none());
    }

    #[test]
    fn an_account_is_twelve_digits() {
        assert!(is_account("123456789012") && !is_account("12345678901") && !is_account("12345678901x"));
    }

    #[test]
    fn a_field_wants_resources_of_its_own_sort() {
        let faults = |text: &str| {
            let findings = findings("role_arn", text, "iam", &["role", "user"]);
            findings.into_iter().map(|finding| finding.message).collect::<String>()
        };
        assert_eq!(faults("arn:aws:iam::123456789012:role/nodes"), "");
        assert_eq!(faults("arn:aws:iam::123456789012:user/anna"), "");
        assert!(faults("nodes").contains("no Amazon resource name"));
        assert!(
            faults("arn:aws:iam::123456789012:group/x").contains("where a role or a user of iam is needed")
        );
        assert!(faults("arn:aws:kms:eu-west-1:123456789012:key/x").contains("names a key of kms"));
    }
}
