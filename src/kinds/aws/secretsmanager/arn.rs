//! The ARN of a secret, which is its id.

use super::super::arn::{Arn, is_account};
use crate::model::PhysicalId;

/// Reads the ARN of a secret.
pub(super) fn import(text: &str) -> Result<PhysicalId, String> {
    if is_secret(text) {
        Ok(PhysicalId::new(text))
    } else {
        Err(format!(
            "`{text}` should look like arn:aws:secretsmanager:us-east-1:123456789012:secret:name-a1B2c3"
        ))
    }
}

/// Whether a text is the whole ARN of a secret: its name, a hyphen and six characters.
pub(super) fn is_secret(text: &str) -> bool {
    let Some(arn) = Arn::of_service(text, "secretsmanager") else {
        return false;
    };
    let name = arn.resource.strip_prefix("secret:").unwrap_or_default();
    !arn.region.is_empty() && is_account(arn.account) && ends_like_an_arn(name)
}

/// Whether a name ends with a hyphen and six characters, as the ARNs of secrets do.
fn ends_like_an_arn(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(head, tail)| {
        !head.is_empty() && tail.len() == 6 && tail.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_whole_arn() {
        assert!(import("arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-a1B2c3").is_ok());
        for wrong in [
            "prod/db",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db",
            "arn:aws:secretsmanager:us-east-1:12:secret:prod/db-a1B2c3",
            "arn:aws:kms:us-east-1:123456789012:secret:prod/db-a1B2c3",
        ] {
            assert!(import(wrong).is_err(), "{wrong}");
        }
    }
}
