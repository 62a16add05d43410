//! What a bucket may be called.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>

use crate::kinds::aws::arn::is_account;

/// Why a text can't be the name of a bucket.
pub(super) fn fault(name: &str) -> Option<String> {
    const PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !(3..=63).contains(&name.len()) {
        Some(format!("has {} characters, where 3 to 63 are allowed", name.chars().count()))
    } else if let Some(odd) =
        name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-')))
    {
        Some(format!("holds `{odd}`, where lower-case letters, digits, dots and hyphens are allowed"))
    } else if !edge(name.chars().next()) || !edge(name.chars().last()) {
        Some("starts or ends with neither a letter nor a digit".to_owned())
    } else if name.contains("..") {
        Some("holds two dots in a row".to_owned())
    } else if name.parse::<std::net::Ipv4Addr>().is_ok() {
        Some("looks like an IP address".to_owned())
    } else if let Some(prefix) = PREFIXES.iter().find(|prefix| name.starts_with(**prefix)) {
        Some(format!("starts with `{prefix}`, which AWS keeps for itself"))
    } else {
        let suffix = SUFFIXES.iter().find(|suffix| name.ends_with(**suffix))?;
        Some(format!("ends with `{suffix}`, which AWS keeps for itself"))
    }
}

/// Whether a name is of an account's own namespace in a region: `logs-123456789012-us-east-1-an`.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>
pub(super) fn is_account_regional(name: &str) -> bool {
    let Some(rest) = name.strip_suffix("-an") else {
        return false;
    };
    let parts: Vec<&str> = rest.split('-').collect();
    // A prefix, an account, and a region of three parts or more: us-east-1, us-gov-west-1.
    parts.iter().enumerate().any(|(at, part)| at > 0 && is_account(part) && parts.len() - at > 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_naming_rules() {
        for fine in ["abc", "audit-logs.eu", "1-2", &"a".repeat(63)] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        for (broken, why) in [
            ("ab", "3 to 63"),
            (&*"a".repeat(64), "3 to 63"),
            ("Logs", "holds `L`"),
            ("my_logs", "holds `_`"),
            ("-logs", "starts or ends"),
            ("logs.", "starts or ends"),
            ("my..logs", "two dots"),
            ("192.168.0.1", "IP address"),
            ("xn--logs", "starts with `xn--`"),
            ("logs--x-s3", "ends with `--x-s3`"),
        ] {
            assert!(fault(broken).is_some_and(|fault| fault.contains(why)), "{broken}: {:?}", fault(broken));
        }
    }

    #[test]
    fn an_accounts_own_names_end_with_account_and_region() {
        assert!(is_account_regional("audit-logs-111122223333-us-west-2-an"));
        assert!(is_account_regional("logs-111122223333-us-gov-west-1-an"));
        for other in
            ["logs-an", "logs-1111-us-west-2-an", "111122223333-us-west-2-an", "logs-111122223333-an"]
        {
            assert!(!is_account_regional(other), "{other}");
        }
    }
}
