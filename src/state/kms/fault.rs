//! What goes wrong with a key of KMS, in words that say what to do.
//!
//! Of what the service answers, only its own name of the error is passed on: the rest may hold what
//! was asked for.

/// Why KMS didn't do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub struct KmsFault {
    pub key_id: String,
    pub region: String,
    pub kind: KmsFaultKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KmsFaultKind {
    NotInThisBuild,
    NoKey,
    Denied {
        code: String,
    },
    Disabled,
    /// It waits for its deletion, or for its material.
    Unusable,
    /// It is a key for something else, such as for signing.
    OfOtherUse,
    /// It is another key than the one that wrapped this.
    OtherKey,
    /// This was wrapped by it, but not so, or not for this environment.
    Changed,
    /// It doesn't believe who we are.
    NotAccepted {
        code: String,
    },
    /// There is nobody whom we could be.
    NoCredentials,
    NoAnswer {
        reason: String,
    },
    /// It has too much to do, or is broken for the moment.
    Busy {
        code: String,
    },
    Other {
        code: String,
    },
}

impl KmsFaultKind {
    /// The meaning of the name that KMS gives to an error.
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors>
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
    #[cfg_attr(not(any(test, feature = "aws")), allow(dead_code, reason = "nobody answers"))]
    pub(super) fn of_code(code: &str, status: u16) -> Self {
        let code = if is_name(code) { code.to_owned() } else { format!("status {status}") };
        match &*code {
            "NotFoundException" => Self::NoKey,
            "DisabledException" => Self::Disabled,
            "KMSInvalidStateException" => Self::Unusable,
            "InvalidKeyUsageException" | "UnsupportedOperationException" => Self::OfOtherUse,
            "IncorrectKeyException" => Self::OtherKey,
            "InvalidCiphertextException" => Self::Changed,
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "ExpiredTokenException"
            | "ExpiredToken"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "MissingAuthenticationToken"
            | "RequestExpired" => Self::NotAccepted { code },
            "AccessDeniedException" | "AccessDenied" | "NotAuthorized" | "OptInRequired" => {
                Self::Denied { code }
            }
            "KeyUnavailableException" | "DependencyTimeoutException" | "KMSInternalException" => {
                Self::Busy { code }
            }
            _ if code.contains("Throttl") || matches!(status, 429 | 500..=599) => Self::Busy { code },
            _ if matches!(status, 401 | 403) => Self::Denied { code },
            _ => Self::Other { code },
        }
    }
}

fn is_name(code: &str) -> bool {
    !code.is_empty() && code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric())
}

impl KmsFault {
    fn told(&self) -> String {
        let key = format!("the KMS key `{}` in {}", self.key_id, self.region);
        let key_id = &self.key_id;
        match &self.kind {
            KmsFaultKind::NotInThisBuild => format!(
                "{key} can't be asked by this build of Ninefold: it was built without the feature `aws`. Use a \
                 build with the default features"
            ),
            KmsFaultKind::NoKey => format!(
                "there is no KMS key `{key_id}` in {} of this account. Put right `key_id` and `region` in the \
                 environment's file; a key of another account is named by its ARN",
                self.region
            ),
            KmsFaultKind::Denied { code } => format!(
                "KMS doesn't let us use {key} ({code}). Check who you are, and that both the key's policy and yours \
                 allow kms:GenerateDataKey and kms:Decrypt with it, or kms:GenerateMac where fingerprints are keyed by \
                 it"
            ),
            KmsFaultKind::Disabled => {
                format!("{key} is disabled. Enable it, as by `aws kms enable-key`; nothing opens without it")
            }
            KmsFaultKind::Unusable => format!(
                "{key} can't be used in the state that it is in, as when it is to be deleted. Cancel that while there \
                 is time, as by `aws kms cancel-key-deletion` and `aws kms enable-key`: what it has sealed is lost with \
                 it"
            ),
            KmsFaultKind::OfOtherUse => format!(
                "{key} is for something else. State needs a symmetric key of the usage ENCRYPT_DECRYPT, fingerprints \
                 one of GENERATE_VERIFY_MAC and HMAC_256"
            ),
            KmsFaultKind::OtherKey => format!("{key} isn't the one that wrapped this data key"),
            KmsFaultKind::Changed => format!(
                "{key} doesn't unwrap its data key, which was changed, or is of another environment. Restore the object \
                 from a backup or an older version in the store"
            ),
            KmsFaultKind::NotAccepted { code } => format!(
                "KMS doesn't accept the credentials for {key} ({code}). Renew them, as by `aws sso login`, and check \
                 the clock of this machine"
            ),
            KmsFaultKind::NoCredentials => format!(
                "there are no credentials for {key}. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or \
                 give the machine a role"
            ),
            KmsFaultKind::NoAnswer { reason } => format!(
                "KMS doesn't answer about {key} ({reason}). Check the region and your way to it, and run the command \
                 again"
            ),
            KmsFaultKind::Busy { code } => {
                format!(
                    "KMS can't answer about {key} at the moment ({code}). Run the command again in a while"
                )
            }
            KmsFaultKind::Other { code } => format!("KMS answers {code} about {key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str, status: u16) -> String {
        let kind = KmsFaultKind::of_code(code, status);
        KmsFault { key_id: "alias/state".into(), region: "eu-north-1".into(), kind }.to_string()
    }

    #[test]
    fn refusals_are_told_apart() {
        for (code, status, expected) in [
            ("NotFoundException", 400, "there is no KMS key `alias/state` in eu-north-1"),
            ("AccessDeniedException", 400, "kms:GenerateDataKey and kms:Decrypt"),
            ("DisabledException", 400, "is disabled. Enable it"),
            ("KMSInvalidStateException", 400, "cancel-key-deletion"),
            ("InvalidKeyUsageException", 400, "ENCRYPT_DECRYPT"),
            ("InvalidCiphertextException", 400, "of another environment"),
            ("ExpiredTokenException", 400, "(ExpiredTokenException). Renew them"),
            ("ThrottlingException", 400, "at the moment (ThrottlingException)"),
            ("", 503, "at the moment (status 503)"),
            ("<html> not a name", 403, "(status 403)"),
            ("TeapotException", 418, "KMS answers TeapotException"),
        ] {
            let text = told(code, status);
            assert!(text.contains(expected) && text.contains("alias/state"), "{code}: {text}");
        }
    }
}
