//! Names of the DNS, as the configuration writes them: in small letters and without the last dot. The
//! API's own spelling (`\052.example.com.`) is the target's business.
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>

use crate::kinds::Finding;
use crate::model::PhysicalId;

/// What is wrong with the name in a field. The leftmost label may be `*` where `wildcard` says so.
pub(in crate::kinds::aws) fn findings(field: &str, name: &str, wildcard: bool) -> Vec<Finding> {
    let wrong = |why: String| Finding::on(field, format!("`{field}` is {name:?}, {why}"));
    if let Some(bare) = name.strip_suffix('.') {
        return vec![wrong("which ends with a dot".into()).help(format!("write it as {bare}"))];
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return vec![
            wrong("and names have small letters only".into())
                .help(format!("write it as {}", name.to_ascii_lowercase())),
        ];
    }
    let rest = if wildcard { name.strip_prefix("*.").unwrap_or(name) } else { name };
    if name.len() > 253 || !rest.split('.').all(is_label) {
        let stars = if wildcard { ", the first of which may be *" } else { "" };
        return vec![wrong(format!(
            "which is no name: up to 253 characters, in labels of 1 to 63 letters, digits, - and _{stars}"
        ))];
    }
    Vec::new()
}

fn is_label(label: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    (1..=63).contains(&label.len())
        && label.chars().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a name is a zone's own or lies below it.
pub(in crate::kinds::aws) fn is_within(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a text is the id of a hosted zone.
pub(super) fn is_zone_id(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with('Z')
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Reads the id of a hosted zone, as the API or as people write it.
pub(super) fn import_zone(text: &str) -> Result<PhysicalId, String> {
    let id = text.strip_prefix("/hostedzone/").unwrap_or(text);
    match is_zone_id(id) {
        true => Ok(PhysicalId::new(id)),
        false => Err(format!("`{text}` should be the id of a hosted zone, such as Z1PA6795UKMFR9")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_small_and_have_no_last_dot() {
        for fine in ["example.com", "_acme.a-b.example.com", "com", "xn--bcher-kva.example"] {
            assert_eq!(findings("name", fine, false), [], "{fine}");
        }
        assert_eq!(findings("name", "*.example.com", true), []);
        for (wrong, help) in [
            ("example.com.", "write it as example.com"),
            ("Example.com", "write it as example.com"),
            ("*.example.com", ""),
            ("a..b", ""),
            ("", ""),
            ("-a.com", ""),
            ("a b.com", ""),
            ("https://a.com", ""),
        ] {
            let found = findings("name", wrong, false);
            assert_eq!(found.len(), 1, "{wrong}");
            assert_eq!(found[0].help.as_deref().unwrap_or_default(), help, "{wrong}");
        }
        assert_eq!(findings("name", "a.*.example.com", true).len(), 1);
        assert_eq!(findings("name", &format!("{}.com", "a".repeat(64)), false).len(), 1);
    }

    #[test]
    fn a_zone_has_what_ends_with_its_name() {
        assert!(is_within("example.com", "example.com") && is_within("a.b.example.com", "example.com"));
        assert!(!is_within("anexample.com", "example.com") && !is_within("com", "example.com"));
    }

    #[test]
    fn zones_are_imported_by_their_ids() {
        assert_eq!(import_zone("/hostedzone/Z1PA6795UKMFR9").unwrap().as_str(), "Z1PA6795UKMFR9");
        assert!(import_zone("example.com").is_err() && import_zone("Z").is_err());
    }
}
