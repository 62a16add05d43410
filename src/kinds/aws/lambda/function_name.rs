//! Names of functions, alone or within an ARN.

use super::super::arn::{Arn, is_account};

/// What follows `function:` in an ARN of a function: its name, without version or alias.
pub(super) fn of_arn(text: &str) -> Option<&str> {
    let arn =
        Arn::of_service(text, "lambda").filter(|arn| is_account(arn.account) && !arn.region.is_empty())?;
    let rest = arn.resource.strip_prefix("function:")?;
    let name = rest.split(':').next().unwrap_or(rest);
    is_name(name).then_some(name)
}

/// Whether a text is the name of a function.
pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_name_and_by_arn() {
        assert_eq!(of_arn("arn:aws:lambda:us-east-1:123456789012:function:rotate"), Some("rotate"));
        assert_eq!(of_arn("arn:aws:lambda:us-east-1:123456789012:function:rotate:live"), Some("rotate"));
        for wrong in
            ["rotate", "arn:aws:lambda:us-east-1:123456789012:layer:a:1", "arn:aws:lambda::1:function:a"]
        {
            assert_eq!(of_arn(wrong), None, "{wrong}");
        }
        assert!(is_name("rotate_1") && !is_name("a.b") && !is_name(&"x".repeat(65)) && !is_name(""));
    }
}
