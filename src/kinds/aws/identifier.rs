//! Identifiers as RDS and ElastiCache take them: of clusters, instances, groups, snapshots.

use crate::kinds::Finding;
use crate::model::PhysicalId;

/// Why a text can't be an identifier of up to `longest` characters.
fn fault(text: &str, longest: usize) -> Option<&'static str> {
    if text.is_empty() || text.len() > longest {
        Some("has the wrong length")
    } else if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        Some("doesn't start with a letter")
    } else if text.ends_with('-') || text.contains("--") {
        Some("ends with a hyphen or has two in a row")
    } else if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Some("has other characters than letters, digits and hyphens")
    } else if text.bytes().any(|b| b.is_ascii_uppercase()) {
        Some("has capital letters, which AWS makes small")
    } else {
        None
    }
}

/// What is wrong with a field that has to be an identifier of up to `longest` characters.
pub(super) fn findings(field: &str, text: &str, longest: usize) -> Option<Finding> {
    let fault = fault(text, longest)?;
    let finding = Finding::on(field, format!("`{field}` is {text:?}, which {fault}"));
    let small = text.to_ascii_lowercase();
    Some(if small != text && self::fault(&small, longest).is_none() {
        finding.help(format!("did you mean `{small}`?"))
    } else {
        finding.help(format!("1 to {longest} small letters, digits and single hyphens, a letter first"))
    })
}

/// Reads the identifier that a person gives to `import`.
pub(super) fn import(text: &str, longest: usize, example: &str) -> Result<PhysicalId, String> {
    match fault(text, longest) {
        None => Ok(PhysicalId::new(text)),
        Some(fault) => Err(format!("`{text}` {fault}: it should look like `{example}`")),
    }
}

/// Whether a text can be the name of a group: as an identifier, and with dots, underscores and
/// spaces.
pub(super) fn is_group_name(text: &str) -> bool {
    text.len() <= 255
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_small_letters_digits_and_single_hyphens() {
        for text in ["a", "orders-1", "orders-primary"] {
            assert!(findings("id", text, 63).is_none(), "{text}");
            assert!(import(text, 63, "orders").is_ok());
        }
        for (text, fault) in [
            ("", "wrong length"),
            (&"a".repeat(64), "wrong length"),
            ("1orders", "start with a letter"),
            ("orders-", "ends with a hyphen"),
            ("orders--1", "two in a row"),
            ("orders_1", "other characters"),
            ("Orders", "capital letters"),
        ] {
            assert!(findings("id", text, 63).unwrap().message.contains(fault), "{text}");
            assert!(import(text, 63, "orders").is_err(), "{text}");
        }
        assert_eq!(findings("id", "Orders", 63).unwrap().help.unwrap(), "did you mean `orders`?");
    }

    #[test]
    fn names_of_groups_may_have_more() {
        assert!(is_group_name("orders.pg_17") && is_group_name("my group"));
        assert!(
            !is_group_name("Orders") && !is_group_name("1a") && !is_group_name("a/b") && !is_group_name("")
        );
    }
}
