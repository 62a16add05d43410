//! Amazon resource names, such as `arn:aws:iam::123456789012:role/nodes`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use crate::kinds::Finding;

/// The parts of a resource name. Region and account are empty where a service has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    /// Everything after the account, such as `role/nodes` or `cluster:orders`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text, if it is a resource name.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        let is_account = |text: &str| {
            matches!(text, "" | "aws") || text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
        };
        let is_whole = arn.partition.starts_with("aws")
            && !arn.service.is_empty()
            && !arn.resource.is_empty()
            && is_account(arn.account);
        is_whole.then_some(arn)
    }
}

/// What is wrong with a field that has to name a resource of a service, whose kind is one of
/// `resources` (the word before the first `/` or `:` of the last part).
pub(super) fn findings(field: &str, text: &str, service: &str, resources: &[&str]) -> Vec<Finding> {
    let example = format!("arn:aws:{service}:…:{}/…", resources.first().unwrap_or(&"…"));
    let Some(arn) = Arn::parse(text) else {
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
    fn a_name_has_six_parts() {
        let arn = Arn::parse("arn:aws-cn:rds:cn-north-1:123456789012:cluster:orders").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region), ("aws-cn", "rds", "cn-north-1"));
        assert_eq!((arn.account, arn.resource), ("123456789012", "cluster:orders"));
        for broken in [
            "",
            "role/nodes",
            "arn:aws:iam::123456789012",
            "arn:aws:iam::12345:role/nodes",
            "arn:aws:iam::123456789012:",
            "arn:amazon:iam::123456789012:role/nodes",
        ] {
            assert_eq!(Arn::parse(broken), None, "{broken}");
        }
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
