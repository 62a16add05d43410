//! Amazon resource names: `arn:aws:iam::123456789012:role/web`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

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
}
